/** What {@link ClientStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import { AlreadyExists } from '../storage.ts'
import { day, ids, newClient, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function clientStoreSuite(open: OpenFresh): void {
  suite('clients', open, (storage) => {
    test('an empty store has none', async () => {
      assert.equal(await storage().read.clients.any(), false)
      assert.equal(await storage().read.clients.find(ids.next()), undefined)
      assert.deepEqual(await storage().read.clients.list({ limit: 10 }), [])
    })

    test('a client comes back as it was stored, empty lists as empty lists', async () => {
      const full = newClient({
        id: 'imported-client_42' as ClientId,
        name: strangeText,
        description: strangeText,
        type: 'confidential',
        secretHash: 'sha256:abc',
        status: 'inactive',
        redirectUris: ['http://127.0.0.1/callback', 'https://app.example.com/cb?a=b&c="d"'],
        allowedResources: ['https://api.example.com/'],
        tokenProfile: 'long',
        project: 'apollo',
        serviceAccount: 'deploy',
        introspectAny: true,
        createdBy: ids.next(),
        updatedAt: addSeconds(now, 1),
      })
      const sparse = newClient({ name: '', grants: [], scopes: [], project: '' })
      await storage().transaction(async (tx) => {
        await tx.clients.insert(full)
        await tx.clients.insert(sparse)
      })
      assert.deepEqual(await storage().read.clients.find(full.id), full)
      assert.deepEqual(await storage().read.clients.find(sparse.id), sparse)
      assert.equal(await storage().read.clients.any(), true)
    })

    test('an id is given once', async () => {
      const client = newClient()
      await storage().transaction((tx) => tx.clients.insert(client))
      await assert.rejects(
        storage().transaction((tx) => tx.clients.insert(newClient({ id: client.id }))),
        (error) => error instanceof AlreadyExists && error.what === 'client id',
      )
    })

    test('the clients of one account are listed without those of others, newest first', async () => {
      const account = ids.next<AccountId>()
      const older = newClient({ createdBy: account, createdAt: now })
      const newer = newClient({ createdBy: account, createdAt: addSeconds(now, 1) })
      await storage().transaction(async (tx) => {
        for (const client of [newer, older, newClient({ createdBy: ids.next() }), newClient()]) {
          await tx.clients.insert(client)
        }
      })
      const { clients } = storage().read
      assert.deepEqual(await clients.listCreatedBy(account, 10), [newer, older])
      assert.deepEqual(await clients.listCreatedBy(account, 1), [newer])
      assert.deepEqual(await clients.listCreatedBy(ids.next(), 10), [])
    })

    test('a list is in pages, newest first', async () => {
      const clients = [2, 3, 1].map((seconds) => newClient({ createdAt: addSeconds(now, day + seconds) }))
      await storage().transaction(async (tx) => {
        for (const client of clients) await tx.clients.insert(client)
      })
      const first = await storage().read.clients.list({ limit: 2 })
      assert.deepEqual(
        first.map(({ id }) => id),
        [clients[1]!.id, clients[0]!.id],
      )
      const second = await storage().read.clients.list({ limit: 1, after: clients[0]!.id })
      assert.deepEqual(
        second.map(({ id }) => id),
        [clients[2]!.id],
      )
    })

    test('a secret is replaced only while it is the one that was read', async () => {
      const client = newClient({ secretHash: '$2b$10$imported' })
      await storage().transaction((tx) => tx.clients.insert(client))
      const replace = (previous: string) =>
        storage().transaction((tx) => tx.clients.replaceSecretHash(client.id, previous, 'sha256:new'))
      assert.equal(await replace('other'), false)
      assert.equal(await replace('$2b$10$imported'), true)
      assert.equal(await replace('$2b$10$imported'), false)
      assert.equal((await storage().read.clients.find(client.id))!.secretHash, 'sha256:new')
    })

    test('only an active client is held', async () => {
      const active = newClient()
      const inactive = newClient({ status: 'inactive' })
      const held = await storage().transaction(async (tx) => {
        await tx.clients.insert(active)
        await tx.clients.insert(inactive)
        return [
          await tx.clients.holdActive(active.id),
          await tx.clients.holdActive(inactive.id),
          await tx.clients.holdActive(ids.next()),
        ]
      })
      assert.deepEqual(held, [true, false, false])
    })

    test('a client is deleted once', async () => {
      const client = newClient()
      await storage().transaction((tx) => tx.clients.insert(client))
      const remove = () => storage().transaction((tx) => tx.clients.delete(client.id))
      assert.equal(await remove(), true)
      assert.equal(await remove(), false)
      assert.equal(await storage().read.clients.find(client.id), undefined)
    })
  })
}
