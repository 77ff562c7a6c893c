/** What {@link RollupStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RollupRow } from '../../observability/rollup-record.ts'
import { addSeconds, type Instant, instant } from '../../shared/clock.ts'
import { type OpenFresh, suite } from './suite.ts'

const noon = instant(Date.UTC(2026, 1, 3, 12))
const minute = (number: number): Instant => addSeconds(noon, number * 60)
const row = (startsAt: Instant, name: string, amount: number): RollupRow => ({
  span: 1,
  startsAt,
  name,
  amount,
})

export function rollupStoreSuite(open: OpenFresh): void {
  suite('rollup', open, (storage) => {
    const add = (rows: readonly RollupRow[]) => storage().transaction((tx) => tx.rollup.add(rows))
    const all = () => storage().read.rollup.list(1, minute(0), minute(60))

    test('amounts add up, row by row, also of servers that write at the same time', async () => {
      await add([row(minute(0), 'login_success', 2), row(minute(1), 'login_success', 1)])
      await add([])
      await Promise.all(
        Array.from({ length: 20 }, () =>
          add([row(minute(0), 'http_4xx', 1), row(minute(0), 'login_success', 3)]),
        ),
      )
      assert.deepEqual(await all(), [
        row(minute(0), 'http_4xx', 20),
        row(minute(0), 'login_success', 62),
        row(minute(1), 'login_success', 1),
      ])
    })

    test('a list holds what starts in its time, of its span', async () => {
      await add([
        { ...row(minute(15), 'http_5xx', 7), span: 15 },
        row(minute(30), 'http_5xx', 1),
        row(minute(45), 'http_5xx', 5),
      ])
      assert.deepEqual(await storage().read.rollup.list(15, minute(0), minute(16)), [
        { ...row(minute(15), 'http_5xx', 7), span: 15 },
      ])
      assert.deepEqual(await storage().read.rollup.list(15, minute(0), minute(15)), [])
      assert.deepEqual(await storage().read.rollup.list(1, minute(30), minute(45)), [
        row(minute(30), 'http_5xx', 1),
      ])
    })

    test('more than 32 bits hold', async () => {
      const many = 2 ** 40
      await add([{ ...row(minute(0), 'http_within_1', many), span: 120 }])
      await add([{ ...row(minute(0), 'http_within_1', many), span: 120 }])
      const [stored] = await storage().read.rollup.list(120, minute(0), minute(1))
      assert.equal(stored?.amount, 2 * many)
    })

    test('clean-up deletes old rows of one span in batches', async () => {
      const clean = (limit: number) =>
        storage().transaction((tx) => tx.rollup.deleteOlderThan(1, minute(45), limit))
      assert.deepEqual([await clean(3), await clean(3), await clean(3)], [3, 1, 0])
      assert.deepEqual(await all(), [row(minute(45), 'http_5xx', 5)])
      assert.equal((await storage().read.rollup.list(15, minute(0), minute(60))).length, 1)
    })
  })
}
