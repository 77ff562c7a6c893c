/**
 * {@link GrantStore} in SQL. A family is ended by ending its grant first and its tokens then, in a second statement:
 * on PostgreSQL the first one waits for a refresh that is under way, and the second one sees the tokens it made.
 */
import type { GrantOverview, GrantStore, RevokedCounts } from '../../oauth/token/store.ts'
import type { Grant } from '../../oauth/token/token.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId, GrantId, SessionId } from '../../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import { createListing, mapPage } from './listing.ts'
import { type Executor, insertStatement, statement } from './statement.ts'
import { fromGrant, type GrantRow, grantColumns, toGrant } from './token-rows.ts'

// Primary key.
const find = statement<{ id: GrantId }, GrantRow>(
  'grants.find',
  `select ${grantColumns} from grants where id = :id`,
)

type OverviewRow = GrantRow & { client_name: string; live_access_tokens: number; live_refresh_tokens: number }

type TokenTable = 'access_tokens' | 'refresh_tokens'

// access_tokens_grant has the minute of the end, refresh_tokens_grant the state.
const isLivingOf = (table: TokenTable): string =>
  `t.grant_id = g.id and t.state = 'active' and t.expires_at > :now${
    table === 'access_tokens' ? ' and t.expiry_minute >= cast(:now as bigint) / 60000' : ''
  }`
const liveTokensOf = (table: TokenTable): string =>
  `select count(*) from ${table} t where ${isLivingOf(table)}`
// Not "exists", two of which PostgreSQL would answer by reading both tables.
const hasLiveTokens = (table: TokenTable): string =>
  `(select 1 from ${table} t where ${isLivingOf(table)} limit 1) is not null`

/** Refresh tokens first: of those a living grant has one. */
const isLive = `${hasLiveTokens('refresh_tokens')} or ${hasLiveTokens('access_tokens')}`

// grants_account, from its end; access_tokens_grant and refresh_tokens_grant for the counts.
const liveGrants = createListing<OverviewRow, 'account' | 'now'>({
  name: 'grants.live',
  columns: [
    ...grantColumns.map((column) => `g.${column}`),
    'coalesce(c.name, g.client_id) as client_name',
    `(${liveTokensOf('access_tokens')}) as live_access_tokens`,
    `(${liveTokensOf('refresh_tokens')}) as live_refresh_tokens`,
  ],
  from: 'grants g left join clients c on c.id = g.client_id',
  order: ['g.id'],
  filters: {
    account: 'g.account_id = :account and g.ended_at is null',
    now: isLive,
  },
})

/** How many grants are looked at to count the living among them: more than anybody reads. */
const lookedAt = 250

// The same. The newest ones, of which most live.
const countLive = statement<
  { account: AccountId; now: Instant; limit: number },
  { found: number; looked_at: number }
>(
  'grants.count_live',
  `select cast(coalesce(sum(case when ${isLive} then 1 else 0 end), 0) as bigint) as found, count(*) as looked_at
  from (
    select id from grants where account_id = :account and ended_at is null order by id desc limit :limit
  ) g`,
)

// As above.
const listLive = statement<
  { account_id: AccountId; now: Instant; before: string; limit: number },
  OverviewRow
>(
  'grants.list_live',
  `select * from (
    select ${grantColumns.map((column) => `g.${column}`)}, coalesce(c.name, g.client_id) as client_name,
      (${liveTokensOf('access_tokens')}) as live_access_tokens,
      (${liveTokensOf('refresh_tokens')}) as live_refresh_tokens
    from grants g left join clients c on c.id = g.client_id
    where g.account_id = :account_id and g.ended_at is null and g.id < :before
  ) overview
  where live_access_tokens > 0 or live_refresh_tokens > 0
  order by id desc limit :limit`,
)

// grants_session.
const listOfSession = statement<{ session_id: SessionId }, GrantRow>(
  'grants.list_of_session',
  `select ${grantColumns} from grants where session_id = :session_id and ended_at is null order by id`,
)

/** Greater than every id, byte by byte. */
const pastEveryId = '~'

const insert = insertStatement<GrantRow>('grants', grantColumns)

// Primary key.
const touch = statement<{ id: GrantId; now: Instant }>(
  'grants.touch',
  `update grants set last_used_at = case when last_used_at < :now then :now else last_used_at end
  where id = :id and ended_at is null`,
)

// Primary key.
const holdUnended = statement<{ id: GrantId }, { found: number }>(
  'grants.hold_unended',
  'select 1 as found from grants where id = :id and ended_at is null for share',
)

// Primary key.
const end = statement<{ id: GrantId; now: Instant }>(
  'grants.end',
  'update grants set ended_at = :now where id = :id and ended_at is null',
)

// access_tokens_grant.
const revokeAccessTokens = statement<{ id: GrantId; now: Instant }>(
  'grants.revoke_access_tokens',
  `update access_tokens set state = 'revoked'
  where grant_id = :id and state = 'active' and expires_at > :now`,
)

// refresh_tokens_grant.
const revokeRefreshTokens = statement<{ id: GrantId; now: Instant }>(
  'grants.revoke_refresh_tokens',
  `update refresh_tokens set state = 'revoked'
  where grant_id = :id and state = 'active' and expires_at > :now`,
)

// grants_account. In the order of the ids, so that two callers cannot wait for each other.
const endAllOf = statement<{ account_id: AccountId; now: Instant }>(
  'grants.end_all_of',
  `update grants set ended_at = :now where id in (
    select id from grants where account_id = :account_id and ended_at is null order by id for update
  )`,
)

// grants_account for the grants just ended, then access_tokens_grant.
const revokeAccessTokensOf = statement<{ account_id: AccountId; now: Instant }>(
  'grants.revoke_access_tokens_of',
  `update access_tokens set state = 'revoked'
  where grant_id in (select id from grants where account_id = :account_id and ended_at = :now)
    and state = 'active' and expires_at > :now`,
)

// access_tokens_account.
const revokeGrantlessAccessTokensOf = statement<{ account_id: AccountId; now: Instant }>(
  'grants.revoke_grantless_access_tokens_of',
  `update access_tokens set state = 'revoked'
  where account_id = :account_id and grant_id is null and state = 'active' and expires_at > :now`,
)

// grants_account for the grants just ended, then refresh_tokens_grant.
const revokeRefreshTokensOf = statement<{ account_id: AccountId; now: Instant }>(
  'grants.revoke_refresh_tokens_of',
  `update refresh_tokens set state = 'revoked'
  where grant_id in (select id from grants where account_id = :account_id and ended_at = :now)
    and state = 'active' and expires_at > :now`,
)

// grants_account, in the order of the ids as above.
const endAllBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'grants.end_all_between',
  `update grants set ended_at = :now where id in (
    select id from grants
    where account_id = :account_id and client_id = :client_id and ended_at is null order by id for update
  )`,
)

// grants_account for the grants just ended, then access_tokens_grant.
const revokeAccessTokensBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'grants.revoke_access_tokens_between',
  `update access_tokens set state = 'revoked'
  where grant_id in (
      select id from grants where account_id = :account_id and client_id = :client_id and ended_at = :now
    )
    and state = 'active' and expires_at > :now`,
)

// grants_account for the grants just ended, then refresh_tokens_grant.
const revokeRefreshTokensBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'grants.revoke_refresh_tokens_between',
  `update refresh_tokens set state = 'revoked'
  where grant_id in (
      select id from grants where account_id = :account_id and client_id = :client_id and ended_at = :now
    )
    and state = 'active' and expires_at > :now`,
)

// grants_client, in the order of the ids as above.
const endAllOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'grants.end_all_of_client',
  `update grants set ended_at = :now where id in (
    select id from grants where client_id = :client_id and ended_at is null order by id for update
  )`,
)

// grants_client for the grants just ended, then access_tokens_grant.
const revokeAccessTokensOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'grants.revoke_access_tokens_of_client',
  `update access_tokens set state = 'revoked'
  where grant_id in (select id from grants where client_id = :client_id and ended_at = :now)
    and state = 'active' and expires_at > :now`,
)

// access_tokens_client.
const revokeGrantlessAccessTokensOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'grants.revoke_grantless_access_tokens_of_client',
  `update access_tokens set state = 'revoked'
  where client_id = :client_id and grant_id is null and state = 'active' and expires_at > :now`,
)

// access_tokens_client_out. Those of ended grants cannot be enabled again in any case; these could.
const revokeDisabledTokensOfClient = statement<{ client_id: ClientId }>(
  'grants.revoke_disabled_tokens_of_client',
  `update access_tokens set state = 'revoked'
  where client_id = :client_id and (grant_id is null or exchanged = 1) and state <> 'active' and state = 'disabled'`,
)

// access_tokens_account_out.
const revokeDisabledTokensOf = statement<{ account_id: AccountId }>(
  'grants.revoke_disabled_tokens_of',
  `update access_tokens set state = 'revoked'
  where account_id = :account_id and grant_id is null and account_id is not null
    and state <> 'active' and state = 'disabled'`,
)

// access_tokens_exchanged.
const revokeExchangedTokensOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'grants.revoke_exchanged_tokens_of_client',
  `update access_tokens set state = 'revoked'
  where client_id = :client_id and exchanged = 1 and state = 'active' and expires_at > :now`,
)

// access_tokens_exchanged.
const revokeExchangedTokensBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'grants.revoke_exchanged_tokens_between',
  `update access_tokens set state = 'revoked'
  where client_id = :client_id and exchanged = 1 and account_id = :account_id
    and state = 'active' and expires_at > :now`,
)

// grants_client for the grants just ended, then refresh_tokens_grant.
const revokeRefreshTokensOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'grants.revoke_refresh_tokens_of_client',
  `update refresh_tokens set state = 'revoked'
  where grant_id in (select id from grants where client_id = :client_id and ended_at = :now)
    and state = 'active' and expires_at > :now`,
)

// grants_over, from its start; access_tokens_grant and refresh_tokens_grant for what is left.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'grants.delete_expired',
  `with picked as (
    select g.id from grants g
    where coalesce(g.ended_at, g.expires_at) < :before
      and not exists (select 1 from access_tokens t where t.grant_id = g.id)
      and not exists (select 1 from refresh_tokens t where t.grant_id = g.id)
    order by coalesce(g.ended_at, g.expires_at) limit :limit for update of g skip locked
  )
  delete from grants where id in (select id from picked)`,
)

export class SqlGrantStore implements GrantStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: GrantId): Promise<Grant | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && toGrant(row)
  }

  async listLive(
    accountId: AccountId,
    now: Instant,
    { limit, before }: { limit: number; before?: GrantId | undefined },
  ): Promise<GrantOverview[]> {
    const params = { account_id: accountId, now, before: before ?? pastEveryId, limit }
    return (await this.#sql.all(listLive, params)).map(toOverview)
  }

  async pageLive(accountId: AccountId, now: Instant, window: ListWindow): Promise<ListPage<GrantOverview>> {
    return mapPage(await liveGrants.page(this.#sql, { account: accountId, now }, window), toOverview)
  }

  async countLive(accountId: AccountId, now: Instant): Promise<ListTotal> {
    const params = { account: accountId, now, limit: lookedAt + 1 }
    const { found, looked_at } = (await this.#sql.one(countLive, params))!
    return { count: found, atLeast: looked_at > lookedAt }
  }

  async listOfSession(sessionId: SessionId): Promise<Grant[]> {
    return (await this.#sql.all(listOfSession, { session_id: sessionId })).map(toGrant)
  }

  async insert(grant: Grant): Promise<void> {
    await this.#sql.run(insert, fromGrant(grant))
  }

  async holdUnended(id: GrantId): Promise<boolean> {
    return (await this.#sql.one(holdUnended, { id })) !== undefined
  }

  async touch(id: GrantId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(touch, { id, now })) === 1
  }

  async end(id: GrantId, now: Instant): Promise<RevokedCounts> {
    if ((await this.#sql.run(end, { id, now })) === 0) return { accessTokens: 0, refreshTokens: 0 }
    return {
      accessTokens: await this.#sql.run(revokeAccessTokens, { id, now }),
      refreshTokens: await this.#sql.run(revokeRefreshTokens, { id, now }),
    }
  }

  async endAllOf(accountId: AccountId, now: Instant): Promise<RevokedCounts> {
    const params = { account_id: accountId, now }
    await this.#sql.run(endAllOf, params)
    await this.#sql.run(revokeDisabledTokensOf, params)
    return {
      accessTokens:
        (await this.#sql.run(revokeAccessTokensOf, params)) +
        (await this.#sql.run(revokeGrantlessAccessTokensOf, params)),
      refreshTokens: await this.#sql.run(revokeRefreshTokensOf, params),
    }
  }

  async endAllBetween(accountId: AccountId, clientId: ClientId, now: Instant): Promise<RevokedCounts> {
    const params = { account_id: accountId, client_id: clientId, now }
    await this.#sql.run(endAllBetween, params)
    return {
      accessTokens:
        (await this.#sql.run(revokeAccessTokensBetween, params)) +
        (await this.#sql.run(revokeExchangedTokensBetween, params)),
      refreshTokens: await this.#sql.run(revokeRefreshTokensBetween, params),
    }
  }

  async endAllOfClient(clientId: ClientId, now: Instant): Promise<RevokedCounts> {
    const params = { client_id: clientId, now }
    await this.#sql.run(endAllOfClient, params)
    await this.#sql.run(revokeDisabledTokensOfClient, params)
    return {
      accessTokens:
        (await this.#sql.run(revokeAccessTokensOfClient, params)) +
        (await this.#sql.run(revokeGrantlessAccessTokensOfClient, params)) +
        (await this.#sql.run(revokeExchangedTokensOfClient, params)),
      refreshTokens: await this.#sql.run(revokeRefreshTokensOfClient, params),
    }
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}

function toOverview(row: OverviewRow): GrantOverview {
  return {
    grant: toGrant(row),
    clientName: row.client_name,
    liveAccessTokens: row.live_access_tokens,
    liveRefreshTokens: row.live_refresh_tokens,
  }
}
