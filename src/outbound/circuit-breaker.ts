/**
 * A circuit breaker: a party that failed several times in a row is left alone for a while, so that nobody waits for it
 * in vain and it can get up again. Then one request goes out to see; its success closes the circuit.
 */
import type { Clock } from '../shared/clock.ts'

export interface CircuitBreaker {
  /** @returns `undefined` while the party is left alone, else where the outcome is to be reported, once. */
  enter(): ((outcome: 'success' | 'failure') => void) | undefined
}

const failuresInARow = 5
const openSeconds = 15

export function createCircuitBreaker(clock: Pick<Clock, 'monotonicSeconds'>): CircuitBreaker {
  let failures = 0
  let openedAt: number | undefined
  let probing = false
  return {
    enter() {
      const isProbe = openedAt !== undefined
      if (openedAt !== undefined) {
        if (probing || clock.monotonicSeconds() - openedAt < openSeconds) return undefined
        probing = true
      }
      return (outcome) => {
        if (isProbe) probing = false
        if (outcome === 'success') {
          failures = 0
          openedAt = undefined
          return
        }
        failures++
        if (isProbe || failures >= failuresInARow) openedAt = clock.monotonicSeconds()
      }
    },
  }
}
