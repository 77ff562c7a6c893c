/** What an operator makes of the pages, as a browser gets them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('a branded server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-brand-'))
  let test: TestApp
  before(async () => {
    const logo = join(folder, 'logo.svg')
    writeFileSync(
      logo,
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>',
    )
    test = await startTestApp({
      environment: {
        BASE_URL: 'http://localhost:8080/auth',
        BRAND_NAME: 'Example & Sons',
        BRAND_LOGO_FILE: logo,
        BRAND_ACCENT_COLOR: '#4338ca',
        HELP_URL: 'mailto:help@example.com',
        PRIVACY_URL: 'https://example.com/privacy',
        TERMS_URL: 'https://example.com/terms',
        SIGN_IN_TEXT: 'Use the account of your <workplace>.',
        DEFAULT_LANGUAGE: 'zh-TW',
      },
    })
  })
  after(async () => {
    await test.close()
    rmSync(folder, { recursive: true })
  })

  it('shows name, logo, color, links and words, under a policy as strict as ever', async () => {
    const { text, headers } = await test.get('/auth/login')
    assert.match(text, /<html lang="zh-TW"/)
    assert.match(text, /<title>登入 · Example &amp; Sons<\/title>/)
    for (const address of [
      'mailto:help@example.com',
      'https://example.com/privacy',
      'https://example.com/terms',
    ]) {
      assert.ok(text.includes(`href="${address}"`), address)
    }
    assert.match(text, /Use the account of your &lt;workplace>\./)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/)

    const stylesheet = /href="([^"]*\/brand\.[^"]*\.css)"/.exec(text)![1]!
    const css = await test.get(stylesheet)
    assert.equal(css.status, 200)
    assert.match(css.text, /^:root\{--accent:light-dark\(#4338ca,#[0-9a-f]{6}\)/)
    // After ours, so that it stands in its place.
    assert.ok(text.indexOf('/app.') < text.indexOf('/brand.'))

    const logo = /<img class="brand-logo" src="([^"]+)"/.exec(text)![1]!
    assert.match(logo, /^\/auth\/static\/logo\.[0-9a-f]{12}\.svg$/)
    for (const path of [logo, '/favicon.ico']) {
      const image = await test.get(path)
      assert.deepEqual([image.status, image.headers['content-type']], [200, 'image/svg+xml; charset=utf-8'])
      assert.match(String(image.headers['content-security-policy']), /sandbox/)
    }
  })
})
