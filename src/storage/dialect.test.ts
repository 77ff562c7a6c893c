import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postgres, sqlite } from './dialect.ts'

describe('dialects', () => {
  const sql = `with picked as (
    select t.id from t where at < :now order by at limit :limit for update of t skip locked
  )
  update t set at = :now, minute = cast(:now as bigint) / 60000 where id in (select id from picked)`

  test('PostgreSQL numbers parameters, a repeated one once', () => {
    const { text, parameters } = postgres.compile(sql)
    assert.deepEqual(parameters, ['now', 'limit'])
    assert.match(text, /at < \$1 order by at limit \$2 for update of t skip locked/)
    assert.match(text, /set at = \$1, minute = cast\(\$1 as bigint\)/)
  })

  test('SQLite takes them in order, and no row locks', () => {
    const { text, parameters } = sqlite.compile(sql)
    assert.deepEqual(parameters, ['now', 'limit', 'now', 'now'])
    assert.match(text, /at < \? order by at limit \?\s+\)/)
    assert.doesNotMatch(text, /for update|skip locked|:/)
  })

  test('a cast is no parameter', () => {
    assert.deepEqual(postgres.compile('select id::text from t where id = :id').parameters, ['id'])
  })

  test('other errors are not taken for a taken value', () => {
    for (const error of [new Error('UNIQUE constraint failed: a.b'), 'text', undefined]) {
      assert.equal(sqlite.takenColumn(error), undefined)
      assert.equal(postgres.takenColumn(error), undefined)
    }
    assert.equal(
      postgres.takenColumn(Object.assign(new Error('fk'), { code: '23503', table: 'a' })),
      undefined,
    )
  })

  test('a taken value is found in any language', () => {
    const error = Object.assign(new Error('doppelter Schlüsselwert'), {
      code: '23505',
      table: 'accounts',
      detail: 'Schlüssel »(username)=(zoë)« existiert bereits.',
    })
    assert.equal(postgres.takenColumn(error), 'accounts.username')
  })
})
