import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personFrom, unverifiedClaims } from './person.ts'

test('a person is read from userinfo, from tokeninfo, or from a claim with a deployment\u2019s prefix', () => {
  assert.deepEqual(personFrom({ sub: '1', name: 'Ana Smith', preferred_username: 'ana' }), {
    id: '1',
    name: 'ana',
  })
  assert.deepEqual(personFrom({ sub: '1', email: 'ana@a.example' }), { id: '1', name: 'ana@a.example' })
  assert.deepEqual(personFrom({ active: true, user_id: '2' }), { id: '2', name: undefined })
  assert.deepEqual(personFrom({ sub: '3', extra_uid: 'ana' }), { id: '3', name: 'ana' })
  assert.deepEqual(personFrom({ acme_uid: 'ben' }), { id: undefined, name: 'ben' })
  assert.equal(personFrom({ active: true }), undefined)
})

test('a name cannot drive the terminal', () => {
  assert.equal(personFrom({ name: '\u001b]0;x\u0007ana' })?.name, ']0;x ana')
})

test('claims are read from a JWT; anything else has none', () => {
  const payload = Buffer.from(JSON.stringify({ sub: '5' })).toString('base64url')
  assert.deepEqual(unverifiedClaims(`e30.${payload}.x`), { sub: '5' })
  for (const token of ['opaque', 'a.b.c', 'a..c', '']) assert.deepEqual(unverifiedClaims(token), {})
})
