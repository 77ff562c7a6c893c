/** What {@link PendingSignInStore} and {@link MailedLinkStore} promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailedLink } from '../../accounts/mailed-link.ts'
import type { PendingSignIn } from '../../accounts/pending-sign-in.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, MailedLinkId, PendingSignInId } from '../../shared/ids.ts'
import { hour, ids, newAccount, newDigest, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function pendingSignInStoreSuite(open: OpenFresh): void {
  suite('sign-ins that wait', open, (storage) => {
    const insert = async (given: Partial<PendingSignIn> = {}): Promise<PendingSignIn> => {
      const account = newAccount()
      const pending: PendingSignIn = {
        id: ids.next<PendingSignInId>(),
        digest: newDigest(),
        accountId: account.id,
        authSource: 'github',
        method: 'oauth',
        methods: ['provider'],
        passwordDigest: newDigest(),
        rememberMe: true,
        wrongCodes: 0,
        beganAt: addSeconds(now, -1),
        expiresAt: addSeconds(now, 300),
        ip: '192.0.2.1',
        userAgent: strangeText,
        ...given,
      }
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(account)
        await tx.pendingSignIns.insert(pending)
      })
      return pending
    }
    const find = (id: PendingSignInId) => storage().read.pendingSignIns.find(id)

    test('come back as they were', async () => {
      const pending = await insert()
      assert.deepEqual(await find(pending.id), pending)
      assert.equal(await find(ids.next()), undefined)
    })

    test('remember what was proved, and count wrong codes', async () => {
      const { id } = await insert()
      const passwordDigest = newDigest()
      const proved = await storage().transaction((tx) =>
        tx.pendingSignIns.prove(id, ['provider', 'otp'], passwordDigest),
      )
      assert.equal(proved, true)
      const count = () => storage().transaction((tx) => tx.pendingSignIns.countWrongCode(id))
      assert.deepEqual([await count(), await count()], [1, 2])
      const found = await find(id)
      assert.deepEqual(
        [found?.methods, found?.wrongCodes, found?.passwordDigest],
        [['provider', 'otp'], 2, passwordDigest],
      )
      await storage().transaction((tx) => tx.pendingSignIns.take(id))
      assert.equal(await count(), undefined)
      const late = await storage().transaction((tx) => tx.pendingSignIns.prove(id, ['pwd'], passwordDigest))
      assert.equal(late, false)
    })

    test('are taken by one caller', async () => {
      const pending = await insert()
      const takers = await Promise.all(
        Array.from({ length: 8 }, () => storage().transaction((tx) => tx.pendingSignIns.take(pending.id))),
      )
      assert.deepEqual(
        takers.filter((taken) => taken !== undefined),
        [pending],
      )
    })

    test('are swept once when their time is over, in batches, by whoever comes', async () => {
      const fresh = await Promise.all(
        [1, 2, 3].map((seconds) => insert({ expiresAt: addSeconds(now, -seconds * hour) })),
      )
      const live = await insert()
      const sweep = () => storage().transaction((tx) => tx.pendingSignIns.takeExpired(addSeconds(now, -1), 2))
      const swept = (await Promise.all([sweep(), sweep(), sweep()])).flat()
      assert.deepEqual(swept.map(({ id }) => id).sort(), fresh.map(({ id }) => id).sort())
      assert.deepEqual(await sweep(), [])
      assert.ok(await find(live.id))
      const atLast = await storage().transaction((tx) => tx.pendingSignIns.takeExpired(live.expiresAt, 10))
      assert.ok(
        atLast.some(({ id }) => id === live.id),
        'at the instant itself',
      )
    })
  })
}

export function mailedLinkStoreSuite(open: OpenFresh): void {
  suite('mailed links', open, (storage) => {
    const person = async (): Promise<AccountId> => {
      const account = newAccount()
      await storage().transaction((tx) => tx.accounts.insert(account))
      return account.id
    }
    const linkOf = (accountId: AccountId, given: Partial<MailedLink> = {}): MailedLink => ({
      id: ids.next<MailedLinkId>(),
      digest: newDigest(),
      accountId,
      purpose: 'reset_password',
      email: 'Ada@Example.com',
      createdAt: now,
      expiresAt: addSeconds(now, hour),
      ...given,
    })
    const insert = (link: MailedLink) => storage().transaction((tx) => tx.mailedLinks.insert(link))
    const find = (link: MailedLink) => storage().read.mailedLinks.find(link.id)

    test('a newer one takes the place of those before it, of its purpose', async () => {
      const accountId = await person()
      const [first, second] = [linkOf(accountId), linkOf(accountId, { createdAt: addSeconds(now, 1) })]
      const other = linkOf(accountId, { purpose: 'verify_email' })
      for (const link of [first, other, second]) await insert(link)
      assert.deepEqual([await find(first), await find(second), await find(other)], [undefined, second, other])
      const newest = await storage().read.mailedLinks.newestOf(accountId, 'reset_password')
      assert.equal(newest, second.createdAt)
      assert.equal(await storage().read.mailedLinks.newestOf(await person(), 'reset_password'), undefined)
    })

    test('are taken by one caller', async () => {
      const link = linkOf(await person())
      await insert(link)
      const takers = await Promise.all(
        Array.from({ length: 8 }, () => storage().transaction((tx) => tx.mailedLinks.take(link.id))),
      )
      assert.deepEqual(
        takers.filter((taken) => taken !== undefined),
        [link],
      )
    })

    test('go with everything of their person, or when they are old', async () => {
      const [one, other] = [linkOf(await person()), linkOf(await person())]
      for (const link of [one, other]) await insert(link)
      await storage().transaction((tx) => tx.mailedLinks.deleteAllOf(one.accountId))
      assert.deepEqual([await find(one), await find(other)], [undefined, other])
      const clean = () =>
        storage().transaction((tx) => tx.mailedLinks.deleteExpired(addSeconds(now, hour + 1), 100))
      assert.ok((await clean()) >= 1)
      assert.equal(await clean(), 0)
    })
  })
}
