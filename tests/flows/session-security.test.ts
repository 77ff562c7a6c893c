import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { startMailServer } from '../support/mail-server.ts'
import {
  drivers,
  startTestApp,
  type TestApp,
  type TestAppOptions,
  type TestBrowser,
} from '../support/test-app.ts'

/** Posted to by clients and resource servers, which have no session and prove themselves. */
const protocolRoutes = [
  '/oauth/device/code',
  '/oauth/introspect',
  '/oauth/par',
  '/oauth/register',
  '/oauth/revoke',
  '/oauth/token',
  '/oauth/userinfo',
  // OpenID Connect RP-Initiated Logout 1.0 §2: a client's own form. What it leads to is asked on a page of ours.
  '/oauth/end_session',
]

const id = '019cb82e-c9c0-718e-87a8-d7a8523dca93'
const pathOf = (template: string): string => template.replace(/:\w+/g, id)

/** Every route of the composed server, from the counters it makes for each. */
async function routes(test: TestApp): Promise<{ method: string; path: string }[]> {
  const pattern = /^http_requests_total\{method="(\w+)",path="([^"]+)",status="500"\}$/
  return [...(await test.metrics()).samples.keys()].flatMap((sample) => {
    const [, method, path] = pattern.exec(sample) ?? []
    return method === undefined || path === undefined ? [] : [{ method, path }]
  })
}

for (const { driver, skip } of drivers) {
  describe(`sessions of issue on ${driver}`, { skip }, () => {
    async function start(t: TestContext, options: TestAppOptions = {}): Promise<TestApp> {
      const test = await startTestApp({ driver, ...options })
      t.after(() => test.close())
      return test
    }
    const isIn = async (browser: TestBrowser): Promise<boolean> =>
      (await browser.get('/account/sessions')).status === 200
    /** Another browser with what this one has in its cookies now. */
    const copyOf = (test: TestApp, browser: TestBrowser): TestBrowser => {
      const copy = test.browser()
      for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
      return copy
    }

    it('fixation: a session cookie that somebody planted is not the one that signing in leads to', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const attacker = test.browser()
      await attacker.signIn('ada', password)
      const planted = attacker.cookies.get('authgate_session')!
      const victim = test.browser()
      victim.cookies.set('authgate_session', planted)
      await victim.get('/login?again=1')
      await victim.submit('/login', { username, password })
      assert.notEqual(victim.cookies.get('authgate_session'), planted)
      assert.equal(await isIn(victim), true)
      assert.equal(await isIn(attacker), false)
      // One that never was a session is worth nothing before or after.
      const invented = test.browser()
      invented.cookies.set('authgate_session', `${planted.slice(0, -4)}AAAA`)
      assert.equal(await isIn(invented), false)
    })

    it('a cookie that waits for a second factor opens no page', async (t) => {
      const test = await start(t, { environment: { REQUIRE_SECOND_FACTOR: 'everyone' } })
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const waiting = browser.cookies.get('authgate_sign_in')!
      for (const name of ['authgate_session', 'authgate_sign_in']) {
        const thief = test.browser()
        thief.cookies.set(name, waiting)
        assert.equal(await isIn(thief), false)
      }
    })

    it('a copied cookie is worth nothing after its owner signs out', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const copy = copyOf(test, browser)
      assert.equal(await isIn(copy), true)
      await browser.get('/logout')
      await browser.submit('/logout')
      assert.equal(await isIn(copy), false)
    })

    it('nor after another password, nor after an administrator’s reset', async (t) => {
      const test = await start(t)
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      await browser.signIn(username, password)
      const before = copyOf(test, browser)
      await browser.get('/account/security')
      await browser.submit('/account/security/password', {
        current_password: password,
        new_password: 'a lighthouse of paper boats',
      })
      assert.deepEqual([await isIn(before), await isIn(browser)], [false, true])
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      await test.administration.accounts.resetPassword(account, { type: 'system' })
      assert.equal(await isIn(browser), false)
    })

    it('nor, at once and on every replica, after an administrator disables the account', async (t) => {
      const test = await start(t)
      const replica = await startTestApp({ driver, sharing: test })
      const { username, password } = await test.account('ada')
      const browser = replica.browser()
      await browser.signIn(username, password)
      assert.equal(await isIn(browser), true)
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      await test.administration.accounts.disable(account, { type: 'system' })
      assert.equal(await isIn(browser), false)
      await replica.close()
    })

    it('cookies are for this host, for no script, and for no form of another site', async (t) => {
      const test = await start(t, { environment: { BASE_URL: 'https://auth.example.com' } })
      const { username, password } = await test.account('ada')
      const browser = test.browser()
      const page = await browser.get('/login')
      const answer = await browser.submit('/login', { username, password })
      const lines = [page, answer].flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat().map(String))
      assert.deepEqual(lines.map((line) => line.split('=')[0]).sort(), [
        '__Host-authgate_browser',
        '__Host-authgate_csrf',
        '__Host-authgate_session',
      ])
      for (const line of lines) {
        assert.match(line, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
        assert.equal(/domain=/i.test(line), false)
      }
    })
  })
}

describe('every page of the composed server', () => {
  async function everything(t: TestContext): Promise<TestApp> {
    const mail = await startMailServer()
    const test = await startTestApp({
      environment: {
        ...mail.environment,
        BASE_URL: 'http://localhost:8080',
        ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'true',
      },
    })
    t.after(async () => {
      await test.close()
      await mail.close()
    })
    return test
  }

  it('refuses each form that comes without a token, whoever sends it', async (t) => {
    const test = await everything(t)
    const posts = (await routes(test)).filter(({ method }) => method === 'POST').map(({ path }) => path)
    const apiPosts = posts.filter((path) => path.startsWith('/api/v1/'))
    const pages = posts.filter((path) => !protocolRoutes.includes(path) && !apiPosts.includes(path))
    assert.deepEqual(
      protocolRoutes.filter((path) => !posts.includes(path)),
      [],
      'every exception is a route',
    )
    assert.ok(pages.length >= 20, String(pages))
    const admin = await test.signedIn()
    const stranger = test.browser()
    assert.notEqual(apiPosts.length, 0)
    for (const path of apiPosts) {
      // A session is nothing to the API: no form of another site can use it.
      assert.equal((await admin.post(pathOf(path), {})).status, 401, path)
    }
    for (const path of pages) {
      // The consent form is told from a client's request by its action.
      const fields = path === '/oauth/authorize' ? consent : { user_code: 'ABCD-EFGH', confirmed: 'true' }
      for (const csrf_token of [undefined, '', 'A'.repeat(43)]) {
        const signedIn = await admin.post(pathOf(path), { ...fields, csrf_token })
        assert.equal(signedIn.status, 403, `${path} with ${csrf_token}`)
        const { status, headers } = await stranger.post(pathOf(path), { ...fields, csrf_token })
        // Whoever has no session has nothing that a form could change.
        const sentElsewhere =
          status === 303 && /^\/(?:login|oauth\/end_session)/.test(String(headers.location))
        assert.ok(status === 403 || sentElsewhere, `${path} answered ${status} to a stranger`)
      }
    }
    const account = await test.app.storage.read.accounts.findByUsername('admin')
    assert.equal(account?.status, 'active')
  })

  it('a token of another session is none', async (t) => {
    const test = await everything(t)
    const { username, password } = await test.account('ada')
    const attacker = test.browser({ ip: '198.51.100.1' })
    await attacker.signIn(username, password)
    const page = (await attacker.get('/account/security')).text
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page)?.[1]
    assert.ok(csrf_token)
    const admin = await test.signedIn()
    assert.equal((await admin.post('/account/security/recovery-codes', { csrf_token })).status, 403)
  })

  it('cannot be framed, sniffed or kept, and runs no script of its own', async (t) => {
    const test = await everything(t)
    const admin = await test.signedIn()
    const gets = (await routes(test)).filter(
      ({ method, path }) =>
        method === 'GET' &&
        !/^\/(?:health|static|favicon|\.well-known|metrics|oauth\/(?:userinfo|tokeninfo|register))/.test(
          path,
        ),
    )
    assert.ok(gets.length >= 15)
    for (const { path } of gets) {
      for (const browser of [admin, test.browser()]) {
        const { headers, text } = await browser.get(pathOf(path))
        assert.equal(headers['x-frame-options'], 'DENY', path)
        const policy = String(headers['content-security-policy'])
        assert.match(policy, /frame-ancestors 'none'/, path)
        assert.match(policy, /default-src 'none'/, path)
        assert.equal(policy.includes('unsafe-inline'), false, path)
        assert.equal(headers['x-content-type-options'], 'nosniff', path)
        assert.match(String(headers['cache-control']), /no-store|max-age/, path)
        assert.equal(/<script(?![^>]* src=)|\son\w+=|style="/.test(text), false, path)
      }
    }
  })

  it('leads to no other site, whatever a parameter says', async (t) => {
    const test = await everything(t)
    const elsewhere = [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      'https:evil.example',
      'http://localhost:8080@evil.example/',
      'http://localhost:8080.evil.example/',
      'javascript:alert(1)',
      '/%0d%0aLocation:%20https://evil.example',
      '/.//evil.example',
    ]
    const stays = (location: unknown, about: string): void => {
      const url = new URL(String(location), 'http://localhost:8080')
      assert.equal(url.origin, 'http://localhost:8080', `${about} leads to ${location}`)
    }
    const { username, password } = await test.account('ada')
    const pages = [
      '/login',
      '/login/verify',
      '/login/new-password',
      '/login/enroll',
      '/login/confirm',
      '/logout',
      '/device',
    ]
    for (const target of elsewhere) {
      const browser = test.browser()
      const query = new URLSearchParams({ redirect: target, return_to: target, next: target })
      for (const path of pages) {
        const { headers, text } = await browser.get(`${path}?${query}`)
        if (headers.location !== undefined) stays(headers.location, path)
        for (const [, address = ''] of text.matchAll(/ (?:href|action)="([^"]*)"/g)) stays(address, path)
      }
      await browser.get('/login')
      const signedIn = await browser.submit('/login', { username, password, redirect: target })
      assert.equal(signedIn.status, 303)
      stays(signedIn.headers.location, 'signing in')
      for (const path of pages) {
        const { headers, text } = await browser.get(`${path}?${query}`)
        if (headers.location !== undefined) stays(headers.location, path)
        for (const [, address = ''] of text.matchAll(/ (?:href|action)="([^"]*)"/g)) stays(address, path)
      }
      await browser.get('/account/security')
      const confirmed = await browser.submit('/login/confirm', { password, redirect: target })
      assert.equal(confirmed.status, 303)
      stays(confirmed.headers.location, 'confirming')
      await browser.get('/logout')
      stays((await browser.submit('/logout', { redirect: target })).headers.location, 'signing out')
    }
  })
})

const consent = { action: 'approve', client_id: 'client', request_uri: 'urn:ietf:params:oauth:request_uri:x' }
