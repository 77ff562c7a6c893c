import assert from 'node:assert/strict'
import test from 'node:test'
import { parseWrk } from './wrk.ts'

const report = (json: string) => `Running 2s test @ http://127.0.0.1:4000/token
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    14.11ms   10.55ms 231.21ms   97.06%
  9312 requests in 2.00s, 6.34MB read
${json}
`

const line = (changes: Record<string, number> = {}) =>
  JSON.stringify({
    requests: 9312,
    seconds: 2.003,
    p50Ms: 12.9,
    p99Ms: 37.2,
    maxMs: 231.21,
    socketErrors: 0,
    statusErrors: 0,
    timeouts: 0,
    bodiesSeen: 0,
    bodiesMatched: 0,
    ...changes,
  })

test('the result is found among the lines of wrk itself', () => {
  assert.deepEqual(parseWrk(report(line()), false), {
    requests: 9312,
    seconds: 2.003,
    p50Ms: 12.9,
    p99Ms: 37.2,
    failures: 0,
  })
})

test('error statuses, broken sockets and timeouts are failures', () => {
  const changes = { statusErrors: 5, socketErrors: 2, timeouts: 1 }
  assert.equal(parseWrk(report(line(changes)), false).failures, 8)
})

test('where an error is the right answer, a success is a failure', () => {
  const pending = { statusErrors: 9312, bodiesSeen: 9312, bodiesMatched: 9312 }
  assert.equal(parseWrk(report(line(pending)), true).failures, 0)
  assert.equal(parseWrk(report(line({ ...pending, statusErrors: 9309 })), true).failures, 3)
})

test('the right status with another error in the body is a failure, counted once', () => {
  const slowed = { statusErrors: 9312, bodiesSeen: 9312, bodiesMatched: 9300 }
  assert.equal(parseWrk(report(line(slowed)), true).failures, 12)
  const both = { statusErrors: 9300, bodiesSeen: 9312, bodiesMatched: 9300 }
  assert.equal(parseWrk(report(line(both)), true).failures, 12)
})

test('a run without a result says what was printed instead', () => {
  assert.throws(() => parseWrk('unable to connect to 127.0.0.1:1', false), /unable to connect/)
})
