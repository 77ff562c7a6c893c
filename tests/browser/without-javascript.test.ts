/** Everything a person does here, in a browser that runs no script. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
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
})
