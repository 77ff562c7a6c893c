/** What pages of long lists promise (`shared/listing.ts`), shown with clients, which have every kind of filter. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientFilter } from '../../oauth/client-store.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { ListWindow } from '../../shared/listing.ts'
import type { Storage } from '../storage.ts'
import { ids, newClient, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function listingSuite(open: OpenFresh): void {
  suite('lists', open, (storage) => {
    /** Pages from one end to the other, by the names of their entries. */
    const walk = async (from: Storage, filter: ClientFilter, limit: number): Promise<string[][]> => {
      const pages: string[][] = []
      let window: ListWindow = { limit }
      for (;;) {
        const { entries, next, previous } = await from.read.clients.page(filter, window)
        assert.equal(previous === null, pages.length === 0, 'the first page alone has none before it')
        pages.push(entries.map(({ name }) => name))
        if (next === null) return pages
        window = { limit, after: next }
      }
    }

    test('an empty list has one page, with nothing around it', async () => {
      assert.deepEqual(await storage().read.clients.page({}, { limit: 10 }), {
        entries: [],
        previous: null,
        next: null,
      })
      assert.deepEqual(await storage().read.clients.count({}), { count: 0, atLeast: false })
    })

    test('walks both ways over the same pages, also where many entries are of one moment', async () => {
      // Seven of one millisecond, between two others: only the id tells them apart.
      const owner = ids.next() as NonNullable<ClientFilter['owner']>
      const made = [-1, 0, 0, 0, 0, 0, 0, 0, 1].map((seconds, index) =>
        newClient({ name: `n${index}`, createdBy: owner, createdAt: addSeconds(now, seconds) }),
      )
      await storage().transaction(async (tx) => {
        // In another order than they are listed in.
        for (const client of [...made].sort((one, other) => (one.name > other.name ? -1 : 1)).reverse()) {
          await tx.clients.insert(client)
        }
      })
      const newestFirst = made.map(({ name }) => name).reverse()
      for (const limit of [1, 2, 3, 4, 8, 9, 10]) {
        const pages = await walk(storage(), { owner }, limit)
        assert.deepEqual(pages.flat(), newestFirst, `${limit} a page`)
        assert.ok(pages.slice(0, -1).every(({ length }) => length === limit))
      }
      // Back from the last page.
      let last = await storage().read.clients.page({ owner }, { limit: 4 })
      while (last.next !== null) {
        last = await storage().read.clients.page({ owner }, { limit: 4, after: last.next })
      }
      const back: string[] = last.entries.map(({ name }) => name)
      let previous = last.previous
      while (previous !== null) {
        const page = await storage().read.clients.page({ owner }, { limit: 4, before: previous })
        assert.notEqual(page.next, null)
        back.unshift(...page.entries.map(({ name }) => name))
        previous = page.previous
      }
      assert.deepEqual(back, newestFirst)
    })

    test('holds every combination of filters, and counts what it lists', async () => {
      const owners = [ids.next(), ids.next()] as NonNullable<ClientFilter['owner']>[]
      const all = (['active', 'pending', 'inactive'] as const).flatMap((status) =>
        (['operator', 'self_service', 'registration'] as const).flatMap((origin) =>
          (['public', 'confidential'] as const).flatMap((type) =>
            owners.map((createdBy) =>
              newClient({ status, origin, type, createdBy, name: `Filtered ${status} ${origin}` }),
            ),
          ),
        ),
      )
      await storage().transaction(async (tx) => {
        for (const client of all) await tx.clients.insert(client)
      })
      for (const status of [undefined, 'active', 'pending'] as const) {
        for (const origin of [undefined, 'self_service', 'registration'] as const) {
          for (const type of [undefined, 'public'] as const) {
            for (const owner of owners) {
              for (const search of [undefined, 'filtered P', 'FILTERED active op']) {
                const filter: ClientFilter = { status, origin, type, owner, search }
                const expected = all
                  .filter(
                    (client) =>
                      (status === undefined || client.status === status) &&
                      (origin === undefined || client.origin === origin) &&
                      (type === undefined || client.type === type) &&
                      client.createdBy === owner &&
                      client.name.toLowerCase().startsWith((search ?? '').toLowerCase()),
                  )
                  .map(({ name }) => name)
                const listed = (await walk(storage(), filter, 5)).flat()
                assert.deepEqual(listed.sort(), expected.sort(), JSON.stringify(filter))
                assert.deepEqual(await storage().read.clients.count(filter), {
                  count: expected.length,
                  atLeast: false,
                })
              }
            }
          }
        }
      }
    })

    test('a cursor that makes no sense leads to the first page', async () => {
      const { entries: first } = await storage().read.clients.page({}, { limit: 3 })
      const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
      for (const cursor of [
        '',
        'x',
        '%00',
        encoded('text'),
        encoded(null),
        encoded([]),
        encoded([1]),
        encoded([1, 'a', 'b']),
        encoded([1, null]),
        encoded([1.5, 'a']),
        encoded([1, { a: 1 }]),
        encoded([1, 'a\0b']),
        'A'.repeat(5000),
      ]) {
        for (const window of [
          { limit: 3, after: cursor },
          { limit: 3, before: cursor },
        ]) {
          const page = await storage().read.clients.page({}, window)
          assert.deepEqual([page.entries, page.previous], [first, null], cursor.slice(0, 40))
        }
      }
      // Values of the right kind that no entry has are a place like any other.
      const beyond = await storage().read.clients.page({}, { limit: 3, after: encoded([0, '']) })
      assert.deepEqual([beyond.entries, beyond.next], [[], null])
    })

    test('a page stays where it is while the list grows at its head', async () => {
      const owner = ids.next() as NonNullable<ClientFilter['owner']>
      const insert = (name: string, seconds: number) =>
        storage().transaction((tx) =>
          tx.clients.insert(newClient({ name, createdBy: owner, createdAt: addSeconds(now, seconds) })),
        )
      for (let index = 0; index < 4; index++) await insert(`old ${index}`, index)
      const { next } = await storage().read.clients.page({ owner }, { limit: 2 })
      await insert('new', 100)
      const second = await storage().read.clients.page({ owner }, { limit: 2, after: next! })
      assert.deepEqual(
        second.entries.map(({ name }) => name),
        ['old 1', 'old 0'],
      )
    })
  })
}
