/** Access tokens on the wire: JWTs as RFC 9068 profiles them, with the claims existing resource servers read. */
import type { Account } from '../../accounts/account.ts'
import { epochSeconds, type Instant } from '../../shared/clock.ts'
import type { AccessTokenId } from '../../shared/ids.ts'
import type { Client } from '../client.ts'
import { compatibility } from '../compatibility.ts'
import { formatScope } from '../scope.ts'
import type { ExtraClaims } from './extra-claims.ts'

export interface AccessTokenClaims {
  issuer: string
  client: Client
  /** `undefined` when the client speaks for itself. */
  account: Account | undefined
  /** Who acts for the subject (RFC 8693 §4.1). */
  actor: Actor | undefined
  scopes: readonly string[]
  audience: readonly string[]
  id: AccessTokenId
  issuedAt: Instant
  expiresAt: Instant
  privateClaimPrefix: string
  domain: string | undefined
  extraClaims: ExtraClaims | undefined
  /** Thumbprint of the key whose holder alone may use it. */
  dpopJkt: string | undefined
}

/** RFC 8693 §4.1: the acting party, and inside it the one before. */
export interface Actor {
  readonly sub: string
  readonly act?: Actor | undefined
}

/** `sub` of a client that speaks for itself; an account id never has a colon. */
function machineSubject(clientId: string): string {
  return `client:${clientId}`
}

export function subjectOf(clientId: string, accountId: string | undefined): string {
  return accountId ?? machineSubject(clientId)
}

export function encodeAccessTokenClaims(token: AccessTokenClaims): Record<string, unknown> {
  const subject = subjectOf(token.client.id, token.account?.id)
  const prefix = token.privateClaimPrefix
  const claims: Record<string, unknown> = {
    iss: token.issuer,
    sub: subject,
    // RFC 7519 §4.1.3: a single audience may be a string, and existing verifiers expect it so.
    aud: token.audience.length === 1 ? token.audience[0] : token.audience,
    exp: epochSeconds(token.expiresAt),
    iat: epochSeconds(token.issuedAt),
    jti: token.id,
    client_id: token.client.id,
    scope: formatScope(token.scopes),
  }
  if (compatibility.accessTokensCarryUserIdAndType) {
    claims.user_id = subject
    claims.type = 'access'
  }
  // RFC 9449 §6.1.
  if (token.dpopJkt !== undefined) claims.cnf = { jkt: token.dpopJkt }
  if (token.actor !== undefined) claims.act = token.actor
  if (token.domain !== undefined) claims[`${prefix}_domain`] = token.domain
  if (token.account !== undefined) claims[`${prefix}_uid`] = token.account.username
  if (token.client.project !== undefined) claims[`${prefix}_project`] = token.client.project
  if (token.client.serviceAccount !== undefined) {
    claims[`${prefix}_service_account`] = token.client.serviceAccount
  }
  // Last, so that the first `jti` of the text is the token's own: see accessTokenIdOf.
  return token.extraClaims === undefined ? claims : { ...claims, ...token.extraClaims }
}

/** The `act` claim of a token known to be ours. */
export function actorOfToken(token: string): Actor | undefined {
  const payload = Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString('utf8')
  return (JSON.parse(payload) as { act?: Actor }).act
}

const maxTokenLength = 16_384

/** The `jti` of our own payloads, which are JSON as JSON.stringify writes it. */
const idPattern = /"jti":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"/

/**
 * The row key a presented access token names. Nothing is verified or even parsed here: whether the token is ours is
 * decided by comparing its digest with the row's, which nothing but the token itself can match.
 */
export function accessTokenIdOf(presented: string): AccessTokenId | undefined {
  if (presented.length > maxTokenLength) return undefined
  const start = presented.indexOf('.') + 1
  const end = presented.indexOf('.', start)
  if (start === 0 || end === -1) return undefined
  const payload = Buffer.from(presented.slice(start, end), 'base64url').toString('latin1')
  return idPattern.exec(payload)?.[1] as AccessTokenId | undefined
}
