/** What {@link DeviceGrantStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceGrant } from '../../oauth/device-authorization/grant.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, ClientId, DeviceGrantId } from '../../shared/ids.ts'
import { day, ids, newDecider, newDeviceGrant, newDigest, newUserCode, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function deviceGrantStoreSuite(open: OpenFresh): void {
  suite('device grants', open, (storage) => {
    const insert = (grant: DeviceGrant, userCode = newUserCode()) =>
      storage().transaction((tx) => tx.deviceGrants.insert(grant, userCode))
    const find = (id: DeviceGrantId) => storage().read.deviceGrants.find(id)

    test('a grant comes back as it was stored, by id and by user code', async () => {
      const userCode = newUserCode()
      const grant = newDeviceGrant({
        scopes: [],
        resources: ['https://api.example.com/a', 'https://api.example.com/"b"'],
        requestUserAgent: strangeText,
        requestIp: '2001:db8::1',
      })
      assert.equal(await insert(grant, userCode), 'inserted')
      assert.deepEqual(await find(grant.id), grant)
      assert.deepEqual(await storage().read.deviceGrants.findByUserCode(userCode), grant)
      assert.equal(await find(ids.next()), undefined)
      assert.equal(await storage().read.deviceGrants.findByUserCode(newUserCode()), undefined)
    })

    test('a user code in use is refused, and nothing is stored', async () => {
      const userCode = newUserCode()
      const first = newDeviceGrant()
      const second = newDeviceGrant()
      await insert(first, userCode)
      assert.equal(await insert(second, userCode), 'user_code_taken')
      assert.equal(await find(second.id), undefined)
      assert.deepEqual(await storage().read.deviceGrants.findByUserCode(userCode), first)
    })

    test('the transaction goes on after a user code that was in use', async () => {
      const userCode = newUserCode()
      await insert(newDeviceGrant(), userCode)
      const grant = newDeviceGrant()
      const outcomes = await storage().transaction(async (tx) => [
        await tx.deviceGrants.insert(grant, userCode),
        await tx.deviceGrants.insert(grant, newUserCode()),
      ])
      assert.deepEqual(outcomes, ['user_code_taken', 'inserted'])
      assert.deepEqual(await find(grant.id), grant)
    })

    test('a poll returns the grant with the poll before it', async () => {
      const grant = newDeviceGrant()
      await insert(grant)
      const poll = (seconds: number) =>
        storage().transaction((tx) =>
          tx.deviceGrants.recordPoll(
            grant.id,
            grant.deviceCodeDigest,
            grant.clientId,
            addSeconds(now, seconds),
          ),
        )
      assert.deepEqual(await poll(5), {
        grant: { ...grant, lastPollAt: addSeconds(now, 5) },
        previousPollAt: undefined,
      })
      assert.deepEqual(await poll(11), {
        grant: { ...grant, lastPollAt: addSeconds(now, 11) },
        previousPollAt: addSeconds(now, 5),
      })
    })

    test('a poll with another digest or by another client leaves no trace', async () => {
      const grant = newDeviceGrant()
      await insert(grant)
      const outcomes = await storage().transaction(async (tx) => [
        await tx.deviceGrants.recordPoll(grant.id, newDigest(), grant.clientId, now),
        await tx.deviceGrants.recordPoll(grant.id, grant.deviceCodeDigest, ids.next(), now),
        await tx.deviceGrants.recordPoll(ids.next(), grant.deviceCodeDigest, grant.clientId, now),
      ])
      assert.deepEqual(outcomes, [undefined, undefined, undefined])
      assert.deepEqual(await find(grant.id), grant)
    })

    test('only a pending grant is slowed down', async () => {
      const grant = newDeviceGrant()
      await insert(grant)
      const slowDown = (seconds: number) =>
        storage().transaction((tx) => tx.deviceGrants.slowDown(grant.id, seconds))
      await slowDown(10)
      assert.equal((await find(grant.id))!.intervalSeconds, 10)
      await storage().transaction((tx) => tx.deviceGrants.decide(grant.id, 'approved', newDecider(), now))
      await slowDown(15)
      assert.equal((await find(grant.id))!.intervalSeconds, 10)
    })

    for (const decision of ['approved', 'denied'] as const) {
      test(`a grant is ${decision} once, and its user code is free again`, async () => {
        const userCode = newUserCode()
        const by = newDecider()
        const grant = newDeviceGrant()
        await insert(grant, userCode)
        const decidedAt = addSeconds(now, 20)
        const decide = () =>
          storage().transaction((tx) => tx.deviceGrants.decide(grant.id, decision, by, decidedAt))
        const decided = { ...grant, state: decision, ...by, decidedAt }
        assert.deepEqual(await decide(), decided)
        assert.equal(await decide(), undefined)
        assert.deepEqual(await find(grant.id), decided)
        assert.equal(await storage().read.deviceGrants.findByUserCode(userCode), undefined)
        assert.equal(await insert(newDeviceGrant(), userCode), 'inserted')
      })
    }

    test('an expired grant cannot be decided, and keeps its user code', async () => {
      const userCode = newUserCode()
      const grant = newDeviceGrant({ expiresAt: now })
      await insert(grant, userCode)
      const decided = await storage().transaction((tx) =>
        tx.deviceGrants.decide(grant.id, 'approved', newDecider(), now),
      )
      assert.equal(decided, undefined)
      assert.deepEqual(await storage().read.deviceGrants.findByUserCode(userCode), grant)
    })

    test('an approved grant is redeemed once; any other never', async () => {
      const redeem = (id: DeviceGrantId) => storage().transaction((tx) => tx.deviceGrants.redeem(id, now))
      const approved = newDeviceGrant({ state: 'approved', accountId: ids.next(), decidedAt: now })
      await insert(approved)
      assert.equal(await redeem(approved.id), 'redeemed')
      assert.equal(await redeem(approved.id), 'lost')
      assert.equal((await find(approved.id))!.state, 'redeemed')
      for (const grant of [
        newDeviceGrant(),
        newDeviceGrant({ state: 'denied' }),
        newDeviceGrant({ state: 'approved', expiresAt: now }),
      ]) {
        await insert(grant)
        assert.equal(await redeem(grant.id), 'lost')
        assert.deepEqual(await find(grant.id), grant)
      }
      assert.equal(await redeem(ids.next()), 'lost')
    })

    test('approved but unredeemed grants of a person can be taken back', async () => {
      const accountId = ids.next<AccountId>()
      const approved = newDeviceGrant({ state: 'approved', accountId })
      const redeemed = newDeviceGrant({ state: 'redeemed', accountId })
      const others = newDeviceGrant({ state: 'approved', accountId: ids.next() })
      for (const grant of [approved, redeemed, others]) await insert(grant)
      const deny = () => storage().transaction((tx) => tx.deviceGrants.denyApprovedOf(accountId, now))
      assert.deepEqual([await deny(), await deny()], [1, 0])
      assert.equal((await find(approved.id))!.state, 'denied')
      assert.equal((await find(redeemed.id))!.state, 'redeemed')
      assert.equal((await find(others.id))!.state, 'approved')
    })

    test('approved grants of a person for one client are denied, no others', async () => {
      const accountId = ids.next<AccountId>()
      const given = { state: 'approved', accountId } as const
      const approved = newDeviceGrant(given)
      const elsewhere = newDeviceGrant({ ...given, clientId: ids.next() })
      const { clientId } = approved
      const redeemed = newDeviceGrant({ ...given, clientId, state: 'redeemed' })
      const others = newDeviceGrant({ ...given, clientId, accountId: ids.next() })
      for (const grant of [approved, elsewhere, redeemed, others]) await insert(grant)
      const deny = () =>
        storage().transaction((tx) => tx.deviceGrants.denyApprovedBetween(accountId, clientId, now))
      assert.deepEqual([await deny(), await deny()], [1, 0])
      assert.equal((await find(approved.id))!.state, 'denied')
      assert.equal((await find(elsewhere.id))!.state, 'approved')
      assert.equal((await find(redeemed.id))!.state, 'redeemed')
      assert.equal((await find(others.id))!.state, 'approved')
    })

    test('approved grants of everybody for one client are denied, no others', async () => {
      const clientId = ids.next<ClientId>()
      const given = { state: 'approved', clientId } as const
      const approved = [newDeviceGrant(given), newDeviceGrant(given)]
      const pending = newDeviceGrant({ clientId })
      const others = newDeviceGrant({ state: 'approved' })
      for (const grant of [...approved, pending, others]) await insert(grant)
      const deny = () => storage().transaction((tx) => tx.deviceGrants.denyApprovedOfClient(clientId, now))
      assert.deepEqual([await deny(), await deny()], [2, 0])
      assert.equal((await find(approved[1]!.id))!.state, 'denied')
      assert.equal((await find(pending.id))!.state, 'pending')
      assert.equal((await find(others.id))!.state, 'approved')
    })

    test('clean-up deletes expired grants with their user codes, in batches', async () => {
      const userCode = newUserCode()
      const expiresAt = addSeconds(now, -2 * day)
      await insert(newDeviceGrant({ expiresAt }), userCode)
      await insert(newDeviceGrant({ expiresAt, state: 'redeemed' }))
      await insert(newDeviceGrant({ expiresAt, state: 'denied' }))
      const kept = newDeviceGrant({ expiresAt: addSeconds(now, -day) })
      await insert(kept)
      const clean = () =>
        storage().transaction((tx) => tx.deviceGrants.deleteExpired(addSeconds(now, -day), 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      assert.deepEqual(await find(kept.id), kept)
      assert.equal(await storage().read.deviceGrants.findByUserCode(userCode), undefined)
      assert.equal(await insert(newDeviceGrant(), userCode), 'inserted')
    })
  })
}
