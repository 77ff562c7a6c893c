/** `GET /oauth/tokeninfo`: what an access token says of itself, to whoever holds it. Kept for existing clients. */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { type Clock, epochSeconds } from '../shared/clock.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import { bareChallenge, type PresentedTokens, tokenOfHeader } from './presented-token.ts'
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
  /**
   * @param proof the `DPoP` header field.
   * @throws {OAuthError} missing_token, invalid_token or about the proof, with a challenge (RFC 6750 §3, RFC 9449 §7.1).
   */
  describe(
    authorization: string | undefined,
    context: RequestContext,
    proof: string | undefined,
  ): Promise<TokenInfoResponse>
}

export function createTokenInfo(dependencies: {
  tokens: PresentedTokens
  publisher: Publisher
  clock: Clock
  issuer: string
}): TokenInfo {
  const { tokens, publisher, clock, issuer } = dependencies
  return {
    async describe(authorization, context, proof) {
      const presented = tokenOfHeader(authorization, { bare: compatibility.tokeninfoAcceptsBareToken })
      if (presented === undefined) {
        throw new OAuthError(compatibility.tokeninfoMissingTokenError, { headers: bareChallenge })
      }
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const request = { method: context.method, path: '/oauth/tokeninfo', proof }
      const found = await tokens.find(presented, request, now)
      publisher.publish({
        type: 'token.validated',
        at: now,
        actor: { type: 'anonymous' },
        request: context,
        endpoint: 'tokeninfo',
        result: found.kind === 'good' ? 'valid' : found.result,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      if (found.kind === 'refused') throw found.error
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
