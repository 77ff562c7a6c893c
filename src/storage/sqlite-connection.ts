/** One connection to SQLite, as an {@link Executor}: each statement is prepared once and kept. */
import { DatabaseSync, type DatabaseSyncOptions, type StatementSync } from 'node:sqlite'
import { sqlite } from './dialect.ts'
import { bind, type Executor, type Statement } from './sql/statement.ts'
import { translateTaken } from './taken-values.ts'

interface Prepared {
  statement: StatementSync
  parameters: readonly string[]
  /** Names of the columns it returns, in order. */
  columns: readonly string[]
}

type Value = string | number | Uint8Array | null

type AnyStatement = Statement<never, object>

export class SqliteConnection implements Executor {
  readonly database: DatabaseSync
  readonly #prepared = new Map<AnyStatement, Prepared>()

  constructor(path: string, options: DatabaseSyncOptions) {
    this.database = new DatabaseSync(path, options)
  }

  one<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R | undefined> {
    try {
      const prepared = this.#prepare(statement)
      const values = prepared.statement.get(...bind(prepared.parameters, params))
      return Promise.resolve(values === undefined ? undefined : toRow<R>(prepared.columns, values))
    } catch (error) {
      return Promise.reject(translateTaken(sqlite, error))
    }
  }

  all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]> {
    try {
      const prepared = this.#prepare(statement)
      const rows = prepared.statement.all(...bind(prepared.parameters, params))
      return Promise.resolve(rows.map((values) => toRow<R>(prepared.columns, values)))
    } catch (error) {
      return Promise.reject(translateTaken(sqlite, error))
    }
  }

  run<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<number> {
    try {
      const prepared = this.#prepare(statement)
      return Promise.resolve(prepared.statement.run(...bind(prepared.parameters, params)).changes as number)
    } catch (error) {
      return Promise.reject(translateTaken(sqlite, error))
    }
  }

  #prepare(statement: AnyStatement): Prepared {
    const known = this.#prepared.get(statement)
    if (known !== undefined) return known
    const { text, parameters } = sqlite.compile(statement.sql)
    const compiled = this.database.prepare(text)
    // Rows as arrays: as objects each would come with a shape of its own, slow to make and slow to read.
    compiled.setReturnArrays(true)
    const prepared = { statement: compiled, parameters, columns: compiled.columns().map(({ name }) => name) }
    this.#prepared.set(statement, prepared)
    return prepared
  }
}

/** SQLITE_BUSY, also in its extended forms: another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && ((error.errcode as number) & 0xff) === 5
}

function toRow<R extends object>(columns: readonly string[], values: unknown): R {
  const row: Record<string, Value> = {}
  for (let index = 0; index < columns.length; index++) {
    row[columns[index]!] = (values as readonly Value[])[index]!
  }
  return row as R
}
