/**
 * A person signs a command-line tool in: the real server and the real `authgate login`, each a process of its own,
 * and a browser between them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import {
  assertNoOverflow,
  collectProblems,
  launchBrowser,
  screenshot,
  skipWithoutBrowser,
} from '../support/browser.ts'
import { type Command, type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { desktop, heading, phone, signIn } from '../support/site.ts'

const password = 'a passphrase of the tests'
const control = '\u001b'
const hasScript = spawnSync('script', ['--version']).status === 0

suite('authgate login, through a browser', {
  skip: skipWithoutBrowser,
  concurrency: 2,
  timeout: 180_000,
}, () => {
  let server: ServerProcess
  let browser: Browser
  const problems: (readonly string[])[] = []

  before(async () => {
    server = await startServerProcess({
      DEFAULT_ADMIN_PASSWORD: password,
      METRICS_ENABLED: 'true',
      METRICS_GAUGE_UPDATE_INTERVAL: '1s',
      // The least there is; the waiting is not what these tests are about.
      DEVICE_POLL_INTERVAL: '1s',
      DEVICE_VERIFY_RATE_LIMIT: '100',
    })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    assert.deepEqual(problems.flat(), [])
  })

  const login = (
    name: string,
    args: readonly string[],
    options: { environment?: Record<string, string>; terminal?: boolean } = {},
  ): Command =>
    server.run(['login', '--server', server.url, '--client-id', server.clientId, '--no-browser', ...args], {
      ...options,
      environment: { XDG_CONFIG_HOME: join(server.folder, name), ...options.environment },
    })

  const open = async (address: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    problems.push(collectProblems(page))
    await page.goto(address)
    return page
  }

  for (const [name, options] of [
    ['desktop', { viewport: desktop }],
    ['phone', { viewport: phone, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
  ] as const) {
    test(`on a ${name}: open the address, sign in, compare the code, allow`, async () => {
      const command = login(name, ['--json'])
      const code = JSON.parse((await command.seen(/^\{"event":"code".*\}$/m))[0])
      assert.equal(code.verification_uri, `${server.url}/device`)
      assert.equal(code.verification_uri_complete, `${server.url}/device?user_code=${code.user_code}`)

      const page = await open(code.verification_uri_complete, options)
      assert.equal(await heading(page), 'Sign in')
      await page.getByText('to connect a device').waitFor()
      await assertNoOverflow(page)
      await screenshot(page, `device-login/${name}-1-sign-in`)
      await signIn(page, 'admin', password)

      await page.waitForURL(code.verification_uri_complete)
      assert.equal(await heading(page), 'Allow AuthGate CLI to sign in as you?')
      assert.equal(await page.locator('.hero-code-shown').textContent(), code.user_code)
      await page.getByText(/^AuthGate CLI on /).waitFor()
      await page.getByText('127.0.0.1', { exact: true }).waitFor()
      await assertNoOverflow(page)
      await screenshot(page, `device-login/${name}-2-decide`)
      await page.getByRole('button', { name: 'Allow' }).click()

      await page.getByRole('heading', { name: 'You allowed AuthGate CLI' }).waitFor()
      await assertNoOverflow(page)
      await screenshot(page, `device-login/${name}-3-allowed`)

      const { exitCode, out, err } = await command.ended
      assert.equal(exitCode, 0, err)
      assert.equal(err, '')
      const signedIn = JSON.parse(out.trim().split('\n').at(-1)!)
      assert.equal(signedIn.event, 'signed_in')
      assert.equal(signedIn.name, 'admin')
      assert.equal(signedIn.access_token, undefined)

      assert.ok(signedIn.token_file.startsWith(join(server.folder, name)))
      assert.equal(statSync(signedIn.token_file).mode & 0o777, 0o600)
      const kept = JSON.parse(readFileSync(signedIn.token_file, 'utf8'))
      const answer = await fetch(`${server.url}/oauth/tokeninfo`, {
        headers: { authorization: `Bearer ${kept.access_token}` },
      })
      assert.equal(answer.status, 200)
      const info = (await answer.json()) as Record<string, unknown>
      assert.deepEqual(
        [info.active, info.client_id, info.user_id, info.subject_type],
        [true, server.clientId, signedIn.user_id, 'user'],
      )
    })
  }

  test('denied: the tool says so and ends with exit code 3', async () => {
    const command = login('denied', ['--json'])
    const code = JSON.parse((await command.seen(/^\{"event":"code".*\}$/m))[0])
    const page = await open(code.verification_uri_complete)
    await signIn(page, 'admin', password)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'You denied AuthGate CLI' }).waitFor()

    const { exitCode, out } = await command.ended
    assert.equal(exitCode, 3)
    const last = JSON.parse(out.trim().split('\n').at(-1)!)
    assert.deepEqual([last.event, last.error], ['error', 'access_denied'])
  })

  test('without --json, into a pipe: plain lines; the code is typed by hand, small and with spaces', async () => {
    const command = login('typed', [])
    const [, userCode = ''] = await command.seen(/^ {2}Code {5}(\S+)$/m)
    const page = await open(`${server.url}/device`)
    await signIn(page, 'admin', password)
    assert.equal(await heading(page), 'Connect a device')
    await page.getByLabel('Code').pressSequentially(` ${userCode.toLowerCase().replace('-', ' ')} `)
    assert.equal(await page.getByLabel('Code').inputValue(), userCode)
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await page.locator('.hero-code-shown').textContent(), userCode)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'You allowed AuthGate CLI' }).waitFor()

    const { exitCode, out, err } = await command.ended
    assert.equal(exitCode, 0, err)
    assert.match(out, /Signed in to 127\.0\.0\.1:\d+ as admin\n/)
    assert.ok(!`${out}${err}`.includes(control), 'an escape code in a pipe')
  })

  test('in a terminal with NO_COLOR: the picture is drawn and wiped, without any color', {
    skip: hasScript ? false : 'there is no `script` to make a terminal with',
  }, async () => {
    const command = login('terminal', [], {
      terminal: true,
      environment: { NO_COLOR: '1', TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    })
    const [, userCode = ''] = await command.seen(/Code {2}([A-Z0-9]{4}-[A-Z0-9]{4})/)
    await command.seen(/Waiting for your answer in the browser {2}(30:00|29:\d\d) left/)
    const page = await open(`${server.url}/device?user_code=${userCode}`)
    await signIn(page, 'admin', password)
    await page.getByRole('button', { name: 'Allow' }).click()

    const { exitCode, out } = await command.ended
    assert.equal(exitCode, 0, out)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a color is set by a control sequence.
    assert.doesNotMatch(out, /\u001b\[[\d;:]*m/)
    const ending = out.slice(out.lastIndexOf(`${control}[J`))
    assert.match(ending, /Signed in to 127\.0\.0\.1:\d+ as admin\r\n/)
    assert.ok(ending.includes(`${control}[?25h`), 'the cursor stays hidden')
    assert.ok(!ending.includes(userCode), 'the used code stays on the screen')
  })
})
