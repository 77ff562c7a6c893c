/** `GET /oauth/tokeninfo`: what a bearer token says of itself, to whoever holds it. Kept for existing clients. */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { type Clock, epochSeconds } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import { bareChallenge, findPresentedToken, refusedToken, tokenOfHeader } from './presented-token.ts'
import { formatScope } from './scope.ts'
import { subjectOf } from './token/access-token.ts'

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
      const presented = tokenOfHeader(authorization, { bare: compatibility.tokeninfoAcceptsBareToken })
      if (presented === undefined) {
        throw new OAuthError(compatibility.tokeninfoMissingTokenError, { headers: bareChallenge })
      }
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const found = await findPresentedToken(storage.read, presented, now)
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
        throw refusedToken('invalid_token', 'the token is invalid or expired')
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
