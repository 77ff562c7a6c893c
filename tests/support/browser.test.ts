import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import type { Browser } from 'playwright-core'
import {
  assertAccessible,
  assertNoOverflow,
  collectProblems,
  launchBrowser,
  screenshot,
  skipWithoutBrowser,
} from './browser.ts'

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

  test('a page wider than its window is noticed', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
    await page.setContent(good)
    await assertNoOverflow(page)
    await page.setContent(good.replace('<h1>', '<table width="400"><tr><td>Wide</table><h1>'))
    await assert.rejects(assertNoOverflow(page), /is 4\d\d px wide in a window of 360 px/)
  })

  test('refused scripts, exceptions and missing files are problems; the status of a page is none', async () => {
    const page = await browser.newPage()
    const problems = collectProblems(page)
    await page.route('http://site.test/**', (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/missing.css') return route.fulfill({ status: 404, body: '' })
      const headers = {
        'content-type': 'text/html',
        ...(pathname === '/strict' ? { 'content-security-policy': "default-src 'self'" } : {}),
      }
      return route.fulfill({ status: 404, headers, body: bodies[pathname] ?? good })
    })
    const bodies: Record<string, string> = {
      '/strict': '<!doctype html><script>window.ran = true</script>',
      '/throws': '<!doctype html><script>throw new Error("broken")</script>',
      '/incomplete': '<!doctype html><link rel="stylesheet" href="/missing.css">',
    }
    await page.goto('http://site.test/fine')
    assert.deepEqual(problems, [])
    await page.goto('http://site.test/strict')
    assert.match(problems.join('\n'), /Content Security Policy/)
    await page.goto('http://site.test/throws')
    assert.match(problems.join('\n'), /threw Error: broken/)
    await page.goto('http://site.test/incomplete')
    assert.match(problems.join('\n'), /404 http:\/\/site\.test\/missing\.css/)
  })

  test('a screenshot is a PNG as wide as the window', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
    await page.setContent(good)
    const png = readFileSync(await screenshot(page, 'support/screenshot'))
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.equal(png.readUInt32BE(16), 360)
  })
})
