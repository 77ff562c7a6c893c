/** Fresh PostgreSQL databases for tests, on the server that the test command started. */
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

const serverUrl = process.env.TEST_POSTGRES_URL

/** For a test's `skip` option: false when there is a PostgreSQL, else the reason there is none. */
export const skipWithoutPostgres: string | false =
  serverUrl === undefined ? 'TEST_POSTGRES_URL is not set; `npm test` starts a PostgreSQL' : false

export interface TestDatabase {
  url: string
  /** Ends the connections that are left and removes the database. */
  drop(): Promise<void>
}

/**
 * An empty database that nobody else uses.
 *
 * @throws {Error} without `TEST_POSTGRES_URL`; skip with {@link skipWithoutPostgres} first.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (serverUrl === undefined) throw new Error(String(skipWithoutPostgres))
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(serverUrl, `drop database if exists ${name} with (force)`) }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
