import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { newClient } from '../../storage/conformance/fixtures.ts'
import { OAuthError } from '../errors.ts'
import { parseUrlEncoded } from '../parameters.ts'
import { parseExtraClaims } from './extra-claims.ts'

const settings = { enabled: true, maxRawBytes: 4096, maxKeys: 16, maxValueBytes: 512 }
const allowed = newClient({ metadata: { extraClaims: true } })

function parse(text: string, changes: Partial<typeof settings> = {}, client = allowed) {
  const parameters = parseUrlEncoded(new URLSearchParams({ extra_claims: text }).toString())
  return parseExtraClaims(parameters, client, { ...settings, ...changes }, 'acme')
}

function isRefused(act: () => unknown): void {
  assert.throws(act, (error) => error instanceof OAuthError && error.code === 'invalid_request')
}

describe('extra claims', () => {
  test('are taken as they are, numbers digit by digit', () => {
    const text =
      '{"tenant":"a","order":12345678901234567890,"rate":1.10,"list":[1,{"deep":true}],"none":null}'
    assert.equal(JSON.stringify(parse(text)), text)
  })

  test('may be nothing', () => {
    for (const text of ['{}', 'null']) assert.equal(parse(text), undefined)
    assert.equal(parseExtraClaims(parseUrlEncoded(''), allowed, settings, 'acme'), undefined)
  })

  test('are refused where nobody allowed them', () => {
    isRefused(() => parse('{"a":1}', {}, newClient()))
    isRefused(() => parse('{"a":1}', { enabled: false }))
  })

  for (const text of ['[]', '1', '"text"', '{', '{} x', 'true']) {
    test(`${text} is refused`, () => isRefused(() => parse(text)))
  }

  for (const name of [
    'iss',
    'aud',
    'scope',
    'cnf',
    'act',
    'roles',
    'groups',
    'email',
    'type',
    'user_id',
    'acme_uid',
    'extra_project',
    '__proto__',
    '',
    '0',
    '4294967294',
  ]) {
    test(`the name “${name}” is reserved`, () => isRefused(() => parse(`{"${name}":1}`)))
  }

  test('are bounded in text, members and values, and 0 takes a bound away', () => {
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, i])))
    isRefused(() => parse(many))
    assert.ok(parse(many, { maxKeys: 0 }))
    const large = JSON.stringify({ a: 'x'.repeat(511) })
    isRefused(() => parse(large))
    assert.ok(parse(large, { maxValueBytes: 0 }))
    const long = JSON.stringify(
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, 'x'.repeat(500)])),
    )
    isRefused(() => parse(long))
    assert.ok(parse(long, { maxRawBytes: 0 }))
  })

  test('whatever is sent is taken whole or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ minLength: 1 })), (text) => {
        if (/\p{Cc}/u.test(text)) return
        try {
          const claims = parse(text)
          if (claims !== undefined) assert.deepEqual(JSON.parse(JSON.stringify(claims)), JSON.parse(text))
        } catch (error) {
          assert.ok(error instanceof OAuthError, String(error))
        }
      }),
    )
  })
})
