/** What {@link ResourceStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import { AlreadyExists } from '../storage.ts'
import { newResource, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function resourceStoreSuite(open: OpenFresh): void {
  suite('resources', open, (storage) => {
    test('a resource comes back as it was stored, and all are listed by name', async () => {
      assert.deepEqual(await storage().read.resources.list(), [])
      const full = newResource({
        name: 'b',
        scopes: [{ name: 'a:b', description: strangeText, byDefault: false, forDiscovered: false }],
        updatedAt: addSeconds(now, 1),
      })
      const sparse = newResource({ name: 'a', scopes: [], openToDiscovered: false })
      await storage().transaction(async (tx) => {
        await tx.resources.insert(full)
        await tx.resources.insert(sparse)
      })
      assert.deepEqual(await storage().read.resources.list(), [sparse, full])
    })

    test('an identifier is given once, and again after its resource is deleted', async () => {
      const one = newResource()
      const insert = (id = one.id) => storage().transaction((tx) => tx.resources.insert({ ...one, id }))
      const remove = () => storage().transaction((tx) => tx.resources.delete(one.id))
      await insert()
      await assert.rejects(
        insert(newResource().id),
        (error) => error instanceof AlreadyExists && error.what === 'resource',
      )
      assert.deepEqual([await remove(), await remove()], [true, false])
      await insert()
    })
  })
}
