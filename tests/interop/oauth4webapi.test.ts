/** oauth4webapi, which refuses every answer that is not exactly what the specifications say. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { callback, webClient } from '../support/authorization.ts'
import { type Listening, startListening } from '../support/listening.ts'

const http = { [oauth.allowInsecureRequests]: true }

describe('oauth4webapi', () => {
  let server: Listening
  let as: oauth.AuthorizationServer
  before(async () => {
    server = await startListening()
    const issuer = new URL(server.url)
    const response = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
    as = await oauth.processDiscoveryResponse(issuer, response)
  })
  after(() => server.close())

  const secret = 'a-secret-for-tests-that-nobody-guesses'

  for (const [name, authentication] of [
    ['client_secret_basic', oauth.ClientSecretBasic(secret)],
    ['client_secret_post', oauth.ClientSecretPost(secret)],
    ['none', oauth.None()],
  ] as const) {
    it(`code, PKCE, refresh, revoke with ${name}`, async () => {
      const { id } = await webClient(server.test, name === 'none' ? { type: 'public' } : {})
      const client: oauth.Client = { client_id: id }
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const url = new URL(as.authorization_endpoint!)
      url.search = new URLSearchParams({
        client_id: id,
        redirect_uri: callback,
        response_type: 'code',
        scope: 'read offline_access',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString()
      const sent = oauth.validateAuthResponse(as, client, await server.allow(url), state)
      const tokens = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(as, client, authentication, sent, callback, verifier, http),
      )
      assert.equal(tokens.token_type, 'bearer')
      assert.equal(tokens.scope, 'read offline_access')
      const refreshed = await oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, http),
      )
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token!, http),
      )
      await assert.rejects(
        async () =>
          oauth.processRefreshTokenResponse(
            as,
            client,
            await oauth.refreshTokenGrantRequest(as, client, authentication, refreshed.refresh_token!, http),
          ),
        (error) => error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant',
      )
    })
  }

  it('pushed authorization request', async () => {
    const { id } = await webClient(server.test, { metadata: { requirePushedAuthorizationRequests: true } })
    const client: oauth.Client = { client_id: id }
    const authentication = oauth.ClientSecretBasic(secret)
    const verifier = oauth.generateRandomCodeVerifier()
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(
        as,
        client,
        authentication,
        {
          redirect_uri: callback,
          response_type: 'code',
          scope: 'read',
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        },
        http,
      ),
    )
    const url = new URL(as.authorization_endpoint!)
    url.search = new URLSearchParams({ client_id: id, request_uri: pushed.request_uri }).toString()
    const sent = oauth.validateAuthResponse(as, client, await server.allow(url), oauth.expectNoState)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      sent,
      callback,
      verifier,
      http,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response)
    assert.equal(tokens.scope, 'read')
  })

  it('device flow', async () => {
    const { id } = await webClient(server.test, { type: 'public', grants: ['device_code', 'refresh_token'] })
    const client: oauth.Client = { client_id: id }
    const device = await oauth.processDeviceAuthorizationResponse(
      as,
      client,
      await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope: 'read' }, http),
    )
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        as,
        client,
        await oauth.deviceCodeGrantRequest(as, client, oauth.None(), device.device_code, http),
      )
    await assert.rejects(
      poll,
      (error) => error instanceof oauth.ResponseBodyError && error.error === 'authorization_pending',
    )
    await server.allowDevice(device.user_code)
    assert.equal((await poll()).scope, 'read')
  })

  it('client credentials, introspection', async () => {
    const { id } = await webClient(server.test, { grants: ['client_credentials'] })
    const client: oauth.Client = { client_id: id }
    const authentication = oauth.ClientSecretBasic(secret)
    const tokens = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'read' }, http),
    )
    const introspection = await oauth.processIntrospectionResponse(
      as,
      client,
      await oauth.introspectionRequest(as, client, authentication, tokens.access_token, http),
    )
    assert.deepEqual([introspection.active, introspection.client_id, introspection.scope], [true, id, 'read'])
  })

  it('an access token is one that its validator for resource servers takes (RFC 9068)', async () => {
    const { id } = await webClient(server.test, { grants: ['client_credentials'] })
    const tokens = await oauth.processClientCredentialsResponse(
      as,
      { client_id: id },
      await oauth.clientCredentialsGrantRequest(
        as,
        { client_id: id },
        oauth.ClientSecretBasic(secret),
        { scope: 'read' },
        http,
      ),
    )
    const request = new Request('http://resource.example/', {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const claims = await oauth.validateJwtAccessToken(as, request, server.url, http)
    assert.equal(claims.client_id, id)
  })
})
