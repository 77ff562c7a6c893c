/** RFC 8414: Authorization Server Metadata; RFC 7517: JWK sets; RFC 9068: JWT access tokens. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { obtainCode, redeem, type WebClient, webClient } from '../support/authorization.ts'
import { errorOf, machineToken, signInDevice } from '../support/oauth-client.ts'
import { startTestApp } from '../support/test-app.ts'

describe('RFC 8414', () => {
  it('§3: both documents name endpoints that exist, and the issuer they came from', async (t) => {
    const test = await startTestApp({ environment: { BASE_URL: 'https://auth.example.com/sso/' } })
    t.after(() => test.close())
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const answer = await test.get(`/sso/.well-known/${name}`)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['cache-control'], 'public, max-age=300')
      assert.equal(answer.headers['access-control-allow-origin'], '*')
      const { body } = answer
      assert.equal(body.issuer, 'https://auth.example.com/sso')
      for (const [member, url] of Object.entries(body)) {
        if (!/_endpoint$|_uri$/.test(member)) continue
        assert.ok(String(url).startsWith(`${body.issuer}/`), member)
        const path = new URL(String(url)).pathname
        const probe = await test.request({ method: member === 'jwks_uri' ? 'GET' : 'POST', url: path })
        assert.notEqual(probe.statusCode, 404, member)
      }
      assert.deepEqual(body.grant_types_supported, [
        'urn:ietf:params:oauth:grant-type:device_code',
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'client_credentials',
      ])
    }
  })

  it('§3.1: the path-inserted form works for an issuer with a path', async (t) => {
    const test = await startTestApp({ environment: { BASE_URL: 'https://auth.example.com/sso' } })
    t.after(() => test.close())
    const answer = await test.get('/.well-known/oauth-authorization-server/sso')
    assert.equal(answer.body.issuer, 'https://auth.example.com/sso')
  })
})

describe('well-known documents', () => {
  it('RFC 8414 §3.2: any other is a JSON 404, whatever the client would like to see', async (t) => {
    const test = await startTestApp({ environment: { BASE_URL: 'https://auth.example.com/sso' } })
    t.after(() => test.close())
    const paths = ['/.well-known/oauth-protected-resource', '/.well-known/openid-configuration/other']
    for (const path of [
      ...paths,
      ...paths.map((path) => `/sso${path}`),
      '/.well-known/openid-configuration',
    ]) {
      const answer = await test.get(path, { accept: 'text/html,application/json' })
      assert.deepEqual([answer.status, answer.body], [404, { error: 'not_found' }], path)
    }
  })

  it('RFC 9110 §13.1.2: one that has not changed is not sent again', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    for (const name of ['oauth-authorization-server', 'openid-configuration', 'jwks.json']) {
      const path = `/.well-known/${name}`
      const first = await test.get(path)
      const etag = String(first.headers.etag)
      assert.match(etag, /^"[\w-]{43}"$/)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await test.get(path, { 'if-none-match': known })
        assert.deepEqual([again.status, again.text, again.headers['content-length']], [304, '', undefined])
        assert.equal(again.headers.etag, etag)
        assert.equal(again.headers['cache-control'], 'public, max-age=300')
      }
      assert.equal((await test.get(path, { 'if-none-match': '"other"' })).status, 200)
    }
  })
})

describe('RFC 7517 §5: the JWK set', () => {
  it('holds public keys only, each with its RFC 7638 thumbprint as kid', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { body } = await test.get('/.well-known/jwks.json')
    assert.deepEqual(body.keys.map((key: { alg: string }) => key.alg).sort(), ['ES256', 'PS256', 'RS256'])
    for (const key of body.keys) {
      assert.equal(key.kid, await calculateJwkThumbprint(key))
      assert.equal(key.use, 'sig')
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(secret in key, false)
    }
  })
})

describe('RFC 9068: access tokens', () => {
  for (const algorithm of ['ES256', 'RS256'] as const) {
    it(`§2.1, §4: signed with ${algorithm}, verify against the JWK set`, async (t) => {
      const test = await startTestApp({
        environment: { JWT_SIGNING_ALGORITHM: algorithm, JWT_DOMAIN: 'acme' },
      })
      t.after(() => test.close())
      const { access_token } = await signInDevice(test, { scope: 'read' })
      const { keys } = (await test.get('/.well-known/jwks.json')).body
      const { payload, protectedHeader } = await jwtVerify(access_token, createLocalJWKSet({ keys }), {
        issuer: 'http://localhost:8080',
        audience: 'http://localhost:8080',
        typ: 'at+jwt',
        algorithms: [algorithm],
        requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp', 'scope'],
        currentDate: new Date(test.clock.now()),
      })
      assert.equal(protectedHeader.alg, algorithm)
      assert.equal(payload.client_id, test.clientId)
      assert.equal(payload.user_id, payload.sub)
      assert.deepEqual([payload.type, payload.extra_domain, payload.extra_uid], ['access', 'acme', 'admin'])
    })
  }

  it('§2.2.3: a client that may adds claims of its own, which never stand for ours', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const given = { grants: ['authorization_code', 'refresh_token', 'client_credentials'] as const }
    const client = await webClient(test, { ...given, metadata: { extraClaims: true } })
    const other = await webClient(test, given)
    const ask = (by: WebClient, claims: string) =>
      test.post(
        '/oauth/token',
        { grant_type: 'client_credentials', scope: 'read', extra_claims: claims },
        { authorization: by.basic! },
      )
    const jti = '"jti":"01900000-0000-7000-8000-000000000000"'
    const answer = await ask(client, `{"tenant":"a","order":12345678901234567890,"nested":{${jti}}}`)
    assert.equal(answer.status, 200, answer.text)
    const payload = Buffer.from(answer.body.access_token.split('.')[1], 'base64url').toString()
    assert.match(payload, /"tenant":"a","order":12345678901234567890,/)
    const authorization = `Bearer ${answer.body.access_token}`
    assert.equal((await test.get('/oauth/tokeninfo', { authorization })).status, 200)
    assert.deepEqual(errorOf(await ask(client, '{"roles":["admin"]}')), [400, 'invalid_request'])
    // It would stand before ours, and the token be known to nobody here: not described, and not revoked.
    assert.deepEqual(errorOf(await ask(client, `{"7":{${jti}}}`)), [400, 'invalid_request'])
    assert.deepEqual(errorOf(await ask(other, '{"tenant":"a"}')), [400, 'invalid_request'])

    const code = await obtainCode(test, client)
    const tokens = (await redeem(test, client, code, { extra_claims: '{"tenant":"b"}' })).body
    assert.match(Buffer.from(tokens.access_token.split('.')[1], 'base64url').toString(), /"tenant":"b"/)
    // Not kept: what a refreshed token is to say is said again.
    const refreshed = await test.post(
      '/oauth/token',
      { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
      { authorization: client.basic! },
    )
    assert.equal(refreshed.status, 200, refreshed.text)
    assert.doesNotMatch(
      Buffer.from(refreshed.body.access_token.split('.')[1], 'base64url').toString(),
      /tenant/,
    )
  })

  it('HS256 only when asked, and publishes no shared key', async (t) => {
    const secret = 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa'
    const test = await startTestApp({ environment: { JWT_SIGNING_ALGORITHM: 'HS256', JWT_SECRET: secret } })
    t.after(() => test.close())
    const client = await test.confidentialClient()
    const token = await machineToken(test, client.basic)
    await jwtVerify(token, new TextEncoder().encode(secret), { currentDate: new Date(test.clock.now()) })
    const { keys } = (await test.get('/.well-known/jwks.json')).body
    assert.ok(keys.every((key: { kty: string }) => key.kty !== 'oct'))
  })

  it('an own key in PEM signs and is published', async (t) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (const type of ['pkcs8', 'sec1'] as const) {
      const pem = privateKey.export({ type, format: 'pem' }).toString()
      const test = await startTestApp({ environment: { JWT_PRIVATE_KEY_PEM: pem, JWT_KEY_ID: 'mine' } })
      t.after(() => test.close())
      const client = await test.confidentialClient()
      const token = await machineToken(test, client.basic)
      assert.equal(decodeProtectedHeader(token).kid, 'mine')
      const { keys } = (await test.get('/.well-known/jwks.json')).body
      await jwtVerify(token, createLocalJWKSet({ keys }), { currentDate: new Date(test.clock.now()) })
    }
  })

  it('a key that does not fit its algorithm stops the start', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await assert.rejects(startTestApp({ environment: { JWT_PRIVATE_KEY_PEM: pem } }), /P-256/)
    await assert.rejects(startTestApp({ environment: { JWT_PRIVATE_KEY_PEM: 'nonsense' } }), /no private key/)
  })

  it('lifetimes follow the client’s profile, with jitter that never passes the maximum', async (t) => {
    const test = await startTestApp({
      environment: {
        JWT_EXPIRATION: '30m',
        JWT_EXPIRATION_JITTER: '10m',
        JWT_EXPIRATION_MAX: '35m',
        TOKEN_PROFILE_LONG_ACCESS_TTL: '35m',
      },
    })
    t.after(() => test.close())
    const lifetimes = new Set<number>()
    for (let round = 0; round < 12; round++) lifetimes.add((await signInDevice(test)).expires_in)
    assert.ok(lifetimes.size > 1)
    assert.ok([...lifetimes].every((seconds) => seconds >= 1799 && seconds <= 2100))
  })
})
