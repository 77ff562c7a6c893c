/** RFC 7517: JWK sets through a rollover; RFC 7518: signatures; RFC 7638: thumbprints; RFC 8725: one use for each key. */
import assert from 'node:assert/strict'
import { constants, createPublicKey, verify } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, type JWK, jwtVerify } from 'jose'
import { publishedJwk } from '../../src/oauth/token/key-material.ts'
import type { Signer } from '../../src/oauth/token/signing-keys.ts'
import { machineToken } from '../support/oauth-client.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const day = 86_400

describe('signing keys in a rollover', () => {
  let server: TestApp
  let basic: string
  let beforeRollover: string
  /** Every key in the set: those before the rollover, and those after it. */
  let keys: JWK[]
  before(async () => {
    server = await startTestApp()
    basic = (await server.confidentialClient()).basic
    server.clock.advance(89 * day)
    await server.app.runJob('rotate_signing_keys')
    server.clock.advance(day)
    beforeRollover = await machineToken(server, basic)
    await server.app.runJob('rotate_signing_keys')
    keys = (await server.get('/.well-known/jwks.json')).body.keys
    assert.equal(keys.length, 6)
  })
  after(() => server.close())

  it('RFC 7517 §4.2, §4.4, §4.5: each key says its use, its algorithm and an id of its own', () => {
    for (const { kid, use, alg, kty } of keys) {
      assert.ok(kid)
      assert.equal(use, 'sig')
      assert.equal(kty, alg === 'ES256' ? 'EC' : 'RSA')
    }
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
    const counts = Object.groupBy(keys, ({ alg }) => alg!)
    assert.deepEqual(
      Object.entries(counts)
        .map(([algorithm, of]) => [algorithm, of!.length])
        .sort(),
      ['ES256', 'PS256', 'RS256'].map((algorithm) => [algorithm, 2]),
    )
  })

  it('RFC 7517 §4.5: by their ids the tokens of both keys are verified', async () => {
    for (const token of [beforeRollover, await machineToken(server, basic)]) {
      await jwtVerify(token, createLocalJWKSet({ keys }), { currentDate: new Date(server.clock.now()) })
    }
  })

  it('RFC 7517 §9.2: no key in the set has a private part', () => {
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) assert.equal(secret in key, false)
    }
  })

  it('RFC 7638 §3: every kid is the thumbprint of its key', async () => {
    for (const key of keys) assert.equal(key.kid, await calculateJwkThumbprint(key, 'sha256'))
  })

  it('RFC 7518 §3.3, §3.5: RSA keys have at least 2048 bits', () => {
    for (const key of keys) {
      if (key.kty === 'RSA') assert.ok(Buffer.from(key.n!, 'base64url').length * 8 >= 2048)
    }
  })

  it('RFC 7518 §3.4: an ES256 signature is R and S, 64 octets', async () => {
    const signer = server.app.signingKeys.signer('ES256')
    for (let round = 0; round < 20; round++) {
      assert.equal(Buffer.from(await signer.sign(`input ${round}`), 'base64url').length, 64)
    }
  })

  it('RFC 7518 §3.5: the salt of a PS256 signature is as long as its hash', async () => {
    const signer = server.app.signingKeys.signer('PS256')
    assert.ok(await verifiesWith(signer, 32))
    assert.ok(!(await verifiesWith(signer, 20)))
  })

  it('RFC 8725 §3.1: a key is used with one algorithm', async () => {
    const { signingKeys } = server.app
    const kids = signingKeys.algorithms().map((algorithm) => signingKeys.signer(algorithm).kid)
    assert.equal(new Set(kids).size, kids.length)
    const { kid, sign } = signingKeys.signer('RS256')
    const header = Buffer.from(JSON.stringify({ alg: 'PS256', kid })).toString('base64url')
    const token = `${header}.e30.${await sign(`${header}.e30`)}`
    await assert.rejects(jwtVerify(token, createLocalJWKSet({ keys })), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  async function verifiesWith(signer: Signer, saltLength: number): Promise<boolean> {
    const jwk = keys.find(({ kid }) => kid === signer.kid)
    const key = createPublicKey({ key: jwk as Record<string, unknown>, format: 'jwk' })
    const signature = Buffer.from(await signer.sign('input'), 'base64url')
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    return verify('sha256', Buffer.from('input'), { key, ...pss }, signature)
  }
})

describe('RFC 7638', () => {
  it('§3.1: the example key has the thumbprint of the example', async () => {
    const key = createPublicKey({
      key: {
        kty: 'RSA',
        n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
        e: 'AQAB',
      },
      format: 'jwk',
    })
    const { kid } = await publishedJwk(key, 'RS256', undefined)
    assert.equal(kid, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })
})
