/**
 * A person signs in to an app through the authorization code flow: the app is a listener of its own on another origin,
 * so that what a browser holds against a redirect or a form to another site shows.
 */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, suite, test } from 'node:test'
import type { Client } from '../../src/oauth/client.ts'
import { authorizeUrl, pkce, redeem, type WebClient, webClient } from '../support/authorization.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { openResource } from '../support/mcp.ts'
import { desktop, heading, phone, type Site, signIn, startSite } from '../support/site.ts'
import type { Fields } from '../support/test-app.ts'

interface App {
  callback: string
  /** What reached the callback last: method and parameters. */
  received(): Promise<{ method: string; fields: Record<string, string> }>
  close(): Promise<void>
}

async function startListeningApp(): Promise<App> {
  const arrivals: { method: string; fields: Record<string, string> }[] = []
  let wake: (() => void) | undefined
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (url.pathname === '/callback') {
        const parameters = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
        arrivals.push({ method: request.method!, fields: Object.fromEntries(parameters) })
        wake?.()
      }
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><link rel="icon" href="data:,"><h1>The app</h1>')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    callback: `http://127.0.0.1:${port}/callback`,
    async received() {
      while (arrivals.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return arrivals.shift()!
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

suite('signing in to an app', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let site: Site
  let app: App
  let host: DocumentHost
  before(async () => {
    app = await startListeningApp()
    host = await startDocumentHost()
    site = await startSite(host.environment, host.outbound)
  })
  after(async () => {
    await site?.close()
    await app?.close()
    host?.close()
  })

  const client = (given: Partial<Client> = {}): Promise<WebClient> =>
    webClient(site.test, {
      name: 'Holiday planner',
      redirectUris: [app.callback],
      metadata: { policyUri: 'https://app.example/privacy', tosUri: 'https://app.example/terms' },
      ...given,
    })
  const request = ({ id }: WebClient, fields: Fields = {}): string =>
    authorizeUrl({
      response_type: 'code',
      client_id: id,
      redirect_uri: app.callback,
      scope: 'openid profile email offline_access',
      state: 'a state',
      ...pkce,
      ...fields,
    })

  for (const [name, viewport] of [
    ['desktop', desktop],
    ['phone', phone],
  ] as const) {
    test(`on a ${name}: sign in, decide, and land in the app`, async () => {
      const planner = await client()
      const page = await site.visitor({ viewport })
      await page.goto(request(planner))
      assert.equal(await heading(page), 'Sign in')
      await page.getByText('to continue to Holiday planner').waitFor()
      await page.getByRole('link', { name: 'Privacy policy' }).waitFor()
      await assertAccessible(page)
      await assertNoOverflow(page)
      await screenshot(page, `authorization/${name}-1-sign-in`)
      await signIn(page)

      await page.getByRole('heading', { name: 'Allow Holiday planner to sign you in?' }).waitFor()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await assertAccessible(page)
        await assertNoOverflow(page)
        await screenshot(page, `authorization/${name}-2-decide-${colorScheme}`)
      }
      await page.getByLabel('See your email address').uncheck()
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('heading', { name: 'The app' }).waitFor()
      const { fields } = await app.received()
      assert.deepEqual([fields.state, fields.iss], ['a state', site.url])
      const tokens = await redeem(site.test, planner, fields.code!, { redirect_uri: app.callback })
      assert.equal(tokens.body.scope, 'openid profile offline_access')
    })
  }

  test('what was allowed before goes through at once; signing in for it is not held up by the browser', async () => {
    const planner = await client()
    const page = await site.visitor()
    await page.goto('/login')
    await signIn(page)
    await page.waitForURL('**/account/sessions')
    await page.goto(request(planner))
    await page.getByRole('button', { name: 'Allow' }).click()
    await app.received()
    await page.goto(request(planner))
    await page.getByRole('heading', { name: 'The app' }).waitFor()
    await app.received()

    // Another browser: the sign-in form itself now ends at another site.
    const other = await site.visitor()
    await other.goto(request(planner))
    await signIn(other)
    await other.getByRole('heading', { name: 'The app' }).waitFor()
    assert.ok((await app.received()).fields.code)

    await page.goto('/account/authorizations')
    await page
      .getByRole('rowheader', { name: /Holiday planner/ })
      .first()
      .waitFor()
    for (const [name, viewport] of [
      ['desktop', desktop],
      ['phone', phone],
    ] as const) {
      await page.setViewportSize(viewport)
      await assertAccessible(page)
      await assertNoOverflow(page)
      await screenshot(page, `authorization/allowed-apps-${name}`)
    }
    await page
      .getByRole('button', { name: /Revoke/ })
      .first()
      .click()
    await page.getByText('The app is allowed no more').waitFor()
  })

  for (const javaScriptEnabled of [true, false]) {
    test(`a form carries the answer ${javaScriptEnabled ? 'by itself' : 'at a press, without script'}`, async () => {
      const planner = await client()
      const page = await site.visitor({ javaScriptEnabled })
      await page.goto(request(planner, { response_mode: 'form_post' }))
      await signIn(page)
      await page.getByRole('button', { name: 'Allow' }).click()
      if (!javaScriptEnabled) {
        await page.getByRole('heading', { name: 'Back to Holiday planner' }).waitFor()
        await screenshot(page, 'authorization/form-post')
        await page.getByRole('button', { name: 'Continue' }).click()
      }
      await page.getByRole('heading', { name: 'The app' }).waitFor()
      const { method, fields } = await app.received()
      assert.equal(method, 'POST')
      assert.deepEqual(Object.keys(fields), ['code', 'state', 'iss'])
    })
  }

  test('a person who denies is sent back with that', async () => {
    const page = await site.visitor()
    await page.goto(request(await client()))
    await signIn(page)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'The app' }).waitFor()
    assert.equal((await app.received()).fields.error, 'access_denied')
  })

  test('a program on this computer, a stranger, and requests that cannot be answered', async () => {
    const page = await site.visitor()
    const native = await client({
      type: 'public',
      name: 'Notes',
      redirectUris: ['http://127.0.0.1/callback'],
    })
    await page.goto(request(native))
    await signIn(page)
    await page.getByText('Any program on this device could use this name').waitFor()
    await assertAccessible(page)
    await screenshot(page, 'authorization/loopback')

    const stranger = await client({
      origin: 'registration',
      name: 'Holiday planner ‮gnp.exe',
      redirectUris: ['https://app.example/callback'],
    })
    await page.goto(request(stranger, { redirect_uri: 'https://app.example/callback' }))
    await page.getByText('Nobody here has checked this app').waitFor()
    await assertAccessible(page)
    await screenshot(page, 'authorization/stranger')

    for (const [name, address, title] of [
      [
        'unregistered',
        request(native, { redirect_uri: 'https://evil.example/' }),
        'The redirect URI is not registered',
      ],
      ['unknown', authorizeUrl({ client_id: 'nobody' }), 'This app is not known here'],
      [
        'refused',
        request(stranger, { redirect_uri: 'https://app.example/callback', response_type: 'token' }),
        'The app asked for something it cannot have',
      ],
    ] as const) {
      const answer = await page.goto(address)
      assert.equal(answer?.status(), 400)
      assert.equal(await heading(page), title)
      await assertAccessible(page)
      await assertNoOverflow(page)
      await screenshot(page, `authorization/error-${name}`)
    }
  })

  test('an app that describes itself: its site first, its name as a claim', async () => {
    const { identifier } = await openResource(site.test, { name: 'Team notes' })
    const describe = (path: string, document: object): string => {
      const id = host.at(path)
      host.serve(path, { client_id: id, ...document })
      return id
    }
    const fields = { scope: 'notes:read notes:write offline_access', resource: identifier }
    const local = describe('/agent.json', {
      client_name: `Your bank ${'with a very long name '.repeat(20)}`,
      redirect_uris: [app.callback],
      grant_types: ['authorization_code', 'refresh_token'],
    })
    const elsewhere = describe('/elsewhere.json', {
      client_name: 'Notes agent',
      redirect_uris: ['https://app.example/callback'],
    })
    const page = await site.visitor()
    await page.goto(request({ id: local } as WebClient, fields))
    assert.equal(await heading(page), 'Sign in')
    await signIn(page)
    for (const [name, id, redirect, warning] of [
      ['loopback', local, app.callback, 'Any program on this device could use this name'],
      ['elsewhere', elsewhere, 'https://app.example/callback', 'Your answer goes to another site'],
    ] as const) {
      for (const [device, viewport] of [
        ['desktop', desktop],
        ['phone', phone],
      ] as const) {
        await page.setViewportSize(viewport)
        await page.goto(request({ id } as WebClient, { ...fields, redirect_uri: redirect }))
        assert.match((await heading(page)) ?? '', /^Allow an app of app\.example\.com:\d+ to sign you in\?$/)
        await page.getByText(warning).waitFor()
        await page.getByText('Team notes').waitFor()
        await page.getByText('Change your notes').waitFor()
        await assertAccessible(page)
        await assertNoOverflow(page)
        await screenshot(page, `authorization/described-${name}-${device}`)
      }
    }
    host.serve('/broken.json', { client_id: 'another' })
    await page.goto(request({ id: host.at('/broken.json') } as WebClient, fields))
    assert.equal(await heading(page), 'The app does not describe itself as it should')
    await assertAccessible(page)
    await assertNoOverflow(page)
    await screenshot(page, 'authorization/error-described')

    await page.goto(request({ id: local } as WebClient, fields))
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'The app' }).waitFor()
    const { code } = (await app.received()).fields
    const tokens = await redeem(site.test, { id: local as never, basic: undefined }, code!, {
      redirect_uri: app.callback,
    })
    assert.equal(tokens.body.scope, 'notes:read notes:write offline_access')

    // Whose app it is can be read among what was allowed as well.
    await page.goto('/account/authorizations')
    await page.getByText(local).waitFor()
    await page.getByText('At Team notes').waitFor()
    await page.getByText('Change your notes').waitFor()
    for (const [device, viewport] of [
      ['desktop', desktop],
      ['phone', phone],
    ] as const) {
      await page.setViewportSize(viewport)
      await assertNoOverflow(page)
      await screenshot(page, `authorization/described-allowed-${device}`)
    }
  })
})
