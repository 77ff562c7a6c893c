import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { storageSuites } from './conformance/all.ts'
import { newAccessToken, newClient, now } from './conformance/fixtures.ts'
import { openSqliteStorage } from './sqlite.ts'
import type { Storage } from './storage.ts'

const options = { synchronous: 'NORMAL', lockTimeoutSeconds: 5 } as const

async function withFolder<T>(body: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'authgate-'))
  try {
    return await body(join(folder, 'authgate.db'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('SQLite in a file', () => {
  storageSuites(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'authgate-'))
    const storage = await openSqliteStorage({ ...options, path: join(folder, 'authgate.db') })
    const close = storage.close.bind(storage)
    storage.close = async () => {
      await close()
      await rm(folder, { recursive: true, force: true })
    }
    return storage
  })

  test('only its owner can read what it writes', async () => {
    await withFolder(async (path) => {
      const storage = await openSqliteStorage({ ...options, path })
      await storage.transaction((tx) => tx.accessTokens.insert(newAccessToken()))
      for (const suffix of ['', '-wal', '-shm', '.lock']) {
        assert.equal((await stat(path + suffix)).mode & 0o777, 0o600, suffix)
      }
      await storage.close()
    })
  })

  test('closing leaves one whole file, and the next start finds everything', async () => {
    await withFolder(async (path) => {
      const client = newClient()
      const first = await openSqliteStorage({ ...options, path, synchronous: 'FULL' })
      const write = first.transaction((tx) => tx.clients.insert(client))
      await first.close()
      await write
      await assert.rejects(stat(`${path}-wal`), /ENOENT/)
      const second = await openSqliteStorage({ ...options, path })
      assert.deepEqual(await second.read.clients.find(client.id), client)
      await second.close()
    })
  })

  test('a write waits for another process without stopping the event loop', async () => {
    await withFolder(async (path) => {
      const storage = await openSqliteStorage({ ...options, path })
      const other = new DatabaseSync(path)
      other.exec('begin immediate')
      const token = newAccessToken()
      let done = false
      const write = storage
        .transaction((tx) => tx.accessTokens.insert(token))
        .then(() => {
          done = true
        })
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(done, false)
      assert.equal(await storage.read.accessTokens.find(token.id), undefined)
      other.exec('commit')
      other.close()
      await write
      assert.deepEqual(await storage.read.accessTokens.find(token.id), token)
      await storage.close()
    })
  })

  test('the event loop stays free while another process has the write lock', async () => {
    await withFolder(async (path) => {
      const storage = await openSqliteStorage({ ...options, path })
      const other = new DatabaseSync(path)
      other.exec('begin immediate')
      const write = storage.transaction((tx) => tx.accessTokens.insert(newAccessToken()))
      const before = performance.eventLoopUtilization()
      await new Promise((resolve) => setTimeout(resolve, 300))
      const { utilization } = performance.eventLoopUtilization(before)
      other.exec('commit')
      other.close()
      await write
      await storage.close()
      assert.ok(utilization < 0.5, `it was busy ${Math.round(utilization * 100)} % of the time`)
    })
  })

  test('it closes while another process is writing', async () => {
    await withFolder(async (path) => {
      const storage = await openSqliteStorage({ ...options, path })
      await storage.transaction(async (tx) => {
        for (let row = 0; row < 500; row++) await tx.accessTokens.insert(newAccessToken())
      })
      const other = new DatabaseSync(path)
      // Statistics of an almost empty table make “pragma optimize” want to write new ones.
      other.exec('analyze')
      await storage.transaction(async (tx) => {
        for (let row = 0; row < 20_000; row++) await tx.accessTokens.insert(newAccessToken())
      })
      other.exec('begin immediate')
      await storage.close()
      other.exec('commit')
      other.close()
    })
  })

  test('a count that fails says so, and the next one starts afresh', async () => {
    await withFolder(async (path) => {
      const storage = await openSqliteStorage({ ...options, path })
      const other = new DatabaseSync(path)
      other.exec('alter table sessions rename to hidden')
      await assert.rejects(storage.count(now), /counting failed/)
      other.exec('alter table hidden rename to sessions')
      other.close()
      assert.equal((await storage.count(now)).sessionsActive, 0)
      await storage.close()
    })
  })
})

describe('SQLite in memory', () => {
  storageSuites(() => openSqliteStorage({ ...options, path: ':memory:' }))

  test('a body that waits for something else is cut off and holds nobody up', async () => {
    const storage: Storage = await openSqliteStorage({ ...options, path: ':memory:' })
    const token = newAccessToken()
    const [stuck, good] = await Promise.allSettled([
      storage.transaction(() => new Promise(() => undefined)),
      storage.transaction((tx) => tx.accessTokens.insert(token)),
    ])
    assert.match(String((stuck as PromiseRejectedResult).reason), /waited for something other/)
    assert.equal(good.status, 'fulfilled')
    assert.deepEqual(await storage.read.accessTokens.find(token.id), token)
    await storage.close()
  })
})
