/** What {@link AccountStore} and {@link SessionStore} promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '../../accounts/session.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, SessionId } from '../../shared/ids.ts'
import { AlreadyExists } from '../storage.ts'
import { day, hour, ids, newAccount, newSession, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function accountStoreSuite(open: OpenFresh): void {
  suite('accounts', open, (storage) => {
    test('an empty store has none', async () => {
      assert.equal(await storage().read.accounts.any(), false)
      assert.equal(await storage().read.accounts.find(ids.next()), undefined)
      assert.equal(await storage().read.accounts.findByUsername('nobody'), undefined)
      assert.deepEqual(await storage().read.accounts.list({ limit: 10 }), [])
      assert.equal(await storage().transaction((tx) => tx.accounts.holdActiveAdmins()), 0)
    })

    test('an account comes back as it was stored', async () => {
      const full = newAccount({ fullName: strangeText, username: 'zoë', email: 'Zoë@Example.com' })
      const sparse = newAccount({ fullName: '', passwordHash: undefined, authSource: 'github' })
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(full)
        await tx.accounts.insert(sparse)
      })
      assert.deepEqual(await storage().read.accounts.find(full.id), full)
      assert.deepEqual(await storage().read.accounts.findByUsername('zoë'), full)
      assert.deepEqual(await storage().read.accounts.find(sparse.id), sparse)
      assert.equal(await storage().read.accounts.any(), true)
    })

    test('user name and e-mail address are unique, the address without regard to case', async () => {
      const first = newAccount({ email: 'Ünique@Example.com' })
      await storage().transaction((tx) => tx.accounts.insert(first))
      const taken = (what: string) => (error: unknown) =>
        error instanceof AlreadyExists && error.what === what
      await assert.rejects(
        storage().transaction((tx) => tx.accounts.insert(newAccount({ username: first.username }))),
        taken('username'),
      )
      await assert.rejects(
        storage().transaction((tx) => tx.accounts.insert(newAccount({ email: 'üNIQUE@example.COM' }))),
        taken('email'),
      )
      await assert.rejects(
        storage().transaction((tx) => tx.accounts.insert(newAccount({ id: first.id }))),
        taken('account id'),
      )
    })

    test('an account is found by its e-mail address, however that is written', async () => {
      const account = newAccount({ email: 'Grüße@Example.com' })
      await storage().transaction((tx) => tx.accounts.insert(account))
      assert.deepEqual(await storage().read.accounts.findByEmail('GRÜSSE@example.com'), undefined)
      assert.deepEqual(await storage().read.accounts.findByEmail('grüße@EXAMPLE.com'), account)
    })

    test('what an account is known by changes together, and stays unique', async () => {
      const account = newAccount({ passwordHash: 'kept' })
      const other = newAccount()
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(account)
        await tx.accounts.insert(other)
      })
      const later = addSeconds(now, 60)
      const change = (profile: Partial<typeof account>) =>
        storage().transaction((tx) =>
          tx.accounts.changeProfile(account.id, { ...account, ...profile }, later),
        )
      const profile = {
        username: `renamed-${account.id}`,
        email: `Renamed-${account.id}@Example.com`,
        emailVerified: false,
        fullName: strangeText,
      }
      await change(profile)
      const changed = { ...account, ...profile, updatedAt: later }
      assert.deepEqual(await storage().read.accounts.find(account.id), changed)
      assert.deepEqual(await storage().read.accounts.findByEmail(profile.email), changed)
      assert.deepEqual(await storage().read.accounts.find(other.id), other)
      for (const taken of ['username', 'email'] as const) {
        await assert.rejects(
          change({ [taken]: other[taken].toUpperCase().toLowerCase() }),
          (error) => error instanceof AlreadyExists && error.what === taken,
        )
      }
      assert.deepEqual(await storage().read.accounts.find(account.id), changed)
    })

    test('a list is in pages, newest first', async () => {
      const accounts = [3, 1, 2].map((minutes) =>
        newAccount({ createdAt: addSeconds(now, day + minutes * 60) }),
      )
      const twin = newAccount({ createdAt: addSeconds(now, day + 180) })
      await storage().transaction(async (tx) => {
        for (const account of [...accounts, twin]) await tx.accounts.insert(account)
      })
      const expected = [twin, accounts[0]!, accounts[2]!, accounts[1]!].map(({ id }) => id)
      const seen: AccountId[] = []
      for (let after: AccountId | undefined; seen.length < 4; after = seen.at(-1)) {
        const page = await storage().read.accounts.list({ limit: 1, after })
        assert.equal(page.length, 1)
        seen.push(page[0]!.id)
      }
      assert.deepEqual(seen, expected)
    })

    test('a password hash is replaced only while it is the one that was read', async () => {
      const account = newAccount({ passwordHash: 'old' })
      const without = newAccount({ passwordHash: undefined })
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(account)
        await tx.accounts.insert(without)
      })
      const later = addSeconds(now, 60)
      const replace = (id: AccountId, previous: string | undefined, next: string) =>
        storage().transaction((tx) => tx.accounts.replacePasswordHash(id, previous, next, later))
      assert.equal(await replace(account.id, 'other', 'new'), false)
      assert.equal(await replace(account.id, undefined, 'new'), false)
      assert.equal(await replace(account.id, 'old', 'new'), true)
      assert.equal(await replace(without.id, undefined, 'first'), true)
      const stored = await storage().read.accounts.find(account.id)
      assert.deepEqual(stored, { ...account, passwordHash: 'new', updatedAt: later })
    })

    test('a password is set only in the place of the one that was read', async () => {
      const account = newAccount({ passwordHash: 'old' })
      await storage().transaction((tx) => tx.accounts.insert(account))
      const later = addSeconds(now, 60)
      const set = (previous: string, changeRequired: boolean) =>
        storage().transaction((tx) =>
          tx.accounts.setPassword(account.id, previous, 'new', changeRequired, later),
        )
      assert.equal(await set('other', true), false)
      assert.deepEqual(await storage().read.accounts.find(account.id), account)
      assert.equal(await set('old', true), true)
      const expected = { ...account, passwordHash: 'new', passwordChangeRequired: true, updatedAt: later }
      assert.deepEqual(await storage().read.accounts.find(account.id), expected)
      assert.equal(await set('new', false), true)
      assert.equal((await storage().read.accounts.find(account.id))?.passwordChangeRequired, false)
    })

    test('a profile changes, and no two people get one address', async () => {
      const [ada, bob] = [newAccount(), newAccount({ email: 'Bob@Profile.example' })]
      await storage().transaction(async (tx) => {
        for (const account of [ada, bob]) await tx.accounts.insert(account)
      })
      const profile = { fullName: strangeText, email: 'Zoë@Profile.example', emailVerified: false }
      const change = (id: AccountId, email = profile.email) =>
        storage().transaction((tx) => tx.accounts.setProfile(id, { ...profile, email }, now))
      assert.equal(await change(ada.id), true)
      assert.equal(await change(ids.next()), false)
      assert.deepEqual(await storage().read.accounts.findByEmail('zoË@PROFILE.example'), {
        ...ada,
        ...profile,
      })
      assert.equal(await storage().read.accounts.findByEmail('nobody@example.com'), undefined)
      await assert.rejects(change(ada.id, 'bob@profile.example'), AlreadyExists)
      const verify = (email: string) =>
        storage().transaction((tx) => tx.accounts.verifyEmail(ada.id, email, now))
      assert.deepEqual([await verify('old@example.com'), await verify(profile.email)], [false, true])
      assert.equal((await storage().read.accounts.find(ada.id))?.emailVerified, true)
    })

    test('a status changes once', async () => {
      const admin = newAccount({ role: 'admin' })
      await storage().transaction((tx) => tx.accounts.insert(admin))
      assert.equal(await storage().transaction((tx) => tx.accounts.holdActiveAdmins()), 1)
      const disable = (id: AccountId) =>
        storage().transaction((tx) => tx.accounts.setStatus(id, 'disabled', now))
      assert.equal(await disable(admin.id), true)
      assert.equal(await disable(admin.id), false)
      assert.equal(await disable(ids.next()), false)
      assert.equal(await storage().transaction((tx) => tx.accounts.holdActiveAdmins()), 0)
    })

    test('only an active account is held', async () => {
      const active = newAccount()
      const disabled = newAccount({ status: 'disabled' })
      const held = await storage().transaction(async (tx) => {
        await tx.accounts.insert(active)
        await tx.accounts.insert(disabled)
        return [
          await tx.accounts.holdActive(active.id),
          await tx.accounts.holdActive(disabled.id),
          await tx.accounts.holdActive(ids.next()),
        ]
      })
      assert.deepEqual(held, [true, false, false])
    })
  })
}

export function sessionStoreSuite(open: OpenFresh): void {
  suite('sessions', open, (storage) => {
    const insert = (...sessions: Session[]) =>
      storage().transaction(async (tx) => {
        for (const session of sessions) await tx.sessions.insert(session)
      })

    test('a session comes back as it was stored', async () => {
      const sparse = newSession({ userAgent: strangeText, fingerprint: undefined, ip: '' })
      const ended = newSession({ endedAt: addSeconds(now, 5), endReason: 'logout' })
      await insert(sparse, ended)
      assert.deepEqual(await storage().read.sessions.find(sparse.id), sparse)
      assert.deepEqual(await storage().read.sessions.find(ended.id), ended)
      assert.equal(await storage().read.sessions.find(ids.next()), undefined)
    })

    test('a session remembers that its person proved once more who they are, unless it has ended', async () => {
      const session = newSession()
      const ended = newSession({ endedAt: addSeconds(now, 5), endReason: 'logout' })
      await insert(session, ended)
      const later = addSeconds(now, 60)
      const prove = ({ id }: Session) =>
        storage().transaction((tx) => tx.sessions.prove(id, ['pwd', 'hwk'], later))
      assert.deepEqual([await prove(session), await prove(ended)], [true, false])
      const proved = { ...session, methods: ['pwd', 'hwk'], authenticatedAt: later }
      assert.deepEqual(await storage().read.sessions.find(session.id), proved)
      assert.deepEqual(await storage().read.sessions.find(ended.id), ended)
    })

    test('live sessions of a person are listed, the most recently used first', async () => {
      const accountId = ids.next<AccountId>()
      const oldest = newSession({ accountId, lastSeenAt: addSeconds(now, -600) })
      const newest = newSession({ accountId, lastSeenAt: addSeconds(now, -60) })
      const idle = newSession({ accountId, lastSeenAt: addSeconds(now, -1800) })
      const remembered = newSession({ accountId, lastSeenAt: addSeconds(now, -9000), idleTimeoutSeconds: 0 })
      const over = newSession({ accountId, expiresAt: now })
      const ended = newSession({ accountId, endedAt: now, endReason: 'logout' })
      await insert(oldest, newest, idle, remembered, over, ended, newSession())
      const list = async (limit: number) =>
        (await storage().read.sessions.listLive(accountId, now, limit)).map(({ id }) => id)
      assert.deepEqual(await list(10), [newest.id, oldest.id, remembered.id])
      assert.deepEqual(await list(1), [newest.id])
    })

    test('a session is held unless somebody ended it', async () => {
      const live = newSession()
      const ended = newSession({ endedAt: now, endReason: 'admin' })
      await insert(live, ended)
      assert.deepEqual(
        await storage().transaction(async (tx) => [
          await tx.sessions.holdUnended(live.id),
          await tx.sessions.holdUnended(ended.id),
          await tx.sessions.holdUnended(ids.next()),
        ]),
        [true, false, false],
      )
    })

    test('a use is noted unless the session has ended, and never turns the time back', async () => {
      const session = newSession()
      await insert(session)
      const touch = (seconds: number) =>
        storage().transaction((tx) => tx.sessions.touch(session.id, addSeconds(now, seconds)))
      const lastSeen = async () => (await storage().read.sessions.find(session.id))!.lastSeenAt
      await touch(60)
      await touch(30)
      assert.equal(await lastSeen(), addSeconds(now, 60))
      await storage().transaction((tx) => tx.sessions.end(session.id, 'logout', addSeconds(now, 90)))
      await touch(120)
      assert.equal(await lastSeen(), addSeconds(now, 60))
    })

    test('a session ends once', async () => {
      const session = newSession()
      await insert(session)
      const end = () =>
        storage().transaction((tx) => tx.sessions.end(session.id, 'admin', addSeconds(now, 7)))
      assert.deepEqual(await end(), {
        id: session.id,
        accountId: session.accountId,
        createdAt: session.createdAt,
        endedAt: addSeconds(now, 7),
        reason: 'admin',
      })
      assert.equal(await end(), undefined)
      const stored = await storage().read.sessions.find(session.id)
      assert.deepEqual(stored, { ...session, endedAt: addSeconds(now, 7), endReason: 'admin' })
    })

    test('all sessions of a person end but one, and but those the sweep will end', async () => {
      const accountId = ids.next<AccountId>()
      const here = newSession({ accountId })
      const there = newSession({ accountId })
      const over = newSession({ accountId, expiresAt: addSeconds(now, -1) })
      const other = newSession()
      await insert(here, there, over, other)
      const endAll = (except?: SessionId) =>
        storage().transaction((tx) => tx.sessions.endAllOf(accountId, 'security', now, except))
      assert.deepEqual(
        (await endAll(here.id)).map(({ id }) => id),
        [there.id],
      )
      assert.deepEqual(
        (await endAll()).map(({ id }) => id),
        [here.id],
      )
      assert.equal((await storage().read.sessions.find(other.id))!.endedAt, undefined)
      assert.equal((await storage().read.sessions.find(over.id))!.endedAt, undefined)
    })

    test('the sweep ends what ran out, at the instant it did', async () => {
      const fresh = await open()
      try {
        const idle = newSession({ lastSeenAt: addSeconds(now, -2000) })
        const absolute = newSession({
          createdAt: addSeconds(now, -12 * hour),
          expiresAt: addSeconds(now, -5),
        })
        const justNow = newSession({ expiresAt: now, idleTimeoutSeconds: 0 })
        const live = newSession({ expiresAt: addSeconds(now, 1) })
        await fresh.transaction(async (tx) => {
          for (const session of [idle, absolute, justNow, live]) await tx.sessions.insert(session)
        })
        const sweep = () => fresh.transaction((tx) => tx.sessions.endRunOut(now, 2))
        const first = await sweep()
        const second = await sweep()
        assert.equal(first.length, 2)
        assert.deepEqual(
          [...first, ...second]
            .map(({ id, endedAt, reason }) => ({ id, endedAt, reason }))
            .sort((a, b) => a.endedAt - b.endedAt),
          [
            { id: idle.id, endedAt: addSeconds(now, -200), reason: 'idle_timeout' },
            { id: absolute.id, endedAt: addSeconds(now, -5), reason: 'timeout' },
            { id: justNow.id, endedAt: now, reason: 'timeout' },
          ],
        )
        assert.deepEqual(await sweep(), [])
      } finally {
        await fresh.close()
      }
    })

    test('clean-up deletes ended sessions in batches', async () => {
      const old = addSeconds(now, -40 * day)
      const sessions = [1, 2, 3].map(() => newSession({ endedAt: old, endReason: 'timeout' }))
      const recent = newSession({ endedAt: now, endReason: 'timeout' })
      const live = newSession()
      await insert(...sessions, recent, live)
      const clean = () =>
        storage().transaction((tx) => tx.sessions.deleteEnded(addSeconds(now, -30 * day), 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      assert.notEqual(await storage().read.sessions.find(recent.id), undefined)
      assert.notEqual(await storage().read.sessions.find(live.id), undefined)
    })
  })
}
