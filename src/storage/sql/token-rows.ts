/** Rows of grants and their tokens, and what they mean. */
import type { GrantType } from '../../events/catalogue.ts'
import type {
  AccessToken,
  AccessTokenState,
  Grant,
  RefreshToken,
  RefreshTokenState,
} from '../../oauth/token/token.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccessTokenId, AccountId, ClientId, GrantId, RefreshTokenId } from '../../shared/ids.ts'
import {
  type AuthenticationColumns,
  fromAuthentication,
  fromList,
  fromScopes,
  toAuthentication,
  toList,
  toScopes,
} from './values.ts'

export interface GrantRow extends AuthenticationColumns {
  id: GrantId
  client_id: ClientId
  account_id: AccountId
  grant_type: GrantType
  scopes: string
  resources: string
  claims_request: string | null
  dpop_jkt: string | null
  client_proved: number
  created_at: Instant
  expires_at: Instant
  last_used_at: Instant
  request_ip: string
  request_user_agent: string
  ended_at: Instant | null
}

export const grantColumns = [
  'id',
  'client_id',
  'account_id',
  'grant_type',
  'scopes',
  'resources',
  'session_id',
  'authenticated_at',
  'authentication_methods',
  'claims_request',
  'dpop_jkt',
  'client_proved',
  'created_at',
  'expires_at',
  'last_used_at',
  'request_ip',
  'request_user_agent',
  'ended_at',
] as const satisfies readonly (keyof GrantRow)[]

export function fromGrant(grant: Grant): GrantRow {
  return {
    id: grant.id,
    client_id: grant.clientId,
    account_id: grant.accountId,
    grant_type: grant.grantType,
    scopes: fromScopes(grant.scopes),
    resources: fromList(grant.resources),
    ...fromAuthentication(grant.authentication),
    claims_request: grant.claimsRequest ?? null,
    dpop_jkt: grant.dpopJkt ?? null,
    client_proved: grant.clientProved ? 1 : 0,
    created_at: grant.createdAt,
    expires_at: grant.expiresAt,
    last_used_at: grant.lastUsedAt,
    request_ip: grant.requestIp,
    request_user_agent: grant.requestUserAgent,
    ended_at: grant.endedAt ?? null,
  }
}

export function toGrant(row: GrantRow): Grant {
  return {
    id: row.id,
    clientId: row.client_id,
    accountId: row.account_id,
    grantType: row.grant_type,
    scopes: toScopes(row.scopes),
    resources: toList(row.resources),
    authentication: toAuthentication(row),
    claimsRequest: row.claims_request ?? undefined,
    dpopJkt: row.dpop_jkt ?? undefined,
    clientProved: row.client_proved === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    requestIp: row.request_ip,
    requestUserAgent: row.request_user_agent,
    endedAt: row.ended_at ?? undefined,
  }
}

export interface AccessTokenRow {
  id: AccessTokenId
  digest: SecretDigest
  client_id: ClientId
  account_id: AccountId | null
  grant_id: GrantId | null
  scopes: string
  audience: string
  dpop_jkt: string | null
  exchanged: number
  issued_at: Instant
  expires_at: Instant
  state: AccessTokenState
}

export const accessTokenColumns = [
  'id',
  'digest',
  'client_id',
  'account_id',
  'grant_id',
  'scopes',
  'audience',
  'dpop_jkt',
  'exchanged',
  'issued_at',
  'expires_at',
  'state',
] as const satisfies readonly (keyof AccessTokenRow)[]

export function fromAccessToken(token: AccessToken): AccessTokenRow {
  return {
    id: token.id,
    digest: token.digest,
    client_id: token.clientId,
    account_id: token.accountId ?? null,
    grant_id: token.grantId ?? null,
    scopes: fromScopes(token.scopes),
    audience: fromList(token.audience),
    dpop_jkt: token.dpopJkt ?? null,
    exchanged: token.exchanged ? 1 : 0,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    state: token.state,
  }
}

export function toAccessToken(row: AccessTokenRow): AccessToken {
  return {
    id: row.id,
    digest: row.digest,
    clientId: row.client_id,
    accountId: row.account_id ?? undefined,
    grantId: row.grant_id ?? undefined,
    scopes: toScopes(row.scopes),
    audience: toList(row.audience),
    dpopJkt: row.dpop_jkt ?? undefined,
    exchanged: row.exchanged === 1,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    state: row.state,
  }
}

export interface RefreshTokenRow {
  id: RefreshTokenId
  digest: SecretDigest
  grant_id: GrantId
  client_id: ClientId
  account_id: AccountId
  predecessor_id: RefreshTokenId | null
  issued_at: Instant
  expires_at: Instant
  state: RefreshTokenState
  superseded_at: Instant | null
}

export const refreshTokenColumns = [
  'id',
  'digest',
  'grant_id',
  'client_id',
  'account_id',
  'predecessor_id',
  'issued_at',
  'expires_at',
  'state',
  'superseded_at',
] as const satisfies readonly (keyof RefreshTokenRow)[]

export function fromRefreshToken(token: RefreshToken): RefreshTokenRow {
  return {
    id: token.id,
    digest: token.digest,
    grant_id: token.grantId,
    client_id: token.clientId,
    account_id: token.accountId,
    predecessor_id: token.predecessorId ?? null,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    state: token.state,
    superseded_at: token.supersededAt ?? null,
  }
}

export function toRefreshToken(row: RefreshTokenRow): RefreshToken {
  return {
    id: row.id,
    digest: row.digest,
    grantId: row.grant_id,
    clientId: row.client_id,
    accountId: row.account_id,
    predecessorId: row.predecessor_id ?? undefined,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    state: row.state,
    supersededAt: row.superseded_at ?? undefined,
  }
}
