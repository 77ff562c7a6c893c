/** ID tokens (OpenID Connect Core 1.0 §2): what they say. Pure; signing them is the minter's (`token/issue.ts`). */
import { hash } from 'node:crypto'
import type { Account } from '../../accounts/account.ts'
import { authenticationMethodsReferences, reportedContext } from '../../accounts/authentication.ts'
import { addSeconds, epochSeconds, type Instant } from '../../shared/clock.ts'
import type { Client } from '../client.ts'
import type { ResponseSigningAlgorithm } from '../client-metadata.ts'
import { signatureFor } from '../security-profile.ts'
import type { Authentication } from '../token/token.ts'
import { claimsOf, claimsOfScopes } from './claims.ts'
import { grantableClaims, parseClaimsRequest, wantedContexts } from './claims-request.ts'

/** What a grant knows for the ID token it gives. */
export interface IdTokenRequest {
  /** `undefined` for grants older than the record of it: `auth_time`, `sid`, `amr` and `acr` are then left out. */
  authentication: Authentication | undefined
  /** From the authorization request; never for a refresh (§12.2). */
  nonce: string | undefined
  /** The `claims` parameter as sent, checked when it arrived. */
  claimsRequest: string | undefined
}

export interface IdTokenFacts extends IdTokenRequest {
  issuer: string
  client: Pick<Client, 'id' | 'scopes' | 'metadata'>
  account: Account
  scopes: readonly string[]
  /** The access token it comes with. */
  accessToken: string
  now: Instant
}

/**
 * A client checks an ID token when it arrives (§3.1.3.7) and keeps a session of its own from then on; ten minutes are
 * enough for that, also where two clocks disagree. As a hint (§3.1.2.1) it is good for longer, whatever it says.
 */
export const idTokenLifeSeconds = 600

/** §2: signed with what the client registered, RS256 when it registered nothing (Registration 1.0 §2). */
export function idTokenAlgorithm(client: Pick<Client, 'metadata'>): ResponseSigningAlgorithm {
  return signatureFor(client, client.metadata.idTokenSignedResponseAlg ?? 'RS256')
}

export function encodeIdTokenClaims(facts: IdTokenFacts): Record<string, unknown> {
  const { client, account, authentication, now } = facts
  const claims: Record<string, unknown> = {
    iss: facts.issuer,
    sub: account.id,
    aud: client.id,
    exp: epochSeconds(addSeconds(now, idTokenLifeSeconds)),
    iat: epochSeconds(now),
  }
  if (authentication !== undefined) {
    claims.auth_time = epochSeconds(authentication.authenticatedAt)
    // Back-Channel Logout 1.0 §2.1. The id of the row, which the cookie's secret cannot be made from.
    claims.sid = authentication.sessionId
    const { methods } = authentication
    const references = authenticationMethodsReferences(methods)
    if (references !== undefined) claims.amr = references
    const context = reportedContext(methods, wantedContexts(parseClaimsRequest(facts.claimsRequest)).values)
    if (context !== undefined) claims.acr = context
  }
  if (facts.nonce !== undefined) claims.nonce = facts.nonce
  claims.at_hash = accessTokenHash(facts.accessToken)
  return { ...personalClaims(facts), ...claims }
}

/**
 * §5.4: the claims of granted scopes come from userinfo when there is an access token, as here there always is. They
 * are in the ID token as well only for clients registered so, and those asked for with `claims` (§5.5).
 */
function personalClaims({ client, account, scopes, claimsRequest }: IdTokenFacts): Record<string, unknown> {
  const requested = grantableClaims(parseClaimsRequest(claimsRequest).idToken, client)
  const granted = client.metadata.idTokenClaims === true ? claimsOfScopes(scopes) : []
  return claimsOf(account, new Set([...granted, ...requested]))
}

/**
 * `at_hash` (§3.1.3.6): "the left-most half of the hash", by the hash of the token's own algorithm, which for RS256,
 * PS256 and ES256 is SHA-256.
 */
export function accessTokenHash(accessToken: string): string {
  return hash('sha256', accessToken, 'buffer').subarray(0, 16).toString('base64url')
}
