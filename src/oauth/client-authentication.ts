/**
 * Which client is asking, and whether it proved it (RFC 6749 §2.3, §3.2.1): `client_secret_basic`,
 * `client_secret_post`, and `none` for public clients. One place for every endpoint.
 */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { Client } from './client.ts'
import { hashClientSecret, verifyClientSecret } from './client-secret.ts'
import type { ClientReader } from './client-store.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { RequestLimit } from './request-limit.ts'

export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

export interface AuthenticatedClient {
  client: Client
  method: ClientAuthenticationMethod
}

export interface ClientAuthenticator {
  /**
   * @param authorization the `Authorization` header, if any.
   * @throws {OAuthError} invalid_client when the client is unknown, inactive or did not prove itself; invalid_request
   *   when the request names two clients or two methods; rate_limit_exceeded after too many failures of one client.
   */
  authenticate(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
  ): Promise<AuthenticatedClient>
}

interface Credentials {
  clientId: string
  secret: string | undefined
}

const maxIdLength = 512

export function createClientAuthenticator(dependencies: {
  storage: Storage
  clients: Pick<ClientReader, 'find'>
  /** Counts failures per client. */
  failureLimit: RequestLimit
  publisher: Publisher
  clock: Clock
}): ClientAuthenticator {
  const { storage, clients, failureLimit, publisher, clock } = dependencies

  const fail = async (clientId: string, reason: string, context: RequestContext): Promise<never> => {
    publisher.publish({
      type: 'client.authentication_failed',
      at: clock.now(),
      actor: { type: 'anonymous' },
      request: context,
      clientId,
      reason,
    })
    // Only failures are counted and refused, so that nobody can lock a client out by guessing in its name.
    await failureLimit.take(clientId, context)
    throw invalidClient('client authentication failed', reason)
  }

  /** A secret kept under an old scheme is replaced once it has been seen to be right. */
  const upgrade = async (client: Client, presented: string, stored: string): Promise<void> => {
    await storage.transaction((tx) =>
      tx.clients.replaceSecretHash(client.id, stored, hashClientSecret(presented)),
    )
  }

  /** `undefined` when the credentials hold; otherwise why they do not. */
  const check = (
    client: Client | undefined,
    secret: string | undefined,
  ): string | undefined | Promise<string | undefined> => {
    if (client === undefined) return 'unknown_client'
    if (client.status !== 'active') return 'inactive_client'
    if (client.type === 'public') return undefined
    if (secret === undefined || secret === '') return 'missing_secret'
    if (client.secretHash === undefined) return 'no_secret_registered'
    const { secretHash } = client
    const verdict = verifyClientSecret(secret, secretHash)
    if (!(verdict instanceof Promise)) return verdict === 'match' ? undefined : 'wrong_secret'
    return verdict.then(async (late) => {
      if (late === 'mismatch') return 'wrong_secret'
      await upgrade(client, secret, secretHash)
      return undefined
    })
  }

  return {
    async authenticate(authorization, parameters, context) {
      const basic = parseBasic(authorization)
      const bodyId = parameters.get('client_id')
      const bodySecret = parameters.get('client_secret')
      if (basic.length > 0) {
        // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
        if (bodySecret !== undefined) {
          throw new OAuthError('invalid_request', { description: 'use one client authentication method' })
        }
        let reason = 'unknown_client'
        for (const { clientId, secret } of basic) {
          if (bodyId !== undefined && bodyId !== clientId) {
            throw new OAuthError('invalid_request', {
              description: 'client_id in the body and in the Authorization header differ',
            })
          }
          const client = await findClient(clients, clientId)
          const checked = check(client, secret)
          const problem = checked instanceof Promise ? await checked : checked
          if (problem === undefined && client !== undefined) {
            return { client, method: client.type === 'public' ? 'none' : 'client_secret_basic' }
          }
          if (problem !== undefined && problem !== 'unknown_client') reason = problem
        }
        return fail(basic[0]!.clientId.slice(0, maxIdLength), reason, context)
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
      const client = await findClient(clients, bodyId)
      const checked = check(client, bodySecret)
      const problem = checked instanceof Promise ? await checked : checked
      if (problem !== undefined || client === undefined) {
        return fail(bodyId.slice(0, maxIdLength), problem ?? 'unknown_client', context)
      }
      return { client, method: client.type === 'public' ? 'none' : 'client_secret_post' }
    },
  }
}

/** RFC 6749 §5.2: 401, with a challenge for the scheme the client may use. */
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

/** The credentials a Basic header may mean: percent-decoded as RFC 6749 appendix B says, then as they stand. */
function parseBasic(authorization: string | undefined): Credentials[] {
  const match = authorization === undefined ? null : /^basic +([A-Za-z0-9+/_=-]*)$/i.exec(authorization)
  if (match === null) return []
  const text = Buffer.from(match[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const raw: Credentials =
    colon === -1
      ? { clientId: text, secret: undefined }
      : { clientId: text.slice(0, colon), secret: text.slice(colon + 1) }
  if (!/[%+]/.test(text)) return [raw]
  const candidates: Credentials[] = []
  try {
    candidates.push({
      clientId: decodeURIComponent(raw.clientId.replaceAll('+', ' ')),
      secret: raw.secret === undefined ? undefined : decodeURIComponent(raw.secret.replaceAll('+', ' ')),
    })
  } catch {
    // Not percent-encoded at all: only the raw reading is left.
  }
  if (compatibility.basicCredentialsMayBeRaw) candidates.push(raw)
  return candidates
}
