/**
 * The modules of the basic plan (docs/conformance.md), which the form-post plan repeats with `response_mode=form_post`.
 * Each is named as in the suite and asks what the suite asks.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { challenge, verifier } from '../support/authorization.ts'
import {
  checkCode,
  checkErrorPage,
  checkErrorResponse,
  checkIdToken,
  checkJsonError,
  checkTokenResponse,
  checkUserinfo,
  discover,
  longState,
  type Provider,
  randomText,
  startProvider,
  type Visit,
  visit,
  wayBack,
} from '../support/conformance.ts'
import { register } from '../support/registration.ts'
import {
  askUserinfo,
  dynamicClient,
  flow,
  type RelyingParty,
  redeemCode,
  registrationDocument,
  requestOf,
  type SignedIn,
  staticClient,
  tokenRequest,
  unregister,
} from '../support/relying-party.ts'
import type { Fields, TestBrowser } from '../support/test-app.ts'

export interface Variant {
  client: 'static' | 'dynamic'
  mode: 'query' | 'form_post'
}

export function basicModules(plan: string, { client, mode }: Variant): void {
  describe(`${plan}, ${client} client`, () => {
    let provider: Provider
    let first: RelyingParty
    let second: RelyingParty
    before(async () => {
      provider = await startProvider()
      if (client === 'dynamic') return
      first = await staticClient(provider)
      second = await staticClient(provider)
    })
    after(() => provider.close())

    const always: Fields = mode === 'form_post' ? { response_mode: 'form_post' } : {}
    /** Runs a module with clients of its own, where clients register themselves, and a browser without a session. */
    const run = async (
      module: (party: RelyingParty, browser: TestBrowser) => Promise<void>,
      changes: Record<string, unknown> = {},
    ): Promise<void> => {
      const party =
        client === 'static' ? first : await dynamicClient(provider, 'client_secret_basic', changes)
      await module(party, provider.browser())
      await unregister(provider, party)
    }
    const signIn = (
      party: RelyingParty,
      browser: TestBrowser,
      fields: Fields = {},
      options?: Parameters<typeof flow>[4],
    ): Promise<SignedIn> => flow(provider, party, browser, { ...always, ...fields }, options)
    const userinfoOf = async ({ tokens, claims }: SignedIn): Promise<Record<string, unknown>> =>
      checkUserinfo(await askUserinfo(provider, tokens.access_token), claims.sub)
    const ask = (party: RelyingParty, fields: Fields) => requestOf(party, { ...always, ...fields })
    /** An error the client is told: at once for a client an operator vouches for, by a press for others. */
    const toldOf = (done: Visit): Visit => (client === 'static' ? done : wayBack(done))
    /** A scope of the specification is either advertised and works, or the module is skipped by the suite. */
    const scopeModule = async (scopes: readonly string[], claims: readonly string[]): Promise<void> => {
      const { scopes_supported: supported } = await discover(provider)
      const offered = scopes.filter((scope) => supported.includes(scope))
      if (offered.length < scopes.length) {
        assert.deepEqual(
          scopes.filter((scope) => !offered.includes(scope)),
          scopes.filter((scope) => scope === 'address' || scope === 'phone'),
        )
        return
      }
      await run(async (party, browser) => {
        const told = await userinfoOf(
          await signIn(party, browser, { scope: ['openid', ...scopes].join(' ') }),
        )
        for (const claim of claims) assert.ok(claim in told, claim)
        if (!scopes.includes('profile')) assert.equal('name' in told, false)
      })
    }

    it('oidcc-server', () =>
      run(async (party, browser) => {
        const signed = await signIn(party, browser)
        assert.deepEqual(Object.keys(await userinfoOf(signed)).sort(), ['iss', 'sub'])
      }))

    it('oidcc-response-type-missing', () =>
      run(async (party, browser) => {
        const sent = ask(party, { response_type: undefined })
        const done = toldOf(await visit(browser, sent.fields))
        checkErrorResponse(done, sent, ['invalid_request', 'unsupported_response_type'])
      }))

    if (client === 'dynamic') {
      it('oidcc-idtoken-signature', () =>
        run(async (party, browser) => {
          await signIn(party, browser, {}, { algorithm: 'RS256' })
        }))

      it('oidcc-idtoken-unsigned', async () => {
        // Skipped by the suite, since it is not advertised: and then it must not be had.
        const found = await discover(provider)
        assert.equal(found.id_token_signing_alg_values_supported.includes('none'), false)
        const { document } = await registrationDocument('client_secret_basic')
        const answer = await register(provider, { ...document, id_token_signed_response_alg: 'none' })
        checkJsonError(answer, ['invalid_client_metadata'])
      })

      it('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', () =>
        run(async (party, browser) => {
          assert.equal((await discover(provider)).request_uri_parameter_supported, false)
          const sent = ask(party, { request_uri: 'https://suite.example.com/requests/1#hash' })
          const done = wayBack(await visit(browser, sent.fields))
          checkErrorResponse(done, sent, ['request_uri_not_supported'])
          assert.equal(provider.network.posts.length, 0)
        }))
    }

    it('oidcc-userinfo-get', () =>
      run(async (party, browser) => {
        await userinfoOf(await signIn(party, browser))
      }))

    it('oidcc-userinfo-post-header', () =>
      run(async (party, browser) => {
        const { tokens, claims } = await signIn(party, browser)
        const authorization = `Bearer ${tokens.access_token}`
        checkUserinfo(await provider.post('/oauth/userinfo', {}, { authorization }), claims.sub)
      }))

    it('oidcc-userinfo-post-body', () =>
      run(async (party, browser) => {
        const { tokens, claims } = await signIn(party, browser)
        const { access_token } = tokens
        checkUserinfo(await provider.post('/oauth/userinfo', { access_token }), claims.sub)
      }))

    it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { nonce: undefined })
      }))

    it('oidcc-scope-profile', () => scopeModule(['profile'], ['name', 'preferred_username', 'updated_at']))
    it('oidcc-scope-email', () => scopeModule(['email'], ['email', 'email_verified']))
    it('oidcc-scope-address', () => scopeModule(['address'], ['address']))
    it('oidcc-scope-phone', () => scopeModule(['phone'], ['phone_number', 'phone_number_verified']))
    it('oidcc-scope-all', () => scopeModule(['profile', 'email', 'address', 'phone'], ['name', 'email']))

    it('oidcc-alternate-happy-flow', () =>
      run(async (party, browser) => {
        const sent = ask(party, { scope: 'email openid' })
        const reversed = Object.fromEntries(Object.entries(sent.fields).reverse())
        const code = checkCode(await visit(browser, reversed), sent)
        const answer = await redeemCode(provider, party, code)
        checkTokenResponse(answer)
        const { sub } = await checkIdToken(provider, answer.body.id_token, {
          clientId: party.id,
          nonce: sent.nonce,
        })
        const told = checkUserinfo(await askUserinfo(provider, answer.body.access_token), sub)
        assert.ok('email' in told && 'email_verified' in told)
      }))

    it('oidcc-display-page', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { display: 'page' })
      }))

    it('oidcc-display-popup', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { display: 'popup' })
      }))

    it('oidcc-prompt-login', () =>
      run(async (party, browser) => {
        const before = await signIn(party, browser)
        provider.clock.advance(1)
        const again = ask(party, { prompt: 'login' })
        const form = await visit(browser, again.fields, { stayAtLogin: true })
        assert.deepEqual(form.pages, ['login'], 'the form, although there is a session')
        assert.match(form.page!.text, /Sign in once more/)
        const later = await signIn(party, browser, { prompt: 'login' })
        assert.ok(later.done.pages.includes('login'))
        assert.ok(later.claims.auth_time! > before.claims.auth_time!)
      }))

    it('oidcc-prompt-none-not-logged-in', () =>
      run(async (party, browser) => {
        const sent = ask(party, { prompt: 'none', state: longState() })
        const done = await visit(browser, sent.fields)
        checkErrorResponse(done, sent, ['login_required', 'interaction_required'])
        assert.deepEqual(done.pages, mode === 'form_post' ? ['form_post'] : [])
      }))

    it('oidcc-prompt-none-logged-in', () =>
      run(async (party, browser) => {
        const before = await signIn(party, browser)
        provider.clock.advance(1)
        const later = await signIn(party, browser, { prompt: 'none', state: longState() })
        assert.deepEqual(later.done.pages, mode === 'form_post' ? ['form_post'] : [])
        assert.equal(later.claims.sub, before.claims.sub)
        assert.equal(later.claims.auth_time, before.claims.auth_time)
      }))

    it('oidcc-max-age-1', () =>
      run(async (party, browser) => {
        const before = await signIn(party, browser)
        provider.clock.advance(2)
        const later = await signIn(party, browser, { max_age: '1' })
        assert.ok(later.done.pages.includes('login'))
        assert.ok(later.claims.auth_time! > before.claims.auth_time!)
      }))

    it('oidcc-max-age-10000', () =>
      run(async (party, browser) => {
        const before = await signIn(party, browser, { max_age: '15000' })
        provider.clock.advance(1)
        const later = await signIn(party, browser, { max_age: '10000' })
        assert.equal(later.done.pages.includes('login'), false)
        assert.equal(later.claims.auth_time, before.claims.auth_time)
        assert.equal(later.claims.sub, before.claims.sub)
      }))

    it('oidcc-ensure-request-with-unknown-parameter-succeeds', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { extra: 'foobar' })
      }))

    it('oidcc-id-token-hint', () =>
      run(async (party, browser) => {
        const before = await signIn(party, browser)
        provider.clock.advance(1)
        const id_token_hint: string = before.tokens.id_token
        const later = await signIn(party, browser, { prompt: 'none', id_token_hint })
        assert.equal(later.claims.sub, before.claims.sub)
      }))

    it('oidcc-login-hint', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { login_hint: 'buffy@op.example.com' })
      }))

    it('oidcc-ui-locales', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { ui_locales: 'se' })
      }))

    it('oidcc-claims-locales', () =>
      run(async (party, browser) => {
        await signIn(party, browser, { claims_locales: 'se' })
      }))

    it('oidcc-ensure-request-with-acr-values-succeeds', () =>
      run(async (party, browser) => {
        const { acr_values_supported: values } = await discover(provider)
        assert.ok(Array.isArray(values) && values.length > 0)
        const { claims } = await signIn(party, browser, { acr_values: values.join(' ') })
        assert.ok(values.includes(claims.acr))
      }))

    it('oidcc-codereuse', () =>
      run(async (party, browser) => {
        const { code } = await signIn(party, browser)
        checkJsonError(await redeemCode(provider, party, code), ['invalid_grant'])
      }))

    it('oidcc-codereuse-30seconds', () =>
      run(async (party, browser) => {
        const { code, tokens } = await signIn(party, browser)
        provider.clock.advance(30)
        checkJsonError(await redeemCode(provider, party, code), ['invalid_grant'])
        assert.equal((await askUserinfo(provider, tokens.access_token)).status, 401)
      }))

    it('oidcc-ensure-registered-redirect-uri', () =>
      run(async (party, browser) => {
        const sent = ask(party, { redirect_uri: `${party.redirectUri}/${randomText(10)}` })
        checkErrorPage(await visit(browser, sent.fields), /The redirect URI is not registered/)
      }))

    it('oidcc-ensure-post-request-succeeds', () =>
      run(async (party, browser) => {
        await signIn(party, browser, {}, { post: true })
      }))

    it('oidcc-server-client-secret-post', async () => {
      const party =
        client === 'static'
          ? await staticClient(provider, 'client_secret_post')
          : await dynamicClient(provider, 'client_secret_post')
      await userinfoOf(await signIn(party, provider.browser()))
      await unregister(provider, party)
    })

    it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', () =>
      run(async (party, browser) => {
        assert.equal((await discover(provider)).request_parameter_supported, false)
        const sent = ask(party, { state: undefined, nonce: undefined })
        const request = unsigned({ ...sent.fields, state: randomText(10), nonce: randomText(10) })
        const done = toldOf(await visit(browser, { ...sent.fields, request }))
        checkErrorResponse(done, sent, ['request_not_supported'])
      }))

    it('oidcc-claims-essential', () =>
      run(async (party, browser) => {
        const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
        const told = await userinfoOf(await signIn(party, browser, { claims }))
        assert.equal(told.name, 'Buffy Summers')
      }))

    it('oidcc-ensure-request-object-with-redirect-uri', () =>
      run(async (party, browser) => {
        const outside = `${party.redirectUri}_invalid`
        const request = unsigned(ask(party, {}).fields)
        const done = await visit(browser, ask(party, { redirect_uri: outside, request }).fields)
        checkErrorPage(done, /The redirect URI is not registered/)
      }))

    it('oidcc-refresh-token', async () => {
      const found = await discover(provider)
      assert.ok(found.grant_types_supported.includes('refresh_token'))
      assert.ok(found.scopes_supported.includes('offline_access'))
      const grants = { grant_types: ['authorization_code', 'refresh_token'] }
      const parties =
        client === 'static'
          ? [first, second]
          : [
              await dynamicClient(provider, 'client_secret_basic', grants),
              await dynamicClient(provider, 'client_secret_basic', grants),
            ]
      const tokens: string[] = []
      for (const [index, party] of parties.entries()) {
        const offline = { scope: 'openid offline_access', prompt: 'consent' }
        const state = index === 1 ? longState() : randomText(10)
        const nonce = randomText(index === 1 ? 43 : 10)
        const before = await signIn(party, provider.browser(), { ...offline, state, nonce })
        assert.ok(before.tokens.refresh_token)
        provider.clock.advance(1)
        const answer = await tokenRequest(provider, party, {
          grant_type: 'refresh_token',
          refresh_token: before.tokens.refresh_token,
          scope: index === 0 ? offline.scope : undefined,
        })
        checkTokenResponse(answer)
        assert.notEqual(answer.body.access_token, before.tokens.access_token)
        const later = await checkIdToken(provider, answer.body.id_token, { clientId: party.id })
        for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp']) {
          assert.deepEqual(later[name], before.claims[name], name)
        }
        assert.notEqual(later.iat, before.claims.iat)
        tokens.push(answer.body.refresh_token)
      }
      const foreign = await tokenRequest(provider, parties[0]!, {
        grant_type: 'refresh_token',
        refresh_token: tokens[1],
      })
      checkJsonError(foreign, ['invalid_grant'])
      for (const party of parties) await unregister(provider, party)
    })

    it('oidcc-ensure-request-with-valid-pkce-succeeds', () =>
      run(async (party, browser) => {
        const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
        await signIn(party, browser, pkce, { redeem: { code_verifier: verifier } })
      }))
  })
}

/** A request object by value that nobody signed. */
export function unsigned(fields: Fields): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(fields)}.`
}
