/** Flow: a client registers itself (RFC 7591 §3). */
import type { Publisher } from '../../events/bus.ts'
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import { type Clock, epochSeconds } from '../../shared/clock.ts'
import { digestOf, sameDigest } from '../../shared/digest.ts'
import type { ClientId, Ids } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { issueClientSecret } from '../client-secret.ts'
import { OAuthError } from '../errors.ts'
import { redirectHosts } from '../redirect-hosts.ts'
import { invalidToken, issueRegistrationAccessToken, requireBearer } from './access.ts'
import { authenticationMethodOf, encodeRegistration } from './encode.ts'
import { MetadataProblem } from './members.ts'
import { parseRegistration, type RegistrationRules, type RequestedClient } from './request.ts'

export interface RegistrationSettings {
  /** What a registration must present; `undefined` lets anybody. */
  readonly initialAccessToken: Secret | undefined
  /** Whether an administrator decides before the client works. */
  readonly needsApproval: boolean
  /** Most registered clients that are kept. */
  readonly maxClients: number
}

/** RFC 7591 §3.2.1 and RFC 7592 §3. */
export type RegistrationResponse = Readonly<Record<string, unknown>>

export interface Registration {
  /**
   * @param document the body, parsed; `undefined` when it is no JSON object.
   * @throws {OAuthError} invalid_token, invalid_redirect_uri, invalid_client_metadata, temporarily_unavailable.
   */
  register(
    authorization: string | undefined,
    document: object | undefined,
    context: RequestContext,
  ): Promise<RegistrationResponse>
}

const anonymous: Actor = { type: 'anonymous' }

export function createRegistration(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  issuer: string
  rules: RegistrationRules
  settings: RegistrationSettings
}): Registration {
  const { storage, publisher, clock, random, ids, issuer, rules, settings } = dependencies

  /** Constant in time: both sides are hashed first, so that nothing can be learned byte by byte. */
  const requireInitialAccess = (authorization: string | undefined): void => {
    if (settings.initialAccessToken === undefined) return
    const presented = digestOf(requireBearer(authorization))
    if (!sameDigest(presented, digestOf(settings.initialAccessToken.reveal()))) throw invalidToken()
  }

  const register = async (
    requested: RequestedClient,
    context: RequestContext,
  ): Promise<RegistrationResponse> => {
    // Not exact under parallel requests, nor need it be.
    if ((await storage.read.clientRegistrations.count(settings.maxClients)) >= settings.maxClients) {
      throw new OAuthError('temporarily_unavailable', {
        description: 'no more clients can be registered at the moment',
        reason: 'too_many_clients',
      })
    }
    const now = clock.now()
    const id = ids.next<ClientId>()
    const secret = usesSecret(requested) ? issueClientSecret(random) : undefined
    const token = issueRegistrationAccessToken(id, random)
    const client: Client = {
      id,
      ...requested,
      description: '',
      secretHash: secret?.hash,
      status: settings.needsApproval ? 'pending' : 'active',
      allowedResources: [],
      tokenProfile: 'standard',
      project: undefined,
      serviceAccount: undefined,
      introspectAny: false,
      origin: 'registration',
      createdBy: undefined,
      createdAt: now,
      updatedAt: now,
    }
    await storage.transaction(async (tx) => {
      await tx.clients.insert(client)
      await tx.clientRegistrations.insert({
        clientId: id,
        accessTokenDigest: token.digest,
        idleSince: now,
        used: false,
      })
    })
    publisher.publish({
      type: 'client.registered',
      at: now,
      actor: anonymous,
      request: context,
      clientId: id,
      clientName: client.name,
      clientType: client.type,
      grantTypes: client.grants,
      scopes: client.scopes,
      redirectHosts: redirectHosts(client),
      needsApproval: settings.needsApproval,
    })
    return encodeResponse(client, secret?.plaintext, token.plaintext, issuer)
  }

  return {
    async register(authorization, document, context) {
      try {
        requireInitialAccess(authorization)
        return await register(readDocument(document, rules), context)
      } catch (error) {
        publisher.publish({
          type: 'client.registration_refused',
          at: clock.now(),
          actor: anonymous,
          request: context,
          error: error instanceof OAuthError ? error.code : 'server_error',
          reason: error instanceof OAuthError ? error.reason : undefined,
        })
        throw error
      }
    },
  }
}

/** @throws {OAuthError} invalid_redirect_uri or invalid_client_metadata (RFC 7591 §3.2.2). */
export function readDocument(document: object | undefined, rules: RegistrationRules): RequestedClient {
  try {
    if (document === undefined) {
      throw new MetadataProblem('the body', 'must be a JSON object (application/json) of at most 16 KiB')
    }
    return parseRegistration(document, rules)
  } catch (error) {
    if (!(error instanceof MetadataProblem)) throw error
    throw new OAuthError(error.code, { description: error.message, reason: error.member })
  }
}

export function usesSecret(client: Pick<Client, 'metadata'>): boolean {
  const method = authenticationMethodOf(client)
  return method === 'client_secret_basic' || method === 'client_secret_post'
}

/** @param secret when one was just made: it is shown this once. */
export function encodeResponse(
  client: Client,
  secret: string | undefined,
  accessToken: string,
  issuer: string,
): RegistrationResponse {
  return {
    client_id: client.id,
    client_id_issued_at: epochSeconds(client.createdAt),
    // RFC 7591 §3.2.1: the expiry is "REQUIRED if 'client_secret' is issued", and 0 is never.
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    ...encodeRegistration(client),
    registration_access_token: accessToken,
    registration_client_uri: `${issuer}/oauth/register/${client.id}`,
  }
}
