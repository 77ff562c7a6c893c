import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { authorize, decide, redeem, redirected, webClient } from '../support/authorization.ts'
import { deviceTokens } from '../support/device-tokens.ts'
import { setUpApp } from '../support/factors.ts'
import { drivers, startTestApp } from '../support/test-app.ts'

const claimsOf = (idToken: string) => decodeJwt(idToken)
const single = 'urn:authgate:acr:single-factor'
const multi = 'urn:authgate:acr:multi-factor'

for (const { driver, skip } of drivers) {
  describe(`OpenID Connect Core 1.0: acr and amr on ${driver}`, { skip }, () => {
    async function start(t: TestContext) {
      const test = await startTestApp({
        driver,
        environment: { SESSION_IDLE_TIMEOUT: '0', BASE_URL: 'http://localhost:8080' },
      })
      t.after(() => test.close())
      return test
    }

    it('§2, RFC 8176 §2: say how somebody signed in, wherever they did', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const before = claimsOf((await deviceTokens(test, browser)).id_token)
      assert.deepEqual([before.amr, before.acr], [['pwd'], single])
      const app = await setUpApp(test, browser)
      const other = test.browser({ ip: '198.51.100.1' })
      await other.signIn(username, password)
      await other.get('/login/verify')
      await other.submit('/login/verify', { code: app.code() })
      const tokens = await deviceTokens(test, other)
      const after = claimsOf(tokens.id_token)
      assert.deepEqual([after.amr, after.acr], [['pwd', 'otp', 'mfa'], multi])
      // §12.2: a refresh says the same.
      const refreshed = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        client_id: test.clientId,
        refresh_token: tokens.refresh_token,
      })
      const { amr, acr, auth_time } = claimsOf(refreshed.body.id_token)
      assert.deepEqual([amr, acr, auth_time], [after.amr, after.acr, after.auth_time])
    })

    it('Discovery §3: acr_values_supported names what can be reached', async (t) => {
      const test = await start(t)
      const { body } = await test.get('/.well-known/openid-configuration')
      assert.deepEqual(body.acr_values_supported, [single, multi, 'phr'])
      assert.ok(body.claims_supported.includes('acr'))
    })

    it('§3.1.2.1: acr_values leads whoever has a second factor to show it, once', async (t) => {
      const test = await start(t)
      const client = await webClient(test)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const app = await setUpApp(test, browser)
      const began = Math.floor(test.clock.now() / 1000) - 30
      const asked = await authorize(browser, client, { scope: 'openid', acr_values: multi })
      assert.equal(asked.status, 303)
      const confirm = String(asked.headers.location)
      assert.match(confirm, /^\/login\/confirm\?/)
      const page = await browser.get(confirm)
      assert.equal(page.text.includes('name="password"'), false, 'a password alone is not enough')
      // The form leads to the app in the end.
      assert.equal(String(page.headers['content-security-policy']).includes('form-action'), false)
      const query = new URL(confirm, 'http://localhost').searchParams
      const confirmed = await browser.submit('/login/confirm', {
        code: app.code(),
        acr: query.get('acr')!,
        redirect: query.get('redirect')!,
      })
      assert.equal(confirmed.status, 303)
      const { code } = redirected(
        await decide(browser, await browser.get(String(confirmed.headers.location)), 'approve'),
      )
      const claims = claimsOf((await redeem(test, client, code!)).body.id_token)
      assert.deepEqual([claims.acr, claims.amr], [multi, ['pwd', 'otp', 'mfa']])
      assert.ok(Number(claims.auth_time) > began, 'auth_time is when they showed it')
      const silent = await authorize(browser, client, { scope: 'openid', acr_values: multi, prompt: 'none' })
      assert.ok(redirected(silent).code)
    })

    it('§5.5.1.1: an essential acr that somebody cannot reach is a failed sign-in; a voluntary one is not', async (t) => {
      const test = await start(t)
      const client = await webClient(test)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const essential = JSON.stringify({ id_token: { acr: { essential: true, values: [multi] } } })
      const refused = await authorize(browser, client, { scope: 'openid', claims: essential })
      assert.equal(redirected(refused).error, 'unmet_authentication_requirements')
      const voluntary = await authorize(browser, client, { scope: 'openid', acr_values: multi })
      const { code } = redirected(await decide(browser, voluntary, 'approve'))
      assert.equal(claimsOf((await redeem(test, client, code!)).body.id_token).acr, single)
    })
  })
}
