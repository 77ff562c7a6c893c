/**
 * Everything SQLite and PostgreSQL disagree on. The SQL in `sql/` is written once, in the form both accept: `:name`
 * parameters, instants as whole milliseconds, yes and no as 1 and 0, lists as text, row locks as PostgreSQL writes
 * them. A {@link Dialect} turns that form into what one database wants.
 */

/** Names of column types as migrations use them. */
export interface ColumnTypes {
  /** An id or a digest: compared byte by byte, so that UUIDv7 text sorts by time whatever the database's locale. */
  id: string
  /** Milliseconds since the epoch, and other whole numbers that may not fit 32 bits. */
  bigint: string
  bytes: string
}

export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  readonly types: ColumnTypes
  /** SQL for the current time in milliseconds. */
  readonly now: string
  /** The text of a statement with the database's own placeholders, and which parameter each of them takes. */
  compile(sql: string): { text: string; parameters: readonly string[] }
  /** `table.column` of the unique value that an error says is taken, its first column if it has several; else `undefined`. */
  takenColumn(error: unknown): string | undefined
}

/** A colon that starts a parameter, and not PostgreSQL's `::` cast. */
const parameterPattern = /(?<![:\w]):([a-z_]+)/g
const rowLockPattern = /\s+for (?:update|share)(?: of \w+)?(?: skip locked)?/g

const sqliteUniqueErrors = new Set([
  1555, // SQLITE_CONSTRAINT_PRIMARYKEY
  2067, // SQLITE_CONSTRAINT_UNIQUE
])

export const sqlite: Dialect = {
  name: 'sqlite',
  types: { id: 'TEXT', bigint: 'INTEGER', bytes: 'BLOB' },
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  compile(sql) {
    const parameters: string[] = []
    // One writer at a time: there is no other transaction to lock a row against.
    const text = sql.replace(rowLockPattern, '').replace(parameterPattern, (_, name: string) => {
      parameters.push(name)
      return '?'
    })
    return { text, parameters }
  },
  takenColumn(error) {
    if (!(error instanceof Error) || !('errcode' in error)) return undefined
    if (!sqliteUniqueErrors.has(error.errcode as number)) return undefined
    return /failed: (\w+\.\w+)/.exec(error.message)?.[1]
  },
}

export const postgres: Dialect = {
  name: 'postgres',
  types: { id: 'TEXT COLLATE "C"', bigint: 'BIGINT', bytes: 'BYTEA' },
  now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
  compile(sql) {
    const parameters: string[] = []
    const text = sql.replace(parameterPattern, (_, name: string) => {
      const known = parameters.indexOf(name)
      return `$${known >= 0 ? known + 1 : parameters.push(name)}`
    })
    return { text, parameters }
  },
  takenColumn(error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== '23505') return undefined
    const { table, detail } = error as Error & { table?: string; detail?: string }
    // "Key (username)=(…) already exists.", in any language.
    const column = /\((\w+)(?:, \w+)*\)=/.exec(detail ?? '')?.[1]
    return column === undefined ? undefined : `${table}.${column}`
  },
}
