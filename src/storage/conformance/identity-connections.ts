/** What {@link IdentityConnectionStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IdentityConnection } from '../../identity-providers/connection.ts'
import { addSeconds } from '../../shared/clock.ts'
import { AlreadyExists } from '../storage.ts'
import { ids, newAccount, newIdentityConnection, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function identityConnectionStoreSuite(open: OpenFresh): void {
  suite('identity connections', open, (storage) => {
    const insertAccount = async () => {
      const account = newAccount()
      await storage().transaction((tx) => tx.accounts.insert(account))
      return account
    }
    const insert = (...connections: IdentityConnection[]) =>
      storage().transaction(async (tx) => {
        for (const connection of connections) await tx.identityConnections.insert(connection)
      })
    const listOf = ({ accountId }: IdentityConnection) => storage().read.identityConnections.listOf(accountId)
    const taken = (what: string) => (error: unknown) => error instanceof AlreadyExists && error.what === what

    test('a connection comes back as it was stored, by its identity and by its account', async () => {
      const { id } = await insertAccount()
      const full = newIdentityConnection(id, {
        username: strangeText,
        linkedAt: addSeconds(now, 1),
        lastUsedAt: addSeconds(now, 2),
      })
      const sparse = newIdentityConnection(id, {
        source: 'oidc',
        issuer: 'https://id.example.com',
        username: undefined,
        email: undefined,
      })
      assert.deepEqual(await storage().read.identityConnections.find(full), undefined)
      await insert(full, sparse)
      assert.deepEqual(await storage().read.identityConnections.find(full), full)
      assert.deepEqual(await storage().read.identityConnections.find(sparse), sparse)
      assert.deepEqual(await listOf(full), [sparse, full])
      assert.deepEqual(await storage().read.identityConnections.listOf(ids.next()), [])
    })

    test('an identity is all of source, issuer and subject, in exact case', async () => {
      const connection = newIdentityConnection((await insertAccount()).id, { subject: 'aBc' })
      await insert(connection)
      const { source, issuer, subject } = connection
      for (const other of [
        { source: 'gitlab', issuer, subject },
        { source, issuer: `${issuer}/`, subject },
        { source, issuer, subject: 'abc' },
      ] as const) {
        assert.equal(await storage().read.identityConnections.find(other), undefined)
      }
    })

    test('an identity leads to one account, and an account has one of each source', async () => {
      const [ada, ben] = [await insertAccount(), await insertAccount()]
      const first = newIdentityConnection(ada.id)
      await insert(first)
      await assert.rejects(
        insert({ ...newIdentityConnection(ben.id), subject: first.subject }),
        taken('identity'),
      )
      await assert.rejects(insert(newIdentityConnection(ada.id)), taken('connection of this source'))
      assert.deepEqual(await listOf(first), [first])
    })

    test('a use is noted with what the source says now', async () => {
      const connection = newIdentityConnection((await insertAccount()).id)
      await insert(connection)
      const later = addSeconds(now, 60)
      await storage().transaction((tx) =>
        tx.identityConnections.noteUse(connection.id, { username: 'renamed', email: undefined }, later),
      )
      assert.deepEqual(await listOf(connection), [
        { ...connection, username: 'renamed', email: undefined, lastUsedAt: later },
      ])
    })

    test('a connection is deleted once', async () => {
      const connection = newIdentityConnection((await insertAccount()).id)
      await insert(connection)
      const remove = () => storage().transaction((tx) => tx.identityConnections.delete(connection.id))
      assert.deepEqual([await remove(), await remove()], [true, false])
      assert.deepEqual(await listOf(connection), [])
      await insert(connection)
    })

    test('of parallel callers who hold two connections and delete one, each sees what the others left', async () => {
      const { id } = await insertAccount()
      const one = newIdentityConnection(id)
      const two = newIdentityConnection(id, { source: 'gitlab', issuer: 'https://gitlab.com' })
      await insert(one, two)
      const deleted = await Promise.all(
        [one, two, one, two].map((connection) =>
          storage().transaction(async (tx) => {
            const held = await tx.identityConnections.holdOf(id)
            return held.length > 1 && (await tx.identityConnections.delete(connection.id))
          }),
        ),
      )
      assert.equal(deleted.filter(Boolean).length, 1)
      assert.equal((await listOf(one)).length, 1)
    })
  })
}
