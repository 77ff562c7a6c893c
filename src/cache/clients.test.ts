import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import type { Client } from '../oauth/client.ts'
import type { ClientId } from '../shared/ids.ts'
import { createClientCache } from './clients.ts'

const id = 'a' as ClientId

function setUp(answer: () => Promise<Client | undefined>) {
  const counts = { hits: 0, misses: 0, failures: 0, reads: 0 }
  const clock = createManualClock()
  const cache = createClientCache({
    clients: {
      find() {
        counts.reads++
        return answer()
      },
    },
    clock,
    ttlSeconds: 2,
    observer: { hit: () => counts.hits++, miss: () => counts.misses++, failed: () => counts.failures++ },
  })
  return { cache, clock, counts }
}

describe('the client cache', () => {
  it('reads a client once within its time to live, also for callers at the same moment', async () => {
    const { cache, clock, counts } = setUp(async () => ({ id }) as Client)
    await Promise.all([cache.find(id), cache.find(id), cache.find(id)])
    clock.advance(1.9)
    assert.equal((await cache.find(id))?.id, id)
    assert.deepEqual(counts, { hits: 3, misses: 1, failures: 0, reads: 1 })
    clock.advance(0.2)
    await cache.find(id)
    assert.equal(counts.reads, 2)
  })

  it('forgets at once what this process has changed', async () => {
    const { cache, counts } = setUp(async () => ({ id }) as Client)
    await cache.find(id)
    cache.forget(id)
    await cache.find(id)
    assert.equal(counts.reads, 2)
  })

  it('remembers neither an absence nor a failure', async () => {
    let answer: () => Promise<Client | undefined> = async () => undefined
    const { cache, counts } = setUp(() => answer())
    assert.equal(await cache.find(id), undefined)
    answer = () => Promise.reject(new Error('away'))
    await assert.rejects(cache.find(id), /away/)
    answer = async () => ({ id }) as Client
    assert.equal((await cache.find(id))?.id, id)
    assert.deepEqual(counts, { hits: 0, misses: 3, failures: 1, reads: 3 })
  })

  it('stays bounded', async () => {
    const { cache, counts } = setUp(async () => ({ id }) as Client)
    for (let index = 0; index <= 10_000; index++) await cache.find(`client ${index}` as ClientId)
    await cache.find('client 0' as ClientId)
    assert.equal(counts.reads, 10_002)
    await cache.find('client 10000' as ClientId)
    assert.equal(counts.reads, 10_002)
  })
})
