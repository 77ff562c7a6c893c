/** Connected accounts: connect an identity to one's account, see it, sign in with it, disconnect it. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type AnyProvider, signInThrough, startProviders } from '../support/identity-providers/all.ts'
import {
  drivers,
  type JsonResponse,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'

const path = '/account/connections'

for (const { driver, skip } of drivers) {
  describe(`connected accounts on ${driver}`, { skip }, () => {
    let github: AnyProvider
    let gitlab: AnyProvider
    let test: TestApp

    beforeEach(async () => {
      github = await startProviders.github()
      gitlab = await startProviders.gitlab()
      test = await startTestApp({ driver, environment: { ...github.settings, ...gitlab.settings } })
    })
    afterEach(async () => {
      await test.close()
      await github.close()
      await gitlab.close()
    })
    const connectionsOf = async (username: string) => {
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      return test.app.storage.read.identityConnections.listOf(account.id)
    }
    /** From the page to the provider and back. */
    const connect = async (browser: TestBrowser, provider: AnyProvider): Promise<JsonResponse> => {
      await browser.get(path)
      const left = await browser.submit(`${path}/${provider.name}/connect`)
      assert.equal(left.status, 303, left.text)
      const { pathname, search } = await provider.decide(String(left.headers.location))
      return browser.get(pathname + search)
    }

    it('are connected from the page, shown there, and sign in from then on', async () => {
      const browser = await test.signedIn()
      const page = await browser.get(path)
      assert.equal(page.status, 200)
      assert.match(page.text, /Not connected/)
      assert.match(String(page.headers['content-security-policy']), /^(?!.*form-action)/)
      const before = await test.metrics()
      const answer = await connect(browser, github)
      assert.equal(answer.headers.location, `${path}?notice=connected`)
      // It was no attempt to sign in, and no session began.
      assert.deepEqual((await test.metrics()).since(before, ['auth_', 'sessions_created']), {
        'auth_oauth_callback_total{provider="github",result="success"}': 1,
      })
      const shown = await browser.get(`${path}?notice=connected`)
      assert.match(shown.text, /The account was connected/)
      assert.match(shown.text, /Octo-Cat/)
      assert.match(shown.text, /octo@example\.com/)
      assert.match(shown.text, /Not yet/)

      test.clock.advance(60)
      const other = test.browser()
      assert.equal((await signInThrough(github, other)).status, 303)
      assert.match((await other.get(path)).text, /Administrator/)
      assert.doesNotMatch((await browser.get(path)).text, /Not yet/)
      assert.equal((await connect(browser, github)).headers.location, `${path}?notice=connected`)
      assert.equal((await connectionsOf('admin')).length, 1)
    })

    it('are disconnected from the page, and then lead nowhere', async () => {
      const browser = await test.signedIn()
      await connect(browser, github)
      const [connection] = await connectionsOf('admin')
      await browser.get(path)
      const answer = await browser.submit(`${path}/${connection!.id}/disconnect`)
      assert.equal(answer.headers.location, `${path}?notice=disconnected`)
      assert.deepEqual(await connectionsOf('admin'), [])
      // The identity makes an account of its own now.
      await signInThrough(github, test.browser())
      assert.equal((await connectionsOf('octo-cat')).length, 1)
      assert.equal((await browser.submit(`${path}/${connection!.id}/disconnect`)).status, 404)
    })

    it('the only way to sign in stays', async () => {
      const browser = test.browser()
      await signInThrough(github, browser)
      const [connection] = await connectionsOf('octo-cat')
      assert.match((await browser.get(path)).text, /Your only way to sign in/)
      const refused = await browser.submit(`${path}/${connection!.id}/disconnect`)
      assert.equal(refused.headers.location, `${path}?notice=only_way_in`)
      assert.equal((await connectionsOf('octo-cat')).length, 1)
    })

    it('another way to sign in frees the first', async () => {
      const browser = test.browser()
      await signInThrough(github, browser)
      await connect(browser, gitlab)
      const [first] = await connectionsOf('octo-cat')
      await browser.get(path)
      const answer = await browser.submit(`${path}/${first!.id}/disconnect`)
      assert.equal(answer.headers.location, `${path}?notice=disconnected`)
      assert.deepEqual(
        (await connectionsOf('octo-cat')).map(({ source }) => source),
        ['gitlab'],
      )
    })

    it('an identity of somebody else stays theirs', async () => {
      await signInThrough(github, test.browser())
      const answer = await connect(await test.signedIn(), github)
      assert.equal(answer.status, 409)
      assert.match(answer.text, /connected to somebody else here/)
      assert.match(answer.text, /href="\/account\/connections"/)
      assert.deepEqual(await connectionsOf('admin'), [])
    })

    it('somebody else’s connection cannot be disconnected', async () => {
      await signInThrough(github, test.browser())
      const [connection] = await connectionsOf('octo-cat')
      const browser = await test.signedIn()
      await browser.get(path)
      assert.equal((await browser.submit(`${path}/${connection!.id}/disconnect`)).status, 404)
      assert.equal((await connectionsOf('octo-cat')).length, 1)
    })

    it('are taken away by an administrator, also the only one', async () => {
      await signInThrough(github, test.browser())
      const [connection] = await connectionsOf('octo-cat')
      const list = `/admin/users/${connection!.accountId}/connections`
      const admin = await test.signedIn()
      const page = await admin.get(list)
      assert.match(page.text, /GitHub/)
      assert.match(page.text, /octo@example\.com/)
      const answer = await admin.submit(`${list}/${connection!.id}/delete`)
      assert.equal(answer.headers.location, `${list}?notice=disconnected`)
      assert.match((await admin.get(`${list}?notice=disconnected`)).text, /The account was disconnected/)
      assert.deepEqual(await connectionsOf('octo-cat'), [])
      assert.equal((await admin.submit(`${list}/${connection!.id}/delete`)).status, 404)
    })

    it('belong to the session that asked: another one gets nothing', async () => {
      const browser = await test.signedIn()
      await browser.get(path)
      const left = await browser.submit(`${path}/github/connect`)
      const { pathname, search } = await github.decide(String(left.headers.location))
      await browser.get('/account/sessions')
      await browser.submit('/logout')
      const { username, password } = await test.account('other')
      await browser.signIn(username, password)
      const before = await test.metrics()
      const answer = await browser.get(pathname + search)
      assert.equal(answer.status, 403)
      assert.match(answer.text, /no longer signed in as you were/)
      for (const name of ['admin', 'other']) assert.deepEqual(await connectionsOf(name), [])
      assert.deepEqual((await test.metrics()).since(before, ['auth_']), {
        'auth_oauth_callback_total{provider="github",result="error"}': 1,
      })
    })

    it('need a form of this server', async () => {
      const browser = await test.signedIn()
      await connect(browser, github)
      const [connection] = await connectionsOf('admin')
      assert.equal((await browser.post(`${path}/${connection!.id}/disconnect`, {})).status, 403)
      assert.equal((await browser.post(`${path}/gitlab/connect`, {})).status, 403)
      assert.equal(
        (await test.browser().post(`${path}/gitlab/connect`, {})).headers.location,
        `/login?redirect=${encodeURIComponent(path)}`,
      )
      assert.equal((await connectionsOf('admin')).length, 1)
    })
  })
}
