import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { chrome, csrfTokenOf, startPages, type TestPages, wordsOf } from '../../../tests/support/pages.ts'

const sessionCookie = 'authgate_session'

describe('sign-in page', () => {
  let pages: TestPages

  async function start(environment: Record<string, string> = {}): Promise<void> {
    pages = await startPages(environment)
    await pages.account('ada', { fullName: 'Ada Lovelace' })
  }
  beforeEach(() => start())
  afterEach(() => pages.close())

  it('signs in and goes on to the sessions page', async () => {
    const browser = pages.browser()
    const answer = await browser.signIn('ada')
    assert.deepEqual([answer.status, answer.location], [303, '/account/sessions'])
    const landed = await browser.get('/account/sessions')
    assert.equal(landed.status, 200)
    assert.match(landed.text, /Ada Lovelace/)
  })

  it('sets a cookie until the browser closes, or for 30 days when asked', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    assert.match(
      browser.setCookies.get(sessionCookie)!,
      /^authgate_session=ags_[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const remembered = pages.browser()
    await remembered.signIn('ada', { remember_me: '1' })
    assert.match(remembered.setCookies.get(sessionCookie)!, /; Max-Age=2592000; /)
  })

  it('sets secure cookies with the host prefix under https', async () => {
    await pages.close()
    await start({ BASE_URL: 'https://auth.example.com' })
    const browser = pages.browser()
    await browser.signIn('ada')
    for (const name of ['__Host-authgate_session', '__Host-authgate_csrf']) {
      assert.match(browser.setCookies.get(name)!, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    }
  })

  it('gives a new session id at each sign-in, and the old cookie no longer works', async () => {
    const browser = pages.browser()
    // A cookie that was planted before signing in is not taken over.
    browser.cookies.set(
      sessionCookie,
      'ags_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    )
    await browser.signIn('ada')
    const first = browser.cookies.get(sessionCookie)!
    assert.notEqual(first.slice(4, 26), 'A'.repeat(22))

    const tab = pages.browser()
    for (const [name, value] of browser.cookies) tab.cookies.set(name, value)
    browser.cookies.delete(sessionCookie)
    await browser.get('/login')
    browser.cookies.set(sessionCookie, first)
    await browser.submit('/login', { username: 'ada', password: 'correct horse battery staple' })
    assert.notEqual(browser.cookies.get(sessionCookie), first)
    assert.equal((await browser.get('/account/sessions')).status, 200)
    assert.equal((await tab.get('/account/sessions')).status, 303)
    assert.deepEqual(
      pages.eventsOf('session.ended').map(({ reason, byOwnLogout }) => [reason, byOwnLogout]),
      [['logout', false]],
    )
  })

  it('shows the same page for unknown names and wrong passwords', async () => {
    const attempt = async (username: string) => {
      const browser = pages.browser()
      const answer = await browser.signIn(username, { password: 'wrong' })
      assert.equal(browser.cookies.has(sessionCookie), false)
      return {
        ...answer,
        text: answer.text
          .replaceAll(username, 'NAME')
          .replaceAll(csrfTokenOf(answer.text), 'TOKEN')
          // What a passkey would have to answer is new each time.
          .replace(/(name="sealed" value="|challenge&quot;:&quot;)[^"&]*/g, '$1'),
      }
    }
    const wrong = await attempt('ada')
    const unknown = await attempt('bob')
    assert.deepEqual(unknown, wrong)
    assert.equal(wrong.status, 401)
    assert.match(wrong.text, /do not match/)
    assert.equal(pages.comparisons.length, 2)
  })

  it('keeps what was typed, but never the password', async () => {
    const { text } = await pages
      .browser()
      .signIn('ada"><script>', { password: 'hunter2-typed', remember_me: '1', redirect: '/device' })
    assert.match(text, /value="ada&quot;/)
    assert.equal(text.includes('<script>'), false)
    assert.match(text, /name="redirect" value="\/device"/)
    assert.match(text, /name="remember_me" value="1" checked/)
    assert.equal(text.includes('hunter2-typed'), false)
  })

  it('asks for what is missing, which is no attempt', async () => {
    const answer = await pages.browser().signIn(' ', { password: '' })
    assert.equal(answer.status, 400)
    assert.match(answer.text, /Enter your username/)
    assert.match(answer.text, /Enter your password/)
    assert.deepEqual(pages.events, [])
  })

  it('refuses a form without its token, or with another visitor’s', async () => {
    const mine = pages.browser()
    await mine.get('/login')
    const other = pages.browser()
    const theirs = csrfTokenOf((await other.get('/login')).text)
    const fields = { username: 'ada', password: 'correct horse battery staple' }
    for (const token of [{}, { csrf_token: '' }, { csrf_token: 'x' }, { csrf_token: theirs }]) {
      const answer = await mine.post('/login', { ...fields, ...token })
      assert.deepEqual([answer.status, answer.error?.variant], [403, 'csrf'])
    }
    const stranger = pages.browser()
    assert.equal((await stranger.post('/login', { ...fields, csrf_token: theirs })).status, 403)
    assert.deepEqual(
      pages.events.map(({ type }) => type),
      Array(5).fill('csrf.rejected'),
    )
    assert.equal((await mine.submit('/login', fields)).status, 303)
  })

  it('accepts the form when a session began in another tab meanwhile', async () => {
    const browser = pages.browser()
    const form = csrfTokenOf((await browser.get('/login')).text)
    await browser.submit('/login', { username: 'ada', password: 'correct horse battery staple' })
    const fields = { csrf_token: form, username: 'ada', password: 'correct horse battery staple' }
    assert.equal((await browser.post('/login', fields)).status, 303)
  })

  it('goes on to where the person wanted to go, on this server only', async () => {
    const landing = async (redirect: string) => (await pages.browser().signIn('ada', { redirect })).location
    assert.equal(await landing('/device?user_code=WDJB-MJHT'), '/device?user_code=WDJB-MJHT')
    assert.equal(await landing('http://localhost:8080/device'), '/device')
    for (const elsewhere of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      assert.equal(await landing(elsewhere), '/account/sessions')
      const { text } = await pages.browser().get(`/login?redirect=${encodeURIComponent(elsewhere)}`)
      assert.equal(text.includes('name="redirect"'), false)
    }
  })

  it('sends people who are signed in straight on', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    assert.equal((await browser.get('/login')).location, '/account/sessions')
    assert.equal((await browser.get('/login?redirect=%2Fdevice')).location, '/device')
    assert.equal((await browser.get('/login?redirect=%2F%2Fevil.example')).location, '/account/sessions')
  })

  it('says why it is shown, in words of its own only', async () => {
    const shown = async (query: string) => (await pages.browser().get(`/login?${query}`)).text
    assert.match(await shown('error=session_timeout'), /away for a while/)
    assert.match(await shown('error=session_invalid'), /could not be trusted/)
    assert.match(await shown('notice=signed_out'), /You are signed out/)
    assert.match(await shown('redirect=%2Fdevice%3Fuser_code%3DX'), /to connect a device/)
    assert.equal(wordsOf(await shown('error=Call+0900&notice=Call+0900')).includes('0900'), false)
  })

  it('says that an account is off only to who knows its password', async () => {
    await pages.account('eve', { status: 'disabled' })
    const knowing = await pages.browser().signIn('eve')
    assert.deepEqual([knowing.status, /switched off/.test(knowing.text)], [401, true])
    const guessing = await pages.browser().signIn('eve', { password: 'wrong' })
    assert.deepEqual([guessing.status, /switched off/.test(guessing.text)], [401, false])
  })

  it('asks for patience after too many attempts of an address', async () => {
    await pages.close()
    await start({ LOGIN_RATE_LIMIT: '2' })
    const browser = pages.browser()
    for (const name of ['one', 'two']) assert.equal((await browser.signIn(name)).status, 401)
    const before = pages.events.length
    const answer = await browser.signIn('ada')
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '60'])
    assert.match(answer.text, /Wait 60 seconds/)
    assert.deepEqual(
      pages.events.slice(before).map(({ type }) => type),
      ['rate_limit.exceeded'],
    )
    assert.equal((await pages.browser({ ip: '192.0.2.99' }).signIn('ada')).status, 303)
  })

  it('asks for patience after too many failures for a name, also without address limits', async () => {
    await pages.close()
    await start({ ENABLE_RATE_LIMIT: 'false' })
    for (let time = 0; time < 6; time++) {
      const browser = pages.browser({ ip: '192.0.2.1' })
      assert.equal((await browser.signIn('ada', { password: 'wrong' })).status, 401)
    }
    const delayed = await pages.browser({ ip: '192.0.2.1' }).signIn('ada')
    assert.deepEqual([delayed.status, delayed.headers['retry-after']], [429, '1'])
    pages.clock.advance(1)
    assert.equal((await pages.browser({ ip: '192.0.2.1' }).signIn('ada')).status, 303)
  })

  it('lets a person in from a browser they use, whatever others do in their name from the same address', async () => {
    await pages.close()
    await start({ ENABLE_RATE_LIMIT: 'false' })
    const home = pages.browser({ ip: '192.0.2.1' })
    await home.signIn('ada')
    assert.match(
      home.setCookies.get('authgate_browser') ?? '',
      /Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax/,
    )
    home.cookies.delete('authgate_session')
    const guess = (ip: string) => pages.browser({ ip }).signIn('ada', { password: 'wrong' })
    for (let time = 0; time < 60; time++) await guess(`198.51.100.${time}`)
    for (let time = 0; time < 10; time++) await guess('192.0.2.1')
    assert.equal((await guess('192.0.2.1')).status, 429)
    assert.equal((await pages.browser({ ip: '203.0.113.1' }).signIn('ada')).status, 429)
    assert.equal((await home.signIn('ada')).status, 303)
    // It vouches for nobody else, and cannot be made up.
    const forged = pages.browser({ ip: '192.0.2.1' })
    forged.cookies.set('authgate_browser', `${'A'.repeat(24)}.${'B'.repeat(22)}`)
    assert.equal((await forged.signIn('ada')).status, 429)
  })

  it('is refused politely when the form is no form', async () => {
    const login = pages.endpoints.find(({ method, path }) => method === 'POST' && path === '/login')!
    const request = {
      method: 'POST',
      query: '',
      params: {},
      context: { requestId: '', ip: '', userAgent: '', method: 'POST', path: '/login' },
      receivedAt: 0,
    }
    const form = 'application/x-www-form-urlencoded'
    const bodies: [string, string | undefined, number][] = [
      ['{"username":"ada"}', 'application/json', 400],
      ['username=ada', undefined, 400],
      ['username=a&username=b', form, 400],
      ['username=%zz', form, 400],
      ['username=%ff', form, 400],
      ['username=a%00', form, 400],
      [Array(101).fill('a=b').join('&'), form, 400],
      [`password=${'a'.repeat(70_000)}`, form, 413],
    ]
    for (const [body, contentType, status] of bodies) {
      const headers = contentType === undefined ? {} : { 'content-type': contentType }
      const answer = Promise.resolve(login.handle({ ...request, body, headers }))
      await assert.rejects(answer, { name: 'PageError', status }, body.slice(0, 40))
    }
    assert.deepEqual(pages.events, [])
  })

  it('keeps its links and redirects below the base path', async () => {
    await pages.close()
    await start({ BASE_URL: 'https://example.com/auth' })
    const browser = pages.browser()
    const sent = await browser.get('/device?user_code=WDJB-MJHT')
    assert.equal(sent.location, '/auth/login?redirect=%2Fdevice%3Fuser_code%3DWDJB-MJHT')
    const answer = await browser.signIn('ada', { redirect: '/device?user_code=WDJB-MJHT' })
    assert.equal(answer.location, '/auth/device?user_code=WDJB-MJHT')
    const page = await browser.get('/account/sessions')
    assert.match(page.text, /action="\/auth\/logout"/)
    assert.equal((await browser.get('/')).location, '/auth/account/sessions')
  })
})

describe('pages for signed-in people', () => {
  let pages: TestPages
  beforeEach(async () => {
    pages = await startPages()
    await pages.account('ada')
  })
  afterEach(() => pages.close())

  it('send everybody else to sign in and back', async () => {
    const browser = pages.browser()
    const sent = await browser.get('/device?user_code=AB+CD')
    assert.deepEqual([sent.status, sent.location], [303, '/login?redirect=%2Fdevice%3Fuser_code%3DAB%2BCD'])
    const form = await browser.get(sent.location!)
    const redirect = /name="redirect" value="([^"]*)"/.exec(form.text)?.[1]
    const answer = await browser.submit('/login', {
      username: 'ada',
      password: 'correct horse battery staple',
      redirect: redirect!,
    })
    assert.equal(answer.location, '/device?user_code=AB+CD')
  })

  it('send forms back to the page they stand on', async () => {
    const browser = pages.browser()
    const id = '01900000-0000-7000-8000-000000000000'
    const expected: [string, string][] = [
      ['/device/verify', '/login?redirect=%2Fdevice%3Fuser_code%3DWDJB-MJHT'],
      [`/account/sessions/${id}/end`, '/login?redirect=%2Faccount%2Fsessions'],
      ['/account/sessions/end-others', '/login?redirect=%2Faccount%2Fsessions'],
      ['/account/sessions/revoke-all', '/login?redirect=%2Faccount%2Fsessions'],
      [`/account/grants/${id}/revoke`, '/login?redirect=%2Faccount%2Fsessions'],
      ['/logout', '/login'],
    ]
    for (const [path, location] of expected) {
      const answer = await browser.post(path, { user_code: 'WDJB-MJHT' })
      assert.deepEqual([answer.status, answer.location], [303, location])
    }
  })

  it('say that a session ended, and forget its cookie', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    pages.clock.advance(1800)
    const sent = await browser.get('/account/sessions')
    assert.equal(sent.location, '/login?redirect=%2Faccount%2Fsessions&error=session_timeout')
    assert.equal(browser.cookies.has('authgate_session'), false)
    assert.equal((await browser.get('/account/sessions')).location, '/login?redirect=%2Faccount%2Fsessions')
  })

  it('say that a session was ended elsewhere, without blaming this browser', async () => {
    const here = pages.browser()
    const there = pages.browser()
    await here.signIn('ada')
    await there.signIn('ada')
    await there.get('/account/sessions')
    await there.submit('/account/sessions/end-others')
    const sent = await here.get('/account/sessions')
    assert.equal(sent.location, '/login?redirect=%2Faccount%2Fsessions&error=session_ended')
    assert.match((await here.get(sent.location)).text, /You were signed out/)
    assert.equal(here.cookies.has('authgate_session'), false)
  })

  it('do not open in another browser with a copied cookie', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const thief = pages.browser({ userAgent: chrome })
    for (const [name, value] of browser.cookies) thief.cookies.set(name, value)
    const sent = await thief.get('/account/sessions')
    assert.equal(sent.location, '/login?redirect=%2Faccount%2Fsessions&error=session_invalid')
    assert.match((await browser.get('/account/sessions')).location ?? '', /error=session_invalid$/)
  })

  it('refuse every form without its token, and change nothing', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const client = await pages.client('Tool')
    const { userCode, grant } = await pages.deviceGrant(client)
    const id = '01900000-0000-7000-8000-000000000000'
    const before = pages.events.length
    const forms = pages.endpoints.filter(({ method }) => method === 'POST').map(({ path }) => path)
    assert.equal(forms.length, 8)
    for (const path of forms) {
      const answer = await browser.post(path.replace(':id', id), {
        user_code: userCode,
        confirmed: 'true',
        csrf_token: 'x'.repeat(43),
      })
      assert.deepEqual([answer.status, answer.error?.variant], [403, 'csrf'], path)
    }
    assert.deepEqual(
      pages.events.slice(before).map(({ type }) => type),
      forms.map(() => 'csrf.rejected'),
    )
    assert.equal((await pages.storage.read.deviceGrants.find(grant.id))?.state, 'pending')
    assert.equal((await browser.get('/account/sessions')).status, 200)
  })

  it('refuse the token of another session', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const other = pages.browser()
    await other.signIn('ada')
    const theirs = csrfTokenOf((await other.get('/logout')).text)
    assert.equal((await browser.post('/logout', { csrf_token: theirs })).status, 403)
    const own = csrfTokenOf((await browser.get('/logout')).text)
    assert.notEqual(own, theirs)
    assert.equal((await browser.post('/logout', { csrf_token: own })).status, 303)
  })

  it('take the token from a header, too', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const token = csrfTokenOf((await browser.get('/logout')).text)
    const logout = pages.endpoints.find(({ method, path }) => method === 'POST' && path === '/logout')!
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await logout.handle({
      method: 'POST',
      query: '',
      params: {},
      headers: { cookie, 'x-csrf-token': token },
      body: '',
      context: {
        requestId: '',
        ip: '192.0.2.10',
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        method: 'POST',
        path: '/logout',
      },
      receivedAt: 0,
    })
    assert.equal(answer.status, 303)
  })
})
