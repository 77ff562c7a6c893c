/**
 * Numbers that come from more than one process: several servers on one database, and the command line beside them.
 * Each act is counted once, by one server; what is counted from the database is the same everywhere.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { instant } from '../../src/shared/clock.ts'
import { lookAtDatabase } from '../support/database-look.ts'
import { createManualClock } from '../support/manual-clock.ts'
import {
  errorOf,
  machineToken,
  poll,
  refresh,
  requestDeviceCode,
  signInDevice,
} from '../support/oauth-client.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { runAuthgate } from '../support/server-process.ts'
import { encryptionKey, type Metrics, startTestApp, type TestApp } from '../support/test-app.ts'
import { foundingMetrics, isFounding } from './founding-metrics.ts'

const day = 86_400

/** How much the counters of all servers moved together. */
async function movedTogether(
  servers: readonly TestApp[],
  earlier: readonly Metrics[],
): Promise<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const [index, server] of servers.entries()) {
    const moved = (await server.metrics()).since(earlier[index]!, counterNames)
    for (const [sample, value] of Object.entries(moved)) sum[sample] = (sum[sample] ?? 0) + value
  }
  return sum
}

const counterNames = Object.entries(foundingMetrics)
  .filter(([name, { type }]) => type === 'counter' && name !== 'http_requests_total')
  .map(([name]) => name)

const snapshots = (servers: readonly TestApp[]): Promise<Metrics[]> =>
  Promise.all(servers.map((server) => server.metrics()))

describe('the command line beside two servers on one SQLite database', () => {
  let first: TestApp
  let second: TestApp
  before(async () => {
    // The command line lives by the real clock, so these servers start at the real time.
    first = await startTestApp({ clock: createManualClock(instant(Date.now())) })
    second = await startTestApp({ sharing: first })
  })
  after(async () => {
    await second.close()
    await first.close()
  })

  const authgate = async (...args: string[]): Promise<string> => {
    const settings = { DATA_DIR: first.folder, DATABASE_PATH: first.dsn, ENCRYPTION_KEY: encryptionKey }
    const { exitCode, out, err } = await runAuthgate(args, settings, first.folder).ended
    assert.equal(exitCode, 0, err)
    return out
  }
  const claimOnBoth = () =>
    Promise.all([first, second].map((server) => server.app.runJob('claim_announcements')))

  /** A person with one browser session and the two tokens of one device. */
  const busyPerson = async (username: string): Promise<void> => {
    const { password } = await first.account(username)
    const browser = first.browser()
    assert.equal((await browser.signIn(username, password)).status, 303)
    const device = await requestDeviceCode(first)
    assert.equal((await browser.decide(device.body.user_code, 'approve')).status, 303)
    assert.equal((await poll(first, device.body.device_code)).status, 200)
  }

  it('each act is counted once, by one of the two', async () => {
    await busyPerson('gone')
    await busyPerson('careless')
    const client = await first.confidentialClient()
    await machineToken(first, client.basic)
    await machineToken(second, client.basic)
    const before = await snapshots([first, second])

    await authgate('user', 'disable', 'gone')
    await authgate('user', 'reset-password', 'careless')
    await authgate('client', 'delete', client.id)
    assert.deepEqual(await movedTogether([first, second], before), {}, 'nothing before somebody claims it')
    // The gauges need no claim: they are counted.
    for (const metrics of await snapshots([first, second])) {
      assert.equal(metrics.get('sessions_active'), 0)
      assert.equal(metrics.get('oauth_tokens_active{token_type="access"}'), 0)
      assert.equal(metrics.get('oauth_tokens_active{token_type="refresh"}'), 0)
    }

    await claimOnBoth()
    await claimOnBoth()
    assert.deepEqual(await movedTogether([first, second], before), {
      'oauth_tokens_revoked_total{reason="admin"}': 2 + 2,
      'oauth_tokens_revoked_total{reason="security"}': 2,
      'sessions_invalidated_total{reason="admin"}': 1,
      'sessions_invalidated_total{reason="security"}': 1,
    })
    const ended = (await snapshots([first, second])).map(
      (metrics, index) =>
        metrics.get('session_duration_seconds_count') - before[index]!.get('session_duration_seconds_count'),
    )
    assert.equal(ended[0]! + ended[1]!, 2)
  })

  it('acts while no server runs are counted by the next one, once, for a week', async () => {
    await busyPerson('later')
    await busyPerson('forgotten')
    const rows = async (): Promise<number> => {
      const look = await lookAtDatabase(first.dsn)
      try {
        return Number((await look.rows('select count(*) as n from announcements'))[0]!.n)
      } finally {
        await look.close()
      }
    }
    await authgate('user', 'disable', 'later')
    assert.equal(await rows(), 3)

    const next = await startTestApp({ sharing: first })
    const atStart = await next.metrics()
    await next.app.runJob('claim_announcements')
    await next.app.runJob('claim_announcements')
    assert.deepEqual(await movedTogether([next], [atStart]), {
      'oauth_tokens_revoked_total{reason="admin"}': 2,
      'sessions_invalidated_total{reason="admin"}': 1,
    })
    await next.close()

    await authgate('user', 'disable', 'forgotten')
    first.clock.advance(7 * day + 60)
    const tooLate = await startTestApp({ sharing: first })
    const untouched = await tooLate.metrics()
    await tooLate.app.runJob('claim_announcements')
    assert.deepEqual(await movedTogether([tooLate], [untouched]), {})
    assert.equal(await rows(), 0)
    await tooLate.close()
  })
})

describe('two servers on one PostgreSQL database', { skip: skipWithoutPostgres }, () => {
  let first: TestApp
  let second: TestApp
  before(async () => {
    first = await startTestApp({ driver: 'postgres' })
    second = await startTestApp({ driver: 'postgres', sharing: first })
  })
  after(async () => {
    await second.close()
    await first.close()
  })

  it('their counters add up to what happened, and their gauges are the same', async () => {
    const both = [first, second]
    const atStart = await snapshots(both)
    const client = await first.confidentialClient()

    // Ten devices: asked for at one server, allowed at one, fetched by parallel polls at both.
    const devices = await Promise.all(
      Array.from({ length: 10 }, (_, index) => requestDeviceCode(both[index % 2]!)),
    )
    const browser = await first.signedIn()
    for (const { body } of devices) await browser.decide(body.user_code, 'approve')
    const polls = await Promise.all(
      devices.flatMap(({ body }) =>
        [first, second, first, second].map((server) => poll(server, body.device_code)),
      ),
    )
    const won = polls.filter(({ status }) => status === 200)
    assert.equal(won.length, 10)
    assert.equal(polls.filter(({ body }) => body.error === 'invalid_grant').length, 30)

    // One refresh token, used eight times at once at both: one rotation and seven siblings.
    const token = won[0]!.body.refresh_token as string
    const refreshes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => refresh(both[index % 2]!, token)),
    )
    assert.ok(refreshes.every(({ status }) => status === 200))

    // A session ends once, though both servers sweep at the same moment; each server's machine tokens are its own.
    for (const server of both) for (let n = 0; n < 3; n++) await machineToken(server, client.basic)
    first.clock.advance(31)
    assert.deepEqual(errorOf(await refresh(second, token)), [400, 'invalid_grant'])
    first.clock.advance(1800)
    await Promise.all(both.map((server) => server.app.runJob('sweep_sessions')))

    assert.deepEqual(await movedTogether(both, atStart), {
      'oauth_device_codes_total{result="success"}': 10,
      oauth_device_codes_authorized_total: 10,
      'oauth_device_code_validation_total{result="success"}': 10,
      'oauth_device_code_validation_total{result="invalid"}': 30,
      'oauth_tokens_issued_total{token_type="access",grant_type="device_code"}': 10,
      'oauth_tokens_issued_total{token_type="refresh",grant_type="device_code"}': 10,
      'oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}': 8,
      'oauth_tokens_issued_total{token_type="refresh",grant_type="refresh_token"}': 8,
      'oauth_tokens_issued_total{token_type="access",grant_type="client_credentials"}': 6,
      'oauth_tokens_refreshed_total{result="success"}': 8,
      'oauth_tokens_refreshed_total{result="error"}': 1,
      'oauth_tokens_revoked_total{reason="rotation"}': 1,
      // The family: nine access tokens, eight refresh tokens that were never used.
      'oauth_tokens_revoked_total{reason="security"}': 9 + 8,
      'auth_attempts_total{method="local",result="success"}': 1,
      'auth_login_total{auth_source="local",result="success"}': 1,
      sessions_created_total: 1,
      'sessions_expired_total{reason="idle_timeout"}': 1,
    })
    await signInDevice(second)
    const [here, there] = await snapshots(both)
    const gauges = Object.entries(foundingMetrics).filter(([, { type }]) => type === 'gauge')
    for (const sample of here!.samples.keys()) {
      if (!isFounding(sample) || !gauges.some(([name]) => sample.startsWith(name))) continue
      assert.equal(there!.get(sample), here!.get(sample), sample)
    }
    assert.equal(here!.get('oauth_tokens_active{token_type="refresh"}'), 9 + 1)
    assert.equal(here!.get('oauth_tokens_active{token_type="access"}'), 9 + 6 + 1)
    assert.equal(here!.get('sessions_active'), 1)
  })

  it('whoever is switched off, or whose token is disabled, at one server is out at the other at once', async () => {
    const admin = await first.signedIn()
    const { username, password } = await first.account('between')
    const there = second.browser()
    assert.equal((await there.signIn(username, password)).status, 303)
    const device = await requestDeviceCode(second)
    await there.decide(device.body.user_code, 'approve')
    const { body: tokens } = await poll(second, device.body.device_code)
    const accepted = async (): Promise<boolean> =>
      (await second.get('/oauth/userinfo', { authorization: `Bearer ${tokens.access_token}` })).status === 200
    assert.equal(await accepted(), true)
    const id = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url').toString()).jti
    const account = (await first.app.storage.read.accounts.findByUsername(username))!
    const before = await snapshots([first, second])

    for (const [act, works] of [
      ['disable', false],
      ['enable', true],
    ] as const) {
      await admin.get('/admin/tokens')
      assert.equal((await admin.submit(`/admin/tokens/${id}/${act}`)).status, 303)
      assert.equal(await accepted(), works, act)
    }
    await admin.get(`/admin/users/${account.id}`)
    assert.equal((await admin.submit(`/admin/users/${account.id}/disable`)).status, 303)
    assert.equal(await accepted(), false)
    assert.equal((await there.get('/account/sessions')).status, 303)
    assert.deepEqual(errorOf(await refresh(second, tokens.refresh_token)), [400, 'invalid_grant'])
    const moved = await movedTogether([first, second], before)
    assert.equal(moved['oauth_tokens_revoked_total{reason="admin"}'], 2)
    assert.equal(moved['sessions_invalidated_total{reason="admin"}'], 1)
  })
})
