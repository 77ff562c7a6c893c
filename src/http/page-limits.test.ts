import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import type { Account } from '../accounts/account.ts'
import { loadConfig } from '../config/load.ts'
import type { DomainEvent, RequestContext } from '../events/catalogue.ts'
import { createMemoryRateLimiter } from '../limits/memory.ts'
import { createPageLimits } from './page-limits.ts'

const from = (ip: string): RequestContext => ({ requestId: '', ip, userAgent: '', method: 'POST', path: '/' })
const person = (id: string) => ({ id, username: id }) as Account

function start(environment: Record<string, string> = {}) {
  const clock = createManualClock()
  const events: DomainEvent[] = []
  const limits = createPageLimits({
    limiter: createMemoryRateLimiter(clock),
    publisher: { publish: (event) => void events.push(event) },
    clock,
    settings: loadConfig(environment).config.limits,
  })
  const policies = () => events.map((event) => event.type === 'rate_limit.exceeded' && event.policy)
  return { clock, limits, policies }
}

describe('page limits', () => {
  it('let an address try to sign in so often per minute', async () => {
    const { clock, limits, policies } = start({ LOGIN_RATE_LIMIT: '3' })
    for (let time = 0; time < 3; time++) assert.equal(await limits.logIn(from('192.0.2.1')), undefined)
    clock.advance(20)
    assert.deepEqual(await limits.logIn(from('192.0.2.1')), { retryAfterSeconds: 40 })
    assert.equal(await limits.logIn(from('192.0.2.2')), undefined)
    assert.deepEqual(policies(), ['login'])
    clock.advance(40)
    assert.equal(await limits.logIn(from('192.0.2.1')), undefined)
  })

  it('count an IPv6 network as one address', async () => {
    const { limits } = start({ LOGIN_RATE_LIMIT: '1' })
    assert.equal(await limits.logIn(from('2001:db8::1')), undefined)
    assert.notEqual(await limits.logIn(from('2001:db8::2')), undefined)
    assert.equal(await limits.logIn(from('2001:db8:0:1::1')), undefined)
  })

  it('throttle user codes per address, whoever tries them', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '3' })
    for (let time = 0; time < 3; time++) {
      assert.equal(await limits.tryUserCode(person(`account ${time}`), from('192.0.2.1')), undefined)
    }
    assert.notEqual(await limits.tryUserCode(person('account 3'), from('192.0.2.1')), undefined)
    assert.deepEqual(policies(), ['device_verify'])
  })

  it('throttle user codes per account, wherever they are tried', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '3' })
    for (let time = 0; time < 3; time++) {
      assert.equal(await limits.tryUserCode(person('ada'), from(`192.0.2.${time}`)), undefined)
    }
    assert.notEqual(await limits.tryUserCode(person('ada'), from('192.0.2.9')), undefined)
    assert.deepEqual(policies(), ['device_verify'])
  })

  it('throttle wrong user codes in total', async () => {
    const { clock, limits, policies } = start({ DEVICE_VERIFY_FAILURE_LIMIT: '5' })
    for (let time = 0; time < 50; time++) {
      assert.equal(await limits.tryUserCode(person(`right ${time}`), from(`192.0.2.${time}`)), undefined)
    }
    for (let time = 0; time < 5; time++) {
      assert.equal(await limits.tryUserCode(person(`wrong ${time}`), from(`198.51.100.${time}`)), undefined)
      await limits.noteWrongUserCode()
    }
    assert.notEqual(await limits.tryUserCode(person('another'), from('203.0.113.1')), undefined)
    assert.deepEqual(policies(), ['device_verify_failures'])
    clock.advance(60)
    assert.equal(await limits.tryUserCode(person('another'), from('203.0.113.1')), undefined)
  })

  it('per address stop when switched off; per account and in total they stay', async () => {
    const { limits } = start({
      ENABLE_RATE_LIMIT: 'false',
      LOGIN_RATE_LIMIT: '1',
      DEVICE_VERIFY_RATE_LIMIT: '2',
      DEVICE_VERIFY_FAILURE_LIMIT: '1',
    })
    for (let time = 0; time < 20; time++) assert.equal(await limits.logIn(from('192.0.2.1')), undefined)
    for (let time = 0; time < 20; time++) {
      assert.equal(await limits.tryUserCode(person(`account ${time}`), from('192.0.2.1')), undefined)
    }
    assert.equal(await limits.tryUserCode(person('account 0'), from('192.0.2.1')), undefined)
    assert.notEqual(await limits.tryUserCode(person('account 0'), from('192.0.2.1')), undefined)
    await limits.noteWrongUserCode()
    assert.notEqual(await limits.tryUserCode(person('other'), from('192.0.2.1')), undefined)
  })
})
