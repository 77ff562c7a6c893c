import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { deviceTokens } from '../support/device-tokens.ts'
import { fieldOf, setUpApp } from '../support/factors.ts'
import { startMailServer } from '../support/mail-server.ts'
import {
  adminPassword,
  drivers,
  startTestApp,
  type TestApp,
  type TestAppOptions,
} from '../support/test-app.ts'

const next = 'a lighthouse of paper boats'

for (const { driver, skip } of drivers) {
  describe(`passwords on ${driver}`, { skip }, () => {
    async function start(t: TestContext, options: TestAppOptions = {}): Promise<TestApp> {
      const test = await startTestApp({ driver, ...options })
      t.after(() => test.close())
      return test
    }

    it('a new one ends every other session and every token, and goes on in a session of its own', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const here = test.browser()
      await here.signIn(username, password, { remember_me: '1' })
      const elsewhere = test.browser({ ip: '198.51.100.1' })
      await elsewhere.signIn(username, password)
      const tokens = await deviceTokens(test, here)
      const copied = here.cookies.get('authgate_session')!
      const before = await test.metrics()
      await here.get('/account/security')
      const answer = await here.submit('/account/security/password', {
        current_password: password,
        new_password: next,
      })
      assert.deepEqual(
        [answer.status, answer.headers.location],
        [303, '/account/security?notice=password_changed'],
      )
      assert.match(String(answer.headers['set-cookie']), /authgate_session=[^;]+; Max-Age=2592000/)
      assert.equal((await here.get('/account/sessions')).status, 200)
      assert.notEqual(here.cookies.get('authgate_session'), copied)
      for (const browser of [elsewhere, test.browser()]) {
        if (browser !== elsewhere) browser.cookies.set('authgate_session', copied)
        assert.equal(
          (await browser.get('/account/sessions')).headers.location,
          '/login?redirect=%2Faccount%2Fsessions&error=session_ended',
        )
      }
      const refreshed = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        client_id: test.clientId,
        refresh_token: tokens.refresh_token,
      })
      assert.equal(refreshed.body.error, 'invalid_grant')
      const moved = (await test.metrics()).since(before, [
        'sessions_created_total',
        'sessions_invalidated_total',
        'oauth_tokens_revoked_total',
        'auth_',
        'authgate_password_changes_total',
        'sessions_active',
      ])
      assert.deepEqual(moved, {
        sessions_created_total: 1,
        'sessions_invalidated_total{reason="security"}': 2,
        'oauth_tokens_revoked_total{reason="security"}': 2,
        'authgate_password_changes_total{occasion="own_wish"}': 1,
        sessions_active: -1,
      })
      const again = test.browser({ ip: '198.51.100.2' })
      assert.equal((await again.signIn(username, password)).status, 401)
      assert.equal((await again.signIn(username, next)).status, 303)
    })

    it('wants the current one, and one that is not easily guessed', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const change = async (current_password: string, new_password: string) => {
        await browser.get('/account/security')
        return browser.submit('/account/security/password', { current_password, new_password })
      }
      const cases: [current: string, next: string, words: RegExp][] = [
        ['wrong', next, /This is not your current password/],
        [password, 'short', /Use at least 8 characters/],
        [password, 'password1', /first that anybody would try/],
        [password, 'ada@example.com', /Do not use your name/],
        [password, 'aaaaaaaaaaaa', /Do not repeat one thing/],
        [password, password, /the password you have already/],
      ]
      for (const [current, chosen, words] of cases) {
        const answer = await change(current, chosen)
        assert.equal(answer.status, 400, chosen)
        assert.match(answer.text, words)
        assert.equal(answer.text.includes(`value="${chosen}"`), false)
      }
      assert.equal((await browser.get('/account/sessions')).status, 200)
    })

    it('guesses of the current one are slowed down', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const statuses: number[] = []
      for (let time = 0; time < 7; time++) {
        await browser.get('/account/security')
        const fields = { current_password: 'wrong', new_password: next }
        statuses.push((await browser.submit('/account/security/password', fields)).status)
      }
      assert.deepEqual(statuses, [400, 400, 400, 400, 400, 400, 429])
    })

    it('one that an administrator knows is replaced before anything else, keeping where the person was going', async (t) => {
      const test = await start(t)
      const { account, password } = await test.administration.accounts.create(
        { username: 'ada', email: 'ada@example.com', role: 'user' },
        { type: 'system' },
      )
      const before = await test.metrics()
      const browser = test.browser()
      const first = await browser.signIn('ada', password!, { redirect: '/device' })
      assert.equal(first.headers.location, '/login/new-password?redirect=%2Fdevice')
      assert.equal((await browser.get('/account/security')).headers.location?.startsWith('/login'), true)
      const page = await browser.get(first.headers.location)
      assert.match(page.text, /Choose your password/)
      const choose = (new_password: string) =>
        browser.submit('/login/new-password', { new_password, redirect: '/device' })
      assert.match((await choose(password!)).text, /the password you have already/)
      assert.match((await choose('12345678')).text, /Do not repeat one thing/)
      const done = await choose(next)
      assert.deepEqual([done.status, done.headers.location], [303, '/device'])
      assert.equal((await browser.get('/device')).status, 200)
      assert.deepEqual((await test.metrics()).since(before, ['auth_login_total', 'sessions_created_total']), {
        'auth_login_total{auth_source="local",result="success"}': 1,
        sessions_created_total: 1,
      })
      const again = test.browser()
      assert.equal((await again.signIn('ada', next)).headers.location, '/account/sessions')
      // A reset by somebody else asks again.
      const reset = await test.administration.accounts.resetPassword(account, { type: 'system' })
      assert.match((await again.signIn('ada', reset)).headers.location!, /^\/login\/new-password/)
    })

    it('FORCE_PASSWORD_CHANGE=none lets people keep what they were given', async (t) => {
      const test = await start(t, { environment: { FORCE_PASSWORD_CHANGE: 'none' } })
      const { password } = await test.administration.accounts.create(
        { username: 'ada', email: 'ada@example.com', role: 'user' },
        { type: 'system' },
      )
      assert.equal((await test.browser().signIn('ada', password!)).headers.location, '/account/sessions')
    })

    it('who forgot theirs chooses another with a mailed link, once', async (t) => {
      const mail = await startMailServer()
      t.after(() => mail.close())
      const test = await start(t, { environment: mail.environment })
      const { username, password } = await test.account('ada')
      const stranger = test.browser({ ip: '198.51.100.1' })
      assert.match((await stranger.get('/login')).text, /href="\/forgot-password"/)
      const ask = async (typed: string) => {
        await stranger.get('/forgot-password')
        return stranger.submit('/forgot-password', { username: typed })
      }
      const known = await ask('Ada@Example.com')
      const letter = await mail.next()
      assert.deepEqual([letter.to, letter.from], ['ada@example.com', 'authgate@example.com'])
      assert.match(letter.text, /Hello ada,/)
      assert.match(letter.text, /198\.51\.100\.1/)
      const [, token = ''] = /\/reset-password\?token=([\w.-]+)/.exec(letter.text) ?? []
      assert.ok(token)
      // Nobody can tell from the answer.
      const unknown = await ask('nobody@example.com')
      const plain = (text: string) => text.replace(/value="[^"]*"/g, '')
      assert.deepEqual([unknown.status, plain(unknown.text)], [known.status, plain(known.text)])

      const signedIn = test.browser()
      await signedIn.signIn(username, password)
      const page = await stranger.get(`/reset-password?token=${token}`)
      assert.equal(page.headers['referrer-policy'], 'no-referrer')
      assert.equal(
        (await stranger.submit('/reset-password', { token, new_password: 'password' })).status,
        400,
      )
      const done = await stranger.submit('/reset-password', { token, new_password: next })
      assert.equal(done.headers.location, '/login?notice=password_changed')
      assert.match((await mail.next()).text, /was just changed/)
      assert.equal((await signedIn.get('/account/sessions')).status, 303)
      assert.equal(
        (await stranger.submit('/reset-password', { token, new_password: 'yet another one here' })).status,
        400,
      )
      assert.equal((await stranger.get(`/reset-password?token=${token}`)).status, 400)
      assert.equal((await test.browser().signIn(username, next)).status, 303)
      const account = await test.app.storage.read.accounts.findByUsername(username)
      assert.equal(account?.emailVerified, true, 'they showed that they get mail there')
    })

    it('a link is good for half an hour, only the newest, and not after a change', async (t) => {
      const mail = await startMailServer()
      t.after(() => mail.close())
      const test = await start(t, { environment: mail.environment })
      await test.account('ada')
      const browser = test.browser()
      const ask = async () => {
        await browser.get('/forgot-password')
        await browser.submit('/forgot-password', { username: 'ada' })
        const [, token = ''] = /token=([\w.-]+)/.exec((await mail.next()).text) ?? []
        return token
      }
      const valid = async (token: string) =>
        (await browser.get(`/reset-password?token=${token}`)).status === 200
      const first = await ask()
      assert.equal(await valid(first), true)
      // Another mail within two minutes is not sent.
      await browser.get('/forgot-password')
      await browser.submit('/forgot-password', { username: 'ada' })
      test.clock.advance(121)
      const second = await ask()
      assert.equal(mail.received, 2)
      assert.deepEqual([await valid(first), await valid(second)], [false, true])
      test.clock.advance(1800)
      assert.equal(await valid(second), false)
      const third = await ask()
      assert.equal(await valid(`${third.slice(0, -1)}${third.endsWith('A') ? 'B' : 'A'}`), false)
      const account = (await test.app.storage.read.accounts.findByUsername('ada'))!
      await test.administration.accounts.resetPassword(account, { type: 'system' })
      assert.equal(await valid(third), false)
    })

    it('the link is not the second factor', async (t) => {
      const mail = await startMailServer()
      t.after(() => mail.close())
      const test = await start(t, { environment: mail.environment })
      const { username, password } = await test.account('ada')
      const home = test.browser()
      await home.signIn(username, password)
      await setUpApp(test, home)
      assert.match((await mail.next()).text, /an authenticator app or a passkey/)
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.get('/forgot-password')
      await browser.submit('/forgot-password', { username })
      const [, token = ''] = /token=([\w.-]+)/.exec((await mail.next()).text) ?? []
      await browser.get(`/reset-password?token=${token}`)
      await browser.submit('/reset-password', { token, new_password: next })
      assert.match((await browser.signIn(username, next)).headers.location!, /^\/login\/verify/)
    })

    it('a mail server that refuses is in the metrics, and nowhere in the answer', async (t) => {
      const mail = await startMailServer({ refuse: true })
      t.after(() => mail.close())
      const test = await start(t, { environment: mail.environment })
      const browser = test.browser()
      await test.account('ada')
      await browser.get('/forgot-password')
      assert.equal((await browser.submit('/forgot-password', { username: 'ada' })).status, 200)
      const failed = 'authgate_mails_total{kind="password_reset",result="error"}'
      for (let time = 0; time < 100 && (await test.metrics()).get(failed) === 0; time++) {
        await new Promise((resolve) => setImmediate(resolve))
        await mail.settled()
      }
      assert.equal((await test.metrics()).get(failed), 1)
    })

    it('without a mail server there is nothing to ask for', async (t) => {
      const test = await start(t)
      const browser = test.browser()
      assert.equal((await browser.get('/login')).text.includes('forgot-password'), false)
      assert.equal((await browser.get('/forgot-password')).status, 404)
    })
  })

  describe(`a fresh proof on ${driver}`, { skip }, () => {
    it('is asked for before a change to how one signs in, and the form is kept', async (t) => {
      const test = await startTestApp({ driver, environment: { SESSION_IDLE_TIMEOUT: '0' } })
      t.after(() => test.close())
      const browser = await test.signedIn()
      const app = await setUpApp(test, browser)
      const before = await test.metrics()
      test.clock.advance(900)
      await browser.get('/account/security')
      const asked = await browser.submit('/account/security/recovery-codes')
      assert.match(asked.text, /Confirm that it is you/)
      assert.match((await browser.get('/account/security')).text, /You have 10 left/)
      const again = await browser.submit('/account/security/recovery-codes')
      const kept = fieldOf(again.text, 'kept')
      const wrong = await browser.submit('/login/confirm', { password: 'wrong', kept })
      assert.equal(wrong.status, 401)
      assert.equal(fieldOf(wrong.text, 'kept'), kept)
      // Of somebody else's session it is worth nothing.
      const { username, password } = await test.account('ada')
      const stranger = test.browser({ ip: '198.51.100.1' })
      await stranger.signIn(username, password)
      await stranger.get('/account/security')
      const stolen = await stranger.submit('/login/confirm', { password, kept })
      assert.equal(stolen.status, 303)
      await browser.get('/account/security')
      const done = await browser.submit('/login/confirm', { password: adminPassword, kept })
      assert.equal(done.status, 200)
      assert.match(done.text, /Your recovery codes/)
      assert.equal(done.text.includes(app.recoveryCodes[0]!), false)
      assert.deepEqual((await test.metrics()).since(before, ['authgate_confirmations_total']), {
        'authgate_confirmations_total{result="failure"}': 1,
        'authgate_confirmations_total{result="success"}': 2,
      })
      // From now on it is fresh again.
      await browser.get('/account/security')
      assert.match((await browser.submit('/account/security/recovery-codes')).text, /Your recovery codes/)
    })

    it('may be a code, and a page asks for it before it shows', async (t) => {
      const test = await startTestApp({
        driver,
        environment: { SESSION_IDLE_TIMEOUT: '0', STEP_UP_MAX_AGE: '5m' },
      })
      t.after(() => test.close())
      const browser = await test.signedIn()
      const app = await setUpApp(test, browser)
      test.clock.advance(300)
      const page = await browser.get('/account/security/app')
      assert.match(page.text, /Confirm that it is you/)
      assert.equal(fieldOf(page.text, 'redirect'), '/account/security/app')
      const fields = { redirect: '/account/security/app' }
      const done = await browser.submit('/login/confirm', { ...fields, code: app.code() })
      assert.deepEqual([done.status, done.headers.location], [303, '/account/security/app'])
      assert.match((await browser.get('/account/security/app')).text, /secret-text/)
      const account = (await test.app.storage.read.accounts.findByUsername('admin'))!
      const [session] = await test.app.storage.read.sessions.listLive(account.id, test.clock.now(), 10)
      assert.deepEqual(session!.methods, ['pwd', 'otp'])
      assert.ok(session!.authenticatedAt > session!.createdAt)
    })
  })
}
