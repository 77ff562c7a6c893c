/** What {@link ClientStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import { AlreadyExists } from '../storage.ts'
import {
  day,
  ids,
  newAccessToken,
  newClient,
  newGrant,
  newRefreshToken,
  now,
  strangeText,
} from './fixtures.ts'
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
      const ofOwner = async (owner: AccountId, limit: number) =>
        (await storage().read.clients.page({ owner }, { limit })).entries
      assert.deepEqual(await ofOwner(account, 10), [newer, older])
      assert.deepEqual(await ofOwner(account, 1), [newer])
      assert.deepEqual(await ofOwner(ids.next(), 10), [])
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

    test('a search finds the beginning of a name in any case, or one whole id', async () => {
      const named = (name: string) => newClient({ name, status: 'inactive' })
      const clients = [
        'Zoë’s Backup',
        'ZOË’S other',
        'zoo',
        'Éclair',
        '100% sure_',
        'ﬁle',
        `Z${'z'.repeat(90)}`,
      ]
      await storage().transaction(async (tx) => {
        for (const name of clients) await tx.clients.insert(named(name))
        await tx.clients.insert({ ...named('Described'), id: 'https://app.example/client.json' as ClientId })
      })
      const search = async (text: string): Promise<string[]> =>
        (await storage().read.clients.page({ search: text, status: 'inactive' }, { limit: 50 })).entries
          .map(({ name }) => name)
          .sort()
      assert.deepEqual(await search('zoë’s'), ['ZOË’S other', 'Zoë’s Backup'])
      // Composed in another way.
      assert.deepEqual(await search('Zoe\u0308’S b'), ['Zoë’s Backup'])
      assert.deepEqual(await search('é'), ['Éclair'])
      assert.deepEqual(await search('100%'), ['100% sure_'])
      assert.deepEqual(await search('%'), [])
      assert.deepEqual(await search('FIL'), ['ﬁle'])
      assert.deepEqual(await search('backup'), [])
      assert.deepEqual(await search('https://app.example/client.json'), ['Described'])
      assert.deepEqual(await search('https://app.example/client'), [])
      const elsewhere = { search: 'https://app.example/client.json', status: 'active' } as const
      assert.deepEqual((await storage().read.clients.page(elsewhere, { limit: 1 })).entries, [])
      assert.deepEqual(await storage().read.clients.count(elsewhere), { count: 0, atLeast: false })
    })

    test('a client is replaced whole, and found by its new name; origin and age stay', async () => {
      const before = newClient({ name: 'Before it changed', createdBy: ids.next() })
      await storage().transaction((tx) => tx.clients.insert(before))
      const after = newClient({
        id: before.id,
        name: 'After it changed',
        description: strangeText,
        type: 'confidential',
        secretHash: 'sha256:x',
        status: 'pending',
        grants: ['client_credentials'],
        scopes: ['email'],
        redirectUris: ['https://app.example.com/'],
        allowedResources: ['https://api.example.com/'],
        tokenProfile: 'short',
        project: 'apollo',
        serviceAccount: 'deploy',
        introspectAny: true,
        metadata: { approved: true },
        createdBy: ids.next(),
        updatedAt: addSeconds(now, 9),
      })
      await storage().transaction((tx) =>
        tx.clients.replace({ ...after, origin: 'registration', createdAt: addSeconds(now, 50) }),
      )
      assert.deepEqual(await storage().read.clients.find(before.id), after)
      const found = async (search: string) => (await storage().read.clients.count({ search })).count
      assert.deepEqual([await found('before it'), await found('after it')], [0, 1])
    })

    test('counts the tokens of a client that work, each once', async () => {
      const client = newClient()
      const other = newClient()
      const grants = [newGrant({ clientId: client.id }), newGrant({ clientId: client.id, endedAt: now })]
      const others = newGrant({ clientId: other.id })
      const of = { clientId: client.id }
      await storage().transaction(async (tx) => {
        for (const each of [client, other]) await tx.clients.insert(each)
        for (const grant of [...grants, others]) await tx.grants.insert(grant)
        for (const token of [
          newAccessToken({ ...of, grantId: grants[0]!.id }),
          newAccessToken({ ...of, grantId: grants[0]!.id, state: 'revoked' }),
          newAccessToken({ ...of, grantId: grants[0]!.id, expiresAt: now }),
          newAccessToken({ ...of, grantId: grants[0]!.id, exchanged: true }),
          newAccessToken({ ...of, grantId: others.id, exchanged: true }),
          newAccessToken(of),
          newAccessToken({ ...of, exchanged: true }),
          newAccessToken({ ...of, state: 'disabled' }),
          newAccessToken({ clientId: other.id, grantId: grants[0]!.id, exchanged: true }),
          newAccessToken({ clientId: other.id }),
        ]) {
          await tx.accessTokens.insert(token)
        }
        await tx.refreshTokens.insert(newRefreshToken({ ...of, grantId: grants[0]!.id }))
        await tx.refreshTokens.insert(newRefreshToken({ ...of, grantId: grants[0]!.id, state: 'superseded' }))
        await tx.refreshTokens.insert(newRefreshToken({ clientId: other.id, grantId: others.id }))
      })
      const exactly = (count: number) => ({ count, atLeast: false })
      assert.deepEqual(await storage().read.tokenLists.liveOf({ clientIds: [client.id] }, now), {
        accessTokens: exactly(5),
        refreshTokens: exactly(1),
      })
      assert.deepEqual(await storage().read.tokenLists.liveOf({ clientIds: [other.id] }, now), {
        accessTokens: exactly(2),
        refreshTokens: exactly(1),
      })
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
