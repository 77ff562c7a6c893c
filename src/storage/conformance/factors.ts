/** What {@link FactorStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TotpFactor } from '../../accounts/factors/factor.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId } from '../../shared/ids.ts'
import { AlreadyExists } from '../storage.ts'
import { ids, newAccount, newDigest, newPasskey, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function factorStoreSuite(open: OpenFresh): void {
  suite('second factors', open, (storage) => {
    const person = async (): Promise<AccountId> => {
      const account = newAccount()
      await storage().transaction((tx) => tx.accounts.insert(account))
      return account.id
    }
    const totpOf = (accountId: AccountId): TotpFactor => ({
      accountId,
      encryptedSecret: Buffer.from([0, 1, 2, 255]),
      lastStep: 100,
      createdAt: now,
      lastUsedAt: undefined,
    })
    const use = <T>(body: Parameters<ReturnType<typeof storage>['transaction']>[0]): Promise<T> =>
      storage().transaction(body) as Promise<T>

    test('whoever has none has none', async () => {
      const none = { totp: undefined, passkeys: [], recoveryCodesLeft: 0 }
      assert.deepEqual(await storage().read.factors.enrolledOf(await person()), none)
      assert.deepEqual(await storage().read.factors.enrolledOf(ids.next<AccountId>()), none)
      assert.equal(await storage().read.factors.findPasskey('unknown'), undefined)
    })

    test('come back as they were', async () => {
      const accountId = await person()
      const passkeys = [newPasskey({ accountId }), newPasskey({ accountId, transports: [], syncable: false })]
      await use(async (tx) => {
        await tx.factors.insertTotp(totpOf(accountId))
        for (const passkey of passkeys) await tx.factors.insertPasskey(passkey)
      })
      const enrolled = await storage().read.factors.enrolledOf(accountId)
      assert.deepEqual(enrolled, { totp: totpOf(accountId), passkeys, recoveryCodesLeft: 0 })
      assert.deepEqual(await storage().read.factors.findPasskey(passkeys[1]!.credentialId), passkeys[1])
    })

    test('are listed by account, and an encrypted secret is replaced only as it was seen', async () => {
      const people = [await person(), await person(), await person()].sort()
      await use(async (tx) => {
        for (const accountId of people) await tx.factors.insertTotp(totpOf(accountId))
      })
      const { factors } = storage().read
      const listed = async (limit: number, after: AccountId | undefined) =>
        (await factors.listTotp({ limit, after }))
          .map(({ accountId }) => accountId)
          .filter((accountId) => people.includes(accountId))
      assert.deepEqual(await listed(1000, undefined), people)
      assert.deepEqual(await listed(1, people[0]), [people[1]])
      const [first] = people
      const [seen, next] = [totpOf(first!).encryptedSecret, Buffer.from([7, 7])]
      const replace = (previous: Buffer) =>
        use<boolean>((tx) => tx.factors.replaceTotpSecret(first!, previous, next))
      assert.deepEqual([await replace(next), await replace(seen), await replace(seen)], [false, true, false])
      assert.deepEqual((await factors.enrolledOf(first!)).totp?.encryptedSecret, next)
    })

    test('a person has one app, and a credential belongs to one person', async () => {
      const accountId = await person()
      const passkey = newPasskey({ accountId })
      await use(async (tx) => {
        await tx.factors.insertTotp(totpOf(accountId))
        await tx.factors.insertPasskey(passkey)
      })
      await assert.rejects(
        use((tx) => tx.factors.insertTotp(totpOf(accountId))),
        AlreadyExists,
      )
      const other = await person()
      const same = newPasskey({ accountId: other, credentialId: passkey.credentialId })
      await assert.rejects(
        use((tx) => tx.factors.insertPasskey(same)),
        AlreadyExists,
      )
    })

    test('a time step is taken once, and none before it', async () => {
      const accountId = await person()
      await use((tx) => tx.factors.insertTotp(totpOf(accountId)))
      const take = (step: number) => use((tx) => tx.factors.useTotpStep(accountId, step, now))
      assert.deepEqual(
        [await take(99), await take(100), await take(102), await take(101), await take(103)],
        [false, false, true, false, true],
      )
      const winners = await Promise.all(Array.from({ length: 8 }, () => take(200)))
      assert.equal(winners.filter(Boolean).length, 1)
      assert.equal((await storage().read.factors.enrolledOf(accountId)).totp?.lastUsedAt, now)
    })

    test('WebAuthn §6.1.1: a counter goes up, or stays 0', async () => {
      const accountId = await person()
      const [counting, silent] = [newPasskey({ accountId, counter: 5 }), newPasskey({ accountId })]
      await use(async (tx) => {
        for (const passkey of [counting, silent]) await tx.factors.insertPasskey(passkey)
      })
      const count = (passkey: typeof counting, counter: number) =>
        use((tx) => tx.factors.usePasskey(passkey.id, counter, addSeconds(now, 1)))
      assert.deepEqual(
        [
          await count(counting, 5),
          await count(counting, 0),
          await count(counting, 6),
          await count(counting, 6),
        ],
        [false, false, true, false],
      )
      assert.deepEqual(
        [await count(silent, 0), await count(silent, 0), await count(silent, 1)],
        [true, true, true],
      )
      assert.equal(await count(silent, 0), false)
      assert.equal(await count(newPasskey(), 1), false)
    })

    test('a recovery code is taken once, by one caller', async () => {
      const accountId = await person()
      const digests = [newDigest(), newDigest()]
      await use((tx) => tx.factors.replaceRecoveryCodes(accountId, digests))
      const take = (digest = digests[0]!) => use((tx) => tx.factors.useRecoveryCode(accountId, digest, now))
      const taken = await Promise.all(Array.from({ length: 8 }, () => take()))
      assert.equal(taken.filter(Boolean).length, 1)
      assert.equal(await take(newDigest()), false)
      assert.equal((await storage().read.factors.enrolledOf(accountId)).recoveryCodesLeft, 1)
      await use((tx) => tx.factors.replaceRecoveryCodes(accountId, [newDigest()]))
      assert.equal(await take(digests[1]), false)
    })

    test('go one by one, by their owner only, or all together', async () => {
      const accountId = await person()
      const passkeys = [newPasskey({ accountId }), newPasskey({ accountId })]
      await use(async (tx) => {
        await tx.factors.insertTotp(totpOf(accountId))
        for (const passkey of passkeys) await tx.factors.insertPasskey(passkey)
        await tx.factors.replaceRecoveryCodes(accountId, [newDigest()])
      })
      const [first] = passkeys
      const other = await person()
      const rename = (owner: AccountId, name: string) =>
        use<boolean>((tx) => tx.factors.renamePasskey(owner, first!.id, name))
      assert.deepEqual([await rename(other, 'theirs'), await rename(accountId, strangeText)], [false, true])
      const { passkeys: named } = await storage().read.factors.enrolledOf(accountId)
      assert.equal(named.find(({ id }) => id === first!.id)?.name, strangeText)
      assert.equal(await use((tx) => tx.factors.removePasskey(other, first!.id)), false)
      assert.equal(await use((tx) => tx.factors.removePasskey(accountId, first!.id)), true)
      assert.equal(await use((tx) => tx.factors.removeTotp(accountId)), true)
      assert.equal(await use((tx) => tx.factors.removeTotp(accountId)), false)
      const rest = { totp: false, passkeys: 1 }
      assert.deepEqual(await use((tx) => tx.factors.removeAllOf(accountId)), rest)
      const none = { totp: undefined, passkeys: [], recoveryCodesLeft: 0 }
      assert.deepEqual(await storage().read.factors.enrolledOf(accountId), none)
    })
  })
}
