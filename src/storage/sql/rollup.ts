/** {@link RollupStore} in SQL. */
import type { RollupRow, RollupSpan, RollupStore } from '../../observability/rollup-record.ts'
import type { Instant } from '../../shared/clock.ts'
import { type Executor, statement } from './statement.ts'

interface Row {
  starts_at: Instant
  name: string
  amount: number
}

// Primary key, a range of it.
const list = statement<{ span: RollupSpan; from: Instant; to: Instant }, Row>(
  'rollup.list',
  `select starts_at, name, amount from rollup
  where span = :span and starts_at >= :from and starts_at < :to order by starts_at, name`,
)

const add = statement<Row & { span: RollupSpan }>(
  'rollup.add',
  `insert into rollup (span, starts_at, name, amount) values (:span, :starts_at, :name, :amount)
  on conflict (span, starts_at, name) do update set amount = rollup.amount + excluded.amount`,
)

// Primary key, from the start of each span.
const deleteOlderThan = statement<{ span: RollupSpan; before: Instant; limit: number }>(
  'rollup.delete_older_than',
  `with picked as (
    select starts_at, name from rollup where span = :span and starts_at < :before
    order by starts_at limit :limit for update skip locked
  )
  delete from rollup where span = :span and (starts_at, name) in (select starts_at, name from picked)`,
)

export class SqlRollupStore implements RollupStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async list(span: RollupSpan, from: Instant, to: Instant): Promise<RollupRow[]> {
    const rows = await this.#sql.all(list, { span, from, to })
    return rows.map(({ starts_at, name, amount }) => ({ span, startsAt: starts_at, name, amount }))
  }

  async add(rows: readonly RollupRow[]): Promise<void> {
    await Promise.all(
      rows.map(({ span, startsAt, name, amount }) =>
        this.#sql.run(add, { span, starts_at: startsAt, name, amount }),
      ),
    )
  }

  async deleteOlderThan(span: RollupSpan, before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteOlderThan, { span, before, limit })
  }
}
