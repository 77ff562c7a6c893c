/** An app sends its person to sign out: what only a browser can show. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { skipWithoutBrowser } from '../support/browser.ts'
import { accountOf, registerClient, tokensFor } from '../support/openid-client.ts'
import { heading, type Site, signIn, startSite } from '../support/site.ts'

/** Every printable ASCII character. */
const everyCharacter = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')

suite('signing out for an app', { skip: skipWithoutBrowser, timeout: 120_000 }, () => {
  let site: Site
  let app: Server
  let origin: string
  let endSession: Record<string, string> = {}
  const asked: (string | undefined)[] = []
  before(async () => {
    // The app is another site: it posts to the server, and is returned to.
    app = createServer((request, response) => {
      asked.push(request.url)
      response.setHeader('content-type', 'text/html')
      const escaped = (text: string): string =>
        text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`)
      const fields = Object.entries(endSession)
        .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
        .join('')
      response.end(
        request.url === '/'
          ? `<!doctype html><link rel="icon" href="data:,"><form method="post" action="${site.url}/oauth/end_session">${fields}<button>Leave</button></form>`
          : '<!doctype html><link rel="icon" href="data:,"><h1>Back at the app</h1>',
      )
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    // Another host than the server's, so that it is another site to the browser.
    origin = `http://localhost:${(app.address() as AddressInfo).port}`
    site = await startSite()
  })
  after(async () => {
    await site?.close()
    app?.closeAllConnections()
    app?.close()
  })

  for (const javaScriptEnabled of [true, false]) {
    test(`the app's form, the question, and back again${javaScriptEnabled ? '' : ' without JavaScript'}`, async () => {
      const back = `${origin}/signed-out`
      const client = await registerClient(site.test, {
        name: 'Tickets',
        metadata: { postLogoutRedirectUris: [back] },
      })
      const { id } = await accountOf(site.test, 'admin')
      // Of no session that is known, so that the person is asked.
      const { id_token } = await tokensFor(site.test, client, { accountId: id })
      endSession = { id_token_hint: id_token, post_logout_redirect_uri: back, state: everyCharacter }

      const page = await site.visitor({ javaScriptEnabled })
      await page.goto('/login')
      await signIn(page)
      await page.waitForURL('**/account/sessions')
      await page.goto(`${origin}/`)
      await page.getByRole('button', { name: 'Leave' }).click()
      assert.equal(await heading(page), 'Sign out?')
      asked.length = 0
      await page.locator('#sign-out').click()
      await page.getByRole('heading', { name: 'Back at the app' }).waitFor()
      assert.equal(new URL(asked[0]!, origin).searchParams.get('state'), everyCharacter)
      await page.goto('/account/sessions')
      assert.equal(await heading(page), 'Sign in')
    })
  }
})
