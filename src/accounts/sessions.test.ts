import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { chrome, firefox, startPages, type TestPages } from '../../tests/support/pages.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { secondsBetween } from '../shared/clock.ts'
import type { SessionId } from '../shared/ids.ts'
import type { Account } from './account.ts'
import type { BegunSession, SessionLookup } from './sessions.ts'

const context: RequestContext = {
  requestId: 'request',
  ip: '192.0.2.10',
  userAgent: firefox,
  method: 'GET',
  path: '/',
}

describe('browser sessions', () => {
  let pages: TestPages
  let ada: Account

  async function start(environment: Record<string, string> = {}): Promise<void> {
    pages = await startPages(environment)
    ada = await pages.account('ada')
  }
  beforeEach(() => start())
  afterEach(() => pages.close())

  async function begin(account = ada, rememberMe = false): Promise<BegunSession> {
    const begun = await pages.sessions.begin(
      account,
      { authSource: 'local', rememberMe, replaces: undefined, methods: ['pwd'] },
      context,
    )
    assert.ok(typeof begun !== 'string')
    return begun
  }
  const resolve = (begun: BegunSession, changes: Partial<RequestContext> = {}): Promise<SessionLookup> =>
    pages.sessions.resolve(begun.cookieValue, { ...context, ...changes })
  const ends = () =>
    pages.eventsOf('session.ended').map(({ reason, durationSeconds }) => ({ reason, durationSeconds }))

  it('begin, are announced and recognized', async () => {
    const begun = await begin()
    const lookup = await resolve(begun)
    assert.equal(lookup.kind, 'live')
    assert.equal(lookup.kind === 'live' && lookup.account.id, ada.id)
    assert.deepEqual(
      pages.eventsOf('session.created').map(({ sessionId, accountId }) => ({ sessionId, accountId })),
      [{ sessionId: begun.session.id, accountId: ada.id }],
    )
    assert.match(begun.cookieValue, /^ags_[\w-]{22}\.[\w-]{43}$/)
  })

  it('are not recognized by anything but the whole cookie', async () => {
    const begun = await begin()
    const { cookieValue } = begun
    const last = cookieValue.at(-1) === 'A' ? 'B' : 'A'
    for (const value of [undefined, '', 'ags_', cookieValue.slice(0, -1), cookieValue.slice(0, -1) + last]) {
      assert.deepEqual(await pages.sessions.resolve(value, context), { kind: 'none' })
    }
    assert.equal((await resolve(begun)).kind, 'live')
  })

  it('keep a digest only', async () => {
    const { session, cookieValue } = await begin()
    const kept = await pages.storage.read.sessions.find(session.id)
    assert.equal(JSON.stringify(kept).includes(cookieValue.split('.')[1]!), false)
  })

  it('end after the idle limit, as long as they lived until then', async () => {
    const begun = await begin()
    pages.clock.advance(1799)
    assert.equal((await resolve(begun)).kind, 'live')
    pages.clock.advance(1799)
    assert.equal((await resolve(begun)).kind, 'live')
    pages.clock.advance(1800)
    assert.deepEqual(await resolve(begun), { kind: 'ended', reason: 'idle_timeout', accountId: ada.id })
    pages.clock.advance(5000)
    assert.deepEqual(await resolve(begun), { kind: 'ended', reason: 'idle_timeout', accountId: ada.id })
    assert.deepEqual(ends(), [{ reason: 'idle_timeout', durationSeconds: 1799 * 2 + 1800 }])
  })

  it('end after their absolute life, however busy', async () => {
    const begun = await begin()
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      pages.clock.advance(20 * 60)
      assert.equal((await resolve(begun)).kind, 'live')
    }
    pages.clock.advance(25 * 60)
    assert.deepEqual(await resolve(begun), { kind: 'ended', reason: 'timeout', accountId: ada.id })
    assert.deepEqual(ends(), [{ reason: 'timeout', durationSeconds: 43_200 }])
  })

  it('that are remembered have no idle limit and end after 30 days', async () => {
    const begun = await begin(ada, true)
    assert.equal(begun.keepForSeconds, 2_592_000)
    pages.clock.advance(29 * 86_400)
    assert.equal((await resolve(begun)).kind, 'live')
    pages.clock.advance(86_400)
    assert.deepEqual(await resolve(begun), { kind: 'ended', reason: 'timeout', accountId: ada.id })
  })

  it('are not remembered when that is switched off', async () => {
    await pages.close()
    await start({ SESSION_REMEMBER_ME_ENABLED: 'false' })
    const begun = await begin(ada, true)
    assert.equal(begun.keepForSeconds, undefined)
    assert.equal(secondsBetween(begun.session.createdAt, begun.session.expiresAt), 43_200)
    assert.equal(begun.session.idleTimeoutSeconds, 1800)
  })

  it('note a use at most once a minute', async () => {
    const begun = await begin()
    const lastSeen = async () => {
      const session = await pages.storage.read.sessions.find(begun.session.id)
      return secondsBetween(begun.session.createdAt, session!.lastSeenAt)
    }
    pages.clock.advance(59)
    await resolve(begun)
    assert.equal(await lastSeen(), 0)
    pages.clock.advance(1)
    await resolve(begun)
    assert.equal(await lastSeen(), 60)
  })

  it('survive an update of the browser, and end in another one', async () => {
    const begun = await begin()
    const updated = firefox.replaceAll('140.0', '141.0')
    assert.equal((await resolve(begun, { userAgent: updated, ip: '203.0.113.1' })).kind, 'live')
    pages.clock.advance(10)
    assert.deepEqual(await resolve(begun, { userAgent: chrome }), {
      kind: 'ended',
      reason: 'fingerprint_mismatch',
      accountId: ada.id,
    })
    assert.deepEqual(await resolve(begun), {
      kind: 'ended',
      reason: 'fingerprint_mismatch',
      accountId: ada.id,
    })
    assert.deepEqual(ends(), [{ reason: 'fingerprint_mismatch', durationSeconds: 10 }])
  })

  it('end at another address when the address is part of the fingerprint', async () => {
    await pages.close()
    await start({ SESSION_FINGERPRINT_IP: 'true' })
    const begun = await begin()
    assert.equal((await resolve(begun)).kind, 'live')
    assert.deepEqual(await resolve(begun, { ip: '203.0.113.1' }), {
      kind: 'ended',
      reason: 'fingerprint_mismatch',
      accountId: ada.id,
    })
  })

  it('go on in any browser when fingerprints are off', async () => {
    await pages.close()
    await start({ SESSION_FINGERPRINT: 'false' })
    assert.equal((await resolve(await begin(), { userAgent: chrome })).kind, 'live')
  })

  it('end when their account is disabled', async () => {
    const begun = await begin()
    await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'disabled', pages.clock.now()))
    assert.deepEqual(await resolve(begun), { kind: 'ended', reason: 'admin', accountId: ada.id })
    assert.deepEqual(ends(), [{ reason: 'admin', durationSeconds: 0 }])
  })

  it('do not begin for a disabled account', async () => {
    await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'disabled', pages.clock.now()))
    const options = { authSource: 'local', rememberMe: false, replaces: undefined, methods: ['pwd'] } as const
    assert.equal(await pages.sessions.begin(ada, options, context), 'account_inactive')
    assert.deepEqual(pages.events, [])
  })

  it('do not begin with a password that was replaced since it was compared', async () => {
    await pages.storage.transaction((tx) =>
      tx.accounts.replacePasswordHash(ada.id, ada.passwordHash, 'another', pages.clock.now()),
    )
    const options = { authSource: 'local', rememberMe: false, replaces: undefined, methods: ['pwd'] } as const
    assert.equal(await pages.sessions.begin(ada, options, context), 'password_replaced')
    assert.deepEqual(pages.events, [])
  })

  it('end once, however many notice at the same time', async () => {
    const begun = await begin()
    pages.clock.advance(1800)
    const lookups = await Promise.all(Array.from({ length: 50 }, () => resolve(begun)))
    await pages.sessions.sweep()
    for (const lookup of lookups)
      assert.deepEqual(lookup, { kind: 'ended', reason: 'idle_timeout', accountId: ada.id })
    assert.equal(ends().length, 1)
  })

  it('sign out once, however often that is asked', async () => {
    const { session } = await begin()
    pages.clock.advance(30)
    await Promise.all(Array.from({ length: 20 }, () => pages.sessions.signOut(session, ada, context)))
    assert.deepEqual(
      pages
        .eventsOf('session.ended')
        .map(({ reason, byOwnLogout, durationSeconds }) => [reason, byOwnLogout, durationSeconds]),
      [['logout', true, 30]],
    )
  })

  it('of one’s own can be ended from another', async () => {
    const other = await begin()
    assert.equal(await pages.sessions.endAnother(ada, other.session.id, context), 'ended')
    assert.deepEqual(await resolve(other), { kind: 'ended', reason: 'logout', accountId: ada.id })
    assert.equal(pages.eventsOf('session.ended')[0]!.byOwnLogout, false)
  })

  it('that ran out before they were ended count as run out', async () => {
    const other = await begin()
    pages.clock.advance(4000)
    await pages.sessions.endAnother(ada, other.session.id, context)
    assert.deepEqual(ends(), [{ reason: 'idle_timeout', durationSeconds: 1800 }])
  })

  it('of somebody else cannot be ended', async () => {
    const grace = await pages.account('grace')
    const begun = await begin()
    assert.equal(await pages.sessions.endAnother(grace, begun.session.id, context), 'not_found')
    const unknown = '01900000-0000-7000-8000-000000000000' as SessionId
    assert.equal(await pages.sessions.endAnother(grace, unknown, context), 'not_found')
    assert.equal((await resolve(begun)).kind, 'live')
  })

  it('can all be ended but one', async () => {
    const grace = await pages.account('grace')
    const [kept, ...others] = [await begin(), await begin(), await begin()]
    const hers = await begin(grace)
    await pages.sessions.endOthers(ada, kept!.session.id, context)
    assert.equal((await resolve(kept!)).kind, 'live')
    assert.equal((await resolve(hers)).kind, 'live')
    for (const other of others)
      assert.deepEqual(await resolve(other), { kind: 'ended', reason: 'logout', accountId: ada.id })
    assert.deepEqual(
      ends().map(({ reason }) => reason),
      ['logout', 'logout'],
    )
  })

  it('are swept when nobody notices their end', async () => {
    for (let session = 0; session < 450; session++) await begin()
    await begin(ada, true)
    pages.clock.advance(3600)
    const swept = await Promise.all([pages.sessions.sweep(), pages.sessions.sweep()])
    assert.equal(swept[0]! + swept[1]!, 450)
    assert.equal(ends().length, 450)
    for (const end of ends()) assert.deepEqual(end, { reason: 'idle_timeout', durationSeconds: 1800 })
    assert.equal(await pages.sessions.sweep(), 0)
  })
})
