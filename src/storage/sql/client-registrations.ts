/** {@link ClientRegistrationStore} in SQL. */
import type {
  ClientRegistration,
  ClientRegistrationStore,
  IdleLimits,
} from '../../oauth/registration/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { ClientId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'

interface Row {
  client_id: ClientId
  access_token_digest: SecretDigest
  idle_since: Instant
  used: number
}

const columns = [
  'client_id',
  'access_token_digest',
  'idle_since',
  'used',
] as const satisfies readonly (keyof Row)[]

// Primary key.
const find = statement<{ client_id: ClientId }, Row>(
  'client_registrations.find',
  `select ${columns} from client_registrations where client_id = :client_id`,
)

// client_registrations_idle, which is the smallest; no further than the limit.
const count = statement<{ limit: number }, { found: number }>(
  'client_registrations.count',
  'select count(*) as found from (select 1 from client_registrations limit :limit) counted',
)

const insert = insertStatement<Row>('client_registrations', columns)

type Limits = { now: Instant; never_used: Instant; pending: Instant; used: Instant }

const unneeded = `(r.used = 1 and r.idle_since < :used
    or r.used = 0 and c.status = 'pending' and r.idle_since < :pending
    or r.used = 0 and c.status <> 'pending' and r.idle_since < :never_used)
  and not exists (
    select 1 from grants g where g.client_id = r.client_id and g.ended_at is null and g.expires_at > :now
  )`

// client_registrations_idle, from its start; grants_client.
const listUnneeded = statement<Limits & { limit: number }, { client_id: ClientId }>(
  'client_registrations.list_unneeded',
  `select r.client_id from client_registrations r join clients c on c.id = r.client_id
  where ${unneeded}
  order by r.idle_since limit :limit`,
)

// Primary keys; grants_client.
const isUnneeded = statement<Limits & { client_id: ClientId }, { found: number }>(
  'client_registrations.is_unneeded',
  `select 1 as found from client_registrations r join clients c on c.id = r.client_id
  where r.client_id = :client_id and ${unneeded}`,
)

// client_registrations_idle; grants_client. Rows another replica is noting are left to it.
const noteUse = statement<{ now: Instant; before: Instant; limit: number }>(
  'client_registrations.note_use',
  `update client_registrations set used = 1, idle_since = :now
  where client_id in (
    select r.client_id from client_registrations r
    where (r.used = 0 or r.idle_since < :before)
      and exists (select 1 from grants g where g.client_id = r.client_id)
    order by r.idle_since limit :limit for update of r skip locked
  )`,
)

// Primary key.
const touch = statement<{ client_id: ClientId; now: Instant }>(
  'client_registrations.touch',
  'update client_registrations set idle_since = :now where client_id = :client_id',
)

// Primary key.
const hasExpired = statement<{ client_id: string }, { found: number }>(
  'client_registrations.has_expired',
  'select 1 as found from expired_registrations where client_id = :client_id',
)

const noteExpired = statement<{ client_id: ClientId; expired_at: Instant }>(
  'client_registrations.note_expired',
  `insert into expired_registrations (client_id, expired_at) values (:client_id, :expired_at)
  on conflict (client_id) do nothing`,
)

// expired_registrations_expired_at, from its start.
const forgetExpired = statement<{ before: Instant; limit: number }>(
  'client_registrations.forget_expired',
  `with picked as (
    select client_id from expired_registrations where expired_at < :before
    order by expired_at limit :limit for update skip locked
  )
  delete from expired_registrations where client_id in (select client_id from picked)`,
)

function toLimits({ now, neverUsedBefore, pendingBefore, usedBefore }: IdleLimits): Limits {
  return { now, never_used: neverUsedBefore, pending: pendingBefore, used: usedBefore }
}

export class SqlClientRegistrationStore implements ClientRegistrationStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(clientId: ClientId): Promise<ClientRegistration | undefined> {
    const row = await this.#sql.one(find, { client_id: clientId })
    return (
      row && {
        clientId: row.client_id,
        accessTokenDigest: row.access_token_digest,
        idleSince: row.idle_since,
        used: row.used === 1,
      }
    )
  }

  async count(limit: number): Promise<number> {
    return (await this.#sql.one(count, { limit }))?.found ?? 0
  }

  async listUnneeded(limits: IdleLimits, limit: number): Promise<ClientId[]> {
    const rows = await this.#sql.all(listUnneeded, { ...toLimits(limits), limit })
    return rows.map((row) => row.client_id)
  }

  async isUnneeded(clientId: ClientId, limits: IdleLimits): Promise<boolean> {
    return (await this.#sql.one(isUnneeded, { ...toLimits(limits), client_id: clientId })) !== undefined
  }

  async insert(registration: ClientRegistration): Promise<void> {
    await this.#sql.run(insert, {
      client_id: registration.clientId,
      access_token_digest: registration.accessTokenDigest,
      idle_since: registration.idleSince,
      used: registration.used ? 1 : 0,
    })
  }

  async noteUse(now: Instant, before: Instant, limit: number): Promise<number> {
    return this.#sql.run(noteUse, { now, before, limit })
  }

  async touch(clientId: ClientId, now: Instant): Promise<void> {
    await this.#sql.run(touch, { client_id: clientId, now })
  }

  async hasExpired(clientId: string): Promise<boolean> {
    return (await this.#sql.one(hasExpired, { client_id: clientId })) !== undefined
  }

  async noteExpired(clientId: ClientId, at: Instant): Promise<void> {
    await this.#sql.run(noteExpired, { client_id: clientId, expired_at: at })
  }

  async forgetExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(forgetExpired, { before, limit })
  }
}
