/** Acts on people's accounts: create, disable, reset the password. */
import type { Account } from '../accounts/account.ts'
import { maxPasswordBytes } from '../accounts/password.ts'
import { sessionEnded } from '../accounts/sessions.ts'
import { normalizeUsername } from '../accounts/username.ts'
import type { Actor, DomainEvent, RevocationReason, SessionInvalidationReason } from '../events/catalogue.ts'
import { tokensRevoked } from '../oauth/token/revoked.ts'
import type { Clock, Instant } from '../shared/clock.ts'
import type { AccountId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { InvalidInput } from './invalid-input.ts'

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

export interface AccountAdministration {
  /**
   * @returns the account and, when it was generated, its password: the only time it can be seen.
   * @throws {InvalidInput} | {AlreadyExists}
   */
  create(input: NewAccount, actor: Actor): Promise<{ account: Account; password: string | undefined }>
  /**
   * Disables an account and ends its sessions and tokens. @returns false when it was disabled already.
   * @throws {InvalidInput} when it is the last active administrator.
   */
  disable(account: Account, actor: Actor): Promise<boolean>
  /** Replaces the password and ends sessions and tokens. @returns the new password. */
  resetPassword(account: Account, actor: Actor, password?: string): Promise<string>
}

const minPasswordLength = 8
const usernamePattern = /^[a-z0-9_-]{1,64}$/
const emailPattern = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u

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
    async create(input, actor) {
      const generated = input.password === undefined ? generatePassword(random) : undefined
      const account = await newAccount(input, generated ?? input.password!, { hashPassword, clock, ids })
      await announcer.transaction(storage, async (tx) => {
        await tx.accounts.insert(account)
        return { result: undefined, events: [accountCreated(account, actor)] }
      })
      return { account, password: generated }
    },

    async disable(account, actor) {
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        // As it is now, which need not be how the caller saw it.
        const current = await tx.accounts.find(account.id)
        if (current?.status !== 'active') return { result: false, events: [] }
        if (current.role === 'admin' && (await tx.accounts.holdActiveAdmins()) <= 1) {
          throw new InvalidInput('username', 'is the last active administrator')
        }
        if (!(await tx.accounts.setStatus(account.id, 'disabled', now))) return { result: false, events: [] }
        const ended = await endEverything(tx, account.id, { sessions: 'admin', tokens: 'admin' }, actor, now)
        const { id: accountId, username } = account
        return {
          result: true,
          events: [{ type: 'account.disabled', at: now, actor, accountId, username }, ...ended],
        }
      })
    },

    async resetPassword(account, actor, given) {
      const password = given ?? generatePassword(random)
      validPassword(password)
      const hash = await hashPassword(password)
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        const current = await tx.accounts.find(account.id)
        if (
          current === undefined ||
          !(await tx.accounts.replacePasswordHash(account.id, current.passwordHash, hash, now))
        ) {
          throw new InvalidInput('username', 'is no longer there')
        }
        const ended = await endEverything(
          tx,
          account.id,
          { sessions: 'security', tokens: 'security' },
          actor,
          now,
        )
        const { id: accountId, username } = account
        return {
          result: password,
          events: [{ type: 'account.password_reset', at: now, actor, accountId, username }, ...ended],
        }
      })
    },
  }
}

/** Ends the sessions and tokens of a person, and device grants approved but not yet redeemed. */
async function endEverything(
  tx: Stores,
  accountId: AccountId,
  reasons: { sessions: SessionInvalidationReason; tokens: RevocationReason },
  actor: Actor,
  now: Instant,
): Promise<DomainEvent[]> {
  await tx.deviceGrants.denyApprovedOf(accountId, now)
  await tx.authorizationCodes.expireUnredeemedOf(accountId, undefined, now)
  const sessions = await tx.sessions.endAllOf(accountId, reasons.sessions, now)
  const tokens = await tx.grants.endAllOf(accountId, now)
  const act = { at: now, actor }
  return [
    ...sessions.map((session) => sessionEnded(session, act)),
    ...tokensRevoked(tokens, {
      ...act,
      reason: reasons.tokens,
      accountId,
      clientId: undefined,
      grantId: undefined,
    }),
  ]
}

export function accountCreated(account: Account, actor: Actor): DomainEvent {
  const { id: accountId, username, role, createdAt } = account
  return { type: 'account.created', at: createdAt, actor, accountId, username, role }
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
  const email = input.email.trim()
  if (email.length > 254 || !emailPattern.test(email)) throw new InvalidInput('email', 'is no e-mail address')
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
