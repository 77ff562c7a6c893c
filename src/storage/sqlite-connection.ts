/** One connection to SQLite, as an {@link Executor}: each statement is prepared once and kept. */
import { DatabaseSync, type DatabaseSyncOptions, type StatementSync } from 'node:sqlite'
import { sqlite } from './dialect.ts'
import { bind, type Executor, type Statement } from './sql/statement.ts'
import { translateTaken } from './taken-values.ts'

interface Prepared {
  statement: StatementSync
  parameters: readonly string[]
}

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
      return Promise.resolve(
        prepared.statement.get(...bind(prepared.parameters, params)) as unknown as R | undefined,
      )
    } catch (error) {
      return Promise.reject(translateTaken(sqlite, error))
    }
  }

  all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]> {
    try {
      const prepared = this.#prepare(statement)
      return Promise.resolve(prepared.statement.all(...bind(prepared.parameters, params)) as unknown as R[])
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
    const prepared = { statement: this.database.prepare(text), parameters }
    this.#prepared.set(statement, prepared)
    return prepared
  }
}

/** SQLITE_BUSY, also in its extended forms: another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && ((error.errcode as number) & 0xff) === 5
}
