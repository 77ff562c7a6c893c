/** RFC 6749: The OAuth 2.0 Authorization Framework, as far as the token endpoint goes. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signInWeb, webClient } from '../support/authorization.ts'
import { errorOf, machineToken, poll, refresh, signInDevice } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`RFC 6749 on ${driver}`, { skip }, () => {
    let test: TestApp
    before(async () => {
      test = await startTestApp({ driver })
    })
    after(() => test.close())

    describe('§2.3: client authentication', () => {
      const grant = { grant_type: 'client_credentials' }

      it('§2.3.1: HTTP Basic, percent-encoded or raw', async () => {
        const { id, secret } = await test.confidentialClient()
        const basic = (text: string): Record<string, string> => ({
          authorization: `Basic ${Buffer.from(text).toString('base64')}`,
        })
        const encoded = `${id.replaceAll('-', '%2D')}:${secret.replaceAll('_', '%5F')}`
        for (const text of [`${id}:${secret}`, encoded]) {
          assert.equal((await test.post('/oauth/token', grant, basic(text))).status, 200, text)
        }
        const lowerCaseScheme = {
          authorization: `basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        }
        assert.equal((await test.post('/oauth/token', grant, lowerCaseScheme)).status, 200)
      })

      it('§2.3.1: credentials in the body', async () => {
        const { id, secret } = await test.confidentialClient()
        const answer = await test.post('/oauth/token', { ...grant, client_id: id, client_secret: secret })
        assert.equal(answer.status, 200)
      })

      it('§2.3: two methods at once are invalid_request, and so are two clients', async () => {
        const client = await test.confidentialClient()
        const other = await test.confidentialClient()
        const authorization = { authorization: client.basic }
        const twice = await test.post(
          '/oauth/token',
          { ...grant, client_secret: client.secret },
          authorization,
        )
        assert.deepEqual(errorOf(twice), [400, 'invalid_request'])
        const two = await test.post('/oauth/token', { ...grant, client_id: other.id }, authorization)
        assert.deepEqual(errorOf(two), [400, 'invalid_request'])
        const same = await test.post('/oauth/token', { ...grant, client_id: client.id }, authorization)
        assert.equal(same.status, 200)
      })

      it('§5.2: failures are 401 invalid_client with a challenge, without telling which part was wrong', async () => {
        const client = await test.confidentialClient()
        const bodies = new Set<string>()
        for (const text of [
          `${client.id}:wrong`,
          `${client.id}:`,
          `${client.id}`,
          'nobody:wrong',
          ':',
          'é:ü',
        ]) {
          const answer = await test.post('/oauth/token', grant, {
            authorization: `Basic ${Buffer.from(text).toString('base64')}`,
          })
          assert.deepEqual(errorOf(answer), [401, 'invalid_client'], text)
          assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/)
          bodies.add(answer.text)
        }
        assert.equal(bodies.size, 1)
      })

      it('§5.2: a Basic header that holds no credentials is a failure, whatever the body says', async () => {
        const { id, secret } = await test.confidentialClient()
        const asPublic = { grant_type: 'refresh_token', refresh_token: 'unknown', client_id: test.clientId }
        for (const authorization of [
          'Basic',
          'Basic !!!',
          `Basic ${Buffer.from('a:b').toString('base64')}, x`,
        ]) {
          for (const fields of [grant, { ...grant, client_id: id, client_secret: secret }, asPublic]) {
            const answer = await test.post('/oauth/token', fields, { authorization })
            assert.deepEqual(errorOf(answer), [401, 'invalid_client'], authorization)
            assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/)
          }
        }
        // Credentials of another scheme are none of a client, and do not stand in the way.
        const other = { authorization: 'Bearer x' }
        const fields = { ...grant, client_id: id, client_secret: secret }
        assert.equal((await test.post('/oauth/token', fields, other)).status, 200)
      })

      it('a public client is never asked for a secret, and an empty or stale one does no harm', async () => {
        for (const secret of ['', 'left over']) {
          const answer = await poll(test, 'unknown', { client_secret: secret })
          assert.deepEqual(errorOf(answer), [400, 'invalid_grant'])
        }
        const basic = `Basic ${Buffer.from(`${test.clientId}:`).toString('base64')}`
        const answer = await test.post(
          '/oauth/token',
          { grant_type: 'refresh_token', refresh_token: 'unknown' },
          { authorization: basic },
        )
        assert.deepEqual(errorOf(answer), [400, 'invalid_grant'])
      })
    })

    describe('§3.2: token endpoint', () => {
      it('§3.2: a missing grant_type is invalid_request, an unknown one unsupported_grant_type', async () => {
        assert.deepEqual(errorOf(await test.post('/oauth/token', { client_id: test.clientId })), [
          400,
          'invalid_request',
        ])
        for (const name of ['password', 'device_code', 'toString', '__proto__']) {
          assert.deepEqual(errorOf(await test.post('/oauth/token', { grant_type: name })), [
            400,
            'unsupported_grant_type',
          ])
        }
      })

      it('§3.2: parameters must not be repeated', async () => {
        const answer = await test.post('/oauth/token', { grant_type: ['refresh_token', 'refresh_token'] })
        assert.deepEqual(errorOf(answer), [400, 'invalid_request'])
      })

      it('§3.2: the query is not read, other content types are refused', async () => {
        const query = await test.request({
          method: 'POST',
          url: '/oauth/token?grant_type=client_credentials',
        })
        assert.deepEqual([query.statusCode, query.json().error], [400, 'invalid_request'])
        for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', ';;;']) {
          const answer = await test.request({
            method: 'POST',
            url: '/oauth/token',
            headers: { 'content-type': type },
            payload: '{"grant_type":"client_credentials"}',
          })
          assert.deepEqual([answer.statusCode, answer.json().error], [400, 'invalid_request'], type)
        }
      })

      it('§3.2: only POST', async () => {
        const answer = await test.get('/oauth/token')
        // RFC 9110 §15.5.6.
        assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST, OPTIONS'])
      })
    })

    describe('§4.4: client credentials', () => {
      it('§4.4.3: an access token and no refresh token', async () => {
        const client = await test.confidentialClient()
        const answer = await test.post(
          '/oauth/token',
          { grant_type: 'client_credentials', scope: 'read' },
          { authorization: client.basic },
        )
        assert.equal(answer.status, 200)
        assert.equal(answer.headers['cache-control'], 'no-store')
        const { access_token, ...rest } = answer.body
        assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read' })
        assert.equal(access_token.split('.').length, 3)
      })

      it('§4.4: a public client may not use it', async () => {
        const answer = await test.post('/oauth/token', {
          grant_type: 'client_credentials',
          client_id: test.clientId,
        })
        assert.deepEqual(errorOf(answer), [400, 'unauthorized_client'])
      })

      it('§5.2: nor a client that was not given it', async () => {
        const client = await test.confidentialClient({ grants: ['device_code'] })
        const answer = await test.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: client.basic },
        )
        assert.deepEqual(errorOf(answer), [400, 'unauthorized_client'])
      })

      it('§3.3: an absent scope is the client’s, without those about a person; more is invalid_scope', async () => {
        const client = await test.confidentialClient({ scope: 'openid offline_access read write' })
        const authorization = { authorization: client.basic }
        const grant = { grant_type: 'client_credentials' }
        assert.equal((await test.post('/oauth/token', grant, authorization)).body.scope, 'read write')
        for (const scope of ['openid', 'read admin', 'read "']) {
          assert.deepEqual(errorOf(await test.post('/oauth/token', { ...grant, scope }, authorization)), [
            400,
            'invalid_scope',
          ])
        }
      })

      it('§3.3: a client whose scopes all speak about a person gets no token without scope', async () => {
        const client = await test.confidentialClient({ scope: 'openid offline_access' })
        const answer = await test.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: client.basic },
        )
        assert.deepEqual(errorOf(answer), [400, 'invalid_scope'])
      })

      it('RFC 8707 §2: a resource becomes the audience', async () => {
        const resources = ['https://a.example', 'https://b.example']
        const client = await test.confidentialClient({ resources })
        const token = await machineToken(test, client.basic, { resource: resources })
        const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
        assert.deepEqual(claims.aud, resources)
      })

      it('a deleted client gets nothing more', async () => {
        const client = await test.confidentialClient()
        const token = await machineToken(test, client.basic)
        await test.administration.clients.delete(client.id as never, { type: 'system' })
        const answer = await test.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: client.basic },
        )
        assert.deepEqual(errorOf(answer), [401, 'invalid_client'])
        const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${token}` })
        assert.equal(info.status, 401)
      })
    })

    describe('§6: refreshing', () => {
      it('§6: gives a new access token and a new refresh token with the same scope', async () => {
        const first = await signInDevice(test, { scope: 'read write' })
        const second = await refresh(test, first.refresh_token)
        assert.equal(second.status, 200)
        assert.equal(second.headers['cache-control'], 'no-store')
        assert.equal(second.body.scope, 'read write')
        assert.notEqual(second.body.refresh_token, first.refresh_token)
        assert.notEqual(second.body.access_token, first.access_token)
      })

      it('§6: the scope may be narrowed, not widened; a habitual offline_access is ignored', async () => {
        const { refresh_token } = await signInDevice(test, { scope: 'read write' })
        const narrowed = await refresh(test, refresh_token, { scope: 'read' })
        assert.equal(narrowed.body.scope, 'read')
        // The narrowing was of that access token: the grant keeps its scope.
        const again = await refresh(test, narrowed.body.refresh_token)
        assert.equal(again.body.scope, 'read write')
        const latest = again.body.refresh_token
        assert.deepEqual(errorOf(await refresh(test, latest, { scope: 'read email' })), [
          400,
          'invalid_scope',
        ])
        assert.equal((await refresh(test, latest, { scope: 'read offline_access' })).body.scope, 'read')
      })

      it('§6: the token is bound to its client', async () => {
        const { refresh_token } = await signInDevice(test)
        const other = await test.confidentialClient()
        const foreign = await test.post(
          '/oauth/token',
          { grant_type: 'refresh_token', refresh_token },
          { authorization: other.basic },
        )
        assert.deepEqual(errorOf(foreign), [400, 'invalid_grant'])
        assert.equal((await refresh(test, refresh_token)).status, 200)
      })

      it('§6: an expired token is invalid_grant', async () => {
        const { refresh_token } = await signInDevice(test)
        test.clock.advance(720 * 3600 + 1)
        assert.deepEqual(errorOf(await refresh(test, refresh_token)), [400, 'invalid_grant'])
      })

      it('§5.2: refresh_token is required; anything else is invalid_grant', async () => {
        const grant = { grant_type: 'refresh_token', client_id: test.clientId }
        assert.deepEqual(errorOf(await test.post('/oauth/token', grant)), [400, 'invalid_request'])
        for (const wrong of ['x', 'agr_x', `agr_${'A'.repeat(22)}.${'A'.repeat(43)}`]) {
          assert.deepEqual(errorOf(await refresh(test, wrong)), [400, 'invalid_grant'])
        }
      })
    })
  })
}

describe('RFC 6749 §1.5: refresh tokens are optional', () => {
  it('ENABLE_REFRESH_TOKENS=false: nobody is given one, and nobody may use one', async (t) => {
    const test = await startTestApp({ environment: { ENABLE_REFRESH_TOKENS: 'false' } })
    t.after(() => test.close())
    const client = await webClient(test)
    const scope = 'openid read offline_access'
    for (const tokens of [await signInDevice(test), await signInWeb(test, client, { scope })]) {
      assert.equal('refresh_token' in tokens, false)
    }
    assert.equal((await test.metrics()).get('oauth_tokens_active{token_type="refresh"}'), 0)
    assert.deepEqual(errorOf(await refresh(test, 'agr_x')), [400, 'unsupported_grant_type'])
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    assert.equal(body.grant_types_supported.includes('refresh_token'), false)
  })
})
