/** {@link AuthorizationRequestStore} in SQL. */
import type {
  AuthorizationRequestStore,
  StoredAuthorizationRequest,
  StoredParameters,
} from '../../oauth/authorization/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AuthorizationRequestId, ClientId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'

interface Row {
  id: AuthorizationRequestId
  digest: SecretDigest
  client_id: ClientId
  origin: StoredAuthorizationRequest['origin']
  parameters: string
  dpop_jkt: string | null
  created_at: Instant
  expires_at: Instant
  consumed_at: Instant | null
}

const columns = [
  'id',
  'digest',
  'client_id',
  'origin',
  'parameters',
  'dpop_jkt',
  'created_at',
  'expires_at',
  'consumed_at',
] as const satisfies readonly (keyof Row)[]

function toRow(request: StoredAuthorizationRequest): Row {
  return {
    id: request.id,
    digest: request.digest,
    client_id: request.clientId,
    origin: request.origin,
    parameters: JSON.stringify(request.parameters),
    dpop_jkt: request.dpopJkt ?? null,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
    consumed_at: request.consumedAt ?? null,
  }
}

function fromRow(row: Row): StoredAuthorizationRequest {
  return {
    id: row.id,
    digest: row.digest,
    clientId: row.client_id,
    origin: row.origin,
    parameters: JSON.parse(row.parameters) as StoredParameters,
    dpopJkt: row.dpop_jkt ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
  }
}

// Primary key.
const find = statement<{ id: AuthorizationRequestId }, Row>(
  'authorization_requests.find',
  `select ${columns} from authorization_requests where id = :id`,
)

const insert = insertStatement<Row>('authorization_requests', columns)

// Primary key.
const consume = statement<{ id: AuthorizationRequestId; now: Instant }>(
  'authorization_requests.consume',
  `update authorization_requests set consumed_at = :now
  where id = :id and consumed_at is null and expires_at > :now`,
)

// Primary key.
const extend = statement<{ id: AuthorizationRequestId; until: Instant; now: Instant }>(
  'authorization_requests.extend',
  `update authorization_requests set expires_at = :until
  where id = :id and consumed_at is null and expires_at > :now`,
)

// authorization_requests_expiry, from its start.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'authorization_requests.delete_expired',
  `with picked as (
    select id from authorization_requests where expires_at < :before
    order by expires_at limit :limit for update skip locked
  )
  delete from authorization_requests where id in (select id from picked)`,
)

export class SqlAuthorizationRequestStore implements AuthorizationRequestStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: AuthorizationRequestId): Promise<StoredAuthorizationRequest | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && fromRow(row)
  }

  async insert(request: StoredAuthorizationRequest): Promise<void> {
    await this.#sql.run(insert, toRow(request))
  }

  async extend(id: AuthorizationRequestId, until: Instant, now: Instant): Promise<void> {
    await this.#sql.run(extend, { id, until, now })
  }

  async consume(id: AuthorizationRequestId, now: Instant): Promise<'consumed' | 'lost'> {
    return (await this.#sql.run(consume, { id, now })) === 1 ? 'consumed' : 'lost'
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}
