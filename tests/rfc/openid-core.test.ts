/** OpenID Connect Core 1.0 (ID tokens, claims, userinfo), Discovery 1.0, and RFC 6750 where userinfo is the resource. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import {
  authorize,
  decide as decideOn,
  obtainCode,
  redeem,
  redirected,
  signInWeb,
  webClient,
} from '../support/authorization.ts'
import { machineToken, refresh, signInDevice } from '../support/oauth-client.ts'
import {
  accountOf,
  giveGrant,
  issuer,
  type OpenIdTokens,
  registerClient,
  sessionOf,
  tokensFor,
  userinfo,
  verifyJwt,
} from '../support/openid-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const clientScope = 'openid profile email offline_access'

for (const { driver, skip } of drivers) {
  describe(`OpenID Connect Core 1.0 on ${driver}`, { skip }, () => {
    const start = async (t: { after(body: () => Promise<void>): void }): Promise<TestApp> => {
      const test = await startTestApp({ driver })
      t.after(() => test.close())
      return test
    }
    const signIn = async (test: TestApp, scope = clientScope): Promise<OpenIdTokens> =>
      (await signInDevice(test, { scope })) as unknown as OpenIdTokens

    it('§2, §3.1.3.7: an ID token verifies against the published keys, and says no more than it must', async (t) => {
      const test = await start(t)
      const { id_token, access_token } = await signIn(test)
      const { claims, header } = await verifyJwt(test, id_token, { audience: test.clientId })
      assert.deepEqual({ ...header, kid: 'kid' }, { alg: 'RS256', typ: 'JWT', kid: 'kid' })
      const session = await sessionOf(test)
      const now = Math.floor(test.clock.now() / 1000)
      assert.deepEqual(claims, {
        iss: issuer,
        sub: (await accountOf(test, 'admin')).id,
        aud: test.clientId,
        exp: now + 600,
        iat: now,
        auth_time: Math.floor(session.createdAt / 1000),
        sid: session.id,
        amr: ['pwd'],
        acr: 'urn:authgate:acr:single-factor',
        // §3.1.3.6: "the left-most half of the hash of the octets of the ASCII representation of the access_token".
        at_hash: hash('sha256', access_token, 'buffer').subarray(0, 16).toString('base64url'),
      })
    })

    it('§3.1.2.1: without the scope openid there is no ID token', async (t) => {
      const test = await start(t)
      assert.equal('id_token' in (await signIn(test, 'profile email')), false)
      const { basic } = await test.confidentialClient({ scope: 'openid read' })
      const machine = await test.post(
        '/oauth/token',
        { grant_type: 'client_credentials' },
        { authorization: basic },
      )
      assert.deepEqual([machine.status, 'id_token' in machine.body], [200, false])
    })

    it('§2, Registration 1.0 §2: each client’s ID tokens are signed as it registered', async (t) => {
      const test = await start(t)
      for (const algorithm of ['RS256', 'ES256'] as const) {
        const client = await registerClient(test, { metadata: { idTokenSignedResponseAlg: algorithm } })
        const { id_token } = await tokensFor(test, client)
        await verifyJwt(test, id_token, { audience: client.id, algorithm })
      }
    })

    it('§12.2: a refreshed ID token keeps subject, audience and auth_time; iat is new, and there is no nonce', async (t) => {
      const test = await start(t)
      const first = await signIn(test)
      test.clock.advance(90)
      const answer = await refresh(test, first.refresh_token)
      const [before, after] = await Promise.all(
        [first.id_token, answer.body.id_token].map(
          async (token) => (await verifyJwt(test, token, { audience: test.clientId })).claims,
        ),
      )
      assert.deepEqual(
        { ...after, at_hash: undefined },
        { ...before, at_hash: undefined, iat: before!.iat! + 90, exp: before!.exp! + 90 },
      )
      test.clock.advance(1)
      const narrowed = await refresh(test, answer.body.refresh_token, { scope: 'profile' })
      assert.equal('id_token' in narrowed.body, false, 'openid is no scope of these tokens')
    })

    it('§5.4: claims of granted scopes are in userinfo, and in the ID token for clients registered so', async (t) => {
      const test = await start(t)
      const plain = await registerClient(test)
      const full = await registerClient(test, { metadata: { idTokenClaims: true } })
      const scopes = ['openid', 'email']
      const [lean, rich] = [await tokensFor(test, plain, { scopes }), await tokensFor(test, full, { scopes })]
      const idToken = async (token: string, audience: string) =>
        (await verifyJwt(test, token, { audience })).claims
      const email = { email: 'admin@localhost', email_verified: false }
      assert.equal('email' in (await idToken(lean.id_token, plain.id)), false)
      const { email: address, email_verified } = await idToken(rich.id_token, full.id)
      assert.deepEqual({ email: address, email_verified }, email)
      const { body } = await userinfo(test, lean.access_token)
      assert.deepEqual({ email: body.email, email_verified: body.email_verified }, email)
    })

    it('§5.5: claims asked for one by one come where they were asked for, within the client’s scopes', async (t) => {
      const test = await start(t)
      const client = await registerClient(test, { scopes: ['openid', 'profile'] })
      const claimsRequest = JSON.stringify({
        userinfo: { preferred_username: { essential: true }, email: null, nickname: null },
        id_token: { updated_at: null, email: null, acr: { values: ['gold'] } },
      })
      const tokens = await tokensFor(test, client, { scopes: ['openid'], claimsRequest })
      const admin = await accountOf(test, 'admin')
      const { body } = await userinfo(test, tokens.access_token)
      assert.deepEqual(body, { sub: admin.id, iss: issuer, preferred_username: 'admin' })
      const { claims } = await verifyJwt(test, tokens.id_token, { audience: client.id })
      assert.deepEqual(Object.keys(claims).sort(), [
        'at_hash',
        'aud',
        'exp',
        'iat',
        'iss',
        'sub',
        'updated_at',
      ])
    })

    it('§5.3.2: userinfo names the person; what nobody knows is left out', async (t) => {
      const test = await start(t)
      const { access_token } = await signIn(test)
      const answer = await userinfo(test, access_token)
      const admin = await accountOf(test, 'admin')
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.deepEqual(answer.body, {
        sub: admin.id,
        iss: issuer,
        name: admin.fullName,
        preferred_username: 'admin',
        updated_at: Math.floor(admin.updatedAt / 1000),
        email: admin.email,
        email_verified: false,
      })
      const lean = await signIn(test, 'openid')
      assert.deepEqual((await userinfo(test, lean.access_token)).body, { sub: admin.id, iss: issuer })
    })

    it('§5.3.2: an address somebody vouched for is verified', async (t) => {
      const test = await start(t)
      const known = {
        username: 'known',
        email: 'known@example.com',
        emailVerified: true,
        role: 'user',
      } as const
      const { account } = await test.administration.accounts.create(known, { type: 'system' })
      const client = await registerClient(test)
      const tokens = await tokensFor(test, client, { accountId: account.id, scopes: ['email'] })
      const { body } = await userinfo(test, tokens.access_token)
      assert.deepEqual([body.email, body.email_verified], ['known@example.com', true])
    })

    it('§5.3.2: signed userinfo for clients registered so, with issuer and audience and nothing of an ID token', async (t) => {
      const test = await start(t)
      for (const algorithm of ['RS256', 'ES256'] as const) {
        const client = await registerClient(test, { metadata: { userinfoSignedResponseAlg: algorithm } })
        const { access_token } = await tokensFor(test, client, { scopes: ['openid', 'profile'] })
        const answer = await userinfo(test, access_token)
        assert.equal(answer.headers['content-type'], 'application/jwt')
        const { claims } = await verifyJwt(test, answer.text, { audience: client.id, algorithm })
        assert.deepEqual(Object.keys(claims).sort(), [
          'aud',
          'iat',
          'iss',
          'name',
          'preferred_username',
          'sub',
          'updated_at',
        ])
      }
    })

    it('§5.3.1: userinfo answers GET and POST', async (t) => {
      const test = await start(t)
      const { access_token } = await signIn(test)
      const { body } = await userinfo(test, access_token)
      const answers = [
        await test.post('/oauth/userinfo', {}, { authorization: `Bearer ${access_token}` }),
        await test.post('/oauth/userinfo', { access_token }),
        await test.get('/oauth/userinfo', { authorization: `bearer ${access_token}` }),
        await test.get('/oauth/userinfo', { authorization: `BEARER  ${access_token}` }),
      ]
      for (const answer of answers) assert.deepEqual([answer.status, answer.body], [200, body])
    })

    it('§5.3.3: a token that is not good here is refused, and each is counted', async (t) => {
      const test = await start(t)
      const client = await registerClient(test, {
        allowedResources: ['https://api.example.com'],
        grants: ['device_code', 'refresh_token'],
      })
      const before = await test.metrics()
      const bound = await tokensFor(test, client, { resources: ['https://api.example.com'] })
      const revoked = await tokensFor(test, client)
      await test.post('/oauth/revoke', { token: revoked.access_token, client_id: client.id })
      const good = await tokensFor(test, client)
      const refusedOf = async (token: string): Promise<unknown[]> => {
        const { status, body, headers } = await userinfo(test, token)
        return [status, body.error, String(headers['www-authenticate'])]
      }
      const invalid = [
        401,
        'invalid_token',
        'Bearer realm="authgate", error="invalid_token", error_description="the token is invalid or expired"',
      ]
      for (const token of [
        bound.access_token,
        revoked.access_token,
        good.id_token,
        good.refresh_token,
        'x',
      ]) {
        assert.deepEqual(await refusedOf(token), invalid)
      }
      assert.equal((await userinfo(test, good.access_token)).status, 200)
      test.clock.advance(4000)
      assert.deepEqual(await refusedOf(good.access_token), invalid)
      assert.deepEqual((await test.metrics()).since(before, ['oauth_token_validation_total']), {
        'oauth_token_validation_total{result="valid"}': 1,
        'oauth_token_validation_total{result="invalid"}': 5,
        'oauth_token_validation_total{result="expired"}': 1,
      })
    })

    it('RFC 6750 §3.1: a token that speaks about nobody has insufficient_scope', async (t) => {
      const test = await start(t)
      const { basic } = await test.confidentialClient({ scope: 'profile email read' })
      const before = await test.metrics()
      const tokens = [
        await machineToken(test, basic, { scope: 'profile email' }),
        (await signIn(test, 'read write')).access_token,
      ]
      for (const token of tokens) {
        const answer = await userinfo(test, token)
        assert.deepEqual([answer.status, answer.body.error], [403, 'insufficient_scope'])
        assert.match(
          String(answer.headers['www-authenticate']),
          /^Bearer realm="authgate", error="insufficient_scope", error_description="[^"]+", scope="openid"$/,
        )
      }
      // They are good tokens all the same.
      assert.deepEqual((await test.metrics()).since(before, ['oauth_token_validation_total']), {
        'oauth_token_validation_total{result="valid"}': 2,
      })
    })

    it('a disabled person and a deleted client are gone from userinfo at once', async (t) => {
      const test = await start(t)
      await test.account('leaving')
      const leaving = await accountOf(test, 'leaving')
      const client = await registerClient(test)
      const theirs = await tokensFor(test, client, { accountId: leaving.id })
      await test.administration.accounts.disable(leaving, { type: 'system' })
      assert.equal((await userinfo(test, theirs.access_token)).status, 401)
      const { access_token } = await tokensFor(test, client)
      await test.administration.clients.delete(client.id, { type: 'system' })
      assert.equal((await userinfo(test, access_token)).status, 401)
    })

    it('a grant from before sign-ins were recorded gives ID tokens without auth_time and sid', async (t) => {
      const test = await start(t)
      const client = await registerClient(test)
      const { refreshToken } = await giveGrant(test, client, { authentication: undefined })
      const answer = await refresh(test, refreshToken, { client_id: client.id })
      const { claims } = await verifyJwt(test, answer.body.id_token, { audience: client.id })
      assert.deepEqual(['auth_time' in claims, 'sid' in claims, 'amr' in claims], [false, false, false])
    })
  })
}

describe('OpenID Connect Core 1.0 with authorization codes', () => {
  const claimsOf = async (test: TestApp, idToken: string, audience: string) =>
    (await verifyJwt(test, idToken, { audience })).claims

  it('§3.1.3.3, §3.1.2.1: a code gives an ID token with the nonce as it was sent', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const client = await webClient(test)
    const nonce = 'n-0S6_WzA2Mj.~'.repeat(27)
    const tokens = (await signInWeb(test, client, { scope: 'openid', nonce })) as unknown as OpenIdTokens
    const claims = await claimsOf(test, tokens.id_token, client.id)
    const session = await sessionOf(test)
    assert.deepEqual(
      [claims.nonce, claims.sid, claims.auth_time],
      [nonce, session.id, Math.floor(session.createdAt / 1000)],
    )
    const without = (await signInWeb(test, client, { scope: 'openid' })) as unknown as OpenIdTokens
    assert.equal('nonce' in (await claimsOf(test, without.id_token, client.id)), false)
    const plain = await signInWeb(test, client, { scope: 'read' })
    assert.equal('id_token' in plain, false)
  })

  it('§5.5: a person is asked about claims as about their scopes, and gives what they allow', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const client = await webClient(test)
    const claims = JSON.stringify({ userinfo: { name: { essential: true }, email: null } })
    const browser = await test.signedIn()
    const question = await authorize(browser, client, { scope: 'openid', claims })
    assert.match(question.text, /name="scope:profile"[^>]*|scope:profile/)
    assert.match(question.text, /scope:email/)
    const refused = redirected(
      await decideOn(browser, question, 'approve', {
        choose: '1',
        'scope:openid': 'on',
        'scope:profile': 'on',
      }),
    )
    const answer = await redeem(test, client, refused.code!)
    assert.equal(answer.body.scope, 'openid', 'claims are no scopes')
    assert.deepEqual(Object.keys((await userinfo(test, answer.body.access_token)).body).sort(), [
      'iss',
      'name',
      'sub',
    ])
    // Remembered: with what was allowed nobody is asked, with more they are.
    const again = { scope: 'openid', prompt: 'none' }
    const lessClaims = JSON.stringify({ userinfo: { name: null } })
    assert.ok(redirected(await authorize(browser, client, { ...again, claims: lessClaims })).code)
    assert.equal(redirected(await authorize(browser, client, { ...again, claims })).error, 'consent_required')
  })

  it('§5.5, §5.5.1.1: a claims parameter that is none, or cannot be met, is refused', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const client = await webClient(test)
    const browser = await test.signedIn()
    const errorOf = async (claims: unknown) =>
      redirected(
        await authorize(browser, client, {
          scope: 'openid',
          claims: typeof claims === 'string' ? claims : JSON.stringify(claims),
        }),
      ).error
    assert.equal(await errorOf('{'), 'invalid_request')
    assert.equal(await errorOf({ userinfo: [] }), 'invalid_request')
    for (const values of [['gold'], ['phr', 'urn:authgate:acr:multi-factor']]) {
      assert.equal(
        await errorOf({ id_token: { acr: { essential: true, values } } }),
        'unmet_authentication_requirements',
      )
    }
  })

  it('§5.5.1, §3.1.2.1: sub and id_token_hint name the only person the answer may be about', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const client = await webClient(test)
    const first = (await signInWeb(test, client, { scope: 'openid' })) as unknown as OpenIdTokens
    const browser = await test.signedIn()
    const other = await test.account('other')
    const stranger = test.browser()
    await stranger.signIn(other.username, other.password)
    test.clock.advance(900)
    const ask = async (by: typeof browser, fields: Record<string, string>) =>
      redirected(await authorize(by, client, { scope: 'openid', prompt: 'none', ...fields }))
    const sub = (await accountOf(test, 'admin')).id
    const asSub = { claims: JSON.stringify({ id_token: { sub: { value: sub } } }) }
    // §3.1.2.1: an expired ID token is as good a hint.
    const hint = { id_token_hint: first.id_token }
    for (const fields of [asSub, hint, { ...asSub, ...hint }]) {
      assert.ok((await ask(browser, fields)).code)
      assert.equal((await ask(stranger, fields)).error, 'login_required')
    }
    const another = await webClient(test)
    const foreign = (await signInWeb(test, another, { scope: 'openid' })) as unknown as OpenIdTokens
    for (const id_token_hint of [foreign.id_token, first.access_token, 'none']) {
      assert.equal((await ask(browser, { id_token_hint })).error, 'invalid_request')
    }
  })

  it('a code whose session ended meanwhile gives nothing: its client would never hear of the end', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const client = await webClient(test)
    const browser = await test.signedIn()
    const code = await obtainCode(test, client, { scope: 'openid' }, browser)
    await browser.get('/logout')
    await browser.submit('/logout')
    const answer = await redeem(test, client, code)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  })
})

describe('RFC 6750 at userinfo', () => {
  it('RFC 6750 §2, §3: no token is answered with a bare challenge, two with invalid_request', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { access_token } = await signInDevice(test, { scope: 'openid' })
    const bare = [
      await test.get('/oauth/userinfo'),
      await test.post('/oauth/userinfo', {}),
      await test.get('/oauth/userinfo', { authorization: access_token }),
      await test.get('/oauth/userinfo', { authorization: `Basic ${access_token}` }),
      // §2.3: not in the query, which ends up in logs.
      await test.get(`/oauth/userinfo?access_token=${access_token}`),
    ]
    for (const answer of bare) {
      assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_token'])
      assert.equal(
        answer.headers['www-authenticate'],
        'Bearer realm="authgate", DPoP algs="ES256 PS256 EdDSA Ed25519"',
      )
    }
    const twice = await test.post(
      '/oauth/userinfo',
      { access_token },
      { authorization: `Bearer ${access_token}` },
    )
    assert.deepEqual([twice.status, twice.body.error], [400, 'invalid_request'])
  })

  it('RFC 6750 §2.2: a token in a body counts only in a form of a POST', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { access_token } = await signInDevice(test, { scope: 'openid' })
    const post = (contentType: string, payload: string) =>
      test.request({
        method: 'POST',
        url: '/oauth/userinfo',
        headers: { 'content-type': contentType },
        payload,
      })
    const asForm = `access_token=${access_token}`
    assert.equal((await post('application/x-www-form-urlencoded; charset=UTF-8', asForm)).statusCode, 200)
    assert.equal((await post('text/plain', asForm)).statusCode, 401)
    assert.equal((await post('application/json', JSON.stringify({ access_token }))).statusCode, 401)
  })
})

describe('OpenID Connect Discovery 1.0', () => {
  it('§3: the document tells what there is for OpenID Connect', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { body } = await test.get('/.well-known/openid-configuration')
    assert.equal(body.userinfo_endpoint, `${issuer}/oauth/userinfo`)
    assert.deepEqual(body.subject_types_supported, ['public'])
    assert.ok(body.id_token_signing_alg_values_supported.includes('RS256'))
    assert.ok(body.userinfo_signing_alg_values_supported.includes('RS256'))
    for (const claim of ['sub', 'auth_time', 'nonce', 'name', 'email_verified']) {
      assert.ok(body.claims_supported.includes(claim), claim)
    }
    assert.deepEqual(
      [
        body.claims_parameter_supported,
        body.request_parameter_supported,
        body.request_uri_parameter_supported,
      ],
      [true, false, false],
    )
    for (const member of Object.values(body)) assert.notEqual(member, null)
  })

  it('§3: RFC 8414’s document stays without what is OpenID Connect’s alone', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    for (const member of ['userinfo_endpoint', 'subject_types_supported', 'claims_supported']) {
      assert.equal(member in body, false, member)
    }
  })
})

describe('access tokens beside ID tokens', () => {
  it('ID tokens follow the client whatever signs access tokens', async (t) => {
    const secret = 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa'
    const test = await startTestApp({ environment: { JWT_SIGNING_ALGORITHM: 'HS256', JWT_SECRET: secret } })
    t.after(() => test.close())
    const tokens = (await signInDevice(test, { scope: 'openid' })) as unknown as OpenIdTokens
    assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'HS256')
    await verifyJwt(test, tokens.id_token, { audience: test.clientId })
  })
})
