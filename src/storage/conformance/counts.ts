/** What {@link Storage.count} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import {
  hour,
  newAccessToken,
  newAccount,
  newClient,
  newDeviceGrant,
  newGrant,
  newSession,
  newTokensOf,
  newUserCode,
  now,
} from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function countSuite(open: OpenFresh): void {
  suite('counts', open, (storage) => {
    test('an empty store counts zero', async () => {
      assert.deepEqual(await storage().count(now), {
        deviceCodesActive: 0,
        deviceCodesPending: 0,
        accessTokensActive: 0,
        refreshTokensActive: 0,
        sessionsActive: 0,
        clients: { operator: 0, self_service: 0, registration: 0, metadata_document: 0 },
      })
    })

    test('what is usable at the instant is counted, and nothing else', async () => {
      const later = addSeconds(now, 0.001)
      const grant = newGrant()
      const gone = newGrant()
      await storage().transaction(async (tx) => {
        for (const state of ['pending', 'pending', 'approved', 'denied', 'redeemed'] as const) {
          await tx.deviceGrants.insert(newDeviceGrant({ state }), newUserCode())
          await tx.deviceGrants.insert(newDeviceGrant({ state, expiresAt: now }), newUserCode())
        }
        await tx.deviceGrants.insert(newDeviceGrant({ expiresAt: later }), newUserCode())

        for (const state of ['active', 'disabled', 'revoked'] as const) {
          await tx.accessTokens.insert(newAccessToken({ state }))
          await tx.accessTokens.insert(newAccessToken({ state, expiresAt: now }))
          // In the same minute, before and after the instant.
          await tx.accessTokens.insert(newAccessToken({ state, expiresAt: addSeconds(now, -3) }))
          await tx.accessTokens.insert(newAccessToken({ state, expiresAt: later }))
        }

        for (const one of [grant, gone]) await tx.grants.insert(one)
        for (const state of ['active', 'superseded', 'disabled', 'revoked'] as const) {
          await tx.refreshTokens.insert(newTokensOf(grant, { refresh: { state } }).refresh)
          await tx.refreshTokens.insert(newTokensOf(grant, { refresh: { state, expiresAt: now } }).refresh)
        }
        await tx.refreshTokens.insert(newTokensOf(gone).refresh)
        await tx.grants.end(gone.id, now)

        for (const origin of [
          ...(['operator', 'operator', 'self_service', 'metadata_document'] as const),
          ...(['registration', 'registration', 'registration'] as const),
        ]) {
          await tx.clients.insert(newClient({ origin, status: origin === 'operator' ? 'active' : 'pending' }))
        }

        await tx.sessions.insert(newSession())
        await tx.sessions.insert(newSession({ lastSeenAt: addSeconds(now, -1799.999) }))
        await tx.sessions.insert(newSession({ lastSeenAt: addSeconds(now, -1800) }))
        await tx.sessions.insert(newSession({ lastSeenAt: addSeconds(now, -hour), idleTimeoutSeconds: 0 }))
        await tx.sessions.insert(newSession({ expiresAt: now, idleTimeoutSeconds: 0 }))
        await tx.sessions.insert(newSession({ endedAt: now, endReason: 'logout' }))
      })
      assert.deepEqual(await storage().count(now), {
        deviceCodesActive: 4,
        deviceCodesPending: 3,
        accessTokensActive: 2,
        refreshTokensActive: 1,
        sessionsActive: 3,
        clients: { operator: 2, self_service: 1, registration: 3, metadata_document: 1 },
      })
      assert.equal((await storage().count(later)).accessTokensActive, 1)
      assert.equal((await storage().count(addSeconds(now, 60))).accessTokensActive, 1)
    })

    test('counts asked for together are all answered', async () => {
      const counts = await Promise.all(Array.from({ length: 5 }, () => storage().count(now)))
      for (const count of counts) assert.deepEqual(count, counts[0])
    })
  })
}

export function directorySuite(open: OpenFresh): void {
  suite('directory', open, (storage) => {
    const few = (count: number) => ({ count, atLeast: false })

    test('accounts and clients are counted by kind', async () => {
      const { directory } = storage().read
      assert.deepEqual(await directory.count(), {
        accounts: { all: few(0), admins: few(0), disabled: few(0) },
        clients: { active: few(0), pending: few(0) },
      })
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(newAccount({ role: 'admin' }))
        await tx.accounts.insert(newAccount({ role: 'admin', status: 'disabled' }))
        await tx.accounts.insert(newAccount())
        for (const status of ['active', 'active', 'active', 'pending', 'pending', 'inactive'] as const) {
          await tx.clients.insert(newClient({ status }))
        }
      })
      assert.deepEqual(await directory.count(), {
        accounts: { all: few(3), admins: few(2), disabled: few(1) },
        clients: { active: few(3), pending: few(2) },
      })
    })
  })
}
