/** `oidcc-rp-initiated-logout-certification-test-plan`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  checkDiscovery,
  checkErrorResponse,
  discover,
  hiddenFields,
  issuer,
  longState,
  type Provider,
  queryOf,
  startProvider,
  suite,
  visit,
} from '../support/conformance.ts'
import { assertion, dynamicClient, flow, type RelyingParty, requestOf } from '../support/relying-party.ts'
import type { Fields, JsonResponse, TestBrowser } from '../support/test-app.ts'

const uri = `${suite}/post_logout_redirect`
/** 50 letters, 10 digits and every punctuation mark of ASCII but `+` and `;`. */
const state = `${'abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY'}0123456789${'!"#$%&\'()*,-./:<=>?@[\\]^_`{|}~'}`

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  let provider: Provider
  before(async () => {
    provider = await startProvider()
  })
  after(() => provider.close())

  interface Story {
    party: RelyingParty
    browser: TestBrowser
    idToken: string
  }

  const start = async (): Promise<Story> => {
    const party = await dynamicClient(provider, 'client_secret_basic', { post_logout_redirect_uris: [uri] })
    const browser = provider.browser()
    const { tokens } = await flow(provider, party, browser)
    return { party, browser, idToken: tokens.id_token }
  }

  /** What the browser meets at the end-session endpoint, until a page stays or it is sent away. */
  const logOut = async (
    browser: TestBrowser,
    fields: Fields,
  ): Promise<{ page: JsonResponse | undefined; asked: string[]; location: string | undefined }> => {
    const asked: string[] = []
    let answer = await browser.get(
      `${provider.path((await discover(provider)).end_session_endpoint)}?${queryOf(fields)}`,
    )
    for (let step = 0; step < 5; step++) {
      const location = answer.headers.location === undefined ? undefined : String(answer.headers.location)
      if (location?.startsWith('/') === true) answer = await browser.get(location)
      else if (location !== undefined) return { page: undefined, asked, location }
      else if (answer.text.includes('id="sign-out"')) {
        asked.push(answer.text)
        answer = await browser.submit('/oauth/end_session/confirm', hiddenFields(answer.text))
      } else return { page: answer, asked, location: undefined }
    }
    throw new Error('the browser goes in circles')
  }

  const isSignedOut = async ({ party, browser }: Story): Promise<void> => {
    const sent = requestOf(party, { prompt: 'none', state: longState() })
    checkErrorResponse(await visit(browser, sent.fields), sent, ['login_required'])
  }

  /** A page that says what is wrong, and no way to any address, also not after the person's word. */
  const isRefused = async (change: Fields, story: Story, phrase: RegExp): Promise<void> => {
    const { page, asked, location } = await logOut(story.browser, {
      id_token_hint: story.idToken,
      post_logout_redirect_uri: uri,
      state,
      ...change,
    })
    assert.equal(location, undefined)
    assert.match(asked[0] ?? page!.text, phrase)
  }

  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    const { end_session_endpoint } = await checkDiscovery(provider)
    assert.equal(end_session_endpoint, `${issuer}/oauth/end_session`)
  })

  it('oidcc-rp-initiated-logout', async () => {
    const story = await start()
    const { location } = await logOut(story.browser, {
      id_token_hint: story.idToken,
      post_logout_redirect_uri: uri,
      state,
    })
    const url = new URL(location!)
    assert.equal(url.origin + url.pathname, uri)
    assert.deepEqual([...url.searchParams], [['state', state]])
    assert.equal(url.hash, '')
    await isSignedOut(story)
  })

  it('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', async () => {
    const bad = `${suite}/bad_post_logout_redirect_uri`
    await isRefused({ post_logout_redirect_uri: bad }, await start(), /is not registered/)
  })

  it('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', async () => {
    await isRefused({ post_logout_redirect_uri: `${uri}?foo=bar` }, await start(), /is not registered/)
  })

  it('oidcc-rp-initiated-logout-modified-id-token-hint', async () => {
    const story = await start()
    const header = Buffer.from('{"alg":"none"}').toString('base64url')
    const id_token_hint = `${header}.${story.idToken.split('.')[1]}.`
    await isRefused({ id_token_hint }, story, /id_token_hint is not valid/)
  })

  it('oidcc-rp-initiated-logout-bad-id-token-hint', async () => {
    const story = await start()
    const id_token_hint = await assertion(provider, story.party, { aud: issuer })
    await isRefused({ id_token_hint }, story, /id_token_hint is not valid/)
  })

  it('oidcc-rp-initiated-logout-no-id-token-hint', async () => {
    await isRefused({ id_token_hint: undefined }, await start(), /needs an id_token_hint/)
  })

  const stays = async (fields: (story: Story) => Fields): Promise<void> => {
    const story = await start()
    const { page, location } = await logOut(story.browser, fields(story))
    assert.equal(location, undefined)
    assert.equal(page!.status, 200)
    assert.match(page!.text, /<h1 id="signed-out">You are signed out<\/h1>/)
    await isSignedOut(story)
  }

  it('oidcc-rp-initiated-logout-no-params', () => stays(() => ({})))
  it('oidcc-rp-initiated-logout-only-state', () => stays(() => ({ state })))
  it('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', () =>
    stays(({ idToken }) => ({ id_token_hint: idToken, state })))

  it('oidcc-rp-initiated-logout-no-state', async () => {
    const story = await start()
    const { location } = await logOut(story.browser, {
      id_token_hint: story.idToken,
      post_logout_redirect_uri: uri,
    })
    assert.equal(location, uri)
    await isSignedOut(story)
  })
})
