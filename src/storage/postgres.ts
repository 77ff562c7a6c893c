/**
 * Storage in PostgreSQL, in the schema `authgate`. Transactions run at READ COMMITTED, each on a connection of its
 * own: every transition is one guarded update that re-reads its row after waiting for it, and whoever needs several
 * rows takes them in one order, so there is no serialization failure or deadlock to retry.
 */
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Instant } from '../shared/clock.ts'
import { postgres } from './dialect.ts'
import { type MigrationTarget, migrate } from './migrations/migrate.ts'
import { parsePostgresDsn } from './postgres-dsn.ts'
import { countAll, toCounts } from './sql/counts.ts'
import { bind, type Executor, rejectLate, type Statement } from './sql/statement.ts'
import { SqlStores } from './sql/stores.ts'
import type { Readers, Storage, StoreCounts, Stores } from './storage.ts'
import { translateTaken } from './taken-values.ts'

export interface PostgresOptions {
  dsn: string
  maxOpenConnections: number
  /** 0 keeps a connection for good. */
  connectionMaxLifetimeSeconds: number
  /** 0 keeps an idle connection. */
  connectionMaxIdleSeconds: number
  /** How long to wait for the database at start, and for the lock of {@link Storage.exclusively}. */
  initTimeoutSeconds: number
  closeTimeoutSeconds: number
  /** Told about idle connections that broke; they have been replaced then. */
  onError: (error: Error) => void
}

/** Waiting longer than this for a connection fails the request instead of piling up more. */
const connectionTimeoutMs = 5000

/** Advisory locks are numbers agreed upon: this one is ours, for migrating and seeding. */
const exclusiveLock = '7165040195328217601'

/**
 * Sent once on every connection. A transaction waits for nothing but the database; one that is left open would hold
 * its locks and its connection for good.
 */
const connectionSettings = [
  'search_path to authgate',
  "idle_in_transaction_session_timeout to '30s'",
  // Every statement is written to read a few rows along an index, as SQLite reads them, and then those of another table
  // one by one. Plans for more are what PostgreSQL makes when statistics are missing, old, or of the average client, and
  // take a hundred times as long for one that is not average: they are left to statements that cannot do otherwise.
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((plan) => `enable_${plan} to off`),
  // Both are for statements of seconds.
  'jit to off',
  'max_parallel_workers_per_gather to 0',
]
  .map((setting) => `set ${setting}`)
  .join('; ')

/** Connects and brings the schema up to date. @throws when the database does not answer or must not be touched. */
export async function openPostgresStorage(options: PostgresOptions): Promise<Storage> {
  const connection: pg.ClientConfig = {
    application_name: 'authgate',
    keepAlive: true,
    connectionTimeoutMillis: connectionTimeoutMs,
    ...parsePostgresDsn(options.dsn),
    types: { getTypeParser },
  }
  const exclusively = createAdvisoryLock(connection, options)
  await exclusively((client) => migrate(migrationTarget(client)))
  const pool = new pg.Pool({
    ...connection,
    max: options.maxOpenConnections,
    maxLifetimeSeconds: options.connectionMaxLifetimeSeconds,
    idleTimeoutMillis: options.connectionMaxIdleSeconds * 1000,
    // A database that has gone silent fails its callers instead of keeping them until TCP gives up.
    query_timeout: queryTimeoutMs,
    onConnect: async (client) => {
      await client.query(connectionSettings)
    },
  })
  // Without a listener the end of an idle connection (a restart of the server) would end this process.
  pool.on('error', options.onError)
  // Nor must the end of one in use: its next statement fails, and that is who should know.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new PostgresStorage(pool, (body) => exclusively(body), options.closeTimeoutSeconds)
}

/** Every statement of ours takes milliseconds; the slowest, counting millions of rows, seconds. */
const queryTimeoutMs = 30_000

/** Instants and counts are 64-bit integers there; none of them gets past 2^53. */
const int8 = 20
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

function createAdvisoryLock(
  connection: pg.ClientConfig,
  { initTimeoutSeconds, onError }: Pick<PostgresOptions, 'initTimeoutSeconds' | 'onError'>,
): <T>(body: (client: pg.Client) => Promise<T>) => Promise<T> {
  return async (body) => {
    const client = await connectPatiently(connection, initTimeoutSeconds)
    client.on('error', onError)
    try {
      await client.query(`set lock_timeout to ${Math.ceil(initTimeoutSeconds * 1000)}`)
      await client.query(`select pg_advisory_lock(${exclusiveLock})`)
      await client.query('set lock_timeout to default; set search_path to authgate')
      return await body(client)
    } finally {
      // The lock goes with its connection, however that ends.
      await client.end()
    }
  }
}

/** What a database that is still starting answers with. */
const startingUp = new Set(['ECONNREFUSED', 'ENOENT', 'EAI_AGAIN', '57P03'])
const connectRetryMs = 250

async function connectPatiently(connection: pg.ClientConfig, timeoutSeconds: number): Promise<pg.Client> {
  for (let waitedMs = 0; ; waitedMs += connectRetryMs) {
    const client = new pg.Client(connection)
    try {
      await client.connect()
      return client
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!startingUp.has(code) || waitedMs >= timeoutSeconds * 1000) throw error
      await wait(connectRetryMs)
    }
  }
}

function migrationTarget(client: pg.Client): MigrationTarget {
  const isThere = async (sql: string): Promise<boolean> => (await client.query(sql)).rows.length > 0
  return {
    dialect: postgres,
    execute: async (sql) => {
      try {
        await client.query(sql)
      } catch (error) {
        await client.query('rollback')
        throw error
      }
    },
    query: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
    hasTable: (name) =>
      isThere(`select 1 from pg_tables where schemaname = 'authgate' and tablename = '${name}'`),
    holdsGoTables: () =>
      isThere(`select 1 from pg_class clients
        join pg_class tokens on tokens.relnamespace = clients.relnamespace and tokens.relname = 'access_tokens'
        join pg_attribute hash on hash.attrelid = tokens.oid and hash.attname = 'token_hash'
        where clients.relname = 'oauth_applications'`),
    createSchema: async () => {
      // Not "if not exists": that asks for the right to create schemas even when there is nothing to do.
      if (!(await isThere("select 1 from pg_namespace where nspname = 'authgate'"))) {
        await client.query('create schema authgate')
      }
    },
  }
}

class PostgresStorage implements Storage {
  readonly driver = 'postgres'
  readonly read: Readers
  readonly exclusively: Storage['exclusively']
  readonly #pool: pg.Pool
  readonly #reader: Executor
  readonly #closeTimeoutSeconds: number
  #closed = false

  constructor(pool: pg.Pool, exclusively: Storage['exclusively'], closeTimeoutSeconds: number) {
    this.#pool = pool
    this.exclusively = exclusively
    this.#closeTimeoutSeconds = closeTimeoutSeconds
    this.#reader = new PostgresExecutor(pool)
    this.read = new SqlStores(this.#reader)
  }

  async transaction<T>(body: (tx: Stores) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    const executor = new PostgresExecutor(client)
    try {
      await client.query('begin isolation level read committed')
      const value = await body(new SqlStores(executor))
      executor.end()
      const { command } = await client.query('commit')
      // PostgreSQL answers so when a statement has failed and the body went on regardless.
      if (command !== 'COMMIT') throw new Error('a transaction with a failed statement was not committed')
      client.release()
      return value
    } catch (error) {
      executor.end()
      await client.query('rollback').then(
        () => client.release(),
        (broken) => client.release(broken),
      )
      throw error
    }
  }

  async count(now: Instant): Promise<StoreCounts> {
    return toCounts((await this.#reader.one(countAll, { now }))!)
  }

  async ping(): Promise<void> {
    await this.#pool.query('select 1')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const abandon = new AbortController()
    // Connections still in use end when they are given back; there is no waiting for them forever.
    const timeout = wait(this.#closeTimeoutSeconds * 1000, undefined, { signal: abandon.signal, ref: false })
    await Promise.race([this.#pool.end(), timeout])
    abandon.abort()
    await timeout.catch(() => undefined)
  }
}

type AnyStatement = Statement<never, object>

interface Compiled {
  text: string
  parameters: readonly string[]
}

/** Statements have the same text on every connection. */
const compiled = new Map<AnyStatement, Compiled>()

function compile(statement: AnyStatement): Compiled {
  let known = compiled.get(statement)
  if (known === undefined) {
    known = postgres.compile(statement.sql)
    compiled.set(statement, known)
  }
  return known
}

/** Runs named prepared statements, on one connection or on whichever of the pool is free. */
class PostgresExecutor implements Executor {
  readonly #connection: pg.Pool | pg.PoolClient
  #over = false

  constructor(connection: pg.Pool | pg.PoolClient) {
    this.#connection = connection
  }

  /** A connection that went back to the pool belongs to somebody else. */
  end(): void {
    this.#over = true
  }

  async one<P extends object, R extends object>(
    statement: Statement<P, R>,
    params: P,
  ): Promise<R | undefined> {
    return (await this.#query(statement, params)).rows[0] as R | undefined
  }

  async all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]> {
    return (await this.#query(statement, params)).rows as R[]
  }

  async run<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<number> {
    return (await this.#query(statement, params)).rowCount ?? 0
  }

  async #query(statement: AnyStatement, params: object): Promise<pg.QueryResult> {
    if (this.#over) return rejectLate(statement)
    const { text, parameters } = compile(statement)
    const values = bind(parameters, params).map(withoutNul)
    try {
      // What has a name is prepared on its connection, and soon has a plan that stays.
      const named = statement.planned === 'once' ? { name: statement.name, text, values } : { text, values }
      return await this.#connection.query(named)
    } catch (error) {
      throw translateTaken(postgres, error)
    }
  }
}

/** PostgreSQL cannot store U+0000; what strangers send must not turn into a fault for that. */
function withoutNul<T>(value: T): T | string {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\u{FFFD}') : value
}
