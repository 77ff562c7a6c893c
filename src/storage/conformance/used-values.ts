/** What {@link ReplayStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import { day, hour, newDigest, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function replayStoreSuite(open: OpenFresh): void {
  suite('used values', open, (storage) => {
    test('a value is used once, whatever its expiry then says', async () => {
      const digest = newDigest()
      const use = (expiresAt = now) => storage().transaction((tx) => tx.usedValues.use(digest, expiresAt))
      assert.deepEqual(
        [await use(), await use(), await use(addSeconds(now, day))],
        ['first', 'replayed', 'replayed'],
      )
      assert.equal(await storage().transaction((tx) => tx.usedValues.use(newDigest(), now)), 'first')
    })

    test('clean-up deletes expired values in batches', async () => {
      const fresh = await open()
      try {
        const kept = newDigest()
        await fresh.transaction(async (tx) => {
          for (const hours of [1, 2, 3]) await tx.usedValues.use(newDigest(), addSeconds(now, -hours * hour))
          await tx.usedValues.use(kept, now)
        })
        const clean = () => fresh.transaction((tx) => tx.usedValues.deleteExpired(now, 2))
        assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
        assert.equal(await fresh.transaction((tx) => tx.usedValues.use(kept, now)), 'replayed')
      } finally {
        await fresh.close()
      }
    })
  })
}
