/** {@link ReplayStore} in SQL. */
import type { ReplayStore } from '../../oauth/replay-store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import { type Executor, statement } from './statement.ts'

// Primary key. On PostgreSQL a second insert waits for the first one's commit, and then does nothing.
const use = statement<{ digest: SecretDigest; expires_at: Instant }>(
  'used_values.use',
  'insert into used_values (digest, expires_at) values (:digest, :expires_at) on conflict (digest) do nothing',
)

// used_values_expiry, from its start.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'used_values.delete_expired',
  `with picked as (
    select digest from used_values where expires_at < :before
    order by expires_at limit :limit for update skip locked
  )
  delete from used_values where digest in (select digest from picked)`,
)

export class SqlReplayStore implements ReplayStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async use(digest: SecretDigest, expiresAt: Instant): Promise<'first' | 'replayed'> {
    return (await this.#sql.run(use, { digest, expires_at: expiresAt })) === 1 ? 'first' : 'replayed'
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}
