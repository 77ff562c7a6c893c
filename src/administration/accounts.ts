/** Acts on people's accounts: create, disable, reset the password; the others are in `account-changes.ts`. */
import type { Account } from '../accounts/account.ts'
import { endEverything } from '../accounts/end-everything.ts'
import { judgePassword, type PasswordProblem } from '../accounts/password-policy.ts'
import { normalizeUsername } from '../accounts/username.ts'
import type { Config } from '../config/load.ts'
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'
import { type AccountChanges, createAccountChanges, holdForChange, isOwn } from './account-changes.ts'
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
  /** Whether its person must choose another one when they first sign in with it. */
  passwordChangeRequired?: boolean | undefined
}

/** What holds for passwords that others than their owners choose. */
export interface PasswordRules {
  minLength: number
  /** Whether people must replace a password that an administrator knows. */
  changeRequired: boolean
}

export function passwordRulesOf({ security }: Pick<Config, 'security'>): PasswordRules {
  return {
    minLength: security.passwordMinLength,
    changeRequired: security.forcePasswordChange !== 'none',
  }
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
   * Removes every second factor of somebody who lost theirs, so that they sign in with the password alone and set up new
   * ones. @returns false when there was none.
   */
  removeFactors(account: Account, actor: Actor, request?: RequestContext): Promise<boolean>
  /**
   * Replaces the password and ends sessions and tokens. @returns the new password.
   * @throws {InvalidPassword} | {ActRefused}
   */
  resetPassword(account: Account, actor: Actor, password?: string, request?: RequestContext): Promise<string>
}

const usernamePattern = /^[a-z0-9_-]{1,64}$/

export function createAccountAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  hashPassword(password: string): Promise<string>
  clock: Clock
  random: Random
  ids: Ids
  passwordRules: PasswordRules
}): AccountAdministration {
  const { storage, announcer, hashPassword, clock, random, ids, passwordRules } = dependencies
  return {
    ...createAccountChanges({ storage, announcer, clock }),

    async create(input, actor, request) {
      const generated = input.password === undefined ? generatePassword(random) : undefined
      const account = await newAccount(
        { passwordChangeRequired: passwordRules.changeRequired, ...input },
        generated ?? input.password!,
        { hashPassword, clock, ids, minPasswordLength: passwordRules.minLength },
      )
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

    async removeFactors(account, actor, request) {
      const act = { at: clock.now(), actor, request }
      return announcer.transaction(storage, async (tx) => {
        const { totp, passkeys } = await tx.factors.removeAllOf(account.id)
        if (!totp && passkeys === 0) return { result: false, events: [] }
        const { id: accountId, username } = account
        return {
          result: true,
          events: [{ ...act, type: 'second_factor.reset', accountId, username, totp, passkeys }],
        }
      })
    },

    async resetPassword(account, actor, given, request) {
      const password = given ?? generatePassword(random)
      await validPassword(password, account, passwordRules.minLength)
      const hash = await hashPassword(password)
      const act = { at: clock.now(), actor, request }
      return announcer.transaction(storage, async (tx) => {
        const current = await tx.accounts.find(account.id)
        if (current !== undefined && current.authSource !== 'local') throw new ActRefused('not_local')
        if (
          current === undefined ||
          !(await tx.accounts.setPassword(
            account.id,
            current.passwordHash,
            hash,
            passwordRules.changeRequired,
            act.at,
          ))
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
  dependencies: {
    hashPassword(password: string): Promise<string>
    clock: Clock
    ids: Ids
    minPasswordLength: number
  },
): Promise<Account> {
  const username = normalizeUsername(input.username)
  if (username === undefined || !usernamePattern.test(username)) {
    throw new InvalidInput('username', 'must be 1 to 64 of a–z, 0–9, “_” and “-”')
  }
  const email = validEmail(input.email)
  await validPassword(password, { username, email }, dependencies.minPasswordLength)
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
    passwordChangeRequired: input.passwordChangeRequired ?? false,
    createdAt: now,
    updatedAt: now,
  }
}

/** A password was chosen for somebody that the policy refuses. */
export class InvalidPassword extends InvalidInput {
  readonly problem: PasswordProblem

  constructor(problem: PasswordProblem, minLength: number) {
    super('password', passwordProblemWords[problem].replace('{minimum}', String(minLength)))
    this.name = 'InvalidPassword'
    this.problem = problem
  }
}

const passwordProblemWords = {
  control_characters: 'must not contain line ends or control characters',
  too_short: 'must have at least {minimum} characters',
  too_long: 'must have at most 255 characters',
  personal: 'must not be made of the username, the e-mail address or the name of this product',
  trivial: 'must not be one thing repeated, or a run such as 12345678',
  common: 'is one of those that are tried first, or nearly',
} as const satisfies Record<PasswordProblem, string>

/** @throws {InvalidPassword} */
async function validPassword(
  password: string,
  owner: { username: string; email: string },
  minLength: number,
): Promise<void> {
  const problem = await judgePassword(password, owner, minLength)
  if (problem !== undefined) throw new InvalidPassword(problem, minLength)
}

/** 120 random bits, easy to select and to type. */
export function generatePassword(random: Random): string {
  return random.base64url(15)
}
