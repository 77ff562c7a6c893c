import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import { createEventBus } from '../events/bus.ts'
import { sampleEvents } from '../observability/event-samples.fixture.ts'
import { createPendingApprovals, pendingApprovalsLifeSeconds } from './pending-approvals.ts'

function setUp() {
  const clock = createManualClock()
  const bus = createEventBus((_observer, _type, error) => {
    throw error
  })
  const store = { waiting: 1, asked: 0, broken: false }
  const pendingApprovals = createPendingApprovals({
    clients: {
      async count() {
        store.asked += 1
        if (store.broken) throw new Error('no database')
        return { count: store.waiting, atLeast: false }
      },
    },
    clock,
    bus,
  })
  return { clock, bus, store, pendingApprovals }
}

test('pages in a row share one count, for a few seconds', async () => {
  const { clock, store, pendingApprovals } = setUp()
  assert.deepEqual(await Promise.all([pendingApprovals(), pendingApprovals()]), [1, 1])
  store.waiting = 2
  assert.equal(await pendingApprovals(), 1)
  assert.equal(store.asked, 1)
  clock.advance(pendingApprovalsLifeSeconds)
  assert.equal(await pendingApprovals(), 2)
})

test('what happens to a client here is seen at once', async () => {
  const { bus, store, pendingApprovals } = setUp()
  assert.equal(await pendingApprovals(), 1)
  store.waiting = 0
  bus.publish(sampleEvents['client.approved'])
  assert.equal(await pendingApprovals(), 0)
})

test('a failure is not remembered', async () => {
  const { store, pendingApprovals } = setUp()
  store.broken = true
  await assert.rejects(pendingApprovals(), /no database/)
  store.broken = false
  assert.equal(await pendingApprovals(), 1)
})
