import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import type { Account } from '../accounts/account.ts'
import { loadConfig } from '../config/load.ts'
import type { DomainEvent, RequestContext } from '../events/catalogue.ts'
import { createMemoryRateLimiter } from '../limits/memory.ts'
import { createPageLimits, type PageLimits } from './page-limits.ts'

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
    assert.deepEqual(await limits.logIn(from('192.0.2.1')), { kind: 'throttled', retryAfterSeconds: 40 })
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

  const tries = async (limits: PageLimits, account: string, ip: string) =>
    (await limits.tryUserCode(person(account), from(ip))).kind

  it('throttle user codes per address, whoever tries them', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '3' })
    for (let time = 0; time < 3; time++)
      assert.equal(await tries(limits, `account ${time}`, '192.0.2.1'), 'allowed')
    assert.equal(await tries(limits, 'account 3', '192.0.2.1'), 'throttled')
    assert.deepEqual(policies(), ['device_verify'])
  })

  it('throttle user codes per account, wherever they are tried', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '3' })
    for (let time = 0; time < 3; time++)
      assert.equal(await tries(limits, 'ada', `192.0.2.${time}`), 'allowed')
    assert.equal(await tries(limits, 'ada', '192.0.2.9'), 'throttled')
    assert.deepEqual(policies(), ['device_verify'])
  })

  it('throttle user codes in total, not counting tries that were throttled already', async () => {
    const { clock, limits, policies } = start({
      DEVICE_VERIFY_RATE_LIMIT: '1',
      DEVICE_VERIFY_FAILURE_LIMIT: '5',
    })
    for (let time = 0; time < 5; time++) {
      assert.equal(await tries(limits, `guesser ${time}`, `198.51.100.${time}`), 'allowed')
      assert.equal(await tries(limits, `guesser ${time}`, `198.51.100.${time}`), 'throttled')
    }
    assert.equal(await tries(limits, 'another', '203.0.113.1'), 'throttled')
    assert.deepEqual(policies(), [...Array(5).fill('device_verify'), 'device_verify_failures'])
    clock.advance(60)
    assert.equal(await tries(limits, 'another', '203.0.113.1'), 'allowed')
  })

  it('let nobody who is throttled use up the tries of others, or more of their own', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '3', DEVICE_VERIFY_FAILURE_LIMIT: '4' })
    for (let time = 0; time < 3; time++) assert.equal(await tries(limits, 'ada', '198.51.100.1'), 'allowed')
    for (let time = 0; time < 9; time++) assert.equal(await tries(limits, 'ada', '192.0.2.1'), 'throttled')
    assert.equal(await tries(limits, 'bob', '192.0.2.1'), 'allowed', 'the same address, another account')
    // Now everybody together is stopped, and stays it for that reason alone.
    for (let time = 0; time < 9; time++) assert.equal(await tries(limits, 'eve', '203.0.113.1'), 'throttled')
    assert.deepEqual(policies().slice(9), Array(9).fill('device_verify_failures'))
  })

  it('do not count codes that were right', async () => {
    const { limits, policies } = start({ DEVICE_VERIFY_RATE_LIMIT: '2', DEVICE_VERIFY_FAILURE_LIMIT: '2' })
    for (let time = 0; time < 50; time++) {
      const attempt = await limits.tryUserCode(person('ada'), from('192.0.2.1'))
      assert.ok(attempt.kind === 'allowed')
      await attempt.codeWasRight()
    }
    assert.deepEqual(policies(), [])
  })

  it('count codes that are tried in parallel', async () => {
    const { limits } = start({ DEVICE_VERIFY_RATE_LIMIT: '10' })
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => tries(limits, 'ada', '192.0.2.1')))
    assert.equal(outcomes.filter((kind) => kind === 'allowed').length, 10)
  })

  it('per address stop when switched off; per account and in total they stay', async () => {
    const { limits, policies } = start({
      ENABLE_RATE_LIMIT: 'false',
      LOGIN_RATE_LIMIT: '1',
      DEVICE_VERIFY_RATE_LIMIT: '2',
      DEVICE_VERIFY_FAILURE_LIMIT: '20',
    })
    for (let time = 0; time < 20; time++) assert.equal(await limits.logIn(from('192.0.2.1')), undefined)
    for (let time = 0; time < 19; time++)
      assert.equal(await tries(limits, `account ${time}`, '192.0.2.1'), 'allowed')
    assert.equal(await tries(limits, 'account 0', '192.0.2.1'), 'allowed')
    assert.equal(await tries(limits, 'account 0', '192.0.2.1'), 'throttled')
    assert.equal(await tries(limits, 'account 20', '192.0.2.1'), 'throttled')
    assert.deepEqual(policies(), ['device_verify', 'device_verify_failures'])
  })
})
