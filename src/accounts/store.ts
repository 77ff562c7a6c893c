/** Ports: accounts and their browser sessions. */
import type { AuthSource, SessionEndReason } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { AccountId, SessionId } from '../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../shared/listing.ts'
import type { Account } from './account.ts'
import type { Proof } from './authentication.ts'
import type { Session } from './session.ts'

/** Which accounts a list holds; what is left out is not asked. */
export interface AccountFilter {
  role?: Account['role'] | undefined
  status?: Account['status'] | undefined
  authSource?: AuthSource | undefined
  /** The beginning of a username, an e-mail address or a full name, in any case, or a whole id. */
  search?: string | undefined
}

export interface AccountReader {
  find(id: AccountId): Promise<Account | undefined>
  /** @param username lower-case. */
  findByUsername(username: string): Promise<Account | undefined>
  /** @param email in any case. */
  findByEmail(email: string): Promise<Account | undefined>
  list(options: { limit: number; after?: AccountId | undefined }): Promise<Account[]>
  /** One page of the accounts that fit, newest first. */
  page(filter: AccountFilter, window: ListWindow): Promise<ListPage<Account>>
  count(filter: AccountFilter): Promise<ListTotal>
  any(): Promise<boolean>
}

export interface AccountStore extends AccountReader {
  /** @throws {AlreadyExists} when the username or the e-mail address is taken. */
  insert(account: Account): Promise<void>
  /** Whether the account is active; if so it stays until the transaction ends. */
  holdActive(id: AccountId): Promise<boolean>
  /** Keeps others who do the same about this account waiting until the transaction ends. @returns false when there is none. */
  lock(id: AccountId): Promise<boolean>
  /** How many administrators are active; they stay so until the transaction ends. */
  holdActiveAdmins(): Promise<number>
  /** Replaces the password hash, if the account still has `previous`. */
  replacePasswordHash(
    id: AccountId,
    previous: string | undefined,
    next: string,
    now: Instant,
  ): Promise<boolean>
  /**
   * Replaces what an account is known by.
   * @throws {AlreadyExists} when the username or the e-mail address is taken.
   */
  changeProfile(
    id: AccountId,
    profile: Pick<Account, 'username' | 'email' | 'emailVerified' | 'fullName'>,
    now: Instant,
  ): Promise<void>
  /**
   * Gives an account another password, if it still has `previous`.
   * @param changeRequired whether its person must choose one of their own at their next sign-in.
   */
  setPassword(
    id: AccountId,
    previous: string | undefined,
    next: string,
    changeRequired: boolean,
    now: Instant,
  ): Promise<boolean>
  /**
   * Changes what a person says of themselves.
   * @returns false when there is no such account.
   * @throws {AlreadyExists} when somebody else has the e-mail address.
   */
  setProfile(
    id: AccountId,
    profile: { fullName: string; email: string; emailVerified: boolean },
    now: Instant,
  ): Promise<boolean>
  /** @returns false when the account does not exist or had this role already. */
  setRole(id: AccountId, role: Account['role'], now: Instant): Promise<boolean>
  /** @returns false when there is none. What its person had is ended by the flow, not here. */
  delete(id: AccountId): Promise<boolean>
  /** Notes that an address is known to be theirs, if the account still has it. */
  verifyEmail(id: AccountId, email: string, now: Instant): Promise<boolean>
  /** @returns false when the account does not exist or had this status already. */
  setStatus(id: AccountId, status: Account['status'], now: Instant): Promise<boolean>
}

export interface SessionReader {
  find(id: SessionId): Promise<Session | undefined>
  /** Sessions of a person that have not ended and not run out, the most recently used first. */
  listLive(accountId: AccountId, now: Instant, limit: number): Promise<Session[]>
  /** The same in pages. A session that is used meanwhile moves to the first one. */
  page(accountId: AccountId, now: Instant, window: ListWindow): Promise<ListPage<Session>>
  count(accountId: AccountId, now: Instant): Promise<ListTotal>
}

/** What the end of a session is announced with. */
export interface EndedSession {
  id: SessionId
  accountId: AccountId
  createdAt: Instant
  endedAt: Instant
  reason: SessionEndReason
}

/**
 * Whatever ends a session also queues, in the same transaction, what the clients it signed its person in for must hear
 * of it (`oauth/openid/logout-outbox.ts`).
 */
export interface SessionStore extends SessionReader {
  insert(session: Session): Promise<void>
  /** Whether nobody has ended the session; if so it stays until the transaction ends. */
  holdUnended(id: SessionId): Promise<boolean>
  /** Notes that a session was used, unless it has ended. */
  touch(id: SessionId, now: Instant): Promise<void>
  /** Notes that its person proved once more who they are. @returns false when it has ended. */
  prove(id: SessionId, methods: readonly Proof[], now: Instant): Promise<boolean>
  /**
   * Ends a session, for exactly one caller. `endedAt` is the instant its time ran out for the two timeouts.
   * @returns `undefined` when it had ended already.
   */
  end(id: SessionId, reason: SessionEndReason, endedAt: Instant): Promise<EndedSession | undefined>
  /** Ends every live session of a person, all but `except`. Sessions already past their time are left to the sweep. */
  endAllOf(
    accountId: AccountId,
    reason: SessionEndReason,
    now: Instant,
    except?: SessionId | undefined,
  ): Promise<EndedSession[]>
  /** Ends at most `limit` sessions whose time ran out before `now`, each at the instant and for the reason it did. */
  endRunOut(now: Instant, limit: number): Promise<EndedSession[]>
  /** Deletes at most `limit` sessions that ended before `before`. @returns how many. */
  deleteEnded(before: Instant, limit: number): Promise<number>
}
