import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { createTestDatabase, skipWithoutPostgres } from './postgres.ts'

test('each test database is empty, its own, and gone when dropped', {
  skip: skipWithoutPostgres,
}, async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const client = new Client({ connectionString: one.url })
  // Dropping cuts the connection; the client tells it as an event.
  client.on('error', () => {})
  await client.connect()
  await client.query('create table here (id int)')

  const other = new Client({ connectionString: two.url })
  await other.connect()
  const { rows } = await other.query("select to_regclass('here') as found, current_setting('fsync') as fsync")
  assert.deepEqual(rows, [{ found: null, fsync: 'on' }])
  await other.end()

  await Promise.all([one.drop(), two.drop()])
  const gone = new Client({ connectionString: one.url })
  await assert.rejects(gone.connect(), { code: '3D000' })
})
