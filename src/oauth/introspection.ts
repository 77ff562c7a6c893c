/** Token introspection (RFC 7662): whether a token is active, for those entitled to know; signed on request (RFC 9701). */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext, TokenValidationResult } from '../events/catalogue.ts'
import { type Clock, epochSeconds, type Instant } from '../shared/clock.ts'
import type { Client } from './client.ts'
import type { ClientAuthenticator } from './client-authentication.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { RequestLimit } from './request-limit.ts'
import { canonicalResource } from './resource-indicator.ts'
import { formatScope } from './scope.ts'
import { actorOfToken, subjectOf } from './token/access-token.ts'
import { signJwt } from './token/jwt.ts'
import { type FoundToken, findToken, type TokenReaders } from './token/look-up.ts'
import type { SigningKeys } from './token/signing-keys.ts'

/** RFC 7662 §2.2. */
export type IntrospectionResponse = { active: false } | ({ active: true } & Record<string, unknown>)

export type IntrospectionAnswer =
  | { readonly kind: 'json'; readonly body: IntrospectionResponse }
  /** RFC 9701 §5. */
  | { readonly kind: 'jwt'; readonly jwt: string }

export interface Introspection {
  /**
   * @param options.signed whether the answer is to be a signed JWT (RFC 9701 §4).
   * @throws {OAuthError} invalid_client, unauthorized_client, invalid_request or rate_limit_exceeded.
   */
  introspect(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
    options: { signed: boolean },
  ): Promise<IntrospectionAnswer>
}

const inactive = { active: false } as const

export function createIntrospection(dependencies: {
  read: TokenReaders
  authenticator: ClientAuthenticator
  /** Counts per client. */
  limit: RequestLimit
  signingKeys: Pick<SigningKeys, 'signer'>
  publisher: Publisher
  clock: Clock
  issuer: string
}): Introspection {
  const { read, authenticator, limit, signingKeys, publisher, clock, issuer } = dependencies

  const describe = (
    found: Extract<FoundToken, { result: 'valid' }>,
    presented: string,
  ): IntrospectionResponse => {
    const { token, standing } = found
    const response: IntrospectionResponse = {
      active: true,
      scope: formatScope(found.kind === 'access' ? found.token.scopes : found.grant.scopes),
      client_id: token.clientId,
      exp: epochSeconds(token.expiresAt),
      iat: epochSeconds(token.issuedAt),
      sub: subjectOf(token.clientId, token.accountId),
      iss: issuer,
      jti: token.id,
    }
    if (standing.account !== undefined) response.username = standing.account.username
    if (found.kind === 'access') {
      const { audience } = found.token
      const { dpopJkt } = found.token
      // RFC 9449 §6.2: a resource server cannot hold the key against the token without it.
      response.token_type = dpopJkt === undefined ? 'Bearer' : 'DPoP'
      if (dpopJkt !== undefined) response.cnf = { jkt: dpopJkt }
      // Only a token of a person's grant can have been exchanged.
      const act = found.token.grantId === undefined ? undefined : actorOfToken(presented)
      if (act !== undefined) response.act = act
      response.aud = audience.length === 1 ? audience[0] : audience
    }
    return response
  }

  /** RFC 9701 §5. Without `sub` and `exp` of its own, or it could be taken for an access token (§8.1). */
  const sign = (body: IntrospectionResponse, client: Client, now: Instant): Promise<string> => {
    // §6: "The default, if omitted, is RS256", which FAPI 2.0 §5.4.1 rules out.
    const usual = client.metadata.securityProfile === 'fapi2' ? 'ES256' : 'RS256'
    const signer = signingKeys.signer(client.metadata.introspectionSignedResponseAlg ?? usual)
    const claims = { iss: issuer, aud: client.id, iat: epochSeconds(now), token_introspection: body }
    return signJwt('token-introspection+jwt', claims, signer)
  }

  return {
    async introspect(authorization, parameters, context, { signed }) {
      const { client, method } = await authenticator.authenticate(authorization, parameters, context)
      // RFC 7662 §2.1: the endpoint "MUST also require some form of authorization", which a public client cannot give.
      if (method === 'none') {
        throw new OAuthError('unauthorized_client', {
          description: 'only a confidential client may introspect tokens',
          reason: 'public_client',
        })
      }
      const actor = { type: 'client', id: client.id, name: client.name } as const
      const limited = limit.take(client.id, context, actor)
      if (limited !== undefined) await limited
      const presented = parameters.require('token')
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const answer = async (body: IntrospectionResponse): Promise<IntrospectionAnswer> =>
        signed ? { kind: 'jwt', jwt: await sign(body, client, now) } : { kind: 'json', body }
      const found = await findToken(read, presented, now)
      if (found !== undefined && !mayInspect(client, found)) {
        publisher.publish({
          type: 'introspection.refused',
          at: now,
          actor,
          request: context,
          clientId: client.id,
          tokenClientId: found.token.clientId,
        })
        return answer(inactive)
      }
      const result: TokenValidationResult = found?.result ?? 'invalid'
      const response = found?.result === 'valid' ? describe(found, presented) : inactive
      publisher.publish({
        type: 'token.validated',
        at: now,
        actor,
        request: context,
        endpoint: 'introspection',
        result,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      return answer(response)
    },
  }
}

/** Its own tokens, those meant for a resource it stands for, or all when it is trusted with that (RFC 7662 §4). */
function mayInspect(client: Client, found: FoundToken): boolean {
  if (client.introspectAny || found.token.clientId === client.id) return true
  if (found.kind !== 'access') return false
  const own = new Set(client.allowedResources.map(canonicalResource))
  return found.token.audience.some((audience) => {
    const resource = canonicalResource(audience)
    // A configured audience need not be a resource at all, and what is none equals nothing.
    return resource !== undefined && own.has(resource)
  })
}
