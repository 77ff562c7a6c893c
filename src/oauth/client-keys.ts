/**
 * The public keys of clients: by value with their registration, or by reference (`jwks_uri`, RFC 7591 §2), fetched
 * when a signature has to be checked and remembered for a minute.
 */
import type { JWK, JWTVerifyGetKey } from 'jose'
import { type Outbound, OutboundError, type OutboundProblem } from '../outbound/outbound.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Client } from './client.ts'
import type { ClientSigningAlgorithm } from './client-metadata.ts'

export type KeyProblem =
  | 'no_keys'
  | 'unknown_key'
  | 'ambiguous_key'
  | 'wrong_signature'
  | `keys_unavailable:${OutboundProblem}`

export interface ClientKeys {
  /**
   * Checks the signature of a compact JWS (RFC 7515 §5.2) against the client's keys. Its `kid` picks the key; without
   * one exactly one key must fit the algorithm.
   * @returns `undefined` when it holds.
   */
  verify(
    client: Client,
    jws: string,
    algorithms: readonly ClientSigningAlgorithm[],
  ): Promise<KeyProblem | undefined>
}

/** A replaced key works within this time even when its `kid` is an old one. */
const freshSeconds = 60
/** For one client its keys are asked for so often at most, whatever signatures come in its name. */
const betweenFetchesSeconds = 5
const maxBytes = 64 * 1024
const maxKeys = 100
/** Clients whose fetched keys are remembered at once; beyond it the longest remembered go. */
const capacity = 1000

interface Fetched {
  uri: string
  atSeconds: number
  keys: Promise<JWTVerifyGetKey>
  failed: boolean
}

export function createClientKeys(dependencies: {
  outbound: Pick<Outbound, 'getJson'>
  clock: Clock
}): ClientKeys {
  const { outbound, clock } = dependencies
  const byValue = new WeakMap<object, Promise<JWTVerifyGetKey>>()
  const fetched = new Map<ClientId, Fetched>()

  const load = async (url: string, trusted: boolean): Promise<JWTVerifyGetKey> =>
    keySet(publicKeysIn(await outbound.getJson({ url, trusted, maxBytes })))

  /** @param stale keys that did not help: newer ones are wanted, if there may be any. */
  const fetchedKeys = (client: Client, uri: string, stale?: Fetched): Fetched => {
    const now = clock.monotonicSeconds()
    const known = fetched.get(client.id)
    if (known !== undefined && known.uri === uri) {
      const age = now - known.atSeconds
      const isGood = age < freshSeconds && known !== stale && !known.failed
      if (isGood || age < betweenFetchesSeconds) return known
    }
    fetched.delete(client.id)
    if (fetched.size >= capacity) fetched.delete(fetched.keys().next().value!)
    // Whoever comes while this is under way waits for the same answer.
    const keys = load(uri, client.origin === 'operator')
    const entry: Fetched = { uri, atSeconds: now, keys, failed: false }
    keys.catch(() => {
      entry.failed = true
    })
    fetched.set(client.id, entry)
    return entry
  }

  return {
    async verify(client, jws, algorithms) {
      const { jwks, jwksUri } = client.metadata
      try {
        if (jwks !== undefined) {
          let keys = byValue.get(jwks)
          if (keys === undefined) {
            keys = keySet(jwks.keys)
            byValue.set(jwks, keys)
          }
          return await check(jws, await keys, algorithms)
        }
        if (jwksUri === undefined) return 'no_keys'
        const first = fetchedKeys(client, jwksUri)
        const problem = await check(jws, await first.keys, algorithms)
        if (problem !== 'unknown_key') return problem
        // The client may have changed its keys: they are asked for once more.
        const second = fetchedKeys(client, jwksUri, first)
        return second === first ? problem : await check(jws, await second.keys, algorithms)
      } catch (error) {
        if (error instanceof OutboundError) return `keys_unavailable:${error.problem}`
        throw error
      }
    },
  }
}

async function keySet(keys: readonly JWK[]): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet } = await import('jose')
  return createLocalJWKSet({ keys: keys.map(withoutNameOfCurve) })
}

/** A key of Ed25519 may carry either name of its one algorithm, and the signature the other (RFC 9864 §2.2). */
function withoutNameOfCurve(key: JWK): JWK {
  if (key.crv !== 'Ed25519') return key
  const { alg: _, ...rest } = key
  return rest as JWK
}

async function check(
  jws: string,
  keys: JWTVerifyGetKey,
  algorithms: readonly ClientSigningAlgorithm[],
): Promise<KeyProblem | undefined> {
  const { compactVerify, errors } = await import('jose')
  try {
    await compactVerify(jws, keys, { algorithms: [...algorithms] })
    return undefined
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key'
    if (error instanceof errors.JWKSMultipleMatchingKeys) return 'ambiguous_key'
    // Whatever else is wrong with a JWS or a key comes from the client, and makes the signature worth nothing.
    return 'wrong_signature'
  }
}

/**
 * The keys of a fetched set that can be used here. RFC 7517 §5: "Implementations SHOULD ignore JWKs within a JWK Set
 * that use 'kty' … values that are not understood". So are private ones, whose owner has published them.
 */
function publicKeysIn(document: unknown): JWK[] {
  const keys: unknown = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new OutboundError('malformed')
  return keys.filter(
    (key): key is JWK =>
      typeof key === 'object' &&
      key !== null &&
      ['RSA', 'EC', 'OKP'].includes((key as JWK).kty as string) &&
      !('d' in key),
  )
}
