/**
 * Who gets into the Admin API: a token that is bound to a key only with a proof of that key, and nobody through a client
 * or a resource that somebody else than an operator gave the server's own scopes.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { apiScopes } from '../../src/oauth/api-scopes.ts'
import { authorize, callback, decide, webClient } from '../support/authorization.ts'
import { fieldsOf } from '../support/client-form.ts'
import { dpopKey, makeProof } from '../support/dpop.ts'
import { machineToken } from '../support/oauth-client.ts'
import { register, registrationOn } from '../support/registration.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const users = '/api/v1/users'
const reserved = [...apiScopes, 'authgate:anything']

for (const { driver, skip } of drivers) {
  describe(`access to the Admin API on ${driver}`, { skip }, () => {
    let test: TestApp
    before(async () => {
      test = await startTestApp({ driver, environment: registrationOn })
    })
    after(() => test.close())

    describe('with a token that is bound to a key (RFC 9449 §7.1)', () => {
      const bound = async () => {
        const { basic } = await test.confidentialClient({
          scope: 'authgate:read',
          grants: ['client_credentials'],
        })
        const key = await dpopKey()
        const { status, body } = await test.post(
          '/oauth/token',
          { grant_type: 'client_credentials', scope: 'authgate:read' },
          { authorization: basic, dpop: await makeProof(test, key, '/oauth/token') },
        )
        assert.deepEqual([status, body.token_type], [200, 'DPoP'])
        return { key, token: body.access_token as string }
      }
      const ask = (token: string, proof?: string, scheme = 'DPoP') =>
        test.get(users, {
          authorization: `${scheme} ${token}`,
          ...(proof === undefined ? {} : { dpop: proof }),
        })

      it('takes it with a proof for this request', async () => {
        const { key, token } = await bound()
        const answer = await ask(token, await makeProof(test, key, users, { method: 'GET', token }))
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.body.items[0].username, 'admin')
      })

      it('refuses it without a proof, also as a bearer token', async () => {
        const { key, token } = await bound()
        const naked = await ask(token)
        assert.equal(naked.status, 401)
        assert.match(String(naked.headers['www-authenticate']), /^DPoP .*error="invalid_dpop_proof"/)
        const asBearer = await ask(token, undefined, 'Bearer')
        assert.equal(asBearer.status, 401)
        assert.match(String(asBearer.headers['www-authenticate']), /error="invalid_token".*, DPoP /)
        // A proof does not make a bearer token of it.
        const proof = await makeProof(test, key, users, { method: 'GET', token })
        assert.equal((await ask(token, proof, 'Bearer')).status, 401)
      })

      it('refuses the proof of another key, of another request, of another token, and the same twice', async () => {
        const { key, token } = await bound()
        const proofs = [
          await makeProof(test, await dpopKey(), users, { method: 'GET', token }),
          await makeProof(test, key, users, { method: 'POST', token }),
          await makeProof(test, key, '/api/v1/clients', { method: 'GET', token }),
          await makeProof(test, key, users, { method: 'GET', token: 'another' }),
          await makeProof(test, key, users, { method: 'GET' }),
        ]
        for (const proof of proofs) assert.equal((await ask(token, proof)).status, 401)
        const good = await makeProof(test, key, users, { method: 'GET', token })
        assert.deepEqual([(await ask(token, good)).status, (await ask(token, good)).status], [200, 401])
      })
    })

    it('gives the scopes to no client that registers itself', async () => {
      const registered = await register(test, {
        redirect_uris: [callback],
        scope: `openid ${reserved.join(' ')}`,
      })
      assert.equal(registered.status, 201, registered.text)
      assert.equal(registered.body.scope, 'openid')
      const browser = await test.signedIn()
      const asked = await authorize(
        browser,
        { id: registered.body.client_id },
        { scope: 'openid authgate:admin' },
      )
      // What it may not have is left out of what the person is asked (excess of an unvouched client is dropped).
      assert.equal(asked.status, 200, asked.text)
      assert.doesNotMatch(asked.text, /authgate:admin|Administer this server/)
      assert.equal((await decide(browser, asked, 'approve')).status, 303)
    })

    it('gives them to no app that a person makes, however they ask', async () => {
      const { username, password } = await test.account('app-maker')
      const browser = test.browser()
      await browser.signIn(username, password)
      for (const scope of reserved) {
        const open = fieldsOf((await browser.get('/apps/new?kind=custom')).text)
        const refused = await browser.post('/apps', {
          ...open,
          client_name: 'My app',
          enable_device_flow: 'true',
          scopes: `openid ${scope}`,
        })
        assert.equal(refused.status, 400, scope)
        assert.match(refused.text, new RegExp(`“${scope}” is for administrators to give`))
      }
      const owner = (await test.app.storage.read.accounts.findByUsername(username))!
      const { entries } = await test.app.storage.read.clients.page({ owner: owner.id }, { limit: 10 })
      assert.deepEqual(entries, [])

      // Nor does an app that has nothing but its own scopes get one by asking for it.
      const app = await webClient(test, {
        origin: 'self_service',
        grants: ['client_credentials'],
        scopes: ['openid'],
      })
      const asked = await test.post(
        '/oauth/token',
        { grant_type: 'client_credentials', scope: 'authgate:admin' },
        { authorization: app.basic! },
      )
      assert.deepEqual([asked.status, asked.body.error], [400, 'invalid_scope'])
    })

    it('keeps the words to itself: no scope of a resource may begin like them', async () => {
      const { basic } = await test.confidentialClient({
        scope: 'authgate:admin',
        grants: ['client_credentials'],
      })
      const authorization = `Bearer ${await machineToken(test, basic)}`
      for (const [at, scope] of reserved.entries()) {
        const answer = await test.request({
          method: 'POST',
          url: '/api/v1/resources',
          headers: { authorization, 'content-type': 'application/json' },
          payload: JSON.stringify({
            identifier: `https://files-${at}.example/`,
            name: 'Files',
            scopes: [{ name: scope, description: 'Look harmless' }],
          }),
        })
        assert.equal(answer.statusCode, 422, scope)
        assert.deepEqual(answer.json().problems, [
          { member: 'scopes', message: `“${scope}” is a scope of this server's own API` },
        ])
      }
      assert.deepEqual(await test.app.storage.read.resources.list(), [])
    })
  })
}
