import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { createTestDatabase, skipWithoutPostgres } from '../../tests/support/postgres.ts'
import { instant } from '../shared/clock.ts'
import type { AccountId, ClientId } from '../shared/ids.ts'
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
      while (errors.length === 0) await setTimeout(5)
      const token = newAccessToken()
      await storage.transaction((tx) => tx.accessTokens.insert(token))
      assert.deepEqual(await storage.read.accessTokens.find(token.id), token)
      await storage.close()
    })
  })

  test('no list reads a table from end to end, however often it was asked and however many match', async () => {
    await withDatabase(async (url) => {
      // Each on a connection of its own: one tells what it read when it ends.
      const query = async (sql: string) => {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        const result = await client.query(sql).finally(() => client.end())
        return result.rows
      }
      const scans = async (): Promise<number> => {
        await setTimeout(100)
        const [row] = await query(
          "select sum(seq_scan)::int as scans from pg_stat_user_tables where relname ~ 'grants|_tokens$'",
        )
        return row.scans
      }
      const storage = await openPostgresStorage(options(url))
      // Ten clients have every twentieth grant, one has the others; half of all that people hold is one person's.
      await query(`set search_path to authgate;
        insert into grants (id, client_id, account_id, grant_type, scopes, resources, created_at, expires_at,
          last_used_at, request_ip, request_user_agent)
        select 'grant-' || lpad(i::text, 6, '0'), case when i % 20 = 0 then 'client-' || i / 20 % 10 else 'huge' end,
          case when i % 2 = 0 then 'busy' else 'person-' || i end, 'device_code', 'read', '[]', i, 1000000000, i, '', ''
        from generate_series(1, 10000) i;
        insert into refresh_tokens (id, digest, grant_id, client_id, account_id, issued_at, expires_at, state)
        select 'token-' || g.id || n, '', g.id, g.client_id, g.account_id, g.created_at, 1000000 + g.created_at,
          case when n = 0 then 'active' else 'superseded' end
        from grants g, generate_series(0, 2) n;
        analyze`)
      const before = await scans()
      const tenClients = Array.from({ length: 10 }, (_, n) => `client-${n}` as ClientId)
      const busy = { accountId: 'busy' as AccountId }
      const { tokenLists, grants } = storage.read
      const now = instant(1000)
      // A statement that was asked five times has another plan.
      for (let time = 0; time < 7; time++) {
        for (const status of [undefined, 'active', 'superseded'] as const) {
          for (const whose of [
            { clientIds: tenClients },
            { clientIds: ['huge' as ClientId] },
            busy,
            { ...busy, clientIds: tenClients.slice(0, 1) },
          ]) {
            const { page } = await tokenLists.list({ kind: 'refresh', status, ...whose }, now, { limit: 20 })
            assert.equal(page.entries.length, 20)
            await tokenLists.liveOf(whose, now)
          }
        }
        await grants.countLive(busy.accountId, now)
      }
      await storage.close()
      assert.equal(await scans(), before)
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
        await setTimeout(50)
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
