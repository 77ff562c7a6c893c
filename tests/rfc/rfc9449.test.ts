/** RFC 9449: OAuth 2.0 Demonstrating Proof of Possession (DPoP). */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import type { Client } from '../../src/oauth/client.ts'
import type { ClientMetadata } from '../../src/oauth/client-metadata.ts'
import {
  authorize,
  callback,
  decide,
  obtainCode,
  pkce,
  redirected,
  verifier,
  webClient,
} from '../support/authorization.ts'
import {
  assertionFields,
  generateKey,
  issuer,
  keyClient,
  signAssertion,
} from '../support/client-assertion.ts'
import { type DpopKey, dpopKey, makeProof, type ProofOptions } from '../support/dpop.ts'
import { deviceCodeGrant, errorOf, machineToken, requestDeviceCode } from '../support/oauth-client.ts'
import { connectRaw } from '../support/raw-http.ts'
import { drivers, type Fields, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const algs = 'algs="ES256 PS256 EdDSA Ed25519"'

for (const { driver, skip } of drivers) {
  describe(`RFC 9449 on ${driver}`, { skip }, () => {
    let test: TestApp
    let key: DpopKey
    let other: DpopKey
    let machine: { id: string; secret: string; basic: string }

    before(async () => {
      test = await startTestApp({ driver })
      ;[key, other] = await Promise.all([dpopKey(), dpopKey()])
      machine = await test.confidentialClient()
    })
    after(() => test.close())

    const proof = (path: string, options?: ProofOptions, by = key) => makeProof(test, by, path, options)
    const post = async (path: string, fields: Fields, field: string | undefined, basic?: string) =>
      test.post(path, fields, {
        ...(field === undefined ? {} : { dpop: field }),
        ...(basic === undefined ? {} : { authorization: basic }),
      })
    const askToken = (field: string | undefined): Promise<JsonResponse> =>
      post('/oauth/token', { grant_type: 'client_credentials', scope: 'read' }, field, machine.basic)
    const boundToken = async (by = key): Promise<string> => {
      const answer = await askToken(await proof('/oauth/token', {}, by))
      assert.equal(answer.status, 200, answer.text)
      return answer.body.access_token
    }
    const present = (token: string, field: string | undefined, scheme = 'DPoP', path = '/oauth/tokeninfo') =>
      test.get(path, {
        authorization: `${scheme} ${token}`,
        ...(field === undefined ? {} : { dpop: field }),
      })
    const presentWith = async (token: string, options: ProofOptions = {}, by = key) =>
      present(token, await proof('/oauth/tokeninfo', { method: 'GET', token, ...options }, by))
    const challengeOf = (answer: JsonResponse): string => String(answer.headers['www-authenticate'])

    it('§5: a token request with a proof gives a token bound to its key', async () => {
      const answer = await askToken(await proof('/oauth/token'))
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.token_type, 'DPoP')
      assert.deepEqual(decodeJwt(answer.body.access_token).cnf, { jkt: key.jkt })
      assert.equal(answer.headers['dpop-nonce'], undefined)
    })

    it('§5: without a proof it gives a bearer token, as ever', async () => {
      const answer = await askToken(undefined)
      assert.equal(answer.body.token_type, 'Bearer')
      assert.equal(decodeJwt(answer.body.access_token).cnf, undefined)
    })

    it('§5.1: the metadata lists the algorithms of proofs', async () => {
      for (const name of ['oauth-authorization-server', 'openid-configuration']) {
        const { body } = await test.get(`/.well-known/${name}`)
        assert.deepEqual(body.dpop_signing_alg_values_supported, ['ES256', 'PS256', 'EdDSA', 'Ed25519'])
      }
    })

    for (const algorithm of ['ES256', 'PS256', 'EdDSA', 'Ed25519']) {
      it(`§4.2: a key for ${algorithm} works at both ends`, async () => {
        const own = await dpopKey(algorithm)
        const token = await boundToken(own)
        const answer = await presentWith(token, {}, own)
        assert.equal(answer.status, 200, answer.text)
      })
    }

    it('§6.2: introspection says which key a token is bound to', async () => {
      const token = await boundToken()
      const { body } = await test.post('/oauth/introspect', { token }, { authorization: machine.basic })
      assert.deepEqual([body.active, body.token_type, body.cnf], [true, 'DPoP', { jkt: key.jkt }])
      const bearer = await machineToken(test, machine.basic)
      const plain = await test.post('/oauth/introspect', { token: bearer }, { authorization: machine.basic })
      assert.deepEqual([plain.body.token_type, plain.body.cnf], ['Bearer', undefined])
    })

    describe('grants', () => {
      const device = async (field: string | undefined, atIssue?: string): Promise<JsonResponse> => {
        const issued = await post(
          '/oauth/device/code',
          { client_id: test.clientId, scope: 'openid read' },
          atIssue,
        )
        assert.equal(issued.status, 200, issued.text)
        await (await test.signedIn()).decide(issued.body.user_code, 'approve')
        return post(
          '/oauth/token',
          {
            grant_type: deviceCodeGrant,
            device_code: issued.body.device_code,
            client_id: test.clientId,
          },
          field,
        )
      }
      const refreshed = (token: string, field: string | undefined, fields: Fields = {}, basic?: string) =>
        post(
          '/oauth/token',
          {
            grant_type: 'refresh_token',
            refresh_token: token,
            ...(basic === undefined ? { client_id: test.clientId } : {}),
            ...fields,
          },
          field,
          basic,
        )

      it('§5: the tokens of a device are bound to the key that asked for them', async () => {
        const answer = await device(await proof('/oauth/token'), await proof('/oauth/device/code'))
        assert.equal(answer.body.token_type, 'DPoP')
        assert.deepEqual(decodeJwt(answer.body.access_token).cnf, { jkt: key.jkt })
        const row = await test.app.storage.read.accessTokens.find(
          decodeJwt(answer.body.access_token).jti as never,
        )
        assert.equal(row?.dpopJkt, key.jkt)
      })

      it('§5: a proof at the device authorization endpoint must hold', async () => {
        const wrong = await proof('/oauth/token')
        const answer = await post('/oauth/device/code', { client_id: test.clientId }, wrong)
        assert.deepEqual(errorOf(answer), [400, 'invalid_dpop_proof'])
      })

      it('§5: a device whose proof does not hold may poll again', async () => {
        const { body } = await requestDeviceCode(test)
        await (await test.signedIn()).decide(body.user_code, 'approve')
        const fields = {
          grant_type: deviceCodeGrant,
          device_code: body.device_code,
          client_id: test.clientId,
        }
        const refused = await post('/oauth/token', fields, await proof('/oauth/par'))
        assert.deepEqual(errorOf(refused), [400, 'invalid_dpop_proof'])
        assert.equal((await post('/oauth/token', fields, await proof('/oauth/token'))).status, 200)
      })

      it('§5: polls whose proofs do not hold meet the limit that other polls are spared', async (t) => {
        const limited = await startTestApp({
          driver,
          sharing: test,
          environment: { ENABLE_RATE_LIMIT: 'true', TOKEN_RATE_LIMIT: '2' },
        })
        t.after(() => limited.close())
        const { body } = await requestDeviceCode(test)
        const fields = {
          grant_type: deviceCodeGrant,
          device_code: body.device_code,
          client_id: test.clientId,
        }
        const statuses: number[] = []
        for (let count = 0; count < 3; count++) {
          statuses.push((await limited.post('/oauth/token', fields, { dpop: 'no proof' })).status)
        }
        assert.deepEqual(statuses, [400, 400, 429])
        const held = await limited.post('/oauth/token', fields, { dpop: await proof('/oauth/token') })
        assert.equal(held.body.error, 'authorization_pending')
      })

      it('§5: refresh tokens of a public client are bound to its key', async () => {
        const { body } = await device(await proof('/oauth/token'))
        for (const field of [undefined, await proof('/oauth/token', {}, other)]) {
          assert.deepEqual(errorOf(await refreshed(body.refresh_token, field)), [400, 'invalid_grant'])
        }
        const answer = await refreshed(body.refresh_token, await proof('/oauth/token'))
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.body.token_type, 'DPoP')
        assert.deepEqual(decodeJwt(answer.body.access_token).cnf, { jkt: key.jkt })
        const next = await refreshed(answer.body.refresh_token, await proof('/oauth/token', {}, other))
        assert.deepEqual(errorOf(next), [400, 'invalid_grant'])
      })

      it('§5: a stranger with a used refresh token and no key raises no alarm', async () => {
        const { body } = await device(await proof('/oauth/token'))
        const first = await refreshed(body.refresh_token, await proof('/oauth/token'))
        test.clock.advance(120)
        assert.deepEqual(errorOf(await refreshed(body.refresh_token, undefined)), [400, 'invalid_grant'])
        const again = await refreshed(first.body.refresh_token, await proof('/oauth/token'))
        assert.equal(again.status, 200, again.text)
      })

      it('§5: a refresh token given without a proof is not bound, its access tokens are as asked', async () => {
        const { body } = await device(undefined)
        assert.equal(body.token_type, 'Bearer')
        const bound = await refreshed(body.refresh_token, await proof('/oauth/token'))
        assert.equal(bound.body.token_type, 'DPoP')
        const free = await refreshed(bound.body.refresh_token, undefined)
        assert.equal(free.body.token_type, 'Bearer')
      })

      it('§5: a confidential client may refresh with another key', async () => {
        const client = await webClient(test)
        const code = await obtainCode(test, client)
        const fields = {
          grant_type: 'authorization_code',
          code,
          redirect_uri: callback,
          code_verifier: verifier,
        }
        const first = await post('/oauth/token', fields, await proof('/oauth/token'), client.basic)
        assert.equal(first.body.token_type, 'DPoP', first.text)
        const field = await proof('/oauth/token', {}, other)
        const answer = await refreshed(first.body.refresh_token, field, {}, client.basic)
        assert.equal(answer.status, 200, answer.text)
        assert.deepEqual(decodeJwt(answer.body.access_token).cnf, { jkt: other.jkt })
      })
    })

    describe('clients that must', () => {
      const registered = (metadata: ClientMetadata, given: Partial<Client> = {}) =>
        webClient(test, { grants: ['client_credentials'], metadata, ...given })

      for (const metadata of [{ dpopBoundAccessTokens: true }, { securityProfile: 'fapi2' }] as const) {
        it(`§5.2: ${JSON.stringify(metadata)} gets no token without a proof`, async () => {
          // The method of FAPI 2.0 clients is a matter of client authentication, not of this test.
          const client: { basic: string | undefined; fields?: () => Promise<Fields> } =
            'securityProfile' in metadata ? await fapiClient() : await registered({ ...metadata })
          const proving = async (): Promise<Fields> => client.fields?.() ?? {}
          const ask = async (field: string | undefined) =>
            post(
              '/oauth/token',
              { grant_type: 'client_credentials', scope: 'read', ...(await proving()) },
              field,
              client.basic,
            )
          assert.deepEqual(errorOf(await ask(undefined)), [400, 'invalid_dpop_proof'])
          assert.equal((await ask(await proof('/oauth/token'))).body.token_type, 'DPoP')
        })
      }

      const fapiClient = async (
        given: Partial<Client> = {},
      ): Promise<{ id: string; basic: undefined; fields: () => Promise<Fields> }> => {
        const own = await generateKey('ES256', 'one')
        const client = await keyClient(
          test,
          { securityProfile: 'fapi2', jwks: { keys: [own.publicJwk] } },
          { redirectUris: [callback], ...given },
        )
        return {
          id: client.id,
          basic: undefined,
          fields: async (): Promise<Fields> =>
            assertionFields(await signAssertion(test, client.id, own, { claims: { aud: issuer } })),
        }
      }

      it('FAPI 2.0 §5.3.2.1: such a client keeps its refresh token, whatever key it comes with', async () => {
        const client = await fapiClient({ grants: ['authorization_code', 'refresh_token'] })
        const pushed = await post(
          '/oauth/par',
          {
            response_type: 'code',
            redirect_uri: callback,
            scope: 'read',
            ...pkce,
            ...(await client.fields()),
          },
          await proof('/oauth/par'),
        )
        assert.equal(pushed.status, 201, pushed.text)
        const browser = await test.signedIn()
        const asked = await browser.get(
          `/oauth/authorize?${new URLSearchParams({ client_id: client.id, request_uri: pushed.body.request_uri })}`,
        )
        const { code } = redirected(await decide(browser, asked, 'approve'))
        const first = await post(
          '/oauth/token',
          {
            grant_type: 'authorization_code',
            code: code!,
            redirect_uri: callback,
            code_verifier: verifier,
            ...(await client.fields()),
          },
          await proof('/oauth/token'),
        )
        assert.equal(first.status, 200, first.text)
        const before = await test.metrics()
        const { refresh_token } = first.body
        for (const by of [other, key]) {
          test.clock.advance(60)
          const answer = await post(
            '/oauth/token',
            { grant_type: 'refresh_token', refresh_token, ...(await client.fields()) },
            await proof('/oauth/token', {}, by),
          )
          assert.equal(answer.status, 200, answer.text)
          assert.equal(answer.body.refresh_token, refresh_token)
          assert.deepEqual(decodeJwt(answer.body.access_token).cnf, { jkt: by.jkt })
        }
        const without = await post(
          '/oauth/token',
          { grant_type: 'refresh_token', refresh_token, ...(await client.fields()) },
          undefined,
        )
        assert.deepEqual(errorOf(without), [400, 'invalid_dpop_proof'])
        const moved = (await test.metrics()).since(before, ['oauth_tokens_issued', 'oauth_tokens_revoked'])
        assert.deepEqual(moved, {
          'oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}': 2,
        })
      })
    })

    describe('authorization codes', () => {
      it('§10: dpop_jkt binds a code to the key', async () => {
        const client = await webClient(test, { type: 'public' })
        const ask = async (code: string, field: string | undefined) =>
          post(
            '/oauth/token',
            {
              grant_type: 'authorization_code',
              code,
              client_id: client.id,
              redirect_uri: callback,
              code_verifier: verifier,
            },
            field,
          )
        const code = await obtainCode(test, client, { dpop_jkt: key.jkt })
        for (const field of [undefined, await proof('/oauth/token', {}, other)]) {
          assert.deepEqual(errorOf(await ask(code, field)), [400, 'invalid_grant'])
        }
        // Whoever has not the key cannot use the code up either.
        assert.equal((await ask(code, await proof('/oauth/token'))).body.token_type, 'DPoP')
      })

      it('§10: a dpop_jkt that is no thumbprint is refused', async () => {
        const client = await webClient(test)
        const answer = await authorize(await test.signedIn(), client, { dpop_jkt: 'short' })
        assert.equal(redirected(answer).error, 'invalid_request')
      })

      const pushFields = { response_type: 'code', redirect_uri: callback, scope: 'read', ...pkce }
      const codeOf = async (client: { id: string }, requestUri: string): Promise<string> => {
        const browser = await test.signedIn()
        const query = new URLSearchParams({ client_id: client.id, request_uri: requestUri })
        const answer = await browser.get(`/oauth/authorize?${query}`)
        const { code } = redirected(answer.status === 200 ? await decide(browser, answer, 'approve') : answer)
        return code!
      }

      for (const how of ['alone', 'beside dpop_jkt']) {
        it(`§10.1: a proof at the pushed request binds the code, ${how}`, async () => {
          const client = await webClient(test)
          const fields = how === 'alone' ? pushFields : { ...pushFields, dpop_jkt: key.jkt }
          const pushed = await post('/oauth/par', fields, await proof('/oauth/par'), client.basic)
          assert.equal(pushed.status, 201, pushed.text)
          const code = await codeOf(client, pushed.body.request_uri)
          const ask = async (field: string) =>
            post(
              '/oauth/token',
              { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier },
              field,
              client.basic,
            )
          const mismatch = await ask(await proof('/oauth/token', {}, other))
          assert.deepEqual(errorOf(mismatch), [400, 'invalid_grant'])
          assert.equal((await ask(await proof('/oauth/token'))).status, 200)
        })
      }

      it('§10.1: a pushed dpop_jkt of another key than the proof is refused', async () => {
        const client = await webClient(test)
        const fields = { ...pushFields, dpop_jkt: other.jkt }
        const answer = await post('/oauth/par', fields, await proof('/oauth/par'), client.basic)
        assert.deepEqual(errorOf(answer), [400, 'invalid_request'])
      })

      it('§10.1: a pushed proof that does not hold is refused', async () => {
        const client = await webClient(test)
        const answer = await post('/oauth/par', pushFields, await proof('/oauth/token'), client.basic)
        assert.deepEqual(errorOf(answer), [400, 'invalid_dpop_proof'])
      })
    })

    describe('protected resources', () => {
      it('§7.1: a bound token with its proof is accepted, the scheme in any case', async () => {
        const token = await boundToken()
        for (const scheme of ['DPoP', 'dpop', 'DPOP', 'dPoP']) {
          const field = await proof('/oauth/tokeninfo', { method: 'GET', token })
          assert.equal((await present(token, field, scheme)).status, 200, scheme)
        }
      })

      it('§7.1: userinfo takes one as well', async () => {
        const { body } = await requestDeviceCode(test, { scope: 'openid' })
        await (await test.signedIn()).decide(body.user_code, 'approve')
        const { access_token: token } = (
          await post(
            '/oauth/token',
            {
              grant_type: deviceCodeGrant,
              device_code: body.device_code,
              client_id: test.clientId,
            },
            await proof('/oauth/token'),
          )
        ).body
        const path = '/oauth/userinfo'
        const good = await present(token, await proof(path, { method: 'GET', token }), 'DPoP', path)
        assert.equal(good.status, 200, good.text)
        const posted = await test.request({
          method: 'POST',
          url: path,
          headers: { authorization: `DPoP ${token}`, dpop: await proof(path, { token }) },
        })
        assert.equal(posted.statusCode, 200, posted.body)
        const inForm = await post(path, { access_token: token }, await proof(path, { token }))
        assert.deepEqual(errorOf(inForm), [401, 'invalid_token'])
        assert.deepEqual(errorOf(await present(token, undefined, 'Bearer', path)), [401, 'invalid_token'])
        const replaced = await present(
          token,
          await proof(path, { method: 'GET', token }, other),
          'DPoP',
          path,
        )
        assert.deepEqual(errorOf(replaced), [401, 'invalid_dpop_proof'])
      })

      it('§7.2: a bound token is no bearer token', async () => {
        const token = await boundToken()
        for (const field of [undefined, await proof('/oauth/tokeninfo', { method: 'GET', token })]) {
          const answer = await present(token, field, 'Bearer')
          assert.deepEqual(errorOf(answer), [401, 'invalid_token'])
          assert.match(challengeOf(answer), /^Bearer realm="authgate", error="invalid_token", /)
          assert.ok(challengeOf(answer).endsWith(`, DPoP ${algs}`))
        }
        const bare = await test.get('/oauth/tokeninfo', { authorization: token })
        assert.deepEqual(errorOf(bare), [401, 'invalid_token'])
      })

      it('§7.1: a bearer token is no bound one', async () => {
        const token = await machineToken(test, machine.basic)
        const answer = await presentWith(token)
        assert.deepEqual(errorOf(answer), [401, 'invalid_token'])
        assert.match(challengeOf(answer), /^DPoP realm="authgate", error="invalid_token", /)
        assert.ok(challengeOf(answer).endsWith(algs))
        assert.equal((await present(token, undefined, 'Bearer')).status, 200)
      })

      it('§7.1: without a token both schemes are offered', async () => {
        const answer = await test.get('/oauth/tokeninfo')
        assert.equal(challengeOf(answer), `Bearer realm="authgate", DPoP ${algs}`)
      })

      it('§4.3: of the metrics, a token without its proof is an invalid one', async () => {
        const token = await boundToken()
        const before = await test.metrics()
        await presentWith(token)
        await present(token, undefined)
        await presentWith(token, {}, other)
        assert.deepEqual((await test.metrics()).since(before, ['oauth_token_validation_total']), {
          'oauth_token_validation_total{result="valid"}': 1,
          'oauth_token_validation_total{result="invalid"}': 2,
        })
      })

      const now = () => Math.floor(test.clock.now() / 1000)
      const refusals: [string, (token: string) => Promise<string | undefined>][] = [
        ['no proof', async () => undefined],
        ['an empty proof', async () => ''],
        ['a proof that is no JWT', async () => 'proof'],
        ['no typ', (token) => negative(token, { header: { typ: undefined } })],
        ['typ JWT', (token) => negative(token, { header: { typ: 'JWT' } })],
        ['no jwk', (token) => negative(token, { header: { jwk: undefined } })],
        ['a private key in jwk', (token) => negative(token, { header: { jwk: key.privateJwk } })],
        ['another key in jwk', (token) => negative(token, { header: { jwk: other.publicJwk } })],
        ['another key', (token) => negative(token, {}, other)],
        ['no jti', (token) => negative(token, { claims: { jti: undefined } })],
        ['no htm', (token) => negative(token, { claims: { htm: undefined } })],
        ['no htu', (token) => negative(token, { claims: { htu: undefined } })],
        ['no iat', (token) => negative(token, { claims: { iat: undefined } })],
        ['no ath', (token) => negative(token, { claims: { ath: undefined } })],
        ['ath of another token', (token) => negative(token, { token: `${token}x` })],
        ['htm of another method', (token) => negative(token, { method: 'POST' })],
        ['htm in lower case', (token) => negative(token, { method: 'get' })],
        [
          'htu of another endpoint',
          (token) => negative(token, { claims: { htu: `${issuer}/oauth/userinfo` } }),
        ],
        [
          'htu of another host',
          (token) => negative(token, { claims: { htu: 'http://other:8080/oauth/tokeninfo' } }),
        ],
        ['htu without a host', (token) => negative(token, { claims: { htu: '/oauth/tokeninfo' } })],
        ['iat an hour ago', (token) => negative(token, { claims: { iat: now() - 3600 } })],
        ['iat in an hour', (token) => negative(token, { claims: { iat: now() + 3600 } })],
        ['iat 11 s ago', (token) => negative(token, { claims: { iat: now() - 11 } })],
        ['iat in 11 s', (token) => negative(token, { claims: { iat: now() + 11 } })],
        ['RS256', async (token) => negative(token, {}, await dpopKey('RS256'))],
        [
          'none',
          async (token) => {
            const [, claims] = (await negative(token)).split('.')
            const header = { typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk }
            return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`
          },
        ],
        [
          'no alg',
          async (token) => {
            const [, claims, signature] = (await negative(token)).split('.')
            const header = { typ: 'dpop+jwt', jwk: key.publicJwk }
            return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.${signature}`
          },
        ],
        [
          'claims changed after signing',
          async (token) => {
            const [one, two] = await Promise.all([negative(token), negative(token)])
            return [one.split('.')[0], two.split('.')[1], one.split('.')[2]].join('.')
          },
        ],
        ['two proofs', async (token) => `${await negative(token)}, ${await negative(token)}`],
      ]
      const negative = (token: string, options: ProofOptions = {}, by = key): Promise<string> =>
        makeProof(test, by, '/oauth/tokeninfo', { method: 'GET', token, ...options })

      for (const [name, make] of refusals) {
        it(`§4.3: ${name} is refused`, async () => {
          const token = await boundToken()
          const answer = await present(token, await make(token))
          assert.deepEqual(errorOf(answer), [401, 'invalid_dpop_proof'])
          assert.match(challengeOf(answer), /^DPoP realm="authgate", error="invalid_dpop_proof", /)
          assert.ok(challengeOf(answer).endsWith(algs))
        })
      }

      const acceptances: [string, () => ProofOptions][] = [
        ['a query in htu', () => ({ claims: { htu: `${issuer}/oauth/tokeninfo?a=b` } })],
        ['a fragment in htu', () => ({ claims: { htu: `${issuer}/oauth/tokeninfo#a` } })],
        [
          'scheme and host of htu in upper case',
          () => ({ claims: { htu: 'HTTP://LOCALHOST:8080/oauth/tokeninfo' } }),
        ],
        [
          'other claims',
          () => ({ claims: { nbf: now() - 1, exp: now() + 60, nonce: 'own', extra: { a: 1 } } }),
        ],
        ['other header parameters', () => ({ header: { kid: 'k', extra: 1 } })],
        ['iat 10 s ago', () => ({ claims: { iat: now() - 10 } })],
        ['iat in 10 s', () => ({ claims: { iat: now() + 10 } })],
      ]
      for (const [name, options] of acceptances) {
        it(`§4.3: ${name} is accepted`, async () => {
          const answer = await presentWith(await boundToken(), options())
          assert.equal(answer.status, 200, answer.text)
        })
      }

      it('§4.3: the address is the one that is published, wherever a request claims to go', async () => {
        const token = await boundToken()
        const field = await negative(token, { claims: { htu: 'http://internal:3000/oauth/tokeninfo' } })
        const headers = { authorization: `DPoP ${token}`, host: 'internal:3000' }
        const refused = await test.get('/oauth/tokeninfo', { ...headers, dpop: field })
        assert.deepEqual(errorOf(refused), [401, 'invalid_dpop_proof'])
        const good = await test.get('/oauth/tokeninfo', { ...headers, dpop: await negative(token) })
        assert.equal(good.status, 200)
      })

      it('§4.3: two header fields are one too many, over a real connection too', async (t) => {
        await test.app.server.listen({ host: '127.0.0.1', port: 0 })
        const { port } = test.app.server.server.address() as AddressInfo
        const connection = await connectRaw(port)
        t.after(() => connection.socket.destroy())
        const token = await boundToken()
        const ask = async (...names: string[]): Promise<number> => {
          const fields = await Promise.all(names.map(async (name) => `${name}: ${await negative(token)}\r\n`))
          connection.write(
            `GET /oauth/tokeninfo HTTP/1.1\r\nhost: a\r\nauthorization: DPoP ${token}\r\n${fields.join('')}\r\n`,
          )
          return (await connection.answer()).status
        }
        assert.equal(await ask('DPoP', 'DPoP'), 401)
        assert.equal(await ask('DPOP'), 200)
      })
    })

    describe('single use', () => {
      it('§11.1: a proof is good once, at either end', async () => {
        const field = await proof('/oauth/token')
        assert.equal((await askToken(field)).status, 200)
        assert.deepEqual(errorOf(await askToken(field)), [400, 'invalid_dpop_proof'])
        const token = await boundToken()
        const shown = await proof('/oauth/tokeninfo', { method: 'GET', token })
        assert.equal((await present(token, shown)).status, 200)
        assert.deepEqual(errorOf(await present(token, shown)), [401, 'invalid_dpop_proof'])
      })

      it('§11.1: of 100 requests with one proof one is answered', async () => {
        const field = await proof('/oauth/token')
        const answers = await Promise.all(Array.from({ length: 100 }, () => askToken(field)))
        assert.equal(answers.filter(({ status }) => status === 200).length, 1)
        for (const answer of answers) {
          if (answer.status !== 200) assert.deepEqual(errorOf(answer), [400, 'invalid_dpop_proof'])
        }
      })

      it('§11.1: another replica knows it as well', async (t) => {
        const replica = await startTestApp({ driver, sharing: test })
        t.after(() => replica.close())
        const field = await proof('/oauth/token')
        assert.equal((await askToken(field)).status, 200)
        const again = await replica.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: machine.basic, dpop: field },
        )
        assert.deepEqual(errorOf(again), [400, 'invalid_dpop_proof'])
      })

      it('§11.1: the jti of one key is not that of another', async () => {
        const claims = { jti: 'the same for both' }
        for (const by of [key, other]) {
          assert.equal((await askToken(await proof('/oauth/token', { claims }, by))).status, 200)
        }
      })

      it('§11.1: somebody else’s token or a wrong signature does not use a proof up', async () => {
        const token = await boundToken()
        const field = await proof('/oauth/tokeninfo', { method: 'GET', token })
        const [head, claims] = field.split('.')
        const forged = `${head}.${claims}.${'A'.repeat(86)}`
        assert.deepEqual(errorOf(await present(token, forged)), [401, 'invalid_dpop_proof'])
        assert.deepEqual(errorOf(await present(await boundToken(other), field)), [401, 'invalid_dpop_proof'])
        assert.equal((await present(token, field)).status, 200)
      })

      it('§11.1: what is remembered goes within minutes, and not before', async () => {
        const field = await proof('/oauth/token', {
          claims: { iat: Math.floor(test.clock.now() / 1000) + 10 },
        })
        assert.equal((await askToken(field)).status, 200)
        await test.app.runJob('clean_up_used_values')
        assert.deepEqual(errorOf(await askToken(field)), [400, 'invalid_dpop_proof'])
        test.clock.advance(20)
        await test.app.runJob('clean_up_used_values')
        assert.deepEqual(errorOf(await askToken(field)), [400, 'invalid_dpop_proof'])
      })
    })

    describe('nonces', () => {
      let wary: TestApp
      before(async () => {
        wary = await startTestApp({ driver, environment: { DPOP_NONCE_REQUIRED: 'true' }, sharing: test })
      })
      after(() => wary.close())

      const ask = (field: string) =>
        wary.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: machine.basic, dpop: field },
        )

      it('§8: the token endpoint asks for a nonce and takes the proof that has it', async () => {
        const first = await ask(await proof('/oauth/token'))
        assert.deepEqual(errorOf(first), [400, 'use_dpop_nonce'])
        const nonce = String(first.headers['dpop-nonce'])
        assert.match(nonce, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
        const second = await ask(await proof('/oauth/token', { claims: { nonce } }))
        assert.equal(second.status, 200, second.text)
        assert.equal(second.body.token_type, 'DPoP')
        // §8.2: the one to use from now on.
        assert.equal(second.headers['dpop-nonce'], nonce)
      })

      it('§8: with a nonce of ours the time of the client does not matter', async () => {
        const nonce = String((await ask(await proof('/oauth/token'))).headers['dpop-nonce'])
        for (const iat of [0, Math.floor(test.clock.now() / 1000) + 3600]) {
          const field = await proof('/oauth/token', { claims: { nonce, iat } })
          assert.equal((await ask(field)).status, 200)
          assert.deepEqual(errorOf(await ask(field)), [400, 'invalid_dpop_proof'])
          test.clock.advance(200)
          await wary.app.runJob('clean_up_used_values')
          assert.deepEqual(errorOf(await ask(field)), [400, 'invalid_dpop_proof'])
          test.clock.advance(-200)
        }
      })

      it('§8.1: an old nonce, or one of somebody else, is answered with a new one', async () => {
        const nonce = String((await ask(await proof('/oauth/token'))).headers['dpop-nonce'])
        test.clock.advance(1000)
        for (const stale of [nonce, 'eyJ7S_zG.eyJH0-Z.HX4w-7v']) {
          const answer = await ask(await proof('/oauth/token', { claims: { nonce: stale } }))
          assert.deepEqual(errorOf(answer), [400, 'use_dpop_nonce'])
          assert.notEqual(answer.headers['dpop-nonce'], nonce)
        }
      })

      it('§9: a protected resource asks with 401 and a challenge', async () => {
        const token = await boundToken()
        const show = async (claims: Record<string, unknown>) =>
          wary.get('/oauth/tokeninfo', {
            authorization: `DPoP ${token}`,
            dpop: await proof('/oauth/tokeninfo', { method: 'GET', token, claims }),
          })
        const first = await show({})
        assert.deepEqual(errorOf(first), [401, 'use_dpop_nonce'])
        assert.match(challengeOf(first), /^DPoP realm="authgate", error="use_dpop_nonce", /)
        const nonce = String(first.headers['dpop-nonce'])
        const second = await show({ nonce })
        assert.equal(second.status, 200, second.text)
        assert.equal(second.headers['dpop-nonce'], nonce)
      })

      it('§8: pushed requests and device authorization ask as well', async () => {
        for (const path of ['/oauth/par', '/oauth/device/code']) {
          const client = await webClient(test, { grants: ['authorization_code', 'device_code'] })
          const fields = { response_type: 'code', redirect_uri: callback, scope: 'read', ...pkce }
          const push = async (claims: Record<string, unknown>) =>
            wary.post(path, fields, {
              authorization: client.basic!,
              dpop: await proof(path, { claims }),
            })
          const first = await push({})
          assert.deepEqual(errorOf(first), [400, 'use_dpop_nonce'])
          const second = await push({ nonce: first.headers['dpop-nonce'] })
          assert.ok(second.status < 300, second.text)
        }
      })

      it('§8: who brings no proof is asked for none', async () => {
        const answer = await wary.post(
          '/oauth/token',
          { grant_type: 'client_credentials' },
          { authorization: machine.basic },
        )
        assert.deepEqual([answer.status, answer.headers['dpop-nonce']], [200, undefined])
      })
    })
  })
}
