/** The life of signing keys as verifiers see it: published before use, kept as long as their tokens, never a gap. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { instant } from '../../src/shared/clock.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { machineToken } from '../support/oauth-client.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const hour = 3600
const day = 24 * hour

const jwksOf = async (server: TestApp): Promise<JSONWebKeySet> =>
  (await server.get('/.well-known/jwks.json')).body
const kidsOf = async (server: TestApp): Promise<string[]> =>
  (await jwksOf(server)).keys.map(({ kid }) => kid!).sort()
const kidOf = (token: string): string => decodeProtectedHeader(token).kid!
const verify = (token: string, jwks: JSONWebKeySet, server: TestApp) =>
  jwtVerify(token, createLocalJWKSet(jwks), {
    issuer: 'http://localhost:8080',
    typ: 'at+jwt',
    currentDate: new Date(server.clock.now()),
  })
/** What the timers of a running server do. */
const tick = async (...servers: TestApp[]): Promise<void> => {
  await Promise.all(servers.map((server) => server.app.runJob('rotate_signing_keys')))
  await Promise.all(servers.map((server) => server.app.runJob('reload_signing_keys')))
}

for (const { driver, skip } of drivers) {
  suite(`a rotation by the calendar on ${driver}`, { skip }, () => {
    let server: TestApp
    let basic: string
    before(async () => {
      server = await startTestApp({ driver })
      basic = (await server.confidentialClient()).basic
    })
    after(() => server.close())

    test('a key is published a day ahead, signs for 90 days, and stays until its last token has expired', async () => {
      await tick(server)
      const firstKids = await kidsOf(server)
      assert.equal(firstKids.length, 3)
      const firstKid = kidOf(await machineToken(server, basic))

      server.clock.advance(89 * day - 1)
      await tick(server)
      assert.deepEqual(await kidsOf(server), firstKids, 'nothing before its time')

      server.clock.advance(1)
      await tick(server)
      const published = await jwksOf(server)
      assert.equal(published.keys.length, 6, 'the next keys are published')
      for (const { alg } of published.keys) {
        assert.equal(published.keys.filter((key) => key.alg === alg).length, 2)
      }

      server.clock.advance(day - 1)
      await tick(server)
      const lastOfFirst = await machineToken(server, basic)
      assert.equal(kidOf(lastOfFirst), firstKid, 'a next key does not sign')

      server.clock.advance(1)
      await tick(server)
      const token = await machineToken(server, basic)
      assert.notEqual(kidOf(token), firstKid)
      assert.ok(!firstKids.includes(kidOf(token)))
      // Who fetched the set at any time within that day knows the key, and the set still has the one before.
      await verify(token, published, server)
      await verify(lastOfFirst, await jwksOf(server), server)

      // JWT_EXPIRATION_MAX and an hour later nothing it signed is alive.
      server.clock.advance(25 * hour - 1)
      await tick(server)
      assert.equal((await kidsOf(server)).length, 6)
      server.clock.advance(1)
      await tick(server)
      const kids = await kidsOf(server)
      assert.equal(kids.length, 3)
      assert.ok(firstKids.every((kid) => !kids.includes(kid)))
      assert.equal(server.app.signingKeys.findPublicKey(firstKid)?.kid, firstKid, 'still known, for hints')
      assert.ok(decodeJwt(lastOfFirst).exp! * 1000 < server.clock.now())
    })

    test('each step is announced once', async () => {
      await server.app.close()
      const records = await reopened(server, async (again) =>
        (await again.app.storage.read.audit.list({ limit: 200 })).filter(
          ({ resourceType }) => resourceType === 'KEY',
        ),
      )
      const counts: Record<string, number> = {}
      for (const { eventType, resourceId } of records) {
        counts[eventType] = (counts[eventType] ?? 0) + 1
        assert.equal(
          records.filter((other) => other.eventType === eventType && other.resourceId === resourceId).length,
          1,
        )
      }
      assert.deepEqual(counts, { SIGNING_KEY_CREATED: 6, SIGNING_KEY_ACTIVATED: 3, SIGNING_KEY_RETIRED: 3 })
    })
  })
}

async function reopened<T>(server: TestApp, look: (again: TestApp) => Promise<T>): Promise<T> {
  const again = await startTestApp({ driver: server.app.storage.driver, sharing: server })
  try {
    return await look(again)
  } finally {
    await again.close()
  }
}

suite('keys under other settings', () => {
  test('without an interval keys stay', async (t) => {
    const server = await startTestApp({ environment: { SIGNING_KEY_ROTATION_INTERVAL: '0' } })
    t.after(() => server.close())
    const kids = await kidsOf(server)
    server.clock.advance(1000 * day)
    await tick(server)
    assert.deepEqual(await kidsOf(server), kids)
  })

  test('under HS256 the keys of ID tokens are there, published and rotated', async (t) => {
    const server = await startTestApp({
      environment: { JWT_SIGNING_ALGORITHM: 'HS256', JWT_SECRET: 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa' },
    })
    t.after(() => server.close())
    const { signingKeys } = server.app
    assert.equal(signingKeys.accessTokenSigner().algorithm, 'HS256')
    const kidsBefore = signingKeys.algorithms().map((algorithm) => signingKeys.signer(algorithm).kid!)
    assert.deepEqual(await kidsOf(server), kidsBefore.toSorted())
    server.clock.advance(89 * day)
    await tick(server)
    server.clock.advance(day)
    await tick(server)
    const kidsAfter = signingKeys.algorithms().map((algorithm) => signingKeys.signer(algorithm).kid!)
    assert.ok(kidsAfter.every((kid) => !kidsBefore.includes(kid)))
    assert.deepEqual(await kidsOf(server), [...kidsBefore, ...kidsAfter].sort())
  })
})

suite('two servers on one PostgreSQL database, whose clocks differ', { skip: skipWithoutPostgres }, () => {
  let first: TestApp
  let second: TestApp
  let basic: string
  before(async () => {
    first = await startTestApp({ driver: 'postgres' })
    const ahead = createManualClock(instant(first.clock.now() + 20_000))
    second = await startTestApp({ driver: 'postgres', sharing: first, clock: ahead })
    basic = (await first.confidentialClient()).basic
  })
  after(async () => {
    await second.close()
    await first.close()
  })
  const both = (): TestApp[] => [first, second]
  const advance = (seconds: number): void => {
    for (const { clock } of both()) clock.advance(seconds)
  }

  test('keys are made once, and neither signs with a key that the other does not publish', async () => {
    await tick(...both())
    advance(89 * day)
    for (let round = 0; round < 3; round++) await tick(...both())
    assert.deepEqual(await kidsOf(first), await kidsOf(second))
    assert.equal((await kidsOf(first)).length, 6)

    // Around the change, in steps shorter than what the clocks differ by, reloading at either one only.
    advance(day - 60)
    const signed = new Set<string>()
    for (let step = 0; step < 12; step++) {
      const [early, late] = step % 2 === 0 ? [first, second] : [second, first]
      await early.app.runJob('rotate_signing_keys')
      const tokens = await Promise.all(both().map((server) => machineToken(server, basic)))
      for (const server of both()) {
        const jwks = await jwksOf(server)
        for (const token of tokens) await verify(token, jwks, server)
      }
      for (const token of tokens) signed.add(kidOf(token))
      if (step % 3 === 0) await late.app.runJob('reload_signing_keys')
      advance(10)
    }
    await tick(...both())
    assert.equal(signed.size, 2)
    assert.deepEqual(
      both().map(({ app }) => app.signingKeys.accessTokenSigner().kid),
      Array.from({ length: 2 }, () => first.app.signingKeys.accessTokenSigner().kid),
    )
  })
})

for (const { driver, skip } of drivers) {
  suite(`rotation under load on ${driver}`, { skip }, () => {
    test('every token verifies against the set of every server, at each moment', async (t) => {
      const environment = {
        SIGNING_KEY_ROTATION_INTERVAL: '1h',
        SIGNING_KEY_PUBLISH_AHEAD: '10m',
        JWT_EXPIRATION: '5m',
        TOKEN_PROFILE_SHORT_ACCESS_TTL: '5m',
        TOKEN_PROFILE_LONG_ACCESS_TTL: '5m',
        JWT_EXPIRATION_MAX: '5m30s',
        CLIENT_CREDENTIALS_TOKEN_EXPIRATION: '5m',
      }
      const first = await startTestApp({ driver, environment })
      const second = await startTestApp({ driver, environment, sharing: first })
      t.after(async () => {
        await second.close()
        await first.close()
      })
      const servers = [first, second]
      const { basic } = await first.confidentialClient()
      const kids = new Set<string>()
      let verified = 0
      let done = false

      const caller = async (server: TestApp): Promise<void> => {
        while (!done) {
          const token = await machineToken(server, basic)
          kids.add(kidOf(token))
          for (const other of servers) {
            const jwks = await jwksOf(other)
            // The keys are what matters: hours pass between two requests here, and the token may be over.
            await jwtVerify(token, createLocalJWKSet(jwks), {
              currentDate: new Date(decodeJwt(token).iat! * 1000),
            })
            verified++
          }
        }
      }
      const callers = [first, second, first, second].map(caller)
      const finished = Promise.all(callers)
      for (let minute = 0; minute < 130; minute += 0.5) {
        // Jobs at their pace; requests come in between, wherever these wait.
        const jobs = servers.map(({ app }, index) =>
          minute % 1 === index / 2 ? app.runJob('rotate_signing_keys') : app.runJob('reload_signing_keys'),
        )
        await Promise.all(jobs)
        await machineToken(second, basic)
        first.clock.advance(30)
      }
      done = true
      await finished
      assert.ok(kids.size >= 3, `${kids.size} keys signed`)
      assert.ok(verified > 300, `${verified} verified`)
    })
  })
}
