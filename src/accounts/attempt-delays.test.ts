import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import { type AttemptDelays, createAttemptDelays, delayAfter } from './attempt-delays.ts'

describe('delays between sign-in attempts', () => {
  let clock: ManualClock
  let delays: AttemptDelays

  beforeEach(() => {
    clock = createManualClock()
    delays = createAttemptDelays(clock)
  })

  function attempt(username: string, outcome: 'success' | 'failure' | 'no_verdict'): number {
    const permit = delays.begin(username)
    if (permit.kind === 'delayed') return permit.retryAfterSeconds
    permit.settle(outcome)
    return 0
  }
  function fail(times: number): void {
    for (let time = 0; time < times; time++) {
      assert.equal(attempt('ada', 'failure'), 0, `attempt ${time + 1}`)
      clock.advance(60)
    }
  }

  it('grow from the sixth failure, up to a minute', () => {
    const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 100].map(delayAfter)
    assert.deepEqual(seconds, [0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('let five failures go by, then ask for patience', () => {
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
    assert.equal(attempt('ada', 'failure'), 1)
    clock.advance(0.4)
    assert.equal(attempt('ada', 'failure'), 1)
    clock.advance(0.6)
    assert.equal(attempt('ada', 'failure'), 0)
    assert.equal(attempt('ada', 'failure'), 2)
  })

  it('do not grow by attempts made too early', () => {
    fail(8)
    attempt('ada', 'failure')
    for (let time = 0; time < 50; time++) assert.equal(attempt('ada', 'failure'), 8)
    clock.advance(8)
    assert.equal(attempt('ada', 'success'), 0)
  })

  it('are forgotten after a success', () => {
    fail(10)
    assert.equal(attempt('ada', 'success'), 0)
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
  })

  it('are forgotten after an hour without an attempt', () => {
    fail(11)
    attempt('ada', 'failure')
    clock.advance(3599)
    attempt('ada', 'failure')
    assert.equal(attempt('ada', 'failure'), 60)
    clock.advance(3600)
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
  })

  it('hold for one name only', () => {
    fail(6)
    attempt('ada', 'failure')
    assert.equal(attempt('grace', 'failure'), 0)
  })

  it('are not moved by an attempt that got no verdict', () => {
    for (let time = 0; time < 50; time++) assert.equal(attempt('ada', 'no_verdict'), 0)
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
    clock.advance(1)
    assert.equal(attempt('ada', 'no_verdict'), 0)
    assert.equal(attempt('ada', 'failure'), 0)
    assert.equal(attempt('ada', 'failure'), 2)
  })

  it('keep the delay of a failure that an older attempt without a verdict outlives', () => {
    fail(10)
    const waiting = delays.begin('ada')
    assert.ok(waiting.kind === 'allowed')
    clock.advance(60)
    assert.equal(attempt('ada', 'failure'), 0)
    waiting.settle('no_verdict')
    assert.equal(attempt('ada', 'failure'), 32)
  })

  it('count attempts that are still running', () => {
    const permits = Array.from({ length: 100 }, () => delays.begin('ada'))
    assert.equal(permits.filter(({ kind }) => kind === 'allowed').length, 6)
  })

  it('remember a bounded number of names', () => {
    fail(7)
    for (let name = 0; name < 10_000; name++) attempt(`name ${name}`, 'failure')
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
  })
})
