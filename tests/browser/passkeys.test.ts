import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { appOf } from '../support/factors.ts'
import { freePort } from '../support/free-port.ts'
import { heading, phone, type Site, signIn, startSite } from '../support/site.ts'

/** An authenticator that Chromium plays. */
async function addAuthenticator(page: Page, options: { verifies?: boolean; synced?: boolean } = {}) {
  const debug: CDPSession = await page.context().newCDPSession(page)
  await debug.send('WebAuthn.enable')
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: options.verifies ?? true,
      isUserVerified: options.verifies ?? true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: options.synced ?? false,
      defaultBackupState: options.synced ?? false,
    },
  })
  return {
    credentials: async () => (await debug.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** Whether its owner touches it as soon as it is asked for. */
    setPresent: (enabled: boolean) =>
      debug.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
    async rewind(signCount: number) {
      for (const credential of await this.credentials()) {
        await debug.send('WebAuthn.removeCredential', {
          authenticatorId,
          credentialId: credential.credentialId,
        })
        await debug.send('WebAuthn.addCredential', {
          authenticatorId,
          credential: { ...credential, signCount },
        })
      }
    },
  }
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto('/account/security')
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.waitForURL((url) => !url.search.includes('x') && url.pathname.startsWith('/account/security'))
  await page.getByRole('heading', { level: 1, name: /Security|Your recovery codes/ }).waitFor()
}

async function signOut(page: Page): Promise<void> {
  await page.goto('/logout')
  await page.locator('main').getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/login/)
}

describe('passkeys in a browser', { skip: skipWithoutBrowser }, () => {
  let site: Site
  before(async () => {
    const port = await freePort()
    // Browsers make no passkeys for an IP address.
    site = await startSite({ BASE_URL: `http://localhost:${port}` }, undefined, { host: 'localhost', port })
  })
  after(() => site.close())

  async function person(
    name: string,
    viewport?: { width: number; height: number },
  ): Promise<{ page: Page; password: string }> {
    const { username, password } = await site.test.account(name)
    const page = await site.visitor(viewport === undefined ? {} : { viewport })
    await page.goto('/login')
    await signIn(page, username, password)
    await page.waitForURL(/\/account\/sessions/)
    return { page, password }
  }

  it('one is added with a name, and lets in alone', async () => {
    const { page } = await person('ada')
    const authenticator = await addAuthenticator(page, { synced: true })
    await addPasskey(page, 'My phone')
    assert.equal(await heading(page), 'Your recovery codes')
    assert.equal(await page.locator('.recovery-codes code').count(), 10)
    await screenshot(page, 'passkeys/recovery-codes')
    await page.getByRole('link', { name: 'I have kept them' }).click()
    assert.match(
      (await page.locator('main').textContent()) ?? '',
      /My phone.*On all devices.*Last used never/s,
    )
    await assertAccessible(page)
    await screenshot(page, 'passkeys/security')
    assert.equal((await authenticator.credentials()).length, 1)

    // The browser offers it with the username; this one's owner takes the offer at once.
    await page.goto('/logout')
    await page.locator('main').getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/account\/sessions/)
    await authenticator.setPresent(false)
    await signOut(page)
    await screenshot(page, 'passkeys/login')
    await assertAccessible(page)
    await authenticator.setPresent(true)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.waitForURL(/\/account\/sessions/)
    const account = (await site.test.app.storage.read.accounts.findByUsername('ada'))!
    const sessions = await site.test.app.storage.read.sessions.listLive(account.id, site.test.clock.now(), 10)
    assert.deepEqual(sessions[0]!.methods, ['swk'])
    await page.goto('/account/security')
    assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /Last used never/)
  })

  it('one whose device does not check its owner does not let in alone, and does beside the password', async () => {
    const { page, password } = await person('grace')
    const authenticator = await addAuthenticator(page, { verifies: false })
    await addPasskey(page, 'Key')
    await authenticator.setPresent(false)
    await signOut(page)
    const metrics = await site.test.metrics()
    await authenticator.setPresent(true)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('No passkey was used.').waitFor()
    await signIn(page, 'grace', password)
    await page.waitForURL(/\/login\/verify/)
    await assertAccessible(page)
    await screenshot(page, 'passkeys/verify')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(/\/account\/sessions/)
    assert.deepEqual((await site.test.metrics()).since(metrics, ['auth_login_total']), {
      'auth_login_total{auth_source="local",result="success"}': 1,
    })
  })

  it('one that counts less than before is refused as a copy', async () => {
    const { page, password } = await person('joan')
    const authenticator = await addAuthenticator(page)
    await addPasskey(page, 'Key')
    await authenticator.rewind(0)
    await authenticator.setPresent(false)
    await signOut(page)
    await signIn(page, 'joan', password)
    await page.waitForURL(/\/login\/verify/)
    await authenticator.setPresent(true)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('That did not match').waitFor()
  })

  it('it confirms an act, and is removed', async () => {
    const { page } = await person('rosa', phone)
    await addAuthenticator(page)
    await addPasskey(page, 'Laptop')
    site.test.clock.advance(900)
    await page.goto('/account/security/passkeys/new')
    assert.equal(await heading(page), 'Confirm that it is you')
    await assertAccessible(page)
    await assertNoOverflow(page)
    await screenshot(page, 'passkeys/confirm-phone')
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
    await page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
    await page.goto('/account/security')
    await assertNoOverflow(page)
    await screenshot(page, 'passkeys/security-phone')
    await page.locator('summary').filter({ hasText: 'Remove…' }).click()
    assert.match((await page.locator('main').textContent()) ?? '', /“Laptop” will no longer let you in/)
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('The passkey is removed').waitFor()
    assert.match((await page.locator('main').textContent()) ?? '', /You have no passkey yet/)
  })

  it('without script the page says so, and an authenticator app does everything', async () => {
    const { username, password } = await site.test.account('noscript')
    const page = await site.visitor({ javaScriptEnabled: false, viewport: phone, colorScheme: 'dark' })
    await page.goto('/login')
    assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).isVisible(), false)
    assert.match((await page.locator('main').textContent()) ?? '', /A passkey needs JavaScript/)
    await signIn(page, username, password)
    await page.goto('/account/security/app')
    await assertNoOverflow(page)
    await screenshot(page, 'passkeys/app-phone-dark')
    const app = appOf(site.test, await page.content())
    await page.getByLabel('Six digits that the app shows now').fill(app.code())
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await heading(page), 'Your recovery codes')
    await assertNoOverflow(page)
    await screenshot(page, 'passkeys/codes-phone-dark')
    await signOut(page)
    site.test.clock.advance(30)
    await signIn(page, username, password)
    assert.equal(await heading(page), 'Check that it is you')
    await screenshot(page, 'passkeys/verify-phone-dark')
    await page.getByLabel('Code').fill(app.code())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL(/\/account\/sessions/)
  })
})
