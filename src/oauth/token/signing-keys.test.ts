import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { afterEach, before, beforeEach, describe, it } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, type JWK, jwtVerify } from 'jose'
import { createManualClock, type ManualClock } from '../../../tests/support/manual-clock.ts'
import type { DomainEvent } from '../../events/catalogue.ts'
import { addSeconds } from '../../shared/clock.ts'
import { createEncryption, type Encryption } from '../../shared/encryption.ts'
import { createSystemRandom } from '../../shared/random.ts'
import { newSigningKey, now } from '../../storage/conformance/fixtures.ts'
import { openSqliteStorage } from '../../storage/sqlite.ts'
import type { Storage } from '../../storage/storage.ts'
import { settleSeconds } from './key-rotation.ts'
import type { StoredSigningKey } from './signing-key.ts'
import {
  ensureSigningKeys,
  loadSigningKeys,
  type Signer,
  SigningKeyError,
  type SigningKeySource,
  type SigningKeys,
} from './signing-keys.ts'

const random = createSystemRandom()
const encryption = createEncryption([Buffer.alloc(32, 'a key of the operator')], random)
const input = 'eyJhbGciOiJub25lIn0.e30'

describe('signing keys', () => {
  let storage: Storage
  let clock: ManualClock
  let published: DomainEvent[]
  let made: StoredSigningKey[]
  before(async () => {
    // Making an RSA key takes a moment: the tests share one set.
    const first = await openStorage()
    published = []
    await ensure(first)
    made = await first.read.signingKeys.list()
    await first.close()
  })
  beforeEach(async () => {
    storage = await openStorage()
    clock = createManualClock(now)
    await insert(...made)
  })
  afterEach(() => storage.close())

  const openStorage = (): Promise<Storage> =>
    openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
  const ensure = (of: Storage, by: Encryption = encryption): Promise<void> =>
    ensureSigningKeys({
      storage: of,
      encryption: by,
      clock: createManualClock(now),
      publisher: { publish: (event) => published.push(event) },
    })
  const insert = async (...keys: StoredSigningKey[]): Promise<void> => {
    await storage.transaction(async (tx) => {
      for (const key of keys) await tx.signingKeys.insert(key)
    })
  }
  const load = (source: Partial<SigningKeySource> = {}, by: Encryption = encryption): Promise<SigningKeys> =>
    loadSigningKeys({
      storage,
      encryption: by,
      clock,
      source: {
        algorithm: 'ES256',
        secret: undefined,
        privateKeyPem: undefined,
        keyId: undefined,
        ...source,
      },
    })
  const keyOf = (algorithm: string): StoredSigningKey => made.find((key) => key.algorithm === algorithm)!

  it('a fresh installation gets one of each algorithm, and says so', async () => {
    assert.deepEqual(made.map(({ algorithm, state }) => `${algorithm} ${state}`).sort(), [
      'ES256 current',
      'PS256 current',
      'RS256 current',
    ])
    assert.deepEqual(
      published.map(({ type }) => type),
      Array.from({ length: 3 }, () => 'signing_key.created'),
    )
    published.length = 0
    await ensure(storage)
    assert.equal((await storage.read.signingKeys.list()).length, 3, 'none is made where there is one')
    assert.deepEqual(published, [])
  })

  it('private parts are stored encrypted, public ones as published, under their thumbprint', async () => {
    for (const { kid, algorithm, publicJwk, encryptedPrivateKey } of made) {
      assert.equal(kid, await calculateJwkThumbprint(publicJwk))
      assert.deepEqual([publicJwk.alg, publicJwk.use, publicJwk.kid], [algorithm, 'sig', kid])
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in publicJwk), secret)
      const der = encryption.decrypt(encryptedPrivateKey, 'signing key')
      assert.equal(encryptedPrivateKey.includes(der.subarray(-32)), false)
      assert.throws(() => encryption.decrypt(encryptedPrivateKey, 'another use'), /no encryption key opens/)
    }
  })

  it('a database of a release that knew fewer algorithms gets the keys that are missing, and keeps its own', async () => {
    const older = await openStorage()
    await older.transaction((tx) => tx.signingKeys.insert(keyOf('ES256')))
    published.length = 0
    await ensure(older)
    const keys = await older.read.signingKeys.list()
    await older.close()
    assert.deepEqual(keys.map(({ algorithm, state }) => `${algorithm} ${state}`).sort(), [
      'ES256 current',
      'PS256 current',
      'RS256 current',
    ])
    assert.ok(keys.some(({ kid }) => kid === keyOf('ES256').kid))
    assert.deepEqual(
      published.map((event) => event.type === 'signing_key.created' && event.algorithm).sort(),
      ['PS256', 'RS256'],
    )
  })

  it('none is made under an encryption key that does not open those there are', async () => {
    const older = await openStorage()
    await older.transaction((tx) => tx.signingKeys.insert(keyOf('ES256')))
    const other = createEncryption([Buffer.alloc(32, 'a key of somebody else')], random)
    await assert.rejects(ensure(older, other), /another encryption key/)
    assert.equal((await older.read.signingKeys.list()).length, 1)
    await older.close()
  })

  for (const algorithm of ['ES256', 'RS256'] as const) {
    it(`${algorithm} signs access tokens so that its published key verifies`, async () => {
      const keys = await load({ algorithm })
      const signer = keys.accessTokenSigner()
      assert.deepEqual([signer.algorithm, signer.kid], [algorithm, keyOf(algorithm).kid])
      assert.equal(signer, keys.signer(algorithm))
      assert.ok(await verifies(signer, keys.jwks().keys))
    })
  }

  it('every algorithm signs so that a library of others verifies, whatever access tokens are signed with', async () => {
    const keys = await load({ algorithm: 'HS256', secret: 'a secret of the operator' })
    assert.deepEqual([...keys.algorithms()].sort(), ['ES256', 'PS256', 'RS256'])
    for (const algorithm of keys.algorithms()) {
      const signer = keys.signer(algorithm)
      const header = Buffer.from(JSON.stringify({ alg: algorithm, kid: signer.kid })).toString('base64url')
      const jws = `${header}.e30.${await signer.sign(`${header}.e30`)}`
      const { key } = await jwtVerify(jws, createLocalJWKSet(keys.jwks()), { algorithms: [algorithm] })
      assert.ok(key)
      assert.equal(keys.findPublicKey(signer.kid!)?.alg, algorithm)
    }
  })

  it('another encryption key does not open them', async () => {
    const other = createEncryption([Buffer.alloc(32, 'a key of somebody else')], random)
    await assert.rejects(load({}, other), /another encryption key/)
    const both = createEncryption(
      [Buffer.alloc(32, 'a key of somebody else'), Buffer.alloc(32, 'a key of the operator')],
      random,
    )
    await load({}, both)
  })

  it('reload picks up a new current key; the one before stays published', async () => {
    const keys = await load()
    const signer = keys.accessTokenSigner()
    await keys.reload()
    assert.equal(keys.accessTokenSigner(), signer, 'the same key is not opened again')

    const next = await anotherKey({ state: 'next', createdAt: addSeconds(now, 1) })
    await insert(next)
    await keys.reload()
    assert.equal(keys.accessTokenSigner().kid, keyOf('ES256').kid, 'a key is published before it signs')
    assert.ok(keys.jwks().keys.some(({ kid }) => kid === next.kid))

    const before = keyOf('ES256')
    await storage.transaction((tx) => tx.signingKeys.activate(next.kid, before.kid, addSeconds(now, 86_400)))
    const retired = await anotherKey({
      state: 'retired',
      retiredAt: now,
      encryptedPrivateKey: Buffer.alloc(0),
    })
    await insert(retired)
    clock.advance(86_400)
    assert.equal(keys.accessTokenSigner().kid, before.kid, 'until the store is read again')
    await keys.reload()
    assert.equal(keys.accessTokenSigner().kid, next.kid)
    assert.ok(await verifies(keys.accessTokenSigner(), keys.jwks().keys))
    assert.deepEqual(publishedKids(keys), [...made, next].map(({ kid }) => kid).sort())
    assert.equal(keys.findPublicKey(retired.kid)?.kid, retired.kid, 'known, though not published')
    assert.equal(keys.findPublicKey(before.kid)?.kid, before.kid)
    assert.equal(keys.findPublicKey('nobody'), undefined)
  })

  it('a key that was made to be used at once signs when every replica has had time to read it', async () => {
    const keys = await load()
    const made = await anotherKey({ state: 'next', createdAt: now })
    await insert(made)
    await storage.transaction((tx) => tx.signingKeys.activate(made.kid, keyOf('ES256').kid, now))
    clock.advance(settleSeconds - 1)
    await keys.reload()
    assert.equal(keys.accessTokenSigner().kid, keyOf('ES256').kid)
    assert.ok(publishedKids(keys).includes(made.kid))
    clock.advance(1)
    await keys.reload()
    assert.equal(keys.accessTokenSigner().kid, made.kid)
  })

  it('a key that cannot be opened is published all the same, and the one in use signs as long as it is published', async () => {
    const keys = await load()
    const before = keyOf('ES256')
    const broken = await anotherKey({
      state: 'next',
      createdAt: addSeconds(now, -100),
      encryptedPrivateKey: random.bytes(80),
    })
    await insert(broken)
    await storage.transaction((tx) => tx.signingKeys.activate(broken.kid, before.kid, now))
    await assert.rejects(keys.reload(), /another encryption key/)
    assert.equal(keys.accessTokenSigner().kid, before.kid)
    assert.ok(publishedKids(keys).includes(broken.kid), 'other replicas may sign with it')
    assert.equal(keys.signer('RS256').kid, keyOf('RS256').kid)

    await storage.transaction((tx) => tx.signingKeys.retire(before.kid, now))
    await assert.rejects(keys.reload(), /another encryption key/)
    assert.throws(() => keys.accessTokenSigner(), SigningKeyError)
  })

  it('HS256 signs with the secret, and publishes nothing of it', async () => {
    const keys = await load({ algorithm: 'HS256', secret: 'a secret of the operator' })
    const signer = keys.accessTokenSigner()
    assert.deepEqual([signer.algorithm, signer.kid], ['HS256', undefined])
    assert.equal(
      await signer.sign(input),
      createHmac('sha256', 'a secret of the operator').update(input).digest('base64url'),
    )
    assert.ok(keys.jwks().keys.every(({ kty }) => kty !== 'oct'))
    await assert.rejects(load({ algorithm: 'HS256' }), SigningKeyError)
  })

  describe('of the operator', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pem = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1'): string =>
      key.export({ type, format: 'pem' }).toString()
    // What `openssl ecparam -genkey` puts in front of the key: the name of the curve.
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
    const publicPem = createPublicKey(ec).export({ type: 'spki', format: 'pem' })

    const accepted: [string, 'ES256' | 'RS256', string][] = [
      ['PKCS#8', 'ES256', pem(ec, 'pkcs8')],
      ['SEC1', 'ES256', pem(ec, 'sec1')],
      ['SEC1 behind its parameters', 'ES256', parameters + pem(ec, 'sec1')],
      ['a key behind its public part', 'ES256', publicPem + pem(ec, 'pkcs8')],
      ['Windows line ends', 'ES256', pem(ec, 'pkcs8').replaceAll('\n', '\r\n')],
      ['text around it', 'ES256', `Bag Attributes\n${pem(ec, 'pkcs8')}\nthe end`],
      ['PKCS#8', 'RS256', pem(rsa, 'pkcs8')],
      ['PKCS#1', 'RS256', pem(rsa, 'pkcs1')],
    ]
    for (const [form, algorithm, privateKeyPem] of accepted) {
      it(`${algorithm} in ${form} signs in place of the stored one, and is published first`, async () => {
        const keys = await load({ algorithm, privateKeyPem })
        const [first, ...others] = keys.jwks().keys
        assert.equal(first?.kid, await calculateJwkThumbprint(first!))
        assert.deepEqual([first?.alg, first?.use, 'd' in first!], [algorithm, 'sig', false])
        assert.equal(others.length, 3)
        assert.equal(keys.signer(algorithm).kid, first?.kid)
        assert.equal(keys.accessTokenSigner().kid, first?.kid)
        assert.ok(await verifies(keys.accessTokenSigner(), keys.jwks().keys))
      })
    }

    it('has the key id the operator gave it', async () => {
      const keys = await load({ privateKeyPem: pem(ec, 'pkcs8'), keyId: 'of-2026' })
      assert.equal(keys.accessTokenSigner().kid, 'of-2026')
      assert.ok(await verifies(keys.accessTokenSigner(), keys.jwks().keys))
    })

    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const ed25519 = generateKeyPairSync('ed25519').privateKey
    const locked = ec.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    const refused: [string, 'ES256' | 'RS256', string, RegExp][] = [
      ['an RSA key', 'ES256', pem(rsa, 'pkcs8'), /P-256/],
      ['another curve', 'ES256', pem(p384, 'pkcs8'), /P-256/],
      ['an Edwards curve', 'ES256', pem(ed25519, 'pkcs8'), /P-256/],
      ['an EC key', 'RS256', pem(ec, 'pkcs8'), /2048 bits/],
      ['a short RSA key', 'RS256', pem(small, 'pkcs8'), /2048 bits/],
      ['a public key', 'ES256', String(publicPem), /no private key/],
      ['a key under a passphrase', 'ES256', String(locked), /no private key/],
      ['nonsense', 'ES256', 'nonsense', /no private key/],
      ['a broken block', 'ES256', pem(ec, 'pkcs8').replace(/\nM/, '\nX'), /no private key/],
    ]
    for (const [what, algorithm, privateKeyPem, message] of refused) {
      it(`${what} is refused for ${algorithm}, without repeating it`, async () => {
        await assert.rejects(load({ algorithm, privateKeyPem }), (error) => {
          assert.ok(error instanceof SigningKeyError)
          assert.match(error.message, message)
          assert.ok(!error.message.includes(privateKeyPem.slice(40, 80)) || privateKeyPem === 'nonsense')
          return true
        })
      })
    }
  })
})

function publishedKids(keys: SigningKeys): string[] {
  return keys
    .jwks()
    .keys.map(({ kid }) => kid!)
    .sort()
}

async function anotherKey(given: Partial<StoredSigningKey>): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint(jwk)
  return newSigningKey({
    kid,
    publicJwk: { ...jwk, kid, alg: 'ES256', use: 'sig' },
    encryptedPrivateKey: encryption.encrypt(
      privateKey.export({ type: 'pkcs8', format: 'der' }),
      'signing key',
    ),
    ...given,
  })
}

async function verifies(signer: Signer, keys: readonly JWK[]): Promise<boolean> {
  const jwk = keys.find(({ kid }) => kid === signer.kid)
  assert.ok(jwk, 'the key is published')
  const key = createPublicKey({ key: jwk as Record<string, unknown>, format: 'jwk' })
  const signature = Buffer.from(await signer.sign(input), 'base64url')
  return verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)
}
