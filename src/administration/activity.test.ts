import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  latencyBounds,
  latencyName,
  type RollupRow,
  type RollupSpan,
} from '../observability/rollup-record.ts'
import { addSeconds, type Instant, instant } from '../shared/clock.ts'
import { activityWindows, arrange, quantile, readActivity } from './activity.ts'

/** Counts for the groups that are named by their bound in seconds; `slower` is the one without. */
function counts(given: Record<string, number>): number[] {
  return [...latencyBounds.map((bound) => given[bound] ?? 0), given.slower ?? 0]
}

describe('how long requests took', () => {
  for (const [given, share, expected] of [
    [{}, 0.5, undefined],
    [{ 0.001: 10 }, 0.5, 0.0005],
    [{ 0.001: 10 }, 1, 0.001],
    [{ 0.001: 50, 0.0025: 50 }, 0.5, 0.001],
    [{ 0.001: 50, 0.0025: 50 }, 0.75, 0.00175],
    [{ 0.001: 90, 10: 10 }, 0.95, 7.5],
    [{ 0.005: 1 }, 0.5, 0.00375],
    [{ slower: 3 }, 0.5, 10],
    [{ 0.001: 1, slower: 99 }, 0.95, 10],
  ] as const) {
    it(`${JSON.stringify(given)} at ${share}`, () => {
      const found = quantile(counts(given), share)
      if (expected === undefined) assert.equal(found, undefined)
      else assert.ok(Math.abs(found! - expected) < 1e-12, `${found}`)
    })
  }
})

describe('the charts’ windows', () => {
  const from = instant(Date.UTC(2026, 0, 1))
  const row = (name: string, seconds: number, amount: number, span: RollupSpan = 1): RollupRow => ({
    span,
    startsAt: addSeconds(from, seconds),
    name,
    amount,
  })

  it('have a number for each bar, 0 where nothing was counted', () => {
    const activity = arrange('hour', from, [
      row('login_success', 0, 3),
      row('login_success', 59 * 60, 4),
      row('login_failure', 60, 5),
      row('issued_client_credentials', 120, 6),
      row('http_5xx', 0, 1),
      row(latencyName(0), 0, 8),
      row(latencyName(latencyBounds.length), 0, 2),
      row('of another release', 0, 99),
    ])
    const bars = (given: Record<number, number>) => Array.from({ length: 60 }, (_, bar) => given[bar] ?? 0)
    assert.equal(activity.startsAt.length, 60)
    assert.deepEqual([activity.startsAt[0], activity.startsAt[59]], [from, addSeconds(from, 59 * 60)])
    assert.deepEqual(activity.logins, { success: bars({ 0: 3, 59: 4 }), failure: bars({ 1: 5 }) })
    assert.deepEqual(activity.issued.client_credentials, bars({ 2: 6 }))
    assert.deepEqual(activity.issued.device_code, bars({}))
    assert.deepEqual(activity.errors, { client: bars({}), server: bars({ 0: 1 }) })
    assert.deepEqual(activity.requests, bars({ 0: 10 }))
    assert.deepEqual([activity.latency.p50[0]! < 0.001, activity.latency.p95[0]], [true, 10])
    assert.equal(activity.latency.p50[1], undefined)
  })

  it('sum the device flow up over the whole', () => {
    const { device } = arrange('week', from, [
      row('device_issued', 0, 5, 120),
      row('device_issued', 7200, 5, 120),
      row('device_approved', 7200, 6, 120),
      row('device_denied', 7200, 1, 120),
      row('device_expired', 7200, 2, 120),
      row('device_redeemed', 83 * 7200, 4, 120),
    ])
    assert.deepEqual(device, { issued: 10, approved: 6, denied: 1, expired: 2, redeemed: 4 })
  })

  for (const window of ['hour', 'day', 'week'] as const) {
    it(`the ${window} ends with the bar that is not over`, async () => {
      const { span, bars } = activityWindows[window]
      const now = addSeconds(from, 12_345)
      const asked: [RollupSpan, Instant, Instant][] = []
      const { startsAt } = await readActivity(
        {
          rollup: {
            async list(...what) {
              asked.push(what)
              return []
            },
          },
          clock: { now: () => now, monotonicSeconds: () => 0 },
        },
        window,
      )
      assert.equal(startsAt.length, bars)
      assert.ok(startsAt.at(-1)! <= now && now < addSeconds(startsAt.at(-1)!, span * 60))
      assert.deepEqual(asked, [[span, startsAt[0], addSeconds(startsAt.at(-1)!, span * 60)]])
    })
  }
})
