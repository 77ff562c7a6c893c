/** What {@link SigningKeyStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import { AlreadyExists } from '../storage.ts'
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
      const previous = newSigningKey({ state: 'previous', createdAt: addSeconds(now, -1) })
      const retired = newSigningKey({ state: 'retired', retiredAt: now })
      assert.deepEqual(await storage().read.signingKeys.list(), [])
      await storage().transaction(async (tx) => {
        for (const key of [previous, retired, current, next]) await tx.signingKeys.insert(key)
      })
      assert.deepEqual(await storage().read.signingKeys.list(), [next, current, previous])
    })

    test('a key is stored once', async () => {
      const key = newSigningKey({ state: 'retired' })
      await storage().transaction((tx) => tx.signingKeys.insert(key))
      await assert.rejects(
        storage().transaction((tx) => tx.signingKeys.insert(key)),
        AlreadyExists,
      )
    })
  })
}
