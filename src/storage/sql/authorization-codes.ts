/** {@link AuthorizationCodeStore} in SQL. A code is found by its primary key; its digest needs no index. */
import type { AuthorizationCode, AuthorizationCodeStore } from '../../oauth/authorization/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, AuthorizationCodeId, ClientId, GrantId, SessionId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'
import { fromList, fromProofs, fromScopes, toList, toProofs, toScopes } from './values.ts'

interface Row {
  id: AuthorizationCodeId
  digest: SecretDigest
  client_id: ClientId
  account_id: AccountId
  session_id: SessionId
  authenticated_at: Instant
  authentication_methods: string | null
  redirect_uri: string | null
  scopes: string
  resources: string
  code_challenge: string | null
  nonce: string | null
  claims_request: string | null
  dpop_jkt: string | null
  issued_at: Instant
  expires_at: Instant
  request_ip: string
  request_user_agent: string
  redeemed_at: Instant | null
  grant_id: GrantId | null
}

const columns = [
  'id',
  'digest',
  'client_id',
  'account_id',
  'session_id',
  'authenticated_at',
  'authentication_methods',
  'redirect_uri',
  'scopes',
  'resources',
  'code_challenge',
  'nonce',
  'claims_request',
  'dpop_jkt',
  'issued_at',
  'expires_at',
  'request_ip',
  'request_user_agent',
  'redeemed_at',
  'grant_id',
] as const satisfies readonly (keyof Row)[]

function toRow(code: AuthorizationCode): Row {
  return {
    id: code.id,
    digest: code.digest,
    client_id: code.clientId,
    account_id: code.accountId,
    session_id: code.authentication.sessionId,
    authenticated_at: code.authentication.authenticatedAt,
    authentication_methods: fromProofs(code.authentication.methods),
    redirect_uri: code.redirectUri ?? null,
    scopes: fromScopes(code.scopes),
    resources: fromList(code.resources),
    code_challenge: code.codeChallenge ?? null,
    nonce: code.nonce ?? null,
    claims_request: code.claimsRequest ?? null,
    dpop_jkt: code.dpopJkt ?? null,
    issued_at: code.issuedAt,
    expires_at: code.expiresAt,
    request_ip: code.requestIp,
    request_user_agent: code.requestUserAgent,
    redeemed_at: code.redeemedAt ?? null,
    grant_id: code.grantId ?? null,
  }
}

function fromRow(row: Row): AuthorizationCode {
  return {
    id: row.id,
    digest: row.digest,
    clientId: row.client_id,
    accountId: row.account_id,
    authentication: {
      sessionId: row.session_id,
      authenticatedAt: row.authenticated_at,
      methods: toProofs(row.authentication_methods ?? ''),
    },
    redirectUri: row.redirect_uri ?? undefined,
    scopes: toScopes(row.scopes),
    resources: toList(row.resources),
    codeChallenge: row.code_challenge ?? undefined,
    nonce: row.nonce ?? undefined,
    claimsRequest: row.claims_request ?? undefined,
    dpopJkt: row.dpop_jkt ?? undefined,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    requestIp: row.request_ip,
    requestUserAgent: row.request_user_agent,
    redeemedAt: row.redeemed_at ?? undefined,
    grantId: row.grant_id ?? undefined,
  }
}

// Primary key.
const find = statement<{ id: AuthorizationCodeId }, Row>(
  'authorization_codes.find',
  `select ${columns} from authorization_codes where id = :id`,
)

const insert = insertStatement<Row>('authorization_codes', columns)

// Primary key.
const redeem = statement<{ id: AuthorizationCodeId; grant_id: GrantId; now: Instant }>(
  'authorization_codes.redeem',
  `update authorization_codes set redeemed_at = :now, grant_id = :grant_id
  where id = :id and redeemed_at is null and expires_at > :now`,
)

// authorization_codes_account.
const expireUnredeemedOf = statement<{ account_id: AccountId; now: Instant }>(
  'authorization_codes.expire_unredeemed_of',
  `update authorization_codes set expires_at = :now
  where account_id = :account_id and redeemed_at is null and expires_at > :now`,
)

// authorization_codes_account.
const expireUnredeemedBetween = statement<{ account_id: AccountId; client_id: ClientId; now: Instant }>(
  'authorization_codes.expire_unredeemed_between',
  `update authorization_codes set expires_at = :now
  where account_id = :account_id and client_id = :client_id and redeemed_at is null and expires_at > :now`,
)

// authorization_codes_account, which holds the codes of the last minute.
const expireUnredeemedOfClient = statement<{ client_id: ClientId; now: Instant }>(
  'authorization_codes.expire_unredeemed_of_client',
  `update authorization_codes set expires_at = :now
  where client_id = :client_id and redeemed_at is null and expires_at > :now`,
)

// authorization_codes_expiry, from its start.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'authorization_codes.delete_expired',
  `with picked as (
    select id from authorization_codes where expires_at < :before
    order by expires_at limit :limit for update skip locked
  )
  delete from authorization_codes where id in (select id from picked)`,
)

export class SqlAuthorizationCodeStore implements AuthorizationCodeStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: AuthorizationCodeId): Promise<AuthorizationCode | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && fromRow(row)
  }

  async insert(code: AuthorizationCode): Promise<void> {
    await this.#sql.run(insert, toRow(code))
  }

  async redeem(id: AuthorizationCodeId, grantId: GrantId, now: Instant): Promise<'redeemed' | 'lost'> {
    return (await this.#sql.run(redeem, { id, grant_id: grantId, now })) === 1 ? 'redeemed' : 'lost'
  }

  async expireUnredeemedOf(
    accountId: AccountId,
    clientId: ClientId | undefined,
    now: Instant,
  ): Promise<number> {
    return clientId === undefined
      ? this.#sql.run(expireUnredeemedOf, { account_id: accountId, now })
      : this.#sql.run(expireUnredeemedBetween, { account_id: accountId, client_id: clientId, now })
  }

  async expireUnredeemedOfClient(clientId: ClientId, now: Instant): Promise<number> {
    return this.#sql.run(expireUnredeemedOfClient, { client_id: clientId, now })
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}
