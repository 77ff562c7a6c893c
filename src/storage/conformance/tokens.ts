/** What {@link AccessTokenStore}, {@link RefreshTokenStore} and {@link GrantStore} promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessToken, Grant, RefreshToken } from '../../oauth/token/token.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccessTokenId, AccountId, ClientId, GrantId, RefreshTokenId } from '../../shared/ids.ts'
import {
  day,
  hour,
  ids,
  newAccessToken,
  newClient,
  newGrant,
  newRefreshToken,
  newTokensOf,
  now,
  strangeText,
} from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function accessTokenStoreSuite(open: OpenFresh): void {
  suite('access tokens', open, (storage) => {
    const insert = (...tokens: AccessToken[]) =>
      storage().transaction(async (tx) => {
        for (const token of tokens) await tx.accessTokens.insert(token)
      })

    test('a token comes back as it was stored', async () => {
      const own = newAccessToken({ scopes: [], audience: [] })
      const personal = newAccessToken({
        accountId: ids.next(),
        grantId: ids.next(),
        audience: ['https://api.example.com/', 'urn:x:"y"'],
        state: 'disabled',
      })
      const large = newAccessToken({ scopes: Array.from({ length: 2000 }, (_, n) => `scope:${n}`) })
      await insert(own, personal, large)
      for (const token of [own, personal, large]) {
        assert.deepEqual(await storage().read.accessTokens.find(token.id), token)
      }
      assert.equal(await storage().read.accessTokens.find(ids.next()), undefined)
    })

    test('an active, unexpired token is revoked once', async () => {
      const token = newAccessToken()
      const expired = newAccessToken({ expiresAt: now })
      const disabled = newAccessToken({ state: 'disabled' })
      await insert(token, expired, disabled)
      const revoke = (id: AccessTokenId) => storage().transaction((tx) => tx.accessTokens.revoke(id, now))
      assert.deepEqual([await revoke(token.id), await revoke(token.id)], [true, false])
      assert.equal((await storage().read.accessTokens.find(token.id))!.state, 'revoked')
      assert.equal(await revoke(expired.id), false)
      assert.equal(await revoke(disabled.id), false)
      assert.equal(await revoke(ids.next()), false)
    })

    test('living tokens are counted by when they were issued', async () => {
      const from = addSeconds(now, 400 * day)
      const to = addSeconds(from, day)
      const later = addSeconds(to, hour)
      const life = { expiresAt: addSeconds(later, 1) }
      await insert(
        newAccessToken({ issuedAt: from, ...life }),
        newAccessToken({ issuedAt: to, state: 'disabled', expiresAt: addSeconds(later, 0.001) }),
        newAccessToken({ issuedAt: to, expiresAt: later }),
        newAccessToken({ issuedAt: to, state: 'revoked', ...life }),
        newAccessToken({ issuedAt: addSeconds(from, -0.001), ...life }),
        newAccessToken({ issuedAt: addSeconds(to, 0.001), ...life }),
      )
      assert.equal(await storage().read.accessTokens.countLivingIssued(from, to, later), 2)
      assert.equal(await storage().read.accessTokens.countLivingIssued(from, to, addSeconds(later, 9)), 0)
    })

    test('clean-up deletes expired tokens in batches, to the millisecond', async () => {
      const before = addSeconds(now, -day)
      const states = ['active', 'revoked', 'disabled'] as const
      const old = states.map((state, n) =>
        newAccessToken({ state, expiresAt: addSeconds(before, -0.001 - n * 90) }),
      )
      const kept = newAccessToken({ expiresAt: before })
      await insert(...old, kept)
      const clean = () => storage().transaction((tx) => tx.accessTokens.deleteExpired(before, 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      assert.deepEqual(await storage().read.accessTokens.find(kept.id), kept)
    })
  })
}

export function refreshTokenStoreSuite(open: OpenFresh): void {
  suite('refresh tokens', open, (storage) => {
    const insert = (...tokens: RefreshToken[]) =>
      storage().transaction(async (tx) => {
        for (const token of tokens) await tx.refreshTokens.insert(token)
      })
    const supersede = (id: RefreshTokenId) =>
      storage().transaction((tx) => tx.refreshTokens.supersede(id, now))

    test('a token comes back as it was stored', async () => {
      const first = newRefreshToken()
      const second = newRefreshToken({ predecessorId: first.id, state: 'superseded', supersededAt: now })
      await insert(first, second)
      assert.deepEqual(await storage().read.refreshTokens.find(first.id), first)
      assert.deepEqual(await storage().read.refreshTokens.find(second.id), second)
      assert.equal(await storage().read.refreshTokens.find(ids.next()), undefined)
    })

    test('an active, unexpired token is superseded once', async () => {
      const grant = newGrant()
      await storage().transaction((tx) => tx.grants.insert(grant))
      const token = newRefreshToken({ grantId: grant.id })
      const expired = newRefreshToken({ grantId: grant.id, expiresAt: now })
      const revoked = newRefreshToken({ grantId: grant.id, state: 'revoked' })
      await insert(token, expired, revoked)
      assert.equal(await supersede(token.id), 'superseded')
      assert.equal(await supersede(token.id), 'lost')
      assert.deepEqual(await storage().read.refreshTokens.find(token.id), {
        ...token,
        state: 'superseded',
        supersededAt: now,
      })
      assert.equal(await supersede(expired.id), 'lost')
      assert.equal(await supersede(revoked.id), 'lost')
      assert.equal(await supersede(ids.next()), 'lost')
    })

    test('a successor counts as used when it was exchanged itself', async () => {
      const grantId = ids.next<GrantId>()
      const first = newRefreshToken({ grantId })
      const second = newRefreshToken({ grantId, predecessorId: first.id })
      const sibling = newRefreshToken({ grantId, predecessorId: first.id })
      await insert(first, second, sibling)
      const used = (id: RefreshTokenId) => storage().read.refreshTokens.hasUsedSuccessor(id)
      await supersede(first.id)
      assert.equal(await used(first.id), false)
      await supersede(sibling.id)
      assert.equal(await used(first.id), true)
      assert.equal(await used(second.id), false)
      assert.equal(await used(ids.next()), false)
    })

    test('clean-up deletes the tokens of families that ended or ran out, in batches', async () => {
      const before = addSeconds(now, -day)
      const ended = newGrant({ endedAt: addSeconds(before, -1) })
      const ranOut = newGrant({ expiresAt: addSeconds(before, -1) })
      const endedLately = newGrant({ endedAt: before })
      const live = newGrant()
      const tokens = [ended, ranOut, endedLately, live].map((grant) => newTokensOf(grant).refresh)
      const superseded = newTokensOf(ended, { refresh: { state: 'superseded', supersededAt: now } }).refresh
      const oldOfLive = newTokensOf(live, {
        refresh: { state: 'superseded', expiresAt: addSeconds(before, -day) },
      }).refresh
      await storage().transaction(async (tx) => {
        for (const grant of [ended, ranOut, endedLately, live]) await tx.grants.insert(grant)
      })
      await insert(...tokens, superseded, oldOfLive)
      const clean = () => storage().transaction((tx) => tx.refreshTokens.deleteExpired(before, 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      for (const kept of [tokens[2]!, tokens[3]!, oldOfLive]) {
        assert.deepEqual(await storage().read.refreshTokens.find(kept.id), kept)
      }
    })
  })
}

export function grantStoreSuite(open: OpenFresh): void {
  suite('grants', open, (storage) => {
    /** Stores a grant with tokens of it. */
    const signIn = async (
      grant: Grant,
      given?: { access?: Partial<AccessToken>; refresh?: Partial<RefreshToken> },
    ) => {
      const tokens = newTokensOf(grant, given)
      await storage().transaction(async (tx) => {
        await tx.grants.insert(grant)
        await tx.accessTokens.insert(tokens.access)
        await tx.refreshTokens.insert(tokens.refresh)
      })
      return tokens
    }
    const states = async ({ access, refresh }: { access: AccessToken; refresh: RefreshToken }) => [
      (await storage().read.accessTokens.find(access.id))!.state,
      (await storage().read.refreshTokens.find(refresh.id))!.state,
    ]

    test('a grant comes back as it was stored', async () => {
      const live = newGrant({
        scopes: [],
        resources: ['https://api.example.com/'],
        requestUserAgent: strangeText,
      })
      const ended = newGrant({ endedAt: addSeconds(now, 3) })
      await storage().transaction(async (tx) => {
        await tx.grants.insert(live)
        await tx.grants.insert(ended)
      })
      assert.deepEqual(await storage().read.grants.find(live.id), live)
      assert.deepEqual(await storage().read.grants.find(ended.id), ended)
      assert.equal(await storage().read.grants.find(ids.next()), undefined)
    })

    test('a use of a grant is noted unless it has ended, and never turns the time back', async () => {
      const grant = newGrant()
      const touched = await storage().transaction(async (tx) => {
        await tx.grants.insert(grant)
        return [
          await tx.grants.touch(grant.id, addSeconds(now, 20)),
          await tx.grants.touch(grant.id, addSeconds(now, 10)),
        ]
      })
      assert.deepEqual(touched, [true, true])
      const late = await storage().transaction(async (tx) => {
        await tx.grants.end(grant.id, addSeconds(now, 30))
        return [await tx.grants.touch(grant.id, addSeconds(now, 40)), await tx.grants.touch(ids.next(), now)]
      })
      assert.deepEqual(late, [false, false])
      assert.equal((await storage().read.grants.find(grant.id))!.lastUsedAt, addSeconds(now, 20))
    })

    test('the live grants of a person are listed with what is usable, newest first, in pages', async () => {
      const accountId = ids.next<AccountId>()
      const client = newClient({ name: strangeText })
      await storage().transaction((tx) => tx.clients.insert(client))
      const grants = [1, 2, 3].map(() => newGrant({ accountId, clientId: client.id }))
      await signIn(grants[0]!, { access: { expiresAt: now } })
      await signIn(grants[1]!, { refresh: { state: 'superseded' } })
      const { access } = newTokensOf(grants[1]!)
      await storage().transaction((tx) => tx.accessTokens.insert(access))
      await signIn(grants[2]!)
      const orphan = newGrant({ accountId })
      await signIn(orphan)
      const unusable = newGrant({ accountId })
      await signIn(unusable, { access: { state: 'revoked' }, refresh: { expiresAt: now } })
      const ended = newGrant({ accountId, endedAt: now })
      await signIn(ended)
      await signIn(newGrant())

      const list = (limit: number, before?: GrantId) =>
        storage().read.grants.listLive(accountId, now, { limit, before })
      assert.deepEqual(await list(10), [
        { grant: orphan, clientName: orphan.clientId, liveAccessTokens: 1, liveRefreshTokens: 1 },
        { grant: grants[2], clientName: strangeText, liveAccessTokens: 1, liveRefreshTokens: 1 },
        { grant: grants[1], clientName: strangeText, liveAccessTokens: 2, liveRefreshTokens: 0 },
        { grant: grants[0], clientName: strangeText, liveAccessTokens: 0, liveRefreshTokens: 1 },
      ])
      const page = await list(2, orphan.id)
      assert.deepEqual(
        page.map(({ grant }) => grant.id),
        [grants[2]!.id, grants[1]!.id],
      )
    })

    test('ending a family revokes what was usable and counts it, once', async () => {
      const grant = newGrant()
      const tokens = await signIn(grant)
      const expired = newTokensOf(grant, { access: { expiresAt: now }, refresh: { state: 'superseded' } })
      const disabled = newTokensOf(grant, { access: { state: 'disabled' }, refresh: { expiresAt: now } })
      await storage().transaction(async (tx) => {
        for (const { access, refresh } of [expired, disabled]) {
          await tx.accessTokens.insert(access)
          await tx.refreshTokens.insert(refresh)
        }
      })
      const other = await signIn(newGrant({ accountId: grant.accountId, clientId: grant.clientId }))
      const end = () => storage().transaction((tx) => tx.grants.end(grant.id, now))
      assert.deepEqual(await end(), { accessTokens: 1, refreshTokens: 1 })
      assert.deepEqual(await end(), { accessTokens: 0, refreshTokens: 0 })
      assert.equal((await storage().read.grants.find(grant.id))!.endedAt, now)
      assert.deepEqual(await states(tokens), ['revoked', 'revoked'])
      assert.deepEqual(await states(expired), ['active', 'superseded'])
      assert.deepEqual(await states(disabled), ['disabled', 'active'])
      assert.deepEqual(await states(other), ['active', 'active'])
    })

    test('ending everything of a person covers tokens without a grant', async () => {
      const accountId = ids.next<AccountId>()
      const tokens = [await signIn(newGrant({ accountId })), await signIn(newGrant({ accountId }))]
      const alone = newAccessToken({ accountId })
      const others = await signIn(newGrant())
      const endedBefore = newGrant({ accountId, endedAt: addSeconds(now, -1) })
      await storage().transaction(async (tx) => {
        await tx.accessTokens.insert(alone)
        await tx.accessTokens.insert(newAccessToken({ accountId, expiresAt: now }))
        await tx.grants.insert(endedBefore)
      })
      const endAll = () => storage().transaction((tx) => tx.grants.endAllOf(accountId, now))
      assert.deepEqual(await endAll(), { accessTokens: 3, refreshTokens: 2 })
      assert.deepEqual(await endAll(), { accessTokens: 0, refreshTokens: 0 })
      for (const pair of tokens) assert.deepEqual(await states(pair), ['revoked', 'revoked'])
      assert.equal((await storage().read.accessTokens.find(alone.id))!.state, 'revoked')
      assert.deepEqual(await states(others), ['active', 'active'])
      assert.deepEqual(await storage().read.grants.find(endedBefore.id), endedBefore)
    })

    test('ending what a person allowed one client leaves the others', async () => {
      const accountId = ids.next<AccountId>()
      const clientId = ids.next<ClientId>()
      const tokens = [
        await signIn(newGrant({ accountId, clientId })),
        await signIn(newGrant({ accountId, clientId })),
      ]
      const otherClient = await signIn(newGrant({ accountId }))
      const otherPerson = await signIn(newGrant({ clientId }))
      const end = () => storage().transaction((tx) => tx.grants.endAllBetween(accountId, clientId, now))
      assert.deepEqual(await end(), { accessTokens: 2, refreshTokens: 2 })
      assert.deepEqual(await end(), { accessTokens: 0, refreshTokens: 0 })
      for (const pair of tokens) assert.deepEqual(await states(pair), ['revoked', 'revoked'])
      assert.deepEqual(await states(otherClient), ['active', 'active'])
      assert.deepEqual(await states(otherPerson), ['active', 'active'])
    })

    test('tokens that a client exchanged end with it, and with its person’s consent', async () => {
      const accountId = ids.next<AccountId>()
      const clientId = ids.next<ClientId>()
      const family = newGrant({ accountId })
      await signIn(family)
      const exchanged = (given: Partial<AccessToken> = {}) =>
        newAccessToken({ accountId, clientId, grantId: family.id, exchanged: true, ...given })
      const tokens = [exchanged(), exchanged({ accountId: ids.next() }), exchanged({ clientId: ids.next() })]
      await storage().transaction(async (tx) => {
        for (const token of tokens) await tx.accessTokens.insert(token)
      })
      const states = () =>
        Promise.all(tokens.map(async ({ id }) => (await storage().read.accessTokens.find(id))!.state))
      const between = await storage().transaction((tx) => tx.grants.endAllBetween(accountId, clientId, now))
      assert.deepEqual(between, { accessTokens: 1, refreshTokens: 0 })
      assert.deepEqual(await states(), ['revoked', 'active', 'active'])
      const all = await storage().transaction((tx) => tx.grants.endAllOfClient(clientId, now))
      assert.deepEqual(all, { accessTokens: 1, refreshTokens: 0 })
      assert.deepEqual(await states(), ['revoked', 'revoked', 'active'])
    })

    test('the unended grants of a browser session are found', async () => {
      const first = newGrant()
      const { authentication } = first
      const second = newGrant({ authentication })
      await storage().transaction(async (tx) => {
        for (const grant of [first, second, newGrant({ authentication, endedAt: now }), newGrant()]) {
          await tx.grants.insert(grant)
        }
      })
      const found = await storage().read.grants.listOfSession(authentication!.sessionId)
      assert.deepEqual(found, [first, second])
    })

    test('ending everything of a client covers the tokens it got for itself', async () => {
      const clientId = ids.next<ClientId>()
      const tokens = await signIn(newGrant({ clientId }))
      const own = newAccessToken({ clientId })
      const others = await signIn(newGrant())
      await storage().transaction(async (tx) => {
        await tx.accessTokens.insert(own)
        await tx.accessTokens.insert(newAccessToken({ clientId, state: 'disabled' }))
      })
      const endAll = () => storage().transaction((tx) => tx.grants.endAllOfClient(clientId, now))
      assert.deepEqual(await endAll(), { accessTokens: 2, refreshTokens: 1 })
      assert.deepEqual(await endAll(), { accessTokens: 0, refreshTokens: 0 })
      assert.deepEqual(await states(tokens), ['revoked', 'revoked'])
      assert.equal((await storage().read.accessTokens.find(own.id))!.state, 'revoked')
      assert.deepEqual(await states(others), ['active', 'active'])
    })

    test('clean-up deletes grants that are over and hold no tokens, in batches', async () => {
      const fresh = await open()
      try {
        const before = addSeconds(now, -day)
        const over = [1, 2, 3].map(() => newGrant({ expiresAt: addSeconds(before, -hour) }))
        const withAccess = newGrant({ expiresAt: addSeconds(before, -hour) })
        const withRefresh = newGrant({ endedAt: addSeconds(before, -hour) })
        const live = newGrant()
        await fresh.transaction(async (tx) => {
          for (const grant of [...over, withAccess, withRefresh, live]) await tx.grants.insert(grant)
          await tx.accessTokens.insert(newTokensOf(withAccess).access)
          await tx.refreshTokens.insert(newTokensOf(withRefresh).refresh)
        })
        const clean = () => fresh.transaction((tx) => tx.grants.deleteExpired(before, 2))
        assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
        for (const { id } of [withAccess, withRefresh, live]) {
          assert.notEqual(await fresh.read.grants.find(id), undefined)
        }
      } finally {
        await fresh.close()
      }
    })
  })
}
