/** {@link AccountStore} and {@link SessionStore} in SQL. */
import type { Account } from '../../accounts/account.ts'
import type { Proof } from '../../accounts/authentication.ts'
import type { Session } from '../../accounts/session.ts'
import type { AccountFilter, AccountStore, EndedSession, SessionStore } from '../../accounts/store.ts'
import type { SessionEndReason } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, SessionId } from '../../shared/ids.ts'
import {
  countLimit,
  type ListPage,
  type ListTotal,
  type ListWindow,
  listTotal,
} from '../../shared/listing.ts'
import {
  type AccountRow,
  accountColumns,
  type EndedSessionRow,
  fromAccount,
  fromSession,
  type SessionRow,
  sessionColumns,
  toAccount,
  toEndedSession,
  toSession,
} from './account-rows.ts'
import { createListing, mapPage } from './listing.ts'
import { queueLogouts } from './logout-outbox.ts'
import { type Executor, insertStatement, type NoParams, type Statement, statement } from './statement.ts'
import { fromProofs, nameKey } from './values.ts'

// Primary key.
const findAccount = statement<{ id: AccountId }, AccountRow>(
  'accounts.find',
  `select ${accountColumns} from accounts where id = :id`,
)

// Unique index on username.
const findAccountByUsername = statement<{ username: string }, AccountRow>(
  'accounts.find_by_username',
  `select ${accountColumns} from accounts where username = :username`,
)

// Unique index on email_key.
const findAccountByEmail = statement<{ email_key: string }, AccountRow>(
  'accounts.find_by_email',
  `select ${accountColumns} from accounts where email_key = :email_key`,
)

// accounts_created, from its end.
const listAccounts = statement<{ limit: number }, AccountRow>(
  'accounts.list',
  `select ${accountColumns} from accounts order by created_at desc, id desc limit :limit`,
)

// accounts_created, from where the last page stopped.
const listAccountsAfter = statement<{ limit: number; after: AccountId }, AccountRow>(
  'accounts.list_after',
  `select ${accountColumns} from accounts
  where (created_at, id) < (select created_at, id from accounts where id = :after)
  order by created_at desc, id desc limit :limit`,
)

const anyAccount = statement<NoParams, { found: number }>(
  'accounts.any',
  'select 1 as found from accounts limit 1',
)

// Reads the table: asked by the command line before it disables somebody. Whoever asks at the same time waits, and then
// counts without those who were disabled meanwhile.
const holdActiveAdmins = statement<NoParams, { count: number }>(
  'accounts.hold_active_admins',
  `with held as (
    select id from accounts where role = 'admin' and status = 'active' order by id for update
  )
  select count(*) as count from held`,
)

const insertAccount = insertStatement<AccountRow>('accounts', accountColumns)

// Primary key. A hash that was not there is told from one that was by coalesce: no hash is empty.
const replacePasswordHash = statement<{ id: AccountId; previous: string; next: string; now: Instant }>(
  'accounts.replace_password_hash',
  `update accounts set password_hash = :next, updated_at = :now
  where id = :id and coalesce(password_hash, '') = :previous`,
)

// Primary key.
const changeProfile = statement<
  Pick<
    AccountRow,
    'id' | 'username' | 'email' | 'email_key' | 'email_verified' | 'full_name' | 'full_name_key'
  > & {
    now: Instant
  }
>(
  'accounts.change_profile',
  `update accounts set username = :username, email = :email, email_key = :email_key,
    email_verified = :email_verified, full_name = :full_name, full_name_key = :full_name_key, updated_at = :now
  where id = :id`,
)

// Primary key.
const setPassword = statement<{
  id: AccountId
  previous: string
  next: string
  change_required: number
  now: Instant
}>(
  'accounts.set_password',
  `update accounts set password_hash = :next, password_change_required = :change_required, updated_at = :now
  where id = :id and coalesce(password_hash, '') = :previous`,
)

// Primary key.
const setProfile = statement<{
  id: AccountId
  full_name: string
  full_name_key: string
  email: string
  email_key: string
  email_verified: number
  now: Instant
}>(
  'accounts.set_profile',
  `update accounts set full_name = :full_name, full_name_key = :full_name_key, email = :email,
    email_key = :email_key, email_verified = :email_verified, updated_at = :now
  where id = :id`,
)

// Primary key.
const setRole = statement<{ id: AccountId; role: Account['role']; now: Instant }>(
  'accounts.set_role',
  'update accounts set role = :role, updated_at = :now where id = :id and role <> :role',
)

// Primary key.
const deleteAccount = statement<{ id: AccountId }>('accounts.delete', 'delete from accounts where id = :id')

const held = { role: 'role = :role', status: 'status = :status', source: 'auth_source = :source' }

// accounts_role, accounts_status, accounts_source, else accounts_created.
const listing = createListing<AccountRow, 'role' | 'status' | 'source'>({
  name: 'accounts',
  columns: accountColumns,
  from: 'accounts',
  order: ['created_at', 'id'],
  filters: held,
})

// The unique indexes on username and email_key, accounts_full_name, primary key; then those found are sorted.
const searchOfFew = createListing<AccountRow, keyof typeof held | 'search'>({
  name: 'accounts.few',
  columns: accountColumns,
  from: 'accounts',
  order: ['created_at', 'id'],
  filters: {
    ...held,
    search: `id in (
      select id from accounts where ${startsWith('username')}
      union select id from accounts where ${startsWith('email_key')}
      union select id from accounts where ${startsWith('full_name_key')}
      union select id from accounts where id = :search
    )`,
  },
})

// As the list without a search, which soon has a page when much is found: sorting all of that would take longer.
const searchOfMany = createListing<AccountRow, keyof typeof held | 'search'>({
  name: 'accounts.many',
  columns: accountColumns,
  from: 'accounts',
  order: ['created_at', 'id'],
  filters: {
    ...held,
    // Joined with nothing, a column hides its index, which would be preferred.
    search: `${startsWith("(username || '')")} or ${startsWith("(email_key || '')")}
      or ${startsWith("(full_name_key || '')")}`,
  },
})

/** A search finds few accounts when they are no more than these. */
const few = 2000

/** What a search looks at, each with an index of its own. */
const searched = ['username', 'email_key', 'full_name_key'] as const

type Searched = (typeof searched)[number]

// The indexes of a search of few.
const sizeOfSearch = statement<{ search: string; limit: number }, Record<Searched, number>>(
  'accounts.size_of_search',
  `select ${searched.map((column) => `${sizeBy(column)} as ${column}`).join(', ')}`,
)

// One of them.
const sizeOfSearchBy = Object.fromEntries(
  searched.map((column) => [
    column,
    statement(`accounts.size_of_search_by_${column}`, `select ${sizeBy(column)} as found`),
  ]),
) as Record<Searched, Statement<{ search: string; limit: number }, { found: number }>>

function sizeBy(column: Searched): string {
  return `(select count(*) from (select 1 from accounts where ${startsWith(column)} limit :limit) found)`
}

/** Nothing in a name sorts after the last character of Unicode. */
function startsWith(column: string): string {
  return `(${column} >= :search and ${column} < :search || '\u{10FFFF}')`
}

// Primary key.
const verifyEmail = statement<{ id: AccountId; email: string; now: Instant }>(
  'accounts.verify_email',
  'update accounts set email_verified = 1, updated_at = :now where id = :id and email = :email',
)

// Primary key.
const setAccountStatus = statement<{ id: AccountId; status: Account['status']; now: Instant }>(
  'accounts.set_status',
  'update accounts set status = :status, updated_at = :now where id = :id and status <> :status',
)

// Primary key.
const holdActive = statement<{ id: AccountId }, { found: number }>(
  'accounts.hold_active',
  "select 1 as found from accounts where id = :id and status = 'active' for share",
)

// Primary key.
const lock = statement<{ id: AccountId }, { found: number }>(
  'accounts.lock',
  'select 1 as found from accounts where id = :id for update',
)

export class SqlAccountStore implements AccountStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: AccountId): Promise<Account | undefined> {
    const row = await this.#sql.one(findAccount, { id })
    return row && toAccount(row)
  }

  async findByUsername(username: string): Promise<Account | undefined> {
    const row = await this.#sql.one(findAccountByUsername, { username })
    return row && toAccount(row)
  }

  async findByEmail(email: string): Promise<Account | undefined> {
    const row = await this.#sql.one(findAccountByEmail, { email_key: email.toLowerCase() })
    return row && toAccount(row)
  }

  async list({ limit, after }: { limit: number; after?: AccountId | undefined }): Promise<Account[]> {
    const rows =
      after === undefined
        ? await this.#sql.all(listAccounts, { limit })
        : await this.#sql.all(listAccountsAfter, { limit, after })
    return rows.map(toAccount)
  }

  async page(filter: AccountFilter, window: ListWindow): Promise<ListPage<Account>> {
    const values = valuesOf(filter)
    if (values.search === undefined) return mapPage(await listing.page(this.#sql, values, window), toAccount)
    const search = areFew(await this.#sizesOf(values.search)) ? searchOfFew : searchOfMany
    return mapPage(await search.page(this.#sql, values, window), toAccount)
  }

  async count(filter: AccountFilter): Promise<ListTotal> {
    const values = valuesOf(filter)
    if (values.search === undefined) return listing.count(this.#sql, values)
    const sizes = await this.#sizesOf(values.search)
    if (areFew(sizes)) return searchOfFew.count(this.#sql, values)
    if (values.role === undefined && values.status === undefined && values.source === undefined) {
      // One of the indexes alone may say that there are more than anybody counts.
      const [longest] = searched.toSorted((one, other) => sizes[other] - sizes[one])
      const params = { search: values.search, limit: countLimit + 1 }
      const { found } = (await this.#sql.one(sizeOfSearchBy[longest!], params))!
      if (found > countLimit) return listTotal(found)
    }
    return searchOfMany.count(this.#sql, values)
  }

  /** How many accounts each of the indexes finds, up to one beyond what is few. */
  async #sizesOf(search: string): Promise<Record<Searched, number>> {
    return (await this.#sql.one(sizeOfSearch, { search, limit: few + 1 }))!
  }

  async any(): Promise<boolean> {
    return (await this.#sql.one(anyAccount, {})) !== undefined
  }

  async holdActiveAdmins(): Promise<number> {
    return (await this.#sql.one(holdActiveAdmins, {}))!.count
  }

  async insert(account: Account): Promise<void> {
    await this.#sql.run(insertAccount, fromAccount(account))
  }

  async replacePasswordHash(
    id: AccountId,
    previous: string | undefined,
    next: string,
    now: Instant,
  ): Promise<boolean> {
    return (await this.#sql.run(replacePasswordHash, { id, previous: previous ?? '', next, now })) === 1
  }

  async setPassword(
    id: AccountId,
    previous: string | undefined,
    next: string,
    changeRequired: boolean,
    now: Instant,
  ): Promise<boolean> {
    const params = { id, previous: previous ?? '', next, change_required: changeRequired ? 1 : 0, now }
    return (await this.#sql.run(setPassword, params)) === 1
  }

  async setProfile(
    id: AccountId,
    { fullName, email, emailVerified }: { fullName: string; email: string; emailVerified: boolean },
    now: Instant,
  ): Promise<boolean> {
    const changed = await this.#sql.run(setProfile, {
      id,
      full_name: fullName,
      full_name_key: nameKey(fullName),
      email,
      email_key: email.toLowerCase(),
      email_verified: emailVerified ? 1 : 0,
      now,
    })
    return changed === 1
  }

  async setRole(id: AccountId, role: Account['role'], now: Instant): Promise<boolean> {
    return (await this.#sql.run(setRole, { id, role, now })) === 1
  }

  async delete(id: AccountId): Promise<boolean> {
    return (await this.#sql.run(deleteAccount, { id })) === 1
  }

  async verifyEmail(id: AccountId, email: string, now: Instant): Promise<boolean> {
    return (await this.#sql.run(verifyEmail, { id, email, now })) === 1
  }

  async holdActive(id: AccountId): Promise<boolean> {
    return (await this.#sql.one(holdActive, { id })) !== undefined
  }

  async lock(id: AccountId): Promise<boolean> {
    return (await this.#sql.one(lock, { id })) !== undefined
  }

  async changeProfile(
    id: AccountId,
    profile: Pick<Account, 'username' | 'email' | 'emailVerified' | 'fullName'>,
    now: Instant,
  ): Promise<void> {
    await this.#sql.run(changeProfile, {
      id,
      username: profile.username,
      email: profile.email,
      email_key: profile.email.toLowerCase(),
      email_verified: profile.emailVerified ? 1 : 0,
      full_name: profile.fullName,
      full_name_key: nameKey(profile.fullName),
      now,
    })
  }

  async setStatus(id: AccountId, status: Account['status'], now: Instant): Promise<boolean> {
    return (await this.#sql.run(setAccountStatus, { id, status, now })) === 1
  }
}

function areFew(sizes: Record<Searched, number>): boolean {
  return searched.reduce((sum, column) => sum + sizes[column], 0) <= few
}

function valuesOf({ role, status, authSource, search }: AccountFilter) {
  return { role, status, source: authSource, search: search === undefined ? undefined : nameKey(search) }
}

// Primary key.
const findSession = statement<{ id: SessionId }, SessionRow>(
  'sessions.find',
  `select ${sessionColumns} from sessions where id = :id`,
)

// sessions_account; a person has few.
const listLiveSessions = statement<{ account_id: AccountId; now: Instant; limit: number }, SessionRow>(
  'sessions.list_live',
  `select ${sessionColumns} from sessions
  where account_id = :account_id and ended_at is null and runs_out_at > :now
  order by last_seen_at desc, id desc limit :limit`,
)

// sessions_account, as above.
const liveSessions = createListing<SessionRow, 'account' | 'now'>({
  name: 'sessions.live',
  columns: sessionColumns,
  from: 'sessions',
  order: ['last_seen_at', 'id'],
  filters: { account: 'account_id = :account and ended_at is null', now: 'runs_out_at > :now' },
})

// Primary key.
const holdUnended = statement<{ id: SessionId }, { found: number }>(
  'sessions.hold_unended',
  'select 1 as found from sessions where id = :id and ended_at is null for share',
)

const insertSession = insertStatement<SessionRow>('sessions', sessionColumns)

// Primary key. An older request that comes late does not turn the time back.
const touchSession = statement<{ id: SessionId; now: Instant }>(
  'sessions.touch',
  'update sessions set last_seen_at = :now where id = :id and ended_at is null and last_seen_at < :now',
)

// Primary key.
const proveSession = statement<{ id: SessionId; methods: string; now: Instant }>(
  'sessions.prove',
  'update sessions set authenticated_at = :now, methods = :methods where id = :id and ended_at is null',
)

const endedColumns = 'id, account_id, created_at, ended_at, end_reason'

// Primary key.
const endSession = statement<{ id: SessionId; reason: SessionEndReason; ended_at: Instant }, EndedSessionRow>(
  'sessions.end',
  `update sessions set ended_at = :ended_at, end_reason = :reason where id = :id and ended_at is null
  returning ${endedColumns}`,
)

// sessions_account.
const endSessionsOf = statement<
  { account_id: AccountId; reason: SessionEndReason; now: Instant; except: string },
  EndedSessionRow
>(
  'sessions.end_all_of',
  `update sessions set ended_at = :now, end_reason = :reason
  where account_id = :account_id and ended_at is null and runs_out_at > :now and id <> :except
  returning ${endedColumns}`,
)

// sessions_live, from its start. Replicas sweep at the same time: each takes what no other has.
const endRunOutSessions = statement<{ now: Instant; limit: number }, EndedSessionRow>(
  'sessions.end_run_out',
  `with picked as (
    select id from sessions where ended_at is null and runs_out_at <= :now
    order by runs_out_at limit :limit for update skip locked
  )
  update sessions
  set ended_at = runs_out_at, end_reason = case when runs_out_at < expires_at then 'idle_timeout' else 'timeout' end
  where id in (select id from picked)
  returning ${endedColumns}`,
)

// sessions_ended.
const deleteEndedSessions = statement<{ before: Instant; limit: number }>(
  'sessions.delete_ended',
  `with picked as (
    select id from sessions where ended_at is not null and ended_at < :before
    order by ended_at limit :limit for update skip locked
  )
  delete from sessions where id in (select id from picked)`,
)

export class SqlSessionStore implements SessionStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: SessionId): Promise<Session | undefined> {
    const row = await this.#sql.one(findSession, { id })
    return row && toSession(row)
  }

  async listLive(accountId: AccountId, now: Instant, limit: number): Promise<Session[]> {
    const rows = await this.#sql.all(listLiveSessions, { account_id: accountId, now, limit })
    return rows.map(toSession)
  }

  async page(accountId: AccountId, now: Instant, window: ListWindow): Promise<ListPage<Session>> {
    return mapPage(await liveSessions.page(this.#sql, { account: accountId, now }, window), toSession)
  }

  async count(accountId: AccountId, now: Instant): Promise<ListTotal> {
    return liveSessions.count(this.#sql, { account: accountId, now })
  }

  async insert(session: Session): Promise<void> {
    await this.#sql.run(insertSession, fromSession(session))
  }

  async holdUnended(id: SessionId): Promise<boolean> {
    return (await this.#sql.one(holdUnended, { id })) !== undefined
  }

  async touch(id: SessionId, now: Instant): Promise<void> {
    await this.#sql.run(touchSession, { id, now })
  }

  async prove(id: SessionId, methods: readonly Proof[], now: Instant): Promise<boolean> {
    return (await this.#sql.run(proveSession, { id, methods: fromProofs(methods), now })) === 1
  }

  async end(id: SessionId, reason: SessionEndReason, endedAt: Instant): Promise<EndedSession | undefined> {
    const row = await this.#sql.one(endSession, { id, reason, ended_at: endedAt })
    return row && (await this.#ended([row]))[0]
  }

  async endAllOf(
    accountId: AccountId,
    reason: SessionEndReason,
    now: Instant,
    except?: SessionId | undefined,
  ): Promise<EndedSession[]> {
    const params = { account_id: accountId, reason, now, except: except ?? '' }
    return this.#ended(await this.#sql.all(endSessionsOf, params))
  }

  async endRunOut(now: Instant, limit: number): Promise<EndedSession[]> {
    return this.#ended(await this.#sql.all(endRunOutSessions, { now, limit }))
  }

  async #ended(rows: EndedSessionRow[]): Promise<EndedSession[]> {
    for (const { id, ended_at } of rows)
      await this.#sql.run(queueLogouts, { session_id: id, due_at: ended_at })
    return rows.map(toEndedSession)
  }

  async deleteEnded(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteEndedSessions, { before, limit })
  }
}
