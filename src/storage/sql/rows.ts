/**
 * Rows and what they mean. A row has the columns of its table, with instants as milliseconds, yes and no as 1 and 0,
 * scopes as one space-separated text (RFC 6749 §3.3 allows no space inside a scope) and other lists as JSON.
 */
import type { Account } from '../../accounts/account.ts'
import type { Session } from '../../accounts/session.ts'
import type { EndedSession } from '../../accounts/store.ts'
import type { Announcement } from '../../events/announcements.ts'
import type { AuthSource, DomainEvent, GrantType, SessionEndReason } from '../../events/catalogue.ts'
import type { Client, ClientGrant, ClientOrigin, ClientStatus, ClientType } from '../../oauth/client.ts'
import type { ClientMetadata } from '../../oauth/client-metadata.ts'
import type { DeviceGrant, DeviceGrantState } from '../../oauth/device-authorization/grant.ts'
import type { SigningAlgorithm, SigningKeyState, StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type {
  AccessToken,
  AccessTokenState,
  Authentication,
  Grant,
  RefreshToken,
  RefreshTokenState,
} from '../../oauth/token/token.ts'
import type { AuditRecord, AuditResourceType, AuditSeverity } from '../../observability/audit-record.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type {
  AccessTokenId,
  AccountId,
  AnnouncementId,
  ClientId,
  DeviceGrantId,
  GrantId,
  RefreshTokenId,
  SessionId,
} from '../../shared/ids.ts'

export function fromScopes(scopes: readonly string[]): string {
  return scopes.join(' ')
}

export function toScopes(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

export function fromList(list: readonly string[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list)
}

export function toList<T extends string>(text: string): T[] {
  return text === '[]' ? [] : (JSON.parse(text) as T[])
}

/** How somebody signed in, in the two columns that several tables have for it. */
export interface AuthenticationColumns {
  session_id: SessionId | null
  authenticated_at: Instant | null
}

function fromAuthentication(authentication: Authentication | undefined): AuthenticationColumns {
  return {
    session_id: authentication?.sessionId ?? null,
    authenticated_at: authentication?.authenticatedAt ?? null,
  }
}

function toAuthentication(row: AuthenticationColumns): Authentication | undefined {
  if (row.session_id === null || row.authenticated_at === null) return undefined
  return { sessionId: row.session_id, authenticatedAt: row.authenticated_at }
}

export interface AccountRow {
  id: AccountId
  username: string
  email: string
  /** The address in lower case: what is unique. The databases' own `lower` disagree outside ASCII. */
  email_key: string
  email_verified: number
  full_name: string
  role: Account['role']
  status: Account['status']
  auth_source: AuthSource
  password_hash: string | null
  created_at: Instant
  updated_at: Instant
}

export const accountColumns = [
  'id',
  'username',
  'email',
  'email_key',
  'email_verified',
  'full_name',
  'role',
  'status',
  'auth_source',
  'password_hash',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof AccountRow)[]

export function fromAccount(account: Account): AccountRow {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    email_key: account.email.toLowerCase(),
    email_verified: account.emailVerified ? 1 : 0,
    full_name: account.fullName,
    role: account.role,
    status: account.status,
    auth_source: account.authSource,
    password_hash: account.passwordHash ?? null,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  }
}

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerified: row.email_verified === 1,
    fullName: row.full_name,
    role: row.role,
    status: row.status,
    authSource: row.auth_source,
    passwordHash: row.password_hash ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface SessionRow {
  id: SessionId
  digest: SecretDigest
  account_id: AccountId
  auth_source: AuthSource
  created_at: Instant
  last_seen_at: Instant
  expires_at: Instant
  idle_timeout_seconds: number
  fingerprint: string | null
  ip: string
  user_agent: string
  ended_at: Instant | null
  end_reason: SessionEndReason | null
}

export const sessionColumns = [
  'id',
  'digest',
  'account_id',
  'auth_source',
  'created_at',
  'last_seen_at',
  'expires_at',
  'idle_timeout_seconds',
  'fingerprint',
  'ip',
  'user_agent',
  'ended_at',
  'end_reason',
] as const satisfies readonly (keyof SessionRow)[]

export function fromSession(session: Session): SessionRow {
  return {
    id: session.id,
    digest: session.digest,
    account_id: session.accountId,
    auth_source: session.authSource,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    idle_timeout_seconds: session.idleTimeoutSeconds,
    fingerprint: session.fingerprint ?? null,
    ip: session.ip,
    user_agent: session.userAgent,
    ended_at: session.endedAt ?? null,
    end_reason: session.endReason ?? null,
  }
}

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    authSource: row.auth_source,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    idleTimeoutSeconds: row.idle_timeout_seconds,
    fingerprint: row.fingerprint ?? undefined,
    ip: row.ip,
    userAgent: row.user_agent,
    endedAt: row.ended_at ?? undefined,
    endReason: row.end_reason ?? undefined,
  }
}

export interface EndedSessionRow {
  id: SessionId
  account_id: AccountId
  created_at: Instant
  ended_at: Instant
  end_reason: SessionEndReason
}

export function toEndedSession(row: EndedSessionRow): EndedSession {
  return {
    id: row.id,
    accountId: row.account_id,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    reason: row.end_reason,
  }
}

export interface ClientRow {
  id: ClientId
  name: string
  description: string
  type: ClientType
  secret_hash: string | null
  status: ClientStatus
  grants: string
  scopes: string
  redirect_uris: string
  allowed_resources: string
  token_profile: Client['tokenProfile']
  project: string | null
  service_account: string | null
  introspect_any: number
  origin: ClientOrigin
  metadata: string
  created_by: AccountId | null
  created_at: Instant
  updated_at: Instant
}

export const clientColumns = [
  'id',
  'name',
  'description',
  'type',
  'secret_hash',
  'status',
  'grants',
  'scopes',
  'redirect_uris',
  'allowed_resources',
  'token_profile',
  'project',
  'service_account',
  'introspect_any',
  'origin',
  'metadata',
  'created_by',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof ClientRow)[]

export function fromClient(client: Client): ClientRow {
  return {
    id: client.id,
    name: client.name,
    description: client.description,
    type: client.type,
    secret_hash: client.secretHash ?? null,
    status: client.status,
    grants: fromList(client.grants),
    scopes: fromScopes(client.scopes),
    redirect_uris: fromList(client.redirectUris),
    allowed_resources: fromList(client.allowedResources),
    token_profile: client.tokenProfile,
    project: client.project ?? null,
    service_account: client.serviceAccount ?? null,
    introspect_any: client.introspectAny ? 1 : 0,
    origin: client.origin,
    metadata: JSON.stringify(client.metadata),
    created_by: client.createdBy ?? null,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  }
}

export function toClient(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    type: row.type,
    secretHash: row.secret_hash ?? undefined,
    status: row.status,
    grants: toList<ClientGrant>(row.grants),
    scopes: toScopes(row.scopes),
    redirectUris: toList(row.redirect_uris),
    allowedResources: toList(row.allowed_resources),
    tokenProfile: row.token_profile,
    project: row.project ?? undefined,
    serviceAccount: row.service_account ?? undefined,
    introspectAny: row.introspect_any === 1,
    origin: row.origin,
    metadata: JSON.parse(row.metadata) as ClientMetadata,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface DeviceGrantRow extends AuthenticationColumns {
  id: DeviceGrantId
  device_code_digest: SecretDigest
  client_id: ClientId
  scopes: string
  resources: string
  state: DeviceGrantState
  account_id: AccountId | null
  issued_at: Instant
  expires_at: Instant
  decided_at: Instant | null
  interval_seconds: number
  last_poll_at: Instant | null
  request_ip: string
  request_user_agent: string
}

export const deviceGrantColumns = [
  'id',
  'device_code_digest',
  'client_id',
  'scopes',
  'resources',
  'state',
  'account_id',
  'session_id',
  'authenticated_at',
  'issued_at',
  'expires_at',
  'decided_at',
  'interval_seconds',
  'last_poll_at',
  'request_ip',
  'request_user_agent',
] as const satisfies readonly (keyof DeviceGrantRow)[]

export function fromDeviceGrant(grant: DeviceGrant): DeviceGrantRow {
  return {
    id: grant.id,
    device_code_digest: grant.deviceCodeDigest,
    client_id: grant.clientId,
    scopes: fromScopes(grant.scopes),
    resources: fromList(grant.resources),
    state: grant.state,
    account_id: grant.accountId ?? null,
    ...fromAuthentication(grant.authentication),
    issued_at: grant.issuedAt,
    expires_at: grant.expiresAt,
    decided_at: grant.decidedAt ?? null,
    interval_seconds: grant.intervalSeconds,
    last_poll_at: grant.lastPollAt ?? null,
    request_ip: grant.requestIp,
    request_user_agent: grant.requestUserAgent,
  }
}

export function toDeviceGrant(row: DeviceGrantRow): DeviceGrant {
  return {
    id: row.id,
    deviceCodeDigest: row.device_code_digest,
    clientId: row.client_id,
    scopes: toScopes(row.scopes),
    resources: toList(row.resources),
    state: row.state,
    accountId: row.account_id ?? undefined,
    authentication: toAuthentication(row),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at ?? undefined,
    intervalSeconds: row.interval_seconds,
    lastPollAt: row.last_poll_at ?? undefined,
    requestIp: row.request_ip,
    requestUserAgent: row.request_user_agent,
  }
}

export interface GrantRow extends AuthenticationColumns {
  id: GrantId
  client_id: ClientId
  account_id: AccountId
  grant_type: GrantType
  scopes: string
  resources: string
  claims_request: string | null
  dpop_jkt: string | null
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
  'claims_request',
  'dpop_jkt',
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

export interface SigningKeyRow {
  kid: string
  algorithm: SigningAlgorithm
  state: SigningKeyState
  public_jwk: string
  encrypted_private_key: Uint8Array
  created_at: Instant
  activated_at: Instant | null
  superseded_at: Instant | null
  retired_at: Instant | null
}

export const signingKeyColumns = [
  'kid',
  'algorithm',
  'state',
  'public_jwk',
  'encrypted_private_key',
  'created_at',
  'activated_at',
  'superseded_at',
  'retired_at',
] as const satisfies readonly (keyof SigningKeyRow)[]

export function fromSigningKey(key: StoredSigningKey): SigningKeyRow {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    public_jwk: JSON.stringify(key.publicJwk),
    encrypted_private_key: key.encryptedPrivateKey,
    created_at: key.createdAt,
    activated_at: key.activatedAt ?? null,
    superseded_at: key.supersededAt ?? null,
    retired_at: key.retiredAt ?? null,
  }
}

export function toSigningKey(row: SigningKeyRow): StoredSigningKey {
  const bytes = row.encrypted_private_key
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state: row.state,
    publicJwk: JSON.parse(row.public_jwk) as StoredSigningKey['publicJwk'],
    encryptedPrivateKey: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    createdAt: row.created_at,
    activatedAt: row.activated_at ?? undefined,
    supersededAt: row.superseded_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
  }
}

export interface AuditRow {
  id: string
  event_type: string
  at: Instant
  severity: AuditSeverity
  actor_id: string | null
  actor_name: string | null
  actor_ip: string | null
  resource_type: AuditResourceType | null
  resource_id: string | null
  resource_name: string | null
  action: string
  details: string | null
  success: number
  error_message: string | null
  request_id: string | null
  user_agent: string | null
  request_path: string | null
  request_method: string | null
}

export const auditColumns = [
  'id',
  'event_type',
  'at',
  'severity',
  'actor_id',
  'actor_name',
  'actor_ip',
  'resource_type',
  'resource_id',
  'resource_name',
  'action',
  'details',
  'success',
  'error_message',
  'request_id',
  'user_agent',
  'request_path',
  'request_method',
] as const satisfies readonly (keyof AuditRow)[]

export function fromAuditRecord(record: AuditRecord): AuditRow {
  return {
    id: record.id,
    event_type: record.eventType,
    at: record.at,
    severity: record.severity,
    actor_id: record.actorId ?? null,
    actor_name: record.actorName ?? null,
    actor_ip: record.actorIp ?? null,
    resource_type: record.resourceType ?? null,
    resource_id: record.resourceId ?? null,
    resource_name: record.resourceName ?? null,
    action: record.action,
    details: record.details === undefined ? null : JSON.stringify(record.details),
    success: record.success ? 1 : 0,
    error_message: record.errorMessage ?? null,
    request_id: record.requestId ?? null,
    user_agent: record.userAgent ?? null,
    request_path: record.requestPath ?? null,
    request_method: record.requestMethod ?? null,
  }
}

export function toAuditRecord(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    eventType: row.event_type,
    at: row.at,
    severity: row.severity,
    actorId: row.actor_id ?? undefined,
    actorName: row.actor_name ?? undefined,
    actorIp: row.actor_ip ?? undefined,
    resourceType: row.resource_type ?? undefined,
    resourceId: row.resource_id ?? undefined,
    resourceName: row.resource_name ?? undefined,
    action: row.action,
    details: row.details === null ? undefined : (JSON.parse(row.details) as Record<string, unknown>),
    success: row.success === 1,
    errorMessage: row.error_message ?? undefined,
    requestId: row.request_id ?? undefined,
    userAgent: row.user_agent ?? undefined,
    requestPath: row.request_path ?? undefined,
    requestMethod: row.request_method ?? undefined,
  }
}

export interface AnnouncementRow {
  id: AnnouncementId
  created_at: Instant
  event: string
}

export const announcementColumns = [
  'id',
  'created_at',
  'event',
] as const satisfies readonly (keyof AnnouncementRow)[]

export function fromAnnouncement(announcement: Announcement): AnnouncementRow {
  return {
    id: announcement.id,
    created_at: announcement.createdAt,
    event: JSON.stringify(announcement.event),
  }
}

export function toAnnouncement(row: AnnouncementRow): Announcement {
  return { id: row.id, createdAt: row.created_at, event: JSON.parse(row.event) as DomainEvent }
}
