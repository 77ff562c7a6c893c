/** Flow: what a person allowed is taken back with everything that came of it, by them or by an administrator. */
import type { Account } from '../../accounts/account.ts'
import type { Publisher } from '../../events/bus.ts'
import type { Actor, DomainEvent, RequestContext, RevocationReason } from '../../events/catalogue.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { AccountId, ConsentId } from '../../shared/ids.ts'
import type { Storage, Stores } from '../../storage/storage.ts'
import { tokensRevoked } from '../token/revoked.ts'

export interface Consents {
  /**
   * Forgets a consent of one's own and ends every token its client was given for this person, by whichever grant, and
   * what they approved but the client has not fetched yet.
   * @returns `not_found` when it is nobody's or somebody else's.
   */
  withdraw(account: Account, id: ConsentId, context: RequestContext): Promise<'withdrawn' | 'not_found'>
}

export function createConsents(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Consents {
  const { storage, publisher, clock } = dependencies
  return {
    async withdraw(account, id, context) {
      const act = {
        at: clock.now(),
        actor: { type: 'account', id: account.id, name: account.username },
        request: context,
        reason: 'user_request',
      } as const
      const events = await storage.transaction((tx) => forgetConsent(tx, account.id, id, act))
      for (const event of events ?? []) publisher.publish(event)
      return events === undefined ? 'not_found' : 'withdrawn'
    },
  }
}

/**
 * Forgets a consent inside a transaction and ends what its client was given for this person, by whichever grant, and
 * what they approved but the client has not fetched yet.
 * @returns what to announce after the commit; `undefined` when it is nobody's or somebody else's.
 */
export async function forgetConsent(
  tx: Stores,
  accountId: AccountId,
  id: ConsentId,
  act: { at: Instant; actor: Actor; request: RequestContext | undefined; reason: RevocationReason },
): Promise<DomainEvent[] | undefined> {
  const consent = await tx.consents.findById(id)
  if (consent === undefined || consent.accountId !== accountId) return undefined
  if (!(await tx.consents.forget(id))) return undefined
  const { reason, ...fact } = act
  const { clientId } = consent
  await tx.deviceGrants.denyApprovedBetween(accountId, clientId, act.at)
  await tx.authorizationCodes.expireUnredeemedOf(accountId, clientId, act.at)
  const ended = await tx.grants.endAllBetween(accountId, clientId, act.at)
  return [
    { ...fact, type: 'consent.withdrawn', clientId, accountId },
    ...tokensRevoked(ended, { ...fact, reason, clientId, accountId, grantId: undefined }),
  ]
}
