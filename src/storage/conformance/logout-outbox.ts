/** What {@link LogoutOutbox} promises, and the end of sessions with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '../../oauth/client.ts'
import type { PendingLogout } from '../../oauth/openid/logout-outbox.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId } from '../../shared/ids.ts'
import { hour, ids, newClient, newGrant, newSession, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

const listening = (): Client =>
  newClient({ metadata: { backchannelLogoutUri: 'https://app.example.com/out' } })

export function logoutOutboxSuite(open: OpenFresh): void {
  suite('logout outbox', open, (storage) => {
    /** A session, and clients that got a grant from it, each twice. */
    const sessionWith = async (clients: readonly Client[], given: Parameters<typeof newSession>[0] = {}) => {
      const session = newSession(given)
      await storage().transaction(async (tx) => {
        await tx.sessions.insert(session)
        for (const client of clients) {
          if ((await tx.clients.find(client.id)) === undefined) await tx.clients.insert(client)
          for (const endedAt of [undefined, now]) {
            await tx.grants.insert(
              newGrant({
                clientId: client.id,
                accountId: session.accountId,
                authentication: { sessionId: session.id, authenticatedAt: now, methods: ['pwd'] },
                endedAt,
              }),
            )
          }
        }
      })
      return session
    }
    const later = addSeconds(now, hour)
    const claim = (limit = 10, at = now, until = later): Promise<PendingLogout[]> =>
      storage().transaction((tx) => tx.logoutOutbox.claim(at, until, limit))
    const keysOf = (claimed: readonly PendingLogout[]) =>
      claimed.map(({ sessionId, clientId }) => `${sessionId} ${clientId}`).sort()
    const removeAll = async (claimed: readonly PendingLogout[]) => {
      for (const key of claimed) await storage().transaction((tx) => tx.logoutOutbox.remove(key))
    }

    test('every way to end a session queues each client that wants to hear, once', async () => {
      const accountId = ids.next<AccountId>()
      const [one, two] = [listening(), listening()]
      const deaf = newClient({
        name: '"backchannelLogoutUri":',
        metadata: { clientUri: 'https://app.example.com/"backchannelLogoutUri":', contacts: [strangeText] },
      })
      const clients = [one, two, deaf]
      const ended = await sessionWith(clients, { accountId })
      const endedWithAll = await sessionWith(clients, { accountId })
      const ranOut = await sessionWith(clients, { expiresAt: addSeconds(now, -5) })
      const alive = await sessionWith(clients)
      assert.equal(await storage().read.logoutOutbox.anyDue(now), false)

      await storage().transaction((tx) => tx.sessions.end(ended.id, 'logout', now))
      await storage().transaction((tx) => tx.sessions.end(ended.id, 'logout', now))
      await storage().transaction((tx) => tx.sessions.endAllOf(accountId, 'admin', now))
      await storage().transaction((tx) => tx.sessions.endRunOut(now, 10))
      assert.equal(await storage().read.logoutOutbox.anyDue(now), true)
      const claimed = await claim()
      assert.deepEqual(
        keysOf(claimed),
        [ended, endedWithAll, ranOut].flatMap(({ id }) => [`${id} ${one.id}`, `${id} ${two.id}`]).sort(),
      )
      assert.ok(claimed.every(({ attempts }) => attempts === 1))
      assert.ok(claimed.some((pending) => pending.accountId === accountId))
      assert.ok(!claimed.some(({ sessionId }) => sessionId === alive.id))
      await removeAll(claimed)
    })

    test('an end that is rolled back queues nothing', async () => {
      const session = await sessionWith([listening()])
      const failed = storage().transaction(async (tx) => {
        await tx.sessions.end(session.id, 'logout', now)
        throw new Error('too late')
      })
      await assert.rejects(failed, /too late/)
      assert.equal(await storage().read.logoutOutbox.anyDue(now), false)
    })

    test('what is claimed comes back when the claim is over, or when it was put off to', async () => {
      const session = await sessionWith([listening()])
      await storage().transaction((tx) => tx.sessions.end(session.id, 'logout', now))
      const [first] = await claim(1, now, addSeconds(now, 60))
      assert.deepEqual(
        [first?.sessionId, first?.accountId, first?.attempts],
        [session.id, session.accountId, 1],
      )
      assert.deepEqual(await claim(1, addSeconds(now, 59)), [])
      const [second] = await claim(1, addSeconds(now, 60), addSeconds(now, 120))
      assert.equal(second?.attempts, 2)
      await storage().transaction((tx) => tx.logoutOutbox.putOff(second!, addSeconds(now, 90)))
      assert.equal(await storage().read.logoutOutbox.anyDue(addSeconds(now, 89)), false)
      const [third] = await claim(1, addSeconds(now, 90))
      assert.equal(third?.attempts, 3)
      await removeAll([third!])
      assert.deepEqual(await claim(1, addSeconds(now, 10 * hour)), [])
    })

    test('of many callers each gets what no other has', async () => {
      const clients = Array.from({ length: 20 }, listening)
      const session = await sessionWith(clients)
      await storage().transaction((tx) => tx.sessions.end(session.id, 'logout', now))
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim(3)))
      const rest = await claim(100)
      const all = [...claims.flat(), ...rest]
      assert.deepEqual(keysOf(all), clients.map((client) => `${session.id} ${client.id}`).sort())
      await removeAll(all)
    })
  })
}
