/** RFC 9449 §4.3: the checks that need neither key nor memory, as a table. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instant } from '../../shared/clock.ts'
import { digestOf } from '../../shared/digest.ts'
import { checkDpopProof, type DpopProblem, type DpopProof, lastSecondOf, parseDpopProof } from './proof.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const asJwk = { format: 'jwk' } as const
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(asJwk)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(asJwk)
const ed = generateKeyPairSync('ed25519').publicKey.export(asJwk)

const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: ec }
const claims = { jti: 'one', htm: 'POST', htu: 'https://auth.example.com/oauth/token', iat: 1_800_000_000 }
const text = (changedHeader: object = {}, changedClaims: object = {}, signature = 'c2ln'): string =>
  `${encode({ ...header, ...changedHeader })}.${encode({ ...claims, ...changedClaims })}.${signature}`

describe('reading a proof', () => {
  const good: [string, string][] = [
    ['ES256', text()],
    ['PS256', text({ alg: 'PS256', jwk: rsa })],
    ['EdDSA', text({ alg: 'EdDSA', jwk: ed })],
    ['Ed25519', text({ alg: 'Ed25519', jwk: ed })],
    ['more in the header', text({ kid: 'k', x5t: 'y' })],
    ['more in the key', text({ jwk: { ...ec, kid: 'k', use: 'sig', alg: 'ES256', key_ops: ['verify'] } })],
    ['nbf and exp', text({}, { nbf: 1, exp: 2 })],
    ['ath and nonce', text({}, { ath: 'a', nonce: 'n' })],
  ]
  for (const [name, proof] of good) {
    it(`takes ${name}`, () => {
      const read = parseDpopProof(proof)
      assert.ok(typeof read === 'object', String(read))
      assert.equal(read.jti, 'one')
    })
  }

  it('keeps of the key what makes it one', () => {
    const read = parseDpopProof(text({ jwk: { ...ec, kid: 'k', use: 'enc', 'x5t#S256': 'y' } })) as DpopProof
    assert.deepEqual(Object.keys(read.jwk).sort(), ['crv', 'kty', 'x', 'y'])
  })

  const bad: [string, string, DpopProblem][] = [
    ['two fields', `${text()}, ${text()}`, 'repeated'],
    ['nothing', '', 'malformed'],
    ['no JWT', 'proof', 'malformed'],
    ['two parts', text().split('.').slice(0, 2).join('.'), 'malformed'],
    ['four parts', `${text()}.x`, 'malformed'],
    ['no signature', text({}, {}, ''), 'malformed'],
    ['a header that is no JSON', `e30x.${encode(claims)}.c2ln`, 'malformed'],
    ['claims that are a list', `${encode(header)}.${encode([])}.c2ln`, 'malformed'],
    ['padding', `${encode(header)}=.${encode(claims)}.c2ln`, 'malformed'],
    ['no typ', text({ typ: undefined }), 'type'],
    ['typ JWT', text({ typ: 'JWT' }), 'type'],
    ['a critical extension', text({ crit: ['b64'], b64: false }), 'type'],
    ['no alg', text({ alg: undefined }), 'algorithm'],
    ['none', text({ alg: 'none' }), 'algorithm'],
    ['none without a signature', text({ alg: 'none' }, {}, ''), 'algorithm'],
    ['RS256', text({ alg: 'RS256', jwk: rsa }), 'algorithm'],
    ['HS256', text({ alg: 'HS256', jwk: { kty: 'oct', k: 'a2V5' } }), 'algorithm'],
    ['no jwk', text({ jwk: undefined }), 'key'],
    ['a jwk that is a text', text({ jwk: 'key' }), 'key'],
    ['a private key', text({ jwk: { ...ec, d: 'c2VjcmV0' } }), 'key'],
    ['a private RSA key', text({ alg: 'PS256', jwk: { ...rsa, p: 'c2VjcmV0' } }), 'key'],
    ['a symmetric key', text({ jwk: { kty: 'oct', k: 'a2V5' } }), 'key'],
    ['a key of another kind', text({ jwk: rsa }), 'key'],
    ['another curve', text({ jwk: { ...ec, crv: 'P-384' } }), 'key'],
    ['half a key', text({ jwk: { ...ec, y: undefined } }), 'key'],
    [
      'a short RSA key',
      text({ alg: 'PS256', jwk: { kty: 'RSA', n: Buffer.alloc(128, 1).toString('base64url'), e: 'AQAB' } }),
      'key',
    ],
    [
      'a long exponent',
      text({ alg: 'PS256', jwk: { ...rsa, e: Buffer.alloc(64, 1).toString('base64url') } }),
      'key',
    ],
    ['no jti', text({}, { jti: undefined }), 'claims'],
    ['an empty jti', text({}, { jti: '' }), 'claims'],
    ['a jti that is a number', text({}, { jti: 1 }), 'claims'],
    ['no htm', text({}, { htm: undefined }), 'claims'],
    ['no htu', text({}, { htu: undefined }), 'claims'],
    ['no iat', text({}, { iat: undefined }), 'claims'],
    ['an iat that is a text', text({}, { iat: '1800000000' }), 'claims'],
    ['an ath that is none', text({}, { ath: 1 }), 'claims'],
    ['a nonce that is none', text({}, { nonce: {} }), 'claims'],
  ]
  for (const [name, proof, problem] of bad) {
    it(`refuses ${name}`, () => assert.equal(parseDpopProof(proof), problem))
  }

  it('takes any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), fc.json(), fc.json(), (any, one, two) => {
        assert.equal(typeof parseDpopProof(any), 'string')
        const parts = [one, two].map((part) => Buffer.from(part).toString('base64url'))
        assert.equal(typeof parseDpopProof(`${parts.join('.')}.c2ln`), 'string')
      }),
    )
  })
})

describe('holding a proof against its request', () => {
  const proof = parseDpopProof(text({}, { ath: digestOf('token') })) as DpopProof
  const now = instant(claims.iat * 1000)
  const facts = {
    method: 'POST',
    url: 'https://auth.example.com/oauth/token',
    tokenDigest: undefined,
    iatCounts: true,
    now,
  }
  const cases: [string, Partial<DpopProof>, Partial<typeof facts> | { tokenDigest: string }, string?][] = [
    ['as it is', {}, {}],
    ['another method', {}, { method: 'GET' }, 'method'],
    ['a method in lower case', { htm: 'post' }, {}, 'method'],
    ['another address', {}, { url: 'https://auth.example.com/oauth/par' }, 'uri'],
    ['an address that is none', { htu: 'token' }, { url: 'token' }, 'uri'],
    ['ten seconds old', { iat: proof.iat - 10 }, {}],
    ['eleven seconds old', { iat: proof.iat - 11 }, {}, 'time'],
    ['ten seconds ahead', { iat: proof.iat + 10 }, {}],
    ['eleven seconds ahead', { iat: proof.iat + 11 }, {}, 'time'],
    ['an hour old, with a nonce', { iat: proof.iat - 3600 }, { iatCounts: false }],
    ['the hash of its token', {}, { tokenDigest: digestOf('token') }],
    ['the hash of another token', {}, { tokenDigest: digestOf('other') }, 'token_hash'],
    ['no hash', { ath: undefined }, { tokenDigest: digestOf('token') }, 'token_hash'],
  ]
  for (const [name, changes, changedFacts, problem] of cases) {
    it(`${name}: ${problem ?? 'holds'}`, () => {
      const all = { ...facts, ...changedFacts } as Parameters<typeof checkDpopProof>[1]
      assert.equal(checkDpopProof({ ...proof, ...changes }, all), problem)
    })
  }

  it('it is remembered for as long as it holds', () => {
    const last = instant(lastSecondOf(proof) * 1000)
    assert.equal(checkDpopProof(proof, { ...facts, now: last }), undefined)
    assert.equal(checkDpopProof(proof, { ...facts, now: instant(last + 999) }), undefined)
    assert.equal(checkDpopProof(proof, { ...facts, now: instant(last + 1000) }), 'time')
  })
})
