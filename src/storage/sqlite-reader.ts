/**
 * Reads of a SQLite file. All reads of one turn of the event loop share a read transaction: starting one takes several
 * system calls, which under load is most of what a read costs. What a turn reads is therefore one consistent moment;
 * a commit of this process ends it at once, so that whoever waited for the commit sees it.
 */
import type { StatementSync } from 'node:sqlite'
import type { Executor, Statement } from './sql/statement.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export class SqliteReader implements Executor {
  readonly #connection: SqliteConnection
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #endOfTurn = (): void => {
    this.#scheduled = false
    this.endSnapshot()
  }
  #open = false
  #scheduled = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    this.#begin = connection.database.prepare('begin')
    this.#commit = connection.database.prepare('commit')
  }

  /** The next read sees what has been committed until then. */
  endSnapshot(): void {
    if (!this.#open) return
    this.#open = false
    this.#commit.run()
  }

  one<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<R | undefined> {
    this.#openSnapshot()
    return this.#connection.one(query, params)
  }

  all<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<R[]> {
    this.#openSnapshot()
    return this.#connection.all(query, params)
  }

  run<P extends object, R extends object>(query: Statement<P, R>, params: P): Promise<number> {
    return this.#connection.run(query, params)
  }

  close(): void {
    this.endSnapshot()
    this.#connection.database.close()
  }

  #openSnapshot(): void {
    if (this.#open) return
    this.#begin.run()
    this.#open = true
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#endOfTurn)
  }
}
