/** Port: how often something may happen. Each policy has counters of its own. */
import type { RateLimitPolicy } from '../events/catalogue.ts'

export interface LimitDecision {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window starts anew, rounded up, at least 1. */
  readonly resetSeconds: number
}

export interface RateLimiter {
  /** Counts one occurrence against `limitPerMinute` in a fixed window of a minute and says whether it may go on. */
  take(policy: RateLimitPolicy, key: string, limitPerMinute: number): LimitDecision | Promise<LimitDecision>
  /**
   * Takes one occurrence back, for limits on what fails: counted before it is tried, so that tries in parallel all
   * count, and given back when it succeeds.
   */
  giveBack(policy: RateLimitPolicy, key: string): void | Promise<void>
}
