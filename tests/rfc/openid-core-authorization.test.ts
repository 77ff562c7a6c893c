/** OpenID Connect Core 1.0 §3.1.2: what the authentication request adds to an authorization request. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  authorize,
  decide,
  hiddenField,
  obtainCode,
  redeem,
  redirected,
  type WebClient,
  webClient,
} from '../support/authorization.ts'
import { deviceCodeGrant } from '../support/oauth-client.ts'
import {
  adminPassword,
  type Fields,
  type JsonResponse,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'

describe('OpenID Connect Core §3.1.2', () => {
  let test: TestApp
  let client: WebClient
  let browser: TestBrowser
  before(async () => {
    test = await startTestApp()
    client = await webClient(test)
    browser = await test.signedIn()
    // Allowed once, so that only what a request asks for stands between it and its code.
    await obtainCode(test, client, { scope: 'openid profile' }, browser)
  })
  after(() => test.close())

  const ask = (fields: Parameters<typeof authorize>[2], by = browser) =>
    authorize(by, client, { scope: 'openid', ...fields })
  const isAskedToSignIn = (answer: JsonResponse) => {
    assert.equal(answer.status, 303)
    assert.match(String(answer.headers.location), /^\/login\?/)
    return String(answer.headers.location)
  }

  it('§3.1.2.1: what was allowed before is not asked again', async () => {
    assert.ok(redirected(await ask({})).code)
    assert.equal((await ask({ scope: 'openid email' })).status, 200)
  })

  it('§3.1.2.6: prompt=none never shows a page', async () => {
    assert.ok(redirected(await ask({ prompt: 'none' })).code)
    assert.equal(redirected(await ask({ prompt: 'none' }, test.browser())).error, 'login_required')
    assert.equal(redirected(await ask({ prompt: 'none', scope: 'openid read' })).error, 'consent_required')
  })

  it('§3.1.2.1: prompt=login asks a signed-in person to sign in again, once', async () => {
    const login = isAskedToSignIn(await ask({ prompt: 'login' }))
    const form = await browser.get(login)
    assert.equal(form.status, 200)
    assert.match(form.text, /Sign in once more/)
    test.clock.advance(1)
    const back = await browser.submit('/login', {
      username: 'admin',
      password: adminPassword,
      redirect: hiddenField(form.text, 'redirect'),
    })
    assert.ok(redirected(await browser.get(String(back.headers.location))).code)
  })

  it('§3.1.2.1: going back without signing in again leads to the form again', async () => {
    const login = isAskedToSignIn(await ask({ prompt: 'login' }))
    const resume = new URL(login, 'http://localhost').searchParams.get('redirect')!
    isAskedToSignIn(await browser.get(resume))
    // Nor does sending the decision get around it.
    await browser.get('/account/sessions')
    const query = new URL(resume, 'http://localhost').searchParams
    isAskedToSignIn(
      await browser.submit('/oauth/authorize', {
        client_id: query.get('client_id')!,
        request_uri: query.get('request_uri')!,
        action: 'approve',
      }),
    )
  })

  it('§3.1.2.1: prompt=consent and select_account show the page', async () => {
    for (const prompt of ['consent', 'select_account', 'consent select_account']) {
      const asked = await ask({ prompt })
      assert.equal(asked.status, 200)
      assert.match(asked.text, /Switch account/)
    }
  })

  it('§3.1.2.1: a word in prompt that nobody knows changes nothing', async () => {
    assert.ok(redirected(await ask({ prompt: 'fancy' })).code)
  })

  it('§3.1.2.1: max_age asks whoever signed in too long ago', async () => {
    assert.ok(redirected(await ask({ max_age: '10000' })).code)
    test.clock.advance(2)
    isAskedToSignIn(await ask({ max_age: '1' }))
    isAskedToSignIn(await ask({ max_age: '0' }))
    assert.equal(redirected(await ask({ max_age: '1', prompt: 'none' })).error, 'login_required')
  })

  it('OpenID Connect Registration §2: default_max_age stands in for max_age', async () => {
    const impatient = await webClient(test, { metadata: { defaultMaxAge: 1 } })
    isAskedToSignIn(await authorize(browser, impatient))
    assert.equal((await authorize(browser, impatient, { max_age: '10000' })).status, 200)
  })

  it('§3.1.2.1: login_hint fills in the name; display and acr_values change nothing', async () => {
    const login = isAskedToSignIn(await ask({ login_hint: 'ada@example.com' }, test.browser()))
    assert.equal(hiddenField((await test.browser().get(login)).text, 'username'), 'ada@example.com')
    const fields = { display: 'popup', claims_locales: 'se', acr_values: '1 2' }
    assert.ok(redirected(await ask(fields)).code)
  })

  it('§3.1.2.1: ui_locales chooses the language of every page on the way, and asks for none that must be had', async () => {
    const spoken = (text: string) => /<html lang="([^"]+)"/.exec(text)?.[1]
    const visitor = test.browser()
    const login = isAskedToSignIn(await ask({ ui_locales: 'se zh-Hant-TW en' }, visitor))
    assert.equal(spoken((await visitor.get(login)).text), 'zh-TW')
    const back = new URL(login, 'http://localhost:8080').searchParams.get('redirect')!
    const refused = await visitor.submit('/login', { username: 'nobody', password: 'x', redirect: back })
    assert.deepEqual([refused.status, spoken(refused.text)], [401, 'zh-TW'])

    const fresh = await webClient(test)
    const question = await authorize(browser, fresh, { ui_locales: 'zh-TW' })
    assert.deepEqual([question.status, spoken(question.text)], [200, 'zh-TW'])
    const unknown = await authorize(browser, fresh, {
      ui_locales: 'zh-TW',
      redirect_uri: 'https://evil.example',
    })
    assert.deepEqual([unknown.status, spoken(unknown.text)], [400, 'zh-TW'])
    assert.equal(spoken((await browser.get('/account/sessions')).text), 'en')
    assert.equal(spoken((await authorize(browser, fresh, { ui_locales: 'se' })).text), 'en')
  })

  it('Form Post Response Mode §2: the answer is a form that sends itself', async () => {
    const answer = await ask({ response_mode: 'form_post', state: `"><script>'&` })
    assert.equal(answer.status, 200)
    assert.match(answer.text, /<form method="post" action="https:\/\/app\.example\/callback"/)
    assert.doesNotMatch(String(answer.headers['content-security-policy']), /form-action/)
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(hiddenField(answer.text, 'state'), `"><script>'&`)
    assert.equal(hiddenField(answer.text, 'iss'), 'http://localhost:8080')
    assert.equal((await redeem(test, client, hiddenField(answer.text, 'code'))).status, 200)
    const failed = await ask({ response_mode: 'form_post', prompt: 'none', scope: 'openid write' })
    assert.equal(hiddenField(failed.text, 'error'), 'consent_required')
  })

  it('§3.1.2.4: a person may leave scopes out, and the client is told what it got', async () => {
    const fresh = await webClient(test)
    const asked = await authorize(browser, fresh, { scope: 'openid email read' })
    const answer = await decide(browser, asked, 'approve', {
      choose: '1',
      'scope:read': '1',
      'scope:write': '1',
    })
    const tokens = await redeem(test, fresh, redirected(answer).code!)
    assert.equal(tokens.body.scope, 'openid read')
  })

  it('§3.1.2.4: taking a consent back ends what came of it, and asks again', async () => {
    const grants = ['authorization_code', 'refresh_token', 'device_code'] as const
    const fresh = await webClient(test, { grants })
    const asClient = { authorization: fresh.basic! }
    const device = (await test.post('/oauth/device/code', {}, asClient)).body
    await browser.decide(device.user_code, 'approve')
    const code = await obtainCode(test, fresh, {}, browser)
    const unused = await obtainCode(test, fresh, {}, browser)
    const tokens = (await redeem(test, fresh, code)).body
    const page = await browser.get('/account/authorizations')
    assert.match(page.text, /Web app/)
    const account = (await test.app.storage.read.accounts.findByUsername('admin'))!
    const consent = (await test.app.storage.read.consents.find(account.id, fresh.id))!
    assert.equal((await browser.submit(`/account/authorizations/${consent.id}/revoke`)).status, 303)
    const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${tokens.access_token}` })
    assert.equal(info.status, 401)
    assert.equal((await redeem(test, fresh, unused)).body.error, 'invalid_grant')
    const fields = { grant_type: deviceCodeGrant, device_code: device.device_code }
    assert.equal((await test.post('/oauth/token', fields, asClient)).body.error, 'access_denied')
    assert.equal((await authorize(browser, fresh)).status, 200)
    assert.equal((await browser.submit(`/account/authorizations/${consent.id}/revoke`)).status, 404)
  })

  it('§3.1.2.4: a consent that is taken back while it is looked up allows nothing any more', async () => {
    const account = (await test.app.storage.read.accounts.findByUsername('admin'))!
    const { storage } = test.app
    const transaction = storage.transaction.bind(storage)
    const takenBackMeanwhile = async (fields: Fields): Promise<JsonResponse> => {
      const fresh = await webClient(test)
      await obtainCode(test, fresh, {}, browser)
      const consent = (await storage.read.consents.find(account.id, fresh.id))!
      storage.transaction = async (work) => {
        await transaction((tx) => tx.consents.forget(consent.id))
        return transaction(work)
      }
      try {
        return await authorize(browser, fresh, fields)
      } finally {
        storage.transaction = transaction
      }
    }
    const again = await takenBackMeanwhile({})
    assert.match(String(again.headers.location), /^\/oauth\/authorize\?/)
    const asked = await browser.get(String(again.headers.location))
    assert.ok(redirected(await decide(browser, asked, 'approve')).code)
    assert.equal(redirected(await takenBackMeanwhile({ prompt: 'none' })).error, 'consent_required')
  })

  it('RFC 8707 §2: what was allowed at one resource is asked again at another, and without one', async () => {
    const [a, b] = ['https://a.example/', 'https://b.example/']
    const api = await webClient(test, { allowedResources: [a, b] })
    await obtainCode(test, api, { scope: 'read', resource: a }, browser)
    await obtainCode(test, api, { scope: 'write', resource: b }, browser)
    assert.ok(redirected(await authorize(browser, api, { scope: 'read', resource: a })).code)
    for (const fields of [
      { scope: 'write', resource: a },
      { scope: 'read', resource: b },
      { scope: 'read' },
    ]) {
      assert.equal((await authorize(browser, api, fields)).status, 200)
    }
  })

  it('CONSENT_REMEMBER=false asks every time', async (t) => {
    const strict = await startTestApp({ environment: { CONSENT_REMEMBER: 'false' } })
    t.after(() => strict.close())
    const other = await webClient(strict)
    const person = await strict.signedIn()
    await obtainCode(strict, other, {}, person)
    assert.equal((await authorize(person, other)).status, 200)
  })
})
