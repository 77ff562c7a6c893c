/**
 * Group commit: transactions asked for at about the same time share one commit, which costs more than everything
 * else. Their bodies run one after the other, and every caller hears back after the commit. A body that fails undoes
 * only itself: if it has changed something, the batch starts over with each body in a savepoint. A commit that fails
 * fails them all.
 */

import { type Executor, rejectLate, type Statement } from './sql/statement.ts'
import { isBusy, type SqliteConnection } from './sqlite-connection.ts'

/** Longest wait for another process to release the write lock. */
const busyTimeoutMs = 5000
const busyRetryMs = 2

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

/** What the bodies of a batch came to. Nobody hears of it before the commit: a refusal may rest on a neighbour's row. */
interface Outcome {
  /** Whether any body succeeded, so that there is something to commit. */
  succeeded: boolean
  readonly answers: (() => void)[]
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
    const watch = new BodyWatch()
    try {
      let outcome = await this.#runTogether(batch, watch)
      if (outcome === undefined) {
        this.#rollback.run()
        this.#begin.run()
        outcome = await this.#runGuarded(batch, watch)
      }
      if (outcome.succeeded) {
        this.#commit.run()
        this.#onCommit()
      } else this.#rollback.run()
      for (const answer of outcome.answers) answer()
    } catch (error) {
      if (this.#connection.database.isTransaction) this.#rollback.run()
      for (const job of batch) job.reject(error)
    } finally {
      watch.stop()
    }
  }

  /**
   * Without savepoints, which copy every page a body touches: good for as long as no body fails with something of its
   * own to undo. Most that fail have changed nothing, since the guarded update that should have changed a row did not.
   * @returns `undefined` when everything has to be undone and run again, guarded.
   */
  async #runTogether(batch: Job<Tx>[], watch: BodyWatch): Promise<Outcome | undefined> {
    const outcome: Outcome = { succeeded: false, answers: [] }
    for (const job of batch) {
      const executor = new TransactionExecutor(this.#connection)
      try {
        const value = await watch.race(job.body(this.#createTx(executor)))
        outcome.succeeded = true
        outcome.answers.push(() => job.resolve(value))
      } catch (error) {
        if (!this.#connection.database.isTransaction) throw error
        // Alone, it is undone by the rollback of the whole batch.
        if (executor.hasWritten && batch.length > 1) return undefined
        outcome.answers.push(() => job.reject(error))
      } finally {
        executor.end()
      }
    }
    return outcome
  }

  /** Each body in a savepoint, so that one that fails undoes only itself. */
  async #runGuarded(batch: Job<Tx>[], watch: BodyWatch): Promise<Outcome> {
    const outcome: Outcome = { succeeded: false, answers: [] }
    for (const job of batch) {
      this.#savepoint.run()
      const executor = new TransactionExecutor(this.#connection)
      try {
        const value = await watch.race(job.body(this.#createTx(executor)))
        this.#release.run()
        outcome.succeeded = true
        outcome.answers.push(() => job.resolve(value))
      } catch (error) {
        // Some faults (a failing disk) make SQLite roll back everything: the others of this batch are gone too.
        if (!this.#connection.database.isTransaction) throw error
        this.#rollbackToSavepoint.run()
        this.#release.run()
        outcome.answers.push(() => job.reject(error))
      } finally {
        executor.end()
      }
    }
    return outcome
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
  /** Whether anything has been changed that a failure would have to undo. */
  hasWritten = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  end(): void {
    this.#over = true
  }

  async one<P extends object, R extends object>(
    statement: Statement<P, R>,
    params: P,
  ): Promise<R | undefined> {
    if (this.#over) return rejectLate(statement)
    const row = await this.#connection.one(statement, params)
    if (row !== undefined && isWrite(statement)) this.hasWritten = true
    return row
  }

  async all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]> {
    if (this.#over) return rejectLate(statement)
    const rows = await this.#connection.all(statement, params)
    if (rows.length > 0 && isWrite(statement)) this.hasWritten = true
    return rows
  }

  async run<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<number> {
    if (this.#over) return rejectLate(statement)
    const changes = await this.#connection.run(statement, params)
    if (changes > 0) this.hasWritten = true
    return changes
  }
}

/** Whether a statement that returns rows may also have changed them. */
function isWrite({ sql }: { readonly sql: string }): boolean {
  return /\b(?:insert|update|delete)\b/.test(sql)
}
