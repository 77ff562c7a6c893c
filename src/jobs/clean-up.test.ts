/** The rules of `docs/data-retention.md`, on a real database, to the second. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createManualClock, type ManualClock } from '../../tests/support/manual-clock.ts'
import { storingAnnouncer } from '../administration/announcer.ts'
import { addSeconds } from '../shared/clock.ts'
import {
  day,
  hour,
  ids,
  newAccessToken,
  newAccount,
  newAuditRecord,
  newClient,
  newDeviceGrant,
  newDigest,
  newGrant,
  newSession,
  newSigningKey,
  newTokensOf,
  newUserCode,
  now,
} from '../storage/conformance/fixtures.ts'
import { openSqliteStorage } from '../storage/sqlite.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { cleanUpAudit, cleanUpExpired, cleanUpUsedValues } from './clean-up.ts'

describe('clean-up', () => {
  let storage: Storage
  let clock: ManualClock
  const account = newAccount()
  const client = newClient()
  const owner = { accountId: account.id, clientId: client.id }

  beforeEach(async () => {
    storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
    clock = createManualClock(now)
    await storage.transaction(async (tx) => {
      await tx.accounts.insert(account)
      await tx.clients.insert(client)
    })
  })
  afterEach(() => storage.close())

  /** `there` until `seconds` after the start have passed, and gone right after. */
  const assertGoesAfter = async (seconds: number, there: () => Promise<unknown>): Promise<void> => {
    clock.advance(seconds)
    assert.equal(await cleanUpExpired(storage, clock), 0)
    assert.notEqual(await there(), undefined, 'still there')
    clock.advance(0.001)
    assert.ok((await cleanUpExpired(storage, clock)) > 0)
    assert.equal(await there(), undefined, 'gone')
  }
  const insert = (body: (tx: Stores) => Promise<unknown>): Promise<unknown> => storage.transaction(body)

  it('used values go a minute after they would not be accepted any more', async () => {
    const digest = newDigest()
    const use = () => storage.transaction((tx) => tx.usedValues.use(digest, addSeconds(now, 20)))
    assert.equal(await use(), 'first')
    clock.advance(80)
    assert.equal(await cleanUpUsedValues(storage, clock), 0)
    assert.equal(await use(), 'replayed')
    clock.advance(0.001)
    assert.equal(await cleanUpUsedValues(storage, clock), 1)
    assert.equal(await use(), 'first')
  })

  it('device grants go 24 h after their code expired, with the user code', async () => {
    const userCode = newUserCode()
    const grant = newDeviceGrant({ ...owner, accountId: undefined, expiresAt: addSeconds(now, 1800) })
    await insert((tx) => tx.deviceGrants.insert(grant, userCode))
    assert.notEqual(await storage.read.deviceGrants.findByUserCode(userCode), undefined)
    await assertGoesAfter(1800 + day, () => storage.read.deviceGrants.find(grant.id))
    assert.equal(await storage.read.deviceGrants.findByUserCode(userCode), undefined)
  })

  it('access tokens go 24 h after they expired, revoked or not', async () => {
    const tokens = [
      newAccessToken({ clientId: client.id, expiresAt: addSeconds(now, hour) }),
      newAccessToken({ clientId: client.id, expiresAt: addSeconds(now, hour), state: 'revoked' }),
    ]
    await insert(async (tx) => {
      for (const token of tokens) await tx.accessTokens.insert(token)
    })
    const bothOrNone = async (): Promise<unknown> => {
      const found = await Promise.all(tokens.map(({ id }) => storage.read.accessTokens.find(id)))
      assert.equal(new Set(found.map((token) => token === undefined)).size, 1)
      return found[0]
    }
    await assertGoesAfter(hour + day, bothOrNone)
  })

  it('a family goes 24 h after its absolute end, and keeps its superseded tokens until then', async () => {
    const grant = newGrant({ ...owner, expiresAt: addSeconds(now, 90 * day) })
    const { access, refresh } = newTokensOf(grant, {
      refresh: { state: 'superseded', supersededAt: now, expiresAt: addSeconds(now, 30 * day) },
    })
    await insert(async (tx) => {
      await tx.grants.insert(grant)
      await tx.accessTokens.insert(access)
      await tx.refreshTokens.insert(refresh)
    })
    clock.advance(60 * day)
    assert.equal(await cleanUpExpired(storage, clock), 1, 'the access token')
    await assertGoesAfter(31 * day, () => storage.read.refreshTokens.find(refresh.id))
    assert.equal(await storage.read.grants.find(grant.id), undefined)
  })

  it('a family that was ended goes 24 h later, its grant once no token is left', async () => {
    const grant = newGrant(owner)
    const { access, refresh } = newTokensOf(grant, { access: { expiresAt: addSeconds(now, 2 * hour) } })
    await insert(async (tx) => {
      await tx.grants.insert(grant)
      await tx.accessTokens.insert(access)
      await tx.refreshTokens.insert(refresh)
      await tx.grants.endAllOf(account.id, addSeconds(now, hour))
    })
    await assertGoesAfter(hour + day, () => storage.read.refreshTokens.find(refresh.id))
    assert.notEqual(await storage.read.grants.find(grant.id), undefined, 'the access token refers to it')
    clock.advance(hour)
    assert.equal(await cleanUpExpired(storage, clock), 2)
    assert.equal(await storage.read.grants.find(grant.id), undefined)
  })

  it('sessions go 30 days after they ended; one that nobody ended stays', async () => {
    const ended = newSession({ accountId: account.id, endedAt: now, endReason: 'logout' })
    const running = newSession({ accountId: account.id, expiresAt: addSeconds(now, hour) })
    await insert(async (tx) => {
      await tx.sessions.insert(ended)
      await tx.sessions.insert(running)
    })
    await assertGoesAfter(30 * day, () => storage.read.sessions.find(ended.id))
    assert.notEqual(await storage.read.sessions.find(running.id), undefined)
  })

  it('announcements that no server claimed go after 7 days', async () => {
    await storingAnnouncer(clock, ids).transaction(storage, async () => ({
      result: undefined,
      events: [
        {
          type: 'client.deleted',
          at: now,
          actor: { type: 'system' },
          clientId: client.id,
          clientName: client.name,
        },
      ],
    }))
    await assertGoesAfter(7 * day, async () => ((await storage.read.announcements.any()) ? true : undefined))
  })

  it('signing keys go a year after they were retired, and not before they are', async () => {
    const retired = newSigningKey({ state: 'retired', retiredAt: now })
    const others = (['next', 'current', 'previous'] as const).map((state) => newSigningKey({ state }))
    await insert(async (tx) => {
      for (const key of [retired, ...others]) await tx.signingKeys.insert(key)
    })
    await assertGoesAfter(365 * day, () => storage.read.signingKeys.find(retired.kid))
    assert.equal((await storage.read.signingKeys.list()).length, 3)
  })

  it('accounts and clients stay, however old', async () => {
    clock.advance(10_000 * day)
    assert.equal(await cleanUpExpired(storage, clock), 0)
    assert.notEqual(await storage.read.accounts.find(account.id), undefined)
    assert.notEqual(await storage.read.clients.find(client.id), undefined)
  })

  it('the audit log goes by its own retention', async () => {
    const record = newAuditRecord()
    await insert((tx) => tx.audit.insertMany([record]))
    clock.advance(90 * day)
    assert.equal(await cleanUpExpired(storage, clock), 0)
    assert.equal(await cleanUpAudit(storage, clock, 90 * day), 0)
    clock.advance(0.001)
    assert.equal(await cleanUpAudit(storage, clock, 90 * day), 1)
    assert.deepEqual(await storage.read.audit.list({ limit: 1 }), [])
  })

  it('goes in batches of 500, each a transaction of its own', async () => {
    await insert(async (tx) => {
      for (let index = 0; index < 1001; index++) {
        await tx.accessTokens.insert(newAccessToken({ clientId: client.id }))
      }
    })
    clock.advance(2 * day)
    const deleted: number[] = []
    const counting: Storage = {
      ...storage,
      transaction: async (body) => {
        const result = await storage.transaction(body)
        if (Number(result) > 0) deleted.push(Number(result))
        return result
      },
    }
    assert.equal(await cleanUpExpired(counting, clock), 1001)
    assert.deepEqual(deleted, [500, 500, 1])
    assert.equal(await cleanUpExpired(storage, clock), 0)
  })
})
