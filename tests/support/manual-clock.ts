/** A clock that stands still until a test moves it. */
import { type Clock, type Instant, instant } from '../../src/shared/clock.ts'

export interface ManualClock extends Clock {
  /** Moves wall-clock and monotonic time together. */
  advance(seconds: number): void
}

/** An ordinary morning, far from any boundary of the calendar. */
const ordinaryStart = instant(Date.UTC(2026, 2, 4, 9, 30))

export function createManualClock(start: Instant = ordinaryStart): ManualClock {
  let elapsedSeconds = 0
  return {
    now: () => instant(start + Math.round(elapsedSeconds * 1000)),
    monotonicSeconds: () => elapsedSeconds,
    advance(seconds) {
      elapsedSeconds += seconds
    },
  }
}
