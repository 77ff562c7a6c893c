/** {@link AuditStore} in SQL. */
import type {
  AuditFilters,
  AuditPage,
  AuditRecord,
  AuditStatistics,
  AuditStore,
} from '../../observability/audit-record.ts'
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal, ListWindow } from '../../shared/listing.ts'
import { type AuditRow, auditColumns, fromAuditRecord, toAuditRecord } from './audit-rows.ts'
import { auditStatistics, countAudit, numberedAuditPage, searchAudit } from './audit-search.ts'
import { type Executor, insertStatement, statement } from './statement.ts'

// Primary key, from its end: ids grow with time.
const list = statement<{ limit: number; before: string }, AuditRow>(
  'audit_log.list',
  `select ${auditColumns} from audit_log where id < :before order by id desc limit :limit`,
)

/** Greater than every id, byte by byte. */
const pastEveryId = '~'

// audit_log_resource_id, from its end: hardly anything else is written about an account.
const signInsOf = statement<{ account_id: string; limit: number }, AuditRow>(
  'audit_log.sign_ins_of',
  `select ${auditColumns} from audit_log
  where resource_id = :account_id and event_type in ('AUTHENTICATION_SUCCESS', 'AUTHENTICATION_FAILURE')
  order by at desc, id desc limit :limit`,
)

const insert = insertStatement<AuditRow>('audit_log', auditColumns)

// audit_log_at, from its start.
const deleteOlderThan = statement<{ before: Instant; limit: number }>(
  'audit_log.delete_older_than',
  `with picked as (
    select id from audit_log where at < :before order by at limit :limit for update skip locked
  )
  delete from audit_log where id in (select id from picked)`,
)

export class SqlAuditStore implements AuditStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async list({ limit, before }: { limit: number; before?: string | undefined }): Promise<AuditRecord[]> {
    const rows = await this.#sql.all(list, { limit, before: before ?? pastEveryId })
    return rows.map(toAuditRecord)
  }

  async signInsOf(accountId: string, limit: number): Promise<AuditRecord[]> {
    return (await this.#sql.all(signInsOf, { account_id: accountId, limit })).map(toAuditRecord)
  }

  search(filters: AuditFilters, window: ListWindow): Promise<AuditPage> {
    return searchAudit(this.#sql, filters, window)
  }

  numberedPage(filters: AuditFilters, page: number, size: number): Promise<AuditRecord[]> {
    return numberedAuditPage(this.#sql, filters, page, size)
  }

  count(filters: AuditFilters): Promise<ListTotal> {
    return countAudit(this.#sql, filters)
  }

  statistics(from: Instant, to: Instant): Promise<AuditStatistics> {
    return auditStatistics(this.#sql, from, to)
  }

  async insertMany(records: readonly AuditRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.#sql.run(insert, fromAuditRecord(record))))
  }

  async deleteOlderThan(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteOlderThan, { before, limit })
  }
}
