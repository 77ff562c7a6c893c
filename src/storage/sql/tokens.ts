/**
 * {@link AccessTokenStore} and {@link RefreshTokenStore} in SQL. Both find a presented token by its primary key; the
 * digest that is compared afterwards needs no index.
 */
import type { AccessTokenStore, RefreshTokenStore } from '../../oauth/token/store.ts'
import type { AccessToken, RefreshToken } from '../../oauth/token/token.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccessTokenId, RefreshTokenId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'
import {
  type AccessTokenRow,
  accessTokenColumns,
  fromAccessToken,
  fromRefreshToken,
  type RefreshTokenRow,
  refreshTokenColumns,
  toAccessToken,
  toRefreshToken,
} from './token-rows.ts'

// Primary key.
const findAccessToken = statement<{ id: AccessTokenId }, AccessTokenRow>(
  'access_tokens.find',
  `select ${accessTokenColumns} from access_tokens where id = :id`,
)

// access_tokens_expiry, from the current minute on: a look at every living token, for a rare act of administration.
const countLivingIssued = statement<{ from: Instant; to: Instant; now: Instant }, { living: number }>(
  'access_tokens.count_living_issued',
  `select count(*) as living from access_tokens
  where expiry_minute >= cast(:now as bigint) / 60000 and expires_at > :now and state <> 'revoked'
    and issued_at >= :from and issued_at <= :to`,
)

const insertAccessToken = insertStatement<AccessTokenRow>('access_tokens', accessTokenColumns)

// Primary key.
const revokeAccessToken = statement<{ id: AccessTokenId; now: Instant }>(
  'access_tokens.revoke',
  "update access_tokens set state = 'revoked' where id = :id and state = 'active' and expires_at > :now",
)

// Primary key.
const revokeDisabledAccessToken = statement<{ id: AccessTokenId }>(
  'access_tokens.revoke_disabled',
  "update access_tokens set state = 'revoked' where id = :id and state = 'disabled'",
)

// Primary key.
const disableAccessToken = statement<{ id: AccessTokenId; now: Instant }>(
  'access_tokens.disable',
  "update access_tokens set state = 'disabled' where id = :id and state = 'active' and expires_at > :now",
)

// Primary key.
const enableAccessToken = statement<{ id: AccessTokenId; now: Instant }>(
  'access_tokens.enable',
  "update access_tokens set state = 'active' where id = :id and state = 'disabled' and expires_at > :now",
)

// access_tokens_expiry, from its start.
const deleteExpiredAccessTokens = statement<{ before: Instant; limit: number }>(
  'access_tokens.delete_expired',
  `with picked as (
    select id from access_tokens
    where expiry_minute <= cast(:before as bigint) / 60000 and expires_at < :before
    order by expiry_minute limit :limit for update skip locked
  )
  delete from access_tokens where id in (select id from picked)`,
)

export class SqlAccessTokenStore implements AccessTokenStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: AccessTokenId): Promise<AccessToken | undefined> {
    const row = await this.#sql.one(findAccessToken, { id })
    return row && toAccessToken(row)
  }

  async countLivingIssued(from: Instant, to: Instant, now: Instant): Promise<number> {
    return (await this.#sql.one(countLivingIssued, { from, to, now }))!.living
  }

  async insert(token: AccessToken): Promise<void> {
    await this.#sql.run(insertAccessToken, fromAccessToken(token))
  }

  async revoke(id: AccessTokenId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(revokeAccessToken, { id, now })) === 1
  }

  async revokeDisabled(id: AccessTokenId): Promise<boolean> {
    return (await this.#sql.run(revokeDisabledAccessToken, { id })) === 1
  }

  async disable(id: AccessTokenId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(disableAccessToken, { id, now })) === 1
  }

  async enable(id: AccessTokenId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(enableAccessToken, { id, now })) === 1
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpiredAccessTokens, { before, limit })
  }
}

// Primary key.
const findRefreshToken = statement<{ id: RefreshTokenId }, RefreshTokenRow>(
  'refresh_tokens.find',
  `select ${refreshTokenColumns} from refresh_tokens where id = :id`,
)

// refresh_tokens_grant: looks through one family, and only when a superseded token comes back.
const findUsedSuccessor = statement<{ id: RefreshTokenId }, { found: number }>(
  'refresh_tokens.find_used_successor',
  `select 1 as found from refresh_tokens
  where grant_id = (select grant_id from refresh_tokens where id = :id)
    and predecessor_id = :id and superseded_at is not null
  limit 1`,
)

const insertRefreshToken = insertStatement<RefreshTokenRow>('refresh_tokens', refreshTokenColumns)

// Primary keys. Ending a family takes the same row first: whoever comes second sees what the first one did.
const lockFamily = statement<{ id: RefreshTokenId }, { id: string }>(
  'refresh_tokens.lock_family',
  'select id from grants where id = (select grant_id from refresh_tokens where id = :id) for update',
)

// Primary key.
const supersede = statement<{ id: RefreshTokenId; now: Instant }>(
  'refresh_tokens.supersede',
  `update refresh_tokens set state = 'superseded', superseded_at = :now
  where id = :id and state = 'active' and expires_at > :now`,
)

// Primary key.
const disableRefreshToken = statement<{ id: RefreshTokenId; now: Instant }>(
  'refresh_tokens.disable',
  "update refresh_tokens set state = 'disabled' where id = :id and state = 'active' and expires_at > :now",
)

// Primary key.
const enableRefreshToken = statement<{ id: RefreshTokenId; now: Instant }>(
  'refresh_tokens.enable',
  "update refresh_tokens set state = 'active' where id = :id and state = 'disabled' and expires_at > :now",
)

// grants_over, from its start, then refresh_tokens_grant.
const deleteRefreshTokensOfEndedFamilies = statement<{ before: Instant; limit: number }>(
  'refresh_tokens.delete_expired',
  `with picked as (
    select t.id from grants g join refresh_tokens t on t.grant_id = g.id
    where coalesce(g.ended_at, g.expires_at) < :before
    order by coalesce(g.ended_at, g.expires_at) limit :limit for update of t skip locked
  )
  delete from refresh_tokens where id in (select id from picked)`,
)

export class SqlRefreshTokenStore implements RefreshTokenStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: RefreshTokenId): Promise<RefreshToken | undefined> {
    const row = await this.#sql.one(findRefreshToken, { id })
    return row && toRefreshToken(row)
  }

  async hasUsedSuccessor(id: RefreshTokenId): Promise<boolean> {
    return (await this.#sql.one(findUsedSuccessor, { id })) !== undefined
  }

  async insert(token: RefreshToken): Promise<void> {
    await this.#sql.run(insertRefreshToken, fromRefreshToken(token))
  }

  async supersede(id: RefreshTokenId, now: Instant): Promise<'superseded' | 'lost'> {
    await this.#sql.one(lockFamily, { id })
    return (await this.#sql.run(supersede, { id, now })) === 1 ? 'superseded' : 'lost'
  }

  async disable(id: RefreshTokenId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(disableRefreshToken, { id, now })) === 1
  }

  async enable(id: RefreshTokenId, now: Instant): Promise<boolean> {
    return (await this.#sql.run(enableRefreshToken, { id, now })) === 1
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteRefreshTokensOfEndedFamilies, { before, limit })
  }
}
