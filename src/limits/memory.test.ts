import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import type { RateLimiter } from './limiter.ts'
import { createMemoryRateLimiter } from './memory.ts'

describe('rate limits in memory', () => {
  let clock: ManualClock
  let limiter: RateLimiter
  beforeEach(() => {
    clock = createManualClock()
    limiter = createMemoryRateLimiter(clock)
  })

  it('allow so much a minute, and start anew after it', async () => {
    assert.deepEqual(await limiter.take('login', 'a', 2), {
      allowed: true,
      limit: 2,
      remaining: 1,
      resetSeconds: 60,
    })
    clock.advance(59.5)
    assert.equal((await limiter.take('login', 'a', 2)).allowed, true)
    assert.deepEqual(await limiter.take('login', 'a', 2), {
      allowed: false,
      limit: 2,
      remaining: 0,
      resetSeconds: 1,
    })
    clock.advance(0.5)
    assert.equal((await limiter.take('login', 'a', 2)).allowed, true)
  })

  it('count keys and policies apart', async () => {
    await limiter.take('login', 'a', 1)
    assert.equal((await limiter.take('login', 'b', 1)).allowed, true)
    assert.equal((await limiter.take('token', 'a', 1)).allowed, true)
    assert.equal((await limiter.take('login', 'a', 1)).allowed, false)
  })

  it('take back what succeeded, once, and nothing else', async () => {
    await limiter.take('device_verify', 'a', 2)
    await limiter.take('device_verify', 'a', 2)
    await limiter.giveBack('device_verify', 'a')
    assert.equal((await limiter.take('device_verify', 'a', 2)).remaining, 0)
    for (let time = 0; time < 5; time++) await limiter.giveBack('device_verify', 'a')
    await limiter.giveBack('device_verify', 'unknown')
    assert.equal((await limiter.take('device_verify', 'a', 2)).remaining, 1)
  })

  it('count a flood of keys together instead of remembering all', async () => {
    for (let key = 0; key < 100_000; key++) limiter.take('login', `key ${key}`, 5)
    for (let key = 0; key < 5; key++)
      assert.equal((await limiter.take('login', `new ${key}`, 5)).allowed, true)
    assert.equal((await limiter.take('login', 'one more', 5)).allowed, false)
    assert.equal((await limiter.take('login', 'key 7', 5)).allowed, true)
  })
})
