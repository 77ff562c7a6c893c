import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { createTestDatabase, skipWithoutPostgres } from '../../tests/support/postgres.ts'
import { storageSuites } from './conformance/all.ts'
import { newAccessToken, newClient } from './conformance/fixtures.ts'
import { openPostgresStorage, type PostgresOptions } from './postgres.ts'
import type { Storage } from './storage.ts'

function options(dsn: string, onError: (error: Error) => void = () => undefined): PostgresOptions {
  return {
    dsn,
    maxOpenConnections: 10,
    connectionMaxLifetimeSeconds: 300,
    connectionMaxIdleSeconds: 600,
    initTimeoutSeconds: 10,
    closeTimeoutSeconds: 5,
    onError,
  }
}

/** A storage on a database of its own, which {@link Storage.close} drops. */
async function openFresh(): Promise<Storage> {
  const database = await createTestDatabase()
  const storage = await openPostgresStorage(options(database.url))
  const close = storage.close.bind(storage)
  let dropped = false
  storage.close = async () => {
    await close()
    if (!dropped) await database.drop()
    dropped = true
  }
  return storage
}

async function withDatabase(body: (url: string) => Promise<void>): Promise<void> {
  const database = await createTestDatabase()
  try {
    await body(database.url)
  } finally {
    await database.drop()
  }
}

describe('PostgreSQL', { skip: skipWithoutPostgres }, () => {
  storageSuites(openFresh)

  test('survives the loss of its connections', async () => {
    await withDatabase(async (url) => {
      const errors: Error[] = []
      const storage = await openPostgresStorage(options(url, (error) => errors.push(error)))
      await storage.ping()
      const killer = new pg.Client({ connectionString: url })
      await killer.connect()
      await killer.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      await killer.end()
      while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      const token = newAccessToken()
      await storage.transaction((tx) => tx.accessTokens.insert(token))
      assert.deepEqual(await storage.read.accessTokens.find(token.id), token)
      await storage.close()
    })
  })

  test('a transaction whose connection is lost fails alone', async () => {
    await withDatabase(async (url) => {
      const storage = await openPostgresStorage(options(url))
      const token = newAccessToken()
      const killer = new pg.Client({ connectionString: url })
      await killer.connect()
      const lost = storage.transaction(async (tx) => {
        await tx.accessTokens.insert(token)
        await killer.query(
          'select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        )
        await new Promise((resolve) => setTimeout(resolve, 50))
        return tx.accessTokens.find(token.id)
      })
      await assert.rejects(lost)
      await killer.end()
      assert.equal(await storage.read.accessTokens.find(token.id), undefined)
      await storage.close()
    })
  })

  test('a transaction that hides the failure of a statement is not taken for committed', async () => {
    await withDatabase(async (url) => {
      const storage = await openPostgresStorage(options(url))
      const client = newClient()
      await storage.transaction((tx) => tx.clients.insert(client))
      const hidden = storage.transaction((tx) => tx.clients.insert(client).catch(() => undefined))
      await assert.rejects(hidden, /was not committed/)
      await storage.close()
    })
  })

  test('finds its tables with a keyword DSN, whatever the search path of the role', async () => {
    await withDatabase(async (url) => {
      const { hostname, port, username, password, pathname, searchParams } = new URL(url)
      const host = searchParams.get('host') ?? hostname
      const dsn = `host='${host}' port=${port || 5432} user=${username || 'postgres'} password='${password}' dbname=${pathname.slice(1)} sslmode=disable TimeZone=UTC`
      const storage = await openPostgresStorage(options(dsn))
      assert.equal(await storage.read.clients.any(), false)
      await storage.close()
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query(
        "select count(*) as tables from pg_tables where schemaname = 'public'",
      )
      assert.equal(rows[0].tables, '0')
      await client.end()
    })
  })
})
