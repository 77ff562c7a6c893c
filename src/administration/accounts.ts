/** Acts on people's accounts: create, disable, reset the password; the others are in `account-changes.ts`. */
import type { Account } from '../accounts/account.ts'
import { maxPasswordBytes } from '../accounts/password.ts'
import { normalizeUsername } from '../accounts/username.ts'
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'
import { type AccountChanges, createAccountChanges, holdForChange, isOwn } from './account-changes.ts'
import { endEverything } from './account-ends.ts'
import { validEmail } from './account-fields.ts'
import type { Announcer } from './announcer.ts'
import { ActRefused, InvalidInput } from './invalid-input.ts'

export interface NewAccount {
  username: string
  email: string
  /** Whether whoever makes the account knows the address to be theirs. Absent: no. */
  emailVerified?: boolean
  fullName?: string
  role: Account['role']
  /** Absent: generated. */
  password?: string | undefined
}

export interface AccountAdministration extends AccountChanges {
  /**
   * @returns the account and, when it was generated, its password: the only time it can be seen.
   * @throws {InvalidInput} | {AlreadyExists}
   */
  create(
    input: NewAccount,
    actor: Actor,
    request?: RequestContext,
  ): Promise<{ account: Account; password: string | undefined }>
  /**
   * Disables an account and ends its sessions and tokens. @returns false when it was disabled already.
   * @throws {ActRefused}
   */
  disable(account: Account, actor: Actor, request?: RequestContext): Promise<boolean>
  /**
   * Replaces the password and ends sessions and tokens. @returns the new password.
   * @throws {InvalidInput} | {ActRefused}
   */
  resetPassword(account: Account, actor: Actor, password?: string, request?: RequestContext): Promise<string>
}

const minPasswordLength = 8
const usernamePattern = /^[a-z0-9_-]{1,64}$/

export function createAccountAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  hashPassword(password: string): Promise<string>
  clock: Clock
  random: Random
  ids: Ids
}): AccountAdministration {
  const { storage, announcer, hashPassword, clock, random, ids } = dependencies
  return {
    ...createAccountChanges({ storage, announcer, clock }),

    async create(input, actor, request) {
      const generated = input.password === undefined ? generatePassword(random) : undefined
      const account = await newAccount(input, generated ?? input.password!, { hashPassword, clock, ids })
      await announcer.transaction(storage, async (tx) => {
        await tx.accounts.insert(account)
        return { result: undefined, events: [accountCreated(account, actor, request)] }
      })
      return { account, password: generated }
    },

    async disable(account, actor, request) {
      const act = { at: clock.now(), actor, request }
      return announcer.transaction(storage, async (tx) => {
        // As it is now, which need not be how the caller saw it.
        const { current, last } = await holdForChange(tx, account.id)
        if (current?.status !== 'active') return { result: false, events: [] }
        if (isOwn(account, actor)) throw new ActRefused('own_account')
        if (last) throw new ActRefused('last_admin')
        await tx.accounts.setStatus(account.id, 'disabled', act.at)
        const ended = await endEverything(tx, account.id, { sessions: 'admin', tokens: 'admin' }, act)
        const { id: accountId, username } = account
        return { result: true, events: [{ ...act, type: 'account.disabled', accountId, username }, ...ended] }
      })
    },

    async resetPassword(account, actor, given, request) {
      const password = given ?? generatePassword(random)
      validPassword(password)
      const hash = await hashPassword(password)
      const act = { at: clock.now(), actor, request }
      return announcer.transaction(storage, async (tx) => {
        const current = await tx.accounts.find(account.id)
        if (current !== undefined && current.authSource !== 'local') throw new ActRefused('not_local')
        if (
          current === undefined ||
          !(await tx.accounts.replacePasswordHash(account.id, current.passwordHash, hash, act.at))
        ) {
          throw new ActRefused('gone')
        }
        const reasons = { sessions: 'security', tokens: 'security' } as const
        const ended = await endEverything(tx, account.id, reasons, act)
        const { id: accountId, username } = account
        return {
          result: password,
          events: [{ ...act, type: 'account.password_reset', accountId, username }, ...ended],
        }
      })
    },
  }
}

export function accountCreated(account: Account, actor: Actor, request?: RequestContext): DomainEvent {
  const { id: accountId, username, role, createdAt } = account
  return { type: 'account.created', at: createdAt, actor, request, accountId, username, role }
}

/** @throws {InvalidInput} */
export async function newAccount(
  input: NewAccount,
  password: string,
  dependencies: { hashPassword(password: string): Promise<string>; clock: Clock; ids: Ids },
): Promise<Account> {
  const username = normalizeUsername(input.username)
  if (username === undefined || !usernamePattern.test(username)) {
    throw new InvalidInput('username', 'must be 1 to 64 of a–z, 0–9, “_” and “-”')
  }
  const email = validEmail(input.email)
  validPassword(password)
  const now = dependencies.clock.now()
  return {
    id: dependencies.ids.next<AccountId>(),
    username,
    email,
    emailVerified: input.emailVerified ?? false,
    fullName: input.fullName?.trim() ?? '',
    role: input.role,
    status: 'active',
    authSource: 'local',
    passwordHash: await dependencies.hashPassword(password),
    createdAt: now,
    updatedAt: now,
  }
}

function validPassword(password: string): void {
  // The sign-in form takes none either: a password with one could never be typed in.
  if (/\p{Cc}/u.test(password))
    throw new InvalidInput('password', 'must not contain line ends or control characters')
  if (password.length < minPasswordLength) {
    throw new InvalidInput('password', `must have at least ${minPasswordLength} characters`)
  }
  if (Buffer.byteLength(password) > maxPasswordBytes) {
    throw new InvalidInput('password', `must have at most ${maxPasswordBytes} bytes`)
  }
}

/** 120 random bits, easy to select and to type. */
export function generatePassword(random: Random): string {
  return random.base64url(15)
}
