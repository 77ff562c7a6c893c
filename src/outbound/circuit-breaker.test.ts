import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'

describe('a circuit breaker', () => {
  const opened = () => {
    const clock = createManualClock()
    const breaker = createCircuitBreaker(clock)
    for (let failure = 1; failure <= 5; failure++) breaker.enter()!('failure')
    return { clock, breaker }
  }

  it('opens after five failures in a row, and not before', () => {
    const breaker = createCircuitBreaker(createManualClock())
    for (const outcome of ['failure', 'failure', 'failure', 'failure', 'success', 'failure'] as const) {
      breaker.enter()!(outcome)
    }
    assert.notEqual(breaker.enter(), undefined)
    assert.equal(opened().breaker.enter(), undefined)
  })

  it('lets one look after fifteen seconds, and closes when it succeeds', () => {
    const { clock, breaker } = opened()
    clock.advance(14.9)
    assert.equal(breaker.enter(), undefined)
    clock.advance(0.1)
    const probe = breaker.enter()!
    assert.equal(breaker.enter(), undefined, 'only one at a time')
    probe('success')
    breaker.enter()!('failure')
    assert.notEqual(breaker.enter(), undefined)
  })

  it('stays open when that look fails', () => {
    const { clock, breaker } = opened()
    clock.advance(15)
    breaker.enter()!('failure')
    assert.equal(breaker.enter(), undefined)
    clock.advance(15)
    assert.notEqual(breaker.enter(), undefined)
  })
})
