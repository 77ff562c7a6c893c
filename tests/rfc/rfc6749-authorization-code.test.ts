/** RFC 6749 §4.1: the authorization code grant, with what OAuth 2.1 and RFC 9700 made of it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AuthorizationRequestId } from '../../src/shared/ids.ts'
import { parseSelectorSecret } from '../../src/shared/selector-secret.ts'
import {
  authorize,
  authorizeUrl,
  callback,
  decide,
  hiddenField,
  obtainCode,
  pkce,
  redeem,
  redirected,
  signInWeb,
  type WebClient,
  webClient,
} from '../support/authorization.ts'
import { errorOf, refresh } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const issuer = 'http://localhost:8080'

for (const { driver, skip } of drivers) {
  describe(`RFC 6749 §4.1 on ${driver}`, { skip }, () => {
    let test: TestApp
    let client: WebClient
    before(async () => {
      test = await startTestApp({ driver })
      client = await webClient(test)
    })
    after(() => test.close())

    describe('§3.1: authorization endpoint', () => {
      it('§3.1: a person who is not signed in signs in and comes back to the same request', async () => {
        const browser = test.browser()
        const sent = await authorize(browser, client)
        assert.equal(sent.status, 303)
        const login = new URL(String(sent.headers.location), issuer)
        assert.equal(login.pathname, '/login')
        const form = await browser.get(login.pathname + login.search)
        assert.match(form.text, /to continue to/)
        assert.doesNotMatch(String(form.headers['content-security-policy']), /form-action/)
        const back = await browser.submit('/login', {
          username: 'admin',
          password: 'correct horse battery staple',
          redirect: hiddenField(form.text, 'redirect'),
        })
        assert.equal(back.status, 303)
        const asked = await browser.get(String(back.headers.location))
        const { code, state } = redirected(await decide(browser, asked, 'approve'))
        assert.equal(state, 'the state')
        assert.equal((await redeem(test, client, code!)).status, 200)
      })

      it('§3.1: of a request no more is kept than anybody reads', async () => {
        const browser = test.browser()
        const fields = { response_type: 'code', client_id: client.id, redirect_uri: callback, ...pkce }
        const long = 'x'.repeat(60_000)
        const refused = await test.post('/oauth/authorize', { ...fields, scope: 'read', prompt: long })
        assert.equal(redirected(refused).error, 'invalid_request')
        const blank = await test.post('/oauth/authorize', { ...fields, scope: ' '.repeat(60_000) })
        assert.equal(redirected(blank).error, 'invalid_scope')
        const hinted = await test.post('/oauth/authorize', { ...fields, scope: 'read', login_hint: long })
        const kept = new URL(String(hinted.headers.location), issuer).searchParams.get('request_uri')!
        const { id } = parseSelectorSecret<AuthorizationRequestId>(
          'agq_',
          kept.slice(kept.lastIndexOf(':') + 1),
        )!
        const row = (await test.app.storage.read.authorizationRequests.find(id))!
        assert.equal(row.parameters.login_hint, 'x'.repeat(255))
        assert.equal((await browser.get(String(hinted.headers.location))).status, 303)
      })

      it('§3.1: POST is taken as well, also from another site without cookies', async () => {
        const fields = {
          response_type: 'code',
          client_id: client.id,
          redirect_uri: callback,
          scope: 'read',
          state: 'posted',
          ...pkce,
        }
        const kept = await test.browser().post('/oauth/authorize', fields)
        assert.equal(kept.status, 303)
        const browser = await test.signedIn()
        const asked = await browser.get(String(kept.headers.location))
        const answer = asked.status === 200 ? await decide(browser, asked, 'approve') : asked
        assert.equal(redirected(answer).state, 'posted')
      })

      it('RFC 9110 §9.2.1: HEAD, which must do nothing, is not taken', async () => {
        const browser = await test.signedIn()
        await obtainCode(test, client, {}, browser)
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const url = authorizeUrl({ response_type: 'code', client_id: client.id, scope: 'read', ...pkce })
        const answer = await test.request({ method: 'HEAD', url, headers: { cookie } })
        assert.ok([404, 405].includes(answer.statusCode))
        assert.equal(answer.headers.location, undefined)
      })

      it('§3.1: a parameter that repeats is an error, one nobody knows is ignored', async () => {
        const browser = await test.signedIn()
        const twice = `${authorizeUrl({ client_id: client.id, redirect_uri: callback })}&state=a&state=b`
        assert.equal((await browser.get(twice)).status, 400)
        assert.ok(await obtainCode(test, client, { extra: 'foobar' }))
      })
    })

    describe('§3.1.2: redirection endpoint', () => {
      for (const uri of [
        `${callback}/more`,
        `${callback}?foo=bar`,
        'https://evil.example/callback',
        `${callback}#`,
        'javascript:alert(1)',
      ]) {
        it(`§3.1.2.4: ${uri} is never redirected to`, async () => {
          const answer = await authorize(await test.signedIn(), client, { redirect_uri: uri })
          assert.equal(answer.status, 400)
          assert.equal(answer.headers.location, undefined)
          assert.match(answer.text, /redirect URI is not registered/)
        })
      }

      it('§3.1.2.3: one registered URI may stand in for a missing one', async () => {
        const code = await obtainCode(test, client, { redirect_uri: undefined })
        assert.equal((await redeem(test, client, code, { redirect_uri: undefined })).status, 200)
      })

      it('§3.1.2.3: with several registered, or openid, a missing one is shown', async () => {
        const several = await webClient(test, { redirectUris: [callback, 'https://app.example/other'] })
        const browser = await test.signedIn()
        for (const answer of [
          await authorize(browser, several, { redirect_uri: undefined }),
          await authorize(browser, client, { redirect_uri: undefined, scope: 'openid' }),
        ]) {
          assert.equal(answer.status, 400)
          assert.match(answer.text, /redirect URI is missing/)
        }
      })

      it('§3.1.2: the query of a registered URI is kept', async () => {
        const redirectUri = `${callback}?dummy1=lorem&dummy2=ipsum`
        const withQuery = await webClient(test, { redirectUris: [redirectUri] })
        const code = await obtainCode(test, withQuery, { redirect_uri: redirectUri })
        assert.equal((await redeem(test, withQuery, code, { redirect_uri: redirectUri })).status, 200)
      })

      it('RFC 8252 §7.3: a loopback redirect URI may have any port', async () => {
        const native = await webClient(test, { type: 'public', redirectUris: ['http://127.0.0.1/callback'] })
        const redirectUri = 'http://127.0.0.1:49152/callback'
        const code = await obtainCode(test, native, { redirect_uri: redirectUri })
        assert.deepEqual(
          errorOf(await redeem(test, native, code, { redirect_uri: 'http://127.0.0.1:49153/callback' })),
          [400, 'invalid_grant'],
        )
        assert.equal((await redeem(test, native, code, { redirect_uri: redirectUri })).status, 200)
      })

      it('RFC 8252 §7.1: an app with a scheme of its own is opened by a page', async () => {
        const redirectUri = 'com.example.app:/callback'
        const native = await webClient(test, { type: 'public', redirectUris: [redirectUri] })
        const browser = await test.signedIn()
        const asked = await authorize(browser, native, { redirect_uri: redirectUri })
        const page = await decide(browser, asked, 'approve')
        assert.equal(page.status, 200)
        assert.match(String(page.headers.refresh), /^0; url=com\.example\.app:\/callback\?code=/)
        assert.match(page.text, /href="com\.example\.app:\/callback\?code=/)
      })
    })

    describe('§4.1.2: authorization response', () => {
      it('§4.1.2: code and state come back, and RFC 9207 §2: the issuer', async () => {
        const browser = await test.signedIn()
        const state = ' !"#$%&\'()*+,-./:;<=>?@[]^_`{|}~'
        const answer = await authorize(browser, client, { state })
        const fields = redirected(answer.status === 200 ? await decide(browser, answer, 'approve') : answer)
        assert.deepEqual(Object.keys(fields), ['code', 'state', 'iss'])
        assert.equal(fields.state, state)
        assert.equal(fields.iss, issuer)
      })

      it('§4.1.2: no state comes back where none was sent', async () => {
        const browser = await test.signedIn()
        const answer = await authorize(browser, client, { state: undefined })
        assert.deepEqual(Object.keys(redirected(answer)), ['code', 'iss'])
      })
    })

    describe('§4.1.2.1: error response', () => {
      const refusedWith = async (fields: Parameters<typeof authorize>[2]) => {
        const { error, state, iss, code } = redirected(await authorize(await test.signedIn(), client, fields))
        assert.equal(code, undefined)
        assert.equal(state, 'the state')
        assert.equal(iss, issuer)
        return error
      }

      for (const [what, fields, error] of [
        ['no response_type', { response_type: undefined }, 'invalid_request'],
        ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
        ['response_type=code id_token', { response_type: 'code id_token' }, 'unsupported_response_type'],
        ['an unknown response_mode', { response_mode: 'fragment' }, 'invalid_request'],
        ['a scope the client may not ask for', { scope: 'read admin' }, 'invalid_scope'],
        ['a malformed scope', { scope: 'read "x"' }, 'invalid_scope'],
        ['a foreign resource', { resource: 'https://other.example' }, 'invalid_target'],
        ['a request object', { request: 'eyJ.e30.' }, 'request_not_supported'],
        [
          'a request object by reference',
          { request_uri: 'https://a.example/r' },
          'request_uri_not_supported',
        ],
        ['registration', { registration: '{}' }, 'registration_not_supported'],
        ['max_age that is no number', { max_age: '-1' }, 'invalid_request'],
        ['prompt=none with another', { prompt: 'none login' }, 'invalid_request'],
        ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
        ['claims that are no object', { claims: '[]' }, 'invalid_request'],
      ] as const) {
        it(`§4.1.2.1: ${what} is ${error}`, async () => assert.equal(await refusedWith(fields), error))
      }

      it('§4.1.2.1: an overlong state is refused, not cut', async () => {
        const answer = await authorize(await test.signedIn(), client, { state: 's'.repeat(3000) })
        assert.equal(redirected(answer).error, 'invalid_request')
      })

      it('§4.1.2.1: an unknown client is shown, never redirected', async () => {
        for (const id of ['nobody', '']) {
          const answer = await authorize(await test.signedIn(), { id })
          assert.equal(answer.status, 400)
          assert.equal(answer.headers.location, undefined)
          assert.match(answer.text, /not known here/)
        }
      })

      it('§4.1.2.1: a client without the grant is unauthorized_client', async () => {
        const other = await webClient(test, { grants: ['refresh_token'] })
        const answer = await authorize(await test.signedIn(), other)
        assert.equal(redirected(answer).error, 'unauthorized_client')
      })

      it('§4.1.2.1: a person who denies is access_denied', async () => {
        const fresh = await webClient(test)
        const browser = await test.signedIn()
        const asked = await authorize(browser, fresh)
        const { error, state, iss } = redirected(await decide(browser, asked, 'deny'))
        assert.deepEqual([error, state, iss], ['access_denied', 'the state', issuer])
        // Answered is answered.
        assert.equal((await decide(browser, asked, 'approve')).status, 400)
      })

      it('RFC 9700 §4.11.2: a client nobody vouches for is not sent an error by itself', async () => {
        const unknown = await webClient(test, { origin: 'registration' })
        const browser = await test.signedIn()
        const shown = await authorize(browser, unknown, { response_type: 'token' })
        assert.equal(shown.status, 400)
        assert.match(shown.text, /Return to <bdi dir="ltr">app\.example<\/bdi>/)
        assert.match(shown.text, /unsupported_response_type/)
        const silent = await authorize(browser, unknown, { prompt: 'none' })
        assert.equal(redirected(silent).error, 'consent_required')
      })
    })

    describe('§4.1.3: access token request', () => {
      it('§4.1.4: the code gives an access token and a refresh token', async () => {
        const tokens = await signInWeb(test, client, { scope: 'read write' })
        assert.equal(tokens.scope, 'read write')
        assert.ok(tokens.refresh_token)
        const again = await refresh(test, tokens.refresh_token, { client_id: undefined }).catch(
          () => undefined,
        )
        assert.deepEqual([again?.status, again?.body.error], [401, 'invalid_client'])
      })

      it('§4.1.3: another client cannot use the code, which stays good for its own', async () => {
        const other = await webClient(test)
        const code = await obtainCode(test, client)
        assert.deepEqual(errorOf(await redeem(test, other, code)), [400, 'invalid_grant'])
        assert.equal((await redeem(test, client, code)).status, 200)
      })

      it('§4.1.3: a failed client authentication does not use the code up', async () => {
        const code = await obtainCode(test, client)
        const wrong = { ...client, basic: `Basic ${Buffer.from(`${client.id}:wrong`).toString('base64')}` }
        assert.deepEqual(errorOf(await redeem(test, wrong, code)), [401, 'invalid_client'])
        assert.equal((await redeem(test, client, code)).status, 200)
      })

      it('§4.1.3: the redirect URI must be the one of the request', async () => {
        const code = await obtainCode(test, client)
        assert.deepEqual(errorOf(await redeem(test, client, code, { redirect_uri: `${callback}/` })), [
          400,
          'invalid_grant',
        ])
        assert.equal((await redeem(test, client, code)).status, 200)
      })

      it('§4.1.3: without PKCE it may not be left out', async () => {
        const fields = { code_challenge: undefined, code_challenge_method: undefined }
        const code = await obtainCode(test, client, fields)
        const without = { redirect_uri: undefined, code_verifier: undefined }
        assert.deepEqual(errorOf(await redeem(test, client, code, without)), [400, 'invalid_grant'])
        assert.equal((await redeem(test, client, code, { code_verifier: undefined })).status, 200)
      })

      it('§4.1.2: a code expires after a minute', async () => {
        const code = await obtainCode(test, client)
        test.clock.advance(60)
        assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
      })

      for (const code of ['', 'x', `agc_${'A'.repeat(22)}.${'A'.repeat(43)}`]) {
        it(`§5.2: what is no code is refused: ${code}`, async () => {
          const error = code === '' ? 'invalid_request' : 'invalid_grant'
          assert.deepEqual(errorOf(await redeem(test, client, code)), [400, error])
        })
      }

      it('§4.1.2: a code that comes back ends what it gave, once', async () => {
        const code = await obtainCode(test, client, { scope: 'read' })
        const tokens = (await redeem(test, client, code)).body
        test.clock.advance(2)
        const before = await test.metrics()
        assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
        assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
        const moved = (await test.metrics()).since(before, ['oauth_tokens_'])
        assert.equal(moved['oauth_tokens_revoked_total{reason="security"}'], 2)
        const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${tokens.access_token}` })
        assert.equal(info.status, 401)
      })

      it('RFC 9700 §4.5: of 100 redemptions at the same moment one gets tokens, and keeps them', async () => {
        const code = await obtainCode(test, client)
        const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(test, client, code)))
        const winners = answers.filter(({ status }) => status === 200)
        assert.equal(winners.length, 1)
        for (const answer of answers) {
          if (answer !== winners[0]) assert.deepEqual(errorOf(answer), [400, 'invalid_grant'])
        }
        const authorization = `Bearer ${winners[0]!.body.access_token}`
        assert.equal((await test.get('/oauth/tokeninfo', { authorization })).status, 200)
      })

      it('RFC 8707 §2.1, §2.2: a code holds the resources it was asked for, and the token request may name fewer', async () => {
        const resources = ['https://a.example/', 'https://b.example/']
        const client = await webClient(test, { allowedResources: [...resources, 'https://c.example/'] })
        const audienceOf = ({ access_token: token }: { access_token: string }) =>
          JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).aud
        const asked = { resource: resources }
        assert.deepEqual(audienceOf(await signInWeb(test, client, asked)), resources)
        const fewer = await redeem(test, client, await obtainCode(test, client, asked), {
          resource: resources[1]!,
        })
        assert.equal(audienceOf(fewer.body), resources[1])
        const more = await redeem(test, client, await obtainCode(test, client, asked), {
          resource: 'https://c.example/',
        })
        assert.deepEqual(errorOf(more), [400, 'invalid_target'])
      })

      it('a person who was disabled meanwhile gets nothing', async () => {
        const { username, password } = await test.account(`leaver-${driver}`)
        const browser = test.browser()
        await browser.signIn(username, password)
        const code = await obtainCode(test, client, {}, browser)
        const account = (await test.app.storage.read.accounts.findByUsername(username))!
        await test.administration.accounts.disable(account, { type: 'system' })
        assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
      })
    })
  })
}
