/** {@link DirectoryReader} in SQL. */
import { countLimit, type ListTotal } from '../../shared/listing.ts'
import type { DirectoryCounts, DirectoryReader } from '../storage.ts'
import { type Executor, type NoParams, statement } from './statement.ts'

interface Row {
  accounts: number
  admins: number
  disabled: number
  active: number
  pending: number
}

const upTo = (from: string): string =>
  `(select count(*) from (select 1 from ${from} limit ${countLimit + 1}) as counted)`

// accounts_admins and accounts_disabled; of each as many rows as are counted.
const count = statement<NoParams, Row>(
  'directory.count',
  `select ${upTo('accounts')} as accounts,
    ${upTo("accounts where role = 'admin'")} as admins,
    ${upTo("accounts where status = 'disabled'")} as disabled,
    ${upTo("clients where status = 'active'")} as active,
    ${upTo("clients where status = 'pending'")} as pending`,
)

const total = (found: number): ListTotal => ({
  count: Math.min(found, countLimit),
  atLeast: found > countLimit,
})

export class SqlDirectoryReader implements DirectoryReader {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async count(): Promise<DirectoryCounts> {
    const row = (await this.#sql.one(count, {}))!
    return {
      accounts: { all: total(row.accounts), admins: total(row.admins), disabled: total(row.disabled) },
      clients: { active: total(row.active), pending: total(row.pending) },
    }
  }
}
