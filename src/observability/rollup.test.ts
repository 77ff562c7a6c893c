import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import type { DomainEvent } from '../events/catalogue.ts'
import { addSeconds, type Instant, instant } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'
import { sampleEvents } from './event-samples.fixture.ts'
import { bothHttp, createRollup, mostWaitingMinutes, type Rollup } from './rollup.ts'
import { latencyBounds, latencyName, type RollupRow, rollupNames } from './rollup-record.ts'

const minute = instant(Date.UTC(2026, 0, 1, 12, 7))

describe('the rollup', () => {
  let clock: ManualClock
  let rollup: Rollup
  let written: RollupRow[][]
  let failure: Error | undefined
  let forgotten: number
  beforeEach(() => {
    clock = createManualClock(addSeconds(minute, 30))
    written = []
    failure = undefined
    forgotten = 0
    const storage = {
      async transaction(body: (tx: unknown) => Promise<unknown>) {
        if (failure !== undefined) throw failure
        return body({ rollup: { add: async (rows: RollupRow[]) => void written.push(rows) } })
      },
    } as unknown as Pick<Storage, 'transaction'>
    rollup = createRollup({
      storage,
      clock,
      onForgotten: (minutes) => {
        forgotten += minutes
      },
    })
  })

  const publish = (event: DomainEvent): void =>
    (rollup.handlers[event.type] as ((event: DomainEvent) => void) | null)?.(event)
  const sample = (type: keyof typeof sampleEvents, at: Instant = clock.now()): void =>
    publish({ ...sampleEvents[type], at } as DomainEvent)
  /** What was written of one span length, as `minutes since the hour name`. */
  const sums = (span: number): Record<string, number> => {
    const found: Record<string, number> = {}
    for (const row of written.flat()) {
      if (row.span !== span) continue
      const key = `${(row.startsAt - minute) / 60_000} ${row.name}`
      found[key] = (found[key] ?? 0) + row.amount
    }
    return found
  }

  it('has a name for every number, once, and each fits its column', () => {
    assert.equal(new Set(rollupNames).size, rollupNames.length)
    for (const name of rollupNames) assert.match(name, /^[a-z_0-9.]+$/)
  })

  it('counts by the minute of the event, in spans of three lengths', async () => {
    sample('login.succeeded')
    sample('login.succeeded')
    sample('login.failed', addSeconds(minute, 60))
    sample('token.issued', addSeconds(minute, -1))
    sample('token.revoked')
    await rollup.flush()
    const revoked = sampleEvents['token.revoked']
    const issued = `issued_${sampleEvents['token.issued'].grantType}`
    assert.deepEqual(sums(1), {
      '0 login_success': 2,
      '1 login_failure': 1,
      [`-1 ${issued}`]: 1,
      '0 tokens_revoked': revoked.accessTokens + revoked.refreshTokens,
    })
    assert.deepEqual(sums(15), {
      '-7 login_success': 2,
      '-7 login_failure': 1,
      [`-7 ${issued}`]: 1,
      '-7 tokens_revoked': revoked.accessTokens + revoked.refreshTokens,
    })
    assert.equal(sums(120)['-7 login_success'], 2)
  })

  it('counts requests by how long they took and how they ended', async () => {
    const route = rollup.http.route('GET', '/here')
    for (const [status, seconds] of [
      [200, 0],
      [200, 0.001],
      [404, 0.0011],
      [503, 10],
      [200, 11],
    ] as const) {
      route.requestStarted()
      route.requestFinished(status, seconds)
    }
    rollup.http.unmatched('GET').requestFinished(404, 0.3)
    await rollup.flush()
    assert.deepEqual(sums(1), {
      '0 http_within_0.001': 2,
      '0 http_within_0.0025': 1,
      '0 http_within_0.5': 1,
      '0 http_within_10': 1,
      '0 http_slower': 1,
      '0 http_4xx': 2,
      '0 http_5xx': 1,
    })
    assert.equal(latencyName(latencyBounds.length), 'http_slower')
  })

  it('takes every event, and writes only what it has a name for', async () => {
    for (const event of Object.values(sampleEvents)) publish({ ...event, at: clock.now() } as DomainEvent)
    await rollup.flush()
    for (const { name, amount } of written.flat()) {
      assert.ok((rollupNames as readonly string[]).includes(name))
      assert.ok(amount > 0)
    }
  })

  it('writes what is new, once, and nothing when nothing is', async () => {
    await rollup.flush()
    sample('login.succeeded')
    await Promise.all([rollup.flush(), rollup.flush()])
    await rollup.flush()
    assert.equal(written.length, 1)
    sample('login.succeeded')
    await rollup.flush()
    assert.deepEqual(sums(1), { '0 login_success': 2 })
  })

  it('keeps what could not be written, and adds what came since', async () => {
    sample('login.succeeded')
    failure = new Error('no database')
    await assert.rejects(rollup.flush(), failure)
    sample('login.succeeded')
    clock.advance(60)
    sample('login.succeeded')
    failure = undefined
    await rollup.flush()
    assert.deepEqual(sums(1), { '0 login_success': 2, '1 login_success': 1 })
  })

  it('forgets the oldest minutes when too many wait, and says so', async () => {
    for (let minutes = 0; minutes < mostWaitingMinutes + 3; minutes++) {
      sample('login.succeeded', addSeconds(minute, minutes * 60))
    }
    assert.equal(forgotten, 3)
    await rollup.flush()
    const kept = Object.keys(sums(1))
    assert.equal(kept.length, mostWaitingMinutes)
    assert.ok(kept.includes('3 login_success') && !kept.includes('2 login_success'))
  })

  it('leaves out what would be cleaned up at once', async () => {
    sample('login.succeeded', addSeconds(clock.now(), -8 * 86_400))
    await rollup.flush()
    assert.deepEqual(written, [])
  })

  it('writes rows in one order on every server, so that two never wait for each other', async () => {
    sample('session.created', addSeconds(minute, 60))
    sample('login.failed')
    sample('login.succeeded')
    await rollup.flush()
    const order = written[0]!.map(({ span, startsAt, name }) => [span, startsAt, name] as const)
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1)),
    )
  })

  it('can stand beside the metrics', async () => {
    const seen: string[] = []
    const both = bothHttp(
      {
        route: (method, path) => ({
          requestStarted: () => seen.push(`${method} ${path} started`),
          requestFinished: (status) => void seen.push(`${status}`),
        }),
        unmatched: (method) => ({
          requestStarted: () => seen.push(`${method} started`),
          requestFinished: (status) => void seen.push(`${status}`),
        }),
      },
      rollup.http,
    )
    const [route, unmatched] = [both.route('GET', '/a'), both.unmatched('OTHER')]
    route.requestStarted()
    route.requestFinished(200, 0.1)
    unmatched.requestStarted()
    unmatched.requestFinished(404, 0.1)
    await rollup.flush()
    assert.deepEqual(seen, ['GET /a started', '200', 'OTHER started', '404'])
    assert.deepEqual(sums(1), { '0 http_within_0.1': 2, '0 http_4xx': 1 })
  })
})
