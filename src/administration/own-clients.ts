/**
 * What people do to clients of their own, without an administrator: make, change and delete them, and get another
 * secret. They decide less than administrators do, and where an administrator has to approve, whatever people will rely
 * on is approved again when it changes.
 */
import type { Account } from '../accounts/account.ts'
import { actorOf } from '../accounts/sessions.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { holdsReservedScope } from '../oauth/api-scopes.ts'
import type { Client } from '../oauth/client.ts'
import { changesBetween, keepChange } from '../oauth/client-change.ts'
import { removeClient } from '../oauth/client-removal.ts'
import { issueClientSecret } from '../oauth/client-secret.ts'
import { encodeMetadata } from '../oauth/registration/encode.ts'
import { formatScope } from '../oauth/scope.ts'
import type { Clock, Instant } from '../shared/clock.ts'
import type { ClientId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { type ClientInput, defineClient, needsSecret } from './client-rules.ts'
import { type ClientUpdate, clientCreated, hold, storeSecret, withDefinition } from './clients.ts'
import { InvalidInput } from './invalid-input.ts'

/** What people decide about their clients; the rest is as an administrator left it. */
export interface OwnClientInput
  extends Pick<
    ClientInput,
    'name' | 'description' | 'type' | 'grants' | 'scope' | 'redirectUris' | 'project' | 'serviceAccount'
  > {
  /** Some members of a registration (RFC 7591 §2), those of {@link ownMembers}. */
  metadata?: Readonly<Partial<Record<(typeof ownMembers)[number], unknown>>> | undefined
}

/** Where people go from it, and what it shows them: nothing that decides how tokens are made or checked. */
export const ownMembers = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'post_logout_redirect_uris',
] as const

/** Grants people may choose. */
export const ownGrants = ['device_code', 'authorization_code', 'refresh_token', 'client_credentials'] as const
/** Scopes people may choose: about the person who signs in, none of a service. */
export const ownScopes = ['openid', 'profile', 'email', 'offline_access'] as const

export interface OwnClientSettings {
  /** Whether an administrator decides before a client works, and again before it works as something else. */
  readonly needsApproval: boolean
  readonly maxPerPerson: number
}

export interface OwnClients {
  /**
   * @returns `too_many` when the person has as many as anybody may.
   * @throws {InvalidInput} saying what to change.
   */
  create(
    owner: Account,
    input: OwnClientInput,
    request?: RequestContext,
  ): Promise<{ kind: 'created'; client: Client; secret: string | undefined } | { kind: 'too_many' }>
  /** The client, if it is theirs; one with power over this server is nobody's but an administrator's. */
  find(owner: Account, id: ClientId): Promise<Client | undefined>
  /** As an administrator's change; `not_found` also for a client that is not theirs. @throws {InvalidInput} */
  update(
    owner: Account,
    id: ClientId,
    input: OwnClientInput,
    seen: Instant,
    request?: RequestContext,
  ): Promise<ClientUpdate>
  /** @returns `undefined` for a client without a secret, and for one that is not theirs. */
  replaceSecret(owner: Account, id: ClientId, request?: RequestContext): Promise<string | undefined>
  /** Ends every token of the client and deletes it. @returns false when it is not theirs. */
  delete(owner: Account, id: ClientId, request?: RequestContext): Promise<boolean>
}

export function createOwnClients(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
  random: Random
  ids: Ids
  settings: OwnClientSettings
}): OwnClients {
  const { storage, announcer, clock, random, ids, settings } = dependencies

  /** Administrators approve what others make; nobody has to approve what they make. */
  const approvedBySelf = (owner: Account): boolean => owner.role === 'admin'
  const waitsFor = (owner: Account): boolean => settings.needsApproval && !approvedBySelf(owner)

  const find: OwnClients['find'] = async (owner, id) => {
    const client = await storage.read.clients.find(id)
    if (client?.createdBy !== owner.id) return undefined
    // Whoever could change or prove to be it would administer this server.
    return holdsReservedScope(client) && owner.role !== 'admin' ? undefined : client
  }

  const define = (owner: Account, input: OwnClientInput, before: Client | undefined) => {
    requireAllowed(input, before, settings.needsApproval || approvedBySelf(owner))
    return defineClient(completed(input, before), before?.origin === 'operator')
  }

  return {
    find,

    async create(owner, input, request) {
      // Not exact under parallel requests, nor need it be.
      const { count } = await storage.read.clients.count({ owner: owner.id })
      if (count >= settings.maxPerPerson) return { kind: 'too_many' }
      const definition = define(owner, input, undefined)
      const secret = needsSecret(definition) ? issueClientSecret(random) : undefined
      const now = clock.now()
      const client: Client = {
        id: ids.next<ClientId>(),
        ...definition,
        metadata: approvedBySelf(owner) ? { ...definition.metadata, approved: true } : definition.metadata,
        secretHash: secret?.hash,
        status: waitsFor(owner) ? 'pending' : 'active',
        origin: 'self_service',
        createdBy: owner.id,
        createdAt: now,
        updatedAt: now,
      }
      return announcer.transaction(storage, async (tx) => {
        await tx.clients.insert(client)
        const events = [clientCreated(client, actorOf(owner), now, request)]
        return { result: { kind: 'created', client, secret: secret?.plaintext } as const, events }
      })
    },

    async update(owner, id, input, seen, request) {
      const known = await find(owner, id)
      if (known === undefined) return { kind: 'not_found' }
      if (known.origin === 'metadata_document') return { kind: 'described_elsewhere' }
      const definition = define(owner, input, known)
      const fresh = issueClientSecret(random)
      return announcer.transaction<ClientUpdate>(storage, async (tx) => {
        const before = await hold(tx, id)
        if (before?.createdBy !== owner.id) return { result: { kind: 'not_found' }, events: [] }
        if (before.updatedAt !== seen) {
          return { result: { kind: 'changed_meanwhile', client: before }, events: [] }
        }
        const at = clock.now()
        const changed = withDefinition(before, definition, fresh, at)
        const client = needsAnotherLook(before, changed.client)
          ? unapproved(changed.client, owner, waitsFor(owner))
          : changed.client
        const act = { at, actor: actorOf(owner), request, reason: 'user_request' } as const
        const events = await keepChange(tx, before, client, act)
        return { result: { kind: 'updated', client, secret: changed.secret }, events }
      })
    },

    async replaceSecret(owner, id, request) {
      if ((await find(owner, id)) === undefined) return undefined
      const secret = issueClientSecret(random)
      return announcer.transaction(storage, async (tx) => {
        const act = { at: clock.now(), actor: actorOf(owner), request }
        const events = await storeSecret(tx, id, secret.hash, act)
        return { result: events === undefined ? undefined : secret.plaintext, events: events ?? [] }
      })
    },

    async delete(owner, id, request) {
      if ((await find(owner, id)) === undefined) return false
      return announcer.transaction(storage, async (tx) => {
        const removal = { at: clock.now(), actor: actorOf(owner), request, reason: 'user_request' } as const
        const events = await removeClient(tx, id, removal)
        return { result: events !== undefined, events: events ?? [] }
      })
    },
  }
}

/** Whether it says anything else than what an administrator looked at: all but a note of the owner's. */
function needsAnotherLook(before: Client, after: Client): boolean {
  return changesBetween(before, after).some((change) => change !== 'description')
}

function unapproved(client: Client, owner: Account, waits: boolean): Client {
  const { approved: _, ...metadata } = client.metadata
  return {
    ...client,
    metadata:
      owner.role === 'admin' && client.origin === 'self_service' ? { ...metadata, approved: true } : metadata,
    status: waits && client.status === 'active' ? 'pending' : client.status,
  }
}

/** @throws {InvalidInput} where people ask for more than they may, and more than the client has. */
function requireAllowed(input: OwnClientInput, before: Client | undefined, looksFollow: boolean): void {
  const grants: readonly string[] = [...ownGrants, ...(before?.grants ?? [])]
  const grant = input.grants?.find((asked) => !grants.includes(asked))
  if (grant !== undefined) throw new InvalidInput('grant', `“${grant}” is for administrators to give`)
  const scopes: readonly string[] = [...ownScopes, ...(before?.scopes ?? [])]
  const scope = input.scope?.split(' ').find((asked) => asked !== '' && !scopes.includes(asked))
  if (scope !== undefined) throw new InvalidInput('scope', `“${scope}” is for administrators to give`)
  if (looksFollow) return
  // Services believe these claims, and here nobody looks at them.
  for (const [field, asked, had] of [
    ['project', input.project, before?.project],
    ['service-account', input.serviceAccount, before?.serviceAccount],
  ] as const) {
    if (asked !== undefined && asked !== had) throw new InvalidInput(field, 'is for administrators to set')
  }
}

/** The whole of what a client is to be: what its owner does not decide stays as it is. */
function completed(input: OwnClientInput, before: Client | undefined): ClientInput {
  const own = Object.fromEntries(ownMembers.map((member) => [member, input.metadata?.[member]]))
  const scope = input.scope ?? formatScope(ownScopes)
  if (before === undefined) return { ...input, scope, metadata: own }
  const { metadata } = before
  const kept = encodeMetadata(metadata)
  // A method of the other kind goes with the kind.
  if (input.type !== undefined && input.type !== before.type) delete kept.token_endpoint_auth_method
  return {
    ...input,
    scope,
    metadata: { ...kept, ...own },
    allowedResources: before.allowedResources,
    tokenProfile: before.tokenProfile,
    introspectAny: before.introspectAny,
    securityProfile: metadata.securityProfile,
    idTokenClaims: metadata.idTokenClaims,
    extraClaims: metadata.extraClaims,
    tokenExchangeSubjects: metadata.tokenExchangeSubjects,
  }
}
