/** `oidcc-backchannel-rp-initiated-logout-certification-test-plan`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import {
  checkDiscovery,
  checkErrorResponse,
  fetchJwks,
  issuer,
  longState,
  queryOf,
  randomText,
  startProvider,
  suite,
  visit,
} from '../support/conformance.ts'
import { dynamicClient, flow, requestOf, staticClient, unregister } from '../support/relying-party.ts'

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification', async (t) => {
    const provider = await startProvider()
    t.after(() => provider.close())
    const found = await checkDiscovery(provider)
    assert.equal(found.backchannel_logout_supported, true)
    assert.equal(found.backchannel_logout_session_supported, true)
    assert.equal(typeof found.end_session_endpoint, 'string')
  })

  it('oidcc-backchannel-rp-initiated-logout', async (t) => {
    const provider = await startProvider()
    t.after(() => provider.close())
    const logout = {
      post_logout_redirect_uris: [`${suite}/post_logout_redirect`],
      backchannel_logout_uri: `${suite}/backchannel_logout`,
      backchannel_logout_session_required: true,
    }
    for (const party of [
      await staticClient(provider),
      await dynamicClient(provider, 'client_secret_basic', logout),
    ]) {
      const browser = provider.browser()
      const { tokens, claims } = await flow(provider, party, browser)
      assert.equal(typeof claims.sid, 'string')
      provider.network.posts.length = 0
      const state = randomText(90)
      const query = queryOf({
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: `${suite}/post_logout_redirect`,
        state,
      })
      // The browser is sent on without waiting for the client's server.
      const answer = await browser.get(`/oauth/end_session?${query}`)
      assert.equal(answer.headers.location, `${suite}/post_logout_redirect?state=${state}`)
      await provider.app.runJob('deliver_backchannel_logouts')

      const [call, ...others] = provider.network.posts
      assert.deepEqual(others, [])
      assert.equal(call!.url, `${suite}/backchannel_logout`)
      assert.deepEqual(Object.keys(call!.fields), ['logout_token'])
      const keys = createLocalJWKSet(await fetchJwks(provider))
      const { payload, protectedHeader } = await jwtVerify(call!.fields.logout_token!, keys, {
        issuer,
        audience: party.id,
        currentDate: new Date(provider.clock.now()),
      })
      assert.equal(protectedHeader.alg, 'RS256')
      assert.ok(typeof payload.iat === 'number' && payload.iat <= provider.clock.now() / 1000)
      assert.ok(payload.jti)
      assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
      assert.equal(payload.sub, claims.sub)
      assert.equal(payload.sid, claims.sid)
      assert.equal('nonce' in payload, false)

      const sent = requestOf(party, { prompt: 'none', state: longState() })
      checkErrorResponse(await visit(browser, sent.fields), sent, ['login_required'])
      await unregister(provider, party)
    }
  })
})
