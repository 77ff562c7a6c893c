/**
 * Storage in a SQLite file, through node:sqlite. One connection writes, another only reads, so that reads see
 * committed rows only and never wait; `:memory:` has one connection, whose reads wait for an open batch instead.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { Instant } from '../shared/clock.ts'
import { sqlite } from './dialect.ts'
import { type MigrationTarget, migrate } from './migrations/migrate.ts'
import { countAll, toCounts } from './sql/counts.ts'
import { type Executor, type NoParams, type Statement, statement } from './sql/statement.ts'
import { SqlStores } from './sql/stores.ts'
import { SqliteBackground } from './sqlite-background.ts'
import { SqliteBatches } from './sqlite-batches.ts'
import { isBusy, SqliteConnection } from './sqlite-connection.ts'
import { SqliteReader } from './sqlite-reader.ts'
import type { Readers, Storage, StoreCounts, Stores } from './storage.ts'

export interface SqliteOptions {
  /** The database file, made when missing, readable by its owner only; or `:memory:`. */
  path: string
  synchronous: 'NORMAL' | 'FULL'
  /** How long {@link Storage.exclusively} waits for its turn. */
  lockTimeoutSeconds: number
}

/**
 * Checkpoints happen in the background (sqlite-background.ts). A log that grows beyond this many pages all the same,
 * 128 MiB, is moved by the commit that finds it so.
 */
const backstopPages = 32768

const memoryPath = ':memory:'
const lockRetryMs = 25

/** Opens the file and brings it to the newest schema. @throws when it must not be touched: see `migrations/`. */
export async function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  const { path, synchronous } = options
  const inMemory = path === memoryPath
  const exclusively = inMemory ? createTurns() : createFileLock(path, options.lockTimeoutSeconds)
  if (!inMemory) createPrivateFile(path)
  // While opening, SQLite itself waits for locks; nothing is served yet.
  const writer = new SqliteConnection(path, { timeout: 50, enableForeignKeyConstraints: true })
  try {
    await exclusively(async () => {
      await migrate(migrationTarget(writer.database))
      writer.database.exec(
        `pragma journal_mode = wal; pragma synchronous = ${synchronous};
        pragma wal_autocheckpoint = ${backstopPages};`,
      )
    })
    // From now on it never does: that would stop the event loop. SqliteBatches waits for the write lock by itself.
    writer.database.exec('pragma busy_timeout = 0')
    const reader = inMemory
      ? undefined
      : new SqliteReader(new SqliteConnection(path, { readOnly: true, timeout: 5000 }))
    return new SqliteStorage(path, writer, reader, exclusively)
  } catch (error) {
    writer.database.close()
    throw error
  }
}

function migrationTarget(database: DatabaseSync): MigrationTarget {
  return {
    dialect: sqlite,
    execute: async (sql) => {
      try {
        database.exec(sql)
      } catch (error) {
        if (database.isTransaction) database.exec('rollback')
        throw error
      }
    },
    query: async <Row>(sql: string) => database.prepare(sql).all() as Row[],
    hasTable: async (name) =>
      database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(name) !==
      undefined,
    holdsGoTables: async () =>
      database
        .prepare(
          `select 1 from sqlite_schema where type = 'table' and name = 'oauth_applications'
          and exists (select 1 from pragma_table_info('access_tokens') where name = 'token_hash')`,
        )
        .get() !== undefined,
  }
}

// Reads the schema and the first page of a table.
const ping = statement<NoParams, object>('ping', 'select 1 from schema_migrations limit 1')

class SqliteStorage implements Storage {
  readonly driver = 'sqlite'
  readonly read: Readers
  readonly exclusively: Storage['exclusively']
  readonly #writer: SqliteConnection
  readonly #fileReader: SqliteReader | undefined
  readonly #reader: Executor
  readonly #batches: SqliteBatches<SqlStores>
  readonly #background: SqliteBackground | undefined
  #closed = false

  /** @param fileReader `undefined` for a database in memory, which has one connection. */
  constructor(
    path: string,
    writer: SqliteConnection,
    fileReader: SqliteReader | undefined,
    exclusively: Storage['exclusively'],
  ) {
    this.exclusively = exclusively
    this.#writer = writer
    const background = fileReader && new SqliteBackground(path)
    this.#background = background
    this.#fileReader = fileReader
    this.#batches = new SqliteBatches(
      writer,
      (executor) => new SqlStores(executor),
      () => {
        fileReader?.endSnapshot()
        background?.noteCommit()
      },
    )
    this.#reader = fileReader ?? new MemoryReader(writer, this.#batches)
    this.read = new SqlStores(this.#reader)
  }

  transaction<T>(body: (tx: Stores) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the database is closed'))
    return this.#batches.transaction(body)
  }

  async count(now: Instant): Promise<StoreCounts> {
    if (this.#closed) throw new Error('the database is closed')
    if (this.#background !== undefined) return this.#background.count(now)
    return toCounts((await this.#reader.one(countAll, { now }))!)
  }

  async ping(): Promise<void> {
    await this.#reader.one(ping, {})
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#batches.drain()
    await this.#background?.close()
    this.#fileReader?.close()
    const { database } = this.#writer
    try {
      database.exec('pragma optimize; pragma wal_checkpoint(truncate);')
    } catch (error) {
      // Another process is writing. It will tidy up in its turn; nothing of ours is unsaved.
      if (!isBusy(error)) throw error
    } finally {
      database.close()
    }
  }
}

/** For a database in memory, which no other process can reach: one body after the other. */
function createTurns(): Storage['exclusively'] {
  let last: Promise<unknown> = Promise.resolve()
  return (body) => {
    const turn = last.then(body)
    last = turn.catch(() => undefined)
    return turn
  }
}

/**
 * The lock is an exclusive SQLite transaction on an empty file beside the database: it holds between processes, and
 * the operating system lets go of it when its holder dies. The database itself stays free for reads and writes.
 */
function createFileLock(databasePath: string, timeoutSeconds: number): Storage['exclusively'] {
  const path = `${databasePath}.lock`
  return async (body) => {
    createPrivateFile(path)
    const lock = new DatabaseSync(path)
    try {
      for (let waitedMs = 0; ; waitedMs += lockRetryMs) {
        try {
          lock.exec('begin exclusive')
          break
        } catch (error) {
          if (!isBusy(error)) throw error
          if (waitedMs >= timeoutSeconds * 1000) {
            throw new Error(`another process has kept ${path} locked for too long`, { cause: error })
          }
          await wait(lockRetryMs)
        }
      }
      return await body()
    } finally {
      lock.close()
    }
  }
}

/** SQLite gives the files it makes beside a database the mode of the database. */
function createPrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}

/** Reads of a database in memory: on the writing connection, while no batch is open. */
class MemoryReader implements Executor {
  readonly #connection: SqliteConnection
  readonly #batches: SqliteBatches<SqlStores>

  constructor(connection: SqliteConnection, batches: SqliteBatches<SqlStores>) {
    this.#connection = connection
    this.#batches = batches
  }

  async one<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<R | undefined> {
    while (this.#batches.open !== undefined) await this.#batches.open
    return this.#connection.one(query, params)
  }

  async all<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<R[]> {
    while (this.#batches.open !== undefined) await this.#batches.open
    return this.#connection.all(query, params)
  }

  async run<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<number> {
    while (this.#batches.open !== undefined) await this.#batches.open
    return this.#connection.run(query, params)
  }
}
