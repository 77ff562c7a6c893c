/** oauth4webapi as a client of OpenID Connect: what it demands of ID tokens, userinfo and registrations. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { callback, webClient } from '../support/authorization.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { registrationOn } from '../support/registration.ts'

const http = { [oauth.allowInsecureRequests]: true }
const secret = 'a-secret-for-tests-that-nobody-guesses'

describe('oauth4webapi with OpenID Connect', () => {
  let server: Listening
  let as: oauth.AuthorizationServer
  before(async () => {
    server = await startListening(registrationOn)
    const issuer = new URL(server.url)
    const response = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oidc' })
    as = await oauth.processDiscoveryResponse(issuer, response)
  })
  after(() => server.close())

  async function signIn(
    client: oauth.Client,
    authentication: oauth.ClientAuth,
    scope: string,
    options: { maxAge?: number } = {},
  ): Promise<{ tokens: oauth.TokenEndpointResponse; claims: oauth.IDToken; response: Response }> {
    server.synchronize()
    const verifier = oauth.generateRandomCodeVerifier()
    const nonce = oauth.generateRandomNonce()
    const state = oauth.generateRandomState()
    const url = new URL(as.authorization_endpoint!)
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope,
      state,
      nonce,
      ...(options.maxAge === undefined ? {} : { max_age: String(options.maxAge) }),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const sent = oauth.validateAuthResponse(as, client, await server.allow(url), state)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      sent,
      callback,
      verifier,
      http,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
      ...options,
    })
    await oauth.validateApplicationLevelSignature(as, response, http)
    return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens)!, response }
  }

  for (const algorithm of ['RS256', 'PS256', 'ES256'] as const) {
    it(`ID tokens and userinfo signed with ${algorithm}`, async () => {
      const { id } = await webClient(server.test, {
        metadata: { idTokenSignedResponseAlg: algorithm, userinfoSignedResponseAlg: algorithm },
      })
      const client: oauth.Client = {
        client_id: id,
        id_token_signed_response_alg: algorithm,
        userinfo_signed_response_alg: algorithm,
        require_auth_time: true,
      }
      const authentication = oauth.ClientSecretBasic(secret)
      const { tokens, claims } = await signIn(client, authentication, 'openid email offline_access', {
        maxAge: 600,
      })
      // OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash. That of SHA-256, which all three use.
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tokens.access_token))
      assert.equal(claims.at_hash, Buffer.from(digest).subarray(0, 16).toString('base64url'))

      const answer = await oauth.userInfoRequest(as, client, tokens.access_token, http)
      const person = await oauth.processUserInfoResponse(as, client, claims.sub, answer)
      await oauth.validateApplicationLevelSignature(as, answer, http)
      assert.equal(person.email, 'admin@localhost')

      const refreshing = await oauth.refreshTokenGrantRequest(
        as,
        client,
        authentication,
        tokens.refresh_token!,
        http,
      )
      const refreshed = await oauth.processRefreshTokenResponse(as, client, refreshing)
      await oauth.validateApplicationLevelSignature(as, refreshing, http)
      // §12.2: the time of the sign-in, not of the refresh.
      assert.equal(oauth.getValidatedIdTokenClaims(refreshed)!.auth_time, claims.auth_time)
    })
  }

  it('userinfo as plain JSON', async () => {
    const { id } = await webClient(server.test, { type: 'public' })
    const client: oauth.Client = { client_id: id }
    const { tokens, claims } = await signIn(client, oauth.None(), 'openid profile')
    const answer = await oauth.userInfoRequest(as, client, tokens.access_token, http)
    const person = await oauth.processUserInfoResponse(as, client, claims.sub, answer)
    assert.equal(person.preferred_username, 'admin')
  })

  it('registration: made, used, read and deleted (RFC 7591, RFC 7592)', async () => {
    const registered = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(
        as,
        {
          client_name: 'Self-made',
          redirect_uris: [callback],
          scope: 'openid',
          token_endpoint_auth_method: 'client_secret_post',
        },
        http,
      ),
    )
    const client: oauth.Client = registered as oauth.Client
    const { claims } = await signIn(
      client,
      oauth.ClientSecretPost(String(registered.client_secret)),
      'openid',
    )
    assert.equal(claims.aud, registered.client_id)

    const address = String(registered.registration_client_uri)
    const headers = { authorization: `Bearer ${registered.registration_access_token}` }
    const read = await fetch(address, { headers })
    assert.equal(read.status, 200)
    const { client_secret, registration_access_token, ...rest } = registered
    assert.equal(typeof client_secret, 'string')
    const { registration_access_token: again, ...found } = (await read.json()) as Record<string, unknown>
    assert.equal(again, registration_access_token)
    // The secret is shown once, and with it when it expires.
    const { client_secret_expires_at, ...kept } = rest
    assert.equal(client_secret_expires_at, 0)
    assert.deepEqual(found, kept)

    assert.equal((await fetch(address, { method: 'DELETE', headers })).status, 204)
    assert.equal((await fetch(address, { headers })).status, 401)
  })
})
