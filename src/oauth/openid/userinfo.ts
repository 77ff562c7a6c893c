/** The userinfo endpoint (OpenID Connect Core 1.0 §5.3): what a token's holder may know about its person. */
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { type Clock, epochSeconds } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { compatibility } from '../compatibility.ts'
import { OAuthError } from '../errors.ts'
import type { Standing } from '../gate.ts'
import { bareChallenge, type PresentedToken, type PresentedTokens, refusedToken } from '../presented-token.ts'
import { canonicalResource } from '../resource-indicator.ts'
import { signatureFor } from '../security-profile.ts'
import { signJwt } from '../token/jwt.ts'
import type { SigningKeys } from '../token/signing-keys.ts'
import type { AccessToken } from '../token/token.ts'
import { claimScopes, claimsOf, claimsOfScopes } from './claims.ts'
import { grantableClaims, parseClaimsRequest } from './claims-request.ts'

export type UserinfoResponse =
  | { readonly kind: 'json'; readonly claims: Readonly<Record<string, unknown>> }
  /** §5.3.2: signed, for clients registered so. */
  | { readonly kind: 'jwt'; readonly jwt: string }

export interface Userinfo {
  /**
   * @param presented `undefined` when the request brought no token.
   * @param proof the `DPoP` header field.
   * @throws {OAuthError} invalid_token, insufficient_scope or about the proof, with a challenge (RFC 6750 §3,
   *   RFC 9449 §7.1).
   */
  describe(
    presented: PresentedToken | undefined,
    context: RequestContext,
    proof: string | undefined,
  ): Promise<UserinfoResponse>
}

/** One of them makes a token one that speaks about its person. */
const personalScopes = ['openid', ...claimScopes]

export function createUserinfo(dependencies: {
  storage: Storage
  tokens: PresentedTokens
  signingKeys: Pick<SigningKeys, 'signer'>
  publisher: Publisher
  clock: Clock
  issuer: string
  /** `aud` of tokens that are bound to no resource. */
  defaultAudience: readonly string[]
}): Userinfo {
  const { storage, tokens, signingKeys, publisher, clock, issuer } = dependencies
  const own = new Set([issuer, ...dependencies.defaultAudience].map(comparable))

  /** Everything the answer needs, or `undefined` when the token is not good here. */
  const look = async (token: AccessToken, { client, account }: Standing) => {
    // A token for another resource server is none for this one: whoever receives it there could ask here.
    if (!token.audience.some((audience) => own.has(comparable(audience)))) return undefined
    const grant = token.grantId === undefined ? undefined : await storage.read.grants.find(token.grantId)
    return { client, account, grant }
  }

  return {
    async describe(presented, context, proof) {
      if (presented === undefined) {
        throw new OAuthError('invalid_token', {
          description: 'an access token is required',
          headers: bareChallenge,
        })
      }
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const { scheme } = presented
      const request = { method: context.method, path: '/oauth/userinfo', proof }
      const found = await tokens.find(presented, request, now)
      const facts = found.kind === 'good' ? await look(found.token, found.standing) : undefined
      publisher.publish({
        type: 'token.validated',
        at: now,
        actor: { type: 'anonymous' },
        request: context,
        endpoint: 'userinfo',
        // Whether the token holds; that it may not see anybody here is no matter of the token being good.
        result: found.kind === 'refused' ? found.result : facts === undefined ? 'invalid' : 'valid',
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      if (found.kind === 'refused') throw found.error
      if (facts === undefined) {
        throw refusedToken('invalid_token', 'the token is invalid or expired', { scheme })
      }
      const { scopes } = found.token
      const { client, account, grant } = facts
      if (account === undefined || !personalScopes.some((scope) => scopes.includes(scope))) {
        throw refusedToken('insufficient_scope', 'the token does not speak about a person', {
          scope: 'openid',
          scheme,
        })
      }

      // An exchanged token is in the family of another client, which asked for itself.
      const claimsRequest = grant?.clientId === client.id ? grant.claimsRequest : undefined
      const requested = grantableClaims(parseClaimsRequest(claimsRequest).userinfo, client)
      const claims: Record<string, unknown> = {
        ...claimsOf(account, new Set([...claimsOfScopes(scopes), ...requested])),
        sub: account.id,
      }
      if (compatibility.userinfoCarriesIssuer) claims.iss = issuer
      const algorithm = client.metadata.userinfoSignedResponseAlg
      if (algorithm === undefined) return { kind: 'json', claims }
      // §5.3.2 wants `iss` and `aud`. No `exp` and no nonce: nobody may take it for an ID token (RFC 8725 §3.12).
      const signed = { ...claims, iss: issuer, aud: client.id, iat: epochSeconds(now) }
      return {
        kind: 'jwt',
        jwt: await signJwt('JWT', signed, signingKeys.signer(signatureFor(client, algorithm))),
      }
    },
  }
}

function comparable(audience: string): string {
  return canonicalResource(audience) ?? audience
}
