import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { assertAccessible, launchBrowser, screenshot, skipWithoutBrowser } from './browser.ts'

const good = `<!doctype html><html lang="en"><title>Good</title>
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
  <main><h1>Good</h1><label>Code <input name="code"></label></main></html>`
const bad = '<!doctype html><html><title>Bad</title><main><h1>Bad</h1><input name="code"></main></html>'

suite('browser', { skip: skipWithoutBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser.close())

  test('a page with labels passes the accessibility check, under a policy that allows no script', async () => {
    const page = await browser.newPage()
    await page.setContent(good)
    await page.getByLabel('Code').fill('WDJB-MJHT')
    await assertAccessible(page)
  })

  test('a page without labels and language fails it, naming both', async () => {
    const page = await browser.newPage()
    await page.setContent(bad)
    await assert.rejects(assertAccessible(page), /html-has-lang.*label/s)
  })

  test('a screenshot is a PNG as wide as the window', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
    await page.setContent(good)
    const png = readFileSync(await screenshot(page, 'support/screenshot'))
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.equal(png.readUInt32BE(16), 360)
  })
})
