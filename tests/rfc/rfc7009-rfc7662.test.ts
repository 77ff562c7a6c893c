/** RFC 7009: Token Revocation, and RFC 7662: Token Introspection. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { webClient } from '../support/authorization.ts'
import { errorOf, machineToken, refresh, signInDevice } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`on ${driver}`, { skip }, () => {
    let test: TestApp
    before(async () => {
      test = await startTestApp({ driver })
    })
    after(() => test.close())

    const introspect = async (basic: string, token: string) =>
      (await test.post('/oauth/introspect', { token }, { authorization: basic })).body

    describe('RFC 7009', () => {
      it('§2.1: revoking an access token ends that token', async () => {
        const tokens = await signInDevice(test)
        const answer = await test.post('/oauth/revoke', {
          token: tokens.access_token,
          client_id: test.clientId,
        })
        assert.deepEqual([answer.status, answer.text], [200, '{}'])
        const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${tokens.access_token}` })
        assert.deepEqual(errorOf(info), [401, 'invalid_token'])
        assert.equal((await refresh(test, tokens.refresh_token)).status, 200)
      })

      it('§2.1: revoking a refresh token ends the family and its access tokens', async () => {
        const first = await signInDevice(test)
        const second = (await refresh(test, first.refresh_token)).body
        const before = await test.metrics()
        const revoked = await test.post('/oauth/revoke', {
          token: second.refresh_token,
          token_type_hint: 'access_token',
          client_id: test.clientId,
        })
        assert.equal(revoked.status, 200)
        for (const token of [first.access_token, second.access_token]) {
          assert.equal((await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })).status, 401)
        }
        assert.deepEqual(errorOf(await refresh(test, second.refresh_token)), [400, 'invalid_grant'])
        const moved = (await test.metrics()).since(before, ['oauth_tokens_revoked_total'])
        assert.deepEqual(moved, { 'oauth_tokens_revoked_total{reason="user_request"}': 3 })
      })

      it('§2.2: an unknown token is as good as revoked, also the second time', async () => {
        const tokens = await signInDevice(test)
        for (const token of ['unknown', tokens.access_token, tokens.access_token]) {
          assert.equal((await test.post('/oauth/revoke', { token, client_id: test.clientId })).status, 200)
        }
      })

      it('§2.1: the client must be known, authenticated and the owner', async () => {
        const tokens = await signInDevice(test)
        const { access_token: token } = tokens
        assert.deepEqual(errorOf(await test.post('/oauth/revoke', { token })), [401, 'invalid_client'])
        const other = await test.confidentialClient()
        const wrong = await test.post('/oauth/revoke', { token, client_id: other.id, client_secret: 'x' })
        assert.deepEqual(errorOf(wrong), [401, 'invalid_client'])
        const foreign = await test.post('/oauth/revoke', { token }, { authorization: other.basic })
        assert.deepEqual(errorOf(foreign), [400, 'invalid_grant'])
        assert.equal((await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })).status, 200)
      })

      it('§2.1: token is required', async () => {
        assert.deepEqual(errorOf(await test.post('/oauth/revoke', { client_id: test.clientId })), [
          400,
          'invalid_request',
        ])
      })
    })

    describe('RFC 7662', () => {
      it('§2.2: an active token is described', async () => {
        const client = await test.confidentialClient()
        const token = await machineToken(test, client.basic, { scope: 'read' })
        const body = await introspect(client.basic, token)
        const now = Math.floor(test.clock.now() / 1000)
        assert.deepEqual(body, {
          active: true,
          scope: 'read',
          client_id: client.id,
          exp: now + 3600,
          iat: now,
          sub: `client:${client.id}`,
          iss: 'http://localhost:8080',
          jti: body.jti,
          token_type: 'Bearer',
          aud: 'http://localhost:8080',
        })
        const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
        assert.equal(body.jti, claims.jti)
      })

      it('§2.2: a person’s token names the person, a refresh token is no Bearer token', async () => {
        const trusted = await test.confidentialClient({ introspectAny: true })
        const tokens = await signInDevice(test)
        const access = await introspect(trusted.basic, tokens.access_token)
        assert.equal(access.username, 'admin')
        const refreshToken = await introspect(trusted.basic, tokens.refresh_token)
        assert.equal(refreshToken.active, true)
        assert.equal('token_type' in refreshToken, false)
      })

      it('§2.2: unknown, malformed, expired and revoked tokens are inactive, and nothing more is said', async () => {
        const client = await test.confidentialClient()
        const revoked = await machineToken(test, client.basic)
        await test.post('/oauth/revoke', { token: revoked }, { authorization: client.basic })
        const forged = await machineToken(test, client.basic)
        const expired = await machineToken(test, client.basic)
        for (const token of ['x', 'a.b.c', `${forged.slice(0, -2)}AA`, revoked, 'agr_x']) {
          assert.deepEqual(await introspect(client.basic, token), { active: false })
        }
        test.clock.advance(3601)
        assert.deepEqual(await introspect(client.basic, expired), { active: false })
      })

      it('§4: another client’s token is inactive, unless it is meant for a resource of one’s own', async () => {
        const resources = ['https://api.example.com/v1']
        const issuer = await test.confidentialClient({ resources })
        const token = await machineToken(test, issuer.basic, { resource: resources })
        const stranger = await test.confidentialClient()
        assert.deepEqual(await introspect(stranger.basic, token), { active: false })
        const prefix = await test.confidentialClient({ resources: ['https://api.example.com'] })
        assert.deepEqual(await introspect(prefix.basic, token), { active: false })
        const resourceServer = await test.confidentialClient({ resources: ['HTTPS://API.example.com/v1'] })
        assert.equal((await introspect(resourceServer.basic, token)).active, true)
      })

      it('§4: an audience that is no resource is nobody’s resource', async (t) => {
        const named = await startTestApp({ driver, environment: { JWT_AUDIENCE: 'our services' } })
        t.after(() => named.close())
        const issuer = await named.confidentialClient()
        const token = await machineToken(named, issuer.basic)
        // As it may have been imported.
        const odd = await webClient(named, { allowedResources: ['their services'] })
        const authorization = odd.basic!
        const answer = await named.post('/oauth/introspect', { token }, { authorization })
        assert.deepEqual(answer.body, { active: false })
      })

      it('§2.1: the caller must be a confidential client and name a token', async () => {
        assert.deepEqual(errorOf(await test.post('/oauth/introspect', { token: 'x' })), [
          401,
          'invalid_client',
        ])
        const asPublic = await test.post('/oauth/introspect', { token: 'x', client_id: test.clientId })
        assert.deepEqual(errorOf(asPublic), [400, 'unauthorized_client'])
        const client = await test.confidentialClient()
        const without = await test.post('/oauth/introspect', {}, { authorization: client.basic })
        assert.deepEqual(errorOf(without), [400, 'invalid_request'])
      })
    })

    describe('tokeninfo (RFC 6750 §3)', () => {
      it('describes a good token', async () => {
        const tokens = await signInDevice(test, { scope: 'read' })
        const info = await test.get('/oauth/tokeninfo', { authorization: `bearer ${tokens.access_token}` })
        assert.equal(info.status, 200)
        assert.equal(info.headers['cache-control'], 'no-store')
        assert.equal(info.body.active, true)
        assert.deepEqual(
          [info.body.client_id, info.body.scope, info.body.subject_type],
          [test.clientId, 'read', 'user'],
        )
        assert.equal((await test.get('/oauth/tokeninfo', { authorization: tokens.access_token })).status, 200)
      })

      it('§3: answers a missing token with a bare challenge, a bad one with invalid_token', async () => {
        const missing = await test.get('/oauth/tokeninfo')
        assert.deepEqual(errorOf(missing), [401, 'missing_token'])
        assert.equal(
          missing.headers['www-authenticate'],
          'Bearer realm="authgate", DPoP algs="ES256 PS256 EdDSA Ed25519"',
        )
        for (const authorization of ['Bearer', 'bearer ', 'DPoP', 'Basic eDp5']) {
          const without = await test.get('/oauth/tokeninfo', { authorization })
          assert.deepEqual(errorOf(without), [401, 'missing_token'], authorization)
        }
        const { refresh_token } = await signInDevice(test)
        for (const token of [
          'x',
          'a.b.c',
          refresh_token,
          `a.${Buffer.from('{"jti":1}').toString('base64url')}.c`,
        ]) {
          const bad = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })
          assert.deepEqual(errorOf(bad), [401, 'invalid_token'])
          assert.match(String(bad.headers['www-authenticate']), /error="invalid_token"/)
        }
      })
    })
  })
}
