/**
 * Flow: pushed authorization requests (RFC 9126). A client hands its request in over its own authenticated connection
 * and gets a `request_uri` for the browser to carry, so that nobody on the way can read or change it.
 */
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { addressKey } from '../../limits/address-key.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import type { ClientAuthenticator } from '../client-authentication.ts'
import { compatibility } from '../compatibility.ts'
import type { DpopProofs } from '../dpop/verify.ts'
import { OAuthError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'
import type { RequestLimit } from '../request-limit.ts'
import { pushedLifeSeconds } from '../security-profile.ts'
import type { KeptRequests } from './kept-request.ts'
import { locateResponse, parseAuthorizationRequest } from './request.ts'

/** RFC 9126 §2.2. */
export interface PushedAuthorizationResponse {
  request_uri: string
  /** Seconds. */
  expires_in: number
}

export interface PushedAuthorizations {
  /**
   * @param proof the `DPoP` header field; the code will be bound to its key (RFC 9449 §10.1).
   * @throws {OAuthError} invalid_client, invalid_dpop_proof, or what the authorization endpoint would have answered (§2.3).
   */
  push(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
    proof: string | undefined,
  ): Promise<PushedAuthorizationResponse>
}

export function createPushedAuthorizations(dependencies: {
  storage: Pick<Storage, 'read'>
  authenticator: ClientAuthenticator
  proofs: Pick<DpopProofs, 'keyOf'>
  keptRequests: KeptRequests
  /** Counts per address. */
  limit: RequestLimit
  publisher: Publisher
  clock: Clock
  settings: { pushedTtlSeconds: number; pkceRequired: boolean; defaultResource: string | undefined }
}): PushedAuthorizations {
  const { storage, authenticator, proofs, keptRequests, limit, publisher, clock, settings } = dependencies

  const announce = (client: Client | undefined, error: string | undefined, context: RequestContext): void => {
    publisher.publish({
      type: 'authorization_request.pushed',
      at: clock.now(),
      actor:
        client === undefined ? { type: 'anonymous' } : { type: 'client', id: client.id, name: client.name },
      request: context,
      clientId: client?.id,
      result: error === undefined ? 'success' : 'error',
      error,
    })
  }

  return {
    async push(authorization, parameters, context, proof) {
      await limit.take(addressKey(context.ip), context)
      let client: Client | undefined
      try {
        client = (await authenticator.authenticate(authorization, parameters, context)).client
        // §2.1: "The request_uri authorization request parameter … MUST NOT be provided".
        if (parameters.get('request_uri') !== undefined) {
          throw new OAuthError('invalid_request', { description: 'request_uri cannot be pushed' })
        }
        const target = locateResponse(parameters, client, { pushed: true })
        const { pkceRequired, defaultResource } = settings
        const ttlSeconds = pushedLifeSeconds(client, settings.pushedTtlSeconds)
        const catalogue = { resources: await storage.read.resources.list(), defaultResource }
        const request = parseAuthorizationRequest(parameters, target, {
          pushed: true,
          pkceRequired,
          catalogue,
        })
        const dpopJkt = await proofs.keyOf(proof, '/oauth/par')
        // RFC 9449 §10.1: a `dpop_jkt` beside the proof must be that of its key, "otherwise … MUST reject the request".
        if (dpopJkt !== undefined && request.dpopJkt !== undefined && request.dpopJkt !== dpopJkt) {
          throw new OAuthError('invalid_request', {
            description: 'dpop_jkt is not the thumbprint of the key of the DPoP proof',
            reason: 'dpop_jkt',
          })
        }
        const kept = await keptRequests.keep(client, parameters, {
          kind: 'pushed',
          ttlSeconds,
          dpopJkt,
        })
        announce(client, undefined, context)
        return { request_uri: kept.requestUri, expires_in: Math.floor(ttlSeconds) }
      } catch (error) {
        if (error instanceof OAuthError && error.code !== compatibility.rateLimitError) {
          announce(client, error.code, context)
        }
        throw error
      }
    },
  }
}
