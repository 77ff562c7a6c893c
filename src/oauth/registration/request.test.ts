import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newClient } from '../../storage/conformance/fixtures.ts'
import { authenticationMethodOf, encodeRegistration } from './encode.ts'
import { MetadataProblem } from './members.ts'
import { parseClientMetadata } from './metadata.ts'
import { parseRegistration, type RegistrationRules } from './request.ts'

const rules: RegistrationRules = {
  scopes: ['openid', 'profile', 'email', 'offline_access', 'read'],
  redirectUris: {
    privateUseUris: new Set(['cursor://anysphere.cursor-mcp/oauth/callback']),
    reverseDomainSchemes: false,
  },
  loopbackAllowed: false,
}
const redirect_uris = ['https://app.example.com/cb']
const parse = (document: object) => parseRegistration({ redirect_uris, ...document }, rules)
const problemOf = (document: object): string => {
  try {
    parse(document)
  } catch (error) {
    assert.ok(error instanceof MetadataProblem, String(error))
    assert.match(error.message, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    return `${error.code} ${error.member}`
  }
  assert.fail(`accepted: ${JSON.stringify(document)}`)
}

const rsa = { kty: 'RSA', n: 'sXch', e: 'AQAB' }
const ec = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'one' }
const okp = { kty: 'OKP', crv: 'Ed25519', x: 'AA' }
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

describe('a registration', () => {
  it('that says next to nothing has the defaults of RFC 7591 §2', () => {
    assert.deepEqual(parse({}), {
      name: 'app.example.com',
      type: 'confidential',
      grants: ['authorization_code'],
      scopes: rules.scopes,
      redirectUris: redirect_uris,
      metadata: { applicationType: 'web' },
    })
  })

  it('counts null and empty members as left out, and ignores members nobody knows', () => {
    const empty = Object.fromEntries(
      [
        'client_name',
        'client_uri',
        'logo_uri',
        'scope',
        'jwks',
        'jwks_uri',
        'contacts',
        'software_id',
      ].flatMap((name) => [[name, name.length % 2 === 0 ? null : '']]),
    )
    const odd = { ...empty, code_challenge_method: 'S256', software_statement: 'x.y.z', extensions: [{}] }
    assert.deepEqual(parse(odd), parse({}))
    assert.deepEqual(parse(JSON.parse('{"__proto__":{"scope":"read"},"constructor":1}')), parse({}))
  })

  const grantTypes: [sent: string[] | undefined, grants: string[] | undefined][] = [
    [undefined, ['authorization_code']],
    [
      ['authorization_code', 'refresh_token'],
      ['authorization_code', 'refresh_token'],
    ],
    [
      ['authorization_code', 'refresh_token', deviceCode],
      ['authorization_code', 'refresh_token', 'device_code'],
    ],
    [['device_code'], ['device_code']],
    [['authorization_code', 'implicit', 'client_credentials', 'password'], ['authorization_code']],
    [['client_credentials'], undefined],
    [['refresh_token'], undefined],
    [[], undefined],
  ]
  for (const [sent, grants] of grantTypes) {
    it(`with grant_types ${JSON.stringify(sent)} may use ${JSON.stringify(grants) ?? 'nothing'}`, () => {
      if (grants === undefined)
        assert.equal(problemOf({ grant_types: sent }), 'invalid_client_metadata grant_types')
      else assert.deepEqual(parse({ grant_types: sent }).grants, grants)
    })
  }

  it('without a redirect URI is for devices only', () => {
    assert.equal(problemOf({ redirect_uris: [] }), 'invalid_redirect_uri redirect_uris')
    assert.equal(problemOf({ redirect_uris: null }), 'invalid_redirect_uri redirect_uris')
    assert.deepEqual(parse({ redirect_uris: undefined, grant_types: [deviceCode] }).redirectUris, [])
  })

  it('is refused for one bad redirect URI, named by its place', () => {
    for (const uri of ['https://app.example.com/#x', 'http://app.example.com/', 'javascript:x', '']) {
      const problem = problemOf({ redirect_uris: ['https://app.example.com/', uri] })
      assert.equal(problem, 'invalid_redirect_uri redirect_uris[1]')
    }
    for (const uris of ['https://app.example.com/', [1], {}, Array(21).fill('https://app.example.com/')]) {
      assert.equal(problemOf({ redirect_uris: uris }), 'invalid_redirect_uri redirect_uris')
    }
  })

  const scopes: [scope: string | undefined, granted: string][] = [
    [undefined, 'openid profile email offline_access read'],
    ['', 'openid profile email offline_access read'],
    ['claudeai', 'openid profile email offline_access read'],
    ['read openid claudeai', 'openid read'],
    ['admin offline_access', 'offline_access'],
  ]
  for (const [scope, granted] of scopes) {
    it(`with scope ${scope} is given ${granted}`, () =>
      assert.equal(parse({ scope }).scopes.join(' '), granted))
  }

  const types: [document: object, type: string][] = [
    [{}, 'web'],
    [{ application_type: 'native' }, 'native'],
    [{ redirect_uris: ['http://127.0.0.1:1234/cb'] }, 'native'],
    [{ application_type: 'web', redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'] }, 'native'],
    [{ redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] }, 'native'],
    [{ redirect_uris: ['https://vscode.dev/redirect', 'http://127.0.0.1:33418/'] }, 'native'],
  ]
  for (const [document, type] of types) {
    it(`${JSON.stringify(document)} is ${type}`, () => {
      assert.equal(parse(document).metadata.applicationType, type)
    })
  }

  it('names itself on one line that cannot turn around, or is named by its host', () => {
    const name = (client_name: unknown, more: object = {}) => parse({ client_name, ...more }).name
    assert.equal(name('  My\tapp\u202e\u2028 '), 'My app')
    assert.equal(name('漢字 👍'), '漢字 👍')
    assert.equal(name('a'.repeat(500)).length, 100)
    assert.equal(name('\u200b\u202e', { client_uri: 'https://tool.example/about' }), 'tool.example')
    assert.equal(problemOf({ client_name: 7 }), 'invalid_client_metadata client_name')
  })

  it('keeps addresses that people may be shown, and leaves others out', () => {
    const { metadata } = parse({
      client_uri: 'https://tool.example/',
      logo_uri: 'javascript:alert(1)',
      policy_uri: 'http://tool.example/policy',
      tos_uri: 'data:text/html,x',
    })
    assert.equal(metadata.clientUri, 'https://tool.example/')
    assert.deepEqual(
      [metadata.logoUri, metadata.policyUri, metadata.tosUri],
      [undefined, undefined, undefined],
    )
  })

  const refused: [document: object, member: string][] = [
    [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_signing_alg: 'HS256' }, 'token_endpoint_auth_signing_alg'],
    [{ jwks: { keys: [rsa] }, jwks_uri: 'https://app.example.com/jwks' }, 'jwks'],
    [{ jwks: { keys: [{ ...rsa, d: 'AA' }] } }, 'jwks'],
    [{ jwks: { keys: [{ ...ec, d: 'AA' }] } }, 'jwks'],
    [{ jwks: { keys: [{ ...rsa, p: 'AA' }] } }, 'jwks'],
    [{ jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }, 'jwks'],
    [{ jwks: { keys: [{ kty: 'RSA', n: 'AA' }] } }, 'jwks'],
    [{ jwks: { keys: [{ ...ec, crv: 'secp256k1' }] } }, 'jwks'],
    [{ jwks: { keys: [{ ...okp, crv: 'X25519' }] } }, 'jwks'],
    [{ jwks: { keys: [{ ...rsa, n: 'not base64url!' }] } }, 'jwks'],
    [{ jwks: { keys: [ec, { ...okp, kid: 'one' }] } }, 'jwks'],
    [{ jwks: { keys: [] } }, 'jwks'],
    [{ jwks: { keys: Array(21).fill(rsa) } }, 'jwks'],
    [{ jwks: [] }, 'jwks'],
    [{ jwks: 'keys' }, 'jwks'],
    [{ jwks_uri: 'http://app.example.com/jwks' }, 'jwks_uri'],
    [{ jwks_uri: 'https://user@app.example.com/jwks' }, 'jwks_uri'],
    [{ jwks_uri: 'file:///etc/passwd' }, 'jwks_uri'],
    [{ initiate_login_uri: 'http://app.example.com/login' }, 'initiate_login_uri'],
    [{ backchannel_logout_uri: 'http://app.example.com/logout' }, 'backchannel_logout_uri'],
    [{ backchannel_logout_uri: 'https://app.example.com/#x' }, 'backchannel_logout_uri'],
    [{ backchannel_logout_session_required: 'true' }, 'backchannel_logout_session_required'],
    [{ post_logout_redirect_uris: ['http://app.example.com/'] }, 'post_logout_redirect_uris[0]'],
    [{ id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg'],
    [{ id_token_signed_response_alg: 'HS256' }, 'id_token_signed_response_alg'],
    [{ id_token_encrypted_response_alg: 'RSA-OAEP' }, 'id_token_encrypted_response_alg'],
    [{ subject_type: 'pairwise' }, 'subject_type'],
    [{ sector_identifier_uri: 'https://app.example.com/sector' }, 'sector_identifier_uri'],
    [{ default_max_age: -1 }, 'default_max_age'],
    [{ default_max_age: '60' }, 'default_max_age'],
    [{ response_types: ['token'] }, 'response_types'],
    [{ application_type: 'browser' }, 'application_type'],
    [{ contacts: 'me@example.com' }, 'contacts'],
    [{ contacts: Array(11).fill('me@example.com') }, 'contacts'],
    [{ scope: 'ö' }, 'scope'],
    [{ scope: ['openid'] }, 'scope'],
    [{ software_id: 'x'.repeat(256) }, 'software_id'],
    [{ tls_client_certificate_bound_access_tokens: true }, 'tls_client_certificate_bound_access_tokens'],
  ]
  for (const [document, member] of refused) {
    it(`${JSON.stringify(document).slice(0, 90)} is refused`, () => {
      assert.equal(problemOf(document), `invalid_client_metadata ${member}`)
    })
  }

  it('keeps of its keys what they are for, and nothing beside', () => {
    const keys = [{ ...ec, use: 'sig', alg: 'ES256', 'x-note': 'mine' }, rsa, okp]
    const { metadata } = parse({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } })
    assert.deepEqual(metadata.jwks, { keys: [{ ...ec, use: 'sig', alg: 'ES256' }, rsa, okp] })
  })

  it('of an operator may point into a network, and to plain http for logout', () => {
    const operator = { ...rules, operator: true }
    const document = {
      jwks_uri: 'http://localhost:3000/jwks',
      backchannel_logout_uri: 'http://app.internal:8080/logout',
    }
    assert.equal(
      parseClientMetadata(document, operator).backchannelLogoutUri,
      document.backchannel_logout_uri,
    )
    assert.throws(
      () => parseClientMetadata({ jwks_uri: 'http://app.internal/jwks' }, operator),
      MetadataProblem,
    )
  })

  it('never fails in another way, and what it is answered registers the same again', () => {
    const member = fc.constantFrom(
      'redirect_uris',
      'client_name',
      'grant_types',
      'response_types',
      'scope',
      'token_endpoint_auth_method',
      'application_type',
      'jwks',
      'jwks_uri',
      'contacts',
      'client_uri',
      'default_max_age',
      'require_auth_time',
      'post_logout_redirect_uris',
      'subject_type',
      '__proto__',
    )
    const likely = fc.constantFrom<unknown>(
      null,
      '',
      'none',
      'native',
      'https://app.example.com/',
      ['https://app.example.com/', 'http://localhost/'],
      ['authorization_code', 'refresh_token'],
      { keys: [rsa] },
      true,
      0,
      'openid read',
    )
    fc.assert(
      fc.property(fc.dictionary(member, fc.oneof(likely, fc.jsonValue())), (document) => {
        let parsed: ReturnType<typeof parseRegistration>
        try {
          parsed = parseRegistration(document, rules)
        } catch (error) {
          assert.ok(error instanceof MetadataProblem, String(error))
          assert.match(error.message, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
          return
        }
        const answer = encodeRegistration(newClient(parsed))
        for (const [name, value] of Object.entries(answer)) {
          assert.ok(value !== null && value !== undefined && value !== '', name)
        }
        // The answer names what was left unsaid.
        const metadata = { ...parsed.metadata, tokenEndpointAuthMethod: authenticationMethodOf(parsed) }
        assert.deepEqual(parseRegistration(JSON.parse(JSON.stringify(answer)), rules), {
          ...parsed,
          metadata,
        })
      }),
      { numRuns: 2000 },
    )
  })
})
