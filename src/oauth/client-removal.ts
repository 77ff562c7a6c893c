/** A client goes, and with it everything it was given. One way for whoever ends it. */
import type { Publisher } from '../events/bus.ts'
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { tokensRevoked } from './token/revoked.ts'

export interface Removal {
  readonly at: Instant
  readonly actor: Actor
  readonly request?: RequestContext
}

/**
 * Deletes a client inside a transaction, ends its tokens and forgets what people allowed it.
 * @returns what to announce after the commit; `undefined` when there is no such client.
 */
export async function removeClient(
  tx: Stores,
  id: ClientId,
  { at, actor, request }: Removal,
): Promise<DomainEvent[] | undefined> {
  const client = await tx.clients.find(id)
  if (client === undefined) return undefined
  // The client first: a token request that holds it must not wait for what this waits for.
  if (!(await tx.clients.delete(id))) return undefined
  const counts = await tx.grants.endAllOfClient(id, at)
  await tx.consents.forgetAllOfClient(id)
  const fact = { at, actor, clientId: id, ...(request === undefined ? {} : { request }) }
  const reason = actor.type === 'client' ? 'user_request' : 'admin'
  return [
    { ...fact, type: 'client.deleted', clientName: client.name },
    ...tokensRevoked(counts, { ...fact, reason, accountId: undefined, grantId: undefined }),
  ]
}

const sweepBatchSize = 100

/** Which clients nobody needs. */
interface Unneeded {
  list(limit: number): Promise<ClientId[]>
  /** Whether one of them still is, looked at while it is held. */
  isStill(tx: Stores, id: ClientId): Promise<boolean>
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
