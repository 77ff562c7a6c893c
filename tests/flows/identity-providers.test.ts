/**
 * Sign-in through each identity provider: the way there and back, what becomes of the person here, and every way it can
 * go wrong, which ends on a page that says what to do and never in a session.
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Account } from '../../src/accounts/account.ts'
import {
  type AnyProvider,
  providerNames,
  signInThrough,
  startProviders,
  throughProvider,
} from '../support/identity-providers/all.ts'
import { drivers, type Metrics, startTestApp, type TestApp } from '../support/test-app.ts'

const watched = ['auth_', 'sessions_created_total']

for (const { driver, skip } of drivers) {
  // What the databases do differently they do for every provider alike.
  for (const name of driver === 'sqlite' ? providerNames : (['github'] as const)) {
    describe(`sign-in with ${name} on ${driver}`, { skip }, () => {
      let provider: AnyProvider
      let test: TestApp
      let before: Metrics

      const start = async (environment: Record<string, string> = {}): Promise<void> => {
        provider = await startProviders[name]()
        test = await startTestApp({ driver, environment: { ...provider.settings, ...environment } })
        before = await test.metrics()
      }
      afterEach(async () => {
        await test.close()
        await provider.close()
      })
      const moved = async () => {
        const all = (await test.metrics()).since(before, watched)
        return Object.fromEntries(
          Object.entries(all).filter(([sample]) => !sample.includes('_bucket{') && !sample.includes('_sum{')),
        )
      }
      const success = {
        'auth_attempts_total{method="oauth",result="success"}': 1,
        [`auth_login_total{auth_source="${name}",result="success"}`]: 1,
        [`auth_oauth_callback_total{provider="${name}",result="success"}`]: 1,
        'auth_login_duration_seconds_count{method="oauth"}': 1,
        sessions_created_total: 1,
      }
      const failure = {
        'auth_attempts_total{method="oauth",result="failure"}': 1,
        [`auth_login_total{auth_source="${name}",result="failure"}`]: 1,
        [`auth_oauth_callback_total{provider="${name}",result="error"}`]: 1,
        'auth_login_duration_seconds_count{method="oauth"}': 1,
      }
      const accountNamed = (username: string) => test.app.storage.read.accounts.findByUsername(username)
      const nobodySignedIn = async (browser: ReturnType<TestApp['browser']>): Promise<void> => {
        assert.match(String((await browser.get('/account/sessions')).headers.location), /^\/login/)
      }
      const insertLocal = async (changes: Partial<Account>): Promise<Account> => {
        const made = await test.account('local-person')
        const account = (await accountNamed(made.username))!
        await test.app.storage.transaction((tx) =>
          tx.accounts.changeProfile(account.id, { ...account, ...changes }, test.clock.now()),
        )
        return (await test.app.storage.read.accounts.find(account.id))!
      }

      it('makes an account the first time, finds it the next time, and goes on to where the person was going', async () => {
        await start()
        const browser = test.browser()
        const page = await browser.get('/login?redirect=%2Fdevice%3Fuser_code%3DABCD')
        assert.ok(page.text.includes(`Continue with ${provider.label}`), page.text)
        const [, href = ''] = /href="(\/auth\/login\/[^"]*)"/.exec(page.text) ?? []
        const answer = await signInThrough(provider, browser, {
          query: href.replace(/^[^?]*/, '').replaceAll('&amp;', '&'),
        })
        assert.equal(answer.status, 303, answer.text)
        assert.equal(answer.headers.location, '/device?user_code=ABCD')
        assert.deepEqual(await moved(), success)

        const { username, email, fullName } = provider.person
        const account = await accountNamed(username)
        assert.ok(account, `there is no ${username}`)
        assert.deepEqual(
          [account.email, account.fullName, account.emailVerified, account.authSource, account.passwordHash],
          [email, fullName, provider.believed, name, undefined],
        )
        assert.match((await browser.get('/account/sessions')).text, /Sessions and apps/)

        const again = test.browser()
        assert.equal((await signInThrough(provider, again)).headers.location, '/account/sessions')
        const connections = await test.app.storage.read.identityConnections.listOf(account.id)
        assert.equal(connections.length, 1)
        assert.equal(connections[0]!.lastUsedAt, test.clock.now())
        const accounts = await test.app.storage.read.accounts.list({ limit: 10 })
        assert.equal(accounts.length, 2, 'the administrator and the person')
      })

      it('asks with state, PKCE and no more than it needs, and keeps the secrets out of the address', async () => {
        await start()
        const left = await test.browser().get(`/auth/login/${name}`)
        const asked = new URL(String(left.headers.location)).searchParams
        assert.equal(asked.get('code_challenge_method'), 'S256')
        assert.equal(asked.get('response_type'), 'code')
        assert.equal(asked.get('redirect_uri'), `http://localhost:8080/auth/callback/${name}`)
        assert.match(asked.get('state') ?? '', /^[\w-]{43}$/)
        assert.match(asked.get('code_challenge') ?? '', /^[\w-]{43}$/)
        assert.equal(asked.has('nonce'), name === 'oidc' || name === 'microsoft')
        const cookie = String(left.headers['set-cookie'])
        assert.match(cookie, /^authgate_flow=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
        assert.ok(!cookie.includes(asked.get('state')!))
      })

      it('remembers whoever asked for it, ends the session that was there, and opens each session anew', async () => {
        await start()
        const browser = await test.signedIn()
        const previous = browser.cookies.get('authgate_session')
        const answer = await signInThrough(provider, browser, { query: '?remember_me=1' })
        assert.match(String(answer.headers['set-cookie']), /authgate_session=[^;]+; Max-Age=2592000/)
        assert.notEqual(browser.cookies.get('authgate_session'), previous)
        assert.equal(
          (await test.metrics()).since(before, ['sessions_expired'])[
            'sessions_expired_total{reason="logout"}'
          ],
          1,
        )
      })

      it('cancelled there: a page with the way back, and no session', async () => {
        await start()
        const browser = test.browser()
        const answer = await signInThrough(provider, browser, {
          decision: 'cancel',
          query: '?redirect=%2Fdevice',
        })
        assert.equal(answer.status, 403)
        assert.match(answer.text, new RegExp(`You canceled at ${provider.label}`))
        assert.match(answer.text, /href="\/login\?redirect=%2Fdevice"/)
        assert.deepEqual(await moved(), failure)
        await nobodySignedIn(browser)
      })

      it('a code that is refused: a page, and no session', async () => {
        await start()
        const browser = test.browser()
        const callback = await throughProvider(provider, browser)
        provider.refuseCodes()
        const answer = await browser.get(callback)
        assert.equal(answer.status, 502)
        assert.match(answer.text, /could not be trusted/)
        assert.deepEqual(await moved(), failure)
        await nobodySignedIn(browser)
      })

      it('a provider that is down: a page, soon, and no wrong blame', async () => {
        await start()
        const browser = test.browser()
        const callback = await throughProvider(provider, browser)
        provider.breakDown()
        const answer = await browser.get(callback)
        assert.equal(answer.status, 503)
        assert.match(answer.text, /does not answer right now/)
        assert.ok(Number(answer.headers['retry-after']) > 0)
        assert.deepEqual(await moved(), failure)
        await nobodySignedIn(browser)
      })

      it('a callback without its cookie, with another state, late, or a second time: the page to start again from', async () => {
        await start()
        const browser = test.browser()
        const callback = await throughProvider(provider, browser)
        const stranger = test.browser()
        const strange = await stranger.get(callback)
        assert.equal(strange.status, 400)
        assert.match(strange.text, /not started here/)
        await nobodySignedIn(stranger)

        const forged = await browser.get(callback.replace(/state=[^&]+/, 'state=forged'))
        assert.equal(forged.status, 400)
        assert.equal(browser.cookies.has('authgate_flow'), false, 'one try per flow')

        const late = test.browser()
        const lateCallback = await throughProvider(provider, late)
        test.clock.advance(600)
        const tooLate = await late.get(lateCallback)
        assert.equal(tooLate.status, 400)
        assert.match(tooLate.text, /took too long/)

        const twice = test.browser()
        const used = await throughProvider(provider, twice)
        const kept = new Map(twice.cookies)
        assert.equal((await twice.get(used)).status, 303)
        const thief = test.browser()
        for (const [key, value] of kept) thief.cookies.set(key, value)
        assert.equal((await thief.get(used)).status, 400)
        await nobodySignedIn(thief)
        const counts = await moved()
        assert.equal(counts['auth_attempts_total{method="oauth",result="failure"}'], 4)
        assert.equal(counts[`auth_oauth_callback_total{provider="${name}",result="error"}`], 4)
        assert.equal(counts[`auth_oauth_callback_total{provider="${name}",result="success"}`], 1)
      })

      it('without an address there: the page says how to get on', async () => {
        await start()
        provider.setEmail(undefined)
        const answer = await signInThrough(provider, test.browser())
        assert.equal(answer.status, 403)
        assert.match(answer.text, /did not tell your email address/)
        assert.deepEqual(await moved(), failure)
      })

      it('no account is made where that is off, and one that is there is still found', async () => {
        await start({ OAUTH_AUTO_REGISTER: 'false' })
        const answer = await signInThrough(provider, test.browser())
        assert.equal(answer.status, 403)
        assert.match(answer.text, /There is no account for you here/)
        assert.deepEqual(await moved(), failure)
        assert.equal(await accountNamed(provider.person.username), undefined)
      })

      it('an address both know to be theirs joins them; one that either does not know does not', async () => {
        await start()
        const account = await insertLocal({ email: 'shared@example.com', emailVerified: false })
        provider.setEmail('Shared@Example.com')
        const browser = test.browser()
        const refused = await signInThrough(provider, browser)
        assert.equal(refused.status, 409)
        assert.match(refused.text, /has an account here already/)
        assert.match(refused.text, /href="\/login\?redirect=%2Faccount%2Fconnections"/)
        assert.deepEqual(await moved(), failure)
        await nobodySignedIn(browser)

        await test.app.storage.transaction((tx) =>
          tx.accounts.changeProfile(account.id, { ...account, emailVerified: true }, test.clock.now()),
        )
        const second = await signInThrough(provider, test.browser())
        assert.equal(second.status, provider.believed ? 303 : 409)
        const connections = await test.app.storage.read.identityConnections.listOf(account.id)
        assert.deepEqual(
          connections.map(({ source }) => source),
          provider.believed ? [name] : [],
        )
      })

      it('many who come for the first time at once are one account', async () => {
        await start()
        const browsers = Array.from({ length: 4 }, () => test.browser())
        const callbacks: string[] = []
        for (const browser of browsers) callbacks.push(await throughProvider(provider, browser))
        const answers = await Promise.all(browsers.map((browser, index) => browser.get(callbacks[index]!)))
        assert.deepEqual(
          answers.map(({ status }) => status),
          [303, 303, 303, 303],
        )
        assert.equal((await test.app.storage.read.accounts.list({ limit: 10 })).length, 2)
      })

      it('a disabled account stays shut', async () => {
        await start()
        await signInThrough(provider, test.browser())
        const account = (await accountNamed(provider.person.username))!
        await test.administration.accounts.disable(account, { type: 'system' })
        before = await test.metrics()
        const browser = test.browser()
        const answer = await signInThrough(provider, browser)
        assert.equal(answer.status, 403)
        assert.match(answer.text, /switched off/)
        assert.deepEqual(await moved(), failure)
        await nobodySignedIn(browser)
      })
    })
  }
}

describe('addresses of providers', () => {
  it('lead nowhere for those that are not enabled, and are not counted as callbacks', async () => {
    const provider = await startProviders.github()
    const test = await startTestApp({ environment: provider.settings })
    try {
      const before = await test.metrics()
      for (const path of [
        '/auth/login/gitlab',
        '/auth/callback/gitlab?code=x&state=y',
        '/auth/login/nobody',
      ]) {
        assert.equal((await test.browser().get(path)).status, 404, path)
      }
      assert.deepEqual((await test.metrics()).since(before, ['auth_']), {})
    } finally {
      await test.close()
      await provider.close()
    }
  })

  it('count as sign-ins for the limit of an address', async () => {
    const provider = await startProviders.github()
    const environment = { ...provider.settings, ENABLE_RATE_LIMIT: 'true', LOGIN_RATE_LIMIT: '2' }
    const test = await startTestApp({ environment })
    try {
      const browser = test.browser()
      for (const status of [303, 303, 429]) {
        assert.equal((await browser.get('/auth/login/github')).status, status)
      }
    } finally {
      await test.close()
      await provider.close()
    }
  })

  it('do not lead anywhere else afterwards', async () => {
    const provider = await startProviders.github()
    const test = await startTestApp({ environment: provider.settings })
    try {
      for (const redirect of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
        const query = `?redirect=${encodeURIComponent(redirect)}`
        const answer = await signInThrough(provider, test.browser(), { query })
        assert.equal(answer.headers.location, '/account/sessions')
      }
    } finally {
      await test.close()
      await provider.close()
    }
  })
})
