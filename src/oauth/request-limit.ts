/** A rate limit in the voice of the protocol endpoints: an OAuth error with `Retry-After` (RFC 6585 §4). */
import type { Publisher } from '../events/bus.ts'
import type { Actor, RateLimitPolicy, RequestContext } from '../events/catalogue.ts'
import type { LimitDecision, RateLimiter } from '../limits/limiter.ts'
import type { Clock } from '../shared/clock.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'

export interface RequestLimit {
  /**
   * Counts one occurrence of `key`; a promise only where the counters are elsewhere.
   * @throws {OAuthError} rate_limit_exceeded
   */
  take(key: string, context: RequestContext, actor?: Actor): Promise<void> | undefined
  /** Takes one occurrence of `key` back: what was counted before it was tried, and then went well. */
  giveBack(key: string): void | Promise<void>
}

export function createRequestLimit(dependencies: {
  limiter: RateLimiter
  publisher: Publisher
  clock: Clock
  policy: RateLimitPolicy
  /** `undefined` turns the limit off. */
  limitPerMinute: number | undefined
}): RequestLimit {
  const { limiter, publisher, clock, policy, limitPerMinute } = dependencies
  return {
    take(key, context, actor = { type: 'anonymous' }) {
      if (limitPerMinute === undefined) return undefined
      const settle = (decision: LimitDecision): undefined => {
        if (decision.allowed) return undefined
        publisher.publish({
          type: 'rate_limit.exceeded',
          at: clock.now(),
          actor,
          request: context,
          policy,
          limitPerMinute,
        })
        throw new OAuthError(compatibility.rateLimitError, {
          description: 'too many requests; try again later',
          headers: { 'retry-after': String(decision.resetSeconds) },
        })
      }
      const decision = limiter.take(policy, key, limitPerMinute)
      return decision instanceof Promise ? decision.then(settle) : settle(decision)
    },
    giveBack: (key) => (limitPerMinute === undefined ? undefined : limiter.giveBack(policy, key)),
  }
}
