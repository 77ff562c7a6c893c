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
        tokenLifetimeSeconds: 300,
        updatedAt: addSeconds(now, 1),
      })
      const sparse = newResource({ name: 'a', scopes: [], openToDiscovered: false })
      await storage().transaction(async (tx) => {
        await tx.resources.insert(full)
        await tx.resources.insert(sparse)
      })
      assert.deepEqual(await storage().read.resources.list(), [sparse, full])
    })

    test('a resource is changed in everything but what it is known by', async () => {
      const one = newResource()
      const other = newResource()
      await storage().transaction(async (tx) => {
        await tx.resources.insert(one)
        await tx.resources.insert(other)
      })
      const changed = {
        ...one,
        name: 'Zettel',
        scopes: one.scopes.slice(0, 1),
        openToDiscovered: false,
        tokenLifetimeSeconds: 600,
        updatedAt: addSeconds(now, 1),
      }
      const strays = { identifier: 'https://elsewhere.example.com', createdAt: addSeconds(now, 9) }
      const all = async () => {
        const listed = await storage().read.resources.list()
        return listed.filter(({ id }) => id === one.id || id === other.id)
      }
      const update = (resource: typeof one) => storage().transaction((tx) => tx.resources.update(resource))
      assert.equal(await update({ ...changed, ...strays }), true)
      assert.deepEqual(await all(), [other, changed])
      assert.equal(await update({ ...changed, tokenLifetimeSeconds: undefined }), true)
      assert.equal((await all())[1]?.tokenLifetimeSeconds, undefined)
      assert.equal(await update(newResource()), false)
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
