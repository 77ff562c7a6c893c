/** Flow: a person changes what this server says about them. */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import { AlreadyExists, type Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import { parseEmail } from './email.ts'
import { actorOf } from './sessions.ts'

const maxNameLength = 200

export type ProfileChange =
  | { readonly kind: 'changed'; readonly account: Account; readonly emailChanged: boolean }
  | { readonly kind: 'full_name' }
  | { readonly kind: 'email' }
  | { readonly kind: 'email_taken' }

export interface Profiles {
  /** @param typed what stays out stays as it is. The address of people from elsewhere is not theirs to change. */
  change(
    account: Account,
    typed: { fullName: string; email: string | undefined },
    context: RequestContext,
  ): Promise<ProfileChange>
}

export function createProfiles(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Profiles {
  const { storage, publisher, clock } = dependencies
  return {
    async change(account, typed, context) {
      const fullName = typed.fullName.trim()
      if (fullName.length > maxNameLength || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(fullName))
        return { kind: 'full_name' }
      let { email, emailVerified } = account
      if (account.authSource === 'local' && typed.email !== undefined) {
        const parsed = parseEmail(typed.email)
        if (parsed === undefined) return { kind: 'email' }
        if (parsed !== email) emailVerified = false
        email = parsed
      }
      const changed = [
        ...(fullName === account.fullName ? [] : ['full_name' as const]),
        ...(email === account.email ? [] : ['email' as const]),
      ]
      if (changed.length === 0) return { kind: 'changed', account, emailChanged: false }
      const now = clock.now()
      try {
        await storage.transaction(async (tx) => {
          await tx.accounts.setProfile(account.id, { fullName, email, emailVerified }, now)
          // A link that was mailed to the address before must open nothing any more.
          if (changed.includes('email')) await tx.mailedLinks.deleteAllOf(account.id)
        })
      } catch (error) {
        if (error instanceof AlreadyExists) return { kind: 'email_taken' }
        throw error
      }
      publisher.publish({
        type: 'account.profile_changed',
        at: now,
        actor: actorOf(account),
        request: context,
        accountId: account.id,
        username: account.username,
        changed,
      })
      return {
        kind: 'changed',
        account: { ...account, fullName, email, emailVerified, updatedAt: now },
        emailChanged: changed.includes('email'),
      }
    },
  }
}
