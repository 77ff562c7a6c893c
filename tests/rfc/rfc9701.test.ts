/** RFC 9701: JWT Response for OAuth Token Introspection. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import type { Client } from '../../src/oauth/client.ts'
import { type WebClient, webClient } from '../support/authorization.ts'
import { errorOf, machineToken } from '../support/oauth-client.ts'
import { drivers, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const issuer = 'http://localhost:8080'
const signedType = 'application/token-introspection+jwt'

for (const { driver, skip } of drivers) {
  describe(`RFC 9701 on ${driver}`, { skip }, () => {
    let test: TestApp
    before(async () => {
      test = await startTestApp({ driver })
    })
    after(() => test.close())

    const machine = (given: Partial<Client> = {}) =>
      webClient(test, { grants: ['client_credentials'], scopes: ['read'], ...given })
    const introspect = (client: WebClient, token: string, accept = signedType): Promise<JsonResponse> =>
      test.post('/oauth/introspect', { token }, { authorization: client.basic!, accept })
    const verified = async (answer: JsonResponse, audience: string) => {
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.headers['content-type'], signedType)
      assert.equal(answer.headers['cache-control'], 'no-store')
      const keys = createLocalJWKSet((await test.get('/.well-known/jwks.json')).body)
      return jwtVerify(answer.text, keys, {
        issuer,
        audience,
        typ: 'token-introspection+jwt',
        currentDate: new Date(test.clock.now()),
      })
    }

    it('§4, §5: an Accept header gets the answer as a JWT for the one who asked, and nothing that an access token has', async () => {
      const client = await machine()
      const token = await machineToken(test, client.basic!)
      const { payload, protectedHeader } = await verified(await introspect(client, token), client.id)
      // §6: the default.
      assert.equal(protectedHeader.alg, 'RS256')
      const { body } = await introspect(client, token, 'application/json')
      const iat = Math.floor(test.clock.now() / 1000)
      assert.equal(body.active, true)
      assert.deepEqual(payload, { iss: issuer, aud: client.id, iat, token_introspection: body })
    })

    it('§5: of a token that is not active, or not for the one who asks, it says nothing more', async () => {
      const [client, stranger] = [await machine(), await machine()]
      const token = await machineToken(test, client.basic!)
      for (const [who, what] of [
        [client, 'unknown'],
        [stranger, token],
      ] as const) {
        const { payload } = await verified(await introspect(who, what), who.id)
        assert.deepEqual(payload.token_introspection, { active: false })
      }
    })

    it('§4: without that type, or with JSON preferred, the answer is JSON', async () => {
      const client = await machine({ metadata: { introspectionSignedResponseAlg: 'ES256' } })
      const token = await machineToken(test, client.basic!)
      for (const accept of [
        '*/*',
        'application/json',
        `${signedType};q=0`,
        `application/json, ${signedType};q=0.5`,
      ]) {
        assert.equal((await introspect(client, token, accept)).body.active, true, accept)
      }
      for (const accept of [`${signedType}, application/json`, signedType.toUpperCase()]) {
        await verified(await introspect(client, token, accept), client.id)
      }
    })

    it('§6: a client registers the algorithm', async () => {
      for (const introspectionSignedResponseAlg of ['ES256', 'PS256', 'RS256'] as const) {
        const client = await machine({ metadata: { introspectionSignedResponseAlg } })
        const answer = await introspect(client, 'unknown')
        await verified(answer, client.id)
        assert.equal(decodeProtectedHeader(answer.text).alg, introspectionSignedResponseAlg)
      }
    })

    it('§7: the metadata lists the algorithms', async () => {
      for (const document of ['oauth-authorization-server', 'openid-configuration']) {
        const { body } = await test.get(`/.well-known/${document}`)
        assert.deepEqual([...body.introspection_signing_alg_values_supported].sort(), [
          'ES256',
          'PS256',
          'RS256',
        ])
      }
    })

    it('§8.1: it is no access token here', async () => {
      const client = await machine()
      const { text } = await introspect(client, await machineToken(test, client.basic!))
      const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${text}` })
      assert.deepEqual(errorOf(info), [401, 'invalid_token'])
    })

    it('§4: who may not ask is refused in JSON', async () => {
      const client = await machine()
      const wrong = await test.post(
        '/oauth/introspect',
        { token: 'x', client_id: client.id, client_secret: 'wrong' },
        { accept: signedType },
      )
      assert.deepEqual(errorOf(wrong), [401, 'invalid_client'])
    })
  })
}
