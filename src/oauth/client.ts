/** What an OAuth client is and what it may do (RFC 6749 §2). */
import type { Instant } from '../shared/clock.ts'
import type { AccountId, ClientId } from '../shared/ids.ts'
import type { ClientAuthenticationMethod, ClientMetadata } from './client-metadata.ts'
import { isFapi } from './security-profile.ts'

/** Grants a client can be given, in the words its registration uses. */
export const clientGrants = [
  'device_code',
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'token_exchange',
] as const
export type ClientGrant = (typeof clientGrants)[number]

export const clientTypes = ['public', 'confidential'] as const
export type ClientType = (typeof clientTypes)[number]
export const clientStatuses = ['active', 'pending', 'inactive'] as const
export type ClientStatus = (typeof clientStatuses)[number]
export const tokenProfiles = ['short', 'standard', 'long'] as const
export type TokenProfile = (typeof tokenProfiles)[number]

/**
 * Who made it: `operator` somebody who runs this server, `self_service` a person for themselves, `registration` the
 * client itself (RFC 7591), `metadata_document` likewise (a client that is known by the address of its own description).
 */
export const clientOrigins = ['operator', 'self_service', 'registration', 'metadata_document'] as const
export type ClientOrigin = (typeof clientOrigins)[number]

export interface Client {
  id: ClientId
  name: string
  description: string
  type: ClientType
  /** `sha256:<base64url>` of a generated secret, or an imported `$2…` bcrypt hash; `undefined` for a public client. */
  secretHash: string | undefined
  status: ClientStatus
  grants: readonly ClientGrant[]
  /** Every scope the client may be given; its default when a request names none. */
  scopes: readonly string[]
  redirectUris: readonly string[]
  /** Resource identifiers (RFC 8707) it may ask tokens for, as registered. Empty: none. */
  allowedResources: readonly string[]
  tokenProfile: TokenProfile
  /** Values of the `<prefix>_project` and `<prefix>_service_account` claims. */
  project: string | undefined
  serviceAccount: string | undefined
  /** May introspect every token, not only its own (RFC 7662 §4). */
  introspectAny: boolean
  origin: ClientOrigin
  metadata: ClientMetadata
  createdBy: AccountId | undefined
  createdAt: Instant
  updatedAt: Instant
}

/** Whether it is only given tokens that are bound to a key (RFC 9449 §5.2). */
export function requiresDpop(client: Client): boolean {
  return client.metadata.dpopBoundAccessTokens === true || isFapi(client)
}

/**
 * The key its refresh tokens are bound to: that of a public client, which proves itself by nothing else (RFC 9449 §5).
 * Others authenticate, and may change their key.
 */
export function refreshTokenKey(client: Client, dpopJkt: string | undefined): string | undefined {
  return client.type === 'public' ? dpopJkt : undefined
}

/**
 * Whether its refresh token stays the same at each use. FAPI 2.0 §5.3.2.1: servers "shall not use refresh
 * token rotation except in extraordinary circumstances", since the token is of no use without the client's own key.
 */
export function keepsRefreshToken(client: Client): boolean {
  return isFapi(client)
}

export function mayUseGrant(client: Client, grant: ClientGrant): boolean {
  return client.grants.includes(grant)
}

/** Whether a client proved itself that need not have. */
export function provedFreely(client: Client, method: ClientAuthenticationMethod): boolean {
  return client.metadata.mayAssert === true && method === 'private_key_jwt'
}

/** Whether a client gets a refresh token with what a person allowed it. */
export function mayStaySignedIn(client: Client, scopes: readonly string[]): boolean {
  if (!mayUseGrant(client, 'refresh_token')) return false
  return client.metadata.refreshNeedsOfflineAccess !== true || scopes.includes('offline_access')
}

/**
 * Whether somebody who runs this server knows the client, so that it can be told of mistakes and sent errors. Of what
 * people make for themselves those do that an administrator approved, as they are.
 */
export function vouchedFor({ origin, metadata }: Client): boolean {
  return origin === 'operator' || (origin === 'self_service' && metadata.approved === true)
}

/** RFC 9700 §2.1.1: public clients must use PKCE; so must those whose profile says so. */
export function requiresPkce(client: Client): boolean {
  return client.type === 'public' || isFapi(client)
}
