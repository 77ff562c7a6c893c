import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, instant } from '../shared/clock.ts'
import type { StoreCounts } from '../storage/storage.ts'
import { createGaugeSnapshot, type GaugeSnapshot } from './gauges.ts'

const counts = (sessionsActive: number): StoreCounts => ({
  deviceCodesActive: 0,
  deviceCodesPending: 0,
  accessTokensActive: 0,
  refreshTokensActive: 0,
  sessionsActive,
  clients: { operator: 0, self_service: 0, registration: 0, metadata_document: 0 },
})

/** A store whose counts are answered by hand, and a clock moved by hand. */
function setUp(intervalSeconds = 5) {
  let seconds = 100
  const clock: Clock = { now: () => instant(seconds * 1000), monotonicSeconds: () => seconds }
  const asked: { now: number; answer: PromiseWithResolvers<StoreCounts> }[] = []
  const failures: unknown[] = []
  const durations: number[] = []
  const gauges: GaugeSnapshot = createGaugeSnapshot({
    count: (now) => {
      const answer = Promise.withResolvers<StoreCounts>()
      asked.push({ now, answer })
      return answer.promise
    },
    clock,
    intervalSeconds,
    onRefreshed: (duration) => durations.push(duration),
    onFailure: (error) => failures.push(error),
  })
  return {
    gauges,
    asked,
    failures,
    durations,
    pass: (by: number) => {
      seconds += by
    },
    async refreshTo(value: number) {
      const done = gauges.refresh()
      asked.at(-1)!.answer.resolve(counts(value))
      await done
    },
  }
}

test('callers at the same time share one count', async () => {
  const { gauges, asked } = setUp()
  const readings = Promise.all([gauges.read(), gauges.read(), gauges.refresh(), gauges.read()])
  assert.equal(asked.length, 1)
  assert.equal(asked[0]!.now, 100_000)
  asked[0]!.answer.resolve(counts(7))
  const [first, second, , third] = await readings
  for (const reading of [first, second, third]) assert.equal(reading?.counts.sessionsActive, 7)
})

test('a snapshot within the interval is served without counting, with its age', async () => {
  const { gauges, asked, pass, refreshTo } = setUp()
  await refreshTo(1)
  pass(5)
  assert.deepEqual(await gauges.read(), { counts: counts(1), ageSeconds: 5 })
  assert.equal(asked.length, 1)
})

test('an older one is counted anew at the scrape', async () => {
  const { gauges, asked, pass, refreshTo } = setUp()
  await refreshTo(1)
  pass(5.1)
  const reading = gauges.read()
  assert.equal(asked.length, 2)
  asked[1]!.answer.resolve(counts(2))
  assert.deepEqual(await reading, { counts: counts(2), ageSeconds: 0 })
})

test('the age counts from the start of the count', async () => {
  const { gauges, asked, durations, pass } = setUp()
  const done = gauges.refresh()
  pass(3)
  asked[0]!.answer.resolve(counts(1))
  await done
  assert.equal((await gauges.read())?.ageSeconds, 3)
  assert.deepEqual(durations, [3])
})

test('a slow count delays a scrape by 50 ms, then the last snapshot is served', async () => {
  const { gauges, asked, pass, refreshTo } = setUp()
  await refreshTo(1)
  pass(60)
  const started = performance.now()
  assert.deepEqual(await gauges.read(), { counts: counts(1), ageSeconds: 60 })
  const waited = performance.now() - started
  assert.ok(waited >= 45 && waited < 1000, `waited ${waited} ms`)
  // The slow count is still the only one, and its answer is used when it comes.
  const joined = gauges.refresh()
  assert.equal(asked.length, 2)
  asked[1]!.answer.resolve(counts(2))
  await joined
  assert.equal((await gauges.read())?.counts.sessionsActive, 2)
})

test('a failed count is reported and keeps the last snapshot', async () => {
  const { gauges, asked, failures, pass, refreshTo } = setUp()
  await refreshTo(1)
  pass(60)
  const reading = gauges.read()
  const failure = new Error('database is gone')
  asked[1]!.answer.reject(failure)
  assert.deepEqual(await reading, { counts: counts(1), ageSeconds: 60 })
  assert.deepEqual(failures, [failure])
})

test('a failed first count leaves nothing to serve, and the next scrape tries again', async () => {
  const { gauges, asked, refreshTo } = setUp()
  const reading = gauges.read()
  asked[0]!.answer.reject(new Error('not yet'))
  assert.equal(await reading, undefined)
  await refreshTo(3)
  assert.equal((await gauges.read())?.counts.sessionsActive, 3)
})

test('the background counts at once and within every interval, until stopped', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { gauges, asked } = setUp(10)
  gauges.start()
  gauges.start()
  assert.equal(asked.length, 1)
  asked[0]!.answer.resolve(counts(1))
  await gauges.refresh()
  t.mock.timers.tick(9999)
  assert.equal(asked.length, 2)
  asked[1]!.answer.resolve(counts(1))
  await gauges.refresh()
  gauges.stop()
  t.mock.timers.tick(60_000)
  assert.equal(asked.length, 2)
})
