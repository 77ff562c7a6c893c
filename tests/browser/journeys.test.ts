/** What goes differently than planned, for the person at the browser: detours, mistakes, strangers' words. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertNoOverflow, collectProblems, launchBrowser, skipWithoutBrowser } from '../support/browser.ts'
import { poll } from '../support/oauth-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { desktop, heading, phone, type Site, signIn, startSite } from '../support/site.ts'
import { adminPassword } from '../support/test-app.ts'

suite('detours and mistakes', { skip: skipWithoutBrowser, concurrency: 2, timeout: 180_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.close())

  test('a link to the sign-in page leads nowhere else, before, while and after signing in', async () => {
    const addresses = [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '/..//evil.example',
      '\thttps://evil.example',
      'https:evil.example',
      `${site.url}@evil.example/`,
      `${site.url}.evil.example/`,
      'javascript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
    ]
    const page = await site.visitor()
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(new URL(request.url()).origin))
    const linkTo = (elsewhere: string): string => `/login?${new URLSearchParams({ redirect: elsewhere })}`

    for (const elsewhere of addresses) {
      await page.goto(linkTo(elsewhere))
      assert.equal(await page.locator('input[name=redirect]').count(), 0, elsewhere)
    }
    // Somebody who puts the address into the form itself gets no further.
    await page.evaluate(`document.forms[0].insertAdjacentHTML(
      'beforeend', '<input type="hidden" name="redirect" value="https://evil.example/">')`)
    await signIn(page)
    await page.waitForURL('**/account/sessions')
    for (const elsewhere of addresses) {
      await page.goto(linkTo(elsewhere))
      assert.equal(await heading(page), 'Sessions and apps', elsewhere)
    }
    assert.deepEqual([...asked], [site.url])
  })

  test('"stay signed in" outlives the browser; without it, closing the browser signs out', async () => {
    for (const remembered of [true, false]) {
      const page = await site.visitor()
      await page.goto('/login')
      if (remembered) await page.getByLabel('Stay signed in for 30 days').check()
      await signIn(page)
      await page.waitForURL('**/account/sessions')
      const { cookies, origins } = await page.context().storageState()
      const session = cookies.find(({ name }) => name === 'authgate_session')
      assert.deepEqual([session?.httpOnly, session?.sameSite], [true, 'Lax'])
      const days = ((session?.expires ?? 0) - Date.now() / 1000) / 86_400
      if (remembered) assert.ok(days > 29.9 && days < 30.1, `${days} days`)
      else assert.equal(session?.expires, -1)

      // What a browser keeps when it is closed: cookies that have a date.
      const kept = cookies.filter(({ expires }) => expires !== -1)
      const next = await site.visitor({ storageState: { cookies: kept, origins } })
      await next.goto('/account/sessions')
      assert.equal(await heading(next), remembered ? 'Sessions and apps' : 'Sign in')
    }
  })

  test('a session ended in another browser says so, and goes on where it was', async () => {
    const { username, password } = await site.test.account('two-browsers')
    const here = await site.visitor()
    await here.goto('/device')
    await signIn(here, username, password)
    await here.getByLabel('Code', { exact: true }).waitFor()
    const there = await site.visitor()
    await there.goto('/login')
    await signIn(there, username, password)
    await there
      .getByRole('row')
      .filter({ hasText: 'Chrome' })
      .filter({ hasNotText: 'This one' })
      .getByRole('button')
      .click()
    await there.getByText('The session was ended').waitFor()

    await here.reload()
    await here.getByText('You were signed out').waitFor()
    assert.ok(await here.getByLabel('Username').evaluate((field) => field.matches(':focus')))
    await signIn(here, username, password)
    await here.getByLabel('Code', { exact: true }).waitFor()
  })

  test('after a wrong password only the password is typed again', async () => {
    const device = await site.device()
    const page = await site.visitor()
    await page.goto(device.verification_uri_complete)
    await page.getByLabel('Stay signed in for 30 days').check()
    await signIn(page, 'admin', 'not the password')
    await page.getByText('That username and password do not match').waitFor()
    assert.equal(await page.getByLabel('Username').inputValue(), 'admin')
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
    assert.ok(await page.getByLabel('Stay signed in for 30 days').isChecked())
    await page.getByLabel('Password', { exact: true }).fill(adminPassword)
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('.hero-code-shown').textContent(), device.user_code)
  })

  test('a wrong code stays in its field, whatever was typed', async () => {
    // With script the field groups the code while it is typed; without, it keeps every character.
    for (const [javaScriptEnabled, typed, kept] of [
      [true, 'wdjb mjht', 'WDJB-MJHT'],
      [false, 'wdjb mjht', 'wdjb mjht'],
      [false, 'שלום <b>&amp; "x"', 'שלום <b>&amp; "x"'],
    ] as const) {
      const page = await site.visitor({ javaScriptEnabled })
      await page.goto('/device')
      await signIn(page)
      const field = page.getByLabel('Code', { exact: true })
      await field.fill(typed)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('No device is waiting with this code').waitFor()
      assert.equal(await field.inputValue(), kept)
    }
  })

  test('back after Allow there is nothing left to allow', async () => {
    const device = await site.device()
    const page = await site.visitor()
    await page.goto(device.verification_uri_complete)
    await signIn(page)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'You allowed AuthGate CLI' }).waitFor()
    assert.equal((await poll(site.test, device.device_code)).status, 200)
    const issued = (await site.test.metrics()).get(issuedToDevices)

    await page.goBack()
    // The page is never kept: what stands there is asked for anew, so nobody decides about a device that is gone.
    await page.getByText('Each code works only once.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Allow' }).count(), 0)
    assert.equal((await poll(site.test, device.device_code)).status, 400)
    assert.equal((await site.test.metrics()).get(issuedToDevices), issued)
  })

  test('two quick presses of one button are one answer', async () => {
    const device = await site.device()
    const page = await site.visitor()
    await page.goto(device.verification_uri_complete)
    await signIn(page)
    await page.getByRole('button', { name: 'Allow' }).dblclick()
    await page.getByRole('heading', { name: 'You allowed AuthGate CLI' }).waitFor()
  })

  test('someone else at the browser: switch the account, come back to the same device', async () => {
    const { username, password } = await site.test.account('somebody-else')
    const device = await site.device()
    const page = await site.visitor()
    await page.goto(device.verification_uri_complete)
    await signIn(page)
    await page.getByRole('button', { name: 'Switch account' }).click()
    await page.getByText('to connect a device').waitFor()
    await signIn(page, username, password)
    assert.equal(await page.locator('.hero-code-shown').textContent(), device.user_code)
    assert.equal(await page.locator('.signed-in-name').textContent(), username)
  })
})

const issuedToDevices = 'oauth_tokens_issued_total{token_type="access",grant_type="device_code"}'

suite('names that somebody else chose', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let server: ServerProcess
  before(async () => {
    server = await startServerProcess({
      DEFAULT_ADMIN_PASSWORD: adminPassword,
      DEVICE_VERIFY_RATE_LIMIT: '100',
    })
  })
  after(() => server?.stop())

  /** Registers a client as an operator does, and asks for a code as it would. */
  async function deviceOf(name: string): Promise<{ verification_uri_complete: string }> {
    const created = await server.run(['client', 'create', '--name', name, '--json']).ended
    assert.equal(created.exitCode, 0, created.err)
    const { client_id } = JSON.parse(created.out)
    const answer = await fetch(`${server.url}/oauth/device/code`, {
      method: 'POST',
      body: new URLSearchParams({ client_id }),
    })
    assert.equal(answer.status, 200)
    return (await answer.json()) as { verification_uri_complete: string }
  }

  test('are refused when they would turn the words around them', async () => {
    const created = await server.run(['client', 'create', '--name', 'Backup\u202egnp.exe']).ended
    assert.equal(created.exitCode, 1)
    assert.match(created.err, /^authgate: name: must have 1 to 100 characters and no control characters\n$/)
  })

  test('are shown as text, whole, and stay in their place', async () => {
    const browser = await launchBrowser()
    try {
      const context = await browser.newContext({ viewport: phone, reducedMotion: 'reduce' })
      context.setDefaultTimeout(10_000)
      const page: Page = await context.newPage()
      const problems = collectProblems(page)
      page.on('dialog', (dialog) => assert.fail(`a name opened a dialog: ${dialog.message()}`))
      const names = [
        'W'.repeat(100),
        '<img src=x onerror=alert(1)>"\'--></h1><script>alert(2)</script>',
        'נסיון גיבוי (Backup) 123',
        '&lt;b&gt; {{7*7}} <%= 7*7 %>',
      ]
      for (const [index, name] of names.entries()) {
        const { verification_uri_complete } = await deviceOf(name)
        await page.goto(verification_uri_complete)
        if (index === 0) await signIn(page)
        assert.equal(await heading(page), `Allow ${name} to sign in as you?`)
        for (const viewport of [phone, desktop]) {
          await page.setViewportSize(viewport)
          await assertNoOverflow(page)
        }
        await page.getByRole('button', { name: 'Allow' }).click()
        await page.getByRole('heading', { name: `You allowed ${name}` }).waitFor()
      }
      assert.deepEqual(problems, [])
    } finally {
      await browser.close()
    }
  })
})
