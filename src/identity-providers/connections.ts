/** Flows of people who look after the identities that lead to their account: see them, and disconnect one. */
import type { Account } from '../accounts/account.ts'
import { actorOf } from '../accounts/sessions.ts'
import type { Publisher } from '../events/bus.ts'
import type { Actor, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { IdentityConnectionId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { IdentityConnection, IdentitySource } from './connection.ts'

export interface Connections {
  /** The oldest first. */
  listOf(account: Account): Promise<IdentityConnection[]>
  /** Whether the account's owner could still sign in without this connection. */
  isSpare(account: Account, connection: IdentityConnection, all: readonly IdentityConnection[]): boolean
  /** @returns `only_way_in`, with nothing changed, when its owner could not sign in any more. */
  disconnect(
    account: Account,
    id: IdentityConnectionId,
    context: RequestContext,
  ): Promise<'disconnected' | 'not_found' | 'only_way_in'>
  /** The same by an administrator, who may leave the account without a way in. @returns false when there is none. */
  remove(account: Account, id: IdentityConnectionId, actor: Actor, context: RequestContext): Promise<boolean>
}

export function createConnections(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  /** The sources that people can sign in with now: an identity of another one opens nothing. */
  enabled: ReadonlySet<IdentitySource>
}): Connections {
  const { storage, publisher, clock, enabled } = dependencies

  const isSpare: Connections['isSpare'] = (account, connection, all) =>
    account.passwordHash !== undefined ||
    all.some(({ id, source }) => id !== connection.id && enabled.has(source))

  /** @param mayGo says whether the account can do without it. */
  const take = async (
    account: Account,
    id: IdentityConnectionId,
    actor: Actor,
    context: RequestContext,
    mayGo: Connections['isSpare'],
  ): Promise<'disconnected' | 'not_found' | 'only_way_in'> => {
    const outcome = await storage.transaction(async (tx) => {
      const all = await tx.identityConnections.holdOf(account.id)
      const connection = all.find((candidate) => candidate.id === id)
      const current = await tx.accounts.find(account.id)
      // What the external API says about a person is its own affair: the row belongs to its word.
      if (connection === undefined || connection.source === 'http_api' || current === undefined) {
        return 'not_found'
      }
      if (!mayGo(current, connection, all)) return 'only_way_in'
      await tx.identityConnections.delete(id)
      return connection
    })
    if (typeof outcome === 'string') return outcome
    publisher.publish({
      type: 'identity_connection.unlinked',
      at: clock.now(),
      actor,
      request: context,
      connectionId: outcome.id,
      accountId: account.id,
      source: outcome.source,
    })
    return 'disconnected'
  }

  return {
    listOf: (account) => storage.read.identityConnections.listOf(account.id),
    isSpare,
    disconnect: (account, id, context) => take(account, id, actorOf(account), context, isSpare),
    async remove(account, id, actor, context) {
      return (await take(account, id, actor, context, () => true)) === 'disconnected'
    },
  }
}
