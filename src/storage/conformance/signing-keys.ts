/** What {@link SigningKeyStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SigningAlgorithm, StoredSigningKey } from '../../oauth/token/signing-key.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'
import { AlreadyExists, type Stores } from '../storage.ts'
import { newSigningKey, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function signingKeyStoreSuite(open: OpenFresh): void {
  suite('signing keys', open, (storage) => {
    test('keys come back as they were stored, newest first, without retired ones', async () => {
      const current = newSigningKey({
        // Every byte, and enough of them that no driver keeps them inline.
        encryptedPrivateKey: Buffer.from(Array.from({ length: 4096 }, (_, n) => n % 256)),
      })
      const next = newSigningKey({
        algorithm: 'RS256',
        state: 'next',
        activatedAt: undefined,
        createdAt: addSeconds(now, 1),
        publicJwk: { kty: 'RSA', n: 'bg', e: 'AQAB', use: 'sig' },
      })
      const previous = newSigningKey({
        state: 'previous',
        createdAt: addSeconds(now, -1),
        supersededAt: addSeconds(now, 1),
      })
      const retired = newSigningKey({ state: 'retired', retiredAt: now })
      assert.deepEqual(await storage().read.signingKeys.list(), [])
      await storage().transaction(async (tx) => {
        for (const key of [previous, retired, current, next]) await tx.signingKeys.insert(key)
      })
      assert.deepEqual(await storage().read.signingKeys.list(), [next, current, previous])
      for (const key of [next, current, previous, retired]) {
        assert.deepEqual(await storage().read.signingKeys.find(key.kid), key)
      }
      assert.equal(await storage().read.signingKeys.find('nobody'), undefined)
    })

    test('a key is stored once', async () => {
      const key = newSigningKey({ state: 'retired', retiredAt: now })
      await storage().transaction((tx) => tx.signingKeys.insert(key))
      await assert.rejects(
        storage().transaction((tx) => tx.signingKeys.insert(key)),
        AlreadyExists,
      )
    })

    const inTransaction = <T>(body: (tx: Stores) => Promise<T>): Promise<T> => storage().transaction(body)
    const newNext = (algorithm: SigningAlgorithm, given: Partial<StoredSigningKey> = {}) =>
      newSigningKey({ algorithm, state: 'next', activatedAt: undefined, ...given })
    const find = (kid: string) => storage().read.signingKeys.find(kid)

    test('an algorithm has one next key, beside the current one it was made for', async () => {
      const current = newSigningKey({ algorithm: 'PS256' })
      await inTransaction((tx) => tx.signingKeys.insert(current))
      const [stranded, first, second] = [newNext('PS256'), newNext('PS256'), newNext('PS256')]
      const insertNext = (key: StoredSigningKey, currentKid: string) =>
        inTransaction((tx) => tx.signingKeys.insertNext(key, currentKid))
      assert.equal(await insertNext(stranded!, 'nobody'), 'lost')
      assert.equal(await insertNext(first!, current.kid), 'inserted')
      assert.equal(await insertNext(second!, current.kid), 'lost')
      assert.deepEqual(await find(first!.kid), first)
      assert.deepEqual([await find(stranded!.kid), await find(second!.kid)], [undefined, undefined])
    })

    test('a next key takes the place of the current one: both change, or neither', async () => {
      const current = newSigningKey({ createdAt: addSeconds(now, -5) })
      const next = newSigningKey({ state: 'next', activatedAt: undefined, algorithm: 'RS256' })
      const previous = newSigningKey({ state: 'previous', supersededAt: now })
      await inTransaction(async (tx) => {
        await tx.signingKeys.insert(current)
        await tx.signingKeys.insert(previous)
      })
      const at = addSeconds(now, 7)
      const activate = (nextKid: string, currentKid: string) =>
        inTransaction((tx) => tx.signingKeys.activate(nextKid, currentKid, at))
      assert.equal(await activate(next.kid, current.kid), 'lost', 'there is no such next key')
      assert.deepEqual(await find(current.kid), current)
      await inTransaction(async (tx) => {
        for (const key of await tx.signingKeys.list()) {
          if (key.state === 'next') await tx.signingKeys.retire(key.kid, now)
        }
        await tx.signingKeys.insert(next)
      })
      assert.equal(await activate(next.kid, previous.kid), 'lost', 'the other one does not sign')
      assert.deepEqual(await find(next.kid), next)

      assert.equal(await activate(next.kid, current.kid), 'activated')
      assert.deepEqual(await find(next.kid), { ...next, state: 'current', activatedAt: at })
      assert.deepEqual(await find(current.kid), { ...current, state: 'previous', supersededAt: at })
      assert.equal(await activate(next.kid, current.kid), 'lost')
    })

    test('a retired key keeps its public part and loses the private one; a current key is not retired', async () => {
      const current = newSigningKey()
      const previous = newSigningKey({ state: 'previous', supersededAt: now })
      await inTransaction(async (tx) => {
        await tx.signingKeys.insert(current)
        await tx.signingKeys.insert(previous)
      })
      const at = addSeconds(now, 3)
      const retire = (kid: string) => inTransaction((tx) => tx.signingKeys.retire(kid, at))
      assert.deepEqual([await retire(current.kid), await retire('nobody')], ['lost', 'lost'])
      assert.deepEqual([await retire(previous.kid), await retire(previous.kid)], ['retired', 'lost'])
      assert.deepEqual(await find(previous.kid), {
        ...previous,
        state: 'retired',
        retiredAt: at,
        encryptedPrivateKey: Buffer.alloc(0),
      })
      assert.deepEqual(await find(current.kid), current)
    })

    test('retired keys are listed latest first, and deleted oldest first, to the millisecond', async () => {
      const long = 10_000_000
      const keys = [0, 1, 2].map((n) =>
        newSigningKey({ state: 'retired', retiredAt: addSeconds(now, long + n) }),
      )
      const older = newSigningKey({ state: 'retired', retiredAt: addSeconds(now, -long) })
      const previous = newSigningKey({ state: 'previous', createdAt: addSeconds(now, -2 * long) })
      await inTransaction(async (tx) => {
        for (const key of [...keys, older, previous]) await tx.signingKeys.insert(key)
      })
      assert.deepEqual(await storage().read.signingKeys.listRetired(3), keys.toReversed())
      const deleteRetired = (before: Instant, limit: number) =>
        inTransaction((tx) => tx.signingKeys.deleteRetired(before, limit))
      assert.equal(await deleteRetired(older.retiredAt!, 10), 0)
      assert.equal(await deleteRetired(addSeconds(older.retiredAt!, 0.001), 10), 1)
      assert.equal(await find(older.kid), undefined)
      while ((await storage().read.signingKeys.listRetired(10)).length > 3) {
        assert.equal(await deleteRetired(addSeconds(now, long), 1), 1)
      }
      assert.deepEqual(await storage().read.signingKeys.listRetired(10), keys.toReversed())
      assert.deepEqual(await find(previous.kid), previous)
    })
  })
}
