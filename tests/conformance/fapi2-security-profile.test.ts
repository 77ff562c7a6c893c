/**
 * `fapi2-security-profile-final-test-plan`: `plain_fapi`, `private_key_jwt`, `dpop`, with OpenID Connect and without.
 * Titles leave out the prefix `fapi2-security-profile-final-`, which every module has.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect, type SecureVersion } from 'node:tls'
import { decodeProtectedHeader, importJWK } from 'jose'
import { challenge, webClient } from '../support/authorization.ts'
import { createCertificate } from '../support/certificate.ts'
import { generateKey } from '../support/client-assertion.ts'
import {
  callback,
  checkDiscovery,
  checkErrorPage,
  checkErrorResponse,
  checkJsonError,
  checkJwks,
  checkResponse,
  checkTokenResponse,
  checkUserinfo,
  discover,
  issuer,
  longState,
  type Provider,
  randomText,
  startProvider,
  visit,
} from '../support/conformance.ts'
import { type DpopKey, dpopKey, type ProofOptions } from '../support/dpop.ts'
import {
  askCode,
  askResource,
  askToken,
  checkFapiTokens,
  checkPushed,
  checkResource,
  type FapiClient,
  type Flavour,
  fapiClient,
  fapiFlow,
  proofFor,
  push,
  pushedRequest,
  pushFields,
  redeemFields,
  resourceOf,
} from '../support/fapi-client.ts'
import type { Fields, JsonResponse } from '../support/test-app.ts'

const badRequest = ['invalid_request', 'invalid_request_object']
const badProof = ['invalid_grant', 'invalid_request', 'invalid_dpop_proof']
const badClient = ['invalid_client', 'invalid_request']

for (const flavour of ['openid_connect', 'plain_oauth'] as const satisfies Flavour[]) {
  describe(`fapi2-security-profile-final-test-plan, ${flavour}`, () => {
    const openid = flavour === 'openid_connect'
    let provider: Provider
    let first: FapiClient
    let second: FapiClient
    before(async () => {
      provider = await startProvider()
      first = await fapiClient(provider, flavour)
      second = await fapiClient(provider, flavour, {
        algorithm: 'ES256',
        redirectUri: `${callback}?dummy1=lorem&dummy2=ipsum`,
      })
    })
    after(() => provider.close())

    const flow = (changes: Fields = {}, options?: Parameters<typeof fapiFlow>[4], client = first) =>
      fapiFlow(provider, client, provider.browser(), changes, options)
    /** A code of the first client, redeemed with something amiss. */
    const redeem = async (
      fields: Fields,
      options: Parameters<typeof askToken>[3] = {},
      by = first,
    ): Promise<JsonResponse> => {
      const { code } = await askCode(provider, first, provider.browser())
      return askToken(provider, by, redeemFields(first, code, fields), options)
    }
    const pushed = async (fields: Fields, options?: Parameters<typeof push>[3]): Promise<JsonResponse> =>
      push(provider, first, pushFields(first, fields), options)
    const seconds = (): number => Math.floor(provider.clock.now() / 1000)

    it('discovery-end-point-verification', async () => {
      if (openid) await checkDiscovery(provider)
      const found = await discover(provider, openid ? 'openid-configuration' : 'oauth-authorization-server')
      assert.equal(found.issuer, issuer)
      assert.ok(found.response_types_supported.includes('code'))
      assert.ok(found.grant_types_supported.includes('authorization_code'))
      assert.ok(found.code_challenge_methods_supported.includes('S256'))
      assert.equal(found.authorization_response_iss_parameter_supported, true)
      assert.equal(found.pushed_authorization_request_endpoint, `${issuer}/oauth/par`)
      assert.equal(typeof found.require_pushed_authorization_requests, 'boolean')
      assert.ok(found.token_endpoint_auth_methods_supported.includes('private_key_jwt'))
      const lists = ['dpop_signing_alg_values_supported', 'token_endpoint_auth_signing_alg_values_supported']
      if (openid) lists.push('id_token_signing_alg_values_supported', 'userinfo_signing_alg_values_supported')
      for (const list of lists) {
        assert.ok(
          ['PS256', 'ES256', 'EdDSA'].some((algorithm) => found[list].includes(algorithm)),
          list,
        )
      }
      await checkJwks(provider)
    })

    it('happy-flow', async () => {
      const one = await flow()
      checkResource(await askResource(provider, first, one.tokens.access_token))
      const two = await flow(
        {
          state: longState(),
          ...(openid ? { nonce: randomText(43) } : {}),
          dpop_jkt: second.dpop.jkt,
          ...Object.fromEntries(Object.entries({ scope: second.scope }).reverse()),
        },
        {},
        second,
      )
      checkResource(await askResource(provider, second, two.tokens.access_token))
      const inQuery = await provider.get(`${resourceOf(first)}?access_token=${one.tokens.access_token}`)
      assert.ok([400, 401, 414].includes(inQuery.status))
      for (const accept of ['application/json', 'application/json;charset=utf-8', '*/*']) {
        const headers = { accept, 'x-fapi-customer-ip-address': '2001:db8::1893:25c8:1946' }
        checkResource(await askResource(provider, first, one.tokens.access_token, { headers }))
      }
      const stolen = await askResource(provider, second, two.tokens.access_token, { dpop: first.dpop })
      assert.equal(stolen.status, 401)
    })

    it('user-rejects-authentication', async () => {
      for (const { redirectUri } of [first, second]) {
        // Whoever allowed a client before is asked nothing, so that these are new ones.
        const client = await fapiClient(provider, flavour, { redirectUri })
        const fields = pushFields(client, { state: longState() })
        const requestUri = checkPushed(await push(provider, client, fields))
        const done = await visit(provider.browser(), pushedRequest(client, requestUri, fields), {
          action: 'deny',
        })
        assert.deepEqual(done.pages, ['login', 'consent'])
        const sent = { state: fields.state as string, uri: redirectUri }
        checkErrorResponse(done, sent, ['access_denied'])
      }
    })

    it('ensure-authorization-request-without-state-success', async () => {
      await flow({ state: undefined })
    })

    if (openid) {
      it('ensure-authorization-request-without-nonce-success', async () => {
        await flow({ nonce: undefined })
      })
      it('ensure-authorization-request-with-64-char-nonce-success', async () => {
        await flow({ nonce: randomText(64) })
      })
      it('ensure-authorization-request-with-long-nonce', async () => {
        await flow({ nonce: randomText(384) })
      })
      it('ensure-other-scope-order-succeeds', async () => {
        await flow({ scope: 'email openid' })
      })
      it('test-claims-parameter-identity-claims', async () => {
        const { claims_parameter_supported, claims_supported } = await discover(provider)
        assert.equal(claims_parameter_supported, true)
        const asked = Object.fromEntries(
          [...(claims_supported as string[]), 'unknown_claim'].map((name) => [name, null]),
        )
        const { tokens, claims } = await flow({
          scope: 'openid profile email',
          claims: JSON.stringify({ userinfo: asked }),
        })
        const told = checkUserinfo(await askResource(provider, first, tokens.access_token), claims!.sub)
        assert.ok('name' in told && 'email' in told && !('unknown_claim' in told))
      })
      it('ensure-different-nonce-inside-and-outside-request-object', async () => {
        await flow({}, { beside: { nonce: randomText(10) } })
      })
    }

    it('ensure-authorization-request-with-long-state', async () => {
      await flow({ state: randomText(1000) })
    })

    it('access-token-type-header-case-sensitivity', async () => {
      const { tokens } = await flow()
      checkResource(await askResource(provider, first, tokens.access_token, { scheme: 'dPoP' }))
    })

    it('check-dpop-proof-nbf-exp', async () => {
      const claims = { nbf: seconds(), exp: seconds() + 60 }
      const { tokens } = await flow({}, { token: { proofClaims: claims } })
      checkResource(await askResource(provider, first, tokens.access_token, { claims }))
    })

    const withProofsOf = async (offset: number): Promise<void> => {
      const client = await fapiClient(provider, flavour)
      const iat = () => seconds() + offset
      const proof = await proofFor(provider, client.dpop, '/oauth/par', { claims: { iat: iat() } })
      const fields = pushFields(client)
      const requestUri = checkPushed(await push(provider, client, fields, { proof }))
      const done = await visit(provider.browser(), pushedRequest(client, requestUri, fields))
      const { code } = checkResponse(done, { state: fields.state as string })
      const answer = await askToken(provider, client, redeemFields(client, code!), {
        proofClaims: { iat: iat() },
      })
      const { tokens } = await checkFapiTokens(provider, client, answer, fields)
      checkResource(await askResource(provider, client, tokens.access_token, { claims: { iat: iat() } }))
    }
    it('ensure-dpopproof-with-iat-10seconds-before-succeeds', () => withProofsOf(-10))
    it('ensure-dpopproof-with-iat-10seconds-after-succeeds', () => withProofsOf(10))

    it('ensure-mismatched-dpop-jkt-fails', async () => {
      const proof = await proofFor(provider, first.dpop, '/oauth/par')
      const answer = await pushed({ dpop_jkt: second.dpop.jkt }, { proof })
      assert.equal(answer.status, 400)
      checkJsonError(answer, ['invalid_request', 'invalid_dpop_proof'])
    })

    it('ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt', async () => {
      const proof = await proofFor(provider, first.dpop, '/oauth/par')
      const { code } = await askCode(provider, first, provider.browser(), {}, { proof })
      const answer = await askToken(provider, first, redeemFields(first, code), { dpop: second.dpop })
      checkJsonError(answer, badProof)
    })

    it('ensure-token-endpoint-fails-with-mismatched-dpop-jkt', async () => {
      const { code } = await askCode(provider, first, provider.browser(), { dpop_jkt: first.dpop.jkt })
      const answer = await askToken(provider, first, redeemFields(first, code), { dpop: second.dpop })
      checkJsonError(answer, badProof)
    })

    it('ensure-dpopproof-at-par-endpoint-binding-success', async () => {
      await flow({}, { proof: await proofFor(provider, first.dpop, '/oauth/par') })
    })

    it('ensure-dpop-auth-code-binding-success', async () => {
      const proof = await proofFor(provider, first.dpop, '/oauth/par')
      await flow({ dpop_jkt: first.dpop.jkt }, { proof })
    })

    it('ensure-different-state-inside-and-outside-request-object', async () => {
      await flow({}, { beside: { state: randomText(10) } })
    })

    it('state-only-outside-request-object-not-used', async () => {
      await flow({ state: undefined }, { beside: { state: randomText(10) } })
    })

    it('ensure-request-object-without-redirect-uri-fails', async () => {
      const answer = await pushed({ redirect_uri: undefined })
      assert.equal(answer.status, 400)
      checkJsonError(answer, badRequest)
    })

    it('ensure-redirect-uri-in-authorization-request', async () => {
      checkJsonError(await pushed({ redirect_uri: '' }), badRequest)
    })

    it('plain-fapi-tolerate-unregistered-redirect-uri', async () => {
      checkJsonError(await pushed({ redirect_uri: `${callback}/${randomText(10)}` }), badRequest)
    })

    it('ensure-unsigned-authorization-request-without-using-par-fails', async () => {
      const fields = pushFields(first)
      const sent = { state: fields.state as string }
      checkErrorResponse(await visit(provider.browser(), fields), sent, ['invalid_request'])
    })

    it('ensure-response-type-code-idtoken-fails', async () => {
      checkJsonError(await pushed({ response_type: 'code id_token' }), ['unsupported_response_type'])
    })

    it('ensure-response-type-code-token-fails', async () => {
      checkJsonError(await pushed({ response_type: 'code token' }), ['unsupported_response_type'])
    })

    it('ensure-client-id-in-token-endpoint', async () => {
      const wrongKey = await redeem({}, { assertion: { claims: { iss: second.id, sub: second.id } } })
      checkJsonError(wrongKey, ['invalid_client', 'invalid_grant'])
      const wrongId = await redeem({ client_id: second.id })
      checkJsonError(wrongId, ['invalid_client', 'invalid_grant'])
    })

    it('ensure-holder-of-key-required', async () => {
      checkJsonError(await redeem({}, { proof: null }), badProof)
    })

    it('ensure-authorization-code-is-bound-to-client', async () => {
      const answer = await redeem({}, {}, second)
      assert.equal(answer.status, 400)
      checkJsonError(answer, ['invalid_grant'])
    })

    it('attempt-reuse-authorization-code-after-one-second', async () => {
      const { asked, tokens } = await flow()
      provider.clock.advance(1)
      const again = await askToken(provider, first, redeemFields(first, asked.code))
      assert.equal(again.status, 400)
      checkJsonError(again, ['invalid_grant'])
      assert.equal((await askResource(provider, first, tokens.access_token)).status, 401)
    })

    it('ensure-token-endpoint-fails-with-expired-auth-code', async (t) => {
      // Also where an operator gives codes a longer life: FAPI 2.0 §5.3.2.1 has a minute.
      const lenient = await startProvider({ environment: { AUTH_CODE_EXPIRATION: '600s' } })
      t.after(() => lenient.close())
      const client = await fapiClient(lenient, flavour)
      const { code } = await askCode(lenient, client, lenient.browser())
      lenient.clock.advance(62)
      const answer = await askToken(lenient, client, redeemFields(client, code))
      assert.equal(answer.status, 400)
      checkJsonError(answer, ['invalid_grant'])
    })

    it('ensure-signed-client-assertion-with-RS256-fails', async () => {
      // The same key pair, used for the other algorithm.
      const privateKey = (await importJWK(first.key.privateJwk, 'RS256')) as CryptoKey
      const key = { ...first.key, algorithm: 'RS256', privateKey }
      checkJsonError(await redeem({}, { assertion: { key } }), ['invalid_client'])
    })

    it('ensure-client-assertion-in-token-endpoint', async () => {
      const { code } = await askCode(provider, first, provider.browser())
      const dpop = await proofFor(provider, first.dpop, '/oauth/token')
      const fields = { ...redeemFields(first, code), client_id: first.id }
      checkJsonError(await provider.post('/oauth/token', fields, { dpop }), badClient)
    })

    it('ensure-client-assertion-with-exp-is-5-minutes-in-past-fails', async () => {
      const claims = { iat: seconds() - 360, nbf: seconds() - 360, exp: seconds() - 300 }
      checkJsonError(await redeem({}, { assertion: { claims } }), badClient)
    })

    it('ensure-client-assertion-with-wrong-aud-fails', async () => {
      const claims = { aud: 'https://wrong.example.com/' }
      checkJsonError(await redeem({}, { assertion: { claims } }), badClient)
    })

    it('ensure-client-assertion-with-no-sub-fails', async () => {
      checkJsonError(await redeem({}, { assertion: { claims: { sub: undefined } } }), badClient)
    })

    it('dpop-negative-tests', async () => {
      const token: string = (await flow()).tokens.access_token
      const other = await dpopKey()
      const path = resourceOf(first)
      const proof = (options: ProofOptions = {}, by: DpopKey = first.dpop) =>
        proofFor(provider, by, path, { method: 'GET', token, ...options })
      const refused = async (what: string, answer: Promise<JsonResponse>): Promise<void> => {
        const { status, headers } = await answer
        assert.ok(status === 400 || status === 401, `${what}: ${status}`)
        assert.ok(headers['www-authenticate'], what)
      }
      const withProof = (options: ProofOptions) => askResource(provider, first, token, options)
      const withField = (field: string | null, scheme = 'DPoP') =>
        askResource(provider, first, token, { field, scheme })

      await refused('two fields', withField(`${await proof()}, ${await proof()}`))
      await refused('malformed', withField('this.is.no-jwt'))
      for (const name of ['typ', 'jwk']) {
        await refused(`no ${name}`, withProof({ header: { [name]: undefined } }))
      }
      for (const name of ['jti', 'htm', 'htu', 'iat', 'ath']) {
        await refused(`no ${name}`, withProof({ claims: { [name]: undefined } }))
      }
      await refused('wrong typ', withProof({ header: { typ: 'jwt' } }))
      const rs256 = await dpopKey('RS256')
      await refused('RS256', askResource(provider, first, token, { dpop: rs256 }))
      const [, payload, signature] = (await proof()).split('.')
      const head = (header: object) =>
        `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`
      const jwk = first.dpop.publicJwk
      await refused('no alg', withField(`${head({ typ: 'dpop+jwt', jwk })}.${signature}`))
      await refused('alg none', withField(`${head({ typ: 'dpop+jwt', alg: 'none', jwk })}.`))
      await refused(
        'other signature',
        withField(`${(await proof()).split('.').slice(0, 2).join('.')}.${signature}`),
      )
      await refused('private key', withProof({ header: { jwk: first.dpop.privateJwk } }))
      await refused('wrong htm', withProof({ claims: { htm: 'POST' } }))
      await refused('wrong htu', withProof({ claims: { htu: 'https://other.example.com/resource' } }))
      await refused('an hour ago', withProof({ claims: { iat: seconds() - 3600 } }))
      await refused('in an hour', withProof({ claims: { iat: seconds() + 3600 } }))
      await refused('wrong ath', withProof({ token: 'another token' }))
      await refused('other key', withField(await proof({}, other)))
      await refused('no proof', withField(null))
      await refused('bearer', withField(await proof(), 'Bearer'))
      await refused('bearer without proof', withField(null, 'Bearer'))
      const once = await proof()
      checkResource(await withField(once))
      await refused('replayed', withField(once))

      const accepted: ProofOptions[] = [
        { header: { extra: 'x' } },
        { claims: { extra: 'x' } },
        { claims: { htu: `${issuer}${path}?a=b` } },
        { claims: { htu: `${issuer}${path}#fragment` } },
        { claims: { htu: `${issuer}${path}?a=b#fragment` } },
        { claims: { htu: `${issuer.replace('op.example.com', 'OP.EXAMPLE.COM')}${path}` } },
        { claims: { htu: `${issuer}:443${path}` } },
      ]
      for (const options of accepted) checkResource(await withProof(options))
      checkResource(
        await askResource(provider, first, token, { field: null, headers: { DPoP: await proof() } }),
      )
    })

    it('refresh-token', async () => {
      const refreshTokens: string[] = []
      for (const client of [first, second]) {
        const { tokens, claims } = await flow({}, {}, client)
        const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token as string }
        assert.ok(fields.refresh_token)
        provider.clock.advance(1)
        const fresh = await dpopKey()
        const answer = await askToken(provider, client, fields, { dpop: fresh })
        const later = await checkFapiTokens(provider, client, answer, {})
        assert.equal(later.claims?.sub, claims?.sub)
        assert.notEqual(later.tokens.access_token, tokens.access_token)
        checkResource(await askResource(provider, client, later.tokens.access_token, { dpop: fresh }))
        // The token stays the same (FAPI 2.0 §5.3.2.1), so that what was lost on the way is only asked for again.
        assert.equal(later.tokens.refresh_token, fields.refresh_token)
        provider.clock.advance(30)
        checkTokenResponse(await askToken(provider, client, fields), { type: 'dpop', idToken: openid })
        const dpop = await proofFor(provider, client.dpop, '/oauth/token')
        const unauthenticated = await provider.post(
          '/oauth/token',
          { ...fields, client_id: client.id },
          { dpop },
        )
        checkJsonError(unauthenticated, ['invalid_client', 'invalid_grant', 'invalid_request'])
        checkJsonError(await askToken(provider, client, fields, { proof: null }), badProof)
        refreshTokens.push(fields.refresh_token)
      }
      const foreign = { grant_type: 'refresh_token', refresh_token: refreshTokens[1] }
      checkJsonError(await askToken(provider, first, foreign), ['invalid_grant'])
    })

    it('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds', async () => {
      const fields = pushFields(first)
      const request = pushedRequest(first, checkPushed(await push(provider, first, fields)), fields)
      const browser = provider.browser()
      assert.deepEqual((await visit(browser, request, { stayAtLogin: true })).pages, ['login'])
      checkResponse(await visit(browser, request), { state: fields.state as string })
    })

    it('par-attempt-reuse-request_uri', async () => {
      const fields = pushFields(first)
      const request = pushedRequest(first, checkPushed(await push(provider, first, fields)), fields)
      const browser = provider.browser()
      checkResponse(await visit(browser, request), { state: fields.state as string })
      checkErrorPage(await visit(browser, request), /invalid_request_uri/)
    })

    it('par-attempt-to-use-expired-request_uri', async () => {
      const fields = pushFields(first)
      const answer = await push(provider, first, fields)
      provider.clock.advance(answer.body.expires_in)
      const request = pushedRequest(first, checkPushed(answer), fields)
      checkErrorPage(await visit(provider.browser(), request), /invalid_request_uri/)
    })

    it('par-attempt-to-use-request_uri-for-different-client', async () => {
      const fields = pushFields(first)
      const requestUri = checkPushed(await push(provider, first, fields))
      const request = pushedRequest(second, requestUri, fields)
      checkErrorPage(await visit(provider.browser(), request), /invalid_request_uri/)
    })

    it('par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted', async () => {
      const claims = { iat: seconds() + 8, nbf: seconds() + 8 }
      checkPushed(await pushed({}, { assertion: { claims } }))
    })

    it('par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails', async () => {
      const claims = { iat: seconds() + 62, nbf: seconds() + 62, exp: seconds() + 122 }
      checkJsonError(await pushed({}, { assertion: { claims } }), badClient)
    })

    it('par-authorization-request-containing-request_uri-form-param', async () => {
      const request_uri = checkPushed(await pushed({}))
      checkJsonError(await pushed({ request_uri }), [...badRequest, 'request_uri_not_supported'])
    })

    it('par-attempt-invalid-http-method', async () => {
      const answer = await provider.request({ method: 'PUT', url: '/oauth/par', payload: 'a=b' })
      assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, String(answer.statusCode))
    })

    it('par-ensure-pkce-required', async () => {
      const answer = await pushed({ code_challenge: undefined, code_challenge_method: undefined })
      checkJsonError(answer, ['invalid_request'])
    })

    it('par-plain-pkce-rejected', async () => {
      for (const code_challenge_method of ['plain', undefined]) {
        const answer = await pushed({ code_challenge: challenge, code_challenge_method })
        checkJsonError(answer, ['invalid_request'])
      }
    })

    it('ensure-pkce-code-verifier-required', async () => {
      checkJsonError(await redeem({ code_verifier: undefined }), ['invalid_grant'])
    })

    it('incorrect-pkce-code-verifier-rejected', async () => {
      checkJsonError(await redeem({ code_verifier: randomText(43) }), ['invalid_grant'])
    })

    it('par-without-duplicate-parameters', async () => {
      const { code } = await askCode(
        provider,
        first,
        provider.browser(),
        {},
        { beside: { response_type: undefined, scope: undefined, redirect_uri: undefined } },
      )
      assert.ok(code)
    })

    const audienceFails = async (aud: unknown): Promise<void> =>
      checkJsonError(await pushed({}, { assertion: { claims: { aud } } }), badClient)
    it('par-test-array-as-audience-fails', () => audienceFails([issuer, 'https://other.example.com/']))
    it('par-test-par-endpoint-url-as-audience-fails', () => audienceFails(`${issuer}/oauth/par`))
    it('par-test-token-endpoint-url-as-audience-fails', () => audienceFails(`${issuer}/oauth/token`))
  })
}

describe('the FAPI 2.0 profile, whatever else a client’s row says', () => {
  it('§5.3.2.1, §5.4.1: a secret is no way in, and nothing is signed with RS256', async (t) => {
    const provider = await startProvider({
      environment: { JWT_SIGNING_ALGORITHM: 'RS256', PUSHED_AUTHORIZATION_REQUEST_EXPIRATION: '600s' },
    })
    t.after(() => provider.close())
    const key = await generateKey('ES256', 'only')
    const row = await webClient(provider, {
      redirectUris: [callback],
      scopes: ['openid', 'email'],
      metadata: {
        securityProfile: 'fapi2',
        jwks: { keys: [key.publicJwk] },
        idTokenSignedResponseAlg: 'RS256',
        userinfoSignedResponseAlg: 'RS256',
      },
    })
    const client: FapiClient = {
      id: row.id,
      key,
      dpop: await dpopKey(),
      redirectUri: callback,
      scope: 'openid email',
    }
    const withSecret = await provider.post('/oauth/par', pushFields(client), { authorization: row.basic! })
    checkJsonError(withSecret, ['invalid_client'])
    const { tokens } = await fapiFlow(provider, client, provider.browser())
    assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'ES256')
    const told = await askResource(provider, client, tokens.access_token)
    assert.equal(decodeProtectedHeader(told.text).alg, 'ES256')
  })

  it('RFC 9325 §4.2: TLS of its own has 1.2 with AEAD and ephemeral keys only, and prefers 1.3', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-tls-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const { cert, key } = createCertificate(['localhost', '127.0.0.1'])
    writeFileSync(join(folder, 'tls.crt'), cert)
    writeFileSync(join(folder, 'tls.key'), key)
    const provider = await startProvider({
      environment: { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') },
    })
    t.after(() => provider.close())
    await provider.app.server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = provider.app.server.server.address() as AddressInfo
    /** @returns protocol and suite, or `undefined` when the server would not. */
    const shake = (maxVersion: SecureVersion, ciphers?: string): Promise<string | undefined> =>
      new Promise((resolve) => {
        const socket = connect({
          host: '127.0.0.1',
          port,
          ca: cert,
          servername: 'localhost',
          minVersion: maxVersion === 'TLSv1.3' ? 'TLSv1.2' : maxVersion,
          maxVersion,
          ...(ciphers === undefined ? {} : { ciphers }),
        })
        socket.on('secureConnect', () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
          socket.destroy()
        })
        socket.on('error', () => resolve(undefined))
      })
    assert.match((await shake('TLSv1.3'))!, /^TLSv1\.3 /)
    assert.equal(
      await shake('TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'),
      'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256',
    )
    for (const suite of [
      'ECDHE-ECDSA-AES256-SHA384',
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
    ]) {
      assert.equal(await shake('TLSv1.2', suite), undefined, suite)
    }
    for (const old of ['TLSv1', 'TLSv1.1'] as const) {
      assert.equal(await shake(old, 'DEFAULT@SECLEVEL=0'), undefined, old)
    }
  })
})
