/** What {@link ClientRegistrationStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '../../oauth/client.ts'
import type { ClientRegistration, IdleLimits } from '../../oauth/registration/store.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'
import type { Storage } from '../storage.ts'
import { day, newClient, newDigest, newGrant, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

const limits: IdleLimits = {
  now,
  neverUsedBefore: addSeconds(now, -day),
  pendingBefore: addSeconds(now, -7 * day),
  usedBefore: addSeconds(now, -180 * day),
}

async function register(
  storage: Storage,
  given: Partial<ClientRegistration> = {},
  client: Partial<Client> = {},
): Promise<ClientRegistration> {
  const owner = newClient({ origin: 'registration', ...client })
  const registration = {
    clientId: owner.id,
    accessTokenDigest: newDigest(),
    idleSince: now,
    used: false,
    ...given,
  }
  await storage.transaction(async (tx) => {
    await tx.clients.insert(owner)
    await tx.clientRegistrations.insert(registration)
  })
  return registration
}

export function clientRegistrationStoreSuite(open: OpenFresh): void {
  suite('client registrations', open, (storage) => {
    test('a registration comes back as it was stored, and goes with its client', async () => {
      const registration = await register(storage(), { used: true })
      const find = () => storage().read.clientRegistrations.find(registration.clientId)
      assert.deepEqual(await find(), registration)
      await storage().transaction((tx) => tx.clients.delete(registration.clientId))
      assert.equal(await find(), undefined)
    })

    test('a registration is replaced in place of what was there', async () => {
      const client = newClient({ origin: 'registration', description: 'kept', status: 'pending' })
      await storage().transaction((tx) => tx.clients.insert(client))
      const changed: Client = {
        ...client,
        name: 'Changed',
        type: 'confidential',
        secretHash: 'sha256:x',
        grants: ['authorization_code'],
        scopes: ['email'],
        redirectUris: ['https://app.example.com/'],
        metadata: { tokenEndpointAuthMethod: 'client_secret_basic' },
        updatedAt: addSeconds(now, 5),
      }
      await storage().transaction(async (tx) => {
        assert.equal(await tx.clients.lock(client.id), true)
        assert.equal(await tx.clients.lock('nobody' as typeof client.id), false)
        await tx.clients.replaceRegistration({ ...changed, description: 'not this', status: 'active' })
      })
      assert.deepEqual(await storage().read.clients.find(client.id), changed)
      const approve = () => storage().transaction((tx) => tx.clients.setStatus(client.id, 'active', now))
      assert.deepEqual([await approve(), await approve()], [true, false])
      assert.equal((await storage().read.clients.find(client.id))!.status, 'active')
    })

    test('is counted up to a limit', async () => {
      const fresh = await open()
      try {
        for (let count = 0; count < 3; count++) await register(fresh)
        assert.deepEqual(
          [await fresh.read.clientRegistrations.count(2), await fresh.read.clientRegistrations.count(10)],
          [2, 3],
        )
      } finally {
        await fresh.close()
      }
    })

    test('is unneeded after a day unused, a week unapproved, half a year without a grant', async () => {
      const fresh = await open()
      try {
        const old = (days: number, seconds = 1) => addSeconds(now, -days * day - seconds)
        const unused = await register(fresh, { idleSince: old(1) })
        await register(fresh, { idleSince: old(1, 0) })
        const unapproved = await register(fresh, { idleSince: old(7) }, { status: 'pending' })
        await register(fresh, { idleSince: old(6) }, { status: 'pending' })
        const forgotten = await register(fresh, { idleSince: old(180), used: true })
        await register(fresh, { idleSince: old(179), used: true })
        const inUse = await register(fresh, { idleSince: old(400), used: true })
        await fresh.transaction((tx) => tx.grants.insert(newGrant({ clientId: inUse.clientId })))
        const over = await register(fresh, { idleSince: old(300), used: true })
        await fresh.transaction((tx) =>
          tx.grants.insert(newGrant({ clientId: over.clientId, expiresAt: now })),
        )

        const listed = await fresh.read.clientRegistrations.listUnneeded(limits, 10)
        const expected = [over, forgotten, unapproved, unused].map(({ clientId }) => clientId)
        assert.deepEqual(listed, expected)
        assert.deepEqual(await fresh.read.clientRegistrations.listUnneeded(limits, 2), expected.slice(0, 2))
        await fresh.transaction(async (tx) => {
          assert.equal(await tx.clientRegistrations.isUnneeded(unused.clientId, limits), true)
          assert.equal(await tx.clientRegistrations.isUnneeded(inUse.clientId, limits), false)
          await tx.clientRegistrations.touch(unused.clientId, now)
          assert.equal(await tx.clientRegistrations.isUnneeded(unused.clientId, limits), false)
        })
      } finally {
        await fresh.close()
      }
    })

    test('notes use at once, and then once a day', async () => {
      const fresh = await open()
      try {
        const note = (at = now) =>
          fresh.transaction((tx) => tx.clientRegistrations.noteUse(at, addSeconds(at, -day), 10))
        const idleSince = addSeconds(now, -3600)
        const { clientId } = await register(fresh, { idleSince })
        const unused = await register(fresh, { idleSince })
        assert.equal(await note(), 0)
        await fresh.transaction((tx) => tx.grants.insert(newGrant({ clientId })))
        assert.deepEqual([await note(), await note()], [1, 0])
        const noted = await fresh.read.clientRegistrations.find(clientId)
        assert.deepEqual([noted!.used, noted!.idleSince], [true, now])
        assert.equal((await fresh.read.clientRegistrations.find(unused.clientId))!.used, false)
        assert.equal(await note(addSeconds(now, day)), 0)
        assert.equal(await note(addSeconds(now, day + 1)), 1)
      } finally {
        await fresh.close()
      }
    })

    test('remembers those that expired, until they are forgotten in batches', async () => {
      const fresh = await open()
      try {
        const { clientRegistrations: read } = fresh.read
        const expired = [3, 2, 1].map((days) => ({ id: newClient().id, at: addSeconds(now, -days * day) }))
        await fresh.transaction(async (tx) => {
          for (const { id, at } of [...expired, ...expired]) await tx.clientRegistrations.noteExpired(id, at)
        })
        const remembered = () => Promise.all(expired.map(({ id }) => read.hasExpired(id)))
        assert.deepEqual(await remembered(), [true, true, true])
        assert.equal(await read.hasExpired('nobody'), false)
        const forget = (before: Instant, limit: number) =>
          fresh.transaction((tx) => tx.clientRegistrations.forgetExpired(before, limit))
        assert.equal(await forget(expired[2]!.at, 1), 1)
        assert.deepEqual(await remembered(), [false, true, true])
        assert.deepEqual([await forget(expired[2]!.at, 5), await forget(expired[2]!.at, 5)], [1, 0])
        assert.deepEqual(await remembered(), [false, false, true])
      } finally {
        await fresh.close()
      }
    })
  })
}
