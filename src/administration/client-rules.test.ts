import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client } from '../oauth/client.ts'
import { changesBetween, provesItselfOtherwise } from '../oauth/client-change.ts'
import { newClient } from '../storage/conformance/fixtures.ts'
import { type ClientInput, defineClient, needsSecret } from './client-rules.ts'
import { InvalidInput } from './invalid-input.ts'

const input: ClientInput = { name: 'Build robot' }

function problemsOf(change: Partial<ClientInput>, vouched = true): string[] {
  try {
    defineClient({ ...input, ...change }, vouched)
    return []
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return error.problems.map(({ field }) => field)
  }
}

describe('what a client may be made into', () => {
  test('what is left out has a default', () => {
    assert.deepEqual(defineClient(input), {
      name: 'Build robot',
      description: '',
      type: 'public',
      grants: ['device_code', 'refresh_token'],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      redirectUris: [],
      allowedResources: [],
      tokenProfile: 'standard',
      project: undefined,
      serviceAccount: undefined,
      introspectAny: false,
      metadata: {},
    })
  })

  const cases: readonly (readonly [string, Partial<ClientInput>, readonly string[]])[] = [
    ['a name that is spaces', { name: '  ' }, ['name']],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, ['name']],
    ['a name of 100', { name: 'x'.repeat(100) }, []],
    ['a name of two lines', { name: 'a\nb' }, ['name']],
    ['a name that turns around', { name: 'a\u202Eb' }, ['name']],
    ['a name in another script', { name: 'שלום 漢字' }, []],
    ['a description of 1,001 characters', { description: 'x'.repeat(1001) }, ['description']],
    ['no grant', { grants: [] }, ['grant']],
    ['an unknown grant', { grants: ['password'] }, ['grant']],
    ['client credentials without a secret', { grants: ['client_credentials'] }, ['grant']],
    ['client credentials', { grants: ['client_credentials'], type: 'confidential' }, []],
    ['a code without a redirect URI', { grants: ['authorization_code'] }, ['redirect-uri']],
    ['plain http', { redirectUris: ['http://app.example/'] }, ['redirect-uri']],
    ['plain http on loopback', { redirectUris: ['http://127.0.0.1/'] }, []],
    ['an app’s own scheme', { redirectUris: ['com.example.app:/cb'] }, []],
    ['a script', { redirectUris: ['javascript:alert(1)'] }, ['redirect-uri']],
    ['a scope with quotes', { scope: 'a "b"' }, ['scope']],
    ['a resource with a fragment', { allowedResources: ['https://api.example/#a'] }, ['resource']],
    ['an unknown lifetime', { tokenProfile: 'eternal' }, ['token-profile']],
    ['a project that begins with a dash', { project: '-a' }, ['project']],
    ['a project of 65 characters', { project: 'a'.repeat(65) }, ['project']],
    ['a service account with a space', { serviceAccount: 'a b' }, ['service-account']],
    ['a logo over plain http', { metadata: { logo_uri: 'http://app.example/logo.png' } }, ['logo-uri']],
    [
      'a key without keys',
      { metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
      ['token-endpoint-auth-method'],
    ],
    ['FAPI 2.0 without keys', { securityProfile: 'fapi2', type: 'confidential' }, ['profile']],
    [
      'several mistakes, each told',
      { name: '', grants: [], scope: '"', project: '-', redirectUris: ['x'] },
      ['name', 'grant', 'redirect-uri', 'scope', 'project'],
    ],
  ]
  for (const [title, change, fields] of cases) {
    test(`${title}: ${fields.length === 0 ? 'is fine' : `refused (${fields.join(', ')})`}`, () => {
      assert.deepEqual(problemsOf(change), fields)
    })
  }

  test('hosts inside a network are for operators’ own clients', () => {
    const change = { metadata: { backchannel_logout_uri: 'http://app.internal/logout' } }
    assert.deepEqual([problemsOf(change), problemsOf(change, false)], [[], ['backchannel-logout-uri']])
  })

  test('a secret is for confidential clients that have no key', () => {
    const confidential = newClient({ type: 'confidential' })
    assert.equal(needsSecret(newClient()), false)
    assert.equal(needsSecret(confidential), true)
    assert.equal(
      needsSecret({ ...confidential, metadata: { tokenEndpointAuthMethod: 'private_key_jwt' } }),
      false,
    )
  })
})

describe('what differs between two versions of a client', () => {
  const before = newClient({
    scopes: ['a', 'b'],
    metadata: { clientUri: 'https://a.example', logoUri: 'https://b.example' },
  })
  const cases: readonly (readonly [Partial<Client>, readonly string[]])[] = [
    [{}, []],
    [{ scopes: ['b', 'a'] }, []],
    [{ metadata: { logoUri: 'https://b.example', clientUri: 'https://a.example', approved: true } }, []],
    [{ status: 'pending', secretHash: 'x', updatedAt: before.createdAt }, []],
    [{ name: 'x' }, ['name']],
    [{ description: 'x' }, ['description']],
    [{ type: 'confidential' }, ['type']],
    [{ grants: ['device_code'] }, ['grants']],
    [{ scopes: ['a'] }, ['scopes']],
    [{ redirectUris: ['https://a.example'] }, ['redirect_uris']],
    [{ allowedResources: ['https://a.example'] }, ['resources']],
    [{ tokenProfile: 'long' }, ['token_profile']],
    [{ project: 'x', serviceAccount: 'y' }, ['project', 'service_account']],
    [{ introspectAny: true }, ['introspect_any']],
    [{ createdBy: 'x' as NonNullable<Client['createdBy']> }, ['owner']],
    [{ metadata: { clientUri: 'https://a.example' } }, ['metadata']],
  ]
  for (const [change, expected] of cases) {
    test(`${JSON.stringify(change)}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(changesBetween(before, { ...before, ...change }), expected)
    })
  }

  test('another type or method is another proof; the default by its name is not', () => {
    const secret = newClient({ type: 'confidential' })
    const otherwise = (change: Partial<Client>) => provesItselfOtherwise(secret, { ...secret, ...change })
    assert.equal(otherwise({ type: 'public' }), true)
    assert.equal(otherwise({ metadata: { tokenEndpointAuthMethod: 'private_key_jwt' } }), true)
    assert.equal(otherwise({ metadata: { tokenEndpointAuthMethod: 'client_secret_basic' } }), false)
  })
})
