import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBoundedQueue } from './bounded-queue.ts'

/** Work that ends when the test says so. */
function controlled() {
  const started: string[] = []
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  return {
    started,
    release,
    work: (name: string) => async () => {
      started.push(name)
      await released
      return name
    },
  }
}

describe('bounded queue', () => {
  it('runs at most the allowed number at once, then the others in order', async () => {
    const { started, release, work } = controlled()
    const queue = createBoundedQueue({ concurrency: 2, maxWaiting: 10 })
    const all = ['a', 'b', 'c', 'd'].map((name) => queue.run(work(name)))
    await Promise.resolve()
    assert.deepEqual(started, ['a', 'b'])
    release()
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd'])
    assert.deepEqual(started, ['a', 'b', 'c', 'd'])
  })

  it('turns work away when too much waits, and takes it again later', async () => {
    const { started, release, work } = controlled()
    const queue = createBoundedQueue({ concurrency: 1, maxWaiting: 1 })
    const running = queue.run(work('running'))
    const waiting = queue.run(work('waiting'))
    assert.equal(queue.run(work('too many')), undefined)
    release()
    await Promise.all([running, waiting])
    assert.deepEqual(started, ['running', 'waiting'])
    assert.equal(await queue.run(work('later')), 'later')
  })

  it('goes on after work that fails', async () => {
    const queue = createBoundedQueue({ concurrency: 1, maxWaiting: 5 })
    const failing = queue.run(async () => {
      throw new Error('broken')
    })
    const following = queue.run(async () => 'fine')
    await assert.rejects(failing!, /broken/)
    assert.equal(await following, 'fine')
  })
})
