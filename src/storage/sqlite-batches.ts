/**
 * Group commit: transactions asked for at about the same time share one commit, which costs more than everything
 * else. Their bodies run one after the other, each in a savepoint, and every caller hears back after the commit. A
 * body that fails takes only its own savepoint with it; a commit that fails fails them all.
 */

import { type Executor, rejectLate, type Statement } from './sql/statement.ts'
import { isBusy, type SqliteConnection } from './sqlite-connection.ts'

/** Longest wait for another process to release the write lock. */
const busyTimeoutMs = 5000
const busyRetryMs = 10

/** Bodies that share a commit; a bound on how long the write lock is held, not a matter of speed. */
const maxBatch = 512

/**
 * A body that awaits only its `tx` is over before any timer can fire. One that waits for something else holds up
 * everybody, so it is cut off.
 */
const bodyTimeoutMs = 2000

interface Job<Tx> {
  body: (tx: Tx) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

interface DoneJob<Tx> {
  job: Job<Tx>
  value: unknown
}

/** @typeParam Tx what a body is handed. */
export class SqliteBatches<Tx> {
  readonly #connection: SqliteConnection
  readonly #createTx: (executor: Executor) => Tx
  #queue: Job<Tx>[] = []
  #scheduled = false
  #waitedForLockMs = 0
  /** Settles when the open batch has been committed or rolled back; `undefined` when none is open. */
  #open: Promise<void> | undefined
  readonly #begin
  readonly #commit
  readonly #rollback
  readonly #savepoint
  readonly #release
  readonly #rollbackToSavepoint
  readonly #onCommit: () => void

  /** @param onCommit told after each commit, before anybody hears of it. */
  constructor(
    connection: SqliteConnection,
    createTx: (executor: Executor) => Tx,
    onCommit: () => void = () => undefined,
  ) {
    this.#connection = connection
    this.#createTx = createTx
    this.#onCommit = onCommit
    const { database } = connection
    this.#begin = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
    this.#rollback = database.prepare('rollback')
    this.#savepoint = database.prepare('savepoint body')
    this.#release = database.prepare('release body')
    this.#rollbackToSavepoint = database.prepare('rollback to body')
  }

  /** The batch whose uncommitted rows are visible on this connection now. */
  get open(): Promise<void> | undefined {
    return this.#open
  }

  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ body, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** Resolves when everything asked for so far has been answered. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#open !== undefined) {
      await (this.#open ?? new Promise((resolve) => setTimeout(resolve, 1)))
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#open !== undefined) return
    this.#scheduled = true
    setImmediate(() => this.#start())
  }

  #start(): void {
    this.#scheduled = false
    try {
      this.#begin.run()
    } catch (error) {
      if (isBusy(error) && this.#waitedForLockMs < busyTimeoutMs) {
        // Waiting inside SQLite would stop the event loop; waiting here lets reads and new arrivals go on.
        this.#scheduled = true
        this.#waitedForLockMs += busyRetryMs
        setTimeout(() => this.#start(), busyRetryMs)
        return
      }
      this.#waitedForLockMs = 0
      const reason = isBusy(error)
        ? new Error('another process has kept the database locked for too long', { cause: error })
        : error
      for (const job of this.#takeBatch()) job.reject(reason)
      if (this.#queue.length > 0) this.#schedule()
      return
    }
    this.#waitedForLockMs = 0
    this.#open = this.#run(this.#takeBatch()).finally(() => {
      this.#open = undefined
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #takeBatch(): Job<Tx>[] {
    if (this.#queue.length > maxBatch) return this.#queue.splice(0, maxBatch)
    const batch = this.#queue
    this.#queue = []
    return batch
  }

  /** Runs the bodies of one batch and settles every job. Never rejects. */
  async #run(batch: Job<Tx>[]): Promise<void> {
    const done: DoneJob<Tx>[] = []
    const alone = batch.length === 1
    const watch = new BodyWatch()
    try {
      for (const job of batch) {
        if (!alone) this.#savepoint.run()
        const executor = new TransactionExecutor(this.#connection)
        try {
          const value = await watch.race(job.body(this.#createTx(executor)))
          executor.end()
          if (!alone) this.#release.run()
          done.push({ job, value })
        } catch (error) {
          executor.end()
          job.reject(error)
          if (alone) break
          // Some faults (a failing disk) make SQLite roll back everything: the others of this batch are gone too.
          if (!this.#connection.database.isTransaction) throw error
          this.#rollbackToSavepoint.run()
          this.#release.run()
        }
      }
      if (done.length > 0) {
        this.#commit.run()
        this.#onCommit()
      } else this.#rollback.run()
    } catch (error) {
      if (this.#connection.database.isTransaction) this.#rollback.run()
      // Those that failed on their own have been told already, and a second answer changes nothing.
      for (const job of batch) job.reject(error)
      return
    } finally {
      watch.stop()
    }
    for (const { job, value } of done) job.resolve(value)
  }
}

/** Cuts off a body that does not settle, with one timer per batch. */
class BodyWatch {
  #expire: ((error: Error) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  race<T>(body: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#expire = reject
      if (this.#timer === undefined) this.#timer = setTimeout(() => this.#cutOff(), bodyTimeoutMs)
      else this.#timer.refresh()
      body.then(resolve, reject)
    })
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #cutOff(): void {
    this.#expire?.(new Error('a transaction waited for something other than the database'))
  }
}

/** The connection as one body sees it: usable until its body is over. */
class TransactionExecutor implements Executor {
  readonly #connection: SqliteConnection
  #over = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  end(): void {
    this.#over = true
  }

  one<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R | undefined> {
    return this.#over ? rejectLate(statement) : this.#connection.one(statement, params)
  }

  all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]> {
    return this.#over ? rejectLate(statement) : this.#connection.all(statement, params)
  }

  run<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<number> {
    return this.#over ? rejectLate(statement) : this.#connection.run(statement, params)
  }
}
