/**
 * The first hour of somebody who has never seen the product, at the width of a phone: they sign in with the generated
 * credentials, make a client, sign a command-line tool in with it, find that sign-in and end it. Everything happens on
 * pages, from the first one on, and what it costs is counted: docs/administration.md says these numbers.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { collectProblems, launchBrowser, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { heading, phone } from '../support/site.ts'

/** Compiled, this file is three folders below the root of the repository. */
const guide = readFileSync(fileURLToPath(new URL('../../../docs/administration.md', import.meta.url)), 'utf8')

suite('the first hour, on a phone', { skip: skipWithoutBrowser, timeout: 120_000 }, () => {
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let problems: readonly string[]
  before(async () => {
    server = await startServerProcess({ DEVICE_POLL_INTERVAL: '1s' })
    browser = await launchBrowser()
    const context = await browser.newContext({
      viewport: phone,
      isMobile: true,
      hasTouch: true,
      locale: 'en',
    })
    context.setDefaultTimeout(15_000)
    page = await context.newPage()
    problems = collectProblems(page)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  const spent = { taps: 0, fields: 0 }
  const tap = async (target: Locator): Promise<void> => {
    spent.taps++
    await target.click()
  }
  const type = async (label: string, text: string): Promise<void> => {
    spent.fields++
    await page.getByLabel(label, { exact: true }).fill(text)
  }
  const choose = async (place: string): Promise<void> => {
    await tap(page.locator('.rail-narrow > summary'))
    await tap(page.locator('.rail-narrow').getByRole('link', { name: place, exact: true }))
  }
  /** @returns what the step took. */
  const counted = async (step: () => Promise<void>): Promise<typeof spent> => {
    const from = { ...spent }
    await step()
    return { taps: spent.taps - from.taps, fields: spent.fields - from.fields }
  }

  test('from the generated password to a sign-in that is over', async () => {
    const credentials = readFileSync(join(server.folder, 'authgate-credentials.txt'), 'utf8')
    const [, password = ''] = /^password: (.+)$/m.exec(credentials)!
    await page.goto(server.url)
    const entering = await counted(async () => {
      await type('Username', 'admin')
      await type('Password', password)
      await tap(page.getByRole('button', { name: 'Sign in', exact: true }))
      await page.getByRole('heading', { level: 1, name: 'Sessions and apps' }).waitFor()
    })
    assert.deepEqual(entering, { taps: 1, fields: 2 })

    let clientId = ''
    const making = await counted(async () => {
      await choose('Clients')
      await tap(page.getByRole('link', { name: 'New client' }))
      await tap(page.getByRole('link', { name: /^Command-line tool or device/ }))
      await type('Name', 'Nightly backup')
      await tap(page.getByRole('button', { name: 'Create the client' }))
      assert.equal(await heading(page), 'Nightly backup is ready')
      clientId = new URL(page.url()).pathname.split('/')[3]!
      await page.getByText(`authgate login --server ${server.url} --client-id ${clientId}`).waitFor()
    })
    assert.deepEqual(making, { taps: 5, fields: 1 })
    await screenshot(page, 'first-hour/client-ready')

    const login = server.run([
      'login',
      ...['--server', server.url, '--client-id', clientId, '--no-browser', '--json', '--show-token'],
    ])
    const [, address = ''] = await login.seen(/"verification_uri_complete":"([^"]+)"/)
    await page.goto(address)
    const allowing = await counted(async () => {
      assert.equal(await heading(page), 'Allow Nightly backup to sign in as you?')
      await tap(page.getByRole('button', { name: 'Allow' }))
    })
    assert.deepEqual(allowing, { taps: 1, fields: 0 })
    const { exitCode, out, err } = await login.ended
    assert.equal(exitCode, 0, err)
    const [, token = ''] = /"access_token":"([^"]+)"/.exec(out)!
    const status = async (): Promise<number> =>
      (await fetch(`${server.url}/oauth/tokeninfo`, { headers: { authorization: `Bearer ${token}` } })).status
    assert.equal(await status(), 200)

    const ending = await counted(async () => {
      await tap(page.getByRole('link', { name: 'See your sessions and apps' }))
      const row = page.getByRole('row').filter({ hasText: 'Nightly backup' })
      await screenshot(page, 'first-hour/sessions')
      await tap(row.getByRole('button', { name: /^Revoke/ }))
      await page.getByText('The app was disconnected').waitFor()
    })
    assert.deepEqual(ending, { taps: 2, fields: 0 })
    assert.equal(await status(), 401)
    assert.deepEqual(problems, [])

    assert.match(guide.replace(/\s+/g, ' '), new RegExp(`${spent.taps} taps and ${spent.fields} fields`))
  })
})
