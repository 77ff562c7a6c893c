/**
 * The pages that watch over a server, looked at as in `accessibility.test.ts`: dashboard, audit log, keys and settings,
 * full, empty and with words that want to break out, narrow and wide, light and dark, in both languages, without script.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  latencyName,
  type RollupRow,
  type RollupSpan,
  rollupSpans,
} from '../../src/observability/rollup-record.ts'
import { addSeconds, type Instant, instant } from '../../src/shared/clock.ts'
import { newAuditRecord } from '../../src/storage/conformance/fixtures.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { type Site, signIn, startSite } from '../support/site.ts'
import { adminPassword } from '../support/test-app.ts'

const colorRules = ['color-contrast', 'link-in-text-block']
const looks = [
  { width: 360, height: 740, colorScheme: 'light', rules: undefined },
  { width: 360, height: 740, colorScheme: 'dark', rules: colorRules },
  { width: 1280, height: 800, colorScheme: 'light', rules: undefined },
  { width: 1280, height: 800, colorScheme: 'dark', rules: colorRules },
] as const

const hostile = `"><script>alert(1)</script>\u202Egnp.exe ${'a'.repeat(120)}`

suite('pages that watch over a server', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let site: Site
  /** Runs no script. */
  let page: Page
  let scripted: Page
  before(async () => {
    site = await startSite({ METRICS_TOKEN: 'a metrics token that nobody may see' })
    page = await site.visitor({ javaScriptEnabled: false })
    await page.goto('/login?redirect=/admin')
    await signIn(page, 'admin', adminPassword)
    await page.waitForURL('**/admin')
    scripted = await site.visitor({ storageState: await page.context().storageState() })
  })
  after(() => site?.close())

  async function look(name: string, title: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    for (const { width, height, colorScheme } of looks) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await assertNoOverflow(page)
      await screenshot(page, `pages/${name}-${width}-${colorScheme}`)
    }
    // axe needs timers, which a page without script does not have.
    await scripted.goto(page.url())
    for (const { width, height, colorScheme, rules } of looks) {
      await scripted.setViewportSize({ width, height })
      await scripted.emulateMedia({ colorScheme })
      await scripted.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
      await assertAccessible(scripted, rules)
    }
  }

  /** A busy week that always looks the same. */
  async function fill(): Promise<void> {
    const now = site.test.clock.now()
    const rows: RollupRow[] = []
    const minutes: Record<RollupSpan, number> = { 1: 60, 15: 96, 120: 84 }
    for (const span of rollupSpans) {
      for (let index = 0; index < minutes[span]; index++) {
        const startsAt = instant(
          Math.floor(addSeconds(now, -index * span * 60) / (span * 60_000)) * span * 60_000,
        ) as Instant
        const wave = Math.round(20 + 15 * Math.sin(index / 7)) * span
        const add = (name: string, amount: number) => rows.push({ span, startsAt, name, amount })
        add('login_success', wave)
        if (index % 9 === 0) add('login_failure', Math.round(wave / 4))
        add('device_issued', 10 * span)
        add('device_approved', 7 * span)
        add('device_redeemed', 6 * span)
        if (index % 5 === 0) add('device_denied', 1)
        add('issued_device_code', wave)
        add('issued_refresh_token', 2 * wave)
        add('issued_client_credentials', wave)
        if (index % 3 === 0) add('issued_authorization_code', wave)
        if (index % 20 === 0) add('issued_token_exchange', wave)
        add('http_4xx', Math.round(wave / 3))
        if (index > 20 && index < 25) add('http_5xx', wave)
        if (index < 30 || index > 35) {
          add(latencyName(2), wave)
          add(latencyName(index % 10 === 0 ? 8 : 5), Math.round(wave / 2))
        }
      }
    }
    const hash = newAuditRecord({
      at: now,
      eventType: 'SUSPICIOUS_ACTIVITY',
      severity: 'CRITICAL',
      success: false,
      action: hostile,
      actorId: hostile,
      actorName: hostile,
      actorIp: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
      resourceType: 'TOKEN',
      resourceId: hostile,
      resourceName: hostile,
      errorMessage: hostile,
      userAgent: hostile,
      requestId: hostile,
      requestPath: hostile,
      requestMethod: 'POST',
      details: { [hostile]: hostile, scopes: ['read', hostile], nested: { deep: [hostile] } },
    })
    await site.test.app.storage.transaction(async (tx) => {
      await tx.rollup.add(rows)
      await tx.audit.insertMany([hash])
    })
  }

  test('the dashboard of a new server', async () => {
    await page.goto('/admin')
    await look('admin-empty', 'Dashboard')
  })

  test('the dashboard of a busy one', async () => {
    await fill()
    for (const window of ['hour', 'day', 'week']) {
      await page.goto(`/admin?window=${window}`)
      await look(`admin-${window}`, 'Dashboard')
    }
    for (const summary of await page.locator('.chart summary').all()) await summary.click()
    await look('admin-week-tables', 'Dashboard')
  })

  test('the audit log, with everything open', async () => {
    await page.goto('/admin/audit')
    for (const summary of await page.locator('td summary, th summary').all()) await summary.click()
    await look('admin-audit', 'Audit log')
    await page.goto('/admin/audit?event_type=LOGOUT&start_time=2026-01-01T10%3A00')
    await look('admin-audit-none', 'Audit log')
  })

  test('filters are asked for with a form, and stay in it', async () => {
    await page.goto('/admin/audit')
    await page.getByLabel('Event', { exact: true }).selectOption('SUSPICIOUS_ACTIVITY')
    await page.getByLabel('Contains').fill('GNP')
    await page.getByRole('button', { name: 'Apply' }).click()
    assert.equal(await page.locator('tbody tr').count(), 1)
    assert.equal(await page.getByLabel('Contains').inputValue(), 'GNP')
    assert.match(page.url(), /event_type=SUSPICIOUS_ACTIVITY/)
  })

  test('signing keys: rotated, replaced, and one retired', async () => {
    await page.goto('/admin/keys')
    await look('admin-keys', 'Signing keys')
    await page.locator('.confirm summary', { hasText: 'Rotate…' }).click()
    await page.getByRole('button', { name: 'Publish next keys' }).click()
    await page.getByText('The next keys are published').waitFor()
    assert.equal(await page.locator('tbody tr').count(), 6)
    await page.locator('tbody .confirm summary').first().click()
    await look('admin-keys-question', 'Signing keys')
    await page.goto('/admin/keys')
    await page.locator('tbody .confirm summary').first().click()
    await page.locator('tbody').getByRole('button', { name: 'Retire key' }).click()
    await page.getByText('The key was retired').waitFor()
    await look('admin-keys-retired', 'Signing keys')
  })

  test('settings', async () => {
    await page.goto('/admin/settings')
    await look('admin-settings', 'Settings')
    assert.ok(!(await page.content()).includes('nobody may see'))
    await page.getByLabel('Contains').fill('metrics_token')
    await page.getByRole('button', { name: 'Apply' }).click()
    assert.equal(await page.locator('tbody tr').count(), 1)
    await page.getByText('Set (secret)').waitFor()
  })

  test('in Chinese', async () => {
    for (const each of [page, scripted]) {
      await each.context().addCookies([{ name: 'authgate_language', value: 'zh-TW', url: site.url }])
    }
    for (const [path, title] of [
      ['/admin?window=day', '儀表板'],
      ['/admin/audit', '稽核紀錄'],
      ['/admin/keys', '簽章金鑰'],
      ['/admin/settings', '設定'],
    ] as const) {
      await page.goto(path)
      await look(`zh-${path.slice(1).replace(/\W/g, '-')}`, title)
    }
  })
})
