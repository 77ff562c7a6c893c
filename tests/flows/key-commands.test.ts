/** `authgate keys …` as operators run it: a process beside a server that is in use. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { settleSeconds } from '../../src/oauth/token/key-rotation.ts'
import { instant } from '../../src/shared/clock.ts'
import { lookAtDatabase } from '../support/database-look.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { machineToken } from '../support/oauth-client.ts'
import { runAuthgate } from '../support/server-process.ts'
import { drivers, encryptionKey, startTestApp, type TestApp } from '../support/test-app.ts'

const day = 86_400

interface Ended {
  exitCode: number | null
  out: string
  err: string
}

/** What `--json` prints of a key. */
interface PrintedKey {
  kid: string
  algorithm: string
  state: string
  created_at: string
  superseded_at?: string
  next_state?: string
  next_state_at?: string
}

function assertMistake({ exitCode, out, err }: Ended, message: RegExp): void {
  assert.equal(exitCode, 1)
  assert.equal(out, '')
  assert.match(err, /^authgate: [^\n]+\n$/)
  assert.match(err, message)
}

for (const { driver, skip } of drivers) {
  suite(`authgate keys beside a running server on ${driver}`, { skip }, () => {
    let server: TestApp
    let settings: Record<string, string>
    let basic: string
    before(async () => {
      // Commands live by the real clock, so the server starts at the real time.
      server = await startTestApp({ driver, clock: createManualClock(instant(Date.now())) })
      settings = {
        DATA_DIR: server.folder,
        DATABASE_DRIVER: driver,
        DATABASE_DSN: server.dsn,
        ENCRYPTION_KEY: encryptionKey,
      }
      basic = (await server.confidentialClient()).basic
    })
    after(() => server.close())

    const run = (args: readonly string[], changed: Record<string, string> = {}): Promise<Ended> =>
      runAuthgate(['keys', ...args], { ...settings, ...changed }, server.folder).ended
    // biome-ignore lint/suspicious/noExplicitAny: each command answers in a shape of its own.
    const json = async (...args: string[]): Promise<any> => {
      const { exitCode, out, err } = await run([...args, '--json'])
      assert.deepEqual([exitCode, err], [0, ''])
      return JSON.parse(out)
    }
    const list = (...args: string[]): Promise<PrintedKey[]> => json('list', ...args)
    const published = async (): Promise<string[]> => {
      await server.app.runJob('reload_signing_keys')
      const { keys } = (await server.get('/.well-known/jwks.json')).body
      return keys.map(({ kid }: { kid: string }) => kid)
    }
    const signingKid = async (): Promise<string> => {
      const token = await machineToken(server, basic)
      tokens.push(token)
      const { keys } = (await server.get('/.well-known/jwks.json')).body
      await jwtVerify(token, createLocalJWKSet({ keys }), { currentDate: new Date(server.clock.now()) })
      return decodeProtectedHeader(token).kid!
    }

    /** Has the server's clock show `seconds` after an instant of the real one. */
    const moveTo = (time: string, seconds: number): void => {
      server.clock.advance((Date.parse(time) - server.clock.now()) / 1000 + seconds)
    }

    const tokens: string[] = []
    let first: string

    test('list shows every key and what becomes of it', async () => {
      const keys = await list()
      assert.deepEqual(
        keys.map(({ algorithm, state, next_state }) => [algorithm, state, next_state]).sort(),
        ['ES256', 'PS256', 'RS256'].map((algorithm) => [algorithm, 'current', 'previous']),
      )
      for (const { created_at, next_state_at } of keys) {
        assert.equal(Date.parse(next_state_at!) - Date.parse(created_at), 90 * day * 1000)
      }
      first = keys.find(({ algorithm }) => algorithm === 'ES256')!.kid
      assert.equal(first, await signingKid())
      const { out } = await run(['list'])
      assert.match(out, /^KID +ALGORITHM +STATE +SINCE +THEN\n/)
      assert.match(out, new RegExp(`^${first} +ES256 +current +\\S+Z +previous \\S+Z$`, 'm'))
    })

    test('rotate publishes the next key of an algorithm, once; it signs a day later', async () => {
      const [next, ...others] = (await json('rotate', '--algorithm', 'ES256')) as PrintedKey[]
      assert.equal(others.length, 0)
      assert.deepEqual([next!.algorithm, next!.state, next!.next_state], ['ES256', 'next', 'current'])
      assert.equal(Date.parse(next!.next_state_at!) - Date.parse(next!.created_at), day * 1000)
      assert.ok((await published()).includes(next!.kid))
      assert.equal(await signingKid(), first)

      const again = await run(['rotate', '--algorithm', 'ES256'])
      assert.equal(again.exitCode, 0)
      assert.match(again.out, new RegExp(`^${next!.kid} +ES256 +next `, 'm'))
      assert.match(again.err, /publish these keys within 30 seconds/)
      assert.equal((await published()).length, 4)
    })

    test('rotate --now lets a published key sign at once, and one made now when all servers have it', async () => {
      const before = await list()
      const next = before.find(({ state }) => state === 'next')!
      moveTo(next.created_at, settleSeconds)
      const { exitCode, out, err } = await run(['rotate', '--now'])
      assert.equal(exitCode, 0)
      assert.match(out, new RegExp(`^${next.kid} +ES256 +current `, 'm'))
      assert.match(err, /within 30 seconds, with one made now within 90/)
      assert.match(err, /authgate keys retire <kid> --force/)
      assert.equal((await published()).length, 6)
      assert.equal(await signingKid(), next.kid)
      const states = (await list()).map(({ algorithm, state }) => `${algorithm} ${state}`).sort()
      assert.deepEqual(
        states,
        ['ES256', 'PS256', 'RS256'].flatMap((algorithm) => [`${algorithm} current`, `${algorithm} previous`]),
      )

      const [made] = (await json('rotate', '--algorithm', 'ES256', '--now')) as PrintedKey[]
      assert.ok((await published()).includes(made!.kid))
      assert.equal(await signingKid(), next.kid, 'another server may not publish it yet')
      moveTo(made!.created_at, settleSeconds)
      await published()
      assert.equal(await signingKid(), made!.kid)
    })

    test('retire refuses a key that signs, and one whose tokens live', async () => {
      const keys = await list()
      const current = keys.find(({ state }) => state === 'current')!
      assertMistake(await run(['retire', current.kid]), /is the current key: rotate first/)
      assertMistake(await run(['retire', 'nobody']), /there is no key nobody/)
      for (const kid of ['-xixwDSn595ZxSLf47nxJBrxWxG_2xeaV3ErAwiQPLM', '--h', '-hV']) {
        assertMistake(await run(['retire', kid]), new RegExp(`there is no key ${kid}`))
        assertMistake(await run(['retire', '--force', kid]), new RegExp(`there is no key ${kid}`))
      }
      assertMistake(await run(['retire', first]), /^authgate: \d+ access tokens issued while .* --force/)
      assert.ok((await published()).includes(first))

      assert.deepEqual(await json('retire', first, '--force'), { kid: first, state: 'retired' })
      assert.ok(!(await published()).includes(first))
      assertMistake(await run(['retire', first, '--force']), /is retired already/)
      assert.ok((await list()).every(({ kid }) => kid !== first))
      assert.equal((await list('--all')).find(({ kid }) => kid === first)?.state, 'retired')
      const look = await lookAtDatabase(server.dsn)
      const rows = await look.rows('select kid, encrypted_private_key from signing_keys')
      await look.close()
      for (const row of rows) {
        assert.equal((row.encrypted_private_key as Uint8Array).length === 0, row.kid === first)
      }
    })

    test('retire takes back a next key, and a previous one whose tokens are over', async () => {
      const [next] = (await json('rotate', '--algorithm', 'RS256')) as PrintedKey[]
      assert.match((await run(['retire', next!.kid])).out, /^Retired .* within 30 seconds\.\n$/)
      for (const token of tokens) {
        assert.equal((await server.post('/oauth/revoke', { token }, { authorization: basic })).status, 200)
      }
      const previous = (await list()).find(({ state }) => state === 'previous')!
      assert.deepEqual(await json('retire', previous.kid), { kid: previous.kid, state: 'retired' })
    })

    test('the running server announces what was done, once, and by whom', async () => {
      await server.app.runJob('claim_announcements')
      await server.app.runJob('claim_announcements')
      const recorded = async () =>
        (await server.app.storage.read.audit.list({ limit: 200 })).filter(
          ({ resourceType, actorName }) => resourceType === 'KEY' && actorName === userInfo().username,
        )
      // The audit log is written behind the requests, in batches.
      const deadline = performance.now() + 5000
      while ((await recorded()).length < 12 && performance.now() < deadline) await delay(50)
      const counts: Record<string, number> = {}
      for (const { eventType } of await recorded()) counts[eventType] = (counts[eventType] ?? 0) + 1
      assert.deepEqual(counts, { SIGNING_KEY_CREATED: 5, SIGNING_KEY_ACTIVATED: 4, SIGNING_KEY_RETIRED: 3 })
    })

    test('keys are made under the encryption key of the servers only; the others need none', async () => {
      const kids = await published()
      const other = { ENCRYPTION_KEY: Buffer.alloc(32, 'somebody else').toString('base64') }
      assertMistake(await run(['rotate'], other), /stored under another encryption key/)
      assert.deepEqual(await published(), kids)
      assert.equal((await run(['list'], { ENCRYPTION_KEY: '' })).exitCode, 0)
      const without = await run(['rotate'], { ENCRYPTION_KEY: '' })
      assert.equal(without.exitCode, 1)
      assert.match(
        without.err,
        driver === 'sqlite' ? /there is no encryption key .*authgate\.key/ : /ENCRYPTION_KEY is required/,
      )
    })

    test('commands at the same moment rotate once', async () => {
      const kids = await published()
      const ended = await Promise.all([1, 2, 3].map(() => run(['rotate', '--algorithm', 'PS256', '--json'])))
      for (const { exitCode, err } of ended) {
        if (exitCode !== 0) assert.match(err, /changed by somebody else meanwhile: run the command again/)
      }
      assert.ok(ended.some(({ exitCode }) => exitCode === 0))
      assert.equal((await published()).length, kids.length + 1)
    })
  })
}

suite('authgate keys without a server', () => {
  test('says what is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-keys-'))
    try {
      for (const args of [['list'], ['rotate'], ['retire', 'x']]) {
        const ended = await runAuthgate(['keys', ...args], {}, folder).ended
        assertMistake(ended, /there is no database authgate\.db: start the server/)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
