/** RFC 7592: registered clients read, change and delete their registration. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClientId } from '../../src/shared/ids.ts'
import { obtainCode, redeem, type WebClient } from '../support/authorization.ts'
import { openResource } from '../support/mcp.ts'
import { errorOf } from '../support/oauth-client.ts'
import { manage, redirectUri, register, registrationOn } from '../support/registration.ts'
import { drivers, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`RFC 7592 on ${driver}`, { skip }, () => {
    let test: TestApp

    before(async () => {
      test = await startTestApp({ driver, environment: registrationOn })
    })
    after(() => test.close())

    const registered = async (document: object = {}) => {
      const { status, body, text } = await register(test, { redirect_uris: [redirectUri], ...document })
      assert.equal(status, 201, text)
      return { id: body.client_id as ClientId, token: body.registration_access_token as string, body }
    }
    const refused = (answer: JsonResponse): void => {
      assert.deepEqual(errorOf(answer), [401, 'invalid_token'], answer.text)
      assert.match(String(answer.headers['www-authenticate']), /^Bearer /)
    }

    it('§2.1: a client reads what is registered, and its secret is not shown again', async () => {
      const initiate_login_uri = 'https://app.example.com/initiate'
      const { id, token, body } = await registered({ initiate_login_uri })
      const answer = await manage(test, 'GET', id, token)
      assert.equal(answer.status, 200, answer.text)
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      const { client_secret: _secret, client_secret_expires_at: _expiry, ...shown } = body
      assert.deepEqual(answer.body, shown)
      assert.equal(answer.body.initiate_login_uri, initiate_login_uri)
    })

    it('§2.3: registration closes with the last open resource; who registered may still go', async (t) => {
      const byItself = await startTestApp({ driver })
      t.after(() => byItself.close())
      assert.equal((await register(byItself)).status, 404)
      const { id: resourceId } = await openResource(byItself)
      const { status, body } = await register(byItself)
      assert.equal(status, 201)
      await byItself.app.storage.transaction((tx) => tx.resources.delete(resourceId))
      assert.equal((await register(byItself)).status, 404)
      const [id, token] = [body.client_id as ClientId, body.registration_access_token as string]
      assert.equal((await manage(byItself, 'GET', id, token)).status, 200)
      assert.equal((await manage(byItself, 'DELETE', id, token)).status, 204)
    })

    it('§2: the registration access token is good for its own client, and no other is', async () => {
      const one = await registered()
      const other = await registered()
      refused(await manage(test, 'GET', one.id))
      const wrong = [other.token, `${one.token}x`, one.token.slice(0, -1), 'x', one.body.client_secret]
      for (const token of wrong) {
        for (const method of ['GET', 'DELETE'] as const) refused(await manage(test, method, one.id, token))
        refused(await manage(test, 'PUT', one.id, token, { client_id: one.id, redirect_uris: [redirectUri] }))
      }
      refused(await manage(test, 'GET', test.clientId, one.token))
      refused(await manage(test, 'GET', 'unknown', one.token))
      assert.equal((await manage(test, 'GET', one.id, one.token)).status, 200)
    })

    it('§2.2: an update puts new metadata in the place of the old; what is left out is gone', async () => {
      const { id, token, body } = await registered({
        client_name: 'Before',
        client_uri: 'https://app.example.com/',
        contacts: ['me@example.com'],
      })
      const redirect_uris = ['https://app.example.com/other']
      const document = { client_id: id, client_name: 'After', redirect_uris, scope: 'openid' }
      test.clock.advance(5)
      const answer = await manage(test, 'PUT', id, token, document)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(
        [answer.body.client_name, answer.body.redirect_uris, answer.body.scope],
        ['After', redirect_uris, 'openid'],
      )
      assert.ok(!('client_uri' in answer.body) && !('contacts' in answer.body))
      assert.ok(!('client_secret' in answer.body), 'the one it has goes on')
      assert.equal(answer.body.client_id_issued_at, body.client_id_issued_at)
      assert.deepEqual((await manage(test, 'GET', id, token)).body, answer.body)
      // The client is remembered for requests, and forgotten when it changes.
      const client: WebClient = {
        id,
        basic: `Basic ${Buffer.from(`${id}:${body.client_secret}`).toString('base64')}`,
      }
      const code = await obtainCode(test, client, { redirect_uri: redirect_uris[0]!, scope: 'openid' })
      const redeemed = await redeem(test, client, code, { redirect_uri: redirect_uris[0]! })
      assert.equal(redeemed.status, 200, redeemed.text)
    })

    it('§2.2: another method of authentication takes the secret away, or brings a new one', async () => {
      const { id, token, body } = await registered()
      const put = (changes: object) =>
        manage(test, 'PUT', id, token, { client_id: id, redirect_uris: [redirectUri], ...changes })
      const asPublic = await put({ token_endpoint_auth_method: 'none' })
      assert.equal(asPublic.status, 200)
      assert.ok(!('client_secret' in asPublic.body))
      assert.equal((await test.app.storage.read.clients.find(id))!.secretHash, undefined)
      const again = await put({ token_endpoint_auth_method: 'client_secret_post' })
      assert.match(again.body.client_secret, /^ago_/)
      assert.notEqual(again.body.client_secret, body.client_secret)
      assert.equal(again.body.client_secret_expires_at, 0)
    })

    it('§2.2: another method of authentication ends what the old one was given', async () => {
      const { id, token, body } = await registered({ grant_types: ['authorization_code', 'refresh_token'] })
      const basic = `Basic ${Buffer.from(`${id}:${body.client_secret}`).toString('base64')}`
      const code = await obtainCode(test, { id }, { redirect_uri: redirectUri, scope: 'profile' })
      const tokens = await redeem(test, { id, basic }, code, { redirect_uri: redirectUri })
      assert.equal(tokens.status, 200, tokens.text)
      await manage(test, 'PUT', id, token, {
        client_id: id,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      })
      const refreshed = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: tokens.body.refresh_token,
        client_id: id,
      })
      assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
    })

    it('§2.2: an update names the client, its secret if any, and nothing only the server may say', async () => {
      const { id, token, body } = await registered()
      const put = (changes: object) =>
        manage(test, 'PUT', id, token, { redirect_uris: [redirectUri], ...changes })
      const bad: object[] = [
        {},
        { client_id: test.clientId },
        { client_id: id, client_secret: 'another' },
        { client_id: id, registration_access_token: token },
        { client_id: id, registration_client_uri: 'https://elsewhere.example' },
        { client_id: id, client_secret_expires_at: 0 },
        { client_id: id, client_id_issued_at: 0 },
        { client_id: id, token_endpoint_auth_method: 'private_key_jwt' },
      ]
      for (const changes of bad) {
        assert.deepEqual(
          errorOf(await put(changes)),
          [400, 'invalid_client_metadata'],
          JSON.stringify(changes),
        )
      }
      const uri = { client_id: id, redirect_uris: ['http://app.example.com/'] }
      assert.deepEqual(errorOf(await put(uri)), [400, 'invalid_redirect_uri'])
      assert.equal((await put({ client_id: id, client_secret: body.client_secret })).status, 200)
    })

    it('§2.2: an approved client that becomes another waits for an administrator again', async () => {
      const app = await startTestApp({
        driver,
        environment: { ...registrationOn, DYNAMIC_CLIENT_REGISTRATION_POLICY: 'approval' },
      })
      try {
        const document = { client_name: 'Harmless', redirect_uris: [redirectUri] }
        const { body } = await register(app, document)
        const id: ClientId = body.client_id
        const statusAfter = async (changes: object) => {
          const changed = { client_id: id, ...document, ...changes }
          const answer = await manage(app, 'PUT', id, body.registration_access_token, changed)
          assert.equal(answer.status, 200, answer.text)
          return (await app.app.storage.read.clients.find(id))!.status
        }
        const approve = () => app.administration.clients.approve(id, { type: 'system' })
        assert.equal(await approve(), true)
        assert.equal(await statusAfter({}), 'active')
        assert.equal(await statusAfter({ redirect_uris: ['https://elsewhere.example/'] }), 'pending')
        assert.equal(await approve(), true)
        assert.equal(await statusAfter({ client_name: 'Your bank' }), 'pending')
        const asked = await app.browser().get(`/oauth/authorize?${new URLSearchParams({ client_id: id })}`)
        assert.equal(asked.status, 403)
        assert.match(asked.text, /This app waits for your administrator/)
      } finally {
        await app.close()
      }
    })

    it('§2.2: of changes at the same moment one is left, whole', async () => {
      const { id, token } = await registered()
      const documents = Array.from({ length: 10 }, (_, number) => ({
        client_id: id,
        client_name: `Name ${number}`,
        redirect_uris: [`https://app${number}.example.com/`],
      }))
      await Promise.all(documents.map((document) => manage(test, 'PUT', id, token, document)))
      const { body } = await manage(test, 'GET', id, token)
      const number = body.client_name.slice('Name '.length)
      assert.deepEqual(body.redirect_uris, [`https://app${number}.example.com/`])
    })

    it('§2.3: a client deletes itself with everything it was given, and its token is worth nothing', async () => {
      const { id, token, body } = await registered({ grant_types: ['authorization_code', 'refresh_token'] })
      const basic = `Basic ${Buffer.from(`${id}:${body.client_secret}`).toString('base64')}`
      const client: WebClient = { id, basic }
      const code = await obtainCode(test, client, { redirect_uri: redirectUri })
      const tokens = (await redeem(test, client, code, { redirect_uri: redirectUri })).body
      const before = await test.metrics()
      const answer = await manage(test, 'DELETE', id, token)
      assert.deepEqual([answer.status, answer.text], [204, ''])
      assert.equal(answer.headers['content-length'], undefined)
      assert.equal(answer.headers['cache-control'], 'no-store')
      const moved = (await test.metrics()).since(before, ['oauth_tokens_revoked_total'])
      assert.deepEqual(moved, { 'oauth_tokens_revoked_total{reason="user_request"}': 2 })
      const headers = { authorization: `Bearer ${tokens.access_token}` }
      assert.equal((await test.get('/oauth/tokeninfo', headers)).status, 401)
      for (const method of ['GET', 'DELETE'] as const) refused(await manage(test, method, id, token))
      const late = await test.post(
        '/oauth/token',
        { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
        { authorization: basic },
      )
      assert.deepEqual(errorOf(late), [401, 'invalid_client'])
    })

    it('§2: what an administrator made or deleted cannot be managed', async () => {
      const { id, token } = await registered()
      await test.administration.clients.delete(id, { type: 'system' })
      refused(await manage(test, 'GET', id, token))
      const operators = await test.confidentialClient()
      refused(await manage(test, 'DELETE', operators.id, token))
    })
  })
}
