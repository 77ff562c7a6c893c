/** A client goes, and with it everything it was given. One way for whoever ends it. */
import type { Publisher } from '../events/bus.ts'
import type { Actor, DomainEvent, RequestContext, RevocationReason } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { tokensRevoked } from './token/revoked.ts'
import type { RevokedCounts } from './token/store.ts'

export interface Removal {
  readonly at: Instant
  readonly actor: Actor
  readonly request?: RequestContext | undefined
  /** Absent: `user_request` when it ends itself, else `admin`. */
  readonly reason?: RevocationReason
}

/**
 * Ends, inside a transaction that holds the client, every token it was given, what people allowed it, and what they
 * approved but it has not fetched yet.
 */
export async function endEverythingOf(
  tx: Stores,
  id: ClientId,
  at: Instant,
): Promise<{ tokens: RevokedCounts; consents: number }> {
  await tx.deviceGrants.denyApprovedOfClient(id, at)
  await tx.authorizationCodes.expireUnredeemedOfClient(id, at)
  const tokens = await tx.grants.endAllOfClient(id, at)
  return { tokens, consents: await tx.consents.forgetAllOfClient(id) }
}

/**
 * Deletes a client inside a transaction, ends its tokens and forgets what people allowed it.
 * @returns what to announce after the commit; `undefined` when there is no such client.
 */
export async function removeClient(
  tx: Stores,
  id: ClientId,
  { at, actor, request, reason }: Removal,
): Promise<DomainEvent[] | undefined> {
  const client = await tx.clients.find(id)
  if (client === undefined) return undefined
  // The client first: a token request that holds it must not wait for what this waits for.
  if (!(await tx.clients.delete(id))) return undefined
  const { tokens } = await endEverythingOf(tx, id, at)
  const fact = { at, actor, clientId: id, ...(request === undefined ? {} : { request }) }
  const why = reason ?? (actor.type === 'client' ? 'user_request' : 'admin')
  return [
    { ...fact, type: 'client.deleted', clientName: client.name },
    ...tokensRevoked(tokens, { ...fact, reason: why, accountId: undefined, grantId: undefined }),
  ]
}

const sweepBatchSize = 100

/** Which clients nobody needs. */
interface Unneeded {
  list(limit: number): Promise<ClientId[]>
  /** Whether one of them still is, looked at while it is held. */
  isStill(tx: Stores, id: ClientId): Promise<boolean>
  /** Keeps what is to be known of one when it is gone. */
  remember?(tx: Stores, id: ClientId): Promise<void>
}

/** Removes the clients that nobody needs, each in a transaction of its own. @returns how many went. */
export async function removeUnneededClients(
  { storage, publisher }: { storage: Storage; publisher: Publisher },
  at: Instant,
  unneeded: Unneeded,
): Promise<number> {
  let removed = 0
  for (;;) {
    const ids = await unneeded.list(sweepBatchSize)
    let removedNow = 0
    for (const id of ids) {
      const events = await storage.transaction(async (tx) => {
        // Held before the last look: a grant that is being given meanwhile is seen, and keeps its client.
        if (!(await tx.clients.lock(id))) return undefined
        if (!(await unneeded.isStill(tx, id))) return undefined
        await unneeded.remember?.(tx, id)
        return removeClient(tx, id, { at, actor: { type: 'system' } })
      })
      if (events === undefined) continue
      removedNow++
      for (const event of events) publisher.publish(event)
    }
    removed += removedNow
    // Those that were kept would be listed again.
    if (ids.length < sweepBatchSize || removedNow === 0) return removed
  }
}
