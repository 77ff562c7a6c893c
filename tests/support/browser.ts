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

/** As much of a page as a picture shows: drawing all of a long list takes longer than anything else about it. */
const longestPicture = 8000

/** Saves the page as `.screenshots/<name>.png`; a name may hold folders. @returns the path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(screenshotFolder, `${name}.png`)
  mkdirSync(dirname(path), { recursive: true })
  const [width, height] = (await page.evaluate(
    '[document.documentElement.clientWidth, document.documentElement.scrollHeight]',
  )) as [number, number]
  const clip = { x: 0, y: 0, width, height: Math.min(height, longestPicture) }
  await page.screenshot({ path, fullPage: true, clip, timeout: 30_000 })
  return path
}

/**
 * Runs axe over the page as it looks now; with `rules`, only those.
 *
 * @throws {assert.AssertionError} naming every violation, whatever its impact, where it is and why.
 */
export async function assertAccessible(page: Page, rules?: readonly string[]): Promise<void> {
  // Evaluated through the debugger, so that the page's Content-Security-Policy need not allow it.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source)
  const options: axe.RunOptions = {
    resultTypes: ['violations'],
    // Style sheets of other hosts, of which there are none.
    preload: false,
    ...(rules === undefined ? {} : { runOnly: [...rules] }),
  }
  const { violations } = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)})`,
  )) as axe.AxeResults
  const found = violations.map(({ id, impact, help, nodes }) => {
    const places = nodes.map(({ target, failureSummary }) => `  ${target.join(' ')}\n    ${failureSummary}`)
    return [`${id} (${impact}): ${help}`, ...places].join('\n')
  })
  assert.deepEqual(found, [], `${page.url()} is not accessible:\n${found.join('\n')}`)
}

/** Fails when something is wider than the window, so that the page scrolls sideways. */
export async function assertNoOverflow(page: Page): Promise<void> {
  const [content, room] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number]
  assert.ok(content <= room, `${page.url()} is ${content} px wide in a window of ${room} px`)
}

/**
 * Collects what goes wrong in a page from now on: errors and warnings on the console (to which Chromium also writes
 * what a Content-Security-Policy refused), exceptions, and files that do not load.
 * @returns the list, which grows.
 */
export function collectProblems(page: Page): readonly string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    // The status of a page is the server's to choose; Chromium complains of every refusal.
    const aboutPage = message.location().url === page.url() || message.location().url === ''
    if (
      aboutPage &&
      message.text().startsWith('Failed to load resource: the server responded with a status of 4')
    )
      return
    problems.push(`${page.url()} ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`${page.url()} threw ${error}`))
  page.on('response', (response) => {
    const document = response.request().isNavigationRequest()
    if (response.status() >= (document ? 500 : 400)) problems.push(`${response.status()} ${response.url()}`)
  })
  return problems
}
