/**
 * What a client's registration may say beyond its type, grants, scopes and redirect URIs (RFC 7591 §2, OpenID Connect
 * Registration 1.0 §2, RP-Initiated and Back-Channel Logout 1.0, RFC 9126 §6, RFC 9449 §5.2). A member that is absent
 * has its specification's default, so that an operator's plain client has none of them.
 */
import type { JWK } from 'jose'

export const clientAuthenticationMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const
export type ClientAuthenticationMethod = (typeof clientAuthenticationMethods)[number]

/** Algorithms of signatures made by this server for clients. `HS256` and `none` are never among them. */
export const signingAlgorithms = ['RS256', 'PS256', 'ES256'] as const
export type ResponseSigningAlgorithm = (typeof signingAlgorithms)[number]

/**
 * Algorithms of signatures made by clients. DPoP proofs have fewer: see `dpop/proof.ts`. `Ed25519` is what RFC 9864 calls
 * the one curve of `EdDSA` that is used, and the name under which openid-client signs.
 */
export const clientSigningAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const
export type ClientSigningAlgorithm = (typeof clientSigningAlgorithms)[number]

export interface ClientMetadata {
  /** Absent: `web`. */
  readonly applicationType?: 'web' | 'native'
  /** The only method its requests may use. Absent: `none` for a public client, either secret method otherwise. */
  readonly tokenEndpointAuthMethod?: ClientAuthenticationMethod
  readonly tokenEndpointAuthSigningAlg?: ClientSigningAlgorithm
  /** Public keys by value (RFC 7517 §5); never together with {@link ClientMetadata.jwksUri}. */
  readonly jwks?: { readonly keys: readonly JWK[] }
  readonly jwksUri?: string
  /** Absent: `RS256`. */
  readonly idTokenSignedResponseAlg?: ResponseSigningAlgorithm
  /** Absent: userinfo is plain JSON. */
  readonly userinfoSignedResponseAlg?: ResponseSigningAlgorithm
  /** RFC 9701 §6: signs answers of introspection for requests that ask for it. Absent: `RS256`. */
  readonly introspectionSignedResponseAlg?: ResponseSigningAlgorithm
  /** Seconds; as if each request without `max_age` had this one. */
  readonly defaultMaxAge?: number
  readonly requireAuthTime?: boolean
  readonly postLogoutRedirectUris?: readonly string[]
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
  readonly initiateLoginUri?: string
  readonly clientUri?: string
  readonly logoUri?: string
  readonly policyUri?: string
  readonly tosUri?: string
  readonly contacts?: readonly string[]
  readonly softwareId?: string
  readonly softwareVersion?: string
  /** The rules of a security profile, enforced: PAR, PKCE, DPoP and `private_key_jwt` for `fapi2`. */
  readonly securityProfile?: 'fapi2'
  readonly requirePushedAuthorizationRequests?: boolean
  readonly dpopBoundAccessTokens?: boolean
  /** Puts the claims of granted scopes into the ID token as well. */
  readonly idTokenClaims?: boolean
  /** Need not prove itself, and may with `private_key_jwt`: what its document lists beside `none`. */
  readonly mayAssert?: boolean
  /** Its document names no grants: it gets refresh tokens for people who allowed `offline_access`. */
  readonly refreshNeedsOfflineAccess?: boolean
  /** RFC 8693: ids of the clients whose tokens it may exchange, or `*` for every client's. Absent: none. */
  readonly tokenExchangeSubjects?: readonly string[]
  /** Lets its token requests add `extra_claims`. */
  readonly extraClaims?: boolean
  /** An administrator looked at what a person made for themselves, and it has not changed since. */
  readonly approved?: boolean
}
