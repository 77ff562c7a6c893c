/**
 * oidc-client-ts in a real browser, as the code of docs/clients.md that it is: an app on another origin, without a server
 * of its own behind it. What a browser holds against requests to another origin shows here and nowhere else.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { webClient } from '../support/authorization.ts'
import { collectProblems, launchBrowser, skipWithoutBrowser } from '../support/browser.ts'
import { snippet } from '../support/clients-page.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { signIn } from '../support/site.ts'

interface App {
  url: string
  /** What its pages load from now on. */
  script: string
  close(): Promise<void>
}

/** The same page at every address, with the app's script. */
async function startApp(): Promise<App> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript
        ? app.script
        : '<!doctype html><link rel="icon" href="data:,"><h1>The app</h1><p></p><script type="module" src="/app.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const app: App = {
    // Another site than the server's, not only another origin, so that no cookie comes along by chance.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    script: '',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return app
}

/** The code of the page with what it exports within reach of the test, in one file for a browser. */
async function bundle(code: string, issuer: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as app from 'shown'
        Object.assign(window, { app })
        window.fetchKeys = async () => (await fetch(${JSON.stringify(`${issuer}/.well-known/jwks.json`)})).json()
        const person = await app.person()
        document.querySelector('p').textContent = person ? 'Signed in as ' + person.profile.preferred_username : 'Nobody'
      `,
      // Where the libraries are found from.
      resolveDir: fileURLToPath(new URL('../../../', import.meta.url)),
    },
    plugins: [
      {
        name: 'shown',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^shown$/ }, () => ({ path: 'shown', namespace: 'shown' }))
          onLoad({ filter: /.*/, namespace: 'shown' }, () => ({
            contents: code,
            resolveDir: fileURLToPath(new URL('../../../', import.meta.url)),
          }))
        },
      },
    ],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}

suite('oidc-client-ts in a browser', { skip: skipWithoutBrowser, timeout: 120_000 }, () => {
  let server: Listening
  let app: App
  let browser: Browser
  let page: Page
  let problems: readonly string[]
  /** Requests to the server that a script made: method and path. */
  const asked: string[] = []
  before(async () => {
    app = await startApp()
    server = await startListening()
    const { id: clientId } = await webClient(server.test, {
      type: 'public',
      name: 'Dashboard',
      redirectUris: [`${app.url}/callback`],
      metadata: { postLogoutRedirectUris: [`${app.url}/`] },
    })
    app.script = await bundle(
      snippet('oidc-client-ts', { issuer: server.url, app: app.url, clientId }),
      server.url,
    )
    browser = await launchBrowser()
    page = await browser.newPage()
    page.setDefaultTimeout(10_000)
    problems = collectProblems(page)
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.origin !== server.url || request.resourceType() !== 'fetch') return
      asked.push(`${request.method()} ${url.pathname}`)
    })
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    await app?.close()
    assert.deepEqual(problems, [])
  })

  test('signs a person in by redirect, with discovery, token and userinfo from another origin', async () => {
    await page.goto(app.url)
    await page.getByText('Nobody').waitFor()
    await page.evaluate('void app.signIn()')
    await signIn(page)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Signed in as admin').waitFor()
    assert.equal(page.url(), `${app.url}/`)
    const own = asked.filter((line) => !line.startsWith('OPTIONS'))
    assert.deepEqual([...new Set(own)].sort(), [
      'GET /.well-known/openid-configuration',
      'GET /oauth/userinfo',
      'POST /oauth/token',
    ])
  })

  test('reads the published keys', async () => {
    const { keys } = (await page.evaluate('fetchKeys()')) as { keys: object[] }
    assert.equal(keys.length, 3)
  })

  test('renews by the refresh token, without a frame', async () => {
    const renewed = (await page.evaluate(`(async () => {
      const before = await app.person()
      const after = await app.renew()
      return {
        another: before.access_token !== after.access_token && before.refresh_token !== after.refresh_token,
        name: after.profile.preferred_username,
        scope: after.scope,
        frames: document.querySelectorAll('iframe').length,
      }
    })()`)) as object
    assert.deepEqual(renewed, {
      another: true,
      name: 'admin',
      scope: 'openid profile email offline_access',
      frames: 0,
    })
  })

  test('signs out here and comes back to the app', async () => {
    await page.evaluate('void app.signOut()')
    await page.getByText('Nobody').waitFor()
    assert.equal(new URL(page.url()).origin, app.url)
    await page.goto(`${server.url}/account/sessions`)
    assert.equal(new URL(page.url()).pathname, '/login')
  })
})
