/** People with second factors: an authenticator app that a test reads, set up through the pages. */
import assert from 'node:assert/strict'
import { totpCode } from '../../src/accounts/factors/totp.ts'
import type { TestApp, TestBrowser } from './test-app.ts'

export interface AuthenticatorApp {
  /** What it shows now. */
  code(): string
  /** What it keeps. */
  secret: Buffer
  /** The same as people type it. */
  typed: string
  recoveryCodes: readonly string[]
}

/** The value of a hidden field of a page. */
export function fieldOf(page: string, name: string): string {
  const input = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(page)?.[0] ?? ''
  const value = /value="([^"]*)"/.exec(input)?.[1]
  assert.ok(value !== undefined, `there is no field ${name}`)
  return value.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}

/** The app that reads the secret a page shows. */
export function appOf(test: TestApp, page: string): Omit<AuthenticatorApp, 'recoveryCodes'> {
  const typed = /class="secret-text">([A-Z2-7 ]+)</.exec(page)?.[1]
  assert.ok(typed, 'the page shows a secret')
  const secret = decodeBase32(typed.replaceAll(' ', ''))
  return { code: () => totpCode(secret, test.clock.now()), secret, typed: typed.replaceAll(' ', '') }
}

export function recoveryCodesOf(page: string): string[] {
  return [...page.matchAll(/<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<\/code>/g)].map(([, code]) => code!)
}

/** Sets up an app for whoever is signed in, and waits until its next code. */
export async function setUpApp(test: TestApp, browser: TestBrowser): Promise<AuthenticatorApp> {
  const { text } = await browser.get('/account/security/app')
  const app = appOf(test, text)
  const added = await browser.submit('/account/security/app', {
    sealed: fieldOf(text, 'sealed'),
    code: app.code(),
  })
  assert.equal(added.status, 200, added.text)
  const recoveryCodes = recoveryCodesOf(added.text)
  assert.equal(recoveryCodes.length, 10)
  test.clock.advance(30)
  return { ...app, recoveryCodes }
}

function decodeBase32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...text].map((character) => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
