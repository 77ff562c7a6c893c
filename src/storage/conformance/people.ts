/** What lists of accounts and of tokens promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../../accounts/account.ts'
import type { AccountFilter } from '../../accounts/store.ts'
import type { AccessToken, Grant, RefreshToken } from '../../oauth/token/token.ts'
import { type ListedToken, type TokenFilter, tokenStatus } from '../../oauth/token/token-list.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import type { ListPage, ListWindow } from '../../shared/listing.ts'
import { AlreadyExists, type Storage } from '../storage.ts'
import {
  hour,
  ids,
  newAccessToken,
  newAccount,
  newClient,
  newConsent,
  newGrant,
  newRefreshToken,
  newSession,
  now,
} from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

/** Walks a list to its end and back, and holds both ways against each other. @returns its entries. */
async function walk<Entry extends { id: string }>(
  page: (window: ListWindow) => Promise<ListPage<Entry>>,
  limit: number,
): Promise<string[]> {
  const pages: string[][] = []
  let current = await page({ limit })
  assert.equal(current.previous, null)
  for (;;) {
    pages.push(current.entries.map(({ id }) => id))
    if (current.next === null) break
    current = await page({ limit, after: current.next })
  }
  for (const expected of pages.toReversed()) {
    assert.deepEqual(
      current.entries.map(({ id }) => id),
      expected,
    )
    if (current.previous !== null) current = await page({ limit, before: current.previous })
  }
  return pages.flat()
}

export function accountListSuite(open: OpenFresh): void {
  suite('lists of accounts', open, (storage) => {
    const make = async (...accounts: Partial<Account>[]): Promise<AccountId[]> => {
      const made = accounts.map((given) => newAccount(given))
      await storage().transaction(async (tx) => {
        for (const account of made) await tx.accounts.insert(account)
      })
      return made.map(({ id }) => id)
    }
    const list = (filter: AccountFilter, limit = 2) =>
      walk((window) => storage().read.accounts.page(filter, window), limit)
    const agrees = async (filter: AccountFilter, expected: readonly AccountId[]) => {
      assert.deepEqual(await list(filter), expected)
      assert.deepEqual(await storage().read.accounts.count(filter), {
        count: expected.length,
        atLeast: false,
      })
    }

    test('are in pages, newest first, by role, status and source, alone and together', async () => {
      const [a, b, c, d] = await make(
        { createdAt: addSeconds(now, 1), role: 'admin' },
        { createdAt: addSeconds(now, 2), status: 'disabled' },
        { createdAt: addSeconds(now, 2), authSource: 'github', status: 'disabled' },
        { createdAt: addSeconds(now, 3), role: 'admin', authSource: 'github' },
      )
      await agrees({}, [d!, c!, b!, a!])
      await agrees({ role: 'admin' }, [d!, a!])
      await agrees({ status: 'disabled' }, [c!, b!])
      await agrees({ authSource: 'github' }, [d!, c!])
      await agrees({ authSource: 'github', status: 'disabled' }, [c!])
      await agrees({ authSource: 'oidc' }, [])
    })

    test('are searched by how a username, an address or a name begins, in any case, and by a whole id', async () => {
      const [zoe, quote, percent] = await make(
        { username: 'zz-one', email: 'Zz-One@Example.com', fullName: 'Élodie Zz' },
        { username: 'qq_two', email: "o'zz@example.com", fullName: '漢字 Name' },
        { username: 'qq%two', email: 'percent@example.com', fullName: 'Qq Zz' },
      )
      await agrees({ search: 'ZZ-O' }, [zoe!])
      await agrees({ search: 'zz-one@EXAMPLE' }, [zoe!])
      await agrees({ search: 'élo' }, [zoe!])
      await agrees({ search: 'ÉLODIE zz' }, [zoe!])
      await agrees({ search: '漢' }, [quote!])
      await agrees({ search: "o'z" }, [quote!])
      await agrees({ search: 'qq%' }, [percent!])
      await agrees({ search: 'qq' }, [percent!, quote!])
      await agrees({ search: 'qq', role: 'admin' }, [])
      await agrees({ search: zoe! }, [zoe!])
      await agrees({ search: zoe!.slice(0, 20) }, [])
      await agrees({ search: 'two' }, [])
      await agrees({ search: '%' }, [])
    })

    test('find a name that was changed, and not the one before', async () => {
      const [id] = await make({ fullName: 'Before Marriage' })
      const profile = { fullName: 'After MARRIAGE', email: 'after@example.com', emailVerified: false }
      assert.equal(await storage().transaction((tx) => tx.accounts.setProfile(id!, profile, now)), true)
      await agrees({ search: 'before m' }, [])
      await agrees({ search: 'after marriage' }, [id!])
      await agrees({ search: 'AFTER@' }, [id!])
      const stored = (await storage().read.accounts.find(id!))!
      assert.deepEqual([stored.fullName, stored.email, stored.emailVerified], Object.values(profile))
      assert.deepEqual((await storage().read.accounts.findByEmail('After@Example.Com'))?.id, id)
      assert.equal(
        await storage().transaction((tx) =>
          tx.accounts.setProfile(ids.next(), { ...profile, email: 'x@y' }, now),
        ),
        false,
      )
      const [other] = await make({})
      await assert.rejects(
        storage().transaction((tx) => tx.accounts.setProfile(other!, profile, now)),
        (error) => error instanceof AlreadyExists && error.what === 'email',
      )
    })

    test('a search that finds very many has the same pages', async () => {
      const fresh = await open()
      try {
        const many = Array.from({ length: 2050 }, (_, n) =>
          newAccount({
            username: `many-${n}`,
            email: `${n % 2 === 0 ? 'even' : 'odd'}${n}@example.com`,
            fullName: `Crowd ${n}`,
            createdAt: addSeconds(now, n),
          }),
        )
        await fresh.transaction(async (tx) => {
          for (const account of many) await tx.accounts.insert(account)
        })
        const found = await walk((window) => fresh.read.accounts.page({ search: 'MANY-' }, window), 100)
        assert.deepEqual(found, many.map(({ id }) => id).toReversed())
        assert.equal((await fresh.read.accounts.count({ search: 'many-' })).count, 2050)
        // By one index alone.
        assert.deepEqual(await fresh.read.accounts.count({ search: 'crowd' }), {
          count: 2050,
          atLeast: false,
        })
        assert.deepEqual(await fresh.read.accounts.count({ search: 'even' }), { count: 1025, atLeast: false })
        assert.equal((await fresh.read.accounts.count({ search: 'many-', role: 'admin' })).count, 0)
      } finally {
        await fresh.close()
      }
    })

    test('an account changes its role once, and is deleted once', async () => {
      const [id] = await make({})
      const set = (role: Account['role']) =>
        storage().transaction((tx) => tx.accounts.setRole(id!, role, now))
      assert.deepEqual([await set('admin'), await set('admin'), await set('user')], [true, false, true])
      const remove = () => storage().transaction((tx) => tx.accounts.delete(id!))
      assert.deepEqual([await remove(), await remove()], [true, false])
      assert.equal(await storage().read.accounts.find(id!), undefined)
    })

    test('what a person has is listed and counted, and goes', async () => {
      const [id, other] = await make({}, {})
      const sessions = [0, 60, 30].map((seconds) =>
        newSession({ accountId: id!, lastSeenAt: addSeconds(now, -seconds) }),
      )
      const consents = [newConsent({ accountId: id! }), newConsent({ accountId: id! })]
      const owned = newClient({ createdBy: id! })
      await storage().transaction(async (tx) => {
        for (const session of [...sessions, newSession({ accountId: other! })])
          await tx.sessions.insert(session)
        for (const consent of [...consents, newConsent({ accountId: other! })])
          await tx.consents.remember(consent)
        await tx.clients.insert(owned)
      })
      const { read } = storage()
      assert.deepEqual(await walk((window) => read.sessions.page(id!, now, window), 2), [
        sessions[0]!.id,
        sessions[2]!.id,
        sessions[1]!.id,
      ])
      assert.equal((await read.sessions.count(id!, now)).count, 3)
      const listed = await walk(async (window) => {
        const page = await read.consents.pageOf(id!, window)
        return { ...page, entries: page.entries.map(({ consent }) => consent) }
      }, 1)
      assert.deepEqual(listed, [consents[1]!.id, consents[0]!.id])
      assert.equal((await read.consents.countOf(id!)).count, 2)
      assert.equal(await read.clients.countOwnedBy(id!), 1)
      await storage().transaction(async (tx) => {
        assert.equal(await tx.consents.forgetAllOf(id!), 2)
        assert.equal(await tx.clients.disown(id!), 1)
      })
      assert.equal((await read.consents.countOf(id!)).count, 0)
      assert.equal((await read.consents.countOf(other!)).count, 1)
      assert.equal((await read.clients.find(owned.id))!.createdBy, undefined)
    })
  })
}

export function tokenListSuite(open: OpenFresh): void {
  suite('lists of tokens', open, (storage) => {
    const insert = (access: readonly AccessToken[], refresh: readonly RefreshToken[] = []) =>
      storage().transaction(async (tx) => {
        for (const token of access) await tx.accessTokens.insert(token)
        for (const token of refresh) await tx.refreshTokens.insert(token)
      })
    const list = async (filter: TokenFilter): Promise<ListedToken[]> => {
      const found: ListedToken[] = []
      const order = await walk(async (window) => {
        const { page, total } = await storage().read.tokenLists.list(filter, now, window)
        if (window.after === undefined && window.before === undefined) found.length = 0
        found.push(...page.entries)
        assert.equal(total.atLeast, false)
        return page
      }, 2)
      const { page, total } = await storage().read.tokenLists.list(filter, now, { limit: 100 })
      assert.deepEqual(
        page.entries.map(({ id }) => id),
        order,
      )
      assert.equal(total.count, order.length)
      return [...page.entries]
    }
    const listIds = async (filter: TokenFilter) => (await list(filter)).map(({ id }) => id)
    const past = addSeconds(now, -1)

    test('find every token of a client and of a person, each once, whichever way it was given', async () => {
      const [client, exchanger] = [newClient({ name: 'List tool' }), newClient()]
      const person = newAccount()
      const grant = newGrant({ clientId: client.id, accountId: person.id })
      const ended = newGrant({ clientId: client.id, accountId: person.id, endedAt: now })
      const owner = { clientId: client.id, accountId: person.id }
      const states = ['active', 'disabled', 'revoked'] as const
      const inGrant = states.map((state) => newAccessToken({ ...owner, grantId: grant.id, state }))
      const inEnded = newAccessToken({ ...owner, grantId: ended.id, state: 'revoked' })
      const own = states.map((state) => newAccessToken({ clientId: client.id, state }))
      const spoken = states.map((state) => newAccessToken({ ...owner, state }))
      const exchanged = states.map((state) =>
        newAccessToken({
          clientId: exchanger.id,
          accountId: person.id,
          grantId: grant.id,
          exchanged: true,
          state,
        }),
      )
      const refresh = (['active', 'superseded', 'disabled', 'revoked'] as const).map((state) =>
        newRefreshToken({ ...owner, grantId: grant.id, state }),
      )
      const others = [newAccessToken(), newAccessToken({ accountId: ids.next(), grantId: ids.next() })]
      await storage().transaction(async (tx) => {
        await tx.clients.insert(client)
        await tx.accounts.insert(person)
        await tx.grants.insert(grant)
        await tx.grants.insert(ended)
      })
      await insert([...inGrant, inEnded, ...own, ...spoken, ...exchanged, ...others], refresh)
      const newest = (...tokens: { id: string }[]) =>
        tokens
          .map(({ id }) => id)
          .sort()
          .reverse()

      const ofClient = { clientIds: [client.id] }
      const ofPerson = { accountId: person.id }
      assert.deepEqual(
        await listIds({ kind: 'access', ...ofClient }),
        newest(...inGrant, inEnded, ...own, ...spoken),
      )
      assert.deepEqual(
        await listIds({ kind: 'access', ...ofPerson }),
        newest(...inGrant, inEnded, ...spoken, ...exchanged),
      )
      assert.deepEqual(
        await listIds({ kind: 'access', ...ofPerson, ...ofClient }),
        newest(...inGrant, inEnded, ...spoken),
      )
      assert.deepEqual(
        await listIds({ kind: 'access', ...ofPerson, clientIds: [exchanger.id] }),
        newest(...exchanged),
      )
      assert.deepEqual(await listIds({ kind: 'access', clientIds: [exchanger.id] }), newest(...exchanged))
      assert.deepEqual(
        await listIds({ kind: 'access', clientIds: [exchanger.id, client.id], status: 'disabled' }),
        newest(inGrant[1]!, own[1]!, spoken[1]!, exchanged[1]!),
      )
      assert.deepEqual(await listIds({ kind: 'access', ...ofClient, status: 'revoked' }), [
        ...newest(inGrant[2]!, inEnded, own[2]!, spoken[2]!),
      ])
      assert.deepEqual(
        await listIds({ kind: 'access', ...ofPerson, status: 'active' }),
        newest(inGrant[0]!, spoken[0]!, exchanged[0]!),
      )
      for (const filter of [ofClient, ofPerson, { ...ofClient, ...ofPerson }]) {
        assert.deepEqual(await listIds({ kind: 'refresh', ...filter }), newest(...refresh))
        assert.deepEqual(await listIds({ kind: 'refresh', ...filter, status: 'superseded' }), [
          refresh[1]!.id,
        ])
      }
      const unknown = ids.next<ClientId>()
      assert.deepEqual(await listIds({ kind: 'access', clientIds: [unknown] }), [])
      assert.deepEqual(await listIds({ kind: 'refresh', accountId: ids.next() }), [])

      const [shown] = await list({ kind: 'access', id: inGrant[1]!.id })
      assert.deepEqual(shown, {
        kind: 'access',
        id: inGrant[1]!.id,
        clientId: client.id,
        clientName: 'List tool',
        accountId: person.id,
        username: person.username,
        grantId: grant.id,
        scopes: inGrant[1]!.scopes,
        issuedAt: inGrant[1]!.issuedAt,
        expiresAt: inGrant[1]!.expiresAt,
        state: 'disabled',
        supersededAt: undefined,
      })
      const [replaced] = await list({ kind: 'refresh', id: refresh[1]!.id })
      assert.deepEqual([replaced!.scopes, replaced!.state], [grant.scopes, 'superseded'])
      assert.deepEqual(await listIds({ kind: 'refresh', id: inGrant[1]!.id }), [])
      const [orphan] = await list({ kind: 'access', id: others[1]!.id })
      assert.deepEqual([orphan!.clientName, orphan!.username], [others[1]!.clientId, undefined])
    })

    test('tell the states apart, to the millisecond, with those that ran out last first', async () => {
      const fresh = await open()
      try {
        const life = [-hour, -0.001, 0, 0.001, 30, 2 * hour]
        const access = life.map((seconds) => newAccessToken({ expiresAt: addSeconds(now, seconds) }))
        const off = newAccessToken({ state: 'disabled', expiresAt: past })
        const gone = newAccessToken({ state: 'revoked' })
        const refresh = life.map((seconds) => newRefreshToken({ expiresAt: addSeconds(now, seconds) }))
        await fresh.transaction(async (tx) => {
          for (const token of [...access, off, gone]) await tx.accessTokens.insert(token)
          for (const token of refresh) await tx.refreshTokens.insert(token)
        })
        for (const kind of ['access', 'refresh'] as const) {
          const tokens = kind === 'access' ? access : refresh
          const of = async (status: TokenFilter['status']) => {
            const pages = await walk(
              async (window) => (await fresh.read.tokenLists.list({ kind, status }, now, window)).page,
              1,
            )
            const { page, total } = await fresh.read.tokenLists.list({ kind, status }, now, { limit: 50 })
            assert.equal(total.count, pages.length)
            for (const token of page.entries) {
              if (status !== undefined) assert.equal(tokenStatus(token, now), status)
            }
            return pages
          }
          assert.deepEqual(await of('active'), [tokens[5]!.id, tokens[4]!.id, tokens[3]!.id])
          const minute = kind === 'access' ? [tokens[2]!.id, tokens[1]!.id].sort().reverse() : []
          const ranOut = await of('expired')
          assert.deepEqual(new Set(ranOut), new Set([tokens[2]!.id, tokens[1]!.id, tokens[0]!.id]))
          assert.equal(ranOut[2], tokens[0]!.id)
          if (minute.length === 0) assert.equal(ranOut[0], tokens[2]!.id)
        }
        const only = async (status: TokenFilter['status']) =>
          (await fresh.read.tokenLists.list({ kind: 'access', status }, now, { limit: 9 })).page.entries.map(
            ({ id }) => id,
          )
        assert.deepEqual(await only('disabled'), [off.id])
        assert.deepEqual(await only('revoked'), [gone.id])
      } finally {
        await fresh.close()
      }
    })

    /** Whose lists are given, with nobody else's tokens around but one. */
    const withMany = async (
      {
        grants = [],
        access = [],
        refresh = [],
      }: {
        grants?: Grant[]
        access?: AccessToken[]
        refresh?: RefreshToken[]
      },
      check: (read: Storage['read']) => Promise<void>,
    ) => {
      const fresh = await open()
      try {
        await fresh.transaction(async (tx) => {
          for (const grant of grants) await tx.grants.insert(grant)
          for (const token of [...access, newAccessToken()]) await tx.accessTokens.insert(token)
          for (const token of [...refresh, newRefreshToken()]) await tx.refreshTokens.insert(token)
        })
        await check(fresh.read)
      } finally {
        await fresh.close()
      }
    }
    const many = 2010

    test('show those of a client with very many as well', async () => {
      const client = newClient()
      const tokens = Array.from({ length: many }, () => newAccessToken({ clientId: client.id }))
      const gone = newAccessToken({ clientId: client.id, state: 'revoked' })
      await withMany({ access: [...tokens, gone] }, async ({ tokenLists }) => {
        const filter = { kind: 'access', clientIds: [client.id] } as const
        const found = await walk(async (window) => (await tokenLists.list(filter, now, window)).page, 100)
        assert.deepEqual(found, [...tokens, gone].map(({ id }) => id).toReversed())
        const { total } = await tokenLists.list(filter, now, { limit: 1 })
        assert.deepEqual(total, { count: 2000, atLeast: true })
        const active = { ...filter, status: 'active' } as const
        assert.deepEqual((await tokenLists.list(active, now, { limit: 1 })).total, total)
        // All of them end at the same time.
        assert.deepEqual(
          await walk(async (window) => (await tokenLists.list(active, now, window)).page, 400),
          tokens.map(({ id }) => id).toReversed(),
        )
        const revoked = await tokenLists.list({ ...filter, status: 'revoked' }, now, { limit: 5 })
        assert.deepEqual(
          revoked.page.entries.map(({ id }) => id),
          [gone.id],
        )
        assert.deepEqual(revoked.total, { count: 1, atLeast: false })
        const none = await tokenLists.list({ ...filter, status: 'expired' }, now, { limit: 5 })
        assert.deepEqual([none.page.entries, none.total], [[], { count: 0, atLeast: false }])
        assert.deepEqual(await tokenLists.liveOf({ clientIds: [client.id] }, now), {
          accessTokens: { count: 500, atLeast: true },
          refreshTokens: { count: 0, atLeast: false },
        })
      })
    })

    test('count the few that live of very many that have run out, and those of every kind together', async () => {
      const [grant, exchanger] = [newGrant(), newClient()]
      const { clientId, accountId } = grant
      const family = { clientId, accountId, grantId: grant.id }
      const ranOut = Array.from({ length: many }, () => newAccessToken({ ...family, expiresAt: past }))
      const living = [
        newAccessToken(family),
        // In the minute that is running.
        newAccessToken({ ...family, expiresAt: addSeconds(now, 0.001) }),
        newAccessToken({ clientId }),
        newAccessToken({ clientId, accountId }),
      ]
      const exchanged = newAccessToken({ ...family, clientId: exchanger.id, exchanged: true })
      const access = [...ranOut, ...living, exchanged, newAccessToken({ clientId, state: 'disabled' })]
      await withMany({ grants: [grant], access }, async ({ tokenLists }) => {
        const lists = async (filter: Omit<TokenFilter, 'kind'>) =>
          tokenLists.list({ kind: 'access', ...filter }, now, { limit: 5 })
        const listed = async (filter: Omit<TokenFilter, 'kind'>) => {
          const { page, total } = await lists(filter)
          assert.deepEqual(total, { count: page.entries.length, atLeast: false })
          return page.entries.map(({ id }) => id)
        }
        const newest = living.map(({ id }) => id).toReversed()
        const clientIds = [clientId]
        assert.deepEqual(await listed({ clientIds, status: 'active' }), newest)
        assert.deepEqual(await listed({ clientIds: [exchanger.id] }), [exchanged.id])
        assert.deepEqual(await listed({ clientIds: [exchanger.id], accountId }), [exchanged.id])
        assert.deepEqual(await listed({ accountId, status: 'active' }), [
          exchanged.id,
          ...newest.filter((id) => id !== living[2]!.id),
        ])
        assert.deepEqual(
          await listed({ clientIds, accountId, status: 'active' }),
          newest.filter((id) => id !== living[2]!.id),
        )
        const expired = await lists({ clientIds, status: 'expired' })
        assert.deepEqual([expired.page.entries.length, expired.total], [5, { count: 2000, atLeast: true }])
        const of = async (whose: Pick<TokenFilter, 'clientIds' | 'accountId'>) =>
          (await tokenLists.liveOf(whose, now)).accessTokens
        assert.deepEqual(await of({ clientIds }), { count: 4, atLeast: false })
        assert.deepEqual(await of({ accountId }), { count: 4, atLeast: false })
        assert.deepEqual(await of({ clientIds: [exchanger.id] }), { count: 1, atLeast: false })
      })
    })

    test('show and count those of a person with very many grants', async () => {
      const person = newAccount()
      const [client, other] = [newClient(), newClient()]
      const grants = Array.from({ length: many }, (_, n) =>
        newGrant({ accountId: person.id, clientId: (n === 7 ? other : client).id }),
      )
      // Only some of the oldest hold a token, all with the same end.
      const refresh = grants.slice(0, 30).map(({ id, clientId }, n) =>
        newRefreshToken({
          accountId: person.id,
          clientId,
          grantId: id,
          state: n % 3 === 0 ? 'superseded' : 'active',
        }),
      )
      await withMany({ grants, refresh }, async ({ tokenLists, grants: stored }) => {
        const filter = { kind: 'refresh', accountId: person.id } as const
        const idsOf = (state: RefreshToken['state']) =>
          refresh
            .filter((token) => token.state === state)
            .map(({ id }) => id)
            .toReversed()
        for (const status of ['active', 'superseded'] as const) {
          assert.deepEqual(
            await walk(async (window) => (await tokenLists.list({ ...filter, status }, now, window)).page, 4),
            idsOf(status),
          )
        }
        // Of many no fewer than those that are shown.
        const { page, total } = await tokenLists.list({ ...filter, status: 'active' }, now, { limit: 20 })
        assert.deepEqual([page.entries.length, total.atLeast], [20, true])
        assert.ok(total.count >= 20 && total.count <= 30)
        const ofOther = await tokenLists.list({ ...filter, clientIds: [other.id] }, now, { limit: 5 })
        assert.deepEqual(
          ofOther.page.entries.map(({ id }) => id),
          [refresh[7]!.id],
        )
        assert.deepEqual(ofOther.total, { count: 1, atLeast: false })
        const both = { ...filter, clientIds: [client.id, other.id] }
        assert.deepEqual(
          await walk(async (window) => (await tokenLists.list(both, now, window)).page, 7),
          refresh.map(({ id }) => id).toReversed(),
        )
        const live = await stored.countLive(person.id, now)
        assert.deepEqual(live, { count: 0, atLeast: true })
        assert.equal((await stored.pageLive(person.id, now, { limit: 50 })).entries.length, 20)
        assert.equal((await tokenLists.liveOf({ accountId: person.id }, now)).refreshTokens.atLeast, true)
      })
    })

    test('one family is listed while its tokens may work, and what lives is counted', async () => {
      const grant = newGrant()
      const owner = { clientId: grant.clientId, accountId: grant.accountId, grantId: grant.id }
      const access = [newAccessToken(owner), newAccessToken({ ...owner, state: 'disabled' })]
      const refresh = [newRefreshToken(owner), newRefreshToken({ ...owner, state: 'superseded' })]
      await storage().transaction((tx) => tx.grants.insert(grant))
      await insert(
        [
          ...access,
          newAccessToken({ ...owner, expiresAt: now }),
          newAccessToken({ ...owner, state: 'revoked' }),
        ],
        refresh,
      )
      const { tokenLists, grants } = storage().read
      const found = await walk((window) => tokenLists.pageOfGrant(grant.id, now, window), 1)
      assert.deepEqual(found, [refresh[0]!.id, access[1]!.id, access[0]!.id])
      assert.equal((await tokenLists.countOfGrant(grant.id, now)).count, 3)
      const alone = newAccessToken({ accountId: grant.accountId })
      await insert([alone])
      const living = await tokenLists.liveOf({ accountId: grant.accountId }, now)
      assert.deepEqual([living.accessTokens.count, living.refreshTokens.count], [2, 1])
      const live = await grants.pageLive(grant.accountId, now, { limit: 5 })
      assert.deepEqual(
        live.entries.map((entry) => [entry.grant.id, entry.liveAccessTokens, entry.liveRefreshTokens]),
        [[grant.id, 1, 1]],
      )
      assert.equal((await grants.countLive(grant.accountId, now)).count, 1)
      await storage().transaction((tx) => tx.grants.end(grant.id, now))
      assert.equal((await grants.countLive(grant.accountId, now)).count, 0)
      assert.equal((await tokenLists.liveOf({ accountId: grant.accountId }, now)).accessTokens.count, 1)
    })

    test('a token is disabled, enabled and revoked once each, and only while it may be', async () => {
      const token = newAccessToken()
      const grant = newGrant()
      const refresh = newRefreshToken({ grantId: grant.id })
      const late = newAccessToken({ state: 'disabled', expiresAt: now })
      await storage().transaction((tx) => tx.grants.insert(grant))
      await insert([token, late], [refresh])
      await storage().transaction(async (tx) => {
        assert.equal(await tx.accessTokens.enable(token.id, now), false)
        assert.equal(await tx.accessTokens.disable(token.id, now), true)
        assert.equal(await tx.accessTokens.disable(token.id, now), false)
        assert.equal(await tx.accessTokens.revoke(token.id, now), false)
        assert.equal(await tx.accessTokens.enable(token.id, now), true)
        assert.equal(await tx.accessTokens.revokeDisabled(token.id), false)
        assert.equal(await tx.accessTokens.disable(token.id, now), true)
        assert.equal(await tx.accessTokens.revokeDisabled(token.id), true)
        assert.equal(await tx.accessTokens.enable(token.id, now), false)
        assert.equal(await tx.accessTokens.enable(late.id, now), false)
        assert.equal(await tx.refreshTokens.disable(refresh.id, now), true)
        assert.equal(await tx.refreshTokens.supersede(refresh.id, now), 'lost')
        assert.equal(await tx.refreshTokens.enable(refresh.id, now), true)
        assert.equal(await tx.refreshTokens.enable(refresh.id, now), false)
        assert.equal(await tx.refreshTokens.disable(ids.next(), now), false)
        assert.equal(await tx.grants.holdUnended(grant.id), true)
        await tx.grants.end(grant.id, now)
        assert.equal(await tx.grants.holdUnended(grant.id), false)
      })
    })

    test('disabled tokens without a family go with their client and their person, uncounted', async () => {
      const client = ids.next<ClientId>()
      const person = ids.next<AccountId>()
      const tokens = [
        newAccessToken({ clientId: client, state: 'disabled' }),
        newAccessToken({ accountId: person, state: 'disabled' }),
        newAccessToken({ clientId: client, grantId: ids.next(), exchanged: true, state: 'disabled' }),
      ]
      await insert(tokens)
      const counts = await storage().transaction(async (tx) => [
        await tx.grants.endAllOfClient(client, now),
        await tx.grants.endAllOf(person, now),
      ])
      assert.deepEqual(counts, [
        { accessTokens: 0, refreshTokens: 0 },
        { accessTokens: 0, refreshTokens: 0 },
      ])
      for (const { id } of tokens) {
        assert.equal((await storage().read.accessTokens.find(id))!.state, 'revoked')
      }
    })
  })
}
