/**
 * The whole server, listening, with a Chromium in front of it: what the stories in a browser share. The server runs
 * in this process, so that a story can move its clock.
 */
import assert from 'node:assert/strict'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { collectProblems, launchBrowser } from './browser.ts'
import { freePort } from './free-port.ts'
import { adminPassword, startTestApp, type TestApp } from './test-app.ts'

export const desktop = { width: 1280, height: 800 }
export const phone = { width: 360, height: 740 }

export interface Site {
  test: TestApp
  url: string
  browser: Browser
  /** A person at a browser of their own, with no cookies. What goes wrong in their pages fails {@link close}. */
  visitor(options?: BrowserContextOptions): Promise<Page>
  /** What a device gets that asks for a code. */
  device(options?: { clientId?: string; scope?: string; resource?: string | undefined }): Promise<DeviceCode>
  /** @throws {assert.AssertionError} when any page had an error on its console, or a file missing. */
  close(): Promise<void>
}

export interface DeviceCode {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
}

/**
 * @param outbound stands in for the network that the server asks.
 * @param address where it listens; an IP address on a free port unless a name is needed.
 */
export async function startSite(
  environment: Record<string, string> = {},
  outbound?: Outbound,
  address: { host: string; port: number } | undefined = undefined,
): Promise<Site> {
  const { host, port } = address ?? { host: '127.0.0.1', port: await freePort() }
  const url = `http://${host}:${port}`
  const test = await startTestApp({
    environment: { BASE_URL: url, ...environment },
    ...(outbound === undefined ? {} : { outbound }),
  })
  await test.app.server.listen({ host, port })
  const browser = await launchBrowser().catch(async (error: unknown) => {
    await test.close()
    throw error
  })
  const problems: (readonly string[])[] = []
  return {
    test,
    url,
    browser,
    async visitor(options = {}) {
      const context = await browser.newContext({
        baseURL: url,
        viewport: desktop,
        reducedMotion: 'reduce',
        locale: 'en-US',
        ...options,
      })
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      problems.push(collectProblems(page))
      return page
    },
    async device({ clientId = test.clientId, scope, resource } = {}) {
      const answer = await test.post(
        '/oauth/device/code',
        { client_id: clientId, scope, resource },
        { 'user-agent': 'authgate-cli/0.1.0 (linux; x64)' },
      )
      assert.equal(answer.status, 200, answer.text)
      return answer.body
    },
    async close() {
      await browser.close()
      await test.close()
      assert.deepEqual(problems.flat(), [])
    },
  }
}

/** Fills the sign-in form that the page shows, and sends it. */
export async function signIn(page: Page, username = 'admin', password = adminPassword): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** The one heading that says what the page is about. */
export function heading(page: Page): Promise<string | null> {
  return page.getByRole('heading', { level: 1 }).textContent()
}
