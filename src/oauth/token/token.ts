/** What tokens are on this server's side: rows that say whether a presented token is still good. */
import type { Proof } from '../../accounts/authentication.ts'
import type { Session } from '../../accounts/session.ts'
import type { GrantType } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type {
  AccessTokenId,
  AccountId,
  ClientId,
  GrantId,
  RefreshTokenId,
  SessionId,
} from '../../shared/ids.ts'

/** `disabled` can be undone, `revoked` cannot, `superseded` is a refresh token that was exchanged for its successor. */
export type AccessTokenState = 'active' | 'disabled' | 'revoked'
export type RefreshTokenState = 'active' | 'superseded' | 'disabled' | 'revoked'

/** An access token (RFC 9068). Its id is the JWT's `jti`; the digest covers the whole JWT. */
export interface AccessToken {
  id: AccessTokenId
  digest: SecretDigest
  clientId: ClientId
  /** The person it speaks for; `undefined` when the client speaks for itself. */
  accountId: AccountId | undefined
  grantId: GrantId | undefined
  scopes: readonly string[]
  audience: readonly string[]
  /** Thumbprint (RFC 7638) of the key whose holder alone may use it (RFC 9449 §6); `undefined` for a bearer token. */
  dpopJkt: string | undefined
  /** Whether it came of an exchange (RFC 8693): its family is then that of the token it was exchanged for. */
  exchanged: boolean
  issuedAt: Instant
  expiresAt: Instant
  state: AccessTokenState
}

export interface RefreshToken {
  id: RefreshTokenId
  digest: SecretDigest
  grantId: GrantId
  clientId: ClientId
  accountId: AccountId
  /** The token this one replaced. */
  predecessorId: RefreshTokenId | undefined
  issuedAt: Instant
  expiresAt: Instant
  state: RefreshTokenState
  supersededAt: Instant | undefined
}

/** How and when the person behind a grant signed in (`amr`, `acr`, `auth_time` and `sid` of OpenID Connect). */
export interface Authentication {
  sessionId: SessionId
  authenticatedAt: Instant
  methods: readonly Proof[]
}

export function authenticationOf(
  session: Pick<Session, 'id' | 'authenticatedAt' | 'methods'>,
): Authentication {
  return { sessionId: session.id, authenticatedAt: session.authenticatedAt, methods: session.methods }
}

/** What a person allowed a client once: the family of all tokens that came from it. */
export interface Grant {
  id: GrantId
  clientId: ClientId
  accountId: AccountId
  grantType: GrantType
  scopes: readonly string[]
  resources: readonly string[]
  /** `undefined` for grants older than the record of it. */
  authentication: Authentication | undefined
  /** The `claims` parameter of its authorization request (OpenID Connect Core 1.0 §5.5), as sent. */
  claimsRequest: string | undefined
  /** The key its refresh tokens are bound to (RFC 9449 §5). */
  dpopJkt: string | undefined
  /** Whether its client proved itself although it need not, and so has to go on doing. */
  clientProved: boolean
  createdAt: Instant
  /** No refresh token of this family lives past this instant. */
  expiresAt: Instant
  lastUsedAt: Instant
  /** Where the device or app that got it was. */
  requestIp: string
  requestUserAgent: string
  endedAt: Instant | undefined
}
