/**
 * A statement is SQL text that never changes, written once for both databases, with named parameters; each database
 * compiles and prepares it once. An {@link Executor} runs it on one connection.
 */

export type SqlValue = string | number | Uint8Array | null | undefined

/** @typeParam Params its parameters by name; @typeParam Row what it returns. */
export interface Statement<Params extends object, Row extends object> {
  /** Unique; the name of the prepared statement on PostgreSQL, where at most 63 bytes count. */
  readonly name: string
  readonly sql: string
  /**
   * When PostgreSQL plans it: once it knows the statement, for any values; or each time, for the values at hand, which
   * takes as long as a short statement and is for those that need another plan by what they are asked.
   */
  readonly planned: 'once' | 'each_time'
  /** Carries the types only. */
  readonly signature?: (params: Params) => Row
}

export interface Executor {
  /** The first row, or `undefined` when there is none. */
  one<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R | undefined>
  all<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<R[]>
  /** @returns how many rows it inserted, changed or deleted. */
  run<P extends object, R extends object>(statement: Statement<P, R>, params: P): Promise<number>
}

/** For statements without parameters. */
export type NoParams = Record<never, never>

export function statement<Params extends object, Row extends object = never>(
  name: string,
  sql: string,
  planned: Statement<Params, Row>['planned'] = 'once',
): Statement<Params, Row> {
  return { name, sql, planned }
}

/** Inserts one row; the columns are the row's own members. */
export function insertStatement<Row extends object>(
  table: string,
  columns: readonly (keyof Row & string)[],
): Statement<Row, never> {
  const values = columns.map((column) => `:${column}`).join(', ')
  return statement(`${table}.insert`, `insert into ${table} (${columns.join(', ')}) values (${values})`)
}

/** The values of `params` in the order of `parameters`; `undefined` becomes NULL. */
export function bind(parameters: readonly string[], params: object): Exclude<SqlValue, undefined>[] {
  const values = new Array<Exclude<SqlValue, undefined>>(parameters.length)
  for (let index = 0; index < parameters.length; index++) {
    values[index] = (params as Record<string, SqlValue>)[parameters[index]!] ?? null
  }
  return values
}

/** What a statement is answered when its transaction is over: its connection may be working for somebody else. */
export function rejectLate(late: { readonly name: string }): Promise<never> {
  return Promise.reject(new Error(`${late.name} was called after its transaction was over`))
}
