/** OpenID Connect RP-Initiated Logout 1.0. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Client } from '../../src/oauth/client.ts'
import { signInDevice } from '../support/oauth-client.ts'
import {
  issuer,
  type OpenIdTokens,
  registerClient,
  sessionOf,
  tokensFor,
  userinfo,
} from '../support/openid-client.ts'
import {
  drivers,
  type JsonResponse,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'

const uri = 'https://app.example.com/signed-out'
const donePath = '/oauth/end_session/done'
/** Every printable ASCII character. */
const everyCharacter = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')

interface Story {
  test: TestApp
  browser: TestBrowser
  client: Client
  tokens: OpenIdTokens
}

async function signedIn(
  t: { after(body: () => Promise<void>): void },
  driver: 'sqlite' | 'postgres' = 'sqlite',
): Promise<Story> {
  const test = await startTestApp({ driver })
  t.after(() => test.close())
  const browser = await test.signedIn()
  const client = await registerClient(test, { name: 'Tickets', metadata: { postLogoutRedirectUris: [uri] } })
  const tokens = await tokensFor(test, client, { session: await sessionOf(test) })
  return { test, browser, client, tokens }
}

const ask = (browser: TestBrowser, parameters: Record<string, string>): Promise<JsonResponse> =>
  browser.get(`/oauth/end_session?${new URLSearchParams(parameters)}`)

const isSignedIn = async (browser: TestBrowser): Promise<boolean> =>
  (await browser.get('/account/sessions')).status === 200

/** The hidden fields of a page's form. */
function fieldsOf(page: string): Record<string, string> {
  const plain = (text: string): string =>
    text.replace(/&(lt|gt|quot|amp|#39);/g, (_, name: string) =>
      name === 'lt' ? '<' : name === 'gt' ? '>' : name === 'quot' ? '"' : name === 'amp' ? '&' : "'",
    )
  return Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      plain(value!),
    ]),
  )
}

for (const { driver, skip } of drivers) {
  describe(`RP-Initiated Logout 1.0 on ${driver}`, { skip }, () => {
    it('§2, §3: a hint of this very session signs out and returns, with the state byte for byte', async (t) => {
      const { test, browser, tokens } = await signedIn(t, driver)
      const before = await test.metrics()
      const copy = test.browser()
      for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
      const answer = await ask(browser, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: uri,
        state: everyCharacter,
      })
      assert.equal(answer.status, 303)
      const location = new URL(String(answer.headers.location))
      assert.equal(location.origin + location.pathname, uri)
      assert.deepEqual([...location.searchParams], [['state', everyCharacter]])
      assert.match(String(answer.headers['set-cookie']), /authgate_session=;.*Max-Age=0/)
      assert.equal(await isSignedIn(copy), false, 'the session is over, not only its cookie')
      assert.deepEqual((await test.metrics()).since(before, ['auth_logout', 'sessions_']), {
        auth_logout_total: 1,
        sessions_active: -1,
        'sessions_expired_total{reason="logout"}': 1,
      })
    })
  })
}

describe('RP-Initiated Logout 1.0', () => {
  it('§3: without a state none comes back, and without an address the person stays', async (t) => {
    const { browser, tokens } = await signedIn(t)
    const stays = await ask(browser, { id_token_hint: tokens.id_token })
    assert.deepEqual([stays.status, stays.headers.location], [303, donePath])
    const done = await browser.get(donePath)
    assert.match(done.text, /<h1 id="signed-out">You are signed out<\/h1>/)
    // Signed out already: there is nobody to ask.
    const again = await ask(browser, { id_token_hint: tokens.id_token, post_logout_redirect_uri: uri })
    assert.deepEqual([again.status, again.headers.location], [303, uri])
  })

  it('RFC 9700 §4.11.2: where nobody is signed in, a client nobody vouches for is shown and not followed', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const browser = await test.signedIn()
    const client = await registerClient(test, {
      origin: 'registration',
      metadata: { postLogoutRedirectUris: [uri] },
    })
    const tokens = await tokensFor(test, client, { session: await sessionOf(test) })
    const request = { id_token_hint: tokens.id_token, post_logout_redirect_uri: uri, state: 'x' }
    const elsewhere = await ask(test.browser(), request)
    assert.deepEqual([elsewhere.status, elsewhere.headers.location], [200, undefined])
    assert.ok(elsewhere.text.includes(`href="${uri}?state=x"`), elsewhere.text)
    const signedOut = await ask(browser, request)
    assert.deepEqual([signedOut.status, signedOut.headers.location], [303, `${uri}?state=x`])
  })

  it('§4: an expired ID token is as good a hint', async (t) => {
    const { test, browser, tokens } = await signedIn(t)
    test.clock.advance(1200)
    const answer = await ask(browser, { id_token_hint: tokens.id_token, post_logout_redirect_uri: uri })
    assert.deepEqual([answer.status, answer.headers.location], [303, uri])
  })

  it('§2: without a hint the person is asked, and no address is followed', async (t) => {
    for (const parameters of [{}, { state: 'only' }, { post_logout_redirect_uri: uri, state: 'x' }] as Record<
      string,
      string
    >[]) {
      const { browser } = await signedIn(t)
      const question = await ask(browser, parameters)
      assert.equal(question.status, 200)
      assert.match(question.text, /<button type="submit" id="sign-out"/)
      assert.equal(
        question.text.includes('post_logout_redirect_uri needs an id_token_hint'),
        'post_logout_redirect_uri' in parameters,
      )
      assert.equal(await isSignedIn(browser), true, 'a link signs nobody out')
      await ask(browser, parameters)
      const answer = await browser.submit('/oauth/end_session/confirm', fieldsOf(question.text))
      assert.deepEqual([answer.status, answer.headers.location], [303, donePath])
      assert.equal(await isSignedIn(browser), false)
    }
  })

  it('§2: a hint that is none of ours is refused, and no address is followed', async (t) => {
    const { test, browser, client, tokens } = await signedIn(t)
    const [, payload] = tokens.id_token.split('.') as [string, string]
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const { keys } = (await test.get('/.well-known/jwks.json')).body
    const kid = keys.find(({ alg }: { alg: string }) => alg === 'RS256').kid as string
    const forged = (claims: object, header: object = {}): Promise<string> =>
      new SignJWT({ iss: issuer, aud: client.id, sub: 'somebody', exp: 4_000_000_000, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid, ...header })
        .sign(privateKey)
    const signedUserinfo = await registerClient(test, { metadata: { userinfoSignedResponseAlg: 'RS256' } })
    const theirs = await tokensFor(test, signedUserinfo)
    const hints = [
      unsigned,
      await forged({}),
      await forged({ iss: client.id, aud: issuer }, { kid: undefined }),
      await forged({}, { jwk: await exportJWK(publicKey), kid: undefined }),
      tokens.id_token.slice(0, -4),
      tokens.access_token,
      (await userinfo(test, theirs.access_token)).text,
      'no token at all',
      'a.b.c',
      'x'.repeat(7000),
    ]
    for (const id_token_hint of hints) {
      const question = await ask(browser, { id_token_hint, post_logout_redirect_uri: uri, state: 'x' })
      assert.equal(question.status, 200, id_token_hint)
      assert.match(question.text, /id_token_hint is not valid/)
      assert.doesNotMatch(question.text, /Tickets/)
      assert.match(String(question.headers['content-security-policy']), /form-action 'self'/)
    }
    const question = await ask(browser, { id_token_hint: unsigned, post_logout_redirect_uri: uri })
    const answer = await browser.submit('/oauth/end_session/confirm', fieldsOf(question.text))
    assert.equal(answer.headers.location, donePath)
  })

  it('§3: an address that is not registered is never followed', async (t) => {
    const { browser, tokens } = await signedIn(t)
    for (const other of [`${uri}?foo=bar`, `${uri}/`, 'https://evil.example/', 'javascript:alert(1)']) {
      const question = await ask(browser, { id_token_hint: tokens.id_token, post_logout_redirect_uri: other })
      assert.equal(question.status, 200, other)
      assert.match(question.text, /post_logout_redirect_uri is not registered/)
    }
    const question = await ask(browser, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${uri}?foo=bar`,
    })
    const answer = await browser.submit('/oauth/end_session/confirm', fieldsOf(question.text))
    assert.equal(answer.headers.location, donePath)
    const later = await ask(browser, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${uri}/` })
    assert.equal(later.headers.location, `${donePath}?problem=redirect_not_registered`)
    assert.match((await browser.get(String(later.headers.location))).text, /is not registered/)
  })

  it('§2: the person is asked when the hint is of another session or person, and then returns', async (t) => {
    const { test, client, tokens } = await signedIn(t)
    const other = await test.account('other')
    const browser = test.browser()
    await browser.signIn(other.username, other.password)
    const parameters = {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: uri,
      state: everyCharacter,
      client_id: client.id,
    }
    const question = await ask(browser, parameters)
    assert.equal(question.status, 200)
    assert.match(question.text, /<bdi>Tickets<\/bdi>/)
    assert.match(question.text, /Sign out and go back/)
    // The form leads to the app, where a browser would not follow otherwise.
    assert.doesNotMatch(String(question.headers['content-security-policy']), /form-action/)
    const { csrf_token, ...fields } = fieldsOf(question.text)
    assert.deepEqual(fields, parameters)
    const forged = await browser.post('/oauth/end_session/confirm', fields)
    assert.equal(forged.status, 403)
    assert.equal(await isSignedIn(browser), true)
    const answer = await browser.post('/oauth/end_session/confirm', { ...fields, csrf_token })
    const location = new URL(String(answer.headers.location))
    assert.deepEqual(
      [answer.status, location.origin + location.pathname, location.searchParams.get('state')],
      [303, uri, everyCharacter],
    )
    assert.equal(await isSignedIn(browser), false)
  })

  it('§2: client_id beside the hint must be its audience; alone it names only clients an operator made', async (t) => {
    const { test, browser, client, tokens } = await signedIn(t)
    const mismatch = await ask(browser, {
      id_token_hint: tokens.id_token,
      client_id: test.clientId,
      post_logout_redirect_uri: uri,
    })
    assert.match(mismatch.text, /id_token_hint is not valid/)
    const own = await registerClient(test, {
      origin: 'registration',
      metadata: { postLogoutRedirectUris: [uri] },
    })
    const stranger = await ask(browser, { client_id: own.id, post_logout_redirect_uri: uri })
    assert.match(stranger.text, /needs an id_token_hint/)
    const question = await ask(browser, { client_id: client.id, post_logout_redirect_uri: uri })
    const answer = await browser.submit('/oauth/end_session/confirm', fieldsOf(question.text))
    assert.equal(answer.headers.location, uri)
  })

  it('§2: POST works like GET: it comes without the cookie, and is answered with a GET that has it', async (t) => {
    const { test, browser, tokens } = await signedIn(t)
    const parameters = {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: uri,
      state: everyCharacter,
    }
    const posted = await test.post('/oauth/end_session', { ...parameters, ui_locales: 'de', more: 'ignored' })
    assert.equal(posted.status, 303)
    const location = new URL(String(posted.headers.location), issuer)
    assert.deepEqual(Object.fromEntries(location.searchParams), { ...parameters, ui_locales: 'de' })
    const answer = await browser.get(location.pathname + location.search)
    assert.equal(new URL(String(answer.headers.location)).searchParams.get('state'), everyCharacter)
    assert.equal((await test.post('/oauth/end_session', {})).headers.location, '/oauth/end_session')
    assert.equal((await test.post('/oauth/end_session', { state: 'x'.repeat(9000) })).status, 413)
  })

  it('repeated or broken parameters are answered with a page, and sign nobody out', async (t) => {
    const { browser, tokens } = await signedIn(t)
    for (const query of [`id_token_hint=${tokens.id_token}&state=a&state=b`, 'state=%zz', 'state=%00']) {
      assert.equal((await browser.get(`/oauth/end_session?${query}`)).status, 400)
    }
    assert.equal(await isSignedIn(browser), true)
    assert.equal((await browser.get(donePath)).headers.location, '/account/sessions')
  })

  it('a session of the device flow is named by its ID token as well', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const tokens = (await signInDevice(test, { scope: 'openid' })) as unknown as OpenIdTokens
    const browser = await test.signedIn()
    const question = await ask(browser, { id_token_hint: tokens.id_token })
    assert.match(question.text, /<bdi>AuthGate CLI<\/bdi>/)
  })

  it('Discovery: end_session_endpoint is published', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { body } = await test.get('/.well-known/openid-configuration')
    assert.equal(body.end_session_endpoint, `${issuer}/oauth/end_session`)
  })
})
