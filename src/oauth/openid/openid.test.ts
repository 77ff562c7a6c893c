/** The pure rules of OpenID Connect, as tables. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addSeconds } from '../../shared/clock.ts'
import { newAccount, newClient, newGrant, now } from '../../storage/conformance/fixtures.ts'
import { OAuthError } from '../errors.ts'
import { claimsOf, claimsOfScopes } from './claims.ts'
import {
  grantableClaims,
  parseClaimsRequest,
  requestedSubjects,
  scopesOfClaims,
  wantedContexts,
  withAcrValues,
} from './claims-request.ts'
import { accessTokenHash, encodeIdTokenClaims, type IdTokenFacts, idTokenAlgorithm } from './id-token.ts'

const account = newAccount({ fullName: '', emailVerified: true })
const client = newClient({ scopes: ['openid', 'profile', 'email'] })

describe('claims about a person (OpenID Connect Core 1.0 §5.1, §5.4)', () => {
  it('come with the scope they belong to', () => {
    assert.deepEqual(claimsOfScopes(['openid']), [])
    assert.deepEqual(claimsOfScopes(['email', 'openid', 'read']), ['email', 'email_verified'])
    assert.deepEqual(claimsOfScopes(['email', 'profile']), [
      'name',
      'preferred_username',
      'updated_at',
      'email',
      'email_verified',
    ])
  })

  it('are left out when nobody has a value for them', () => {
    const names = claimsOfScopes(['profile', 'email'])
    assert.deepEqual(claimsOf(account, names), {
      preferred_username: account.username,
      updated_at: Math.floor(now / 1000),
      email: account.email,
      email_verified: true,
    })
    assert.deepEqual(Object.keys(claimsOf({ ...account, email: '' }, names)), [
      'preferred_username',
      'updated_at',
    ])
    assert.equal(claimsOf({ ...account, fullName: 'Ada Lovelace' }, names).name, 'Ada Lovelace')
  })
})

describe('the claims parameter (OpenID Connect Core 1.0 §5.5)', () => {
  it('is read, and members nobody knows are ignored', () => {
    const request = parseClaimsRequest(
      JSON.stringify({
        userinfo: { name: { essential: true }, nickname: null, 'name#ja': null, email: { other: 1 } },
        id_token: { sub: { value: '248289761001' }, acr: { values: ['a', 'b'] }, auth_time: null },
        more: 'of anything',
      }),
    )
    assert.deepEqual(
      [...request.userinfo],
      [
        ['name', { essential: true, values: [] }],
        ['nickname', { essential: false, values: [] }],
        ['name#ja', { essential: false, values: [] }],
        ['email', { essential: false, values: [] }],
      ],
    )
    assert.deepEqual(request.idToken.get('acr'), { essential: false, values: ['a', 'b'] })
    assert.deepEqual(request.idToken.get('sub'), { essential: false, values: ['248289761001'] })
    assert.equal(parseClaimsRequest(undefined).userinfo.size, 0)
    assert.equal(parseClaimsRequest('{"userinfo":null}').userinfo.size, 0)
  })

  it('is refused when it is no such object, or out of all proportion', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`claim_${index}`, null]))
    const refused = [
      'name',
      '[]',
      'null',
      '"{}"',
      '{"userinfo":[]}',
      '{"userinfo":{"name":true}}',
      '{"id_token":{"name":{"essential":"yes"}}}',
      '{"id_token":{"acr":{"values":"a"}}}',
      JSON.stringify({ userinfo: many }),
      JSON.stringify({ userinfo: { name: { value: 'x'.repeat(4096) } } }),
    ]
    for (const text of refused) {
      assert.throws(
        () => parseClaimsRequest(text),
        (error) => error instanceof OAuthError && error.code === 'invalid_request',
        text,
      )
    }
  })

  it('never throws anything but invalid_request', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseClaimsRequest(text)
        } catch (error) {
          assert.ok(error instanceof OAuthError)
        }
      }),
    )
  })

  it('gives a client nothing of a scope it was never registered for', () => {
    const request = parseClaimsRequest(
      '{"userinfo":{"email":null,"name":null,"sub":null},"id_token":{"name":null,"nickname":null}}',
    )
    assert.deepEqual(grantableClaims(request.userinfo, client), ['email', 'name'])
    assert.deepEqual(grantableClaims(request.userinfo, { scopes: ['openid', 'profile'] }), ['name'])
    assert.deepEqual(scopesOfClaims(request, client), ['email', 'profile'])
    assert.deepEqual(scopesOfClaims(request, { scopes: ['openid', 'profile'] }), ['profile'])
  })

  it('may insist on one person, or on a way of signing in', () => {
    const read = (idToken: object) => parseClaimsRequest(JSON.stringify({ id_token: idToken }))
    assert.deepEqual(requestedSubjects(read({ sub: { value: 'ada' } })), ['ada'])
    assert.deepEqual(requestedSubjects(read({ sub: { values: ['ada', 7] } })), ['ada'])
    assert.equal(requestedSubjects(read({ sub: null })), undefined)
    assert.deepEqual(wantedContexts(read({ acr: { essential: true, values: ['gold'] } })), {
      essential: true,
      values: ['gold'],
    })
    assert.equal(wantedContexts(read({ acr: { essential: true } })).essential, false)
    assert.equal(wantedContexts(read({ acr: { values: ['gold'] } })).essential, false)
  })

  it('§3.1.2.1: acr_values asks for the claim acr as a voluntary one, where nothing else does', () => {
    const values = { acr: { values: ['phr', 'gold'] } }
    assert.deepEqual(JSON.parse(withAcrValues(undefined, ' phr  gold ')!), { id_token: values })
    const other = { userinfo: { name: null }, id_token: { email: null } }
    assert.deepEqual(JSON.parse(withAcrValues(JSON.stringify(other), 'phr gold')!), {
      userinfo: { name: null },
      id_token: { email: null, ...values },
    })
    const own = JSON.stringify({ id_token: { acr: { essential: true, values: ['phr'] } } })
    assert.equal(withAcrValues(own, 'gold'), own)
    assert.equal(withAcrValues(own, undefined), own)
    assert.equal(withAcrValues(undefined, ''), undefined)
  })
})

describe('ID tokens (OpenID Connect Core 1.0 §2)', () => {
  const { authentication } = newGrant()
  const facts: IdTokenFacts = {
    issuer: 'https://auth.example.com',
    client,
    account,
    scopes: ['openid', 'profile', 'email'],
    authentication,
    nonce: undefined,
    claimsRequest: undefined,
    accessToken: 'token',
    now: addSeconds(now, 60),
  }
  const iat = Math.floor(now / 1000) + 60

  it('say who signed in, when, how and for whom, and nothing personal', () => {
    assert.deepEqual(encodeIdTokenClaims(facts), {
      iss: 'https://auth.example.com',
      sub: account.id,
      aud: client.id,
      exp: iat + 600,
      iat,
      auth_time: Math.floor(now / 1000),
      sid: authentication!.sessionId,
      amr: ['pwd'],
      acr: 'urn:authgate:acr:single-factor',
      at_hash: accessTokenHash('token'),
    })
  })

  it('say nothing of a sign-in nobody recorded', () => {
    assert.deepEqual(Object.keys(encodeIdTokenClaims({ ...facts, authentication: undefined })), [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'at_hash',
    ])
  })

  it('repeat the nonce as it was sent', () => {
    const nonce = 'n-0S6_WzA2Mj'.repeat(32)
    assert.equal(encodeIdTokenClaims({ ...facts, nonce }).nonce, nonce)
  })

  it('hold claims of a person when the client is registered so, or asks for them one by one', () => {
    const personal = (changes: Partial<IdTokenFacts>): unknown[] =>
      Object.keys(encodeIdTokenClaims({ ...facts, ...changes })).filter((name) =>
        /name|email|updated_at/.test(name),
      )
    assert.deepEqual(personal({ client: { ...client, metadata: { idTokenClaims: true } } }), [
      'preferred_username',
      'updated_at',
      'email',
      'email_verified',
    ])
    assert.deepEqual(personal({ claimsRequest: '{"id_token":{"email":null,"iss":{"value":"mine"}}}' }), [
      'email',
    ])
    assert.deepEqual(personal({ claimsRequest: '{"userinfo":{"email":null}}' }), [])
  })

  it('at_hash is the left half of the hash, as in the example of §A.3', () => {
    assert.equal(accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'), '77QmUPtjPfzWtF2AnpK9RQ')
  })

  it('are signed with RS256 unless the client registered otherwise', () => {
    assert.equal(idTokenAlgorithm(client), 'RS256')
    assert.equal(idTokenAlgorithm({ metadata: { idTokenSignedResponseAlg: 'ES256' } }), 'ES256')
  })
})
