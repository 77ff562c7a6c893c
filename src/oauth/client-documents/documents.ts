/**
 * Flow: from an address that stands for a client to the client its document describes. A copy is kept, so that a host is
 * asked rarely and one that is away for a while takes no client along; a document that is gone, or says something
 * impossible, is believed at once. Only the authorization endpoint asks, and only for people who have signed in: the
 * other endpoints use what is kept.
 */
import { hash } from 'node:crypto'
import type { Publisher } from '../../events/bus.ts'
import type { ClientDocumentFetchResult, DomainEvent, RequestContext } from '../../events/catalogue.ts'
import type { RateLimiter } from '../../limits/limiter.ts'
import type { DocumentAnswer, Outbound } from '../../outbound/outbound.ts'
import { addSeconds, type Clock, type Instant } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import { AlreadyExists, type Storage, type Stores } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import type { ClientReader } from '../client-store.ts'
import { redirectHosts } from '../redirect-hosts.ts'
import type { MetadataRules } from '../registration/metadata.ts'
import { anyOpenToDiscovered } from '../resources/open.ts'
import { type AddressRules, addressProblem, hostOfAddress, isAddress } from './address.ts'
import { changesBetween, isAnotherClient } from './changes.ts'
import { clientOf, type DescribedClient, parseClientDocument } from './document.ts'
import { busy, type DocumentFailure, failureOf, refusal } from './failure.ts'
import { freshUntil } from './freshness.ts'
import { type DocumentPolicy, isTrusted, mayDescribe } from './policy.ts'
import type { ClientDocument } from './store.ts'

/** A client that a document describes. */
export interface FoundClient {
  readonly client: Client
  readonly document: ClientDocument
}

export interface ClientDocuments {
  /** Whether an operator trusts the host that describes a client; never true of any other client. */
  trusts(client: Pick<Client, 'id' | 'origin'>): boolean
  /** Whether documents describe clients here at the moment. */
  available(): Promise<boolean>
  /**
   * `clients` without those whose documents the policy does not accept: what an operator denies ends at every endpoint,
   * for those known before as well.
   */
  permitted(clients: Pick<ClientReader, 'find'>): Pick<ClientReader, 'find'>
  /**
   * What is known without asking anybody: `unavailable` where no document describes a client at the moment.
   * @throws {OAuthError} invalid_request when the address or the policy rules it out.
   */
  look(clientId: string, context: RequestContext): Promise<FoundClient | 'must_fetch' | 'unavailable'>
  /**
   * The client, its document fetched if the copy is not fresh.
   * @throws {OAuthError} invalid_request with a `document_…` reason.
   */
  get(clientId: string, context: RequestContext): Promise<FoundClient>
  /**
   * Looks again at documents that were gone an hour ago; those still gone take along what their clients were given.
   * @returns how many did.
   */
  endWithdrawn(): Promise<number>
}

export interface DocumentSettings extends DocumentPolicy, AddressRules {
  /** Bytes of a document, at most. */
  readonly maxBytes: number
  /** Whether a client never seen before waits for an administrator, unless its host is trusted. */
  readonly needsApproval: boolean
  /** Seconds that a copy may stand in for a document that cannot be fetched. */
  readonly staleSeconds: number
}

const perMinute = { host: 30, all: 120 }
/** After a failure a document is left alone for this long, then for longer. */
const firstPauseSeconds = 2
const maxPauseSeconds = 30
const maxPauses = 10_000
const secondLookSeconds = 3600
const batchSize = 50

type Outcome = { found: FoundClient } | { failure: DocumentFailure }

export function createClientDocuments(dependencies: {
  storage: Storage
  outbound: Pick<Outbound, 'getDocument'>
  limiter: RateLimiter
  publisher: Publisher
  clock: Clock
  rules: MetadataRules
  settings: DocumentSettings
}): ClientDocuments {
  const { storage, outbound, limiter, publisher, clock, rules, settings } = dependencies
  const inFlight = new Map<string, Promise<Outcome>>()
  const pauses = new Map<string, { untilSeconds: number; seconds: number }>()

  const available = async (): Promise<boolean> => {
    if (settings.mode !== 'open') return settings.mode === 'allowlist'
    // Until there is something such a client may ask for, it would only be a way to make this server send requests.
    return anyOpenToDiscovered(storage.read.resources)
  }

  const requireAllowed = (clientId: string): void => {
    const problem = addressProblem(clientId, settings)
    if (problem !== undefined) throw refusal('document_address', `the client_id ${problem}`, problem)
    if (!mayDescribe(hostOfAddress(clientId), settings)) {
      publishLookUp(clientId, 'denied', 0, undefined)
      throw refusal('document_policy', 'apps of this site are not accepted here', hostOfAddress(clientId))
    }
  }

  const publishLookUp = (
    clientId: string,
    result: ClientDocumentFetchResult,
    durationSeconds: number,
    detail: string | undefined,
    context?: RequestContext,
  ): void =>
    publisher.publish({
      type: 'client_document.fetched',
      at: clock.now(),
      actor: { type: 'system' },
      request: context,
      clientId,
      result,
      durationSeconds,
      detail,
    })

  const publishUse = (
    clientId: string,
    cache: 'fresh' | 'revalidated' | 'stale' | 'miss',
    context: RequestContext,
  ): void =>
    publisher.publish({
      type: 'client_document.used',
      at: clock.now(),
      actor: { type: 'system' },
      request: context,
      clientId,
      cache,
    })

  const find = async (clientId: string): Promise<FoundClient | undefined> => {
    const client = await storage.read.clients.find(clientId as ClientId)
    if (client?.origin !== 'metadata_document') return undefined
    const document = await storage.read.clientDocuments.find(client.id)
    return document && { client, document }
  }

  const fresh = ({ document }: FoundClient): boolean =>
    document.pinnedAt !== undefined ||
    (document.withdrawnAt === undefined && clock.now() < document.freshUntil)

  const trusts: ClientDocuments['trusts'] = ({ id, origin }) =>
    origin === 'metadata_document' && isTrusted(hostOfAddress(id), settings)

  /** An administrator looks at what people could be led to; whose site is trusted was looked at. */
  const mustWait = (client: Pick<Client, 'id' | 'origin'>): boolean =>
    settings.needsApproval && !trusts(client)

  /** One that need not wait any more, since the settings have become others, is let in when somebody comes with it. */
  const letIn = async (copy: FoundClient, context: RequestContext): Promise<FoundClient> => {
    const { id, name, status } = copy.client
    if (status !== 'pending' || mustWait(copy.client)) return copy
    const at = clock.now()
    const isLetIn = await storage.transaction(async (tx) => {
      const current = (await tx.clients.lock(id)) ? await tx.clients.find(id) : undefined
      return current?.status === 'pending' && tx.clients.setStatus(id, 'active', at)
    })
    if (!isLetIn) return (await find(id)) ?? copy
    const actor = { type: 'system' } as const
    publisher.publish({
      type: 'client.approved',
      at,
      actor,
      request: context,
      clientId: id,
      clientName: name,
    })
    return { ...copy, client: { ...copy.client, status: 'active' } }
  }

  /** Excess is turned away and not queued: whoever waits here is a person in front of a page. */
  const takeTurn = async (host: string): Promise<boolean> => {
    const mine = await limiter.take('client_document', host, perMinute.host)
    // A host cannot be named so: this key counts all of them.
    return mine.allowed && (await limiter.take('client_document', '*', perMinute.all)).allowed
  }

  const fetchDocument = async (
    clientId: string,
    copy: FoundClient | undefined,
    context: RequestContext | undefined,
  ): Promise<Outcome> => {
    const pause = pauses.get(clientId)
    if (pause !== undefined && clock.monotonicSeconds() < pause.untilSeconds) {
      return { failure: { ...busy, detail: 'a moment ago it could not be fetched' } }
    }
    if (!(await takeTurn(hostOfAddress(clientId)))) {
      publishLookUp(clientId, 'rate_limited', 0, undefined, context)
      return { failure: busy }
    }
    const startedAt = clock.monotonicSeconds()
    const seconds = (): number => clock.monotonicSeconds() - startedAt
    const { digest, etag, lastModified } = copy?.document ?? {}
    // A document that was gone has to be seen whole.
    const validators = copy?.document.withdrawnAt === undefined ? { etag, lastModified } : undefined
    try {
      const answer = await outbound.getDocument({
        url: clientId,
        trusted: false,
        maxBytes: settings.maxBytes,
        validators: copy === undefined ? undefined : validators,
      })
      const found = await keep(clientId, answer, copy, digest)
      pauses.delete(clientId)
      publishLookUp(
        clientId,
        answer.kind === 'unchanged' ? 'not_modified' : 'ok',
        seconds(),
        undefined,
        context,
      )
      return { found }
    } catch (error) {
      const failure = failureOf(error)
      rest(clientId)
      publishLookUp(clientId, failure.result, seconds(), failure.detail, context)
      if (failure.authoritative && copy !== undefined) await withdraw(copy, failure, context)
      return { failure }
    }
  }

  const rest = (clientId: string): void => {
    const before = pauses.get(clientId)?.seconds ?? firstPauseSeconds / 2
    const seconds = Math.min(maxPauseSeconds, before * 2)
    pauses.delete(clientId)
    if (pauses.size >= maxPauses) pauses.delete(pauses.keys().next().value!)
    pauses.set(clientId, { seconds, untilSeconds: clock.monotonicSeconds() + seconds })
  }

  const keep = async (
    clientId: string,
    answer: DocumentAnswer,
    copy: FoundClient | undefined,
    knownDigest: string | undefined,
  ): Promise<FoundClient> => {
    const now = clock.now()
    const fetched = { fetchedAt: now, freshUntil: freshUntil(answer.freshness, now), withdrawnAt: undefined }
    if (answer.kind === 'unchanged') {
      const document = { ...copy!.document, ...fetched }
      await storage.transaction(async (tx) => {
        if (await isUnpinned(tx, document.clientId)) await tx.clientDocuments.put(document)
      })
      return { client: copy!.client, document }
    }
    const digest = hash('sha256', answer.body, 'base64url')
    const document: ClientDocument = {
      clientId: clientId as ClientId,
      firstSeenAt: copy?.document.firstSeenAt ?? now,
      askAgainSince: copy?.document.askAgainSince,
      approvedAt: copy?.document.approvedAt,
      pinnedAt: undefined,
      ...answer.validators,
      digest,
      ...fetched,
    }
    // Also when it says what it said: the rules here may have become others.
    const described = parseClientDocument(answer.body, clientId, rules)
    if (copy === undefined) return discover(clientId, described, document, now)
    const changes = digest === knownDigest ? [] : changesBetween(copy.client, described)
    if (isAnotherClient(changes)) document.askAgainSince = now
    const client: Client = { ...copy.client, ...described, updatedAt: now }
    const waits =
      client.status === 'active' && mustWait(client) && (isAnotherClient(changes) || changes.includes('name'))
    const kept = await storage.transaction(async (tx) => {
      const isThere = await tx.clients.lock(client.id)
      if (!(await isUnpinned(tx, client.id))) return false
      if (isThere) await tx.clients.replaceRegistration(client)
      if (waits) {
        await tx.clients.setStatus(client.id, 'pending', now)
        await tx.clientDocuments.setApproved(client.id, undefined)
      }
      await tx.clientDocuments.put(document)
      return true
    })
    if (!kept) return (await find(clientId)) ?? copy
    if (waits) {
      client.status = 'pending'
      document.approvedAt = undefined
    }
    if (changes.length > 0) {
      publisher.publish({
        type: 'client_document.changed',
        at: now,
        actor: { type: 'system' },
        clientId,
        clientName: client.name,
        changes,
        redirectHosts: redirectHosts(client),
        needsApproval: client.status === 'pending',
      })
    }
    return { client, document }
  }

  const discover = async (
    clientId: string,
    described: DescribedClient,
    document: ClientDocument,
    now: Instant,
  ): Promise<FoundClient> => {
    const client = clientOf(clientId, described, now)
    if (mustWait(client)) client.status = 'pending'
    try {
      await storage.transaction(async (tx) => {
        await tx.clients.insert(client)
        await tx.clientDocuments.put(document)
      })
    } catch (error) {
      // Another replica was faster, and has announced it.
      const theirs = error instanceof AlreadyExists ? await find(clientId) : undefined
      if (theirs === undefined) throw error
      return theirs
    }
    publisher.publish({
      type: 'client_document.discovered',
      at: now,
      actor: { type: 'system' },
      clientId,
      clientName: client.name,
      clientType: client.type,
      redirectHosts: redirectHosts(client),
      needsApproval: client.status === 'pending',
    })
    return { client, document }
  }

  const withdraw = async (
    { client }: FoundClient,
    { detail }: DocumentFailure,
    context: RequestContext | undefined,
  ): Promise<void> => {
    const at = clock.now()
    if (!(await storage.transaction((tx) => tx.clientDocuments.withdraw(client.id, at)))) return
    publisher.publish({
      type: 'client_document.withdrawn',
      at,
      actor: { type: 'system' },
      request: context,
      clientId: client.id,
      clientName: client.name,
      detail,
    })
  }

  /** Whoever comes while a document is under way waits for the same answer. */
  const fetchOnce = (
    clientId: string,
    copy: FoundClient | undefined,
    context: RequestContext | undefined,
  ): Promise<Outcome> => {
    let flight = inFlight.get(clientId)
    if (flight === undefined) {
      flight = fetchDocument(clientId, copy, context).finally(() => inFlight.delete(clientId))
      inFlight.set(clientId, flight)
    }
    return flight
  }

  return {
    trusts,
    available,

    permitted(clients) {
      // Every request passes here: where nothing is denied there is nothing to look at.
      if (settings.mode === 'open' && settings.deny.length === 0) return clients
      const isDenied = (client: Client): boolean =>
        client.origin === 'metadata_document' && !mayDescribe(hostOfAddress(client.id), settings)
      return {
        async find(id) {
          const client = await clients.find(id)
          return client === undefined || isDenied(client) ? undefined : client
        },
      }
    },

    async look(clientId, context) {
      if (!isAddress(clientId, settings) || !(await available())) return 'unavailable'
      requireAllowed(clientId)
      const copy = await find(clientId)
      if (copy === undefined || !fresh(copy)) return 'must_fetch'
      publishUse(clientId, 'fresh', context)
      return letIn(copy, context)
    },

    async get(clientId, context) {
      requireAllowed(clientId)
      const copy = await find(clientId)
      if (copy !== undefined && fresh(copy)) {
        publishUse(clientId, 'fresh', context)
        return letIn(copy, context)
      }
      const outcome = await fetchOnce(clientId, copy, context)
      if ('found' in outcome) {
        publishUse(clientId, copy === undefined ? 'miss' : 'revalidated', context)
        return letIn(outcome.found, context)
      }
      const { authoritative, result, description, detail } = outcome.failure
      const usable =
        copy !== undefined &&
        !authoritative &&
        copy.document.withdrawnAt === undefined &&
        clock.now() < addSeconds(copy.document.fetchedAt, settings.staleSeconds)
      if (usable) {
        publishUse(clientId, 'stale', context)
        return letIn(copy, context)
      }
      throw refusal(result === 'rate_limited' ? 'document_busy' : 'document_unusable', description, detail)
    },

    async endWithdrawn() {
      const now = clock.now()
      const before = addSeconds(now, -secondLookSeconds)
      let ended = 0
      for (const id of await storage.read.clientDocuments.listWithdrawn(before, batchSize)) {
        const copy = await find(id)
        if (copy === undefined) continue
        const outcome = await fetchOnce(id, copy, undefined)
        if ('found' in outcome || !outcome.failure.authoritative) continue
        const events = await storage.transaction(async (tx): Promise<DomainEvent[]> => {
          if (!(await tx.clients.lock(id))) return []
          const counts = await tx.grants.endAllOfClient(id, now)
          if (counts.accessTokens + counts.refreshTokens === 0) return []
          const fact = { at: now, actor: { type: 'system' }, clientId: id } as const
          const of = { accountId: undefined, grantId: undefined }
          return [{ ...fact, type: 'token.revoked', reason: 'security', ...of, ...counts }]
        })
        for (const event of events) publisher.publish(event)
        ended += events.length
      }
      return ended
    },
  }
}

/** What an operator wrote down while a document was under way stays. */
async function isUnpinned(tx: Stores, clientId: ClientId): Promise<boolean> {
  return (await tx.clientDocuments.find(clientId))?.pinnedAt === undefined
}
