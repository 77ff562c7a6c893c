/**
 * Flow: a person gets a password of their own choice. What was begun with the one before ends: whoever changes a password
 * often does because somebody else may know it.
 */
import type { Publisher } from '../events/bus.ts'
import type { EventOf, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { MailedLinkId } from '../shared/ids.ts'
import type { Secret } from '../shared/secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import type { AccountMail } from './account-mail.ts'
import { endEverything } from './end-everything.ts'
import type { Passwords } from './password.ts'
import { judgePassword, type PasswordProblem } from './password-policy.ts'
import { actorOf } from './sessions.ts'

export type PasswordRefusal = PasswordProblem | 'unchanged'

export type PasswordChange =
  | { readonly kind: 'changed'; readonly account: Account }
  | { readonly kind: 'refused'; readonly problem: PasswordRefusal }
  /** Too many passwords wait to be hashed. */
  | { readonly kind: 'busy' }
  /** The account changed meanwhile, or what allowed the change is used up. */
  | { readonly kind: 'lost' }

export interface PasswordChanges {
  readonly minLength: number
  /**
   * Gives `account` the password `next`, and ends every session and token of its person.
   * @param link the mailed link that allows it, taken in the same transaction.
   */
  change(
    account: Account,
    next: Secret,
    occasion: EventOf<'account.password_changed'>['occasion'],
    options: { link?: MailedLinkId; language: string },
    context: RequestContext,
  ): Promise<PasswordChange>
}

export function createPasswordChanges(dependencies: {
  storage: Storage
  passwords: Passwords
  mail: AccountMail
  publisher: Publisher
  clock: Clock
  minLength: number
}): PasswordChanges {
  const { storage, passwords, mail, publisher, clock, minLength } = dependencies
  return {
    minLength,
    async change(account, next, occasion, { link, language }, context) {
      const typed = next.reveal()
      const problem = await judgePassword(typed, account, minLength)
      if (problem !== undefined) return { kind: 'refused', problem }
      const same = await passwords.verify(typed, account.passwordHash)
      if (same === 'unavailable') return { kind: 'busy' }
      if (same !== 'mismatch') return { kind: 'refused', problem: 'unchanged' }
      const hash = await passwords.hash(typed)
      if (hash === undefined) return { kind: 'busy' }
      const now = clock.now()
      const actor = actorOf(account)
      const events = await storage.transaction(async (tx) => {
        if (!(await tx.accounts.holdActive(account.id))) return undefined
        const taken = link === undefined ? undefined : await tx.mailedLinks.take(link)
        if (link !== undefined && taken === undefined) return undefined
        if (!(await tx.accounts.setPassword(account.id, account.passwordHash, hash, false, now)))
          return undefined
        // Who read the mail gets mail there.
        if (taken !== undefined) await tx.accounts.verifyEmail(account.id, taken.email, now)
        return endEverything(
          tx,
          account.id,
          { sessions: 'security', tokens: 'security' },
          { at: now, actor, request: context },
        )
      })
      if (events === undefined) return { kind: 'lost' }
      publisher.publish({
        type: 'account.password_changed',
        at: now,
        actor,
        request: context,
        accountId: account.id,
        username: account.username,
        occasion,
      })
      for (const event of events) publisher.publish({ ...event, request: context })
      if (occasion !== 'required') mail.send(account, 'password_changed', language, context)
      return { kind: 'changed', account: { ...account, passwordHash: hash, passwordChangeRequired: false } }
    },
  }
}
