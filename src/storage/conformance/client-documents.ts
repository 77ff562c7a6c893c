/** What {@link ClientDocumentStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientDocument } from '../../oauth/client-documents/store.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import type { Stores } from '../storage.ts'
import { day, hour, newClient, newConsent, newGrant, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function clientDocumentStoreSuite(open: OpenFresh): void {
  suite('client documents', open, (storage) => {
    const stored = async (given: Partial<ClientDocument> = {}): Promise<ClientDocument> => {
      const client = newClient({ origin: 'metadata_document' })
      client.id = `https://app.example.com/${client.id}` as ClientId
      const document: ClientDocument = {
        clientId: client.id,
        etag: undefined,
        lastModified: undefined,
        digest: 'a digest',
        firstSeenAt: now,
        fetchedAt: now,
        freshUntil: addSeconds(now, hour),
        askAgainSince: undefined,
        withdrawnAt: undefined,
        approvedAt: undefined,
        pinnedAt: undefined,
        ...given,
      }
      await storage().transaction(async (tx) => {
        await tx.clients.insert(client)
        await tx.clientDocuments.put(document)
      })
      return document
    }
    const find = (id: ClientId) => storage().read.clientDocuments.find(id)

    test('a document comes back as it was kept, and what is kept later takes its place', async () => {
      const one = await stored()
      assert.deepEqual(await find(one.clientId), one)
      assert.equal(await find('https://app.example.com/none' as ClientId), undefined)
      const later = addSeconds(now, 1)
      const next = {
        ...one,
        etag: 'W/"1"',
        lastModified: 'Tue, 03 Feb 2026 04:05:06 GMT',
        digest: 'another',
        fetchedAt: later,
        freshUntil: addSeconds(later, hour),
        askAgainSince: later,
        withdrawnAt: later,
      }
      await storage().transaction((tx) => tx.clientDocuments.put({ ...next, firstSeenAt: later }))
      assert.deepEqual(await find(one.clientId), next)
    })

    test('a document is withdrawn once, and listed from then on', async () => {
      const gone = await stored()
      const withdraw = () => storage().transaction((tx) => tx.clientDocuments.withdraw(gone.clientId, now))
      assert.deepEqual([await withdraw(), await withdraw()], [true, false])
      const listed = (before: typeof now) => storage().read.clientDocuments.listWithdrawn(before, 10)
      assert.deepEqual(await listed(now), [])
      assert.deepEqual(await listed(addSeconds(now, 1)), [gone.clientId])
    })

    test('who was approved and what was pinned stays so, whatever is kept later', async () => {
      const one = await stored()
      const later = addSeconds(now, 1)
      await storage().transaction(async (tx) => {
        await tx.clientDocuments.setApproved(one.clientId, now)
        await tx.clientDocuments.pin(one.clientId, later)
        await tx.clientDocuments.put({ ...one, digest: 'another' })
      })
      const pinned = { ...one, digest: 'another', approvedAt: now, pinnedAt: later }
      assert.deepEqual(await find(one.clientId), pinned)
      const inOne = <T>(body: (tx: Stores) => Promise<T>) => storage().transaction(body)
      assert.equal(await inOne((tx) => tx.clientDocuments.withdraw(one.clientId, now)), false)
      const unpin = () => inOne((tx) => tx.clientDocuments.unpin(one.clientId, later))
      assert.deepEqual([await unpin(), await unpin()], [true, false])
      await inOne((tx) => tx.clientDocuments.setApproved(one.clientId, undefined))
      const plain = { ...pinned, approvedAt: undefined, pinnedAt: undefined, freshUntil: later }
      assert.deepEqual(await find(one.clientId), plain)
    })

    test('a client is needed while it has a grant, for a day without one, and for longer once it was allowed or waits', async () => {
      const at = (days: number) => addSeconds(now, -days * day)
      const limits = { now, neverAllowedBefore: at(1), pendingBefore: at(7), allowedBefore: at(30) }
      const fetchedAt = at(2)
      const never = await stored({ fetchedAt })
      const allowed = await stored({ fetchedAt })
      const long = await stored({ fetchedAt: at(31) })
      const granted = await stored({ fetchedAt: at(31) })
      await stored({ fetchedAt: at(0.5) })
      const waiting = await stored({ fetchedAt })
      const forgotten = await stored({ fetchedAt: at(8) })
      await stored({ fetchedAt: at(31), approvedAt: now })
      await stored({ fetchedAt: at(31), pinnedAt: now })
      await storage().transaction(async (tx) => {
        for (const { clientId } of [allowed, long]) await tx.consents.remember(newConsent({ clientId }))
        await tx.grants.insert(newGrant({ clientId: granted.clientId }))
        for (const { clientId } of [waiting, forgotten]) await tx.clients.setStatus(clientId, 'pending', now)
      })
      assert.deepEqual(await storage().read.clientDocuments.listUnneeded(limits, 10), [
        long.clientId,
        forgotten.clientId,
        never.clientId,
      ])
      const isUnneeded = (clientId: ClientId) =>
        storage().transaction((tx) => tx.clientDocuments.isUnneeded(clientId, limits))
      assert.equal(await isUnneeded(long.clientId), true)
      assert.equal(await isUnneeded(granted.clientId), false)
    })

    test('a document goes with its client', async () => {
      const { clientId } = await stored()
      await storage().transaction((tx) => tx.clients.delete(clientId))
      assert.equal(await find(clientId), undefined)
    })
  })
}
