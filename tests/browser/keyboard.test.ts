/** The way of a person who uses no mouse: every stop can be seen, and everything can be done from there. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { poll } from '../support/oauth-client.ts'
import { phone, type Site, startSite } from '../support/site.ts'
import { adminPassword } from '../support/test-app.ts'

/** More stops than any page has before the one that is looked for. */
const maxStops = 25

interface Stop {
  /** What a screen reader would call it, roughly. */
  name: string
  outlined: boolean
  inView: boolean
}

const describeStop = `(() => {
  const element = document.activeElement
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
  const { top, left, bottom, right, width, height } = element.getBoundingClientRect()
  const name = element.labels?.[0]?.textContent ?? element.ariaLabel ?? element.textContent
  return {
    name: name.replace(/\\s+/g, ' ').trim(),
    outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\\)$/.test(outlineColor),
    inView: width > 0 && height > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
  }
})()`

/** Where the keyboard is; every stop has to be visible, and marked as the one. */
async function stop(page: Page): Promise<string> {
  // A page's own first stop is taken when the browser first draws it, which a busy machine does a little after loading.
  await page.waitForFunction('document.activeElement !== document.body').catch(() => undefined)
  const { name, outlined, inView } = await page.evaluate<Stop>(describeStop)
  assert.ok(outlined, `nothing shows that the keyboard is at "${name}" of ${page.url()}`)
  assert.ok(inView, `"${name}" of ${page.url()} has the keyboard and cannot be seen`)
  return name
}

/** Presses Tab until the keyboard is at `wanted`. @returns every stop on the way. */
async function tabTo(page: Page, wanted: string): Promise<string[]> {
  const stops: string[] = []
  while (stops.length < maxStops) {
    await page.keyboard.press('Tab')
    stops.push(await stop(page))
    if (stops.at(-1) === wanted) return stops
  }
  throw new Error(`Tab never comes to "${wanted}": ${stops.join(', ')}`)
}

suite('by keyboard only', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.close())

  async function signIn(page: Page): Promise<void> {
    assert.equal(await stop(page), 'Username')
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    assert.equal(await stop(page), 'Password')
    await page.keyboard.type(adminPassword)
    await page.keyboard.press('Enter')
  }

  test('sign in, enter a code, allow: with Tab, Space and Enter', async () => {
    const device = await site.device()
    const page = await site.visitor()
    await page.goto('/device')
    assert.equal(await stop(page), 'Username')
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    await page.keyboard.type(adminPassword)
    assert.deepEqual(await tabTo(page, 'Sign in'), ['Show password', 'Stay signed in for 30 days', 'Sign in'])
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Space')
    assert.ok(await page.getByLabel('Stay signed in for 30 days').isChecked())
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')

    await page.getByRole('heading', { name: 'Connect a device' }).waitFor()
    assert.equal(await stop(page), 'Code')
    await page.keyboard.type(device.user_code.toLowerCase())
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: 'Allow AuthGate CLI to sign in as you?' }).waitFor()
    // Nothing is chosen before the person chooses: neither answer has the keyboard from the start.
    assert.equal(await page.evaluate('document.activeElement === document.body'), true)
    assert.deepEqual(await tabTo(page, 'Deny'), ['AuthGate', 'Allow', 'Deny'])
    await page.keyboard.press('Shift+Tab')
    assert.equal(await stop(page), 'Allow')
    await page.keyboard.press('Space')
    await page.getByRole('heading', { name: 'You allowed AuthGate CLI' }).waitFor()
    assert.equal((await poll(site.test, device.device_code)).status, 200)

    await tabTo(page, 'See your sessions and apps')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sessions and apps' }).waitFor()
    await tabTo(page, 'Revoke: AuthGate CLI')
    await page.keyboard.press('Enter')
    await page.getByText('The app was disconnected').waitFor()
  })

  test('the first stop skips the navigation', async () => {
    const page = await site.visitor()
    await page.goto('/login')
    await signIn(page)
    await page.getByRole('heading', { name: 'Sessions and apps' }).waitFor()
    await page.keyboard.press('Tab')
    assert.equal(await stop(page), 'Skip to content')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'content')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.closest("main") !== null'), true)
    await stop(page)
  })

  test('on a narrow window the menu opens, is walked through, and signs out', async () => {
    const page = await site.visitor({ viewport: phone })
    await page.goto('/login')
    await signIn(page)
    await page.getByRole('heading', { name: 'Sessions and apps' }).waitFor()
    assert.deepEqual(await tabTo(page, 'Menu'), ['Skip to content', 'AuthGate', 'Menu'])
    await page.keyboard.press('Enter')
    assert.deepEqual(await tabTo(page, 'Sign out'), [
      'Sessions and apps',
      'Allowed apps',
      'Security',
      'Profile',
      'Connect a device',
      'My apps',
      'Developer docs',
      'Dashboard',
      'Clients',
      'Users',
      'Tokens',
      'Audit log',
      'Signing keys',
      'Settings',
      'Sign out',
    ])
    await page.keyboard.press('Enter')
    await page.getByText('You are signed out').waitFor()
    assert.equal(await stop(page), 'Username')
  })

  test('after a mistake the keyboard is at what went wrong, one stop before the way to mend it', async () => {
    const page = await site.visitor()
    await page.goto('/login')
    assert.equal(await stop(page), 'Username')
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    await page.keyboard.type('not the password')
    await page.keyboard.press('Enter')
    const alert = page.getByRole('alert')
    await alert.getByText('That username and password do not match').waitFor()
    assert.match(await stop(page), /^That username and password do not match/)
    assert.ok(await alert.evaluate((element) => element.matches(':focus')))
    assert.deepEqual(await tabTo(page, 'password'), ['username', 'password'])
    await page.keyboard.press('Enter')
    assert.equal(await stop(page), 'Password')
    await page.keyboard.type(adminPassword)
    assert.equal(await page.locator('#password').inputValue(), adminPassword)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sessions and apps' }).waitFor({ timeout: 30_000 })

    await page.goto('/device')
    assert.equal(await stop(page), 'Code')
    await page.keyboard.type('WDJB-MJHT')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('No device is waiting with this code').waitFor()
    assert.match(await stop(page), /^No device is waiting with this code/)
    await page.keyboard.press('Tab')
    assert.equal(await stop(page), 'Go to the code')
    await page.keyboard.press('Enter')
    assert.equal(await stop(page), 'Code')
  })
})
