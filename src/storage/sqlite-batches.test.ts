import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Executor, type NoParams, statement } from './sql/statement.ts'
import { SqliteBatches } from './sqlite-batches.ts'
import { SqliteConnection } from './sqlite-connection.ts'

const insert = statement<{ text: string }>('notes.insert', 'insert into notes (text) values (:text)')
const list = statement<NoParams, { text: string }>('notes.list', 'select text from notes order by rowid')
const fill = statement<NoParams>('notes.fill', 'insert into notes (text) values (zeroblob(1000000))')

function setUp(): {
  connection: SqliteConnection
  batches: SqliteBatches<Executor>
  stored: () => Promise<string[]>
} {
  const connection = new SqliteConnection(':memory:', {})
  connection.database.exec('create table notes (text text not null)')
  const batches = new SqliteBatches<Executor>(connection, (executor) => executor)
  return {
    connection,
    batches,
    stored: async () => (await connection.all(list, {})).map(({ text }) => text),
  }
}

describe('group commit', () => {
  test('bodies asked for together share a commit and run in order', async () => {
    const { connection, batches, stored } = setUp()
    let commits = 0
    const texts = Array.from({ length: 100 }, (_, index) => String(index))
    const write = batches.transaction(async (tx) => {
      // Seen from inside, before the commit: nobody else has begun.
      commits += connection.database.isTransaction ? 1 : 0
      await tx.run(insert, { text: 'first' })
    })
    const rest = texts.map((text) => batches.transaction((tx) => tx.run(insert, { text })))
    await write
    assert.equal(connection.database.isTransaction, false)
    assert.equal(commits, 1)
    // The first answer comes after the commit of all.
    assert.deepEqual(await stored(), ['first', ...texts])
    await Promise.all(rest)
  })

  test('more than one batch is committed when very many wait', async () => {
    const { batches, stored } = setUp()
    const writes = Array.from({ length: 1500 }, (_, index) =>
      batches.transaction((tx) => tx.run(insert, { text: String(index) })),
    )
    await writes[0]
    assert.equal((await stored()).length, 512)
    await Promise.all(writes)
    assert.equal((await stored()).length, 1500)
  })

  test('a failed commit fails every body of its batch', async () => {
    const { connection, batches, stored } = setUp()
    connection.database.exec(`pragma foreign_keys = on;
      create table parents (id integer primary key);
      create table children (parent integer references parents (id) deferrable initially deferred);`)
    const orphan = statement<NoParams>('children.insert', 'insert into children values (1)')
    const outcomes = await Promise.allSettled([
      batches.transaction((tx) => tx.run(insert, { text: 'good' })),
      batches.transaction((tx) => tx.run(orphan, {})),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.deepEqual(await stored(), [])
    await batches.transaction((tx) => tx.run(insert, { text: 'next' }))
    assert.deepEqual(await stored(), ['next'])
  })

  test('nobody is told of a refusal that rests on a row whose commit failed', async () => {
    const { connection, batches } = setUp()
    connection.database.exec(`pragma foreign_keys = on;
      create table parents (id integer primary key);
      create table children (parent integer references parents (id) deferrable initially deferred);`)
    const orphan = statement<NoParams>('children.insert', 'insert into children values (1)')
    const redeem = async (tx: Executor) => {
      const seen = await tx.all(list, {})
      if (seen.length > 0) throw new Error('already redeemed')
      await tx.run(insert, { text: 'redeemed' })
      await tx.run(orphan, {})
    }
    const outcomes = await Promise.allSettled([batches.transaction(redeem), batches.transaction(redeem)])
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'rejected')
      assert.match(String(outcome.reason), /FOREIGN KEY/)
    }
  })

  test('a full disk: what was answered and what is stored agree', async () => {
    const { connection, batches, stored } = setUp()
    connection.database.exec('pragma max_page_count = 20')
    const outcomes = await Promise.allSettled([
      batches.transaction((tx) => tx.run(insert, { text: 'before' })),
      batches.transaction((tx) => tx.run(fill, {})),
      batches.transaction((tx) => tx.run(insert, { text: 'after' })),
    ])
    assert.equal(outcomes[1].status, 'rejected')
    const expected = [
      outcomes[0].status === 'fulfilled' && 'before',
      outcomes[2].status === 'fulfilled' && 'after',
    ]
    assert.deepEqual(
      await stored(),
      expected.filter((text) => text !== false),
    )
    await batches.transaction((tx) => tx.run(insert, { text: 'later' }))
    assert.equal((await stored()).at(-1), 'later')
  })

  test('a fault that makes SQLite drop the whole transaction fails every body of its batch', async () => {
    const { connection, batches, stored } = setUp()
    connection.database.exec(
      "create trigger refuse before insert on notes when new.text = 'poison' begin select raise(rollback, 'refused'); end",
    )
    const outcomes = await Promise.allSettled(
      ['one', 'poison', 'two'].map((text) => batches.transaction((tx) => tx.run(insert, { text }))),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
    assert.deepEqual(await stored(), [])
    await batches.transaction((tx) => tx.run(insert, { text: 'next' }))
    assert.deepEqual(await stored(), ['next'])
  })
})
