/** Flows: a person takes back what they allowed: one app, all of them, or a single token of one. */
import type { Account } from '../../accounts/account.ts'
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { ClientId, GrantId } from '../../shared/ids.ts'
import type { Storage, Stores } from '../../storage/storage.ts'
import {
  disableToken,
  enableToken,
  findTokenById,
  revokeToken,
  type TokenAct,
  type TokenActResult,
  type TokenOutcome,
} from './control.ts'
import { tokensRevoked } from './revoked.ts'
import type { RevokedCounts } from './store.ts'

export interface Withdrawal {
  /** Ends one grant of one's own. @returns `not_found` when it is nobody's or somebody else's. */
  withdraw(account: Account, id: GrantId, context: RequestContext): Promise<'withdrawn' | 'not_found'>
  /** Ends every grant of a person, and what they approved but no device has fetched yet. */
  withdrawAll(account: Account, context: RequestContext): Promise<void>
}

export function createWithdrawal(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Withdrawal {
  const { storage, publisher, clock } = dependencies

  const announce = (
    account: Account,
    counts: RevokedCounts,
    whose: { clientId: ClientId | undefined; grantId: GrantId | undefined },
    at: Instant,
    request: RequestContext,
  ): void => {
    const actor = { type: 'account', id: account.id, name: account.username } as const
    const act = { at, actor, request, reason: 'user_request', accountId: account.id, ...whose } as const
    for (const event of tokensRevoked(counts, act)) publisher.publish(event)
  }

  return {
    async withdraw(account, id, context) {
      const grant = await storage.read.grants.find(id)
      if (grant === undefined || grant.accountId !== account.id) return 'not_found'
      const now = clock.now()
      const counts = await storage.transaction((tx) => tx.grants.end(id, now))
      announce(account, counts, { clientId: grant.clientId, grantId: id }, now, context)
      return 'withdrawn'
    },

    async withdrawAll(account, context) {
      const now = clock.now()
      const counts = await storage.transaction(async (tx) => {
        await tx.deviceGrants.denyApprovedOf(account.id, now)
        await tx.authorizationCodes.expireUnredeemedOf(account.id, undefined, now)
        return tx.grants.endAllOf(account.id, now)
      })
      announce(account, counts, { clientId: undefined, grantId: undefined }, now, context)
    },
  }
}

/** Acts on one token that speaks for the person who asks. */
export interface OwnTokens {
  revoke: OwnTokenAct
  disable: OwnTokenAct
  enable: OwnTokenAct
}

type OwnTokenAct = (
  account: Account,
  id: string,
  context: RequestContext,
) => Promise<{ outcome: TokenOutcome; grantId: GrantId | undefined }>

export function createOwnTokens(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): OwnTokens {
  const { storage, publisher, clock } = dependencies
  const act =
    (flow: (tx: Stores, id: string, act: TokenAct) => Promise<TokenActResult>): OwnTokenAct =>
    async (account, id, context) => {
      const { outcome, events } = await storage.transaction((tx) =>
        flow(tx, id, {
          at: clock.now(),
          actor: { type: 'account', id: account.id, name: account.username },
          request: context,
          reason: 'user_request',
          owner: account.id,
        }),
      )
      for (const event of events) publisher.publish(event)
      const token = outcome === 'not_found' ? undefined : await findTokenById(storage.read, id)
      return { outcome, grantId: token?.token.grantId }
    }
  return { revoke: act(revokeToken), disable: act(disableToken), enable: act(enableToken) }
}
