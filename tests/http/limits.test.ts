/** Limits per address at the protocol endpoints, and what a stranger can make this server keep. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DomainEvent } from '../../src/events/catalogue.ts'
import { deviceAuthorizationEndpoint } from '../../src/http/oauth/device-authorization.ts'
import { OAuthError } from '../../src/oauth/errors.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { refresh, signInDevice } from '../support/oauth-client.ts'
import { startTestApp } from '../support/test-app.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('limits per address', () => {
  for (const [path, payload] of [
    ['/oauth/token', 'grant_type=client_credentials&client_id=nobody'],
    ['/oauth/device/code', 'client_id=nobody'],
  ] as const) {
    it(`at ${path} are those of an IPv6 network, whose owner has all its addresses`, async (t) => {
      const test = await startTestApp({
        environment: { ENABLE_RATE_LIMIT: 'true', TOKEN_RATE_LIMIT: '2', DEVICE_CODE_RATE_LIMIT: '2' },
      })
      t.after(() => test.close())
      const statusFrom = async (remoteAddress: string): Promise<number> =>
        (await test.request({ method: 'POST', url: path, payload, headers: form, remoteAddress })).statusCode
      assert.equal(await statusFrom('2001:db8::1'), 401)
      assert.equal(await statusFrom('2001:db8::2'), 401)
      assert.equal(await statusFrom('2001:db8::3'), 429)
      assert.equal(await statusFrom('2001:db8:0:1::1'), 401)
    })
  }
})

describe('limits per client', () => {
  it('stay when those per address are off', async (t) => {
    const test = await startTestApp({
      environment: { ENABLE_RATE_LIMIT: 'false', INTROSPECT_RATE_LIMIT: '1' },
    })
    t.after(() => test.close())
    const { basic } = await test.confidentialClient()
    const introspect = async (): Promise<number> =>
      (await test.post('/oauth/introspect', { token: 'x' }, { authorization: basic })).status
    assert.equal(await introspect(), 200)
    assert.equal(await introspect(), 429)
  })
})

describe('records', () => {
  it('keep no more of a client id than a client id can have', async () => {
    const published: DomainEvent[] = []
    const endpoint = deviceAuthorizationEndpoint({
      issuer: { issue: () => Promise.reject(new OAuthError('invalid_client')) },
      limit: { take: () => undefined, giveBack: () => undefined },
      publisher: { publish: (event) => published.push(event) },
      clock: createManualClock(),
    })
    const context = { requestId: 'id', ip: '192.0.2.1', userAgent: '', method: 'POST', path: endpoint.path }
    const body = `client_id=${'x'.repeat(10_000)}`
    const request = { method: 'POST', query: '', params: {}, headers: form, body, context, receivedAt: 0 }
    await assert.rejects(async () => endpoint.handle(request), OAuthError)
    assert.deepEqual(
      published.map((event) => event.type === 'device_authorization.refused' && event.clientId),
      ['x'.repeat(512)],
    )
  })

  it('hold one alarm for a family, and say that tokens were revoked only when some were', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const first = await signInDevice(test)
    await refresh(test, first.refresh_token)
    test.clock.advance(31)
    await refresh(test, first.refresh_token)
    await refresh(test, first.refresh_token)
    // The audit log is written every second.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    const rows = await test.app.storage.read.audit.list({ limit: 100 })
    const count = (type: string): number => rows.filter(({ eventType }) => eventType === type).length
    assert.equal(count('SUSPICIOUS_ACTIVITY'), 1)
    assert.equal(count('TOKEN_REVOKED'), 1)
    assert.equal(count('TOKEN_REFRESH_FAILED'), 2)
  })
})
