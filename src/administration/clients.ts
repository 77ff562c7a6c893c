/**
 * Acts on clients: make, change, approve and switch them, give one another secret, end what it was given, delete it. The
 * command line and the pages for administrators call the same ones; what people do to their own is in `own-clients.ts`.
 */
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import { withdrawConsent } from '../oauth/authorization/consents.ts'
import type { Client, ClientStatus } from '../oauth/client.ts'
import { keepChange } from '../oauth/client-change.ts'
import type { ClientMetadata } from '../oauth/client-metadata.ts'
import { endEverythingOf, removeClient } from '../oauth/client-removal.ts'
import { issueClientSecret } from '../oauth/client-secret.ts'
import { tokensRevoked } from '../oauth/token/revoked.ts'
import { type Clock, type Instant, instant } from '../shared/clock.ts'
import type { AccountId, ClientId, ConsentId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { type ClientInput, defineClient, needsSecret } from './client-rules.ts'
import { InvalidInput } from './invalid-input.ts'

export interface NewClient extends ClientInput {
  createdBy?: AccountId | undefined
}

export type ClientUpdate =
  | { readonly kind: 'updated'; readonly client: Client; readonly secret: string | undefined }
  /** Somebody else was faster: nothing was changed, and this is what there is now. */
  | { readonly kind: 'changed_meanwhile'; readonly client: Client }
  /** A document elsewhere says what it is, and would say so again. */
  | { readonly kind: 'described_elsewhere' }
  | { readonly kind: 'not_found' }

export interface EndedAccess {
  readonly accessTokens: number
  readonly refreshTokens: number
  readonly consents: number
}

/** What is said of every act: who did it, and by which request. */
type By = [actor: Actor, request?: RequestContext]

export interface ClientAdministration {
  /**
   * @returns the client and, for one that proves itself with a secret, that secret: the only time it can be seen.
   * @throws {InvalidInput} saying what to change.
   */
  create(input: NewClient, ...by: By): Promise<{ client: Client; secret: string | undefined }>
  /**
   * Puts other values in the place of all that an input decides. Tokens end when the client proves itself otherwise from
   * now on; what people allowed is forgotten when it is sent elsewhere.
   * @param seen when the version was made that whoever asks has looked at.
   * @returns a secret where the client had none and needs one now.
   * @throws {InvalidInput} saying what to change.
   */
  update(id: ClientId, input: ClientInput, seen: Instant, ...by: By): Promise<ClientUpdate>
  /** Makes another secret; the one before stops working at once. @returns `undefined` for a client without one. */
  replaceSecret(id: ClientId, ...by: By): Promise<string | undefined>
  /** Gives the client to somebody, who then finds it among their own. @throws {InvalidInput} when there is no such person. */
  assignOwner(id: ClientId, owner: AccountId | undefined, ...by: By): Promise<boolean>
  /** Lets a client that waits work, whoever made it. @returns false when none waits under this id. */
  approve(id: ClientId, ...by: By): Promise<boolean>
  /** Switches a client off that waits. @returns false when none waits under this id. */
  reject(id: ClientId, ...by: By): Promise<boolean>
  /** Switches an active client off and ends all it was given. @returns false when none is active under this id. */
  deactivate(id: ClientId, ...by: By): Promise<boolean>
  /** Switches a client on again. @returns false when none is off under this id. */
  activate(id: ClientId, ...by: By): Promise<boolean>
  /** Ends every token and forgets what people allowed; the client may ask again. @returns `undefined` when there is none. */
  endAccess(id: ClientId, ...by: By): Promise<EndedAccess | undefined>
  /** Takes back what one person allowed this client. @returns false when there is no such consent. */
  withdrawConsent(id: ClientId, consent: ConsentId, ...by: By): Promise<boolean>
  /** Ends every token of the client and deletes it. @returns false when there is none. */
  delete(id: ClientId, ...by: By): Promise<boolean>
}

export function createClientAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
  random: Random
  ids: Ids
}): ClientAdministration {
  const { storage, announcer, clock, random, ids } = dependencies

  /** A name in the place of an id would allow nothing, and nobody would see why. */
  const requireSubjects = async ({ tokenExchangeSubjects }: ClientInput): Promise<void> => {
    for (const subject of tokenExchangeSubjects ?? []) {
      if (subject !== '*' && (await storage.read.clients.find(subject as ClientId)) === undefined) {
        throw new InvalidInput('token-exchange-subject', `there is no client “${subject}”`)
      }
    }
  }

  /** Moves a client between states and announces it, if it is in the state it is to leave. */
  const move = (
    id: ClientId,
    from: ClientStatus,
    to: ClientStatus,
    type: 'client.approved' | 'client.rejected' | 'client.deactivated' | 'client.activated',
    [actor, request]: By,
  ): Promise<boolean> =>
    announcer.transaction(storage, async (tx) => {
      const client = await hold(tx, id)
      if (client?.status !== from) return { result: false, events: [] }
      const at = clock.now()
      await tx.clients.replace({
        ...client,
        status: to,
        metadata: type === 'client.approved' ? approved(client) : client.metadata,
        updatedAt: laterThan(client, at),
      })
      if (from === 'pending') await tx.clientRegistrations.touch(id, at)
      if (type === 'client.approved' && client.origin === 'metadata_document') {
        await tx.clientDocuments.setApproved(id, at)
      }
      const fact = { at, actor, request, clientId: id }
      const ended = from === 'active' ? (await endEverythingOf(tx, id, at)).tokens : nothing
      return {
        result: true,
        events: [
          { ...fact, type, clientName: client.name },
          ...tokensRevoked(ended, { ...fact, reason: 'admin', accountId: undefined, grantId: undefined }),
        ],
      }
    })

  return {
    async create(input, actor, request) {
      await requireSubjects(input)
      const now = clock.now()
      const definition = defineClient(input)
      const secret = needsSecret(definition) ? issueClientSecret(random) : undefined
      const client: Client = {
        id: ids.next<ClientId>(),
        ...definition,
        secretHash: secret?.hash,
        status: 'active',
        origin: 'operator',
        createdBy: input.createdBy,
        createdAt: now,
        updatedAt: now,
      }
      return announcer.transaction(storage, async (tx) => {
        await tx.clients.insert(client)
        const events = [clientCreated(client, actor, now, request)]
        return { result: { client, secret: secret?.plaintext }, events }
      })
    },

    async update(id, input, seen, actor, request) {
      const known = await storage.read.clients.find(id)
      if (known === undefined) return { kind: 'not_found' }
      if (known.origin === 'metadata_document') return { kind: 'described_elsewhere' }
      await requireSubjects(input)
      const definition = defineClient(input, known.origin === 'operator')
      const fresh = issueClientSecret(random)
      return announcer.transaction<ClientUpdate>(storage, async (tx) => {
        const before = await hold(tx, id)
        if (before === undefined) return { result: { kind: 'not_found' }, events: [] }
        if (before.updatedAt !== seen) {
          return { result: { kind: 'changed_meanwhile', client: before }, events: [] }
        }
        const at = clock.now()
        const { client, secret } = withDefinition(before, definition, fresh, at)
        const events = await keepChange(tx, before, client, { at, actor, request, reason: 'admin' })
        return { result: { kind: 'updated', client, secret }, events }
      })
    },

    async replaceSecret(id, actor, request) {
      const secret = issueClientSecret(random)
      return announcer.transaction(storage, async (tx) => {
        const events = await storeSecret(tx, id, secret.hash, { at: clock.now(), actor, request })
        return { result: events === undefined ? undefined : secret.plaintext, events: events ?? [] }
      })
    },

    async assignOwner(id, owner, actor, request) {
      if (owner !== undefined && (await storage.read.accounts.find(owner)) === undefined) {
        throw new InvalidInput('owner', 'there is no such person')
      }
      return announcer.transaction(storage, async (tx) => {
        const before = await hold(tx, id)
        if (before === undefined) return { result: false, events: [] }
        const at = clock.now()
        const client = { ...before, createdBy: owner, updatedAt: laterThan(before, at) }
        const events = await keepChange(tx, before, client, { at, actor, request, reason: 'admin' })
        return { result: true, events }
      })
    },

    approve: (id, ...by) => move(id, 'pending', 'active', 'client.approved', by),
    reject: (id, ...by) => move(id, 'pending', 'inactive', 'client.rejected', by),
    deactivate: (id, ...by) => move(id, 'active', 'inactive', 'client.deactivated', by),
    activate: (id, ...by) => move(id, 'inactive', 'active', 'client.activated', by),

    async endAccess(id, actor, request) {
      return announcer.transaction<EndedAccess | undefined>(storage, async (tx) => {
        const client = await hold(tx, id)
        if (client === undefined) return { result: undefined, events: [] }
        const at = clock.now()
        const { tokens, consents } = await endEverythingOf(tx, id, at)
        const fact = { at, actor, request, clientId: id }
        const ended = { ...tokens, consents }
        const events: DomainEvent[] = [
          { ...fact, type: 'client.access_ended', clientName: client.name, ...ended },
          ...tokensRevoked(tokens, { ...fact, reason: 'admin', accountId: undefined, grantId: undefined }),
        ]
        return { result: ended, events }
      })
    },

    async withdrawConsent(id, consentId, actor, request) {
      const consent = await storage.read.consents.findById(consentId)
      if (consent?.clientId !== id) return false
      return announcer.transaction(storage, async (tx) => {
        const act = { at: clock.now(), actor, request, reason: 'admin' } as const
        const events = await withdrawConsent(tx, consent, act)
        return { result: events !== undefined, events: events ?? [] }
      })
    },

    async delete(id, actor, request) {
      return announcer.transaction(storage, async (tx) => {
        const events = await removeClient(tx, id, { at: clock.now(), actor, request })
        return { result: events !== undefined, events: events ?? [] }
      })
    },
  }
}

const nothing = { accessTokens: 0, refreshTokens: 0 }

/** The client as it is, held until the transaction ends. */
export async function hold(tx: Stores, id: ClientId): Promise<Client | undefined> {
  return (await tx.clients.lock(id)) ? tx.clients.find(id) : undefined
}

/** What another definition makes of a client, with a secret where it needs one and had none. */
export function withDefinition(
  before: Client,
  definition: ReturnType<typeof defineClient>,
  fresh: { plaintext: string; hash: string },
  at: Instant,
): { client: Client; secret: string | undefined } {
  const { mayAssert, refreshNeedsOfflineAccess, approved } = before.metadata
  const kept = { mayAssert, refreshNeedsOfflineAccess, approved }
  const metadata: ClientMetadata = {
    ...definition.metadata,
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
  }
  const hasSecret = needsSecret(definition)
  return {
    client: {
      ...before,
      ...definition,
      metadata,
      secretHash: hasSecret ? (before.secretHash ?? fresh.hash) : undefined,
      updatedAt: laterThan(before, at),
    },
    secret: hasSecret && before.secretHash === undefined ? fresh.plaintext : undefined,
  }
}

/** @returns what to announce; `undefined` when there is no such client, or none with a secret. */
export async function storeSecret(
  tx: Stores,
  id: ClientId,
  secretHash: string,
  act: { at: Instant; actor: Actor; request: RequestContext | undefined },
): Promise<DomainEvent[] | undefined> {
  const client = await hold(tx, id)
  if (client?.secretHash === undefined) return undefined
  await tx.clients.replace({ ...client, secretHash, updatedAt: laterThan(client, act.at) })
  return [{ ...act, type: 'client.secret_replaced', clientId: id, clientName: client.name }]
}

/** When a version was made is its name, so that no two have the same. */
export function laterThan({ updatedAt }: Client, now: Instant): Instant {
  return now > updatedAt ? now : instant(updatedAt + 1)
}

function approved({ origin, metadata }: Client): ClientMetadata {
  return origin === 'self_service' ? { ...metadata, approved: true } : metadata
}

export function clientCreated(
  client: Client,
  actor: Actor,
  at: Client['createdAt'],
  request?: RequestContext,
): DomainEvent {
  return {
    type: 'client.created',
    at,
    actor,
    request,
    clientId: client.id,
    clientName: client.name,
    clientType: client.type,
    grantTypes: client.grants,
    scopes: client.scopes,
    needsApproval: client.status === 'pending',
  }
}
