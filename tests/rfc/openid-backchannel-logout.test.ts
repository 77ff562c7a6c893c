/** OpenID Connect Back-Channel Logout 1.0. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Outbound, OutboundError } from '../../src/outbound/outbound.ts'
import { obtainCode, redeem, webClient } from '../support/authorization.ts'
import { accountOf, registerClient, sessionOf, tokensFor, verifyJwt } from '../support/openid-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const uri = 'https://app.example.com/backchannel_logout'
const event = 'http://schemas.openid.net/event/backchannel-logout'

interface Call {
  url: string
  trusted: boolean
  fields: Readonly<Record<string, string>>
}

/** Clients' servers, as far as this one sees them. */
function network(): Outbound & { calls: Call[]; answer: (url: string) => Promise<void> | undefined } {
  const self = {
    calls: [] as Call[],
    answer: (_url: string): Promise<void> | undefined => undefined,
    async getDocument(): Promise<never> {
      throw new OutboundError('connection')
    },
    async getJson(): Promise<unknown> {
      throw new OutboundError('connection')
    },
    async getBytes(): Promise<Buffer> {
      throw new OutboundError('connection')
    },
    async postForm({ url, trusted }: { url: string; trusted: boolean }, fields: Call['fields']) {
      self.calls.push({ url, trusted, fields })
      await self.answer(url)
    },
  }
  return self
}

const deliver = (test: TestApp): Promise<void> => test.app.runJob('deliver_backchannel_logouts')

async function start(
  t: { after(body: () => Promise<void>): void },
  driver: 'sqlite' | 'postgres' = 'sqlite',
) {
  const outbound = network()
  const test = await startTestApp({ driver, outbound })
  t.after(() => test.close())
  return { test, outbound }
}

for (const { driver, skip } of drivers) {
  describe(`Back-Channel Logout 1.0 on ${driver}`, { skip }, () => {
    it('§2.4, §2.5: every client of a session gets a logout token when it ends, once', async (t) => {
      const { test, outbound } = await start(t, driver)
      const browser = await test.signedIn()
      const session = await sessionOf(test)
      const client = await registerClient(test, { metadata: { backchannelLogoutUri: uri } })
      const second = await registerClient(test, {
        origin: 'registration',
        metadata: { backchannelLogoutUri: `${uri}/2`, idTokenSignedResponseAlg: 'ES256' },
      })
      const silent = await registerClient(test)
      const idTokens = new Map<string, string>()
      for (const each of [client, client, second, silent]) {
        idTokens.set(each.id, (await tokensFor(test, each, { session })).id_token)
      }
      await deliver(test)
      assert.equal(outbound.calls.length, 0)

      const before = await test.metrics()
      await browser.get('/logout')
      await browser.submit('/logout')
      await Promise.all([deliver(test), deliver(test)])
      await deliver(test)
      const calls = outbound.calls.sort((a, b) => (a.url < b.url ? -1 : 1))
      assert.deepEqual(
        calls.map(({ url, trusted, fields }) => [url, trusted, Object.keys(fields)]),
        [
          [uri, true, ['logout_token']],
          [`${uri}/2`, false, ['logout_token']],
        ],
      )
      for (const [index, each, algorithm] of [
        [0, client, 'RS256'],
        [1, second, 'ES256'],
      ] as const) {
        const { claims } = await verifyJwt(test, calls[index]!.fields.logout_token!, {
          audience: each.id,
          typ: 'logout+jwt',
          algorithm,
        })
        const idToken = await verifyJwt(test, idTokens.get(each.id)!, { audience: each.id, algorithm })
        const now = Math.floor(test.clock.now() / 1000)
        const { jti, ...rest } = claims
        assert.match(String(jti), /^[0-9a-f-]{36}$/)
        assert.deepEqual(rest, {
          iss: idToken.claims.iss,
          sub: idToken.claims.sub,
          sid: idToken.claims.sid,
          aud: each.id,
          iat: now,
          exp: now + 120,
          events: { [event]: {} },
        })
      }
      assert.deepEqual((await test.metrics()).since(before, ['authgate_backchannel']), {
        'authgate_backchannel_logouts_total{result="delivered"}': 2,
      })
    })

    it('§2.5: it does not matter what ended the session', async (t) => {
      const { test, outbound } = await start(t, driver)
      const { accounts } = test.administration
      const client = await registerClient(test, { metadata: { backchannelLogoutUri: uri } })
      const ways: Record<string, (username: string) => Promise<unknown>> = {
        disabled: async (name) => accounts.disable(await accountOf(test, name), { type: 'system' }),
        reset: async (name) => accounts.resetPassword(await accountOf(test, name), { type: 'system' }),
        replaced: async (name) =>
          browsers.get(name)!.submit('/login', { username: name, password: `password of ${name}` }),
        timeout: async () => {
          test.clock.advance(13 * 3600)
          await test.app.runJob('sweep_sessions')
        },
      }
      const browsers = new Map<string, Awaited<ReturnType<typeof test.signedIn>>>()
      for (const [name, end] of Object.entries(ways)) {
        const { password } = await test.account(name)
        const browser = test.browser()
        browsers.set(name, browser)
        await browser.signIn(name, password)
        const session = await sessionOf(test, name)
        await tokensFor(test, client, { session })
        outbound.calls.length = 0
        await end(name)
        await deliver(test)
        const tokens = outbound.calls.map(({ fields }) => fields.logout_token!)
        const sessions: unknown[] = []
        for (const token of tokens) {
          const { claims } = await verifyJwt(test, token, { audience: client.id, typ: 'logout+jwt' })
          sessions.push(claims.sid)
        }
        assert.ok(sessions.includes(session.id), name)
      }
    })
  })
}

describe('Back-Channel Logout 1.0', () => {
  it('§2.7: a client that cannot be reached is asked again, and given up in the end', async (t) => {
    const { test, outbound } = await start(t)
    const browser = await test.signedIn()
    const client = await registerClient(test, { metadata: { backchannelLogoutUri: uri } })
    await tokensFor(test, client, { session: await sessionOf(test) })
    outbound.answer = () => Promise.reject(new OutboundError('timeout'))
    const before = await test.metrics()
    await browser.get('/logout')
    const answer = await browser.submit('/logout')
    assert.equal(answer.status, 303, 'nobody waits for a client')
    for (const [attempt, delay] of [0, 10, 60, 300, 1800, 7200].entries()) {
      if (delay > 0) {
        test.clock.advance(delay - 1)
        await deliver(test)
        assert.equal(outbound.calls.length, attempt, 'not before its time')
        test.clock.advance(1)
      }
      await deliver(test)
      assert.equal(outbound.calls.length, attempt + 1)
    }
    test.clock.advance(100_000)
    await deliver(test)
    assert.equal(outbound.calls.length, 6)
    const ids = new Set<unknown>()
    for (const { fields } of outbound.calls) {
      ids.add(JSON.parse(Buffer.from(fields.logout_token!.split('.')[1]!, 'base64url').toString()).jti)
    }
    assert.equal(ids.size, 6, 'each token is a new one')
    assert.deepEqual((await test.metrics()).since(before, ['authgate_backchannel']), {
      'authgate_backchannel_logouts_total{result="retry"}': 5,
      'authgate_backchannel_logouts_total{result="failed"}': 1,
    })
  })

  it('a client that answers late is told once, also while several servers deliver', async (t) => {
    const { test, outbound } = await start(t)
    const other = await startTestApp({ sharing: test, outbound })
    t.after(() => other.close())
    const browser = await test.signedIn()
    const session = await sessionOf(test)
    for (let index = 0; index < 20; index++) {
      const client = await registerClient(test, { metadata: { backchannelLogoutUri: `${uri}/${index}` } })
      await tokensFor(test, client, { session })
    }
    outbound.answer = () => new Promise((resolve) => setImmediate(resolve))
    await browser.get('/logout')
    await browser.submit('/logout')
    await Promise.all([deliver(test), deliver(other), deliver(test), deliver(other)])
    assert.equal(outbound.calls.length, 20)
    assert.equal(new Set(outbound.calls.map(({ url }) => url)).size, 20)
  })

  it('a client that was deleted, or no longer wants to hear, is left in peace', async (t) => {
    const { test, outbound } = await start(t)
    const browser = await test.signedIn()
    const client = await registerClient(test, { metadata: { backchannelLogoutUri: uri } })
    await tokensFor(test, client, { session: await sessionOf(test) })
    await browser.get('/logout')
    await browser.submit('/logout')
    await test.administration.clients.delete(client.id, { type: 'system' })
    await deliver(test)
    assert.deepEqual(outbound.calls, [])
  })

  it('a code that was redeemed before the sign-out is among what its client hears of', async (t) => {
    const { test, outbound } = await start(t)
    const browser = await test.signedIn()
    const client = await webClient(test, { metadata: { backchannelLogoutUri: uri } })
    const { body } = await redeem(test, client, await obtainCode(test, client, { scope: 'openid' }, browser))
    // A grant that ended before leaves the client's own session behind.
    await test.post('/oauth/revoke', { token: body.refresh_token }, { authorization: client.basic! })
    const answer = await browser.get(`/oauth/end_session?id_token_hint=${body.id_token}`)
    assert.equal(answer.status, 303)
    await deliver(test)
    assert.equal(outbound.calls.length, 1)
  })

  it('§2.2: discovery says that it is supported, sessions included', async (t) => {
    const { test } = await start(t)
    const { body } = await test.get('/.well-known/openid-configuration')
    assert.deepEqual(
      [body.backchannel_logout_supported, body.backchannel_logout_session_supported],
      [true, true],
    )
  })
})
