/** Flow: what a person allowed is taken back with everything that came of it, by them or by an administrator. */
import type { Account } from '../../accounts/account.ts'
import type { Publisher } from '../../events/bus.ts'
import type { Actor, DomainEvent, RequestContext, RevocationReason } from '../../events/catalogue.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { AccountId, ConsentId } from '../../shared/ids.ts'
import type { Storage, Stores } from '../../storage/storage.ts'
import { tokensRevoked } from '../token/revoked.ts'
import type { Consent } from './store.ts'

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

/** Who takes a consent back, and why. */
interface Withdrawal {
  readonly at: Instant
  readonly actor: Actor
  readonly request: RequestContext | undefined
  readonly reason: RevocationReason
}

/**
 * Takes back a consent of a person inside a transaction, with everything that came of it.
 * @returns what to announce after the commit; `undefined` when it is nobody's or somebody else's.
 */
export async function forgetConsent(
  tx: Stores,
  accountId: AccountId,
  id: ConsentId,
  act: Withdrawal,
): Promise<DomainEvent[] | undefined> {
  const consent = await tx.consents.findById(id)
  return consent?.accountId === accountId ? withdrawConsent(tx, consent, act) : undefined
}

/**
 * Forgets a consent inside a transaction and ends what its client was given for this person, by whichever grant, and
 * what they approved but the client has not fetched yet.
 * @returns what to announce after the commit; `undefined` when it is gone already.
 */
export async function withdrawConsent(
  tx: Stores,
  { id, accountId, clientId }: Consent,
  act: Withdrawal,
): Promise<DomainEvent[] | undefined> {
  if (!(await tx.consents.forget(id))) return undefined
  await tx.deviceGrants.denyApprovedBetween(accountId, clientId, act.at)
  await tx.authorizationCodes.expireUnredeemedOf(accountId, clientId, act.at)
  const ended = await tx.grants.endAllBetween(accountId, clientId, act.at)
  const { reason, ...fact } = { ...act, clientId, accountId }
  return [
    { ...fact, type: 'consent.withdrawn' },
    ...tokensRevoked(ended, { ...fact, reason, grantId: undefined }),
  ]
}
