import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { csrfTokenOf, startPages, type TestBrowser, type TestPages } from '../../tests/support/pages.ts'
import type { Endpoint } from './endpoint.ts'
import type { PageKit } from './page.ts'

const origin = 'http://localhost:8080'
const note = { title: 'Nightly backup', body: 'line one\nline two & "quotes" שלום', password: 'hunter2' }
const path = '/notes/seven/save'
const cookieName = 'authgate_kept_form'

describe('a form whose sender has to sign in again', () => {
  let pages: TestPages
  let saved: Record<string, string | undefined>[]
  let browser: TestBrowser

  /** Something people type into: what is saved is what the product would have been told. */
  const notes = (kit: PageKit): Endpoint[] => [
    kit.signedInPost({
      path: '/notes/:id/save',
      lines: ['body'],
      returnTo: () => '/notes/seven',
      async handle({ request, account }, form) {
        saved.push({
          by: account.username,
          id: request.params.id,
          ...Object.fromEntries(form.names().map((name) => [name, form.get(name)])),
        })
        return kit.goTo('/account/sessions')
      },
    }),
  ]

  beforeEach(async () => {
    saved = []
    pages = await startPages({}, { endpoints: notes })
    await pages.account('ada')
    await pages.account('grace')
    browser = pages.browser({ origin })
    await browser.signIn('ada')
    await browser.get('/account/sessions')
  })
  afterEach(() => pages.close())

  /** The fields of the page's first form that goes to `path`. */
  const formOf = (markup: string): Record<string, string> => {
    const form = markup.match(new RegExp(`<form[^>]*action="${path}".*?</form>`, 's'))?.[0] ?? ''
    const plain = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    return Object.fromEntries(
      [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name!,
        plain(value!),
      ]),
    )
  }

  const expire = () => pages.clock.advance(1800)

  it('keeps the settings of a client that are named like secrets, and shows them by their labels', async () => {
    expire()
    await browser.submit(path, {
      client_name: 'Photo album',
      enable_auth_code_flow: 'true',
      enable_refresh_token: 'true',
      token_profile: 'short',
      client_secret: 'not to be kept',
    })
    await browser.signIn('ada', { redirect: '/resume' })
    const { text } = await browser.get('/resume')
    const shown = [...text.matchAll(/<dt[^>]*>(.*?)<\/dt><dd><bdi>(.*?)<\/bdi>/gs)].map(([, ...pair]) => pair)
    assert.deepEqual(shown, [
      ['Name', 'Photo album'],
      ['How it gets tokens', 'Authorization code, Refresh token'],
      ['Lifetime of tokens', 'Short'],
    ])
    const { csrf_token: _, ...kept } = formOf(text)
    assert.deepEqual(kept, {
      client_name: 'Photo album',
      enable_auth_code_flow: 'true',
      enable_refresh_token: 'true',
      token_profile: 'short',
    })
  })

  it('is shown again after signing in, and sent with one press, once', async () => {
    expire()
    const sent = await browser.submit(path, note)
    assert.equal(sent.location, '/login?redirect=%2Fresume&error=session_timeout')
    assert.equal(browser.cookies.has('authgate_session'), false)
    const answer = await browser.signIn('ada', { redirect: '/resume' })
    assert.equal(answer.location, '/resume')
    const page = await browser.get('/resume')
    assert.match(page.text, /Nightly backup/)
    assert.match(page.text, /Passwords are not kept/)
    assert.match(page.text, /href="\/notes\/seven"/)
    assert.deepEqual(saved, [])

    const fields = formOf(page.text)
    assert.deepEqual(Object.keys(fields).sort(), ['body', 'csrf_token', 'title'])
    assert.equal((await browser.post(path, fields)).location, '/account/sessions')
    const { password: _, ...kept } = note
    assert.deepEqual(saved, [{ by: 'ada', id: 'seven', csrf_token: fields.csrf_token, ...kept }])
    assert.equal(browser.cookies.has(cookieName), false)
    assert.equal((await browser.get('/resume')).location, '/')
  })

  it('stays while its page is loaded again and other forms are sent', async () => {
    expire()
    await browser.submit(path, note)
    await browser.signIn('ada')
    await browser.get('/resume')
    await browser.get('/account/sessions')
    await browser.submit('/account/sessions/end-others')
    assert.match((await browser.get('/resume')).text, /Nightly backup/)
  })

  it('is for nobody else, and not for ever', async () => {
    expire()
    await browser.submit(path, note)
    await browser.signIn('grace')
    const cookies = new Map(browser.cookies)
    const seen = await browser.get('/resume')
    assert.deepEqual([seen.status, seen.location], [303, '/'])
    for (const [name, value] of cookies) browser.cookies.set(name, value)

    await browser.submit('/logout', { csrf_token: csrfTokenOf((await browser.get('/logout')).text) })
    await browser.signIn('ada')
    browser.cookies.set(cookieName, cookies.get(cookieName)!)
    assert.equal((await browser.get('/resume')).status, 200)
    pages.clock.advance(15 * 60)
    browser.cookies.set(cookieName, cookies.get(cookieName)!)
    assert.equal((await browser.get('/resume')).location, '/')
  })

  it('says nothing of itself to whoever reads the cookie, and cannot be changed there', async () => {
    expire()
    await browser.submit(path, note)
    const line = browser.setCookies.get(cookieName)!
    assert.match(line, /; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/)
    const value = browser.cookies.get(cookieName)!
    assert.doesNotMatch(Buffer.from(value, 'base64url').toString('latin1'), /Nightly|notes|hunter2/)
    await browser.signIn('ada')
    for (const changed of ['', 'x', `${value.slice(0, -4)}AAAA`, `B${value.slice(1)}`]) {
      browser.cookies.set(cookieName, changed)
      assert.equal((await browser.get('/resume')).location, '/')
    }
  })

  it('is kept too when the page was of another session', async () => {
    const old = csrfTokenOf((await browser.get('/account/sessions')).text)
    await browser.get('/logout')
    await browser.submit('/logout')
    await browser.signIn('ada')
    const { status, error } = await browser.post(path, { ...note, csrf_token: old })
    assert.deepEqual([status, error?.variant], [403, 'csrf_kept'])
    assert.ok(error!.headers['set-cookie'])
    assert.deepEqual(saved, [])
    assert.equal(pages.eventsOf('csrf.rejected').length, 1)
  })

  it('is not kept when another site may have sent it', async () => {
    for (const strange of [undefined, 'https://evil.example', 'null', 'http://localhost:8080.evil.example']) {
      const other = pages.browser(strange === undefined ? {} : { origin: strange })
      await other.signIn('ada')
      const refused = await other.post(path, note)
      assert.deepEqual([refused.status, refused.error?.variant], [403, 'csrf'])
      expire()
      assert.equal(
        (await other.post(path, note)).location,
        '/login?redirect=%2Fnotes%2Fseven&error=session_timeout',
      )
      assert.equal(other.cookies.has(cookieName), false)
    }
  })

  it('is not kept when there is nothing in it, or more than a cookie holds, or nobody knows whose it is', async () => {
    expire()
    const noise = Array.from({ length: 4000 }, (_, index) => ((index * 7919) % 9973).toString(36)).join('')
    for (const fields of [{}, { password: 'hunter2' }, { title: noise }]) {
      assert.match(
        (await browser.post(path, { csrf_token: 'x', ...fields })).location!,
        /^\/login\?redirect=%2Fnotes/,
      )
      assert.equal(browser.cookies.has(cookieName), false)
    }
    const stranger = pages.browser({ origin })
    assert.equal((await stranger.post(path, note)).location, '/login?redirect=%2Fnotes%2Fseven')
    assert.equal(stranger.cookies.has(cookieName), false)
  })
})
