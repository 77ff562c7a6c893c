/** A real Chromium for tests, with the pictures and the accessibility check that every page gets. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

const executablePath = process.env.TEST_CHROMIUM

/** For a test's `skip` option: false when there is a Chromium, else the reason there is none. */
export const skipWithoutBrowser: string | false =
  executablePath === undefined ? 'TEST_CHROMIUM is not set; `npm test` finds or installs Chromium' : false

/** Compiled, this file is three folders below the root of the repository. */
const screenshotFolder = fileURLToPath(new URL('../../../.screenshots/', import.meta.url))

/** Starts a Chromium that talks to nobody but the test. Close it when done. */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(String(skipWithoutBrowser))
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Saves the whole page as `.screenshots/<name>.png`; a name may hold folders. @returns the path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(screenshotFolder, `${name}.png`)
  mkdirSync(dirname(path), { recursive: true })
  await page.screenshot({ path, fullPage: true, animations: 'disabled' })
  return path
}

/**
 * Runs axe over the page.
 *
 * @throws {assert.AssertionError} naming every serious or critical violation, where it is and why.
 */
export async function assertAccessible(page: Page): Promise<void> {
  // Evaluated through the debugger, so that the page's Content-Security-Policy need not allow it.
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run(document)')) as axe.AxeResults
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => {
      const places = nodes.map(({ target, failureSummary }) => `  ${target.join(' ')}\n    ${failureSummary}`)
      return [`${id}: ${help}`, ...places].join('\n')
    })
  assert.deepEqual(grave, [], `${page.url()} is not accessible:\n${grave.join('\n')}`)
}
