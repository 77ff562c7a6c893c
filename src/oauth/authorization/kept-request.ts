/**
 * Authorization requests that are kept, and the `request_uri` that stands for one (RFC 9126 §2.2). Of the value only
 * the digest is stored.
 */
import { addSeconds, type Clock, type Instant } from '../../shared/clock.ts'
import type { AuthorizationRequestId, Ids } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import { issueSelectorSecret, matchesDigest, parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { Parameters } from '../parameters.ts'
import { maxLoginHintLength } from './request.ts'
import type { StoredAuthorizationRequest, StoredParameters } from './store.ts'

const urnPrefix = 'urn:ietf:params:oauth:request_uri:'
const secretPrefix = 'agq_'

/** How long people may take to sign in and decide. */
const browserSeconds = 1800

/** What is kept of a request; its credentials, and what nobody here reads, are not. */
const singleParameters = [
  'response_type',
  'redirect_uri',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'login_hint',
  'id_token_hint',
  'claims',
  'dpop_jkt',
  'ui_locales',
] as const
const repeatedParameters = ['resource'] as const

/** A kept request and the `request_uri` it was asked for by. */
export interface KeptRequest {
  readonly requestUri: string
  readonly row: StoredAuthorizationRequest
  readonly parameters: Parameters
}

export interface KeptRequests {
  /** @param client known or not yet: what its document says is asked for once its person has signed in. */
  keep(
    client: Pick<Client, 'id'>,
    parameters: Parameters,
    origin: { kind: 'browser' } | { kind: 'pushed'; ttlSeconds: number; dpopJkt: string | undefined },
  ): Promise<KeptRequest>
  /**
   * The request behind a `request_uri` of this server that belongs to `clientId`; `undefined` when there is none, or
   * it has run out or been answered.
   */
  find(requestUri: string, clientId: string): Promise<KeptRequest | undefined>
  /** Gives the person the time to sign in and decide, if a pushed request leaves less. */
  extend(kept: KeptRequest): Promise<void>
}

export function createKeptRequests(dependencies: {
  storage: Storage
  clock: Clock
  random: Random
  ids: Ids
}): KeptRequests {
  const { storage, clock, random, ids } = dependencies
  return {
    async keep(client, parameters, origin) {
      const now = clock.now()
      const secret = issueSelectorSecret(secretPrefix, ids.next<AuthorizationRequestId>(), random)
      const row: StoredAuthorizationRequest = {
        id: secret.id,
        digest: secret.digest,
        clientId: client.id,
        origin: origin.kind,
        parameters: toStored(parameters),
        dpopJkt: origin.kind === 'pushed' ? origin.dpopJkt : undefined,
        createdAt: now,
        expiresAt: addSeconds(now, origin.kind === 'pushed' ? origin.ttlSeconds : browserSeconds),
        consumedAt: undefined,
      }
      await storage.transaction((tx) => tx.authorizationRequests.insert(row))
      return { requestUri: urnPrefix + secret.plaintext, row, parameters }
    },

    async find(requestUri, clientId) {
      if (!isOurs(requestUri)) return undefined
      const presented = parseSelectorSecret<AuthorizationRequestId>(
        secretPrefix,
        requestUri.slice(urnPrefix.length),
      )
      if (presented === undefined) return undefined
      const row = await storage.read.authorizationRequests.find(presented.id)
      if (row === undefined || !matchesDigest(presented, row.digest)) return undefined
      // RFC 9126 §2.2: a `request_uri` is bound to the client that pushed it.
      if (row.clientId !== clientId || !isUsable(row, clock.now())) return undefined
      return { requestUri, row, parameters: fromStored(row.parameters) }
    },

    async extend({ row }) {
      // From when it was pushed, however often its browser comes by.
      const until = addSeconds(row.createdAt, browserSeconds)
      if (row.expiresAt >= until) return
      await storage.transaction((tx) => tx.authorizationRequests.extend(row.id, until, clock.now()))
    },
  }
}

/** Whether a `request_uri` has the form this server gives out; any other is a request object by reference. */
export function isOurs(requestUri: string): boolean {
  return requestUri.startsWith(urnPrefix)
}

function isUsable(row: StoredAuthorizationRequest, now: Instant): boolean {
  return row.consumedAt === undefined && now < row.expiresAt
}

function toStored(parameters: Parameters): StoredParameters {
  const stored: Record<string, string | readonly string[]> = {}
  for (const name of singleParameters) {
    const value = parameters.get(name)
    if (value === undefined) continue
    stored[name] = name === 'login_hint' ? value.slice(0, maxLoginHintLength) : value
  }
  for (const name of repeatedParameters) {
    const values = parameters.all(name)
    if (values.length > 0) stored[name] = values
  }
  return stored
}

function fromStored(stored: StoredParameters): Parameters {
  const entries = Object.entries(stored)
  return new Parameters(
    new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    new Map(entries.filter((entry): entry is [string, readonly string[]] => typeof entry[1] !== 'string')),
  )
}
