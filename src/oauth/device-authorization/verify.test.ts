import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { firefox, startPages, type TestPages } from '../../../tests/support/pages.ts'
import type { Account } from '../../accounts/account.ts'
import type { SignedInPerson } from '../../accounts/session.ts'
import type { Client } from '../client.ts'
import type { WaitingDevice } from './verify.ts'

const context = {
  requestId: 'request',
  ip: '192.0.2.10',
  userAgent: firefox,
  method: 'POST',
  path: '/device/verify',
}

describe('RFC 8628 §3.3: a person decides about a device', () => {
  let pages: TestPages
  let ada: Account
  let person: SignedInPerson
  let client: Client

  beforeEach(async () => {
    pages = await startPages()
    ada = await pages.account('ada')
    client = await pages.client('Backup tool')
    const options = { authSource: 'local', rememberMe: false, replaces: undefined, methods: ['pwd'] } as const
    const begun = await pages.sessions.begin(ada, options, context)
    assert.ok(typeof begun !== 'string')
    person = { account: ada, session: begun.session }
    pages.events.length = 0
  })
  afterEach(() => pages.close())

  async function waiting(): Promise<WaitingDevice> {
    const { userCode } = await pages.deviceGrant(client)
    const found = await pages.verification.lookUp(userCode)
    assert.ok(found.kind === 'waiting')
    return found
  }

  it('finds the device behind a code, however it is typed', async () => {
    const { userCode, grant } = await pages.deviceGrant(client)
    for (const typed of [userCode, userCode.toLowerCase(), ` ${[...userCode].join(' ')} `]) {
      const found = await pages.verification.lookUp(typed)
      assert.ok(found.kind === 'waiting')
      assert.equal(found.grant.id, grant.id)
      assert.equal(found.client.name, 'Backup tool')
    }
  })

  it('says what is wrong with a code', async () => {
    assert.deepEqual(await pages.verification.lookUp('WDJB-MJHT'), { kind: 'not_found' })
    assert.deepEqual(await pages.verification.lookUp('no code at all'), { kind: 'not_found' })
    const { userCode } = await pages.deviceGrant(client)
    pages.clock.advance(1800)
    assert.deepEqual(await pages.verification.lookUp(userCode), { kind: 'expired' })
    const inactive = await pages.client('Old tool', { status: 'inactive' })
    const old = await pages.deviceGrant(inactive)
    assert.deepEqual(await pages.verification.lookUp(old.userCode), { kind: 'client_inactive' })
  })

  it('approves, and says how long that took', async () => {
    const device = await waiting()
    pages.clock.advance(42)
    assert.deepEqual(await pages.verification.decide(device, 'approved', person, context), {
      kind: 'decided',
    })
    const grant = await pages.storage.read.deviceGrants.find(device.grant.id)
    assert.equal(grant?.state, 'approved')
    assert.equal(grant?.accountId, ada.id)
    assert.deepEqual(
      pages.events.map((event) => ({ ...event, at: undefined, request: undefined })),
      [
        {
          type: 'device_authorization.approved',
          at: undefined,
          request: undefined,
          actor: { type: 'account', id: ada.id, name: 'ada' },
          deviceGrantId: device.grant.id,
          clientId: client.id,
          clientName: 'Backup tool',
          scopes: ['read'],
          durationSeconds: 42,
        },
      ],
    )
  })

  it('denies', async () => {
    const device = await waiting()
    assert.deepEqual(await pages.verification.decide(device, 'denied', person, context), { kind: 'decided' })
    assert.equal((await pages.storage.read.deviceGrants.find(device.grant.id))?.state, 'denied')
    assert.deepEqual(
      pages.events.map(({ type }) => type),
      ['device_authorization.denied'],
    )
  })

  it('decides once under 100 parallel approvals', async () => {
    const device = await waiting()
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => pages.verification.decide(device, 'approved', person, context)),
    )
    assert.equal(outcomes.filter(({ kind }) => kind === 'decided').length, 1)
    assert.equal(outcomes.filter(({ kind }) => kind === 'already_used').length, 99)
    assert.equal(pages.events.length, 1)
  })

  it('decides once when approvals and denials race', async () => {
    const device = await waiting()
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pages.verification.decide(device, index % 2 === 0 ? 'denied' : 'approved', person, context),
      ),
    )
    assert.equal(outcomes.filter(({ kind }) => kind === 'decided').length, 1)
    assert.equal(pages.events.length, 1)
    const state = (await pages.storage.read.deviceGrants.find(device.grant.id))?.state
    assert.equal(pages.events[0]!.type, `device_authorization.${state}`)
  })

  it('leads nowhere once decided', async () => {
    const { userCode } = await pages.deviceGrant(client)
    const device = await pages.verification.lookUp(userCode)
    assert.ok(device.kind === 'waiting')
    await pages.verification.decide(device, 'approved', person, context)
    assert.deepEqual(await pages.verification.lookUp(userCode), { kind: 'not_found' })
  })

  it('changes nothing when the code expires, the app is deleted or the person is disabled or signed out meanwhile', async () => {
    const expired = await waiting()
    pages.clock.advance(1800)
    assert.deepEqual(await pages.verification.decide(expired, 'approved', person, context), {
      kind: 'expired',
    })

    const disabled = await waiting()
    await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'disabled', pages.clock.now()))
    assert.deepEqual(await pages.verification.decide(disabled, 'approved', person, context), {
      kind: 'signed_out',
    })
    await pages.storage.transaction((tx) => tx.accounts.setStatus(ada.id, 'active', pages.clock.now()))

    const elsewhere = await waiting()
    await pages.storage.transaction((tx) => tx.sessions.end(person.session.id, 'security', pages.clock.now()))
    assert.deepEqual(await pages.verification.decide(elsewhere, 'approved', person, context), {
      kind: 'signed_out',
    })

    const orphan = await waiting()
    await pages.storage.transaction((tx) => tx.clients.delete(client.id))
    assert.deepEqual(await pages.verification.decide(orphan, 'approved', person, context), {
      kind: 'client_inactive',
    })
    assert.deepEqual(pages.events, [])
  })
})
