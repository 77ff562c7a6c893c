/** Everything a person does here, in a browser that runs no script. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { appOf } from '../support/factors.ts'
import { poll } from '../support/oauth-client.ts'
import { heading, type Site, signIn, startSite } from '../support/site.ts'
import { adminPassword } from '../support/test-app.ts'

suite('without JavaScript', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.close())

  const visitor = (): Promise<Page> => site.visitor({ javaScriptEnabled: false })

  /** Has `page`, whose person is signed in or about to be, allow a device. @returns the status of its next poll. */
  async function connect(page: Page): Promise<() => Promise<number>> {
    const device = await site.device()
    await page.goto(device.verification_uri_complete)
    if ((await heading(page)) === 'Sign in') await signIn(page)
    assert.equal(await page.locator('.hero-code-shown').textContent(), device.user_code)
    await page.getByRole('button', { name: 'Allow' }).click()
    assert.equal(await heading(page), 'You allowed AuthGate CLI')
    // Loading the page again asks nothing and sends nothing.
    await page.reload()
    assert.equal(await heading(page), 'You allowed AuthGate CLI')
    const tokens = await poll(site.test, device.device_code)
    assert.equal(tokens.status, 200, tokens.text)
    const authorization = `Bearer ${tokens.body.access_token}`
    return async () => (await site.test.get('/oauth/tokeninfo', { authorization })).status
  }

  test('sign in, connect a device by its address and another by its code', async () => {
    const page = await visitor()
    assert.equal(await (await connect(page))(), 200)

    const device = await site.device()
    await page.getByRole('link', { name: 'Enter another code' }).click()
    await page.getByLabel('Code', { exact: true }).fill(device.user_code.toLowerCase().replace('-', ' '))
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await heading(page), 'Allow AuthGate CLI to sign in as you?')
    await page.getByRole('button', { name: 'Deny' }).click()
    assert.equal(await heading(page), 'You denied AuthGate CLI')
    assert.equal((await poll(site.test, device.device_code)).body.error, 'access_denied')
  })

  test('end another session, then all others: those browsers have to sign in again', async () => {
    const { username, password } = await site.test.account('ana')
    const here = await visitor()
    const elsewhere = [await visitor(), await visitor(), await visitor()]
    for (const page of [...elsewhere, here]) {
      await page.goto('/login')
      await signIn(page, username, password)
      assert.equal(await heading(page), 'Sessions and apps')
    }
    const signedIn = async (): Promise<number> => {
      let count = 0
      for (const page of elsewhere) {
        await page.goto('/account/sessions')
        if ((await heading(page)) === 'Sessions and apps') count++
      }
      return count
    }
    const others = here
      .getByRole('table', { name: 'Browser sessions' })
      .locator('tbody')
      .getByRole('row')
      .filter({ hasNotText: 'This one' })
    assert.equal(await others.count(), 3)
    await others.first().getByRole('button', { name: 'End session' }).click()
    await here.getByText('The session was ended').waitFor()
    assert.equal(await others.count(), 2)
    assert.equal(await signedIn(), 2)

    // In two steps: a question that opens without script and names what will end, and its answer.
    await here.getByText('End all others…').click()
    await here.getByText('This ends 2 other sessions of ana.').waitFor()
    await here.getByRole('button', { name: 'End all other sessions' }).click()
    await here.getByText('All other sessions were ended').waitFor()
    assert.equal(await others.count(), 0)
    assert.equal(await signedIn(), 0)
  })

  test('revoke one app, then all: their tokens are worth nothing', async () => {
    const page = await visitor()
    const first = await connect(page)
    const second = await connect(page)
    await page.getByRole('link', { name: 'See your sessions and apps' }).click()
    const apps = page.getByRole('table', { name: 'Apps and devices' })
    await apps.getByRole('button', { name: 'Revoke' }).first().click()
    await page.getByText('The app was disconnected').waitFor()
    assert.deepEqual([await first(), await second()].sort(), [200, 401])

    await page.getByText('Revoke all…').click()
    await page.getByRole('button', { name: 'Revoke all' }).click()
    await page.getByText('All apps and devices were disconnected').waitFor()
    await page.getByText('No app or device is connected').waitFor()
    assert.deepEqual([await first(), await second()], [401, 401])
  })

  test('sign out from the menu, and by the page that asks', async () => {
    const page = await site.visitor({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } })
    await page.goto('/login')
    await signIn(page, 'admin', adminPassword)
    await page.getByText('Menu').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out').waitFor()

    await signIn(page)
    await page.waitForURL('**/account/sessions')
    await page.goto('/logout')
    await page.getByRole('link', { name: 'Stay signed in' }).click()
    assert.equal(await heading(page), 'Sessions and apps')
    await page.goto('/logout')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out').waitFor()
    await page.goto('/account/sessions')
    assert.equal(await heading(page), 'Sign in')
  })

  test('an administrator creates a client and a user, and revokes a token', async () => {
    const page = await visitor()
    await connect(page)
    await page.goto('/admin/clients/new')
    await page.getByRole('link', { name: /^Web app/ }).click()
    await page.getByLabel('Name', { exact: true }).fill('Photo album')
    await page.getByLabel('Redirect URIs', { exact: true }).fill('http://photos.example.com/callback')
    await page.getByRole('button', { name: 'Create the client' }).click()
    await page.getByText('Nothing was saved yet').waitFor()
    await page.getByLabel('Redirect URIs', { exact: true }).fill('https://photos.example.com/callback')
    await page.getByRole('button', { name: 'Create the client' }).click()
    assert.equal(await heading(page), 'Photo album is ready')
    assert.match((await page.locator('.secret-value code').textContent())!, /^ago_/)

    await page.goto('/admin/users/new')
    await page.getByLabel('Username', { exact: true }).fill('bo')
    await page.getByLabel('Email', { exact: true }).fill('bo@example.com')
    await page.getByRole('button', { name: 'Create the user' }).click()
    const password = (await page.locator('.secret-value code').textContent())!.trim()
    const bo = await visitor()
    await bo.goto('/login')
    await signIn(bo, 'bo', password)
    // Somebody else has seen it.
    await bo.getByLabel('New password', { exact: true }).fill('a lighthouse of paper boats')
    await bo.getByRole('button', { name: 'Save and continue' }).click()
    assert.equal(await heading(bo), 'Sessions and apps')

    await page.goto('/admin/tokens?user=admin&status=active')
    const rows = page.locator('tbody').getByRole('row')
    const before = await rows.count()
    await rows.first().getByRole('link').first().click()
    await page.getByText('Revoke…').click()
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByText('The token was revoked').waitFor()
    await page.goto('/admin/tokens?user=admin&status=active')
    assert.equal(await rows.count(), before - 1)
  })

  test('an authenticator app is set up and asked for, and the password changed', async () => {
    const { username, password } = await site.test.account('eve')
    const page = await visitor()
    await page.goto('/account/security')
    await signIn(page, username, password)
    await page.getByRole('link', { name: 'Set up an app' }).click()
    await page.getByText('Cannot scan it?').click()
    const app = appOf(site.test, await page.content())
    await page.getByLabel('Six digits that the app shows now').fill(app.code())
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await page.locator('.recovery-codes li').count(), 10)
    await page.getByRole('link', { name: 'I have kept them' }).click()

    const next = 'a lighthouse of paper boats'
    await page.getByLabel('Current password', { exact: true }).fill(password)
    await page.getByLabel('New password', { exact: true }).fill(next)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed').waitFor()

    const elsewhere = await visitor()
    await elsewhere.goto('/login')
    await signIn(elsewhere, username, next)
    assert.equal(await heading(elsewhere), 'Check that it is you')
    // A code is taken once.
    site.test.clock.advance(30)
    await elsewhere.getByLabel('Code', { exact: true }).fill(app.code())
    await elsewhere.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await heading(elsewhere), 'Sessions and apps')
  })
})
