/** RFC 8693: OAuth 2.0 Token Exchange. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signInWeb, type WebClient, webClient } from '../support/authorization.ts'
import { errorOf, machineToken } from '../support/oauth-client.ts'
import { drivers, type Fields, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const downstream = 'https://orders.example/api'

for (const { driver, skip } of drivers) {
  describe(`RFC 8693 on ${driver}`, { skip }, () => {
    let test: TestApp
    let app: WebClient
    let service: WebClient
    before(async () => {
      test = await startTestApp({ driver })
      app = await webClient(test)
      service = await webClient(test, {
        name: 'Shop',
        grants: ['token_exchange'],
        scopes: ['read', 'profile'],
        allowedResources: [downstream],
        metadata: { tokenExchangeSubjects: [app.id] },
      })
    })
    after(() => test.close())

    const exchange = (subject: string, fields: Fields = {}, by = service): Promise<JsonResponse> =>
      test.post(
        '/oauth/token',
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: subject,
          subject_token_type: accessTokenType,
          resource: downstream,
          ...fields,
        },
        { authorization: by.basic! },
      )
    const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

    it('§2.2.1, §4.1: the new token speaks for the same person, names who acts, and is for the next service', async () => {
      const tokens = await signInWeb(test, app, { scope: 'read write' })
      const before = await test.metrics()
      const answer = await exchange(tokens.access_token)
      assert.equal(answer.status, 200, answer.text)
      const { access_token, issued_token_type, token_type, refresh_token, scope } = answer.body
      assert.deepEqual(
        [issued_token_type, token_type, refresh_token, scope],
        [accessTokenType, 'Bearer', undefined, 'read'],
      )
      const claims = claimsOf(access_token)
      assert.equal(claims.sub, claimsOf(tokens.access_token).sub)
      assert.equal(claims.client_id, service.id)
      assert.equal(claims.aud, downstream)
      assert.deepEqual(claims.act, { sub: `client:${service.id}` })
      assert.ok(claims.exp <= claimsOf(tokens.access_token).exp)
      assert.deepEqual((await test.metrics()).since(before, ['oauth_tokens_issued_total']), {
        'oauth_tokens_issued_total{token_type="access",grant_type="token_exchange"}': 1,
      })
    })

    it('§4.1: actors nest, up to a bound', async () => {
      const again = await webClient(test, {
        grants: ['token_exchange'],
        scopes: ['read'],
        allowedResources: [downstream],
        metadata: { tokenExchangeSubjects: ['*'] },
      })
      let token = (await signInWeb(test, app, { scope: 'read' })).access_token
      token = (await exchange(token)).body.access_token
      token = (await exchange(token, {}, again)).body.access_token
      assert.deepEqual(claimsOf(token).act, {
        sub: `client:${again.id}`,
        act: { sub: `client:${service.id}` },
      })
      for (let depth = 3; depth <= 5; depth++) token = (await exchange(token, {}, again)).body.access_token
      assert.deepEqual(errorOf(await exchange(token, {}, again)), [400, 'invalid_request'])
    })

    it('a token that speaks for a client alone is not exchanged', async () => {
      const machine = await webClient(test, { grants: ['client_credentials', 'token_exchange'] })
      const token = await machineToken(test, machine.basic!, { scope: 'read' })
      const other = await webClient(test, {
        grants: ['token_exchange'],
        allowedResources: [downstream],
        metadata: { tokenExchangeSubjects: [machine.id] },
      })
      assert.deepEqual(errorOf(await exchange(token, {}, other)), [400, 'invalid_request'])
    })

    it('§4.1: introspection tells who acts', async () => {
      const tokens = await signInWeb(test, app, { scope: 'read' })
      const { access_token } = (await exchange(tokens.access_token)).body
      const { body } = await test.post(
        '/oauth/introspect',
        { token: access_token },
        { authorization: service.basic! },
      )
      assert.deepEqual(body.act, { sub: `client:${service.id}` })
      assert.equal(body.sub, claimsOf(tokens.access_token).sub)
    })

    it('§2.1: without a target the new token is for nobody whom the first one was not for', async () => {
      const api = 'https://shop.example/api'
      const caller = await webClient(test, { allowedResources: [api] })
      const callee = await webClient(test, {
        grants: ['token_exchange'],
        scopes: ['openid', 'email'],
        metadata: { tokenExchangeSubjects: [caller.id] },
      })
      const bound = (await signInWeb(test, caller, { scope: 'openid email', resource: api })).access_token
      const untargeted = { resource: undefined }
      assert.deepEqual(errorOf(await exchange(bound, untargeted, callee)), [400, 'invalid_target'])
      const unbound = (await signInWeb(test, caller, { scope: 'openid email' })).access_token
      const answer = await exchange(unbound, untargeted, callee)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(claimsOf(answer.body.access_token).aud, claimsOf(unbound).aud)
    })

    it('OpenID Connect Core §5.5: claims asked for one by one are for the client that asked', async () => {
      const callee = await webClient(test, {
        grants: ['token_exchange'],
        scopes: ['openid', 'email'],
        metadata: { tokenExchangeSubjects: [app.id] },
      })
      const claims = JSON.stringify({ userinfo: { email: null } })
      const first = (await signInWeb(test, app, { scope: 'openid', claims })).access_token
      const second = (await exchange(first, { resource: undefined }, callee)).body.access_token
      const told = async (token: string): Promise<string[]> =>
        Object.keys((await test.get('/oauth/userinfo', { authorization: `Bearer ${token}` })).body)
      assert.ok((await told(first)).includes('email'))
      assert.deepEqual(await told(second), ['sub', 'iss'])
    })

    it('what ends the first token ends the second', async () => {
      const tokens = await signInWeb(test, app, { scope: 'read' })
      const { access_token } = (await exchange(tokens.access_token)).body
      await test.post('/oauth/revoke', { token: tokens.refresh_token }, { authorization: app.basic! })
      const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${access_token}` })
      assert.equal(info.status, 401)
      assert.deepEqual(errorOf(await exchange(tokens.access_token)), [400, 'invalid_request'])
    })

    for (const [what, fields, error] of [
      [
        'another subject_token_type',
        { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
        'invalid_request',
      ],
      ['no subject_token_type', { subject_token_type: undefined }, 'invalid_request'],
      [
        'another requested_token_type',
        { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
        'invalid_request',
      ],
      ['an actor_token', { actor_token: 'x', actor_token_type: accessTokenType }, 'invalid_request'],
      ['a token that is none', { subject_token: 'x.y.z' }, 'invalid_request'],
      ['a scope the subject_token has not', { scope: 'read profile' }, 'invalid_scope'],
      ['a resource that is not allowed', { resource: 'https://other.example' }, 'invalid_target'],
      ['an audience that is not allowed', { resource: undefined, audience: 'other' }, 'invalid_target'],
    ] as const) {
      it(`§2.1: ${what} is ${error}`, async () => {
        const { access_token } = await signInWeb(test, app, { scope: 'read' })
        assert.deepEqual(errorOf(await exchange(access_token, fields)), [400, error])
      })
    }

    it('a client that is deleted takes what it exchanged along', async () => {
      const leaving = await webClient(test, {
        grants: ['token_exchange'],
        scopes: ['read'],
        allowedResources: [downstream],
        metadata: { tokenExchangeSubjects: ['*'] },
      })
      const tokens = await signInWeb(test, app, { scope: 'read' })
      const { access_token } = (await exchange(tokens.access_token, {}, leaving)).body
      const before = await test.metrics()
      await test.administration.clients.delete(leaving.id, { type: 'system' })
      const moved = (await test.metrics()).since(before, ['oauth_tokens_revoked_total'])
      assert.deepEqual(moved, { 'oauth_tokens_revoked_total{reason="admin"}': 1 })
      const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${access_token}` })
      assert.equal(info.status, 401)
    })

    it('the policy of the client decides whose tokens it may exchange', async () => {
      const stranger = await webClient(test)
      const { access_token } = await signInWeb(test, stranger, { scope: 'read' })
      assert.deepEqual(errorOf(await exchange(access_token)), [400, 'invalid_request'])
      const plain = await webClient(test, { grants: ['token_exchange'], allowedResources: [downstream] })
      assert.deepEqual(errorOf(await exchange(access_token, {}, plain)), [400, 'invalid_request'])
      assert.deepEqual(errorOf(await exchange(access_token, {}, stranger)), [400, 'unauthorized_client'])
    })
  })
}
