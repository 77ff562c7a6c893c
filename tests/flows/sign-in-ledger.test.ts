/**
 * The ledger of the sign-in sources: known numbers of sign-ins through each of them, and afterwards every sample of the
 * metrics about authentication compared with what it must be. The clock is moved by hand, so durations are exact too.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answering, startHttpApi } from '../support/http-api.ts'
import {
  providerNames,
  signInThrough,
  startProviders,
  throughProvider,
} from '../support/identity-providers/all.ts'
import { adminPassword, drivers, startTestApp } from '../support/test-app.ts'
import { observed } from './founding-metrics.ts'

const watched = [
  'auth_',
  'sessions_created_total',
  'authgate_identity_provider_request_duration_seconds_count',
]

for (const { driver, skip } of drivers) {
  describe(`the ledger of sign-in sources on ${driver}`, { skip }, () => {
    it('every label moves by exactly what happened', async () => {
      const api = await startHttpApi()
      const providers = await Promise.all(providerNames.map((name) => startProviders[name]()))
      const settings = Object.assign({}, ...providers.map((provider) => provider.settings))
      const test = await startTestApp({
        driver,
        environment: { ...api.settings, ...settings, HTTP_API_MAX_RETRIES: '1' },
      })
      try {
        const atStart = await test.metrics()

        // This server: one success, two failures.
        assert.equal((await test.browser().signIn('admin', adminPassword)).status, 303)
        for (const guess of ['one', 'two']) {
          assert.equal((await test.browser().signIn('admin', guess)).status, 401)
        }

        // The API: two successes, one after an error; a wrong password; an outage with its retry; a stranger.
        api.people.set('ana', { password: 'right', user_id: '1', email: 'ana@corp.example' })
        const atApi = (name: string, password: string) => test.browser().signIn(name, password)
        assert.equal((await atApi('ana', 'right')).status, 303)
        api.instead.push(answering(503, ''))
        assert.equal((await atApi('ana', 'right')).status, 303)
        assert.equal((await atApi('ana', 'wrong')).status, 401)
        api.instead.push(answering(500, ''), answering(500, ''))
        assert.equal((await atApi('ana', 'right')).status, 503)
        assert.equal((await atApi('nobody', 'guess')).status, 401)
        // What the forms themselves refuse is no attempt.
        const browser = test.browser()
        await browser.get('/login')
        assert.equal((await browser.submit('/login', { username: 'ana' })).status, 400)
        assert.equal((await browser.post('/login', { username: 'ana', password: 'right' })).status, 403)

        // Each provider: two successes, one canceled, one without its cookie, one that leaves and does not come back;
        // connected once, which is no attempt to sign in.
        for (const provider of providers) {
          assert.equal((await signInThrough(provider, test.browser())).status, 303)
          const person = test.browser()
          assert.equal((await signInThrough(provider, person)).status, 303)
          assert.equal((await signInThrough(provider, test.browser(), { decision: 'cancel' })).status, 403)
          const callback = await throughProvider(provider, test.browser())
          assert.equal((await test.browser().get(callback)).status, 400)
          await test.browser().get(`/auth/login/${provider.name}`)
          await person.get('/account/connections')
          const left = await person.submit(`/account/connections/${provider.name}/connect`)
          const { pathname, search } = await provider.decide(String(left.headers.location))
          assert.equal((await person.get(pathname + search)).status, 303)
        }

        const instantly = (times: number): number[] => Array<number>(times).fill(0)
        const requests = (provider: string, steps: Record<string, number>): Record<string, number> =>
          Object.fromEntries(
            Object.entries(steps).map(([step, count]) => [
              `authgate_identity_provider_request_duration_seconds_count{provider="${provider}",step="${step}"}`,
              count,
            ]),
          )
        assert.deepEqual((await test.metrics()).since(atStart, watched), {
          'auth_attempts_total{method="local",result="success"}': 1,
          'auth_attempts_total{method="local",result="failure"}': 2,
          'auth_attempts_total{method="http_api",result="success"}': 2,
          'auth_attempts_total{method="http_api",result="failure"}': 3,
          'auth_attempts_total{method="oauth",result="success"}': 10,
          'auth_attempts_total{method="oauth",result="failure"}': 10,
          'auth_login_total{auth_source="local",result="success"}': 1,
          'auth_login_total{auth_source="local",result="failure"}': 2,
          'auth_login_total{auth_source="http_api",result="success"}': 2,
          'auth_login_total{auth_source="http_api",result="failure"}': 3,
          ...Object.fromEntries(
            providerNames.flatMap((name) => [
              [`auth_login_total{auth_source="${name}",result="success"}`, 2],
              [`auth_login_total{auth_source="${name}",result="failure"}`, 2],
              [`auth_oauth_callback_total{provider="${name}",result="success"}`, 3],
              [`auth_oauth_callback_total{provider="${name}",result="error"}`, 2],
            ]),
          ),
          ...observed('auth_login_duration_seconds', instantly(3), { method: 'local' }),
          ...observed('auth_login_duration_seconds', instantly(5), { method: 'http_api' }),
          ...observed('auth_login_duration_seconds', instantly(20), { method: 'oauth' }),
          ...observed('auth_external_api_duration_seconds', instantly(7), { provider: 'http_api' }),
          sessions_created_total: 13,
          ...requests('github', { token: 3, profile: 3, emails: 3 }),
          ...requests('gitlab', { token: 3, profile: 3 }),
          ...requests('gitea', { token: 3, profile: 3 }),
          // Keys and metadata are remembered.
          ...requests('microsoft', { token: 3, keys: 1, profile: 3 }),
          ...requests('oidc', { discovery: 1, token: 3, keys: 1, profile: 3 }),
        })
      } finally {
        await test.close()
        await api.close()
        for (const provider of providers) await provider.close()
      }
    })
  })
}
