import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OutboundError } from './outbound.ts'
import { createSlots } from './slots.ts'

const never = new AbortController().signal
const isBusy = (error: unknown): boolean => error instanceof OutboundError && error.problem === 'busy'

/** Work that lasts until it is told to end. */
function held(): { work: () => Promise<void>; end: () => void; started: () => boolean } {
  let begun = false
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = (): Promise<void> => {
    begun = true
    return promise
  }
  return { work, end: resolve, started: () => begun }
}

describe('slots', () => {
  it('are few per host and some in all; one that becomes free goes to the first who fits', async () => {
    const slots = createSlots({ perHost: 1, total: 2, waiting: 10 })
    const [a, secondOfA, b, c] = [held(), held(), held(), held()]
    const runs = [
      slots.run('a', never, a.work),
      slots.run('a', never, secondOfA.work),
      slots.run('b', never, b.work),
      slots.run('c', never, c.work),
    ]
    assert.deepEqual(
      [a, secondOfA, b, c].map((each) => each.started()),
      [true, false, true, false],
    )
    b.end()
    await runs[2]
    await new Promise(setImmediate)
    assert.deepEqual([secondOfA.started(), c.started()], [false, true])
    a.end()
    await runs[0]
    await new Promise(setImmediate)
    assert.equal(secondOfA.started(), true)
    secondOfA.end()
    c.end()
    await Promise.all(runs)
  })

  it('come back from work that fails', async () => {
    const slots = createSlots({ perHost: 1, total: 1, waiting: 0 })
    await assert.rejects(
      slots.run('a', never, () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(await slots.run('a', never, async () => 'free'), 'free')
  })

  it('are waited for by so many and so long', async () => {
    const slots = createSlots({ perHost: 1, total: 1, waiting: 1 })
    const first = held()
    const running = slots.run('a', never, first.work)
    const patience = new AbortController()
    const waiting = slots.run('a', patience.signal, async () => assert.fail('it had given up'))
    await assert.rejects(
      slots.run('a', never, async () => undefined),
      isBusy,
    )
    patience.abort()
    await assert.rejects(waiting, isBusy)
    first.end()
    await running
    assert.equal(await slots.run('a', never, async () => 'free'), 'free')
  })
})
