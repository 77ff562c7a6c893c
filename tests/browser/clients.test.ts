/** Clients in a browser: made on a page, used by a device, ended on a page; every page looked at. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { ClientId } from '../../src/shared/ids.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { poll } from '../support/oauth-client.ts'
import { desktop, heading, phone, type Site, signIn, startSite } from '../support/site.ts'

suite('clients', { skip: skipWithoutBrowser, concurrency: 1, timeout: 180_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.close())

  const open = async (path: string, options: Parameters<Site['visitor']>[0] = {}): Promise<Page> => {
    const page = await site.visitor(options)
    await page.goto(path)
    await signIn(page)
    return page
  }
  /** What the flow costs a person: every press of a button or link, as the docs say it. */
  const counting = () => {
    let clicks = 0
    return {
      clicks: () => clicks,
      async press(page: Pick<Page, 'getByRole'>, role: 'button' | 'link', name: string | RegExp) {
        clicks++
        await page.getByRole(role, { name, exact: true }).first().click()
      },
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    test(`a client is made, signs a device in and is ended, ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const hand = counting()
      const page = await open('/admin/clients', { javaScriptEnabled })
      await hand.press(page, 'link', 'New client')
      await hand.press(page, 'link', /^Command-line tool or device/)
      await page.getByLabel('Name', { exact: true }).fill('Backup CLI')
      await hand.press(page, 'button', 'Create the client')
      assert.equal(await heading(page), 'Backup CLI is ready')
      const id = new URL(page.url()).pathname.split('/')[3]!
      await page.getByText(`authgate login --server ${site.url} --client-id ${id}`).waitFor()
      assert.equal(hand.clicks(), 3)

      const device = await site.device({ clientId: id })
      await page.goto(device.verification_uri_complete)
      await page.getByRole('button', { name: 'Allow' }).click()
      const tokens = await poll(site.test, device.device_code, { client_id: id })
      const headers = { authorization: `Bearer ${tokens.body.access_token}` }
      assert.equal((await site.test.get('/oauth/userinfo', headers)).status, 200)

      await page.goto('/account/sessions')
      const ending = counting()
      const row = page.getByRole('row').filter({ hasText: 'Backup CLI' }).first()
      await ending.press(row, 'button', /^Revoke/)
      assert.equal(ending.clicks(), 1)
      assert.equal((await site.test.get('/oauth/userinfo', headers)).status, 401)

      await page.goto(`/admin/clients/${id}`)
      await page.locator('summary', { hasText: 'Delete…' }).click()
      await page.getByRole('button', { name: 'Delete the client' }).click()
      await page.getByText('The client was deleted').waitFor()
    })
  }

  test('every page is whole, wide and narrow, light and dark, in both languages', async () => {
    const long = `Backup of everything ${'very-'.repeat(12)}long`
    const pending = newClient({
      name: `${long.slice(0, 80)} <b>&amp;`,
      description: 'שלום <script>alert(1)</script>\nsecond line',
      origin: 'self_service',
      status: 'pending',
      type: 'confidential',
      secretHash: 'sha256:x',
      grants: ['authorization_code', 'refresh_token'],
      redirectUris: ['https://app.example.com/callback', `https://app.example.com/${'long/'.repeat(20)}`],
      allowedResources: ['https://api.example.com/'],
      project: 'apollo',
      metadata: { clientUri: 'https://app.example.com/', dpopBoundAccessTokens: true },
    })
    const described = newClient({
      id: 'https://app.example.com/client.json' as ClientId,
      name: 'Described',
      origin: 'metadata_document',
    })
    await site.test.app.storage.transaction(async (tx) => {
      await tx.clients.insert(pending)
      await tx.clients.insert(described)
      for (let index = 0; index < 25; index++) await tx.clients.insert(newClient({ name: `Client ${index}` }))
    })
    const paths: readonly (readonly [string, string])[] = [
      ['list', '/admin/clients'],
      ['list-pending', '/admin/clients?status=pending'],
      ['list-empty', '/admin/clients?search=nothing'],
      ['kind', '/admin/clients/new'],
      ['new-cli', '/admin/clients/new?kind=cli'],
      ['new-web', '/admin/clients/new?kind=web'],
      ['new-custom', '/admin/clients/new?kind=custom'],
      ['detail', `/admin/clients/${site.test.clientId}`],
      ['detail-pending', `/admin/clients/${pending.id}`],
      ['detail-described', `/admin/clients/${encodeURIComponent(described.id)}`],
      ['edit', `/admin/clients/${pending.id}/edit`],
      ['created', `/admin/clients/${site.test.clientId}/created`],
      ['people', `/admin/clients/${site.test.clientId}/authorizations`],
      ['apps', '/apps'],
      ['apps-new', '/apps/new?kind=web'],
    ]
    for (const [name, options] of [
      ['wide', { viewport: desktop }],
      ['narrow', { viewport: phone, isMobile: true, hasTouch: true }],
      ['wide-dark', { viewport: desktop, colorScheme: 'dark' as const }],
      ['narrow-zh', { viewport: phone, locale: 'zh-TW', isMobile: true, hasTouch: true }],
    ] as const) {
      const page = await site.visitor(options)
      await page.goto('/login')
      if (name === 'narrow-zh') {
        await page.locator('input[name=username]').fill('admin')
        await page.locator('input[name=password]').fill('correct horse battery staple')
        await page.locator('input[name=password]').press('Enter')
        await page.waitForURL('**/account/sessions')
      } else await signIn(page)
      for (const [what, path] of paths) {
        await page.goto(path)
        for (const details of await page.locator('details.advanced').all()) {
          await details.evaluate((element) => element.setAttribute('open', ''))
        }
        await screenshot(page, `clients/${what}-${name}`)
        await assertNoOverflow(page)
        await assertAccessible(page)
      }
    }
  })
})
