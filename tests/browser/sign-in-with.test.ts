/**
 * Sign-in through an identity provider in a real browser, with a certified OpenID provider on the other side: there,
 * back, connected and disconnected; and the pages on the way as people see them.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import {
  type OpenidProvider,
  openidSettings,
  startOpenidProvider,
} from '../support/identity-providers/openid.ts'
import { settingsFor } from '../support/identity-providers/stand-in.ts'
import { heading, type Site, signIn, startSite } from '../support/site.ts'

const looks = [
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
] as const

async function look(page: Page, name: string): Promise<void> {
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    await assertNoOverflow(page)
    await assertAccessible(page)
    await screenshot(page, `pages/${name}-${width}-${colorScheme}`)
  }
}

suite('sign-in with an OpenID provider, in a browser', { skip: skipWithoutBrowser, timeout: 120_000 }, () => {
  let site: Site
  let openid: OpenidProvider
  before(async () => {
    const port = await freePort()
    site = await startSite({
      ...openidSettings(`http://127.0.0.1:${port}`),
      ...settingsFor('GITHUB', { GITHUB_URL: 'http://127.0.0.1:1' }),
    })
    openid = await startOpenidProvider(site.url, port)
  })
  after(async () => {
    await site?.close()
    await openid?.close()
  })
  const provider = async (page: Page, decision: string): Promise<void> => {
    await page.getByRole('heading', { name: 'Example ID' }).waitFor()
    await page.getByRole('button', { name: decision }).click()
  }

  test('there and back, remembered, and it stays the only way in', async () => {
    const page = await site.visitor()
    await page.goto('/login?redirect=%2Faccount%2Fconnections')
    await look(page, 'login-providers')
    await page.getByLabel(/Stay signed in/).check()
    await page.getByRole('link', { name: 'Continue with Example ID' }).click()
    await provider(page, 'Continue as Ida')
    await page.waitForURL('**/account/connections')
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'authgate_session')
    assert.ok(cookie!.expires > 0, 'it is kept when the browser closes')
    assert.equal(
      (await page.context().cookies()).some(({ name }) => name === 'authgate_flow'),
      false,
    )
    await page.getByText('Your only way to sign in').waitFor()
    await look(page, 'connections-only-way')
  })

  test('canceled there: a page that leads back', async () => {
    const page = await site.visitor()
    await page.goto('/login')
    await page.getByRole('link', { name: 'Continue with Example ID' }).click()
    await provider(page, 'Cancel')
    await page.waitForURL('**/auth/callback/oidc*')
    assert.equal(await heading(page), 'You canceled at Example ID')
    await look(page, 'provider-cancelled')
    await page.getByRole('link', { name: 'Back to sign-in' }).click()
    assert.equal(await heading(page), 'Sign in')
  })

  test('connected and disconnected from the page', async () => {
    Object.assign(openid.user, { sub: 'person-2', preferred_username: 'second', email: 'second@example.com' })
    const page = await site.visitor()
    await page.goto('/login')
    await signIn(page)
    await page.goto('/account/connections')
    await look(page, 'connections-none')
    await page.getByRole('button', { name: /^Connect.*Example ID/ }).click()
    await provider(page, 'Continue as Ida')
    await page.waitForURL('**/account/connections?notice=connected')
    await page.getByText('The account was connected').waitFor()
    await page.getByText('second@example.com').waitFor()
    await page.locator('summary', { hasText: 'Disconnect…' }).click()
    await page.getByText('You can no longer sign in with Example ID').waitFor()
    await look(page, 'connections-disconnect')
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
    await page.getByText('The account was disconnected').waitFor()
  })

  test('the address is taken: a page that says how to connect, in either language', async () => {
    await site.test.account('taken')
    Object.assign(openid.user, { sub: 'person-3', preferred_username: 'taken', email: 'taken@example.com' })
    for (const locale of ['en-US', 'zh-TW']) {
      const page = await site.visitor({ locale })
      await page.goto('/auth/login/oidc')
      await provider(page, 'Continue as Ida')
      await page.waitForURL('**/auth/callback/oidc*')
      assert.match(
        (await heading(page)) ?? '',
        locale === 'en-US' ? /has an account here already/ : /已經有帳號/,
      )
      await look(page, `provider-email-taken-${locale}`)
    }
  })
})
