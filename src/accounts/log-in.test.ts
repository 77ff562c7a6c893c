import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import { firefox, password, startPages, type TestPages } from '../../tests/support/pages.ts'
import { Secret } from '../shared/secret.ts'
import type { Account } from './account.ts'
import { createAttemptDelays } from './attempt-delays.ts'
import { type Authenticator, createLocalAuthenticator } from './authenticator.ts'
import { createLogIn, type LogInAttempt, type LogInOutcome } from './log-in.ts'
import { createPasswords } from './password.ts'

const context = {
  requestId: 'request',
  ip: '192.0.2.10',
  userAgent: firefox,
  method: 'POST',
  path: '/login',
}

describe('log in', () => {
  let pages: TestPages
  let ada: Account

  beforeEach(async () => {
    pages = await startPages()
    ada = await pages.account('ada')
  })
  afterEach(() => pages.close())

  function attemptOf(username: string, typed: string, changes: Partial<LogInAttempt> = {}): LogInAttempt {
    return {
      username,
      password: new Secret(typed),
      rememberMe: false,
      replaces: undefined,
      context,
      receivedAt: pages.clock.monotonicSeconds(),
      ...changes,
    }
  }
  const logIn = (username: string, typed = password): Promise<LogInOutcome> =>
    pages.logIn.attempt(attemptOf(username, typed))
  const failures = () =>
    pages.eventsOf('login.failed').map(({ method, authSource, reason }) => ({ method, authSource, reason }))

  it('succeeds with the right password, however the name is written', async () => {
    for (const name of ['ada', ' Ada ', 'ＡＤＡ']) assert.equal((await logIn(name)).kind, 'signed_in')
    const [event] = pages.eventsOf('login.succeeded')
    assert.ok(event)
    assert.deepEqual(
      [event.method, event.authSource, event.accountId, event.actor],
      ['local', 'local', ada.id, { type: 'account', id: ada.id, name: 'ada' }],
    )
    assert.equal(pages.eventsOf('session.created').length, 3)
    assert.deepEqual(failures(), [])
  })

  it('measures from the arrival of the request', async () => {
    pages.clock.advance(2)
    const receivedAt = pages.clock.monotonicSeconds() - 1.5
    await pages.logIn.attempt(attemptOf('ada', password, { receivedAt }))
    await pages.logIn.attempt(attemptOf('ada', 'wrong', { receivedAt }))
    assert.equal(pages.eventsOf('login.succeeded')[0]!.durationSeconds, 1.5)
    assert.equal(pages.eventsOf('login.failed')[0]!.durationSeconds, 1.5)
  })

  it('answers unknown names and wrong passwords alike, after one comparison each', async () => {
    const wrong = await logIn('ada', 'wrong')
    const unknown = await logIn('nobody', 'wrong')
    const impossible = await logIn(`no\u200bbody`, 'wrong')
    assert.deepEqual(unknown, wrong)
    assert.deepEqual(impossible, wrong)
    assert.equal(pages.comparisons.length, 3)
    assert.equal(pages.comparisons[0], ada.passwordHash)
    for (const kept of pages.comparisons) assert.match(kept, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.deepEqual(failures(), [
      { method: 'local', authSource: 'local', reason: 'bad_credentials' },
      { method: 'local', authSource: 'local', reason: 'unknown_account' },
      { method: 'local', authSource: 'local', reason: 'unknown_account' },
    ])
  })

  it('tells that an account is disabled only to who knows its password', async () => {
    await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'disabled', pages.clock.now()))
    assert.equal((await logIn('ada', 'wrong')).kind, 'bad_credentials')
    assert.equal((await logIn('ada')).kind, 'disabled')
    assert.deepEqual(
      failures().map(({ reason }) => reason),
      ['bad_credentials', 'account_disabled'],
    )
    assert.deepEqual(pages.eventsOf('session.created'), [])
  })

  it('is refused when the account is disabled while the password is checked', async () => {
    const disabling: Authenticator = {
      method: 'local',
      authSource: 'local',
      async authenticate({ account }) {
        await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'disabled', pages.clock.now()))
        return { kind: 'authenticated', account: account! }
      },
    }
    assert.equal((await logInWith(disabling).attempt(attemptOf('ada', password))).kind, 'disabled')
    assert.deepEqual(
      failures().map(({ reason }) => reason),
      ['account_disabled'],
    )
    assert.deepEqual(pages.eventsOf('session.created'), [])
  })

  it('never succeeds for an account whose password is kept elsewhere', async () => {
    await pages.account('octo', { authSource: 'github', passwordHash: undefined })
    assert.equal((await logIn('octo', '')).kind, 'bad_credentials')
    assert.equal((await logIn('octo', password)).kind, 'bad_credentials')
  })

  it('ends the session this browser had', async () => {
    const first = await logIn('ada')
    assert.ok(first.kind === 'signed_in')
    const grace = await pages.account('grace')
    const second = await pages.logIn.attempt(attemptOf('grace', password, { replaces: first.begun.session }))
    assert.ok(second.kind === 'signed_in')
    assert.notEqual(second.begun.session.id, first.begun.session.id)
    assert.deepEqual(
      pages
        .eventsOf('session.ended')
        .map(({ accountId, reason, byOwnLogout }) => [accountId, reason, byOwnLogout]),
      [[ada.id, 'logout', false]],
    )
    assert.equal(second.begun.session.accountId, grace.id)
    assert.deepEqual(await pages.sessions.resolve(first.begun.cookieValue, context), {
      kind: 'ended',
      reason: 'logout',
      accountId: ada.id,
    })
  })

  it('is delayed from the sixth failure, without looking at the password', async () => {
    for (const name of ['ada', 'nobody']) {
      for (let failure = 0; failure < 6; failure++)
        assert.equal((await logIn(name, 'wrong')).kind, 'bad_credentials')
      const [comparisons, attempts] = [pages.comparisons.length, pages.eventsOf('login.failed').length]
      assert.deepEqual(await logIn(name.toUpperCase()), { kind: 'delayed', retryAfterSeconds: 1 })
      assert.equal(pages.comparisons.length, comparisons)
      assert.equal(pages.eventsOf('login.failed').length, attempts)
    }
    assert.deepEqual(
      pages.eventsOf('rate_limit.exceeded').map(({ policy, limitPerMinute }) => [policy, limitPerMinute]),
      [
        ['account_login', 60],
        ['account_login', 60],
      ],
    )
    pages.clock.advance(1)
    assert.equal((await logIn('ada')).kind, 'signed_in')
    assert.equal((await logIn('nobody', 'wrong')).kind, 'bad_credentials')
  })

  it('is delayed when guesses arrive all at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => logIn('ada', 'wrong')))
    assert.equal(outcomes.filter(({ kind }) => kind === 'bad_credentials').length, 6)
    assert.equal(outcomes.filter(({ kind }) => kind === 'delayed').length, 44)
  })

  it('is unavailable when too many passwords wait, which counts as no wrong guess', async () => {
    const busy: Authenticator = {
      method: 'local',
      authSource: 'local',
      authenticate: async () => ({ kind: 'unavailable' }),
    }
    const overloaded = logInWith(busy)
    for (let time = 0; time < 20; time++) {
      assert.deepEqual(await overloaded.attempt(attemptOf('ada', password)), { kind: 'unavailable' })
    }
    assert.deepEqual(new Set(failures().map(({ reason }) => reason)), new Set(['unavailable']))
  })

  it('counts as failed when the database fails', async () => {
    const broken = { ...pages.storage.read, accounts: brokenAccounts }
    const faulty = logInWith(undefined, broken)
    await assert.rejects(faulty.attempt(attemptOf('ada', password)), /database is gone/)
    assert.deepEqual(failures(), [{ method: 'local', authSource: 'local', reason: 'unavailable' }])
  })

  it('asks the authority that the account belongs to, and another about unknown names', async () => {
    const asked: string[] = []
    const authority = (name: string, authSource: 'local' | 'http_api'): Authenticator => ({
      method: authSource,
      authSource,
      async authenticate({ username, account }) {
        asked.push(`${name}: ${username}`)
        return account === undefined ? { kind: 'bad_credentials' } : { kind: 'authenticated', account }
      },
    })
    const flow = createLogIn({
      ...dependencies(),
      authenticators: {
        bySource: { local: authority('local', 'local'), http_api: authority('api', 'http_api') },
        unknownName: authority('stranger', 'http_api'),
      },
    })
    await pages.account('remote', { authSource: 'http_api', passwordHash: undefined })
    await pages.account('octo', { authSource: 'github', passwordHash: undefined })
    for (const name of ['ada', 'remote', 'octo', 'nobody']) await flow.attempt(attemptOf(name, password))
    assert.deepEqual(asked, ['local: ada', 'api: remote', 'local: octo', 'stranger: nobody'])
    assert.deepEqual(
      pages.eventsOf('login.succeeded').map(({ method, authSource }) => [method, authSource]),
      [
        ['local', 'local'],
        ['http_api', 'http_api'],
        ['local', 'local'],
      ],
    )
    assert.deepEqual(failures(), [{ method: 'http_api', authSource: 'http_api', reason: 'unknown_account' }])
  })

  it('fails when the password is replaced while it is compared', async () => {
    const compared: string[] = []
    const passwords = createPasswords({
      hasher: {
        hash: async () => 'never asked for',
        async verify(kept) {
          compared.push(kept)
          const { id, passwordHash } = ada
          await pages.storage.transaction((tx) =>
            tx.accounts.replacePasswordHash(id, passwordHash, otherHash, pages.clock.now()),
          )
          return kept === passwordHash
        },
      },
    })
    const otherHash = ada.passwordHash!.replace(/.$/, '~')
    const { storage, clock } = pages
    const flow = logInWith(createLocalAuthenticator({ storage, passwords, clock }))
    assert.equal((await flow.attempt(attemptOf('ada', password))).kind, 'bad_credentials')
    assert.deepEqual(compared, [ada.passwordHash, otherHash])
    assert.deepEqual(pages.eventsOf('session.created'), [])
    assert.equal(failures().length, 1)
  })

  it('replaces an imported bcrypt hash once the password is known', async () => {
    const imported = await bcryptHash(password, { cost: 4 })
    const old = await pages.account('old', { passwordHash: imported })
    const real = logInWith(
      createLocalAuthenticator({ storage: pages.storage, passwords: createPasswords(), clock: pages.clock }),
    )
    const kept = async () => (await pages.storage.read.accounts.find(old.id))?.passwordHash
    assert.equal((await real.attempt(attemptOf('old', 'wrong'))).kind, 'bad_credentials')
    assert.equal(await kept(), imported)
    assert.equal((await real.attempt(attemptOf('old', password))).kind, 'signed_in')
    assert.match((await kept()) ?? '', /^\$argon2id\$/)
    assert.equal((await real.attempt(attemptOf('old', password))).kind, 'signed_in')
  })

  const brokenAccounts = {
    findByUsername: () => Promise.reject(new Error('the database is gone')),
  } as unknown as TestPages['storage']['read']['accounts']

  function dependencies() {
    const { storage, signIns, clock } = pages
    const publisher = { publish: (event: TestPages['events'][number]) => void pages.events.push(event) }
    return {
      storage,
      signIns,
      delays: createAttemptDelays(createManualClock()),
      publisher,
      clock,
    }
  }
  function logInWith(authenticator?: Authenticator, read = pages.storage.read) {
    const local: Authenticator =
      authenticator ??
      createLocalAuthenticator({ storage: pages.storage, passwords: createPasswords(), clock: pages.clock })
    return createLogIn({
      ...dependencies(),
      storage: { ...pages.storage, read, transaction: (body) => pages.storage.transaction(body) },
      authenticators: { bySource: { local }, unknownName: local },
    })
  }
})
