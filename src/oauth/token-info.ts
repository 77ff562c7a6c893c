/** `GET /oauth/tokeninfo`: what a bearer token says of itself, to whoever holds it. Kept for existing clients. */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { type Clock, epochSeconds } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import { formatScope } from './scope.ts'
import { subjectOf } from './token/access-token.ts'
import { findAccessToken } from './token/look-up.ts'

export interface TokenInfoResponse {
  active: true
  user_id: string
  client_id: string
  scope: string
  exp: number
  iss: string
  subject_type: 'user' | 'client'
  aud: string | readonly string[]
}

export interface TokenInfo {
  /** @throws {OAuthError} missing_token or invalid_token, with a Bearer challenge (RFC 6750 §3). */
  describe(authorization: string | undefined, context: RequestContext): Promise<TokenInfoResponse>
}

export function createTokenInfo(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  issuer: string
}): TokenInfo {
  const { storage, publisher, clock, issuer } = dependencies
  return {
    async describe(authorization, context) {
      const presented = bearerToken(authorization)
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const found = await findAccessToken(storage.read, presented, now)
      const result = found?.result ?? 'invalid'
      publisher.publish({
        type: 'token.validated',
        at: now,
        actor: { type: 'anonymous' },
        request: context,
        endpoint: 'tokeninfo',
        result,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      if (found === undefined || result !== 'valid') {
        const description = 'the token is invalid or expired'
        throw new OAuthError('invalid_token', {
          description,
          headers: {
            'www-authenticate': `Bearer realm="authgate", error="invalid_token", error_description="${description}"`,
          },
        })
      }
      const { token } = found
      return {
        active: true,
        user_id: subjectOf(token.clientId, token.accountId),
        client_id: token.clientId,
        scope: formatScope(token.scopes),
        exp: epochSeconds(token.expiresAt),
        iss: issuer,
        subject_type: token.accountId === undefined ? 'client' : 'user',
        aud: token.audience.length === 1 ? token.audience[0]! : token.audience,
      }
    },
  }
}

/** The token of a Bearer header; the scheme has no case (RFC 9110 §11.1), and here it may be left out. */
function bearerToken(authorization: string | undefined): string {
  const match = authorization === undefined ? null : /^(?:([A-Za-z]+) +)?(\S+)$/.exec(authorization.trim())
  const scheme = match?.[1]?.toLowerCase()
  // The word alone is a scheme without a token, not a token of that name.
  const isBare = scheme === undefined && match?.[2]?.toLowerCase() !== 'bearer'
  const bare = isBare && compatibility.tokeninfoAcceptsBareToken
  if (match === null || !(bare || scheme === 'bearer')) {
    throw new OAuthError(compatibility.tokeninfoMissingTokenError, {
      headers: { 'www-authenticate': 'Bearer realm="authgate"' },
    })
  }
  return match[2]!
}
