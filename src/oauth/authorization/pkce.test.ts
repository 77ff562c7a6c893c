import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OAuthError } from '../errors.ts'
import { parseCodeChallenge, verifierMatches } from './pkce.ts'

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
const verifiers = fc.string({
  unit: fc.constantFrom(...unreserved),
  minLength: 43,
  maxLength: 128,
})

describe('PKCE', () => {
  test('a verifier matches the challenge made from it, and no other', () => {
    fc.assert(
      fc.property(verifiers, verifiers, (verifier, other) => {
        const challenge = hash('sha256', verifier, 'base64url')
        assert.equal(parseCodeChallenge(challenge, 'S256'), challenge)
        assert.equal(verifierMatches(verifier, challenge), true)
        assert.equal(verifierMatches(other, challenge), other === verifier)
      }),
    )
  })

  test('what is no verifier matches nothing, not even its own hash', () => {
    for (const verifier of ['', 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(43)} `, 'ä'.repeat(43)]) {
      assert.equal(verifierMatches(verifier, hash('sha256', verifier, 'base64url')), false)
    }
  })

  for (const [challenge, method] of [
    ['a'.repeat(43), undefined],
    ['a'.repeat(43), 'plain'],
    ['a'.repeat(43), 's256'],
    [undefined, 'S256'],
    ['a'.repeat(42), 'S256'],
    ['a'.repeat(44), 'S256'],
    [`${'a'.repeat(42)}=`, 'S256'],
    [`${'a'.repeat(42)}+`, 'S256'],
  ] as const) {
    test(`challenge ${challenge} with method ${method} is refused`, () => {
      assert.throws(
        () => parseCodeChallenge(challenge, method),
        (error) => error instanceof OAuthError && error.code === 'invalid_request',
      )
    })
  }

  test('no challenge and no method is no PKCE', () => {
    assert.equal(parseCodeChallenge(undefined, undefined), undefined)
  })
})
