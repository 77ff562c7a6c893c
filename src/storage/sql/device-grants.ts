/** {@link DeviceGrantStore} in SQL. Every transition is one statement that names the state it leaves. */
import type { DeviceGrant } from '../../oauth/device-authorization/grant.ts'
import type { DeviceGrantStore } from '../../oauth/device-authorization/store.ts'
import type { Authentication } from '../../oauth/token/token.ts'
import type { Instant } from '../../shared/clock.ts'
import type { KeyedDigest, SecretDigest } from '../../shared/digest.ts'
import type { AccountId, ClientId, DeviceGrantId, SessionId } from '../../shared/ids.ts'
import {
  type DeviceGrantRow,
  deviceGrantColumns,
  fromDeviceGrant,
  toDeviceGrant,
} from './device-grant-rows.ts'
import { type Executor, statement } from './statement.ts'
import { fromProofs } from './values.ts'

// Primary key.
const find = statement<{ id: DeviceGrantId }, DeviceGrantRow>(
  'device_grants.find',
  `select ${deviceGrantColumns} from device_grants where id = :id`,
)

// device_grants_user_code.
const findByUserCode = statement<{ user_code_digest: KeyedDigest }, DeviceGrantRow>(
  'device_grants.find_by_user_code',
  `select ${deviceGrantColumns} from device_grants where user_code_digest = :user_code_digest`,
)

const insertedColumns = [...deviceGrantColumns, 'user_code_digest'] as const
// device_grants_user_code. Not an error, which would end the transaction on PostgreSQL.
const insert = statement<DeviceGrantRow & { user_code_digest: KeyedDigest }>(
  'device_grants.insert',
  `insert into device_grants (${insertedColumns.join(', ')})
  values (${insertedColumns.map((column) => `:${column}`).join(', ')})
  on conflict (user_code_digest) where user_code_digest is not null do nothing`,
)

// Primary key. No index holds the columns it sets.
const recordPoll = statement<
  { id: DeviceGrantId; device_code_digest: SecretDigest; client_id: ClientId; now: Instant },
  DeviceGrantRow & { previous_poll_at: Instant | null }
>(
  'device_grants.record_poll',
  `update device_grants set previous_poll_at = last_poll_at, last_poll_at = :now
  where id = :id and device_code_digest = :device_code_digest and client_id = :client_id
  returning ${deviceGrantColumns}, previous_poll_at`,
)

// Primary key.
const slowDown = statement<{ id: DeviceGrantId; interval_seconds: number }>(
  'device_grants.slow_down',
  "update device_grants set interval_seconds = :interval_seconds where id = :id and state = 'pending'",
)

// Primary key. The user code is free again.
const decide = statement<
  {
    id: DeviceGrantId
    decision: 'approved' | 'denied'
    account_id: AccountId
    session_id: SessionId
    authenticated_at: Instant
    authentication_methods: string
    now: Instant
  },
  DeviceGrantRow
>(
  'device_grants.decide',
  `update device_grants set state = :decision, account_id = :account_id, session_id = :session_id,
    authenticated_at = :authenticated_at, authentication_methods = :authentication_methods,
    decided_at = :now, user_code_digest = null
  where id = :id and state = 'pending' and expires_at > :now
  returning ${deviceGrantColumns}`,
)

// Primary key.
const redeem = statement<{ id: DeviceGrantId; now: Instant }>(
  'device_grants.redeem',
  "update device_grants set state = 'redeemed' where id = :id and state = 'approved' and expires_at > :now",
)

// device_grants_approved.
const denyApprovedOf = statement<{ account_id: AccountId; now: Instant }>(
  'device_grants.deny_approved_of',
  `update device_grants set state = 'denied', decided_at = :now
  where account_id = :account_id and state = 'approved' and expires_at > :now`,
)

// device_grants_approved.
const denyApprovedBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'device_grants.deny_approved_between',
  `update device_grants set state = 'denied', decided_at = :now
  where account_id = :account_id and client_id = :client_id and state = 'approved' and expires_at > :now`,
)

// device_grants_approved, which holds the grants of the last seconds.
const denyApprovedOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'device_grants.deny_approved_of_client',
  `update device_grants set state = 'denied', decided_at = :now
  where client_id = :client_id and state = 'approved' and expires_at > :now`,
)

// device_grants_expiry, from its start.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'device_grants.delete_expired',
  `with picked as (
    select id from device_grants where expires_at < :before
    order by expires_at limit :limit for update skip locked
  )
  delete from device_grants where id in (select id from picked)`,
)

export class SqlDeviceGrantStore implements DeviceGrantStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: DeviceGrantId): Promise<DeviceGrant | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && toDeviceGrant(row)
  }

  async findByUserCode(userCodeDigest: KeyedDigest): Promise<DeviceGrant | undefined> {
    const row = await this.#sql.one(findByUserCode, { user_code_digest: userCodeDigest })
    return row && toDeviceGrant(row)
  }

  async insert(grant: DeviceGrant, userCodeDigest: KeyedDigest): Promise<'inserted' | 'user_code_taken'> {
    const row = { ...fromDeviceGrant(grant), user_code_digest: userCodeDigest }
    return (await this.#sql.run(insert, row)) === 1 ? 'inserted' : 'user_code_taken'
  }

  async recordPoll(
    id: DeviceGrantId,
    deviceCodeDigest: SecretDigest,
    clientId: ClientId,
    now: Instant,
  ): Promise<{ grant: DeviceGrant; previousPollAt: Instant | undefined } | undefined> {
    const params = { id, device_code_digest: deviceCodeDigest, client_id: clientId, now }
    const row = await this.#sql.one(recordPoll, params)
    return row && { grant: toDeviceGrant(row), previousPollAt: row.previous_poll_at ?? undefined }
  }

  async slowDown(id: DeviceGrantId, intervalSeconds: number): Promise<void> {
    await this.#sql.run(slowDown, { id, interval_seconds: intervalSeconds })
  }

  async decide(
    id: DeviceGrantId,
    decision: 'approved' | 'denied',
    { accountId, authentication }: { accountId: AccountId; authentication: Authentication },
    now: Instant,
  ): Promise<DeviceGrant | undefined> {
    const row = await this.#sql.one(decide, {
      id,
      decision,
      account_id: accountId,
      session_id: authentication.sessionId,
      authenticated_at: authentication.authenticatedAt,
      authentication_methods: fromProofs(authentication.methods),
      now,
    })
    return row && toDeviceGrant(row)
  }

  async redeem(id: DeviceGrantId, now: Instant): Promise<'redeemed' | 'lost'> {
    return (await this.#sql.run(redeem, { id, now })) === 1 ? 'redeemed' : 'lost'
  }

  async denyApprovedOf(accountId: AccountId, now: Instant): Promise<number> {
    return this.#sql.run(denyApprovedOf, { account_id: accountId, now })
  }

  async denyApprovedBetween(accountId: AccountId, clientId: ClientId, now: Instant): Promise<number> {
    return this.#sql.run(denyApprovedBetween, { account_id: accountId, client_id: clientId, now })
  }

  async denyApprovedOfClient(clientId: ClientId, now: Instant): Promise<number> {
    return this.#sql.run(denyApprovedOfClient, { client_id: clientId, now })
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}
