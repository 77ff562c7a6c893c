/** RFC 9126: OAuth 2.0 Pushed Authorization Requests. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  authorizeUrl,
  callback,
  decide,
  pkce,
  redeem,
  redirected,
  type WebClient,
  webClient,
} from '../support/authorization.ts'
import { errorOf } from '../support/oauth-client.ts'
import { drivers, type Fields, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`RFC 9126 on ${driver}`, { skip }, () => {
    let test: TestApp
    let client: WebClient
    before(async () => {
      test = await startTestApp({ driver })
      client = await webClient(test)
    })
    after(() => test.close())

    const push = (fields: Fields = {}, by = client): Promise<JsonResponse> =>
      test.post(
        '/oauth/par',
        {
          response_type: 'code',
          redirect_uri: callback,
          scope: 'openid read',
          state: 'pushed',
          ...pkce,
          ...(by.basic === undefined ? { client_id: by.id } : {}),
          ...fields,
        },
        by.basic === undefined ? {} : { authorization: by.basic },
      )
    const open = async (requestUri: string, fields: Fields = {}, browser = test.signedIn()) =>
      (await browser).get(authorizeUrl({ client_id: client.id, request_uri: requestUri, ...fields }))
    const pushed = async (fields: Fields = {}): Promise<string> => {
      const answer = await push(fields)
      assert.equal(answer.status, 201, answer.text)
      return answer.body.request_uri
    }

    it('§2.2: the answer is 201 with a request_uri and its seconds to live', async () => {
      const answer = await push()
      assert.equal(answer.status, 201)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.match(answer.body.request_uri, /^urn:ietf:params:oauth:request_uri:/)
      assert.equal(answer.body.expires_in, 90)
    })

    it('§4: the pushed parameters count, and nothing beside them', async () => {
      const browser = await test.signedIn()
      const requestUri = await pushed()
      const asked = await open(
        requestUri,
        { state: 'outside', scope: 'write', redirect_uri: 'https://evil.example/' },
        Promise.resolve(browser),
      )
      const answer = await decide(browser, asked, 'approve')
      const { code, state } = redirected(answer)
      assert.equal(state, 'pushed')
      const tokens = await redeem(test, client, code!)
      assert.equal(tokens.body.scope, 'openid read')
    })

    it('§4: it may be opened more than once before it is answered, and not after', async () => {
      const fresh = await webClient(test)
      const { request_uri } = (await push({}, fresh)).body
      const url = authorizeUrl({ client_id: fresh.id, request_uri })
      const browser = await test.signedIn()
      assert.equal((await browser.get(url)).status, 200)
      const asked = await browser.get(url)
      assert.ok(redirected(await decide(browser, asked, 'approve')).code)
      const again = await browser.get(url)
      assert.equal(again.status, 400)
      assert.match(again.text, /too old or was answered before/)
      assert.match(again.text, /invalid_request_uri/)
    })

    it('§2.2: it ends in time, but not while its person signs in', async () => {
      const unseen = await pushed()
      const seen = await pushed()
      const visitor = test.browser()
      const login = await open(seen, {}, Promise.resolve(visitor))
      assert.equal(login.status, 303)
      test.clock.advance(91)
      assert.equal((await open(unseen)).status, 400)
      assert.notEqual((await open(seen)).status, 400)
    })

    it('§2.2: coming by again and again makes it no older than half an hour', async () => {
      const requestUri = await pushed()
      const visitor = test.browser()
      assert.equal((await open(requestUri, {}, Promise.resolve(visitor))).status, 303)
      for (const seconds of [800, 800]) {
        test.clock.advance(seconds)
        assert.equal((await open(requestUri, {}, Promise.resolve(visitor))).status, 303)
      }
      test.clock.advance(201)
      assert.equal((await open(requestUri, {}, Promise.resolve(visitor))).status, 400)
    })

    it('§2.2: another client cannot use it', async () => {
      const other = await webClient(test)
      const answer = await open(await pushed(), { client_id: other.id })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.location, undefined)
    })

    it('§2.1: the client authenticates as at the token endpoint', async () => {
      const wrong = `Basic ${Buffer.from(`${client.id}:wrong`).toString('base64')}`
      assert.deepEqual(errorOf(await test.post('/oauth/par', {}, { authorization: wrong })), [
        401,
        'invalid_client',
      ])
      const spa = await webClient(test, { type: 'public' })
      assert.equal((await push({}, spa)).status, 201)
    })

    for (const [what, fields, error] of [
      ['a request_uri', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'invalid_request'],
      ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request'],
      ['a redirect_uri that is not registered', { redirect_uri: 'https://evil.example/' }, 'invalid_request'],
      ['another response_type', { response_type: 'code id_token' }, 'unsupported_response_type'],
      ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['a scope it may not ask for', { scope: 'admin' }, 'invalid_scope'],
    ] as const) {
      it(`§2.3: ${what} is refused at once`, async () => {
        assert.deepEqual(errorOf(await push(fields)), [400, error])
      })
    }

    it('§6: a client that must push is refused without', async () => {
      const strict = await webClient(test, { metadata: { requirePushedAuthorizationRequests: true } })
      const browser = await test.signedIn()
      const plain = await browser.get(
        authorizeUrl({ response_type: 'code', client_id: strict.id, redirect_uri: callback, ...pkce }),
      )
      assert.equal(redirected(plain).error, 'invalid_request')
      assert.equal((await push({}, strict)).status, 201)
    })

    it('§4: of 100 decisions about one request at the same moment one gets a code', async () => {
      const fresh = await webClient(test)
      const { request_uri } = (await push({}, fresh)).body
      const browser = await test.signedIn()
      await browser.get(authorizeUrl({ client_id: fresh.id, request_uri }))
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          browser.submit('/oauth/authorize', { client_id: fresh.id, request_uri, action: 'approve' }),
        ),
      )
      assert.equal(answers.filter(({ status }) => status === 303).length, 1)
    })
  })
}
