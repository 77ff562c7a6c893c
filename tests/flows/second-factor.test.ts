import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { appOf, fieldOf, recoveryCodesOf, setUpApp } from '../support/factors.ts'
import {
  adminPassword,
  drivers,
  startTestApp,
  type TestApp,
  type TestAppOptions,
  type TestBrowser,
} from '../support/test-app.ts'

const counters = [
  'auth_attempts_total',
  'auth_login_total',
  'sessions_created_total',
  'auth_login_duration_seconds_count',
]
const oneSuccess = {
  'auth_attempts_total{method="local",result="success"}': 1,
  'auth_login_total{auth_source="local",result="success"}': 1,
  'auth_login_duration_seconds_count{method="local"}': 1,
  sessions_created_total: 1,
}
const oneFailure = {
  'auth_attempts_total{method="local",result="failure"}': 1,
  'auth_login_total{auth_source="local",result="failure"}': 1,
  'auth_login_duration_seconds_count{method="local"}': 1,
}

for (const { driver, skip } of drivers) {
  describe(`second factors on ${driver}`, { skip }, () => {
    async function start(t: TestContext, options: TestAppOptions = {}): Promise<TestApp> {
      const test = await startTestApp({ driver, ...options })
      t.after(() => test.close())
      return test
    }

    async function enrolled(t: TestContext) {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const home = test.browser()
      await home.signIn(username, password)
      const app = await setUpApp(test, home)
      return { test, username, password, home, app }
    }

    it('an app is set up with its first code, and asked for after the password from then on', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const before = await test.metrics()
      const browser = test.browser({ ip: '198.51.100.1' })
      const first = await browser.signIn(username, password, { redirect: '/device?user_code=ABCD-EFGH' })
      assert.equal(first.status, 303)
      assert.equal(first.headers.location, '/login/verify?redirect=%2Fdevice%3Fuser_code%3DABCD-EFGH')
      assert.equal(browser.cookies.has('authgate_session'), false)
      assert.equal((await browser.get('/account/sessions')).headers.location?.startsWith('/login'), true)
      const page = await browser.get(first.headers.location)
      assert.match(page.text, /autocomplete="one-time-code"/)
      // Nothing has come of it yet.
      assert.deepEqual((await test.metrics()).since(before, counters), {})
      const done = await browser.submit('/login/verify', {
        code: app.code(),
        redirect: '/device?user_code=ABCD-EFGH',
      })
      assert.deepEqual([done.status, done.headers.location], [303, '/device?user_code=ABCD-EFGH'])
      assert.equal((await browser.get('/account/sessions')).status, 200)
      assert.equal(browser.cookies.has('authgate_sign_in'), false)
      const moved = (await test.metrics()).since(before, [...counters, 'authgate_second_factor'])
      assert.deepEqual(moved, {
        ...oneSuccess,
        'authgate_second_factor_attempts_total{factor="totp",result="success"}': 1,
      })
    })

    it('RFC 6238 §5.2: a code is taken once', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const code = app.code()
      const one = test.browser({ ip: '198.51.100.1' })
      const other = test.browser({ ip: '198.51.100.2' })
      for (const browser of [one, other]) {
        await browser.signIn(username, password)
        await browser.get('/login/verify')
      }
      assert.equal((await one.submit('/login/verify', { code })).status, 303)
      assert.equal((await other.submit('/login/verify', { code })).status, 401)
      // Nor is the one before it, which came later.
      test.clock.advance(30)
      assert.equal((await other.submit('/login/verify', { code: app.code() })).status, 303)
    })

    it('of two requests with one code at once, one gets in', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const browsers = await Promise.all(
        [1, 2, 3, 4].map(async (number) => {
          const browser = test.browser({ ip: `198.51.100.${number}` })
          await browser.signIn(username, password)
          await browser.get('/login/verify')
          return browser
        }),
      )
      const code = app.code()
      const answers = await Promise.all(browsers.map((browser) => browser.submit('/login/verify', { code })))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 401, 401, 401])
    })

    it('a recovery code lets in once, and is counted down', async (t) => {
      const { test, username, password, app, home } = await enrolled(t)
      const [code = ''] = app.recoveryCodes
      const enter = async (typed: string) => {
        const browser = test.browser({ ip: '198.51.100.9' })
        await browser.signIn(username, password)
        await browser.get('/login/verify')
        return browser.submit('/login/verify', { code: typed })
      }
      assert.equal((await enter(code.toUpperCase().replaceAll('-', ' '))).status, 303)
      assert.equal((await enter(code)).status, 401)
      assert.match((await home.get('/account/security')).text, /You have 9 left/)
      await home.get('/account/security')
      const renewed = recoveryCodesOf((await home.submit('/account/security/recovery-codes')).text)
      assert.equal(renewed.length, 10)
      assert.equal((await enter(app.recoveryCodes[1]!)).status, 401)
      assert.equal((await enter(renewed[0]!)).status, 303)
    })

    it('five wrong codes end the sign-in, as one failure', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const before = await test.metrics()
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.signIn(username, password)
      await browser.get('/login/verify')
      for (let time = 1; time <= 4; time++) {
        assert.equal((await browser.submit('/login/verify', { code: '000000' })).status, 401)
      }
      assert.deepEqual((await test.metrics()).since(before, counters), {})
      const last = await browser.submit('/login/verify', { code: '000000' })
      assert.deepEqual([last.status, last.headers.location], [303, '/login?error=sign_in_over'])
      assert.deepEqual((await test.metrics()).since(before, counters), oneFailure)
      // The right one comes too late.
      assert.equal((await browser.get('/login/verify')).headers.location, '/login?error=sign_in_over')
      await browser.get('/login')
      assert.equal(
        (await browser.submit('/login/verify', { code: app.code() })).headers.location,
        '/login?error=sign_in_over',
      )
      await test.app.runJob('sweep_sign_ins')
      assert.deepEqual((await test.metrics()).since(before, counters), oneFailure)
    })

    it('an abandoned one is one failure after five minutes, whichever server sweeps', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const replica = await startTestApp({ driver, sharing: test })
      const both = async () => {
        const [one, two] = await Promise.all([test.metrics(), replica.metrics()])
        return { one, two }
      }
      const before = await both()
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.signIn(username, password)
      test.clock.advance(299)
      await Promise.all([test, replica].map(({ app: server }) => server.runJob('sweep_sign_ins')))
      const failure = 'auth_attempts_total{method="local",result="failure"}'
      const failures = async () => {
        const now = await both()
        return now.one.get(failure) - before.one.get(failure) + now.two.get(failure) - before.two.get(failure)
      }
      assert.equal(await failures(), 0)
      test.clock.advance(1)
      await browser.get('/login')
      assert.equal(
        (await browser.submit('/login/verify', { code: app.code() })).headers.location,
        '/login?error=sign_in_over',
      )
      for (let time = 0; time < 2; time++) {
        await Promise.all([test, replica].map(({ app: server }) => server.runJob('sweep_sign_ins')))
      }
      assert.equal(await failures(), 1)
      await replica.close()
    })

    it('giving up is one failure, once', async (t) => {
      const { test, username, password } = await enrolled(t)
      const before = await test.metrics()
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.signIn(username, password)
      await browser.get('/login/verify')
      for (let time = 0; time < 2; time++) await browser.submit('/login/cancel')
      test.clock.advance(600)
      await test.app.runJob('sweep_sign_ins')
      assert.deepEqual((await test.metrics()).since(before, counters), oneFailure)
    })

    it('a sign-in does not outlive the password it began with, or the account', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      const waiting = async (): Promise<TestBrowser> => {
        const browser = test.browser({ ip: '198.51.100.1' })
        assert.match((await browser.signIn(username, password)).headers.location!, /^\/login\/verify/)
        await browser.get('/login/verify')
        return browser
      }
      const first = await waiting()
      await test.administration.accounts.resetPassword(account, { type: 'system' }, 'another long password')
      assert.equal(
        (await first.submit('/login/verify', { code: app.code() })).headers.location,
        '/login?error=sign_in_over',
      )
    })

    it('another browser’s sign-in cannot be finished without its cookie', async (t) => {
      const { test, username, password, app } = await enrolled(t)
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.signIn(username, password)
      const stranger = test.browser({ ip: '198.51.100.2' })
      await stranger.get('/login')
      const answer = await stranger.submit('/login/verify', { code: app.code() })
      assert.equal(answer.headers.location, '/login?error=sign_in_over')
    })

    it('an administrator removes them for somebody who lost theirs', async (t) => {
      const { test, username, password } = await enrolled(t)
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      const remove = () => test.administration.accounts.removeFactors(account, { type: 'system' })
      assert.deepEqual([await remove(), await remove()], [true, false])
      const browser = test.browser({ ip: '198.51.100.1' })
      assert.equal((await browser.signIn(username, password)).headers.location, '/account/sessions')
    })

    it('guessing codes is slow, and does not keep the person out of a browser they use', async (t) => {
      const { test, username, password, app, home } = await enrolled(t)
      let tried = 0
      for (let round = 0; round < 4; round++) {
        const guesser = test.browser({ ip: '203.0.113.66' })
        await guesser.signIn(username, password)
        await guesser.get('/login/verify')
        for (let time = 0; time < 5; time++) {
          const { status } = await guesser.submit('/login/verify', { code: '000000' })
          if (status !== 429) tried++
        }
      }
      assert.equal(tried, 6)
      // The same address, and a browser that is known.
      home.cookies.delete('authgate_session')
      await home.signIn(username, password)
      await home.get('/login/verify')
      assert.equal((await home.submit('/login/verify', { code: app.code() })).status, 303)
    })

    it('REQUIRE_SECOND_FACTOR leads whoever has none to set one up before anything else', async (t) => {
      const test = await start(t, { environment: { REQUIRE_SECOND_FACTOR: 'admins' } })
      const before = await test.metrics()
      const browser = test.browser()
      const first = await browser.signIn('admin', adminPassword, { redirect: '/device' })
      assert.equal(first.headers.location, '/login/enroll?redirect=%2Fdevice')
      assert.equal(browser.cookies.has('authgate_session'), false)
      const page = await browser.get(first.headers.location)
      const app = appOf(test, page.text)
      const sealed = fieldOf(page.text, 'sealed')
      const wrong = await browser.submit('/login/enroll', { sealed, code: '000000', redirect: '/device' })
      assert.equal(wrong.status, 400)
      assert.equal(appOf(test, wrong.text).code(), app.code(), 'the same secret as before')
      const done = await browser.submit('/login/enroll', { sealed, code: app.code(), redirect: '/device' })
      assert.equal(done.status, 200)
      assert.equal(recoveryCodesOf(done.text).length, 10)
      assert.match(done.text, /href="\/device"/)
      assert.equal((await browser.get('/device')).status, 200)
      assert.deepEqual((await test.metrics()).since(before, counters), oneSuccess)
      // The last one stays.
      await browser.get('/account/security')
      assert.match(
        (await browser.submit('/account/security/app/remove')).headers.location!,
        /problem=last_required/,
      )
      const { username, password } = await test.account('ada')
      const other = test.browser()
      assert.equal((await other.signIn(username, password)).headers.location, '/account/sessions')
    })

    it('neither the secret of an app nor a recovery code is in the database', async (t) => {
      const { test, app } = await enrolled(t)
      const account = (await test.app.storage.read.accounts.findByUsername('ada'))!
      const { totp } = await test.app.storage.read.factors.enrolledOf(account.id)
      const stored = totp!.encryptedSecret
      for (const form of [app.secret, Buffer.from(app.secret.toString('hex')), Buffer.from(app.typed)]) {
        assert.equal(stored.includes(form), false)
      }
      // A row that is moved to another account opens nothing there.
      const other = await test.account('bob')
      const bob = (await test.app.storage.read.accounts.findByUsername(other.username))!
      await test.app.storage.transaction((tx) => tx.factors.insertTotp({ ...totp!, accountId: bob.id }))
      const browser = test.browser({ ip: '198.51.100.1' })
      await browser.signIn(other.username, other.password)
      await browser.get('/login/verify')
      assert.equal((await browser.submit('/login/verify', { code: app.code() })).status, 500)
    })
  })
}
