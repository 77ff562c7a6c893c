/** Flow: a registered client reads, changes and deletes its registration (RFC 7592 §2). */
import { isDeepStrictEqual } from 'node:util'
import type { Publisher } from '../../events/bus.ts'
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import { matchesDigest } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { keepChange } from '../client-change.ts'
import { removeClient } from '../client-removal.ts'
import { issueClientSecret, verifyClientSecret } from '../client-secret.ts'
import { OAuthError } from '../errors.ts'
import type { RequestLimit } from '../request-limit.ts'
import { invalidToken, parseRegistrationAccessToken, requireBearer } from './access.ts'
import { encodeResponse, type RegistrationResponse, readDocument, usesSecret } from './register.ts'
import type { RegistrationRules, RequestedClient } from './request.ts'

export interface RegistrationManagement {
  /** @throws {OAuthError} invalid_token */
  read(
    authorization: string | undefined,
    clientId: string,
    context: RequestContext,
  ): Promise<RegistrationResponse>
  /**
   * Puts other metadata in the place of what there is: what is left out is gone (RFC 7592 §2.2).
   * @throws {OAuthError} invalid_token, invalid_redirect_uri or invalid_client_metadata.
   */
  update(
    authorization: string | undefined,
    clientId: string,
    document: object | undefined,
    context: RequestContext,
  ): Promise<RegistrationResponse>
  /** Ends the client and everything it was given. @throws {OAuthError} invalid_token */
  delete(authorization: string | undefined, clientId: string, context: RequestContext): Promise<void>
}

/** RFC 7592 §2.2: what the request "MUST NOT include", since only the server says it. */
const serverMembers = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

interface Authorized {
  client: Client
  token: string
}

export function createRegistrationManagement(dependencies: {
  storage: Storage
  publisher: Publisher
  /** Counts per client. */
  limit: RequestLimit
  clock: Clock
  random: Random
  issuer: string
  rules: RegistrationRules
  /** Whether an administrator decides before a client works, and again before it works as something else. */
  needsApproval: boolean
}): RegistrationManagement {
  const { storage, publisher, limit, clock, random, issuer, rules, needsApproval } = dependencies

  /**
   * RFC 7592 §2: the token is bound to its client. One answer for a client that is gone, another client and a wrong
   * token, so that nobody learns which clients there are.
   */
  const authorize = async (
    authorization: string | undefined,
    clientId: string,
    context: RequestContext,
  ): Promise<Authorized> => {
    const token = requireBearer(authorization)
    const presented = parseRegistrationAccessToken(token)
    if (presented === undefined || presented.id !== clientId) throw invalidToken()
    const registration = await storage.read.clientRegistrations.find(presented.id)
    if (registration === undefined || !matchesDigest(presented, registration.accessTokenDigest)) {
      throw invalidToken()
    }
    const client = await storage.read.clients.find(presented.id)
    if (client === undefined || client.status === 'inactive') throw invalidToken()
    const limited = limit.take(`registration:${client.id}`, context, actorOf(client))
    if (limited !== undefined) await limited
    return { client, token }
  }

  return {
    async read(authorization, clientId, context) {
      const { client, token } = await authorize(authorization, clientId, context)
      return encodeResponse(client, undefined, token, issuer)
    },

    async update(authorization, clientId, document, context) {
      const { client: known, token } = await authorize(authorization, clientId, context)
      const requested = readDocument(document, rules)
      await checkIdentity(document as Record<string, unknown>, known)
      const fresh = issueClientSecret(random)
      const now = clock.now()
      const changed = await storage.transaction(async (tx) => {
        // Held, so that two changes at once leave one of them and not something in between.
        const current = (await tx.clients.lock(known.id)) ? await tx.clients.find(known.id) : undefined
        if (current === undefined) return undefined
        const secret = usesSecret(requested) && current.secretHash === undefined ? fresh : undefined
        const waitsAgain =
          needsApproval && current.status === 'active' && saysSomethingElse(current, requested)
        const client: Client = {
          ...current,
          ...requested,
          secretHash: usesSecret(requested) ? (current.secretHash ?? fresh.hash) : undefined,
          status: waitsAgain ? 'pending' : current.status,
          updatedAt: now,
        }
        if (waitsAgain) await tx.clientRegistrations.touch(client.id, now)
        const act = { at: now, actor: actorOf(client), request: context, reason: 'security' } as const
        return { client, secret, events: await keepChange(tx, current, client, act) }
      })
      if (changed === undefined) throw invalidToken()
      const { client, secret, events } = changed
      for (const event of events) publisher.publish(event)
      return encodeResponse(client, secret?.plaintext, token, issuer)
    },

    async delete(authorization, clientId, context) {
      const { client } = await authorize(authorization, clientId, context)
      const removal = { at: clock.now(), actor: actorOf(client), request: context }
      const events = await storage.transaction((tx) => removeClient(tx, client.id as ClientId, removal))
      if (events === undefined) throw invalidToken()
      for (const event of events) publisher.publish(event)
    },
  }
}

/** @throws {OAuthError} invalid_client_metadata when the document speaks for another client or for the server. */
async function checkIdentity(document: Record<string, unknown>, client: Client): Promise<void> {
  const refuse = (description: string): never => {
    throw new OAuthError('invalid_client_metadata', { description })
  }
  for (const name of serverMembers) {
    if (document[name] !== undefined) refuse(`${name} must not be sent (RFC 7592 section 2.2)`)
  }
  // RFC 7592 §2.2: "MUST include its 'client_id' field … and it MUST be the same as its currently issued client identifier."
  if (document.client_id !== client.id) refuse('client_id must be that of this client')
  const secret = document.client_secret
  if (secret === undefined || secret === null) return
  // "If the client includes the 'client_secret' field … the value of this field MUST match".
  const matches =
    typeof secret === 'string' &&
    client.secretHash !== undefined &&
    (await verifyClientSecret(secret, client.secretHash)) === 'match'
  if (!matches) refuse('client_secret is not that of this client')
}

function actorOf({ id, name }: Client): Actor {
  return { type: 'client', id, name }
}

/** Whether it says anything else than what an administrator looked at. */
function saysSomethingElse(
  before: Client,
  { name, type, grants, scopes, redirectUris, metadata }: RequestedClient,
): boolean {
  return !isDeepStrictEqual(
    [before.name, before.type, before.grants, before.scopes, before.redirectUris, before.metadata],
    [name, type, grants, scopes, redirectUris, metadata],
  )
}
