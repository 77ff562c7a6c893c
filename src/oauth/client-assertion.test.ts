import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addSeconds, epochSeconds, instant } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import { newClient } from '../storage/conformance/fixtures.ts'
import * as rules from './client-assertion.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'

const issuer = 'https://auth.example.com'
const now = instant(Date.UTC(2026, 2, 4, 9, 30))
const seconds = epochSeconds(now)
const clientId = 'client-1' as ClientId

function check(changes: Record<string, unknown>, strict = false): string | undefined {
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: 'once',
    iat: seconds,
    exp: seconds + 60,
    ...changes,
  }
  const endpoints = [`${issuer}/oauth/token`]
  return rules.checkAssertionClaims(claims, { clientId, issuer, endpoints, strict, now })
}

describe('claims of an assertion', () => {
  it('come from the client and speak of the client', () => {
    for (const claim of ['iss', 'sub']) {
      for (const value of ['client-2', 'CLIENT-1', '', undefined, null, 1, [clientId]]) {
        assert.equal(check({ [claim]: value }), 'assertion_issuer', `${claim} ${value}`)
      }
    }
  })

  it('name this server by its issuer or its token endpoint, alone or among others', () => {
    const good = [issuer, `${issuer}/`, `${issuer}/oauth/token`, [issuer], ['https://other.example', issuer]]
    for (const aud of good) assert.equal(check({ aud }), undefined, String(aud))
    const bad = [
      undefined,
      '',
      'https://other.example',
      `${issuer}/oauth/revoke`,
      [],
      [[issuer]],
      { issuer },
      1,
    ]
    bad.push(issuer.toUpperCase(), `${issuer} `, `${issuer}//`, `${issuer}/oauth/token/`)
    for (const aud of bad) assert.equal(check({ aud }), 'assertion_audience', String(aud))
  })

  it('name it by its issuer alone where FAPI is asked for', () => {
    assert.equal(check({ aud: issuer }, true), undefined)
    for (const aud of [`${issuer}/`, `${issuer}/oauth/token`, [issuer], [issuer, 'https://other.example']]) {
      assert.equal(check({ aud }, true), 'assertion_audience', String(aud))
    }
  })

  const times: [claims: Record<string, unknown>, problem: string | undefined][] = [
    [{ exp: seconds - 9 }, undefined],
    [{ exp: seconds - 10 }, 'assertion_expired'],
    [{ exp: seconds - 300 }, 'assertion_expired'],
    [{ exp: seconds + 610 }, undefined],
    [{ exp: seconds + 611 }, 'assertion_lifetime'],
    [{ exp: (seconds + 60) * 1000 }, 'assertion_lifetime'],
    [{ exp: undefined }, 'assertion_lifetime'],
    [{ exp: String(seconds + 60) }, 'assertion_lifetime'],
    [{ exp: Number.NaN }, 'assertion_lifetime'],
    [{ exp: seconds + 60.5 }, undefined],
    [{ iat: undefined }, undefined],
    [{ iat: seconds - 86_400 }, undefined],
    [{ iat: seconds + 8, nbf: seconds + 8 }, undefined],
    [{ iat: seconds + 10, nbf: seconds + 10 }, undefined],
    [{ nbf: seconds + 11 }, 'assertion_not_yet_valid'],
    [{ iat: seconds + 62 }, 'assertion_not_yet_valid'],
    [{ nbf: '0' }, 'assertion_not_yet_valid'],
    [{ iat: null }, 'assertion_not_yet_valid'],
  ]
  for (const [claims, problem] of times) {
    it(`with ${JSON.stringify(claims)}: ${problem ?? 'good'}`, () => assert.equal(check(claims), problem))
  }

  it('have an identifier', () => {
    for (const jti of [undefined, '', 7, null]) assert.equal(check({ jti }), 'assertion_jti', String(jti))
    assert.equal(check({ jti: 'x'.repeat(4000) }), undefined)
  })
})

describe('algorithms of an assertion', () => {
  it('are those of clients, the pinned one, and none that FAPI leaves out', () => {
    const of = (metadata: ClientMetadata) => rules.assertionAlgorithms(newClient({ metadata }))
    assert.deepEqual(of({}), ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])
    assert.deepEqual(of({ tokenEndpointAuthSigningAlg: 'RS256' }), ['RS256'])
    // RFC 9864 §2.2: one algorithm under two names.
    for (const name of ['EdDSA', 'Ed25519'] as const) {
      assert.deepEqual(of({ tokenEndpointAuthSigningAlg: name }), ['EdDSA', 'Ed25519'])
    }
    assert.deepEqual(of({ securityProfile: 'fapi2' }), ['PS256', 'ES256', 'EdDSA', 'Ed25519'])
    assert.deepEqual(of({ securityProfile: 'fapi2', tokenEndpointAuthSigningAlg: 'RS256' }), [])
  })
})

describe('reading an assertion', () => {
  const read = (fields: Record<string, string>) =>
    rules.readClientAssertion(new Parameters(new Map(Object.entries(fields)), new Map()))
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const typed = (client_assertion: string) =>
    read({ client_assertion_type: rules.clientAssertionType, client_assertion })

  it('is not done where there is none, and wants both parameters', () => {
    assert.equal(read({}), undefined)
    assert.equal(read({ client_assertion: '', client_assertion_type: '' }), undefined)
    for (const fields of [
      { client_assertion: 'a.b.c' },
      { client_assertion_type: rules.clientAssertionType },
    ]) {
      assert.throws(
        () => read(fields),
        (error) => error instanceof OAuthError && error.code === 'invalid_request',
      )
    }
  })

  it('takes nothing for one that is another kind of assertion or no signed JWT', () => {
    const good = `${part({ alg: 'ES256' })}.${part({ sub: 'a' })}.c2ln`
    assert.equal(read({ client_assertion_type: 'urn:other', client_assertion: good }), 'malformed')
    const bad = ['a', 'a.b', 'a.b.c', `${good}.x`, good.replace('c2ln', ''), ` ${good}`, `${good}.c2ln`]
    bad.push(
      `${part([])}.${part({})}.c2ln`,
      `${part({})}.${part('x')}.c2ln`,
      `${part({})}.${part(null)}.c2ln`,
    )
    bad.push(`${part({})}.${part({ x: 'y'.repeat(20_000) })}.c2ln`)
    for (const text of bad) assert.equal(typed(text), 'malformed', text.slice(0, 60))
    const assertion = typed(good)
    assert.ok(assertion !== undefined && assertion !== 'malformed')
    assert.equal(rules.assertedClientId(assertion), 'a')
  })

  it('never fails on what a stranger sends', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.json(), fc.json()).map(([a, b]) => `${toPart(a)}.${toPart(b)}.c2ln`),
        ),
        (text) => {
          const result = text === '' ? undefined : typed(text)
          if (result === undefined || result === 'malformed') return
          const id = rules.assertedClientId(result)
          assert.ok(id === undefined || id.length > 0)
          const facts = { clientId, issuer, endpoints: [], strict: false, now: addSeconds(now, 0) }
          assert.notEqual(rules.checkAssertionClaims(result.claims, facts), undefined)
        },
      ),
    )
  })
})

function toPart(text: string): string {
  return Buffer.from(text).toString('base64url')
}
