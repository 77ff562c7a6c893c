/** Limits that replicas share through a real Redis, and what becomes of them when it goes away. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createCertificate } from '../support/certificate.ts'
import { createRedis, type Redis, skipWithoutRedis } from '../support/redis.ts'
import { startServerProcess } from '../support/server-process.ts'
import { drivers, Metrics, startTestApp, type TestApp } from '../support/test-app.ts'

const countedAlone = 'authgate_rate_limits_counted_alone_total'

for (const { driver, skip } of drivers) {
  describe(`limits that replicas share, on ${driver}`, {
    skip: skipWithoutRedis || skip,
    timeout: 60_000,
  }, () => {
    let redis: Redis
    let one: TestApp
    let other: TestApp
    before(async () => {
      redis = await createRedis()
      await redis.start()
      const environment = {
        ENABLE_RATE_LIMIT: 'true',
        DEVICE_CODE_RATE_LIMIT: '3',
        RATE_LIMIT_STORE: 'redis',
        REDIS_ADDR: redis.address,
        REDIS_PASSWORD: redis.password,
        REDIS_DB: '3',
      }
      one = await startTestApp({ driver, environment })
      other = await startTestApp({ driver, environment, sharing: one })
      await connected()
    })
    after(async () => {
      await other?.close()
      await one?.close()
      await redis?.stop()
    })

    const ask = async (app: TestApp, ip: string): Promise<number> =>
      (
        await app.request({
          method: 'POST',
          url: '/oauth/device/code',
          payload: `client_id=${app.clientId}&scope=read`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          remoteAddress: ip,
        })
      ).statusCode
    /** Until a request is counted in Redis by each. */
    const connected = async (): Promise<void> => {
      for (const [index, app] of [one, other].entries()) {
        for (let turn = 0; ; turn++) {
          app.clock.advance(1)
          const before = (await app.metrics()).get(countedAlone)
          await ask(app, `198.51.100.${index * 100 + turn}`)
          if ((await app.metrics()).get(countedAlone) === before) break
          assert.ok(turn < 90, 'Redis was never asked')
          await wait(50)
        }
      }
    }

    it('count together, whoever is asked', async () => {
      assert.deepEqual(
        [await ask(one, '203.0.113.1'), await ask(other, '203.0.113.1'), await ask(one, '203.0.113.1')],
        [200, 200, 200],
      )
      assert.equal(await ask(other, '203.0.113.1'), 429)
      assert.equal(await ask(one, '203.0.113.1'), 429)
      assert.equal(await ask(other, '203.0.113.2'), 200)
    })

    it('leave counters that name nobody and expire within a minute', async () => {
      await ask(one, '203.0.113.9')
      const keys = (await redis.command('SELECT 3\r\nKEYS *')).match(/authgate:limit:\S+/g) ?? []
      assert.ok(keys.length > 0)
      for (const key of keys) {
        assert.match(key, /^authgate:limit:device_code:[\w-]{43}$/)
        const left = Number(/:(-?\d+)\r\n\+OK\r\n$/.exec(await redis.command(`SELECT 3\r\nPTTL ${key}`))?.[1])
        assert.ok(left > 0 && left <= 60_000, `${key} lives for ${left} ms`)
      }
    })

    it('are counted once each under parallel requests to both', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => ask(turn % 2 === 0 ? one : other, '203.0.113.3')),
      )
      assert.equal(statuses.filter((status) => status === 200).length, 3)
    })

    it('hold on each replica alone while Redis hangs, and together again after it', async () => {
      const before = await one.metrics()
      redis.freeze()
      const began = performance.now()
      assert.equal(await ask(one, '203.0.113.4'), 200)
      assert.ok(performance.now() - began < 5000, 'nobody waits for a Redis that hangs')
      for (let turn = 0; turn < 2; turn++) assert.equal(await ask(one, '203.0.113.4'), 200)
      assert.equal(await ask(one, '203.0.113.4'), 429)
      assert.equal(await ask(other, '203.0.113.4'), 200)
      assert.deepEqual((await one.metrics()).since(before, [countedAlone]), { [countedAlone]: 4 })
      redis.thaw()
      await connected()
      assert.equal(await ask(other, '203.0.113.5'), 200)
      for (let turn = 0; turn < 2; turn++) assert.equal(await ask(one, '203.0.113.5'), 200)
      assert.equal(await ask(other, '203.0.113.5'), 429)
    })

    it('survive a Redis that ends and comes back, with no request refused for it', async () => {
      await redis.stop()
      for (const app of [one, other]) {
        app.clock.advance(1)
        for (let turn = 0; turn < 3; turn++) assert.equal(await ask(app, '203.0.113.6'), 200)
        assert.equal(await ask(app, '203.0.113.6'), 429)
      }
      assert.equal((await one.get('/readyz')).status, 200)
      await redis.start()
      await connected()
      for (let turn = 0; turn < 3; turn++) assert.equal(await ask(one, '203.0.113.8'), 200)
      assert.equal(await ask(other, '203.0.113.8'), 429)
    })

    it('do not hold up a start while there is no Redis', async () => {
      const alone = await startTestApp({
        driver,
        environment: {
          ENABLE_RATE_LIMIT: 'true',
          DEVICE_CODE_RATE_LIMIT: '1',
          RATE_LIMIT_STORE: 'redis',
          REDIS_ADDR: '127.0.0.1:9',
        },
      })
      try {
        assert.equal(await ask(alone, '203.0.113.1'), 200)
        assert.equal(await ask(alone, '203.0.113.1'), 429)
      } finally {
        await alone.close()
      }
    })
  })
}

describe('limits in a Redis with TLS', { skip: skipWithoutRedis, timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-redis-tls-'))
  const certFile = join(folder, 'redis.crt')
  const keyFile = join(folder, 'redis.key')
  let redis: Redis
  before(async () => {
    const { cert, key } = createCertificate(['localhost'])
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    redis = await createRedis({ certFile, keyFile })
    await redis.start()
  })
  after(async () => {
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** @returns how much was counted alone once the server has had time to connect, of one request more. */
  const alone = async (environment: Record<string, string>): Promise<number> => {
    const server = await startServerProcess({
      METRICS_ENABLED: 'true',
      RATE_LIMIT_STORE: 'redis',
      REDIS_ADDR: redis.tlsAddress!,
      REDIS_PASSWORD: redis.password,
      REDIS_TLS: 'true',
      LOG_LEVEL: 'error',
      ...environment,
    })
    try {
      const body = new URLSearchParams({ client_id: server.clientId, scope: 'read' })
      const ask = async (): Promise<number> => {
        const { status } = await fetch(`${server.url}/oauth/device/code`, { method: 'POST', body })
        assert.equal(status, 200)
        return new Metrics(await (await fetch(`${server.url}/metrics`)).text()).get(countedAlone)
      }
      await ask()
      await wait(1500)
      const before = await ask()
      return (await ask()) - before
    } finally {
      await server.stop()
    }
  }

  it('are counted there by a server that trusts its certificate', async () => {
    assert.equal(await alone({ NODE_EXTRA_CA_CERTS: certFile }), 0)
    assert.match(await redis.command('KEYS *'), /authgate:limit:device_code:/)
  })

  it('are counted alone by one that does not', async () => {
    await redis.command('FLUSHALL')
    assert.equal(await alone({}), 1)
    assert.doesNotMatch(await redis.command('KEYS *'), /authgate:limit:/)
  })
})
