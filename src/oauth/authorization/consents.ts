/** Flow: a person looks at what they allowed, and takes it back with everything that came of it. */
import type { Account } from '../../accounts/account.ts'
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { ConsentId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
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
      const consent = await storage.read.consents.findById(id)
      if (consent === undefined || consent.accountId !== account.id) return 'not_found'
      const { clientId } = consent
      const now = clock.now()
      const ended = await storage.transaction(async (tx) => {
        if (!(await tx.consents.forget(id))) return undefined
        await tx.deviceGrants.denyApprovedBetween(account.id, clientId, now)
        await tx.authorizationCodes.expireUnredeemedOf(account.id, clientId, now)
        return tx.grants.endAllBetween(account.id, clientId, now)
      })
      if (ended === undefined) return 'not_found'
      const fact = {
        at: now,
        actor: { type: 'account', id: account.id, name: account.username },
        request: context,
        clientId,
        accountId: account.id,
      } as const
      publisher.publish({ ...fact, type: 'consent.withdrawn' })
      const revoked = tokensRevoked(ended, { ...fact, reason: 'user_request', grantId: undefined })
      for (const event of revoked) publisher.publish(event)
      return 'withdrawn'
    },
  }
}
