import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import { CompactSign } from 'jose'
import { generateKey, type KeyPair } from '../../tests/support/client-assertion.ts'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import { type JsonRequest, OutboundError } from '../outbound/outbound.ts'
import { newClient } from '../storage/conformance/fixtures.ts'
import type { Client } from './client.ts'
import { type ClientKeys, createClientKeys } from './client-keys.ts'
import { type ClientMetadata, clientSigningAlgorithms } from './client-metadata.ts'

const uri = 'https://client.example.com/jwks'

describe('keys of clients', () => {
  let keys: ClientKeys
  let clock: ManualClock
  let asked: JsonRequest[]
  let served: () => Promise<unknown>
  const pairs: Record<string, KeyPair> = {}

  before(async () => {
    for (const algorithm of clientSigningAlgorithms)
      pairs[algorithm] = await generateKey(algorithm, algorithm)
    pairs.second = await generateKey('ES256', 'second')
    pairs.nameless = await generateKey('ES256')
    pairs.anotherNameless = await generateKey('ES256')
  })
  beforeEach(() => {
    asked = []
    clock = createManualClock()
    keys = createClientKeys({
      clock,
      outbound: {
        getJson: (request) => {
          asked.push(request)
          return served()
        },
      },
    })
    serve(pairs.ES256!)
  })

  const serve = (...of: KeyPair[]): void => {
    served = async () => ({ keys: of.map(({ publicJwk }) => publicJwk) })
  }
  const clientWith = (metadata: ClientMetadata, given: Partial<Client> = {}): Client =>
    newClient({ origin: 'registration', metadata, ...given })
  const byValue = (...of: KeyPair[]): Client =>
    clientWith({ jwks: { keys: of.map(({ publicJwk }) => publicJwk) } })
  const signed = (pair: KeyPair, header: Record<string, unknown> = {}): Promise<string> =>
    new CompactSign(Buffer.from('{}'))
      .setProtectedHeader({
        alg: pair.algorithm,
        ...(pair.publicJwk.kid === undefined ? {} : { kid: pair.publicJwk.kid }),
        ...header,
      })
      .sign(pair.privateKey)
  const verify = async (client: Client, pair: KeyPair, header: Record<string, unknown> = {}) =>
    keys.verify(client, await signed(pair, header), clientSigningAlgorithms)

  it('by value verify each algorithm, picked by kid', async () => {
    const client = byValue(...Object.values(pairs))
    for (const algorithm of clientSigningAlgorithms) {
      assert.equal(await verify(client, pairs[algorithm]!), undefined, algorithm)
    }
    assert.equal(await verify(client, pairs.second!), undefined)
    assert.equal(await verify(client, pairs.second!, { kid: 'ES256' }), 'wrong_signature')
    assert.equal(await verify(client, pairs.second!, { kid: 'gone' }), 'unknown_key')
    assert.equal(asked.length, 0)
  })

  it('need no kid while one of them fits the algorithm', async () => {
    assert.equal(await verify(byValue(pairs.nameless!, pairs.RS256!), pairs.nameless!), undefined)
    assert.equal(
      await verify(byValue(pairs.nameless!, pairs.anotherNameless!), pairs.nameless!),
      'ambiguous_key',
    )
    assert.equal(await verify(byValue(pairs.RS256!), pairs.nameless!), 'unknown_key')
  })

  it('are for signatures, for their own algorithm, and strong', async () => {
    const client = (changes: Record<string, unknown>) =>
      clientWith({ jwks: { keys: [{ ...pairs.RS256!.publicJwk, ...changes }] } })
    assert.equal(await verify(client({ use: 'sig', alg: 'RS256' }), pairs.RS256!), undefined)
    assert.equal(await verify(client({ use: 'enc' }), pairs.RS256!), 'unknown_key')
    assert.equal(await verify(client({ alg: 'PS256' }), pairs.RS256!), 'unknown_key')
    assert.equal(await verify(client({ key_ops: ['encrypt'] }), pairs.RS256!), 'unknown_key')
    assert.equal(await verify(client({ n: 'AQAB' }), pairs.RS256!), 'wrong_signature')
    assert.equal(
      await keys.verify(byValue(pairs.RS256!), await signed(pairs.RS256!), ['ES256']),
      'wrong_signature',
    )
    assert.equal(await keys.verify(clientWith({}), await signed(pairs.RS256!), ['RS256']), 'no_keys')
  })

  it('by reference are fetched once in a minute, through the guard unless an operator vouches', async () => {
    const client = clientWith({ jwksUri: uri })
    for (const elapsed of [0, 30, 29.9]) {
      clock.advance(elapsed)
      assert.equal(await verify(client, pairs.ES256!), undefined)
    }
    assert.deepEqual(asked, [{ url: uri, trusted: false, maxBytes: 65_536 }])
    clock.advance(0.2)
    assert.equal(await verify(client, pairs.ES256!), undefined)
    assert.equal(asked.length, 2)
    assert.equal(await verify(clientWith({ jwksUri: uri }, { origin: 'operator' }), pairs.ES256!), undefined)
    assert.equal(asked[2]!.trusted, true)
  })

  it('are fetched anew for a kid nobody knows, and not again right away', async () => {
    const client = clientWith({ jwksUri: uri })
    assert.equal(await verify(client, pairs.ES256!), undefined)
    clock.advance(6)
    serve(pairs.second!)
    assert.equal(await verify(client, pairs.second!), undefined)
    assert.equal(asked.length, 2)
    for (let attempt = 0; attempt < 5; attempt++) {
      assert.equal(await verify(client, pairs.ES256!), 'unknown_key')
    }
    assert.equal(asked.length, 2, 'within five seconds')
    clock.advance(6)
    assert.equal(await verify(client, pairs.ES256!), 'unknown_key')
    assert.equal(asked.length, 3)
  })

  it('are fetched once for all who wait', async () => {
    const client = clientWith({ jwksUri: uri })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => verify(client, pairs.ES256!)))
    assert.deepEqual(new Set(outcomes), new Set([undefined]))
    assert.equal(asked.length, 1)
  })

  it('that cannot be fetched are no keys, for a moment', async () => {
    const client = clientWith({ jwksUri: uri })
    served = () => Promise.reject(new OutboundError('timeout'))
    assert.equal(await verify(client, pairs.ES256!), 'keys_unavailable:timeout')
    serve(pairs.ES256!)
    assert.equal(await verify(client, pairs.ES256!), 'keys_unavailable:timeout')
    clock.advance(6)
    assert.equal(await verify(client, pairs.ES256!), undefined)
  })

  it('that are none, are private or unknown are left out', async () => {
    const strange = [null, 7, {}, { kty: 'oct', k: 'AA' }, { kty: 'AKP' }, pairs.second!.privateJwk]
    served = async () => ({ keys: [...strange, pairs.ES256!.publicJwk] })
    const client = clientWith({ jwksUri: uri })
    assert.equal(await verify(client, pairs.ES256!), undefined)
    assert.equal(await verify(client, pairs.second!), 'unknown_key')
    for (const document of [null, [], {}, { keys: {} }, { keys: Array(101).fill({}) }, 'keys']) {
      served = async () => document
      const problem = await verify(clientWith({ jwksUri: uri }), pairs.ES256!)
      assert.equal(problem, 'keys_unavailable:malformed', JSON.stringify(document))
    }
  })
})
