/** RFC 7636: Proof Key for Code Exchange, with S256 only (OAuth 2.1 §4.1.1). */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  authorize,
  obtainCode,
  redeem,
  redirected,
  type WebClient,
  webClient,
} from '../support/authorization.ts'
import { errorOf } from '../support/oauth-client.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('RFC 7636', () => {
  let test: TestApp
  let confidential: WebClient
  let spa: WebClient
  before(async () => {
    test = await startTestApp()
    confidential = await webClient(test)
    spa = await webClient(test, { type: 'public' })
  })
  after(() => test.close())

  it('Appendix B: the published verifier redeems the published challenge', async () => {
    const code = await obtainCode(test, spa, {
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    })
    const answer = await redeem(test, spa, code, {
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    })
    assert.equal(answer.status, 200)
  })

  it('§4.4.1: a public client without a challenge is refused, a confidential one is not', async () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const browser = await test.signedIn()
    assert.equal(redirected(await authorize(browser, spa, without)).error, 'invalid_request')
    const code = await obtainCode(test, confidential, without)
    assert.equal((await redeem(test, confidential, code, { code_verifier: undefined })).status, 200)
  })

  it('§4.4.1: PKCE_REQUIRED demands it of confidential clients too', async (t) => {
    const strict = await startTestApp({ environment: { PKCE_REQUIRED: 'true' } })
    t.after(() => strict.close())
    const client = await webClient(strict)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const answer = await authorize(await strict.signedIn(), client, without)
    assert.equal(redirected(answer).error, 'invalid_request')
  })

  for (const [what, fields] of [
    ['plain', { code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['a method without a challenge', { code_challenge: undefined }],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }],
  ] as const) {
    it(`§4.3: ${what} is refused for every client`, async () => {
      for (const client of [spa, confidential]) {
        const answer = await authorize(await test.signedIn(), client, fields)
        assert.equal(redirected(answer).error, 'invalid_request')
      }
    })
  }

  for (const [what, verifier] of [
    ['a wrong verifier', 'x'.repeat(43)],
    ['no verifier', undefined],
    ['a verifier of 42 characters', 'x'.repeat(42)],
  ] as const) {
    it(`§4.6: ${what} is invalid_grant, also for a client with a secret, and leaves the code good`, async () => {
      for (const client of [spa, confidential]) {
        const code = await obtainCode(test, client)
        assert.deepEqual(errorOf(await redeem(test, client, code, { code_verifier: verifier })), [
          400,
          'invalid_grant',
        ])
        assert.equal((await redeem(test, client, code)).status, 200)
      }
    })
  }

  it('RFC 9700 §4.8.2: a verifier where no challenge was sent is refused', async () => {
    const code = await obtainCode(test, confidential, {
      code_challenge: undefined,
      code_challenge_method: undefined,
    })
    assert.deepEqual(errorOf(await redeem(test, confidential, code)), [400, 'invalid_grant'])
  })
})
