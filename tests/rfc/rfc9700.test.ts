/** RFC 9700: Best Current Practice for OAuth 2.0 Security, as far as refresh tokens go. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorOf, refresh, signInDevice } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

async function active(test: TestApp, token: string): Promise<boolean> {
  return (await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })).status === 200
}

for (const { driver, skip } of drivers) {
  describe(`RFC 9700 on ${driver}`, { skip }, () => {
    it('§4.14.2: a used refresh token that comes back ends the whole family', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const second = (await refresh(test, first.refresh_token)).body
      const before = await test.metrics()
      test.clock.advance(31)
      assert.deepEqual(errorOf(await refresh(test, first.refresh_token)), [400, 'invalid_grant'])
      assert.deepEqual(errorOf(await refresh(test, second.refresh_token)), [400, 'invalid_grant'])
      assert.equal(await active(test, first.access_token), false)
      assert.equal(await active(test, second.access_token), false)
      const moved = (await test.metrics()).since(before, ['oauth_tokens_revoked_total'])
      // Two access tokens and the one refresh token that was still good.
      assert.deepEqual(moved, { 'oauth_tokens_revoked_total{reason="security"}': 3 })
      // A second look at the same corpse raises no second alarm.
      await refresh(test, first.refresh_token)
      assert.deepEqual((await test.metrics()).since(before, ['oauth_tokens_revoked_total']), moved)
    })

    it('§4.14.2: the immediate predecessor may be retried within the grace window', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const lost = await refresh(test, first.refresh_token)
      test.clock.advance(29)
      const retried = await refresh(test, first.refresh_token)
      assert.equal(retried.status, 200)
      assert.notEqual(retried.body.refresh_token, lost.body.refresh_token)
      // Both siblings go on.
      assert.equal((await refresh(test, lost.body.refresh_token)).status, 200)
      assert.equal((await refresh(test, retried.body.refresh_token)).status, 200)
    })

    it('§4.14.2: once a successor was used, the predecessor is no retry any more', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const second = (await refresh(test, first.refresh_token)).body
      const third = (await refresh(test, second.refresh_token)).body
      assert.deepEqual(errorOf(await refresh(test, first.refresh_token)), [400, 'invalid_grant'])
      assert.equal(await active(test, third.access_token), false)
    })

    it('§4.14.2: 20 parallel refreshes inside the grace window give one family and no alarm', async (t) => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const before = await test.metrics()
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(test, first.refresh_token)))
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 20)
      assert.ok(await active(test, answers[7]!.body.access_token))
      const moved = (await test.metrics()).since(before, [
        'oauth_tokens_',
        'oauth_token_generation_duration_seconds_count',
      ])
      assert.deepEqual(moved, {
        'oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}': 20,
        'oauth_tokens_issued_total{token_type="refresh",grant_type="refresh_token"}': 20,
        'oauth_tokens_refreshed_total{result="success"}': 20,
        'oauth_tokens_revoked_total{reason="rotation"}': 1,
        'oauth_tokens_active{token_type="access"}': 20,
        'oauth_tokens_active{token_type="refresh"}': 19,
        'oauth_token_generation_duration_seconds_count{provider="local"}': 20,
      })
    })

    it('§4.14.2: without a grace window one of 20 parallel refreshes wins and the family ends', async (t) => {
      const test = await startTestApp({ driver, environment: { REFRESH_TOKEN_GRACE_PERIOD: '0' } })
      t.after(() => test.close())
      const first = await signInDevice(test)
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(test, first.refresh_token)))
      const won = answers.filter(({ status }) => status === 200)
      assert.equal(won.length, 1)
      for (const { body } of won) {
        assert.equal(await active(test, body.access_token), false)
        assert.deepEqual(errorOf(await refresh(test, body.refresh_token)), [400, 'invalid_grant'])
      }
      const gauges = await test.metrics()
      assert.equal(gauges.get('oauth_tokens_active{token_type="refresh"}'), 0)
      assert.equal(gauges.get('oauth_tokens_active{token_type="access"}'), 0)
      // One alarm for one family, however many copies came at once; the audit log is written every second.
      await new Promise((resolve) => setTimeout(resolve, 1200))
      const rows = await test.app.storage.read.audit.list({ limit: 100 })
      assert.equal(rows.filter(({ eventType }) => eventType === 'SUSPICIOUS_ACTIVITY').length, 1)
    })

    it('§4.14.2: a family has an absolute end that no refresh extends', async (t) => {
      const test = await startTestApp({
        driver,
        environment: {
          REFRESH_TOKEN_EXPIRATION: '24h',
          REFRESH_TOKEN_EXPIRATION_MAX: '60h',
          TOKEN_PROFILE_LONG_REFRESH_TTL: '48h',
        },
      })
      t.after(() => test.close())
      let token = (await signInDevice(test)).refresh_token
      for (const hours of [20, 20, 19.9]) {
        test.clock.advance(hours * 3600)
        const answer = await refresh(test, token)
        assert.equal(answer.status, 200)
        token = answer.body.refresh_token
      }
      test.clock.advance(3600)
      assert.deepEqual(errorOf(await refresh(test, token)), [400, 'invalid_grant'])
    })

    it('without rotation the same refresh token goes on, and is returned', async (t) => {
      const test = await startTestApp({ driver, environment: { ENABLE_TOKEN_ROTATION: 'false' } })
      t.after(() => test.close())
      const first = await signInDevice(test)
      for (let use = 0; use < 3; use++) {
        const answer = await refresh(test, first.refresh_token)
        assert.equal(answer.body.refresh_token, first.refresh_token)
      }
      const gauges = await test.metrics()
      assert.equal(gauges.get('oauth_tokens_active{token_type="refresh"}'), 1)
      assert.equal(gauges.get('oauth_tokens_active{token_type="access"}'), 4)
    })
  })
}
