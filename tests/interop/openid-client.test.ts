/** openid-client 6, certified by the OpenID Foundation, as an application uses it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as openid from 'openid-client'
import { callback, decide, hiddenField, webClient } from '../support/authorization.ts'
import { generateKey, keyClient } from '../support/client-assertion.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { registrationOn } from '../support/registration.ts'

const secret = 'a-secret-for-tests-that-nobody-guesses'
const insecure = { execute: [openid.allowInsecureRequests] }

describe('openid-client', () => {
  let server: Listening
  before(async () => {
    server = await startListening(registrationOn)
  })
  after(() => server.close())

  const discover = (
    id: string,
    authentication?: openid.ClientAuth,
    metadata: Partial<openid.ClientMetadata> = {},
  ): Promise<openid.Configuration> => {
    server.synchronize()
    return openid.discovery(new URL(server.url), id, metadata, authentication, insecure)
  }

  for (const [name, authentication] of [
    ['client_secret_basic', openid.ClientSecretBasic(secret)],
    ['client_secret_post', openid.ClientSecretPost(secret)],
    ['none', openid.None()],
  ] as const) {
    it(`sign-in with nonce, max_age and claims, userinfo, refresh, revocation, sign-out with ${name}`, async () => {
      const { id } = await webClient(server.test, {
        ...(name === 'none' ? { type: 'public' } : {}),
        metadata: { postLogoutRedirectUris: ['https://app.example/'] },
      })
      const config = await discover(id, authentication)
      openid.enableNonRepudiationChecks(config)
      const code = await signIn(server, config, {
        scope: 'openid profile email offline_access',
        max_age: '600',
        claims: JSON.stringify({ id_token: { email: { essential: true } }, userinfo: { name: null } }),
      })
      const tokens = await openid.authorizationCodeGrant(config, code.sent, { ...code.checks, maxAge: 600 })
      const claims = tokens.claims()!
      assert.equal(claims.email, 'admin@localhost')
      assert.equal(typeof claims.auth_time, 'number')
      assert.equal(typeof claims.at_hash, 'string')
      const person = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
      assert.deepEqual(
        [person.preferred_username, person.name, person.email_verified],
        ['admin', 'Administrator', false],
      )

      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!)
      assert.equal(refreshed.claims()!.sub, claims.sub)
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
      await openid.tokenRevocation(config, refreshed.refresh_token!)
      await assert.rejects(
        openid.refreshTokenGrant(config, refreshed.refresh_token!),
        refusal('invalid_grant'),
      )
      // RFC 7009 §2.1: the access tokens went along.
      await assert.rejects(
        openid.fetchUserInfo(config, refreshed.access_token, claims.sub),
        (error) => error instanceof openid.WWWAuthenticateChallengeError && error.status === 401,
      )

      const goodbye = openid.buildEndSessionUrl(config, {
        id_token_hint: refreshed.id_token!,
        post_logout_redirect_uri: 'https://app.example/',
        state: 'the end',
      })
      // By a browser without a session; with one, the page is another test's subject.
      const answer = await server.test.browser().get(goodbye.pathname + goodbye.search)
      assert.deepEqual(
        [answer.status, answer.headers.location],
        [303, 'https://app.example/?state=the%20end'],
      )
    })
  }

  it('signed ID tokens of each algorithm, signed userinfo', async () => {
    for (const algorithm of ['RS256', 'PS256', 'ES256'] as const) {
      const { id } = await webClient(server.test, {
        metadata: { idTokenSignedResponseAlg: algorithm, userinfoSignedResponseAlg: algorithm },
      })
      const config = await discover(id, openid.ClientSecretBasic(secret), {
        id_token_signed_response_alg: algorithm,
        userinfo_signed_response_alg: algorithm,
      })
      openid.enableNonRepudiationChecks(config)
      const { sent, checks } = await signIn(server, config, { scope: 'openid email' })
      const tokens = await openid.authorizationCodeGrant(config, sent, checks)
      const person = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub)
      assert.equal(person.email, 'admin@localhost', algorithm)
    }
  })

  it('an answer in a form', async () => {
    const { id } = await webClient(server.test)
    const config = await discover(id, openid.ClientSecretBasic(secret))
    const { url, checks } = await request(config, { scope: 'openid', response_mode: 'form_post' })
    const browser = await server.test.signedIn()
    const page = await decide(browser, await browser.get(url.pathname + url.search), 'approve')
    assert.equal(page.status, 200, page.text)
    const body = new URLSearchParams(
      ['code', 'state', 'iss'].map((name) => [name, hiddenField(page.text, name)]),
    )
    const tokens = await openid.authorizationCodeGrant(
      config,
      new Request(callback, { method: 'POST', body }),
      checks,
    )
    assert.equal(tokens.claims()!.aud, id)
  })

  it('an answer that is an error', async () => {
    const { id } = await webClient(server.test)
    const config = await discover(id, openid.ClientSecretBasic(secret))
    const { sent, checks } = await signIn(server, config, { scope: 'openid', prompt: 'none' }, 'error')
    await assert.rejects(
      openid.authorizationCodeGrant(config, sent, checks),
      (error) =>
        error instanceof openid.AuthorizationResponseError &&
        (error.error === 'consent_required' || error.error === 'interaction_required'),
    )
  })

  it('registers itself, and works with the defaults of the library', async () => {
    const config = await openid.dynamicClientRegistration(
      new URL(server.url),
      { redirect_uris: [callback], client_name: 'Self-made', scope: 'openid email' },
      undefined,
      insecure,
    )
    const { client_id: id, client_secret } = config.clientMetadata()
    assert.equal(typeof id, 'string')
    assert.equal(typeof client_secret, 'string')
    const { sent, checks } = await signIn(server, config, { scope: 'openid email' })
    const tokens = await openid.authorizationCodeGrant(config, sent, checks)
    assert.equal(tokens.claims()!.aud, id)
  })

  for (const metadata of [
    { token_endpoint_auth_method: 'client_secret_basic' },
    { token_endpoint_auth_method: 'client_secret_post' },
    { token_endpoint_auth_method: 'none' },
  ]) {
    it(`registers itself with ${metadata.token_endpoint_auth_method}`, async () => {
      const authentication = {
        client_secret_basic: openid.ClientSecretBasic(),
        client_secret_post: openid.ClientSecretPost(),
        none: openid.None(),
      }[metadata.token_endpoint_auth_method]
      const config = await openid.dynamicClientRegistration(
        new URL(server.url),
        { redirect_uris: [callback], scope: 'openid', ...metadata },
        authentication,
        insecure,
      )
      const { sent, checks } = await signIn(server, config, { scope: 'openid' })
      const tokens = await openid.authorizationCodeGrant(config, sent, checks)
      assert.equal(tokens.claims()!.aud, config.clientMetadata().client_id)
    })
  }

  it('device flow', async () => {
    const { id } = await webClient(server.test, { type: 'public', grants: ['device_code', 'refresh_token'] })
    const config = await discover(id, openid.None())
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'openid read' })
    assert.equal(device.interval, 5)
    // It waits an interval before it asks, so that the answer may come first.
    await server.allowDevice(device.user_code)
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
    assert.equal(tokens.scope, 'openid read')
    assert.equal(tokens.claims()!.aud, id)
    assert.ok(tokens.expiresIn()! > 3500)
  })

  it('client credentials, introspection', async () => {
    const { id } = await webClient(server.test, { grants: ['client_credentials'] })
    const config = await discover(id, openid.ClientSecretBasic(secret))
    const { access_token } = await openid.clientCredentialsGrant(config, { scope: 'read' })
    const found = await openid.tokenIntrospection(config, access_token)
    assert.deepEqual([found.active, found.client_id, found.scope], [true, id, 'read'])
    assert.equal((await openid.tokenIntrospection(config, 'no token')).active, false)
  })

  it('pushed authorization request', async () => {
    const { id } = await webClient(server.test, { metadata: { requirePushedAuthorizationRequests: true } })
    const config = await discover(id, openid.ClientSecretBasic(secret))
    const { sent, checks } = await signIn(server, config, { scope: 'openid' }, 'pushed')
    const tokens = await openid.authorizationCodeGrant(config, sent, checks)
    assert.equal(tokens.claims()!.aud, id)
  })

  for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    it(`private_key_jwt with ${algorithm}`, async () => {
      const key = await generateKey(algorithm, 'the key')
      const { id } = await keyClient(
        server.test,
        // As jose exports it: for Ed25519 under the older name, while openid-client signs under the newer one.
        { jwks: { keys: [{ ...key.publicJwk, alg: algorithm }] } },
        {
          grants: ['authorization_code', 'client_credentials'],
          scopes: ['openid', 'read'],
          redirectUris: [callback],
        },
      )
      const config = await discover(id, openid.PrivateKeyJwt({ key: key.privateKey, kid: 'the key' }))
      assert.equal((await openid.clientCredentialsGrant(config, { scope: 'read' })).scope, 'read')
      const { sent, checks } = await signIn(server, config, { scope: 'openid' }, 'pushed')
      const tokens = await openid.authorizationCodeGrant(config, sent, checks)
      assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, true)
      await openid.tokenRevocation(config, tokens.access_token)
      assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, false)
    })
  }

  it('a sign-in needs the password again when it is too old', async () => {
    const { id } = await webClient(server.test)
    const config = await discover(id, openid.ClientSecretBasic(secret))
    const { url } = await request(config, { scope: 'openid', max_age: '60' })
    const browser = await server.test.signedIn()
    server.test.clock.advance(61)
    const asked = await browser.get(url.pathname + url.search)
    assert.equal(asked.status, 303)
    assert.match(String(asked.headers.location), /^\/login/)
  })
})

for (const required of ['false', 'true']) {
  describe(`openid-client with DPoP, nonces required: ${required}`, () => {
    let server: Listening
    before(async () => {
      server = await startListening({ DPOP_NONCE_REQUIRED: required })
    })
    after(() => server.close())

    it('pushed request, code, userinfo, refresh, client credentials', async () => {
      const { id } = await webClient(server.test, {
        grants: ['authorization_code', 'refresh_token', 'client_credentials'],
        metadata: { dpopBoundAccessTokens: true },
      })
      const config = await openid.discovery(
        new URL(server.url),
        id,
        {},
        openid.ClientSecretBasic(secret),
        insecure,
      )
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
      server.synchronize()
      const { sent, checks } = await signIn(
        server,
        config,
        { scope: 'openid offline_access', dpop_jkt: await DPoP.calculateThumbprint() },
        'pushed',
        DPoP,
      )
      const tokens = await openid.authorizationCodeGrant(config, sent, checks, undefined, { DPoP })
      assert.equal(tokens.token_type, 'dpop')
      const { sub } = tokens.claims()!
      assert.equal((await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub)
      server.synchronize()
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })
      assert.equal(refreshed.token_type, 'dpop')
      const machine = await openid.clientCredentialsGrant(config, { scope: 'read' }, { DPoP })
      assert.equal(machine.token_type, 'dpop')
      await assert.rejects(
        openid.clientCredentialsGrant(config, { scope: 'read' }),
        refusal('invalid_dpop_proof'),
      )
    })
  })
}

describe('openid-client over HTTPS', () => {
  let server: Listening
  before(async () => {
    server = await startListening(registrationOn, { tls: true })
  })
  after(() => server.close())

  it('without any exception for plain HTTP: registration, sign-in, userinfo, refresh', async () => {
    const config = await openid.dynamicClientRegistration(
      new URL(server.url),
      {
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid email offline_access',
      },
      openid.ClientSecretBasic(),
    )
    assert.ok(config.serverMetadata().token_endpoint!.startsWith('https://127.0.0.1:'))
    const { sent, checks } = await signIn(server, config, { scope: 'openid email offline_access' })
    const tokens = await openid.authorizationCodeGrant(config, sent, checks)
    const { sub } = tokens.claims()!
    assert.equal((await openid.fetchUserInfo(config, tokens.access_token, sub)).email, 'admin@localhost')
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!)
    assert.equal(refreshed.claims()!.sub, sub)
  })
})

interface Checks {
  pkceCodeVerifier: string
  expectedState: string
  expectedNonce: string
  idTokenExpected: true
}

async function request(
  config: openid.Configuration,
  parameters: Record<string, string>,
  push?: { DPoP?: openid.DPoPHandle },
): Promise<{ url: URL; checks: Checks }> {
  const checks: Checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
    idTokenExpected: true,
  }
  const all = {
    redirect_uri: callback,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  }
  const url =
    push === undefined
      ? openid.buildAuthorizationUrl(config, all)
      : await openid.buildAuthorizationUrlWithPAR(config, all, push)
  return { url, checks }
}

/** From the request to the callback. @param way how it is sent, or that it is to be refused. */
async function signIn(
  server: Listening,
  config: openid.Configuration,
  parameters: Record<string, string>,
  way: 'plain' | 'pushed' | 'error' = 'plain',
  DPoP?: openid.DPoPHandle,
): Promise<{ sent: URL; checks: Checks }> {
  server.synchronize()
  const { url, checks } = await request(
    config,
    parameters,
    way === 'pushed' ? (DPoP === undefined ? {} : { DPoP }) : undefined,
  )
  return { sent: await server.allow(url), checks }
}

function refusal(code: string): (error: unknown) => boolean {
  return (error) => error instanceof openid.ResponseBodyError && error.error === code
}
