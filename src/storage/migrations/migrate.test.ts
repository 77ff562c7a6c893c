import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import pg from 'pg'
import { createTestDatabase, skipWithoutPostgres } from '../../../tests/support/postgres.ts'
import { noCoverage } from '../../../tests/support/process.ts'
import type { AccessTokenId, ClientId, DeviceGrantId, GrantId } from '../../shared/ids.ts'
import { type Dialect, postgres, sqlite } from '../dialect.ts'
import { openStorage } from '../open.ts'
import type { Storage } from '../storage.ts'
import { initial } from './001-initial.ts'
import { type MigrationTarget, migrate, migrations } from './migrate.ts'
import type { Migration } from './migration.ts'

interface Backend {
  config: Parameters<typeof openStorage>[0]
  /** Runs SQL behind the storage's back. @returns the rows of the last statement. */
  sql(text: string): Promise<Record<string, unknown>[]>
  /** The name of a table of ours in such SQL. */
  table(name: string): string
  readonly dialect: Dialect
  /** What comes before SQL that makes tables of ours. */
  readonly begin: string
}

const common = {
  synchronous: 'NORMAL',
  maxOpenConnections: 5,
  connectionMaxLifetimeSeconds: 0,
  connectionMaxIdleSeconds: 0,
  initTimeoutSeconds: 10,
  closeTimeoutSeconds: 5,
} as const

async function withSqlite(body: (backend: Backend) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'authgate-'))
  const dsn = join(folder, 'authgate.db')
  try {
    await body({
      config: { ...common, driver: 'sqlite', dsn },
      sql: async (text) => {
        const database = new DatabaseSync(dsn)
        try {
          if (!text.startsWith('select')) database.exec(text)
          return text.startsWith('select') ? database.prepare(text).all() : []
        } finally {
          database.close()
        }
      },
      table: (name) => name,
      dialect: sqlite,
      begin: '',
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function withPostgres(body: (backend: Backend) => Promise<void>): Promise<void> {
  const database = await createTestDatabase()
  try {
    await body({
      config: { ...common, driver: 'postgres', dsn: database.url },
      sql: async (text) => {
        const client = new pg.Client({ connectionString: database.url })
        await client.connect()
        try {
          return (await client.query(text)).rows
        } finally {
          await client.end()
        }
      },
      table: (name) => `authgate.${name}`,
      dialect: postgres,
      begin: 'create schema authgate; set search_path to authgate;',
    })
  } finally {
    await database.drop()
  }
}

/** A process that opens the database, runs `script` with `storage` at hand, and prints what it likes. */
function start(config: Backend['config'], script: string): ChildProcess {
  const open = new URL('../open.js', import.meta.url).href
  const code = `import { openStorage } from ${JSON.stringify(open)}
    const storage = await openStorage(${JSON.stringify(config)})
    ${script}`
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, ...noCoverage },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

for (const [name, withBackend, skip] of [
  ['SQLite', withSqlite, false],
  ['PostgreSQL', withPostgres, skipWithoutPostgres],
] as const) {
  describe(`migrations on ${name}`, { skip }, () => {
    const open = async (config: Backend['config'], use?: (storage: Storage) => Promise<unknown>) => {
      const storage = await openStorage(config)
      await use?.(storage)
      await storage.close()
    }

    test('a fresh database gets every step, and a second start none', async () => {
      await withBackend(async ({ config, sql, table }) => {
        await open(config, (storage) => storage.ping())
        const select = `select version, name, applied_at from ${table('schema_migrations')} order by version`
        const applied = await sql(select)
        assert.deepEqual(
          applied.map((row) => [row.version, row.name]),
          migrations.map(({ version, name }) => [version, name]),
        )
        await open(config)
        assert.deepEqual(await sql(select), applied)
      })
    })

    test('a database of a newer release is refused', async () => {
      await withBackend(async ({ config, sql, table }) => {
        await open(config)
        const version = migrations.length + 1
        await sql(
          `insert into ${table('schema_migrations')} (version, name, checksum, applied_at) values (${version}, 'later', 'x', 0)`,
        )
        await assert.rejects(
          open(config),
          new RegExp(`schema version ${version}, this release knows ${migrations.length}`),
        )
      })
    })

    test('rows of the first release are read as they were meant', async () => {
      await withBackend(async ({ config, sql, dialect, begin }) => {
        const { id, bigint, bytes } = dialect.types
        const step = initial.sql(dialect.types)
        await sql(`${begin}
          create table schema_migrations (version integer not null primary key, name text not null,
            checksum ${id} not null, applied_at ${bigint} not null);
          insert into schema_migrations values (1, 'initial', '${hash('sha256', step, 'base64url')}', 0);
          ${step}
          insert into clients (id, name, description, type, status, grants, scopes, redirect_uris,
            allowed_resources, token_profile, introspect_any, created_at, updated_at)
          values ('c', 'CLI', '', 'public', 'active', '["device_code"]', 'read', '[]', '[]', 'standard', 0, 1, 1);
          insert into device_grants (id, device_code_digest, client_id, scopes, resources, state, account_id,
            issued_at, expires_at, interval_seconds, request_ip, request_user_agent)
          values ('d', 'x', 'c', 'read', '[]', 'approved', 'a', 1, 2, 5, '', '');
          insert into grants (id, client_id, account_id, grant_type, scopes, resources, created_at, expires_at,
            last_used_at, request_ip, request_user_agent)
          values ('g', 'c', 'a', 'device_code', 'read', '[]', 1, 2, 1, '', '');
          insert into access_tokens (id, digest, client_id, scopes, audience, issued_at, expires_at, state)
          values ('t', 'x', 'c', 'read', '[]', 1, 2, 'active');
          insert into signing_keys (kid, algorithm, state, public_jwk, encrypted_private_key, created_at, activated_at)
          values ('k', 'ES256', 'current', '{}', cast('x' as ${bytes}), 1, 1);`)
        await open(config, async ({ read }) => {
          const client = await read.clients.find('c' as ClientId)
          assert.deepEqual([client?.origin, client?.metadata], ['operator', {}])
          assert.equal((await read.deviceGrants.find('d' as DeviceGrantId))?.authentication, undefined)
          const grant = await read.grants.find('g' as GrantId)
          assert.deepEqual(
            [grant?.authentication, grant?.claimsRequest, grant?.dpopJkt],
            [undefined, undefined, undefined],
          )
          const token = await read.accessTokens.find('t' as AccessTokenId)
          assert.deepEqual([token?.state, token?.dpopJkt], ['active', undefined])
          const key = await read.signingKeys.find('k')
          assert.deepEqual([key?.state, key?.activatedAt, key?.supersededAt], ['current', 1, undefined])
        })
      })
    })

    test('a database whose steps are not ours is refused', async () => {
      await withBackend(async ({ config, sql, table }) => {
        await open(config)
        await sql(`update ${table('schema_migrations')} set checksum = 'other' where version = 1`)
        await assert.rejects(open(config), /Schema version 1 \(initial\) of this database is not the one/)
      })
    })

    test('a database of the Go implementation is left alone', async () => {
      await withBackend(async ({ config, sql, table }) => {
        await sql('create table oauth_applications (id integer primary key)')
        await sql('create table access_tokens (id text primary key, token_hash text)')
        await assert.rejects(open(config), /authgate import --from/)
        await assert.rejects(sql(`select * from ${table('schema_migrations')}`))
      })
    })

    test('several processes that start at once migrate once', async () => {
      await withBackend(async ({ config, sql, table }) => {
        const processes = Array.from({ length: 3 }, () =>
          start(config, 'await storage.ping(); await storage.close()'),
        )
        const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]))
        assert.deepEqual(codes, [0, 0, 0])
        const [row] = await sql(`select count(*) as steps from ${table('schema_migrations')}`)
        assert.equal(Number(row!.steps), migrations.length)
      })
    })

    test('a process that is killed lets go of the lock', async () => {
      await withBackend(async ({ config }) => {
        const child = start(
          config,
          "await storage.exclusively(() => new Promise((resolve) => { console.log('locked'); setTimeout(resolve, 60_000) }))",
        )
        await once(child.stdout!, 'data')
        let entered = false
        const waiting = open(config, async (storage) => {
          await storage.exclusively(async () => {
            entered = true
          })
        })
        await new Promise((resolve) => setTimeout(resolve, 100))
        assert.equal(entered, false)
        child.kill('SIGKILL')
        await waiting
        assert.equal(entered, true)
      })
    })
  })
}

describe('migrating', () => {
  const steps: Migration[] = [
    { version: 1, name: 'one', sql: ({ bytes }) => `create table one (id integer, value ${bytes});` },
    { version: 2, name: 'two', sql: () => 'create table two (id integer); create table one (id integer);' },
  ]
  const memory = (): MigrationTarget => {
    const database = new DatabaseSync(':memory:')
    return {
      dialect: sqlite,
      execute: async (sql) => {
        try {
          database.exec(sql)
        } catch (error) {
          database.exec('rollback')
          throw error
        }
      },
      query: async <Row>(sql: string) => database.prepare(sql).all() as Row[],
      hasTable: async (name) =>
        database.prepare('select 1 from sqlite_schema where name = ?').get(name) !== undefined,
      holdsGoTables: async () => false,
    }
  }

  test('a step that fails leaves nothing of itself, and the steps before it', async () => {
    const target = memory()
    await assert.rejects(migrate(target, steps), /table one already exists/)
    assert.equal(await target.hasTable('one'), true)
    assert.equal(await target.hasTable('two'), false)
    const fixed = [steps[0]!, { ...steps[1]!, sql: () => 'create table two (id integer);' }]
    assert.deepEqual(await migrate(target, fixed), [2])
    assert.deepEqual(await migrate(target, fixed), [])
  })

  test('user codes move into their grants, and decided grants have none', async () => {
    const target = memory()
    await migrate(target, migrations.slice(0, 3))
    const insert = (id: string, state: string) =>
      target.execute(`insert into device_grants (id, device_code_digest, client_id, scopes, resources, state,
        issued_at, expires_at, interval_seconds, request_ip, request_user_agent)
        values ('${id}', 'd', 'c', '', '[]', '${state}', 0, 1, 5, '', '')`)
    await insert('waiting', 'pending')
    await target.execute("insert into device_user_codes values ('of waiting', 'waiting')")
    await insert('decided', 'approved')
    await migrate(target)
    assert.deepEqual(
      (await target.query('select id, user_code_digest from device_grants order by id')).map((row) => ({
        ...(row as object),
      })),
      [
        { id: 'decided', user_code_digest: null },
        { id: 'waiting', user_code_digest: 'of waiting' },
      ],
    )
    assert.equal(await target.hasTable('device_user_codes'), false)
  })

  test('the steps are numbered without gaps', () => {
    assert.deepEqual(
      migrations.map(({ version }) => version),
      migrations.map((_, index) => index + 1),
    )
  })
})
