/**
 * RFC 9700: Best Current Practice for OAuth 2.0 Security, clause by clause. What another file tests already is in
 * docs/rfc-coverage.md only.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  authorize,
  callback,
  decide,
  obtainCode,
  redeem,
  redirected,
  signInWeb,
  webClient,
} from '../support/authorization.ts'
import { errorOf, machineToken, refresh, signInDevice } from '../support/oauth-client.ts'
import { adminPassword, drivers, startTestApp, type TestApp } from '../support/test-app.ts'

async function active(test: TestApp, token: string): Promise<boolean> {
  return (await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })).status === 200
}

for (const { driver, skip } of drivers) {
  describe(`RFC 9700 on ${driver}`, { skip }, () => {
    it('§4.14.2: a used refresh token that comes back ends the whole family', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const second = (await refresh(test, first.refresh_token)).body
      const before = await test.metrics()
      test.clock.advance(31)
      assert.deepEqual(errorOf(await refresh(test, first.refresh_token)), [400, 'invalid_grant'])
      assert.deepEqual(errorOf(await refresh(test, second.refresh_token)), [400, 'invalid_grant'])
      assert.equal(await active(test, first.access_token), false)
      assert.equal(await active(test, second.access_token), false)
      const moved = (await test.metrics()).since(before, ['oauth_tokens_revoked_total'])
      // Two access tokens and the one refresh token that was still good.
      assert.deepEqual(moved, { 'oauth_tokens_revoked_total{reason="security"}': 3 })
      // A second look at the same corpse raises no second alarm.
      await refresh(test, first.refresh_token)
      assert.deepEqual((await test.metrics()).since(before, ['oauth_tokens_revoked_total']), moved)
    })

    it('§4.14.2: the immediate predecessor may be retried within the grace window', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const lost = await refresh(test, first.refresh_token)
      test.clock.advance(29)
      const retried = await refresh(test, first.refresh_token)
      assert.equal(retried.status, 200)
      assert.notEqual(retried.body.refresh_token, lost.body.refresh_token)
      // Both siblings go on.
      assert.equal((await refresh(test, lost.body.refresh_token)).status, 200)
      assert.equal((await refresh(test, retried.body.refresh_token)).status, 200)
    })

    it('§4.14.2: once a successor was used, the predecessor is no retry any more', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const second = (await refresh(test, first.refresh_token)).body
      const third = (await refresh(test, second.refresh_token)).body
      assert.deepEqual(errorOf(await refresh(test, first.refresh_token)), [400, 'invalid_grant'])
      assert.equal(await active(test, third.access_token), false)
    })

    it('§4.14.2: 20 parallel refreshes inside the grace window give one family and no alarm', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const before = await test.metrics()
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(test, first.refresh_token)))
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 20)
      assert.ok(await active(test, answers[7]!.body.access_token))
      const moved = (await test.metrics()).since(before, [
        'oauth_tokens_',
        'oauth_token_generation_duration_seconds_count',
      ])
      assert.deepEqual(moved, {
        'oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}': 20,
        'oauth_tokens_issued_total{token_type="refresh",grant_type="refresh_token"}': 20,
        'oauth_tokens_refreshed_total{result="success"}': 20,
        'oauth_tokens_revoked_total{reason="rotation"}': 1,
        'oauth_tokens_active{token_type="access"}': 20,
        'oauth_tokens_active{token_type="refresh"}': 19,
        'oauth_token_generation_duration_seconds_count{provider="local"}': 20,
      })
    })

    it('§4.14.2: 100 refreshes at the same moment give one family inside the grace window, and without one end it', async (t) => {
      for (const grace of ['30s', '0']) {
        const test = await startTestApp({ driver, environment: { REFRESH_TOKEN_GRACE_PERIOD: grace } })
        t.after(() => test.close())
        const first = await signInDevice(test)
        const again = () => refresh(test, first.refresh_token)
        const answers = await Promise.all(Array.from({ length: 100 }, again))
        const won = answers.filter(({ status }) => status === 200)
        assert.equal(won.length, grace === '0' ? 1 : 100)
        for (const { status, body } of answers) if (status !== 200) assert.equal(body.error, 'invalid_grant')
        assert.equal(await active(test, won[0]!.body.access_token), grace !== '0')
      }
    })

    it('§4.14.2: without a grace window one of 20 parallel refreshes wins and the family ends', async (t) => {
      const test = await startTestApp({ driver, environment: { REFRESH_TOKEN_GRACE_PERIOD: '0' } })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(test, first.refresh_token)))
      const won = answers.filter(({ status }) => status === 200)
      assert.equal(won.length, 1)
      for (const { body } of won) {
        assert.equal(await active(test, body.access_token), false)
        assert.deepEqual(errorOf(await refresh(test, body.refresh_token)), [400, 'invalid_grant'])
      }
      const gauges = await test.metrics()
      assert.equal(gauges.get('oauth_tokens_active{token_type="refresh"}'), 0)
      assert.equal(gauges.get('oauth_tokens_active{token_type="access"}'), 0)
      // One alarm for one family, however many copies came at once; the audit log is written every second.
      await new Promise((resolve) => setTimeout(resolve, 1200))
      const rows = await test.app.storage.read.audit.list({ limit: 100 })
      assert.equal(rows.filter(({ eventType }) => eventType === 'SUSPICIOUS_ACTIVITY').length, 1)
    })

    it('§4.14.2: a family has an absolute end that no refresh extends', async (t) => {
      const test = await startTestApp({
        driver,
        environment: {
          REFRESH_TOKEN_EXPIRATION: '24h',
          REFRESH_TOKEN_EXPIRATION_MAX: '60h',
          TOKEN_PROFILE_LONG_REFRESH_TTL: '48h',
        },
      })
      t.after(() => test.close())
      let token = (await signInDevice(test)).refresh_token
      for (const hours of [20, 20, 19.9]) {
        test.clock.advance(hours * 3600)
        const answer = await refresh(test, token)
        assert.equal(answer.status, 200)
        token = answer.body.refresh_token
      }
      test.clock.advance(3600)
      assert.deepEqual(errorOf(await refresh(test, token)), [400, 'invalid_grant'])
    })

    it('without rotation the same refresh token goes on, and is returned', async (t) => {
      const test = await startTestApp({ driver, environment: { ENABLE_TOKEN_ROTATION: 'false' } })
      t.after(() => test.close())
      const first = await signInDevice(test)
      for (let use = 0; use < 3; use++) {
        const answer = await refresh(test, first.refresh_token)
        assert.equal(answer.body.refresh_token, first.refresh_token)
      }
      const gauges = await test.metrics()
      assert.equal(gauges.get('oauth_tokens_active{token_type="refresh"}'), 1)
      assert.equal(gauges.get('oauth_tokens_active{token_type="access"}'), 4)
    })
  })
}

describe('RFC 9700, clause by clause', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp()
  })
  after(() => test.close())
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

  it('§2.1.1, §4.5.3.1: a code is worth nothing without the verifier of its challenge, stolen or injected', async () => {
    const client = await webClient(test, { type: 'public' })
    const code = await obtainCode(test, client)
    // The other session has a verifier of its own.
    const injected = await redeem(test, client, code, { code_verifier: 'y'.repeat(43) })
    assert.deepEqual(errorOf(injected), [400, 'invalid_grant'])
    const stolen = await redeem(test, client, code, { code_verifier: undefined })
    assert.deepEqual(errorOf(stolen), [400, 'invalid_grant'])
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    assert.deepEqual(body.code_challenge_methods_supported, ['S256'])
  })

  it('§2.1.2, §4.6: no response type gives a token through the browser', async () => {
    const client = await webClient(test)
    const browser = await test.signedIn()
    for (const response_type of ['token', 'id_token', 'id_token token', 'code token', 'none']) {
      const answer = redirected(await authorize(browser, client, { response_type }))
      assert.equal(answer.error, 'unsupported_response_type', response_type)
    }
    const { body } = await test.get('/.well-known/openid-configuration')
    assert.deepEqual(body.response_types_supported, ['code'])
  })

  it('§2.3, §4.10.2: a token is for one audience and no more than was asked, and another audience’s is none here', async () => {
    const resource = 'https://api.example/v1'
    const client = await webClient(test, { allowedResources: [resource] })
    const { access_token } = await signInWeb(test, client, { scope: 'openid read', resource })
    const claims = claimsOf(access_token)
    assert.deepEqual([claims.aud, claims.scope], [resource, 'openid read'])
    const userinfo = await test.get('/oauth/userinfo', { authorization: `Bearer ${access_token}` })
    assert.deepEqual(errorOf(userinfo), [401, 'invalid_token'])
  })

  it('§2.4: there is no grant for passwords', async () => {
    const { basic } = await webClient(test)
    const fields = { grant_type: 'password', username: 'admin', password: 'x' }
    const answer = await test.post('/oauth/token', fields, { authorization: basic! })
    assert.deepEqual(errorOf(answer), [400, 'unsupported_grant_type'])
  })

  it('§4.2: a page sends no path to other sites, loads nothing from them, and a response leaves by redirect', async () => {
    const client = await webClient(test)
    const browser = await test.signedIn()
    const page = await authorize(browser, client, { scope: 'write' })
    assert.equal(page.status, 200)
    assert.equal(page.headers['referrer-policy'], 'strict-origin-when-cross-origin')
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none';/)
    assert.doesNotMatch(page.text, /(?:src|href|action)="(?:https?:)?\/\//)
    assert.equal((await decide(browser, page, 'approve')).status, 303)
  })

  it('§4.3: nothing that works comes in a query, and what a history keeps of a response works no more', async () => {
    const client = await webClient(test)
    const code = await obtainCode(test, client)
    const first = await redeem(test, client, code)
    assert.equal(first.status, 200)
    assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
    const { access_token } = await signInWeb(test, client, { scope: 'openid' })
    for (const path of ['/oauth/userinfo', '/oauth/tokeninfo']) {
      assert.equal((await test.get(`${path}?access_token=${access_token}`)).status, 401, path)
    }
  })

  it('§4.7: without the token of its session a decision about a request counts for nothing', async () => {
    const client = await webClient(test)
    const browser = await test.signedIn()
    const page = await authorize(browser, client, { scope: 'write' })
    const forged = await decide(browser, page, 'approve', { csrf_token: 'guessed' })
    assert.equal(forged.status, 403)
    assert.equal(forged.headers.location, undefined)
  })

  it('§4.8.2: a challenge that somebody took out of the request is missed at the token endpoint', async () => {
    const client = await webClient(test)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const code = await obtainCode(test, client, without)
    assert.deepEqual(errorOf(await redeem(test, client, code)), [400, 'invalid_grant'])
  })

  it('§4.12: redirects after a form are 303, so that no browser sends it on', async () => {
    assert.equal((await test.browser().signIn('admin', adminPassword)).status, 303)
    const client = await webClient(test)
    const signedIn = await test.signedIn()
    const decided = await decide(signedIn, await authorize(signedIn, client, { scope: 'write' }), 'approve')
    assert.equal(decided.status, 303)
    assert.ok(String(decided.headers.location).startsWith(callback))
  })

  it('§4.15: a client that acts for itself can be taken for no person', async () => {
    const { basic, id } = await test.confidentialClient()
    const { sub } = claimsOf(await machineToken(test, basic))
    assert.equal(sub, `client:${id}`)
    const person = await test.app.storage.read.accounts.findByUsername('admin')
    // Ids of accounts are UUIDs, which have no colon.
    assert.match(person!.id, /^[\da-f-]{36}$/)
  })

  it('§4.16: no page may be framed', async () => {
    const client = await webClient(test)
    const browser = await test.signedIn()
    for (const page of [
      await authorize(browser, client, { scope: 'write' }),
      await browser.get('/login'),
      await browser.get('/device'),
      await browser.get('/account/sessions'),
    ]) {
      assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
      assert.equal(page.headers['x-frame-options'], 'DENY')
    }
  })

  it('§4.17: no response is posted between windows', async () => {
    const client = await webClient(test)
    const answer = await authorize(await test.signedIn(), client, { response_mode: 'web_message' })
    assert.equal(redirected(answer).error, 'invalid_request')
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    assert.deepEqual([...body.response_modes_supported].sort(), ['form_post', 'query'])
  })
})
