/** A look at the database past the server: the tests' own SQL, on a connection of their own. */
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'

export interface DatabaseLook {
  /** Runs one query; `:now` stands for `now` wherever it appears. */
  rows(sql: string, now?: number): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** @param dsn a PostgreSQL URL, or the path of a SQLite file. */
export async function lookAtDatabase(dsn: string): Promise<DatabaseLook> {
  if (dsn.startsWith('postgres')) {
    const client = new Client({ connectionString: dsn, options: '-c search_path=authgate' })
    await client.connect()
    return {
      rows: async (sql, now = 0) => (await client.query(sql.replaceAll(':now', String(now)))).rows,
      close: () => client.end(),
    }
  }
  const database = new DatabaseSync(dsn, { readOnly: true })
  return {
    rows: async (sql, now = 0) =>
      database.prepare(sql.replaceAll(':now', String(now))).all() as Record<string, unknown>[],
    close: async () => database.close(),
  }
}
