/**
 * Rate limits counted in Redis, for all replicas together: one counter per policy and key, which expires a minute after
 * its first occurrence. Redis holds no names: keys are digests.
 *
 * Limits are no reason to refuse anybody service. While Redis does not answer, each replica counts for itself.
 */
import { createHash } from 'node:crypto'
import type { RateLimitPolicy } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { LimitDecision, RateLimiter } from './limiter.ts'

const windowMilliseconds = 60_000
/** A request waits no longer for its counter. */
const answerMilliseconds = 250
/** After a failure Redis is left alone this long, so that not every request waits for it. */
const restSeconds = 1

/** Counts one and says what the counter stands at and how long it lives; both in one step, so that none lives for ever. */
export const takeScript = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { count, left }`

/** Takes one back, of a counter that is there and above 0. */
export const giveBackScript = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count > 0 then redis.call('DECR', KEYS[1]) end
return count`

/** What is wanted of Redis. */
export interface RedisScripts {
  /** Whether it is connected. */
  readonly ready: boolean
  /** @returns the count and the milliseconds that are left to it. */
  take(key: string, windowMilliseconds: number): Promise<readonly [number, number]>
  giveBack(key: string): Promise<unknown>
}

/** Told of the changes between counting together and counting alone, and of what was counted alone. */
export interface SharedLimitObserver {
  failed(error: unknown): void
  recovered(): void
  countedAlone(): void
}

/** @param fallback counts while Redis does not answer. */
export function createRedisRateLimiter(dependencies: {
  redis: RedisScripts
  fallback: RateLimiter
  clock: Clock
  observer: SharedLimitObserver
}): RateLimiter {
  const { redis, fallback, clock, observer } = dependencies
  let failing = false
  let restsUntil = 0

  const fail = (error: unknown): void => {
    restsUntil = clock.monotonicSeconds() + restSeconds
    if (!failing) observer.failed(error)
    failing = true
  }
  /** @returns `undefined` when Redis does not answer. */
  const asked = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    if (clock.monotonicSeconds() < restsUntil) return undefined
    try {
      if (!redis.ready) throw new Error('Redis is not connected')
      const answer = await inTime(ask())
      if (failing) observer.recovered()
      failing = false
      return answer
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  return {
    async take(policy, key, limitPerMinute): Promise<LimitDecision> {
      const answer = await asked(() => redis.take(counterOf(policy, key), windowMilliseconds))
      if (answer === undefined) {
        observer.countedAlone()
        return fallback.take(policy, key, limitPerMinute)
      }
      const [count, left] = answer
      return {
        allowed: count <= limitPerMinute,
        limit: limitPerMinute,
        remaining: Math.max(0, limitPerMinute - count),
        resetSeconds: Math.max(1, Math.ceil(left / 1000)),
      }
    },
    async giveBack(policy, key) {
      // What was counted elsewhere a moment before, when Redis came or went in between, stays until its minute is over.
      const answer = await asked(() => redis.giveBack(counterOf(policy, key)))
      if (answer === undefined) await fallback.giveBack(policy, key)
    },
  }
}

function counterOf(policy: RateLimitPolicy, key: string): string {
  return `authgate:limit:${policy}:${createHash('sha256').update(key).digest('base64url')}`
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Redis did not answer within ${answerMilliseconds} ms`)),
      answerMilliseconds,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
