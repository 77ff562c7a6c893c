/** RFC 7523 and RFC 7521: clients that prove themselves with an assertion. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { OutboundError } from '../../src/outbound/outbound.ts'
import {
  type AssertionOptions,
  assertionFields,
  assertionType,
  generateKey,
  issuer,
  type KeyPair,
  keyClient,
  signAssertion,
} from '../support/client-assertion.ts'
import { dpopKey, makeProof } from '../support/dpop.ts'
import { deviceCodeGrant, errorOf, poll } from '../support/oauth-client.ts'
import { drivers, type Fields, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`RFC 7523 on ${driver}`, { skip }, () => {
    let test: TestApp
    let key: KeyPair
    let clientId: string
    let served: () => unknown = () => ({ keys: [] })

    before(async () => {
      test = await startTestApp({
        driver,
        environment: { TOKEN_FAILURE_RATE_LIMIT: '1000000' },
        outbound: {
          getJson: async () => served(),
          getDocument: () => assert.fail('nothing asks for documents'),
          getBytes: () => assert.fail('no file is fetched'),
          postForm: () => assert.fail('nothing is posted'),
        },
      })
      key = await generateKey('ES256', 'first')
      clientId = (await keyClient(test, { jwks: { keys: [key.publicJwk] } })).id
    })
    after(() => test.close())

    const tokenRequest = (fields: Fields, headers: Record<string, string> = {}): Promise<JsonResponse> =>
      test.post('/oauth/token', { grant_type: 'client_credentials', ...fields }, headers)
    const assertion = (options: AssertionOptions = {}): Promise<string> =>
      signAssertion(test, clientId, key, options)
    const withAssertion = async (
      options: AssertionOptions = {},
      fields: Fields = {},
    ): Promise<JsonResponse> => tokenRequest({ ...assertionFields(await assertion(options)), ...fields })
    const refused = (answer: JsonResponse): void => {
      assert.deepEqual(errorOf(answer), [401, 'invalid_client'], answer.text)
      assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/)
      // Which part was wrong is for the audit log.
      assert.equal(answer.body.error_description, 'client authentication failed')
    }

    it('§2.2: an assertion authenticates its client, which need not be named beside it', async () => {
      const answer = await withAssertion()
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.token_type, 'Bearer')
      assert.equal((await withAssertion({}, { client_id: clientId })).status, 200)
    })

    it('RFC 7521 §4.2: a client_id beside it must be the same', async () => {
      refused(await withAssertion({}, { client_id: test.clientId }))
      const other = await keyClient(test, { jwks: { keys: [key.publicJwk] } })
      refused(await withAssertion({}, { client_id: other.id }))
    })

    it('RFC 7521 §4.2: half an assertion is invalid_request, another type of one invalid_client', async () => {
      const text = await assertion()
      for (const fields of [{ client_assertion: text }, { client_assertion_type: assertionType }]) {
        assert.deepEqual(errorOf(await tokenRequest(fields)), [400, 'invalid_request'])
      }
      const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
      refused(await tokenRequest({ client_assertion: text, client_assertion_type: saml }))
    })

    it('RFC 6749 §2.3: an assertion and a secret in one request are invalid_request', async () => {
      const basic = `Basic ${Buffer.from(`${clientId}:secret`).toString('base64')}`
      const fields = assertionFields(await assertion())
      const both = await test.post('/oauth/token', fields, { authorization: basic })
      assert.deepEqual(errorOf(both), [400, 'invalid_request'])
      assert.deepEqual(errorOf(await tokenRequest({ ...fields, client_secret: 'x' })), [
        400,
        'invalid_request',
      ])
    })

    it('§3: issuer and subject are the client, the audience is this server, and it has not expired', async () => {
      const now = Math.floor(test.clock.now() / 1000)
      const wrong: Record<string, unknown>[] = [
        { iss: 'somebody-else' },
        { sub: undefined },
        { aud: 'https://other.example.com' },
        { aud: undefined },
        { exp: undefined },
        { exp: now - 300 },
        { exp: now + 3600 },
        { nbf: now + 62 },
        { iat: now + 62 },
        { jti: undefined },
      ]
      for (const claims of wrong) refused(await withAssertion({ claims }))
      const right: Record<string, unknown>[] = [
        { aud: issuer },
        { aud: [issuer, 'https://other.example.com'] },
        { nbf: now + 8, iat: now + 8 },
        { iat: undefined, nbf: undefined },
      ]
      for (const claims of right) {
        const answer = await withAssertion({ claims })
        assert.equal(answer.status, 200, JSON.stringify(claims))
      }
    })

    it('§3: the signature is the client’s own', async () => {
      const stranger = await generateKey('ES256', 'first')
      refused(await tokenRequest(assertionFields(await signAssertion(test, clientId, stranger))))
      const text = await assertion()
      const [header, claims, signature = ''] = text.split('.')
      const bent = `${header}.${claims}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
      refused(await tokenRequest(assertionFields(bent)))
      const none = Buffer.from('{"alg":"none"}').toString('base64url')
      for (const forged of [`${none}.${claims}.`, `${none}.${claims}.${signature}`, 'x', '..']) {
        refused(await tokenRequest(assertionFields(forged)))
      }
      refused(await withAssertion({ header: { typ: 'dpop+jwt' } }))
      refused(await withAssertion({ header: { kid: 'unknown' } }))
    })

    it('§3: an assertion works once', async () => {
      const fields = assertionFields(await assertion())
      assert.equal((await tokenRequest(fields)).status, 200)
      refused(await tokenRequest(fields))
      test.clock.advance(30)
      refused(await tokenRequest(fields))
      const jti = 'chosen-by-two'
      assert.equal((await withAssertion({ claims: { jti } })).status, 200)
      const otherKey = await generateKey('ES256')
      const other = await keyClient(test, { jwks: { keys: [otherKey.publicJwk] } })
      const foreign = await signAssertion(test, other.id, otherKey, { claims: { jti } })
      assert.equal(
        (await tokenRequest(assertionFields(foreign))).status,
        200,
        'identifiers are the client’s own',
      )
    })

    it('§3: an assertion that was refused is not used up', async () => {
      const now = Math.floor(test.clock.now() / 1000)
      const claims = { nbf: now + 15, exp: now + 60 }
      const fields = assertionFields(await assertion({ claims }))
      refused(await tokenRequest(fields))
      test.clock.advance(5)
      assert.equal((await tokenRequest(fields)).status, 200)
    })

    it('§3: of a hundred copies at the same moment one is accepted', async () => {
      const fields = assertionFields(await assertion())
      const answers = await Promise.all(Array.from({ length: 100 }, () => tokenRequest(fields)))
      const accepted = answers.filter(({ status }) => status === 200)
      assert.equal(accepted.length, 1)
    })

    it('§3: and one when the copies go to two replicas', async () => {
      const replica = await startTestApp({ driver, sharing: test })
      try {
        const fields = { grant_type: 'client_credentials', ...assertionFields(await assertion()) }
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, copy) => (copy % 2 ? test : replica).post('/oauth/token', fields)),
        )
        assert.equal(answers.filter(({ status }) => status === 200).length, 1)
      } finally {
        await replica.close()
      }
    })

    it('OpenID Connect Core §9: RS256, PS256, ES256 and EdDSA, also as Ed25519, unless the client pinned one', async () => {
      for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']) {
        const pair = await generateKey(algorithm)
        const jwks = { keys: [pair.publicJwk] }
        const any = await keyClient(test, { jwks })
        const fields = assertionFields(await signAssertion(test, any.id, pair))
        assert.equal((await tokenRequest(fields)).status, 200, algorithm)
        const pinned = await keyClient(test, {
          jwks,
          tokenEndpointAuthSigningAlg: algorithm === 'ES256' ? 'PS256' : 'ES256',
        })
        refused(await tokenRequest(assertionFields(await signAssertion(test, pinned.id, pair))))
      }
    })

    it('OpenID Connect Core §9: a client is held to the method it registered', async () => {
      const { id, basic, secret } = await test.confidentialClient()
      const pair = await generateKey('ES256')
      refused(await tokenRequest(assertionFields(await signAssertion(test, id, pair))))
      refused(await tokenRequest(assertionFields(await signAssertion(test, test.clientId, pair))))
      refused(await tokenRequest({ client_id: clientId }))
      refused(await tokenRequest({ client_id: clientId, client_secret: secret }))
      const stored = (await test.app.storage.read.clients.find(id as never))!
      const only = async (method: 'client_secret_basic' | 'client_secret_post') =>
        keyClient(test, { tokenEndpointAuthMethod: method }, { secretHash: stored.secretHash })
      const byBasic = await only('client_secret_basic')
      const byPost = await only('client_secret_post')
      const header = (client: string) => ({
        authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`,
      })
      const grant = { grant_type: 'client_credentials' }
      assert.equal((await test.post('/oauth/token', grant, header(byBasic.id))).status, 200)
      refused(await tokenRequest({ client_id: byBasic.id, client_secret: secret }))
      assert.equal((await tokenRequest({ client_id: byPost.id, client_secret: secret })).status, 200)
      refused(await test.post('/oauth/token', grant, header(byPost.id)))
      assert.equal((await test.post('/oauth/token', grant, { authorization: basic })).status, 200)
    })

    it('OpenID Connect Core §10.1.1: keys by reference are fetched, and fetched anew for an unknown kid', async () => {
      const first = await generateKey('PS256', 'one')
      const second = await generateKey('PS256', 'two')
      let fetches = 0
      served = () => {
        fetches++
        return { keys: [fetches === 1 ? first.publicJwk : second.publicJwk] }
      }
      const jwksUri = 'https://client.example.com/jwks'
      const client = await keyClient(test, { jwksUri }, { origin: 'registration' })
      const sign = async (pair: KeyPair) =>
        tokenRequest(assertionFields(await signAssertion(test, client.id, pair)))
      assert.equal((await sign(first)).status, 200)
      test.clock.advance(10)
      assert.equal((await sign(second)).status, 200)
      refused(await sign(first))
      assert.equal(fetches, 2)
    })

    it('keys that cannot be fetched are a refusal, not a fault', async () => {
      served = () => {
        throw new OutboundError('address_refused')
      }
      const client = await keyClient(test, { jwksUri: 'https://10.0.0.1/' }, { origin: 'registration' })
      refused(await tokenRequest(assertionFields(await signAssertion(test, client.id, key))))
    })

    it('FAPI 2.0 §5.3.2.1: the audience is the issuer as a string, and RS256 is not enough', async () => {
      const rsa = await generateKey('PS256')
      const client = await keyClient(test, {
        securityProfile: 'fapi2',
        jwks: { keys: [{ ...rsa.publicJwk }] },
      })
      const holder = await dpopKey()
      const attempt = async (options: AssertionOptions, pair: KeyPair = rsa) =>
        tokenRequest(assertionFields(await signAssertion(test, client.id, pair, options)), {
          dpop: await makeProof(test, holder, '/oauth/token'),
        })
      assert.equal((await attempt({ claims: { aud: issuer } })).status, 200)
      for (const aud of [
        `${issuer}/oauth/token`,
        `${issuer}/`,
        [issuer],
        [issuer, 'https://other.example.com'],
      ]) {
        refused(await attempt({ claims: { aud } }))
      }
      const weak = await generateKey('RS256')
      const weakClient = await keyClient(test, { securityProfile: 'fapi2', jwks: { keys: [weak.publicJwk] } })
      const text = await signAssertion(test, weakClient.id, weak, { claims: { aud: issuer } })
      refused(await tokenRequest(assertionFields(text)))
    })

    it('RFC 6749 §3.2.1: it is good at every endpoint, and a refused one burns nothing', async () => {
      const token = (await withAssertion()).body.access_token
      const signed = async (): Promise<Fields> => assertionFields(await assertion())
      const introspected = await test.post('/oauth/introspect', { token, ...(await signed()) })
      assert.equal(introspected.body.active, true)

      const device = await test.post('/oauth/device/code', await signed())
      assert.equal(device.status, 200, device.text)
      await (await test.signedIn()).decide(device.body.user_code, 'approve')
      const code = device.body.device_code
      refused(await poll(test, code, { client_id: clientId }))
      const stale = assertionFields(await assertion({ claims: { exp: 1 } }))
      refused(await poll(test, code, { client_id: undefined, ...stale }))
      const redeemed = await test.post('/oauth/token', {
        grant_type: deviceCodeGrant,
        device_code: code,
        ...(await signed()),
      })
      assert.equal(redeemed.status, 200, redeemed.text)

      assert.equal((await test.post('/oauth/revoke', { token, ...(await signed()) })).status, 200)
      const gone = await test.post('/oauth/introspect', { token, ...(await signed()) })
      assert.deepEqual(gone.body, { active: false })
    })

    it('RFC 8414 §2: the metadata names the method and its algorithms, for each endpoint', async () => {
      for (const document of ['oauth-authorization-server', 'openid-configuration']) {
        const { body } = await test.get(`/.well-known/${document}`)
        for (const endpoint of ['token', 'revocation', 'introspection']) {
          assert.ok(body[`${endpoint}_endpoint_auth_methods_supported`].includes('private_key_jwt'))
          assert.deepEqual(
            body[`${endpoint}_endpoint_auth_signing_alg_values_supported`],
            ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
            endpoint,
          )
        }
      }
    })
  })
}
