/** Rate limits counted in this process: fixed windows of a minute, bounded in memory. */
import type { RateLimitPolicy } from '../events/catalogue.ts'
import type { Clock, Instant } from '../shared/clock.ts'
import type { LimitDecision, RateLimiter } from './limiter.ts'

const windowMilliseconds = 60_000

/**
 * Keys remembered per policy and window. Beyond it new keys share one overflow counter, so that a flood of addresses
 * cannot exhaust memory; it is large enough that honest traffic never gets there.
 */
const maxKeys = 100_000

interface Window {
  startedAt: Instant
  counts: Map<string, number>
}

export function createMemoryRateLimiter(clock: Clock): RateLimiter {
  const windows = new Map<RateLimitPolicy, Window>()

  const currentWindow = (policy: RateLimitPolicy, now: Instant): Window => {
    const existing = windows.get(policy)
    if (
      existing !== undefined &&
      now - existing.startedAt < windowMilliseconds &&
      now >= existing.startedAt
    ) {
      return existing
    }
    const fresh = { startedAt: now, counts: new Map<string, number>() }
    windows.set(policy, fresh)
    return fresh
  }
  const decide = (window: Window, count: number, limit: number, now: Instant): LimitDecision => ({
    allowed: count <= limit,
    limit,
    remaining: Math.max(0, limit - count),
    resetSeconds: Math.max(1, Math.ceil((window.startedAt + windowMilliseconds - now) / 1000)),
  })

  return {
    take(policy, key, limitPerMinute) {
      const now = clock.now()
      const window = currentWindow(policy, now)
      const bucket = window.counts.size >= maxKeys && !window.counts.has(key) ? '' : key
      const count = (window.counts.get(bucket) ?? 0) + 1
      window.counts.set(bucket, count)
      return decide(window, count, limitPerMinute, now)
    },
    giveBack(policy, key) {
      // What was counted in a window that is over since, or under the overflow counter, has nothing to come back from.
      const { counts } = currentWindow(policy, clock.now())
      const count = counts.get(key) ?? 0
      if (count > 1) counts.set(key, count - 1)
      else counts.delete(key)
    },
  }
}
