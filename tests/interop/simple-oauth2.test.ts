/** simple-oauth2, which many Node services use. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { callback, webClient } from '../support/authorization.ts'
import { type Listening, startListening } from '../support/listening.ts'

describe('simple-oauth2', () => {
  let server: Listening
  before(async () => {
    server = await startListening()
  })
  after(() => server.close())

  const auth = () => ({
    tokenHost: server.url,
    tokenPath: '/oauth/token',
    revokePath: '/oauth/revoke',
    authorizePath: '/oauth/authorize',
  })
  const secret = 'a-secret-for-tests-that-nobody-guesses'

  for (const authorizationMethod of ['header', 'body'] as const) {
    it(`code, refresh, revoke with credentials in the ${authorizationMethod}`, async () => {
      const { id } = await webClient(server.test)
      const client = new AuthorizationCode({
        client: { id, secret },
        auth: auth(),
        options: { authorizationMethod },
      })
      const url = client.authorizeURL({ redirect_uri: callback, scope: ['read', 'write'], state: 'a state' })
      const sent = (await server.allow(url)).searchParams
      assert.equal(sent.get('state'), 'a state')
      const token = await client.getToken({ code: sent.get('code')!, redirect_uri: callback })
      assert.equal(token.token.scope, 'read write')
      assert.equal(token.expired(), false)
      const refreshed = await token.refresh()
      assert.notEqual(refreshed.token.access_token, token.token.access_token)
      await refreshed.revokeAll()
      const info = await server.test.get('/oauth/tokeninfo', {
        authorization: `Bearer ${refreshed.token.access_token}`,
      })
      assert.equal(info.status, 401)
    })
  }

  it('client credentials', async () => {
    const { id } = await webClient(server.test, { grants: ['client_credentials'] })
    const client = new ClientCredentials({
      client: { id, secret },
      auth: { tokenHost: server.url, tokenPath: '/oauth/token' },
    })
    const { token } = await client.getToken({ scope: 'read' })
    assert.equal(token.token_type, 'Bearer')
  })
})
