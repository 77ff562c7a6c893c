import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import { type AttemptDelays, type AttemptOrigin, createAttemptDelays, delayAfter } from './attempt-delays.ts'

describe('delays between sign-in attempts', () => {
  let clock: ManualClock
  let delays: AttemptDelays

  beforeEach(() => {
    clock = createManualClock()
    delays = createAttemptDelays(clock)
  })

  const origin = { ip: '192.0.2.10' }
  function attempt(
    username: string,
    outcome: 'success' | 'failure' | 'no_verdict',
    from: AttemptOrigin = origin,
  ): number {
    const permit = delays.begin(username, from)
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
    const waiting = delays.begin('ada', origin)
    assert.ok(waiting.kind === 'allowed')
    clock.advance(60)
    assert.equal(attempt('ada', 'failure'), 0)
    waiting.settle('no_verdict')
    assert.equal(attempt('ada', 'failure'), 32)
  })

  it('count attempts that are still running', () => {
    const permits = Array.from({ length: 100 }, () => delays.begin('ada', origin))
    assert.equal(permits.filter(({ kind }) => kind === 'allowed').length, 6)
  })

  it('remember a bounded number of names', () => {
    fail(7)
    for (let name = 0; name < 10_000; name++) attempt(`name ${name}`, 'failure')
    for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure'), 0)
  })

  describe('from several places', () => {
    const guesser = { ip: '203.0.113.66' }

    it('slow the address down that guesses, and nobody else', () => {
      for (let time = 0; time < 12; time++) {
        attempt('ada', 'failure', guesser)
        clock.advance(60)
      }
      attempt('ada', 'failure', guesser)
      assert.equal(attempt('ada', 'failure', guesser), 60)
      assert.equal(attempt('ada', 'success', { ip: '198.51.100.1' }), 0)
      // The success elsewhere gives the guesser nothing back.
      assert.equal(attempt('ada', 'failure', guesser), 60)
    })

    it('never make one address hold a name for all others, however long it guesses', () => {
      for (let second = 0; second < 6 * 3600; second++) {
        attempt('ada', 'failure', guesser)
        clock.advance(1)
      }
      assert.equal(attempt('ada', 'success', { ip: '198.51.100.1' }), 0)
    })

    it('count the addresses of one IPv6 network as one', () => {
      for (let host = 0; host < 6; host++) attempt('ada', 'failure', { ip: `2001:db8:1:2::${host}` })
      assert.equal(attempt('ada', 'failure', { ip: '2001:db8:1:2::ffff' }), 1)
    })

    it('hold many addresses to one failure a minute together', () => {
      const from = (number: number) => ({ ip: `198.51.100.${number}` })
      let tried = 0
      for (let number = 0; number < 200; number++) if (attempt('ada', 'failure', from(number)) === 0) tried++
      assert.equal(tried, 30)
      for (let second = 0; second < 3600; second++) {
        if (attempt('ada', 'failure', from(second % 250)) === 0) tried++
        clock.advance(1)
      }
      assert.ok(tried <= 30 + 61, `${tried} guesses in an hour`)
      assert.ok(attempt('ada', 'failure', from(251)) <= 60)
    })

    it('never hold a browser that this person signed in with before', () => {
      const home = { ip: '192.0.2.10', knownBrowser: 'browser-1' }
      for (let number = 0; number < 200; number++) {
        attempt('ada', 'failure', { ip: `198.51.100.${number}` })
        attempt('ada', 'failure', { ip: home.ip })
      }
      assert.equal(attempt('ada', 'failure', { ip: home.ip }) > 0, true)
      assert.equal(attempt('ada', 'success', home), 0)
    })

    it('hold such a browser to its own failures', () => {
      const home = { ip: '192.0.2.10', knownBrowser: 'browser-1' }
      for (let time = 0; time < 6; time++) assert.equal(attempt('ada', 'failure', home), 0)
      assert.equal(attempt('ada', 'failure', { ...home, ip: '192.0.2.11' }), 1)
      assert.equal(attempt('ada', 'failure', { ip: home.ip }), 0)
    })
  })
})
