/**
 * The token endpoint (RFC 6749 §3.2): picks the grant from a table keyed by `grant_type`. What all grants share lives
 * here (limits, client authentication, announcing refusals), so that no grant can forget it and a new one is data.
 */
import type { Config } from '../../config/load.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { addressKey } from '../../limits/address-key.ts'
import { type Client, requiresDpop } from '../client.ts'
import type { ClientAuthenticator } from '../client-authentication.ts'
import { compatibility } from '../compatibility.ts'
import { type DpopProofs, invalidProof } from '../dpop/verify.ts'
import { OAuthError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'
import type { RequestLimit } from '../request-limit.ts'
import { parseExtraClaims } from './extra-claims.ts'
import { type GrantHandler, limitedReason } from './grant-handler.ts'
import type { TokenResponse } from './issue.ts'

export interface TokenEndpoint {
  /** The values of `grant_type` this server knows, for its metadata. */
  readonly grantTypes: readonly string[]
  /**
   * @param proof the `DPoP` header field.
   * @throws {OAuthError}
   */
  handle(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
    proof: string | undefined,
  ): Promise<TokenResponse>
}

export function createTokenEndpoint(dependencies: {
  grants: readonly GrantHandler[]
  authenticator: ClientAuthenticator
  proofs: Pick<DpopProofs, 'keyOf'>
  /** Counts per address. */
  limit: RequestLimit
  settings: { extraClaims: Config['extraClaims']; privateClaimPrefix: string }
}): TokenEndpoint {
  const { authenticator, proofs, limit, settings } = dependencies
  const table = new Map(dependencies.grants.map((grant) => [grant.grantType, grant]))

  return {
    grantTypes: [...table.keys()],

    async handle(authorization, parameters, context, proof) {
      const grant = table.get(parameters.get('grant_type') ?? '')
      if (grant?.limitsUnknownOnly !== true) await limit.take(addressKey(context.ip), context)
      if (grant === undefined) {
        parameters.require('grant_type')
        throw new OAuthError('unsupported_grant_type', {
          description: `supported grant types: ${[...table.keys()].join(', ')}`,
        })
      }
      let client: Client | undefined
      try {
        const authenticated = await authenticator.authenticate(authorization, parameters, context)
        client = authenticated.client
        const extraClaims = parseExtraClaims(
          parameters,
          client,
          settings.extraClaims,
          settings.privateClaimPrefix,
        )
        const dpopJkt = proof === undefined ? undefined : await proofs.keyOf(proof, '/oauth/token')
        // RFC 9449 §5.2, FAPI 2.0 §5.3.2.1: what is registered so never gets a bearer token.
        if (dpopJkt === undefined && requiresDpop(client)) throw invalidProof('missing')
        return await grant.handle({ parameters, ...authenticated, extraClaims, dpopJkt, context })
      } catch (error) {
        if (!(error instanceof OAuthError)) {
          grant.refused?.(parameters, client, new OAuthError('server_error', { cause: error }), context)
          throw error
        }
        if (error.code === compatibility.rateLimitError) throw error
        if (grant.limitsUnknownOnly === true && (client === undefined || isAboutNothingKnown(error))) {
          await limit.take(addressKey(context.ip), context)
        }
        grant.refused?.(parameters, client, error, context)
        throw error
      }
    },
  }
}

/** Whether the request got nowhere near a row that knows it, and so has nothing else to slow it down. */
function isAboutNothingKnown({ code, reason }: OAuthError): boolean {
  const unasked =
    code === 'invalid_request' || code === 'unauthorized_client' || code === 'invalid_dpop_proof'
  return unasked || reason === limitedReason
}
