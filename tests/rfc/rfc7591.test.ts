/** RFC 7591: clients register themselves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { ClientId } from '../../src/shared/ids.ts'
import { version } from '../../src/version.ts'
import { obtainCode, redeem, type WebClient } from '../support/authorization.ts'
import { assertionFields, generateKey, signAssertion } from '../support/client-assertion.ts'
import { deviceCodeGrant, errorOf, refresh } from '../support/oauth-client.ts'
import { redirectUri, register, registrationOn } from '../support/registration.ts'
import { drivers, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const native = {
  client_name: 'Command line',
  redirect_uris: ['http://localhost:3118/callback', 'http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
}
const token = 'an initial access token of sufficient length'.replaceAll(' ', '-')
const registrations = (result: string) => `authgate_client_registrations_total{result="${result}"}`

for (const { driver, skip } of drivers) {
  describe(`RFC 7591 on ${driver}`, { skip }, () => {
    let test: TestApp

    before(async () => {
      test = await startTestApp({ driver, environment: registrationOn })
    })
    after(() => test.close())

    const registered = async (document: object): Promise<JsonResponse> => {
      const answer = await register(test, document)
      assert.equal(answer.status, 201, answer.text)
      return answer
    }
    const stored = async ({ body }: JsonResponse) =>
      (await test.app.storage.read.clients.find(body.client_id as ClientId))!

    it('§3.2.1: the answer holds every registered value, and nothing that is null or empty', async () => {
      const before = await test.metrics()
      const answer = await registered({ ...native, client_uri: null, logo_uri: '', policy_uri: null })
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      assert.equal(answer.headers['cache-control'], 'no-store')
      const { client_id, client_id_issued_at, registration_access_token, registration_client_uri, ...rest } =
        answer.body
      assert.match(client_id, /^[0-9a-f-]{36}$/)
      assert.equal(client_id_issued_at, Math.floor(test.clock.now() / 1000))
      assert.match(registration_access_token, /^agm_[\w-]{22}\.[\w-]{43}$/)
      assert.equal(registration_client_uri, `http://localhost:8080/oauth/register/${client_id}`)
      assert.deepEqual(rest, {
        ...native,
        scope: 'openid profile email offline_access read write',
      })
      assert.deepEqual((await test.metrics()).since(before, ['authgate_client']), {
        [registrations('success')]: 1,
        'authgate_clients{origin="registration"}': 1,
      })
    })

    it('§2: without a method the client has a secret, which never expires', async () => {
      const { body } = await registered({ redirect_uris: [redirectUri] })
      assert.equal(body.token_endpoint_auth_method, 'client_secret_basic')
      assert.match(body.client_secret, /^ago_[\w-]{43}$/)
      assert.equal(body.client_secret_expires_at, 0)
      assert.deepEqual([body.grant_types, body.response_types], [['authorization_code'], ['code']])
      const basic = `Basic ${Buffer.from(`${body.client_id}:${body.client_secret}`).toString('base64')}`
      const client: WebClient = { id: body.client_id, basic }
      const code = await obtainCode(test, client, { redirect_uri: redirectUri })
      const redeemed = await redeem(test, client, code, { redirect_uri: redirectUri })
      assert.equal(redeemed.status, 200, redeemed.text)
      // Libraries that do not read the answer's method send the secret in the form.
      const inForm = (registration: { client_id: string; client_secret: string }) =>
        test.post('/oauth/token', {
          grant_type: 'authorization_code',
          code: 'no code',
          client_id: registration.client_id,
          client_secret: registration.client_secret,
        })
      assert.deepEqual(errorOf(await inForm(body)), [400, 'invalid_grant'])
      const named = await registered({
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      })
      assert.deepEqual(errorOf(await inForm(named.body)), [401, 'invalid_client'], 'it registered for Basic')
    })

    it('§2: a secret goes to secret methods only', async () => {
      const key = await generateKey('RS256')
      const jwks = { keys: [{ ...key.publicJwk, use: 'sig', alg: 'RS256' }] }
      for (const document of [
        { ...native },
        { redirect_uris: [redirectUri], token_endpoint_auth_method: 'private_key_jwt', jwks },
      ]) {
        const answer = await registered(document)
        assert.ok(!('client_secret' in answer.body) && !('client_secret_expires_at' in answer.body))
        assert.equal((await stored(answer)).secretHash, undefined)
      }
    })

    it('§2: a key by value, without kid, is what the client proves itself with', async () => {
      const key = await generateKey('RS256')
      const { body } = await registered({
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', deviceCodeGrant],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...key.publicJwk, use: 'sig', alg: 'RS256' }] },
        contacts: ['certification@example.com'],
      })
      const device = await test.post(
        '/oauth/device/code',
        assertionFields(await signAssertion(test, body.client_id, key)),
      )
      assert.equal(device.status, 200, device.text)
      assert.deepEqual(errorOf(await test.post('/oauth/device/code', { client_id: body.client_id })), [
        401,
        'invalid_client',
      ])
    })

    it('§2: keys by reference are fetched from where the client says, and never from inside', async () => {
      const key = await generateKey('PS256', 'one')
      const seen: string[] = []
      const server = createServer((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers['user-agent']}`)
        response.writeHead(200, { 'content-type': 'application/jwk-set+json' })
        response.end(JSON.stringify({ keys: [key.publicJwk] }))
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      try {
        const attempt = async (jwks_uri: string): Promise<JsonResponse> => {
          const { body } = await registered({
            grant_types: [deviceCodeGrant],
            token_endpoint_auth_method: 'private_key_jwt',
            jwks_uri,
          })
          const assertion = await signAssertion(test, body.client_id, key)
          return test.post('/oauth/device/code', assertionFields(assertion))
        }
        // Loopback, since this server is known by a loopback address as well.
        const { port } = server.address() as AddressInfo
        const answer = await attempt(`http://127.0.0.1:${port}/jwks`)
        assert.equal(answer.status, 200, answer.text)
        assert.deepEqual(seen, [`GET /jwks AuthGate/${version}`])
        for (const inside of [
          'https://169.254.169.254/latest',
          'https://10.0.0.1/',
          'https://[::ffff:10.0.0.1]/',
        ]) {
          assert.deepEqual(errorOf(await attempt(inside)), [401, 'invalid_client'], inside)
        }
      } finally {
        server.close()
      }
    })

    it('a native client signs in through its loopback address on any port, and refreshes', async () => {
      const { body } = await registered(native)
      const client: WebClient = { id: body.client_id, basic: undefined }
      const redirect_uri = 'http://localhost:49152/callback'
      const code = await obtainCode(test, client, { redirect_uri })
      const tokens = await redeem(test, client, code, { redirect_uri })
      assert.equal(tokens.status, 200, tokens.text)
      const refreshed = await refresh(test, tokens.body.refresh_token, { client_id: client.id })
      assert.equal(refreshed.status, 200, refreshed.text)
      const other = await test.post('/oauth/token', {
        grant_type: 'client_credentials',
        client_id: client.id,
      })
      assert.equal(other.status, 400)
    })

    it('§2: what is not offered is left out, as long as something remains', async () => {
      const { body } = await registered({
        ...native,
        grant_types: [
          'authorization_code',
          'refresh_token',
          deviceCodeGrant,
          'client_credentials',
          'implicit',
        ],
        scope: 'openid claudeai admin',
      })
      assert.deepEqual(body.grant_types, ['authorization_code', 'refresh_token', deviceCodeGrant])
      assert.equal(body.scope, 'openid')
      assert.deepEqual(errorOf(await register(test, { ...native, grant_types: ['client_credentials'] })), [
        400,
        'invalid_client_metadata',
      ])
    })

    it('§2: redirect URIs come back byte for byte and in order', async () => {
      const redirect_uris = [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
        'https://app.example.com?foo=bar',
      ]
      const { body } = await registered({ redirect_uris, token_endpoint_auth_method: 'none' })
      assert.deepEqual(body.redirect_uris, redirect_uris)
      assert.equal(body.application_type, 'native')
    })

    it('§3.2.2: a redirect URI that cannot be used is invalid_redirect_uri', async () => {
      const before = await test.metrics()
      const uris = [
        'https://app.example.com/#foobar',
        'http://app.example.com/',
        'javascript:alert(1)',
        'myapp://cb',
      ]
      for (const uri of uris) {
        const answer = await register(test, { redirect_uris: [redirectUri, uri] })
        assert.deepEqual(errorOf(answer), [400, 'invalid_redirect_uri'], uri)
        assert.match(answer.body.error_description, /^redirect_uris\[1\] /)
      }
      assert.deepEqual(errorOf(await register(test, { client_name: 'None' })), [400, 'invalid_redirect_uri'])
      assert.equal((await test.metrics()).since(before, ['authgate_client'])[registrations('error')], 5)
    })

    it('§3.2.2: anything else is invalid_client_metadata', async () => {
      const key = await generateKey('ES256')
      const documents: unknown[] = [
        { ...native, token_endpoint_auth_method: 'tls_client_auth' },
        { ...native, jwks: { keys: [key.privateJwk] } },
        { ...native, jwks: { keys: [key.publicJwk] }, jwks_uri: 'https://app.example.com/jwks' },
        { ...native, jwks_uri: 'http://app.example.com/jwks' },
        { ...native, id_token_signed_response_alg: 'none' },
        { ...native, sector_identifier_uri: 'https://app.example.com/sector' },
        { ...native, subject_type: 'pairwise' },
        { ...native, client_name: { en: 'x' } },
        [],
        'not json',
        '',
        'null',
        '"text"',
        `{"client_name":"${'x'.repeat(17_000)}"}`,
      ]
      for (const document of documents) {
        const answer = await register(test, document)
        assert.deepEqual(
          errorOf(answer),
          [400, 'invalid_client_metadata'],
          JSON.stringify(document).slice(0, 80),
        )
      }
      const form = await register(test, 'client_name=x', undefined, {
        'content-type': 'application/x-www-form-urlencoded',
      })
      assert.deepEqual(errorOf(form), [400, 'invalid_client_metadata'])
    })

    it('OpenID Connect Registration §2: initiate_login_uri is kept, and is https', async () => {
      const initiate_login_uri = 'https://app.example.com/initiate'
      const { body } = await registered({ redirect_uris: [redirectUri], initiate_login_uri })
      assert.equal(body.initiate_login_uri, initiate_login_uri)
      const plain = { redirect_uris: [redirectUri], initiate_login_uri: 'http://app.example.com/initiate' }
      assert.deepEqual(errorOf(await register(test, plain)), [400, 'invalid_client_metadata'])
    })

    it('§5: nothing secret is stored, and the audit log says who came', async () => {
      const { body } = await registered({ redirect_uris: [redirectUri] })
      const client = (await test.app.storage.read.clients.find(body.client_id))!
      const registration = (await test.app.storage.read.clientRegistrations.find(body.client_id))!
      const kept = JSON.stringify([client, registration])
      assert.ok(!kept.includes(body.client_secret) && !kept.includes(body.registration_access_token))
      assert.deepEqual(
        [client.origin, client.createdBy, client.introspectAny],
        ['registration', undefined, false],
      )
    })

    it('RFC 8414 §2: the metadata names the endpoint while it is there', async () => {
      const of = async (app: TestApp) => (await app.get('/.well-known/oauth-authorization-server')).body
      assert.equal((await of(test)).registration_endpoint, 'http://localhost:8080/oauth/register')
      const off = await startTestApp({ driver })
      try {
        assert.equal('registration_endpoint' in (await of(off)), false)
        assert.equal((await register(off)).status, 404)
      } finally {
        await off.close()
      }
    })

    it('§3: an initial access token is demanded where there is one, with the challenges of RFC 6750 §3', async () => {
      const app = await startTestApp({
        driver,
        environment: { ...registrationOn, DYNAMIC_CLIENT_REGISTRATION_TOKEN: token },
      })
      try {
        const missing = await register(app)
        assert.deepEqual(errorOf(missing), [401, 'invalid_token'])
        assert.equal(missing.headers['www-authenticate'], 'Bearer realm="authgate"')
        for (const wrong of [`${token}x`, token.slice(1), token.toUpperCase()]) {
          const answer = await register(app, undefined, wrong)
          assert.deepEqual(errorOf(answer), [401, 'invalid_token'])
          assert.match(String(answer.headers['www-authenticate']), /^Bearer .*error="invalid_token"/)
        }
        // Before the body is looked at, so that a stranger learns nothing from it.
        assert.deepEqual(errorOf(await register(app, 'not json', 'wrong')), [401, 'invalid_token'])
        assert.equal((await register(app, undefined, token)).status, 201)
      } finally {
        await app.close()
      }
    })

    it('§5: registrations are few per minute and address, and so many in all', async () => {
      const app = await startTestApp({
        driver,
        environment: {
          ...registrationOn,
          ENABLE_RATE_LIMIT: 'true',
          DYNAMIC_CLIENT_REGISTRATION_MAX_CLIENTS: '3',
        },
      })
      try {
        const statuses: number[] = []
        for (let attempt = 0; attempt < 6; attempt++) statuses.push((await register(app)).status)
        assert.deepEqual(statuses, [201, 201, 201, 503, 503, 429])
        const limited = await register(app)
        assert.deepEqual(errorOf(limited), [429, 'rate_limit_exceeded'])
        assert.match(String(limited.headers['retry-after']), /^\d+$/)
      } finally {
        await app.close()
      }
    })

    it('a client waits for an administrator where the policy says so', async () => {
      const app = await startTestApp({
        driver,
        environment: { ...registrationOn, DYNAMIC_CLIENT_REGISTRATION_POLICY: 'approval' },
      })
      try {
        const { body } = await register(app, {
          ...native,
          grant_types: ['authorization_code', deviceCodeGrant],
        })
        const ask = () => app.post('/oauth/device/code', { client_id: body.client_id })
        assert.deepEqual(errorOf(await ask()), [401, 'invalid_client'])
        const { clients } = app.administration
        assert.equal(await clients.approve(body.client_id, { type: 'system' }), true)
        assert.equal((await ask()).status, 200)
        assert.equal(await clients.approve(body.client_id, { type: 'system' }), false)
        assert.equal(await clients.approve(app.clientId as ClientId, { type: 'system' }), false)
      } finally {
        await app.close()
      }
    })

    it('clients that nobody used are gone after a day, and those in use stay', async () => {
      const unused = await registered(native)
      const used = await registered(native)
      const redirect_uri = native.redirect_uris[1]!
      const client: WebClient = { id: used.body.client_id, basic: undefined }
      const code = await obtainCode(test, client, { redirect_uri })
      assert.equal((await redeem(test, client, code, { redirect_uri })).status, 200)
      test.clock.advance(3600)
      await test.app.runJob('clean_up')
      assert.notEqual(await stored(unused), undefined)
      test.clock.advance(86_400)
      await test.app.runJob('clean_up')
      assert.equal(await stored(unused), undefined)
      assert.notEqual(await stored(used), undefined)
      // Its tokens last 90 days at most; from then on it is kept for 180 days more.
      for (let days = 0; days < 268; days += 1) {
        test.clock.advance(86_400)
        await test.app.runJob('clean_up')
      }
      assert.notEqual(await stored(used), undefined)
      test.clock.advance(10 * 86_400)
      await test.app.runJob('clean_up')
      assert.equal(await stored(used), undefined)

      // Its program still has the id: it is told what helps, at the token endpoint and, in a page, its person.
      const { client_id } = used.body
      const asked = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id,
      })
      assert.deepEqual(errorOf(asked), [401, 'invalid_client'])
      assert.match(asked.body.error_description, /has expired; register again/)
      const authorization = `/oauth/authorize?${new URLSearchParams({ client_id, redirect_uri, response_type: 'code' })}`
      const page = await test.get(authorization)
      assert.equal(page.status, 400)
      assert.match(page.text, /has not been used for a long time/)
      const never = await test.get(authorization.replace(client_id, unused.body.client_id))
      assert.match(never.text, /This app is not known here/)
      test.clock.advance(181 * 86_400)
      await test.app.runJob('clean_up')
      assert.match((await test.get(authorization)).text, /This app is not known here/)
    })
  })
}
