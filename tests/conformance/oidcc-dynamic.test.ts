/** `oidcc-dynamic-certification-test-plan`, response type `code`: clients register themselves and have a key. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose'
import { assertionFields, generateKey } from '../support/client-assertion.ts'
import {
  callback,
  checkDiscovery,
  checkErrorPage,
  checkIdToken,
  checkJsonError,
  checkJwks,
  checkTokenResponse,
  checkUserinfo,
  checkUserinfoClaims,
  discover,
  fetchJwks,
  issuer,
  mediaType,
  type Provider,
  startProvider,
  suite,
  visit,
} from '../support/conformance.ts'
import { register } from '../support/registration.ts'
import {
  askUserinfo,
  assertion,
  dynamicClient,
  flow,
  type RelyingParty,
  registrationDocument,
  requestOf,
  tokenRequest,
  unregister,
} from '../support/relying-party.ts'
import type { TestBrowser } from '../support/test-app.ts'
import { unsigned } from './basic-modules.ts'

const day = 86_400

describe('oidcc-dynamic-certification-test-plan', () => {
  let provider: Provider
  before(async () => {
    provider = await startProvider({ environment: { CLIENT_LOGOS: 'all' } })
  })
  after(() => provider.close())

  const run = async (
    module: (party: RelyingParty, browser: TestBrowser) => Promise<void>,
    changes: Record<string, unknown> = {},
    key?: RelyingParty['key'],
  ): Promise<void> => {
    const party = await dynamicClient(provider, 'private_key_jwt', changes, key)
    await module(party, provider.browser())
    await unregister(provider, party)
  }
  const refused = async (changes: Record<string, unknown>, codes: readonly string[]): Promise<void> => {
    const { document } = await registrationDocument('private_key_jwt')
    const answer = await register(provider, { ...document, ...changes })
    assert.equal(answer.status, 400)
    checkJsonError(answer, codes)
  }

  it('oidcc-discovery-endpoint-verification', async () => {
    // Everything holds but the response types of the implicit and hybrid flows, which this server does not have and
    // therefore does not announce: the suite fails this one module (docs/conformance.md).
    const found = await checkDiscovery(provider)
    assert.deepEqual(found.response_types_supported, ['code'])
    assert.equal((found.grant_types_supported as string[]).includes('implicit'), false)
    await checkJwks(provider)
  })

  it('oidcc-idtoken-rs256', () =>
    run(
      async (party, browser) => {
        assert.equal(party.registration!.id_token_signed_response_alg, 'RS256')
        await flow(provider, party, browser, {}, { algorithm: 'RS256' })
      },
      { id_token_signed_response_alg: 'RS256' },
    ))

  it('oidcc-idtoken-unsigned', async () => {
    const found = await discover(provider)
    assert.equal(found.id_token_signing_alg_values_supported.includes('none'), false)
    await refused({ id_token_signed_response_alg: 'none' }, ['invalid_client_metadata'])
  })

  it('oidcc-userinfo-rs256', () =>
    run(
      async (party, browser) => {
        const { tokens, claims } = await flow(provider, party, browser)
        const answer = await askUserinfo(provider, tokens.access_token)
        assert.equal(answer.status, 200)
        assert.equal(mediaType(answer), 'application/jwt')
        const keys = createLocalJWKSet(await fetchJwks(provider))
        const { payload, protectedHeader } = await jwtVerify(answer.text, keys, {
          issuer,
          audience: party.id,
          currentDate: new Date(provider.clock.now()),
        })
        assert.equal(protectedHeader.alg, 'RS256')
        assert.equal('nonce' in payload, false)
        const { iss, aud, iat, ...told } = payload
        assert.deepEqual([iss, aud, typeof iat], [issuer, party.id, 'number'])
        checkUserinfoClaims(told, claims.sub)
      },
      { userinfo_signed_response_alg: 'RS256' },
    ))

  it('oidcc-ensure-redirect-uri-in-authorization-request', () =>
    run(
      async (party, browser) => {
        const { fields } = requestOf(party, { redirect_uri: undefined })
        checkErrorPage(await visit(browser, fields), /The redirect URI is missing/)
      },
      { redirect_uris: [callback, `${callback}/2`] },
    ))

  it('oidcc-redirect-uri-query-OK', () =>
    run(
      async (party, browser) => {
        await flow(provider, party, browser)
      },
      { redirect_uris: [`${callback}?bar=foo`] },
    ))

  it('oidcc-redirect-uri-query-mismatch', () =>
    run(
      async (party, browser) => {
        const { fields } = requestOf(party, { redirect_uri: `${callback}?foo=bar` })
        checkErrorPage(await visit(browser, fields), /The redirect URI is not registered/)
      },
      { redirect_uris: [`${callback}?bar=foo`] },
    ))

  it('oidcc-redirect-uri-query-added', () =>
    run(async (party, browser) => {
      const { fields } = requestOf(party, { redirect_uri: `${callback}?foo=bar` })
      checkErrorPage(await visit(browser, fields), /The redirect URI is not registered/)
    }))

  it('oidcc-redirect-uri-regfrag', () =>
    refused({ redirect_uris: [`${callback}#foobar`] }, ['invalid_redirect_uri']))

  it('oidcc-server', () =>
    run(async (party, browser) => {
      assert.equal(party.key!.publicJwk.kid, undefined)
      const { tokens, claims } = await flow(provider, party, browser)
      checkUserinfo(await askUserinfo(provider, tokens.access_token), claims.sub)
    }))

  const loginPage = async (party: RelyingParty, browser: TestBrowser): Promise<string> => {
    const { page } = await visit(browser, requestOf(party).fields, { stayAtLogin: true })
    return page!.text
  }

  it('oidcc-registration-logo-uri', async () => {
    const logo_uri = 'https://suite.example.com/images/openid.png'
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    provider.network.files.set(logo_uri, png)
    await run(
      async (party, browser) => {
        const page = await loginPage(party, browser)
        const src = /<img class="app-logo" src="([^"]+)" alt/.exec(page)?.[1]
        assert.equal(src, `/client-logos/${party.id}`)
        const picture = await provider.request({ method: 'GET', url: src })
        assert.equal(picture.statusCode, 200)
        assert.equal(picture.headers['content-type'], 'image/png')
        assert.deepEqual(picture.rawPayload, png)
      },
      { logo_uri },
    )
  })

  it('oidcc-registration-policy-uri', () =>
    run(
      async (party, browser) => {
        const page = await loginPage(party, browser)
        assert.match(page, /<a href="https:\/\/suite\.example\.com\/login\.html"[^>]*>Privacy policy<\/a>/)
      },
      { policy_uri: 'https://suite.example.com/login.html' },
    ))

  it('oidcc-registration-tos-uri', () =>
    run(
      async (party, browser) => {
        const page = await loginPage(party, browser)
        assert.match(page, /<a href="https:\/\/openid\.net"[^>]*>Terms of service<\/a>/)
      },
      { tos_uri: 'https://openid.net' },
    ))

  it('oidcc-registration-jwks-uri', async () => {
    const key = await generateKey('RS256')
    const jwk = {
      ...key.publicJwk,
      kid: await calculateJwkThumbprint(key.publicJwk),
      alg: 'RS256',
      use: 'sig',
    }
    const jwks_uri = `${suite}/jwks`
    provider.network.documents.set(jwks_uri, { keys: [jwk] })
    const withKid = { ...key, publicJwk: jwk }
    await run(
      async (party, browser) => {
        assert.equal(party.registration!.jwks_uri, jwks_uri)
        await flow(provider, party, browser)
      },
      { jwks: undefined, jwks_uri },
      withKid,
    )
  })

  it('oidcc-registration-sector-uri', async () => {
    // Skipped by the suite, since pairwise identifiers are not advertised: and then they cannot be registered.
    assert.deepEqual((await discover(provider)).subject_types_supported, ['public'])
    const sector_identifier_uri = `${suite}/redirect_uris.json`
    await refused({ subject_type: 'pairwise', sector_identifier_uri }, ['invalid_client_metadata'])
  })

  it('oidcc-registration-sector-bad', async () => {
    assert.deepEqual((await discover(provider)).subject_types_supported, ['public'])
    const sector_identifier_uri = `${suite}/bad_redirect_uris.json`
    await refused({ subject_type: 'pairwise', sector_identifier_uri }, ['invalid_client_metadata'])
  })

  it('oidcc-server-rotate-keys', async (t) => {
    const rotating = await startProvider({ environment: { SIGNING_KEY_ROTATION_INTERVAL: '48h' } })
    t.after(() => rotating.close())
    const before = await checkJwks(rotating)
    rotating.clock.advance(day)
    await rotating.app.runJob('rotate_signing_keys')
    await rotating.app.runJob('reload_signing_keys')
    const { keys } = await checkJwks(rotating)
    const fresh = keys.filter(({ kid }) => !before.keys.some((old) => old.kid === kid))
    assert.ok(fresh.length > 0)
    for (const key of fresh) {
      const material = key.n ?? key.x
      assert.equal(
        before.keys.some((old) => (old.n ?? old.x) === material),
        false,
      )
    }
    for (const old of before.keys) assert.ok(keys.some(({ kid }) => kid === old.kid))
    const party = await dynamicClient(rotating, 'private_key_jwt')
    rotating.clock.advance(day)
    await rotating.app.runJob('rotate_signing_keys')
    await rotating.app.runJob('reload_signing_keys')
    await flow(rotating, party, rotating.browser())
  })

  it('oidcc-refresh-token-rp-key-rotation', async () => {
    const jwks_uri = `${suite}/rotating-jwks`
    const named = async (kid: string) => {
      const key = await generateKey('RS256')
      return { ...key, publicJwk: { ...key.publicJwk, kid, alg: 'RS256', use: 'sig' } }
    }
    const [old, next] = [await named('one'), await named('two')]
    provider.network.documents.set(jwks_uri, { keys: [old.publicJwk] })
    const changes = { jwks: undefined, jwks_uri, grant_types: ['authorization_code', 'refresh_token'] }
    await run(
      async (party, browser) => {
        const { tokens } = await flow(provider, party, browser, {
          scope: 'openid offline_access',
          prompt: 'consent',
        })
        assert.ok(tokens.refresh_token)
        provider.network.documents.set(jwks_uri, { keys: [next.publicJwk] })
        provider.clock.advance(60)
        party.key = next
        const answer = await tokenRequest(provider, party, {
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token,
        })
        checkTokenResponse(answer)
      },
      changes,
      old,
    )
  })

  const refusesRequestUri = async (): Promise<void> => {
    const found = await discover(provider)
    assert.equal(found.request_uri_parameter_supported, false)
    assert.equal('request_object_signing_alg_values_supported' in found, false)
    await run(
      async (party, browser) => {
        const { fields } = requestOf(party, { request_uri: `${suite}/request#${'x'.repeat(43)}` })
        checkErrorPage(await visit(browser, fields), /request_uri_not_supported/)
      },
      { request_uris: [`${suite}/request#${'x'.repeat(43)}`] },
    )
  }

  // No objects by reference here, and none is announced. The suite fails these two modules for it (docs/conformance.md);
  // what is asked for is refused properly.
  it('oidcc-request-uri-unsigned', () => refusesRequestUri())
  it('oidcc-request-uri-signed-rs256', () => refusesRequestUri())

  it('oidcc-ensure-request-object-with-redirect-uri', () =>
    run(async (party, browser) => {
      const request = unsigned(requestOf(party).fields)
      const { fields } = requestOf(party, { redirect_uri: `${callback}_invalid`, request })
      checkErrorPage(await visit(browser, fields), /The redirect URI is not registered/)
    }))

  it('oidcc-refresh-token', async () => {
    const changes = { grant_types: ['authorization_code', 'refresh_token'] }
    const first = await dynamicClient(provider, 'private_key_jwt', changes)
    const second = await dynamicClient(provider, 'private_key_jwt', changes)
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const before = await flow(provider, first, provider.browser(), offline)
    provider.clock.advance(1)
    const fields = { grant_type: 'refresh_token', refresh_token: before.tokens.refresh_token }
    checkJsonError(await tokenRequest(provider, second, fields), ['invalid_grant'])
    const answer = await tokenRequest(provider, first, fields)
    checkTokenResponse(answer)
    const later = await checkIdToken(provider, answer.body.id_token, { clientId: first.id })
    assert.deepEqual(
      [later.sub, later.auth_time, later.aud],
      [before.claims.sub, before.claims.auth_time, before.claims.aud],
    )
    assert.notEqual(later.iat, before.claims.iat)
    for (const party of [first, second]) await unregister(provider, party)
  })

  it('oidcc-ensure-client-assertion-with-iss-aud-succeeds', () =>
    run(async (party, browser) => {
      const forIssuer: RelyingParty = {
        ...party,
        credentials: async () => ({
          fields: assertionFields(await assertion(provider, party, { aud: issuer })),
          headers: {},
        }),
      }
      await flow(provider, forIssuer, browser)
    }))
})
