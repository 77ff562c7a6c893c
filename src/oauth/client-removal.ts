/** A client goes, and with it everything it was given. One way for whoever ends it. */
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Stores } from '../storage/storage.ts'
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
