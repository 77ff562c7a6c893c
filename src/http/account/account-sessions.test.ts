import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  chrome,
  startPages,
  type TestBrowser,
  type TestPages,
  wordsOf,
} from '../../../tests/support/pages.ts'
import type { Account } from '../../accounts/account.ts'

const path = '/account/sessions'

describe('sessions page', () => {
  let pages: TestPages
  let ada: Account
  let browser: TestBrowser

  beforeEach(async () => {
    pages = await startPages()
    ada = await pages.account('ada')
    browser = pages.browser()
    await browser.signIn('ada')
  })
  afterEach(() => pages.close())

  const liveSessions = () => pages.storage.read.sessions.listLive(ada.id, pages.clock.now(), 100)
  const sessionEnds = () => pages.eventsOf('session.ended')
  const revocations = () =>
    pages.eventsOf('token.revoked').map(({ reason, accessTokens, refreshTokens, clientId, grantId }) => ({
      reason,
      accessTokens,
      refreshTokens,
      clientId,
      grantId,
    }))

  async function another(username = 'ada'): Promise<{ browser: TestBrowser; id: string }> {
    const other = pages.browser({ userAgent: chrome })
    await other.signIn(username)
    return { browser: other, id: pages.eventsOf('session.created').at(-1)!.sessionId }
  }

  it('lists one’s own sessions and apps, and nobody else’s', async () => {
    const grace = await pages.account('grace')
    await another('grace')
    await another()
    await pages.grant(await pages.client('Backup tool'), ada)
    await pages.grant(await pages.client('Secret tool'), grace)
    const { status, text } = await browser.get(path)
    assert.equal(status, 200)
    assert.equal(text.match(/\/account\/sessions\/[0-9a-f-]{36}\/end/g)?.length, 2)
    assert.match(text, /Firefox on Linux/)
    assert.match(text, /Chrome on Windows/)
    assert.equal(text.match(/class="badge[^"]*">This one/g)?.length, 1)
    assert.match(text, /Backup tool/)
    assert.equal(text.includes('Secret tool'), false)
  })

  it('ends another session', async () => {
    const other = await another()
    await browser.get(path)
    const answer = await browser.submit(`${path}/${other.id}/end`)
    assert.equal(answer.location, `${path}?notice=session_ended`)
    assert.match((await browser.get(answer.location!)).text, /The session was ended/)
    assert.equal((await other.browser.get(path)).status, 303)
    assert.deepEqual(
      sessionEnds().map(({ sessionId, reason, byOwnLogout }) => [sessionId, reason, byOwnLogout]),
      [[other.id, 'logout', false]],
    )
  })

  it('signs out when the session ended is its own', async () => {
    const [own] = await liveSessions()
    await browser.get(path)
    const answer = await browser.submit(`${path}/${own!.id}/end`)
    assert.equal(answer.location, '/login?notice=signed_out')
    assert.equal(browser.cookies.has('authgate_session'), false)
    assert.deepEqual(
      sessionEnds().map(({ byOwnLogout }) => byOwnLogout),
      [true],
    )
  })

  it('ends all other sessions', async () => {
    const others = [await another(), await another()]
    await browser.get(path)
    assert.equal((await browser.submit(`${path}/end-others`)).location, `${path}?notice=sessions_ended`)
    assert.deepEqual(
      new Set(sessionEnds().map(({ sessionId }) => sessionId)),
      new Set(others.map(({ id }) => id)),
    )
    assert.equal((await liveSessions()).length, 1)
    assert.equal((await browser.get(path)).status, 200)
  })

  it('revokes one app, with all its tokens', async () => {
    const client = await pages.client('Backup tool')
    const grant = await pages.grant(client, ada)
    await pages.grant(client, ada)
    await browser.get(path)
    for (let time = 0; time < 2; time++) {
      const answer = await browser.submit(`/account/grants/${grant.id}/revoke`)
      assert.equal(answer.location, `${path}?notice=grant_revoked`)
    }
    assert.deepEqual(revocations(), [
      { reason: 'user_request', accessTokens: 1, refreshTokens: 1, clientId: client.id, grantId: grant.id },
    ])
  })

  it('revokes all apps, and what no device has fetched yet', async () => {
    const client = await pages.client('Backup tool')
    const grace = await pages.account('grace')
    for (const account of [ada, ada, ada, grace]) await pages.grant(client, account)
    const { userCode, grant } = await pages.deviceGrant(client)
    const device = await pages.verification.lookUp(userCode)
    assert.ok(device.kind === 'waiting')
    const [, session] = [await browser.get(path), (await liveSessions())[0]!]
    await pages.verification.decide(
      device,
      'approved',
      { account: ada, session },
      {
        requestId: '',
        ip: session.ip,
        userAgent: session.userAgent,
        method: 'POST',
        path: '/device/verify',
      },
    )
    const answer = await browser.submit(`${path}/revoke-all`)
    assert.equal(answer.location, `${path}?notice=grants_revoked`)
    assert.deepEqual(revocations(), [
      { reason: 'user_request', accessTokens: 3, refreshTokens: 3, clientId: undefined, grantId: undefined },
    ])
    assert.equal((await pages.storage.read.deviceGrants.find(grant.id))?.state, 'denied')
    assert.match((await browser.get(path)).text, /No app or device is connected/)
    await browser.submit(`${path}/revoke-all`)
    assert.equal(revocations().length, 1)
  })

  it('hides what is not one’s own', async () => {
    const grace = await pages.account('grace')
    const hers = await another('grace')
    const grant = await pages.grant(await pages.client('Secret tool'), grace)
    await browser.get(path)
    const unknown = '01900000-0000-7000-8000-000000000000'
    for (const target of [
      `${path}/${hers.id}/end`,
      `${path}/${unknown}/end`,
      `${path}/1/end`,
      `${path}/%00/end`,
      `/account/grants/${grant.id}/revoke`,
      `/account/grants/${unknown}/revoke`,
      '/account/grants/undefined/revoke',
    ]) {
      assert.equal((await browser.submit(target)).error?.status, 404, target)
    }
    assert.equal((await hers.browser.get(path)).status, 200)
    assert.deepEqual([sessionEnds(), revocations()], [[], []])
  })

  it('shows long lists in pages', async () => {
    const client = await pages.client('Backup tool')
    for (let grant = 0; grant < 45; grant++) await pages.grant(client, ada)
    const rows = async (query: string) => {
      const { text } = await browser.get(`${path}${query}`)
      return {
        count: text.match(/\/account\/grants\/[0-9a-f-]{36}\/revoke/g)?.length,
        next: /apps_after=([\w-]+)/.exec(text)?.[1],
        tokens: text.includes('90 tokens'),
      }
    }
    const first = await rows('')
    assert.deepEqual([first.count, first.tokens], [20, true])
    const second = await rows(`?apps_after=${first.next}`)
    assert.deepEqual([second.count, second.tokens], [20, true])
    assert.deepEqual(await rows(`?apps_after=${second.next}`), { count: 5, next: undefined, tokens: true })
    // The last two are lists in JSON, of the wrong types.
    for (const odd of [
      '?apps_after=x',
      '?apps_after=',
      '?apps_before=WzFd',
      '?sessions_after=WyJhIiwiYiJd',
    ]) {
      assert.equal((await rows(odd)).count, 20, odd)
    }
  })

  it('says only words of its own about what happened', async () => {
    const plain = await browser.get(path)
    for (const notice of ['constructor', '__proto__', 'Call 0900']) {
      const answer = await browser.get(`${path}?notice=${encodeURIComponent(notice)}`)
      assert.equal(wordsOf(answer.text), wordsOf(plain.text))
    }
    assert.notEqual((await browser.get(`${path}?notice=grants_revoked`)).text, plain.text)
  })
})
