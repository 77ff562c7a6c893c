/** What the dashboard counts, on both databases: exactly, also of several servers, and never 0 for what is not known. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rollupSpans } from '../../src/observability/rollup-record.ts'
import { addSeconds, instant } from '../../src/shared/clock.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { machineToken, poll, requestDeviceCode, signInDevice } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

/** In the middle of a minute, of a quarter and of two hours. */
const noon = instant(Date.UTC(2026, 5, 1, 12, 7, 30))

for (const { driver, skip } of drivers) {
  describe(`the dashboard of two servers on ${driver}`, { skip, timeout: 120_000 }, () => {
    let first: TestApp
    let second: TestApp
    before(async () => {
      first = await startTestApp({
        driver,
        clock: createManualClock(noon),
        environment: { METRICS_ENABLED: 'false' },
      })
      // Counts with metrics and without.
      second = await startTestApp({ driver, sharing: first })
    })
    after(async () => {
      await second?.close()
      await first?.close()
    })

    const flushed = async () => {
      for (const server of [first, second]) await server.app.runJob('flush_rollup')
      const { rollup } = first.app.storage.read
      const sums = new Map<string, number>()
      for (const span of rollupSpans) {
        for (const { name, amount } of await rollup.list(span, instant(0), addSeconds(noon, 86_400))) {
          sums.set(`${span} ${name}`, (sums.get(`${span} ${name}`) ?? 0) + amount)
        }
      }
      return sums
    }
    const moved = (after: Map<string, number>, before: Map<string, number>) => {
      const names: Record<string, number> = {}
      for (const [key, amount] of after) {
        const difference = amount - (before.get(key) ?? 0)
        const [span, name] = key.split(' ') as [string, string]
        if (difference === 0 || name.startsWith('http_within')) continue
        names[name] ??= difference
        assert.equal(difference, names[name], `${name} is the same in spans of ${span} minutes`)
      }
      return names
    }

    it('counts each act once, whichever server it was done on', async () => {
      const before = await flushed()
      const machine = await first.confidentialClient()
      for (const server of [first, second, second]) await machineToken(server, machine.basic)
      for (const server of [first, second]) await signInDevice(server)
      const browser = await second.signedIn()
      await first.browser().signIn('admin', 'wrong')
      const denied = (await requestDeviceCode(first)).body
      await browser.decide(denied.user_code, 'deny')
      await poll(first, denied.device_code)
      const after = await flushed()
      const counted = moved(after, before)
      assert.deepEqual(
        {
          machine: counted.issued_client_credentials,
          device: counted.issued_device_code,
          issued: counted.device_issued,
          approved: counted.device_approved,
          redeemed: counted.device_redeemed,
          denied: counted.device_denied,
          failure: counted.login_failure,
          serverErrors: counted.http_5xx,
        },
        {
          machine: 3,
          device: 2,
          issued: 3,
          approved: 2,
          redeemed: 2,
          denied: 1,
          failure: 1,
          serverErrors: undefined,
        },
      )
      assert.equal(counted.login_success, counted.session_began)
      // Nothing has happened since, so nothing is added.
      assert.deepEqual(moved(await flushed(), after), {})
    })

    it('counts every request by how long it took, as the metrics do', async () => {
      const requests = async () =>
        [...(await second.metrics()).samples].reduce(
          (sum, [sample, value]) => (sample.startsWith('http_requests_total{') ? sum + value : sum),
          0,
        )
      const latencies = (sums: Map<string, number>) =>
        [...sums].reduce(
          (sum, [key, amount]) =>
            key.startsWith('1 http_within') || key === '1 http_slower' ? sum + amount : sum,
          0,
        )
      const before = latencies(await flushed())
      const counted = await requests()
      for (let request = 0; request < 25; request++) await second.get('/.well-known/openid-configuration')
      for (let request = 0; request < 5; request++) await second.get('/nowhere')
      assert.equal((await requests()) - counted, 30)
      assert.equal(latencies(await flushed()) - before, 30)
    })

    it('puts what happened into its minute, and writes it when the server stops', async () => {
      const third = await startTestApp({ driver, sharing: first })
      const before = await flushed()
      const at = first.clock.now()
      await third.browser().signIn('admin', 'wrong')
      first.clock.advance(60)
      await third.browser().signIn('admin', 'wrong')
      await third.close()
      assert.equal(moved(await flushed(), before).login_failure, 2)
      const minute = instant(Math.floor(at / 60_000) * 60_000)
      const rows = await first.app.storage.read.rollup.list(1, minute, addSeconds(minute, 120))
      const failures = rows.filter(({ name }) => name === 'login_failure')
      assert.equal(failures.at(-1)?.amount, 1)
      assert.equal(failures.at(-1)?.startsAt, addSeconds(minute, 60))
    })

    describe('as a page', () => {
      let admin: TestBrowser
      before(async () => {
        admin = await first.signedIn()
      })

      it('shows what there is, and links to what waits', async () => {
        await first.app.runJob('flush_rollup')
        for (const window of ['hour', 'day', 'week', 'nonsense']) {
          const { status, text } = await admin.get(`/admin?window=${window}`)
          assert.equal(status, 200)
          assert.match(text, /aria-label="Sign-ins: Succeeded [1-9]\d*, Failed [1-9]/)
          assert.match(text, /aria-label="Device sign-ins: Codes given 3, Allowed 2, Got tokens 2"/)
          assert.match(text, driver === 'sqlite' ? /SQLite/ : /PostgreSQL/)
          assert.ok(!text.includes('Not available'))
        }
      })

      it('says so when something cannot be read, and shows no zeros', async () => {
        const { storage } = first.app
        const broken = () => Promise.reject(new Error('no database'))
        const { directory, rollup } = storage.read
        const originals = [directory.count, rollup.list] as const
        Object.assign(directory, { count: broken })
        Object.assign(rollup, { list: broken })
        try {
          const { status, text } = await admin.get('/admin')
          assert.equal(status, 200)
          assert.ok(text.split('Not available').length >= 4, 'people, clients and the charts')
          assert.ok(!text.includes('Succeeded'))
        } finally {
          Object.assign(directory, { count: originals[0] })
          Object.assign(rollup, { list: originals[1] })
        }
      })

      it('keeps seven days', async () => {
        first.clock.advance(6.9 * 86_400)
        await first.app.runJob('clean_up_rollup')
        assert.ok((await flushed()).get('1 login_failure')! > 0)
        first.clock.advance(0.2 * 86_400)
        await first.app.runJob('clean_up_rollup')
        assert.equal((await flushed()).get('1 login_failure'), undefined)
      })
    })
  })
}
