/**
 * Acts on accounts that are there: change, enable, delete, end what their people have. Whoever may change who the active
 * administrators are holds them first, so that two such acts cannot both find the other's administrator left.
 */
import type { Account } from '../accounts/account.ts'
import { type Act, endEverything, endSessions, endTokens } from '../accounts/end-everything.ts'
import type { AccountChange, Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import { forgetConsent } from '../oauth/authorization/consents.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, ConsentId } from '../shared/ids.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { validEmail } from './account-fields.ts'
import type { Announcer } from './announcer.ts'
import { ActRefused } from './invalid-input.ts'

export interface AccountUpdate {
  email: string
  fullName: string
  role: Account['role']
}

export interface AccountChanges {
  /**
   * Another address is no longer known to be theirs.
   * @returns what is different now.
   * @throws {InvalidInput} | {AlreadyExists} | {ActRefused}
   */
  update(
    account: Account,
    update: AccountUpdate,
    actor: Actor,
    request?: RequestContext,
  ): Promise<readonly AccountChange[]>
  /** Notes that the address is known to be theirs. @returns false when it was. */
  verifyEmail(account: Account, actor: Actor, request?: RequestContext): Promise<boolean>
  /** What the account had before it was disabled does not come back. @returns false when it was active already. */
  enable(account: Account, actor: Actor, request?: RequestContext): Promise<boolean>
  /**
   * Deletes an account with its sessions, tokens and consents; its clients stay, without an owner.
   * @returns false when it is gone already. @throws {ActRefused}
   */
  delete(account: Account, actor: Actor, request?: RequestContext): Promise<boolean>
  /** @returns how many there were. */
  endSessions(account: Account, actor: Actor, request?: RequestContext): Promise<number>
  /** @returns how many there were. */
  endTokens(account: Account, actor: Actor, request?: RequestContext): Promise<number>
  /** Takes back what a person allowed a client. @returns false when that is no consent of theirs. */
  withdrawConsent(account: Account, id: ConsentId, actor: Actor, request?: RequestContext): Promise<boolean>
}

export function createAccountChanges(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
}): AccountChanges {
  const { storage, announcer, clock } = dependencies
  const actOf = (actor: Actor, request: RequestContext | undefined): Act => ({
    at: clock.now(),
    actor,
    request,
  })

  return {
    async update(account, update, actor, request) {
      const act = actOf(actor, request)
      const email = validEmail(update.email)
      const fullName = update.fullName.trim()
      return announcer.transaction(storage, async (tx) => {
        const { current, last } = await holdForChange(tx, account.id)
        if (current === undefined) throw new ActRefused('gone')
        const changes: AccountChange[] = []
        if (update.role !== current.role) {
          if (isOwn(account, actor)) throw new ActRefused('own_account')
          if (last) throw new ActRefused('last_admin')
          await tx.accounts.setRole(account.id, update.role, act.at)
          changes.push('role')
        }
        if (fullName !== current.fullName) changes.push('full_name')
        if (email !== current.email) changes.push('email')
        if (email !== current.email || fullName !== current.fullName) {
          const emailVerified = current.emailVerified && sameAddress(email, current.email)
          await tx.accounts.setProfile(account.id, { email, fullName, emailVerified }, act.at)
        }
        return { result: changes, events: updated(current, changes, update.role, act) }
      })
    },

    async verifyEmail(account, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const current = await tx.accounts.find(account.id)
        // Not an address that was changed since the caller looked.
        if (current === undefined || current.emailVerified || current.email !== account.email) {
          return { result: false, events: [] }
        }
        await tx.accounts.setProfile(account.id, { ...current, emailVerified: true }, act.at)
        return { result: true, events: updated(current, ['email_verified'], current.role, act) }
      })
    },

    async enable(account, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        if (!(await tx.accounts.setStatus(account.id, 'active', act.at))) return { result: false, events: [] }
        const { id: accountId, username } = account
        return { result: true, events: [{ ...act, type: 'account.enabled', accountId, username }] }
      })
    },

    async delete(account, actor, request) {
      const act = actOf(actor, request)
      if (isOwn(account, actor)) throw new ActRefused('own_account')
      return announcer.transaction(storage, async (tx) => {
        const { current, last } = await holdForChange(tx, account.id)
        if (current === undefined) return { result: false, events: [] }
        if (last) throw new ActRefused('last_admin')
        // The account first: whoever is about to give it tokens or a session finds it gone.
        if (!(await tx.accounts.delete(account.id))) return { result: false, events: [] }
        const ended = await endEverything(tx, account.id, { sessions: 'admin', tokens: 'admin' }, act)
        await tx.consents.forgetAllOf(account.id)
        const ownedClients = await tx.clients.disown(account.id)
        const { id: accountId, username } = current
        return {
          result: true,
          events: [{ ...act, type: 'account.deleted', accountId, username, ownedClients }, ...ended],
        }
      })
    },

    async endSessions(account, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const events = await endSessions(tx, account.id, 'admin', act)
        return { result: events.length, events }
      })
    },

    async endTokens(account, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const events = await endTokens(tx, account.id, 'admin', act)
        return { result: revokedBy(events), events }
      })
    },

    async withdrawConsent(account, id, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const events = await forgetConsent(tx, account.id, id, { ...act, reason: 'admin' })
        return { result: events !== undefined, events: events ?? [] }
      })
    },
  }
}

/** An account as it is now, and whether it is the only active administrator; nobody becomes or ceases to be one until the end. */
export async function holdForChange(
  tx: Stores,
  id: AccountId,
): Promise<{ current: Account | undefined; last: boolean }> {
  const admins = await tx.accounts.holdActiveAdmins()
  const current = await tx.accounts.find(id)
  return { current, last: current?.role === 'admin' && current.status === 'active' && admins <= 1 }
}

export function isOwn(account: Account, actor: Actor): boolean {
  return actor.type === 'account' && actor.id === account.id
}

function sameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function updated(
  { id, username }: Account,
  changes: readonly AccountChange[],
  role: Account['role'],
  act: Act,
): DomainEvent[] {
  if (changes.length === 0) return []
  return [{ ...act, type: 'account.updated', accountId: id, username, changes, role }]
}

function revokedBy(events: readonly DomainEvent[]): number {
  const counts = events.map((event) =>
    event.type === 'token.revoked' ? event.accessTokens + event.refreshTokens : 0,
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
