/** Fresh PostgreSQL databases for tests, on the server that TEST_POSTGRES_URL names. */
import pg from 'pg'
import { ids } from './fixtures.ts'

/** Why tests on PostgreSQL do not run here, or `false`. */
export function postgresSkipReason(serverUrl: string | undefined): string | false {
  return serverUrl === undefined && 'TEST_POSTGRES_URL names no PostgreSQL server'
}

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** @param serverUrl of a role that may create databases. */
export async function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `authgate_test_${ids.next().replaceAll('-', '')}`
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await onServer(serverUrl, `create database ${name}`)
  return { url: url.href, drop: () => onServer(serverUrl, `drop database ${name} with (force)`) }
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
