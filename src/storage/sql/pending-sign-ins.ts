/** {@link PendingSignInStore} in SQL. */
import type { Proof } from '../../accounts/authentication.ts'
import type { PendingSignIn, PendingSignInStore } from '../../accounts/pending-sign-in.ts'
import type { AuthMethod, AuthSource } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, PendingSignInId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'
import { fromProofs, toProofs } from './values.ts'

interface Row {
  id: PendingSignInId
  digest: SecretDigest
  account_id: AccountId
  auth_source: AuthSource
  method: AuthMethod
  methods: string
  password_digest: SecretDigest
  remember_me: number
  wrong_codes: number
  began_at: Instant
  expires_at: Instant
  ip: string
  user_agent: string
}

const columns = [
  'id',
  'digest',
  'account_id',
  'auth_source',
  'method',
  'methods',
  'password_digest',
  'remember_me',
  'wrong_codes',
  'began_at',
  'expires_at',
  'ip',
  'user_agent',
] as const satisfies readonly (keyof Row)[]

// Primary key.
const find = statement<{ id: PendingSignInId }, Row>(
  'pending_sign_ins.find',
  `select ${columns} from pending_sign_ins where id = :id`,
)

const insert = insertStatement<Row>('pending_sign_ins', columns)

// Primary key.
const take = statement<{ id: PendingSignInId }, Row>(
  'pending_sign_ins.take',
  `delete from pending_sign_ins where id = :id returning ${columns}`,
)

// Primary key.
const prove = statement<{ id: PendingSignInId; methods: string; password_digest: SecretDigest }>(
  'pending_sign_ins.prove',
  `update pending_sign_ins set methods = :methods, password_digest = :password_digest where id = :id`,
)

// Primary key.
const countWrongCode = statement<{ id: PendingSignInId }, { wrong_codes: number }>(
  'pending_sign_ins.count_wrong_code',
  'update pending_sign_ins set wrong_codes = wrong_codes + 1 where id = :id returning wrong_codes',
)

// pending_sign_ins_expiry, from its start. Replicas sweep at the same time: each takes what no other has.
const takeExpired = statement<{ now: Instant; limit: number }, Row>(
  'pending_sign_ins.take_expired',
  `with picked as (
    select id from pending_sign_ins where expires_at <= :now
    order by expires_at limit :limit for update skip locked
  )
  delete from pending_sign_ins where id in (select id from picked) returning ${columns}`,
)

export class SqlPendingSignInStore implements PendingSignInStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: PendingSignInId): Promise<PendingSignIn | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && fromRow(row)
  }

  async insert(pending: PendingSignIn): Promise<void> {
    await this.#sql.run(insert, {
      id: pending.id,
      digest: pending.digest,
      account_id: pending.accountId,
      auth_source: pending.authSource,
      method: pending.method,
      methods: fromProofs(pending.methods),
      password_digest: pending.passwordDigest,
      remember_me: pending.rememberMe ? 1 : 0,
      wrong_codes: pending.wrongCodes,
      began_at: pending.beganAt,
      expires_at: pending.expiresAt,
      ip: pending.ip,
      user_agent: pending.userAgent,
    })
  }

  async take(id: PendingSignInId): Promise<PendingSignIn | undefined> {
    const row = await this.#sql.one(take, { id })
    return row && fromRow(row)
  }

  async prove(
    id: PendingSignInId,
    methods: readonly Proof[],
    passwordDigest: SecretDigest,
  ): Promise<boolean> {
    const params = { id, methods: fromProofs(methods), password_digest: passwordDigest }
    return (await this.#sql.run(prove, params)) === 1
  }

  async countWrongCode(id: PendingSignInId): Promise<number | undefined> {
    return (await this.#sql.one(countWrongCode, { id }))?.wrong_codes
  }

  async takeExpired(now: Instant, limit: number): Promise<PendingSignIn[]> {
    return (await this.#sql.all(takeExpired, { now, limit })).map(fromRow)
  }
}

function fromRow(row: Row): PendingSignIn {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    authSource: row.auth_source,
    method: row.method,
    methods: toProofs(row.methods),
    passwordDigest: row.password_digest,
    rememberMe: row.remember_me === 1,
    wrongCodes: row.wrong_codes,
    beganAt: row.began_at,
    expiresAt: row.expires_at,
    ip: row.ip,
    userAgent: row.user_agent,
  }
}
