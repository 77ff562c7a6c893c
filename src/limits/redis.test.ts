import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import type { RateLimiter } from './limiter.ts'
import { createMemoryRateLimiter } from './memory.ts'
import { createRedisRateLimiter, type RedisScripts } from './redis.ts'

describe('rate limits in Redis', () => {
  let clock: ManualClock
  let redis: { -readonly [name in keyof RedisScripts]: RedisScripts[name] }
  let asked: string[]
  let told: string[]
  let limiter: RateLimiter

  beforeEach(() => {
    clock = createManualClock()
    asked = []
    told = []
    redis = {
      ready: true,
      take: async (key) => {
        asked.push(key)
        return [3, 4001]
      },
      giveBack: async (key) => {
        asked.push(`back ${key}`)
      },
    }
    limiter = createRedisRateLimiter({
      redis,
      fallback: createMemoryRateLimiter(clock),
      clock,
      observer: {
        failed: (error) => void told.push(`failed: ${(error as Error).message}`),
        recovered: () => void told.push('recovered'),
        countedAlone: () => void told.push('alone'),
      },
    })
  })

  it('say what the counter there stands at', async () => {
    assert.deepEqual(await limiter.take('login', 'a', 3), {
      allowed: true,
      limit: 3,
      remaining: 0,
      resetSeconds: 5,
    })
    assert.deepEqual(await limiter.take('login', 'a', 2), {
      allowed: false,
      limit: 2,
      remaining: 0,
      resetSeconds: 5,
    })
    assert.deepEqual(told, [])
  })

  it('have a counter for each policy and key, which names nobody', async () => {
    await limiter.take('login', 'address 203.0.113.7', 3)
    await limiter.take('token', 'address 203.0.113.7', 3)
    await limiter.take('login', 'address 203.0.113.8', 3)
    await limiter.giveBack('login', 'address 203.0.113.7')
    assert.equal(new Set(asked).size, 4)
    assert.equal(asked[3], `back ${asked[0]}`)
    for (const key of asked) assert.doesNotMatch(key, /203/)
  })

  it('are counted here while Redis fails, which is told once, and leave it alone for a second', async () => {
    let tried = 0
    redis.take = async () => {
      tried++
      throw new Error('READONLY')
    }
    assert.equal((await limiter.take('login', 'a', 1)).allowed, true)
    assert.equal((await limiter.take('login', 'a', 1)).allowed, false)
    assert.equal(tried, 1)
    clock.advance(1)
    await limiter.take('login', 'b', 1)
    assert.equal(tried, 2)
    assert.deepEqual(told, ['failed: READONLY', 'alone', 'alone', 'alone'])
  })

  it('go back to Redis when it answers again', async () => {
    redis.ready = false
    await limiter.take('login', 'a', 1)
    redis.ready = true
    await limiter.take('login', 'a', 9)
    clock.advance(1)
    assert.equal((await limiter.take('login', 'a', 9)).remaining, 6)
    await limiter.take('login', 'a', 9)
    assert.deepEqual(told, ['failed: Redis is not connected', 'alone', 'alone', 'recovered'])
  })

  it('wait for no answer that does not come', { timeout: 5000 }, async () => {
    redis.take = () => new Promise(() => undefined)
    assert.equal((await limiter.take('login', 'a', 1)).allowed, true)
    assert.deepEqual(told, ['failed: Redis did not answer within 250 ms', 'alone'])
  })

  it('are given back here while Redis fails', async () => {
    redis.ready = false
    await limiter.take('device_verify', 'a', 1)
    await limiter.giveBack('device_verify', 'a')
    assert.equal((await limiter.take('device_verify', 'a', 1)).allowed, true)
    assert.deepEqual(asked, [])
  })
})
