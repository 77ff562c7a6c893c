/** Acts on clients: create one, delete one with everything it was given. */
import type { Actor, DomainEvent } from '../events/catalogue.ts'
import { type Client, type ClientGrant, type ClientType, clientGrants } from '../oauth/client.ts'
import { removeClient } from '../oauth/client-removal.ts'
import { issueClientSecret } from '../oauth/client-secret.ts'
import { canonicalResource } from '../oauth/resource-indicator.ts'
import { parseScope } from '../oauth/scope.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, ClientId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { InvalidInput } from './invalid-input.ts'
import {
  type OperatorMetadata,
  operatorClaims,
  operatorMetadata,
  operatorRedirectUris,
} from './operator-metadata.ts'

export interface NewClient extends OperatorMetadata {
  name: string
  description?: string
  /** Absent: device_code and refresh_token. */
  grants?: readonly string[] | undefined
  /** Space-separated; absent: `openid profile email offline_access`. */
  scope?: string | undefined
  redirectUris?: readonly string[]
  allowedResources?: readonly string[]
  introspectAny?: boolean
  /** Values of the claims `<prefix>_project` and `<prefix>_service_account`. */
  project?: string | undefined
  serviceAccount?: string | undefined
  createdBy?: AccountId | undefined
}

export interface ClientAdministration {
  /**
   * @returns the client and, for one that proves itself with a secret, that secret: the only time it can be seen.
   * @throws {InvalidInput} saying what to change.
   */
  create(input: NewClient, actor: Actor): Promise<{ client: Client; secret: string | undefined }>
  /** Ends every token of the client and deletes it. @returns false when there is none. */
  delete(id: ClientId, actor: Actor): Promise<boolean>
  /** Lets a client work that nobody vouches for. @returns false when none waits under this id. */
  approve(id: ClientId, actor: Actor): Promise<boolean>
}

const defaultScope = 'openid profile email offline_access'
const maxNameLength = 100

export function createClientAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
  random: Random
  ids: Ids
}): ClientAdministration {
  const { storage, announcer, clock, random, ids } = dependencies
  return {
    async create(input, actor) {
      const now = clock.now()
      const { type, metadata } = operatorMetadata(input)
      // A name in the place of an id would allow nothing, and nobody would see why.
      for (const subject of metadata.tokenExchangeSubjects ?? []) {
        if (subject !== '*' && (await storage.read.clients.find(subject as ClientId)) === undefined) {
          throw new InvalidInput('token-exchange-subject', `there is no client “${subject}”`)
        }
      }
      const hasSecret = type === 'confidential' && metadata.tokenEndpointAuthMethod !== 'private_key_jwt'
      const secret = hasSecret ? issueClientSecret(random) : undefined
      const client: Client = {
        id: ids.next<ClientId>(),
        name: validName(input.name),
        description: input.description?.trim() ?? '',
        type,
        secretHash: secret?.hash,
        status: 'active',
        ...validGrants(input, type),
        scopes: validScopes(input.scope),
        allowedResources: validResources(input.allowedResources ?? []),
        tokenProfile: 'standard',
        ...operatorClaims(input),
        introspectAny: input.introspectAny ?? false,
        origin: 'operator',
        metadata,
        createdBy: input.createdBy,
        createdAt: now,
        updatedAt: now,
      }
      return announcer.transaction(storage, async (tx) => {
        await tx.clients.insert(client)
        return { result: { client, secret: secret?.plaintext }, events: [clientCreated(client, actor, now)] }
      })
    },

    async delete(id, actor) {
      return announcer.transaction(storage, async (tx) => {
        const events = await removeClient(tx, id, { at: clock.now(), actor })
        return { result: events !== undefined, events: events ?? [] }
      })
    },

    async approve(id, actor) {
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        const client = (await tx.clients.lock(id)) ? await tx.clients.find(id) : undefined
        if (client?.status !== 'pending') return { result: false, events: [] }
        await tx.clients.setStatus(id, 'active', now)
        await tx.clientRegistrations.touch(id, now)
        if (client.origin === 'metadata_document') await tx.clientDocuments.setApproved(id, now)
        const approved = {
          type: 'client.approved',
          at: now,
          actor,
          clientId: id,
          clientName: client.name,
        } as const
        return { result: true, events: [approved] }
      })
    },
  }
}

export function clientCreated(client: Client, actor: Actor, at: Client['createdAt']): DomainEvent {
  return {
    type: 'client.created',
    at,
    actor,
    clientId: client.id,
    clientName: client.name,
    clientType: client.type,
    grantTypes: client.grants,
    scopes: client.scopes,
  }
}

function validName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > maxNameLength || /\p{Cc}/u.test(trimmed)) {
    throw new InvalidInput('name', `must have 1 to ${maxNameLength} characters and no control characters`)
  }
  return trimmed
}

function validGrants(input: NewClient, type: ClientType): Pick<Client, 'grants' | 'redirectUris'> {
  const names = input.grants ?? ['device_code', 'refresh_token']
  const grants = clientGrants.filter((grant) => names.includes(grant))
  const unknown = names.find((name) => !clientGrants.includes(name as ClientGrant))
  if (unknown !== undefined) {
    throw new InvalidInput('grant', `“${unknown}” is none; use ${clientGrants.join(', ')}`)
  }
  if (grants.length === 0) throw new InvalidInput('grant', 'at least one is needed')
  if (grants.includes('client_credentials') && type !== 'confidential') {
    throw new InvalidInput('grant', 'client_credentials needs a confidential client (RFC 6749 §4.4)')
  }
  const redirectUris = operatorRedirectUris(input.redirectUris ?? [])
  if (grants.includes('authorization_code') && redirectUris.length === 0) {
    throw new InvalidInput('redirect-uri', 'authorization_code needs at least one')
  }
  return { grants, redirectUris }
}

function validScopes(scope: string | undefined): readonly string[] {
  try {
    return parseScope(scope ?? defaultScope) ?? []
  } catch (error) {
    throw new InvalidInput(
      'scope',
      'must be words of printable ASCII separated by spaces (RFC 6749 §3.3)',
      error,
    )
  }
}

function validResources(resources: readonly string[]): readonly string[] {
  for (const resource of resources) {
    if (canonicalResource(resource) === undefined) {
      throw new InvalidInput('resource', `“${resource}” is no absolute URI without fragment (RFC 8707 §2)`)
    }
  }
  return resources
}
