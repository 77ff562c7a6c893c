import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePostgresDsn } from './postgres-dsn.ts'

describe('PostgreSQL connection strings', () => {
  test('a URL is left to the driver', () => {
    for (const dsn of ['postgres://u:p@h/d?sslmode=disable', 'postgresql://h:5433/d']) {
      assert.deepEqual(parsePostgresDsn(dsn), { connectionString: dsn })
    }
  })

  test('keywords', () => {
    assert.deepEqual(
      parsePostgresDsn("host=db.example.com port=5433 user=authgate password='it\\'s' dbname=auth"),
      { host: 'db.example.com', port: 5433, user: 'authgate', password: "it's", database: 'auth' },
    )
    assert.deepEqual(parsePostgresDsn(`  host = /var/run/postgresql  password=''  TimeZone=Asia/Taipei `), {
      host: '/var/run/postgresql',
      password: '',
    })
    assert.deepEqual(parsePostgresDsn(String.raw`password=a\ b\\c dbname='two words'`), {
      password: String.raw`a b\c`,
      database: 'two words',
    })
  })

  test('encryption as libpq means it', () => {
    assert.equal(parsePostgresDsn('sslmode=disable').ssl, false)
    assert.deepEqual(parsePostgresDsn('sslmode=require').ssl, { rejectUnauthorized: false })
    assert.equal(parsePostgresDsn('sslmode=verify-full').ssl, true)
    assert.throws(() => parsePostgresDsn('sslmode=maybe'), /sslmode “maybe”/)
  })

  test('anything else is refused without repeating it', () => {
    for (const dsn of ['secret', 'host=h secret', "password='secret", 'mysql://secret@h/d']) {
      assert.throws(
        () => parsePostgresDsn(dsn),
        (error) => error instanceof Error && !error.message.includes('secret'),
      )
    }
  })
})
