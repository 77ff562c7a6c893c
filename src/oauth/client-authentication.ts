/**
 * Which client is asking, and whether it proved it (RFC 6749 §2.3, §3.2.1): `client_secret_basic`,
 * `client_secret_post`, `private_key_jwt` (RFC 7523), and `none` for public clients. One place for every endpoint.
 */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { addressKey } from '../limits/address-key.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import { type ClientCredentials, parseBasic } from './basic-credentials.ts'
import type { Client } from './client.ts'
import {
  assertedClientId,
  type ClientAssertion,
  type ClientAssertions,
  readClientAssertion,
} from './client-assertion.ts'
import type { ClientAuthenticationMethod } from './client-metadata.ts'
import { hashClientSecret, isExpensive, verifyClientSecret } from './client-secret.ts'
import type { ClientReader } from './client-store.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { RequestLimit } from './request-limit.ts'
import { authenticationMethodOf } from './security-profile.ts'

export interface AuthenticatedClient {
  client: Client
  method: ClientAuthenticationMethod
}

export interface ClientAuthenticator {
  /**
   * @param authorization the `Authorization` header, if any.
   * @throws {OAuthError} invalid_client when the client is unknown, inactive or did not prove itself; invalid_request
   *   when the request names two clients or two methods; rate_limit_exceeded after too many failures of one client, or
   *   of one address in the name of clients that do not exist.
   */
  authenticate(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
  ): Promise<AuthenticatedClient>
}

type SecretMethod = 'client_secret_basic' | 'client_secret_post'

const maxIdLength = 512

export function createClientAuthenticator(dependencies: {
  storage: Storage
  clients: Pick<ClientReader, 'find'>
  assertions: ClientAssertions
  /** Counts failures: per client, and per address where no client is known. */
  failureLimit: RequestLimit
  publisher: Publisher
  clock: Clock
}): ClientAuthenticator {
  const { storage, clients, assertions, failureLimit, publisher, clock } = dependencies

  /**
   * @param clientId whom the request names; `undefined` when nobody.
   * @param client that one, when it exists.
   */
  const fail = async (
    clientId: string | undefined,
    reason: string,
    context: RequestContext,
    client?: Client,
  ): Promise<never> => {
    const named = clientId?.slice(0, maxIdLength)
    publisher.publish({
      type: 'client.authentication_failed',
      at: clock.now(),
      actor: { type: 'anonymous' },
      request: context,
      clientId: named,
      reason,
    })
    // Only failures are counted and refused, so that nobody can lock a client out by guessing in its name.
    // Names that nobody has are counted by address: whoever invents one per request would fill the counters with them.
    const key = client === undefined ? `address ${addressKey(context.ip)}` : `client ${client.id}`
    await failureLimit.take(key, context)
    // A program that goes on with the id of a client that is gone is told what helps (RFC 7591 §5: it registers again).
    const expired =
      client === undefined &&
      named !== undefined &&
      (await storage.read.clientRegistrations.hasExpired(named))
    const description = expired
      ? 'the registration of the client has expired; register again'
      : 'client authentication failed'
    throw invalidClient(description, reason)
  }

  /** A secret kept under an old scheme is replaced once it has been seen to be right. */
  const upgrade = async (client: Client, presented: string, stored: string): Promise<void> => {
    await storage.transaction((tx) =>
      tx.clients.replaceSecretHash(client.id, stored, hashClientSecret(presented)),
    )
  }

  /**
   * A comparison that costs a slow hash is counted before it is made, or wrong secrets could keep a processor busy, and
   * given back when it went well. By address as well, so that nobody locks the client out by guessing.
   */
  const checkImported = async (
    client: Client,
    secret: string,
    stored: string,
    context: RequestContext,
  ): Promise<string | undefined> => {
    const key = `imported ${client.id} ${addressKey(context.ip)}`
    await failureLimit.take(key, context)
    if ((await verifyClientSecret(secret, stored)) === 'mismatch') return 'wrong_secret'
    await failureLimit.giveBack(key)
    await upgrade(client, secret, stored)
    return undefined
  }

  /** `undefined` when the credentials hold; otherwise why they do not. */
  const checkSecret = (
    client: Client | undefined,
    secret: string | undefined,
    method: SecretMethod,
    context: RequestContext,
  ): string | undefined | Promise<string | undefined> => {
    if (client === undefined) return 'unknown_client'
    if (client.status !== 'active') return 'inactive_client'
    // A client is held to the method it registered (RFC 7591 §2), so that a leaked secret is no second way in.
    const registered = authenticationMethodOf(client)
    if (registered === 'private_key_jwt') return 'wrong_method'
    if (client.type === 'public') {
      return compatibility.secretsOfPublicClientsAreIgnored || !secret ? undefined : 'secret_of_public_client'
    }
    if (secret === undefined || secret === '') return 'missing_secret'
    if (registered !== undefined && registered !== method) return 'wrong_method'
    if (client.secretHash === undefined) return 'no_secret_registered'
    const { secretHash } = client
    if (isExpensive(secretHash)) return checkImported(client, secret, secretHash, context)
    return verifyClientSecret(secret, secretHash) === 'match' ? undefined : 'wrong_secret'
  }

  /** @param candidates what the credentials may mean; the first that holds is it. */
  const withSecret = async (
    candidates: readonly ClientCredentials[],
    method: SecretMethod,
    context: RequestContext,
  ): Promise<AuthenticatedClient> => {
    let reason = 'unknown_client'
    let known: Client | undefined
    for (const { clientId, secret } of candidates) {
      const client = await findClient(clients, clientId)
      const checked = checkSecret(client, secret, method, context)
      const problem = checked instanceof Promise ? await checked : checked
      if (problem === undefined && client !== undefined) {
        return { client, method: client.type === 'public' ? 'none' : method }
      }
      if (problem !== undefined && client !== undefined) {
        reason = problem
        known = client
      }
    }
    return fail(candidates[0]!.clientId, reason, context, known)
  }

  const withAssertion = async (
    assertion: ClientAssertion | 'malformed',
    bodyId: string | undefined,
    context: RequestContext,
  ): Promise<AuthenticatedClient> => {
    const clientId = assertion === 'malformed' ? undefined : assertedClientId(assertion)
    if (assertion === 'malformed' || clientId === undefined) {
      return fail(bodyId, 'assertion_malformed', context)
    }
    // RFC 7521 §4.2: client_id is not needed beside an assertion, and "MUST identify the same client" if it is there.
    if (bodyId !== undefined && bodyId !== clientId) return fail(bodyId, 'client_id_mismatch', context)
    const client = await findClient(clients, clientId)
    if (client === undefined) return fail(clientId, 'unknown_client', context)
    if (client.status !== 'active') return fail(clientId, 'inactive_client', context, client)
    if (authenticationMethodOf(client) !== 'private_key_jwt' && client.metadata.mayAssert !== true) {
      return fail(clientId, 'wrong_method', context, client)
    }
    const problem = await assertions.verify(assertion, client)
    if (problem !== undefined) return fail(clientId, problem, context, client)
    return { client, method: 'private_key_jwt' }
  }

  return {
    async authenticate(authorization, parameters, context) {
      const basic = parseBasic(authorization)
      const assertion = readClientAssertion(parameters)
      const bodyId = parameters.get('client_id')
      const bodySecret = parameters.get('client_secret')
      if (basic === undefined) {
        return fail(bodyId?.slice(0, maxIdLength) ?? '', 'malformed_credentials', context)
      }
      // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
      const used =
        Number(basic.length > 0) + Number(assertion !== undefined) + Number(bodySecret !== undefined)
      if (used > 1) {
        throw new OAuthError('invalid_request', { description: 'use one client authentication method' })
      }
      if (assertion !== undefined) return withAssertion(assertion, bodyId, context)
      if (basic.length > 0) {
        const meant = bodyId === undefined ? basic : basic.filter(({ clientId }) => clientId === bodyId)
        if (meant.length === 0) {
          throw new OAuthError('invalid_request', {
            description: 'client_id in the body and in the Authorization header differ',
          })
        }
        return withSecret(meant, 'client_secret_basic', context)
      }
      if (bodyId === undefined) {
        publisher.publish({
          type: 'client.authentication_failed',
          at: clock.now(),
          actor: { type: 'anonymous' },
          request: context,
          clientId: undefined,
          reason: 'missing_credentials',
        })
        throw invalidClient('client authentication is required', 'missing_credentials')
      }
      return withSecret([{ clientId: bodyId, secret: bodySecret }], 'client_secret_post', context)
    },
  }
}

/**
 * RFC 6749 §5.2: 401. RFC 9110 §15.5.2 wants a challenge with it, and Basic is the one scheme of HTTP that a client can
 * prove itself with here; the methods that use the body have none.
 */
function invalidClient(description: string, reason: string): OAuthError {
  return new OAuthError('invalid_client', {
    description,
    reason,
    headers: { 'www-authenticate': 'Basic realm="authgate"' },
  })
}

function findClient(clients: Pick<ClientReader, 'find'>, clientId: string): Promise<Client | undefined> {
  if (clientId === '' || clientId.length > maxIdLength) return Promise.resolve(undefined)
  return clients.find(clientId as ClientId)
}
