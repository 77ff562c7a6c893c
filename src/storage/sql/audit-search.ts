/**
 * Searching the audit log. A search is driven by one index: that of the filter that narrows most, else the one over
 * time. What that index does not know is asked of the first {@link auditReach} rows it gives, so that no combination of
 * filters makes the database read on and on; a search that stops there says so, and can be gone on with.
 */
import {
  type AuditFilters,
  type AuditPage,
  type AuditRecord,
  type AuditSeverity,
  type AuditStatistics,
  auditReach,
  auditSeverities,
} from '../../observability/audit-record.ts'
import { type Instant, instant } from '../../shared/clock.ts'
import { countLimit, type ListTotal, type ListWindow } from '../../shared/listing.ts'
import { type AuditRow, auditColumns, toAuditRecord } from './audit-rows.ts'
import { readCursor, writeCursor } from './listing.ts'
import { type Executor, type SqlValue, type Statement, statement } from './statement.ts'

type FilterName = Exclude<keyof AuditFilters, 'from' | 'to'>
type Params = Record<string, SqlValue>

const severityIs = (severity: AuditSeverity): string => `severity = '${severity}'`
const contains = (column: string): string => `lower(coalesce(${column}, '')) like :text escape '\\'`

/** What each filter asks. Success and severity are the conditions of partial indexes, and so in words of their own. */
const conditions: { readonly [Name in FilterName]: (filters: AuditFilters) => string } = {
  resourceId: () => 'resource_id = :resource_id',
  actorId: () => 'actor_id = :actor_id',
  actorName: () => 'actor_name = :actor_name',
  actorIp: () => 'actor_ip = :actor_ip',
  eventType: () => 'event_type = :event_type',
  severity: ({ severity }) => severityIs(severity!),
  success: ({ success }) => `success = ${success === true ? 1 : 0}`,
  resourceType: () => 'resource_type = :resource_type',
  text: () => `(${['action', 'resource_name', 'actor_name'].map(contains).join(' or ')})`,
}

/** Filters with an index of their own, the one that narrows most first. */
const driving = ['resourceId', 'actorId', 'actorName', 'actorIp', 'eventType'] as const

/** The filter whose index drives a search. */
function driverOf(filters: AuditFilters): FilterName | undefined {
  const exact = driving.find((name) => filters[name] !== undefined)
  if (exact !== undefined) return exact
  if (filters.severity !== undefined && filters.severity !== 'INFO') return 'severity'
  return filters.success === false ? 'success' : undefined
}

interface Plan {
  /** What the driving index answers, times included. */
  driven: string[]
  /** What is asked of each row it gives. */
  residual: string[]
  params: Params
}

function planOf(filters: AuditFilters): Plan {
  const driver = driverOf(filters)
  const residual = (Object.keys(conditions) as FilterName[])
    .filter((name) => filters[name] !== undefined && name !== driver)
    .map((name) => conditions[name](filters))
  const driven = [
    ...(driver === undefined ? [] : [conditions[driver](filters)]),
    ...(filters.from === undefined ? [] : ['at >= :from']),
    // Always true. SQLite takes the index over time for a condition, and would rather sort all rows without one.
    ...(driver === undefined && filters.from === undefined ? ['at > 0'] : []),
    ...(filters.to === undefined ? [] : ['at < :to']),
  ]
  const params: Params = {
    resource_id: filters.resourceId,
    actor_id: filters.actorId,
    actor_name: filters.actorName,
    actor_ip: filters.actorIp,
    event_type: filters.eventType,
    resource_type: filters.resourceType,
    text:
      filters.text === undefined ? undefined : `%${filters.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`,
    from: filters.from,
    to: filters.to,
  }
  return { driven, residual, params }
}

const where = (all: readonly string[]): string => (all.length === 0 ? '' : ` where ${all.join(' and ')}`)

/** Statements by their text: a few dozen combinations of filters are asked for in practice. */
const made = new Map<string, Statement<Params, never>>()

function prepared<Row extends object>(sql: string): Statement<Params, Row> {
  let known = made.get(sql)
  if (known === undefined) {
    known = statement<Params, never>(`audit_log.search_${made.size}`, sql)
    made.set(sql, known)
  }
  return known
}

interface Key {
  at: Instant
  id: string
}

const columns = auditColumns.join(', ')

/**
 * As many rows as a search looks through, as a table to ask the rest of. Nothing sorts or counts it, so that a database
 * stops reading once enough of them fit.
 */
function within(reach: number, driven: readonly string[], order: string): string {
  return `(select ${residualColumns} from audit_log${where(driven)} order by ${order} limit ${reach}) as candidates`
}

/** Every column that {@link conditions} ask, and those that order. */
const residualColumns =
  'at, id, resource_id, actor_id, actor_name, actor_ip, event_type, severity, success, resource_type, action, resource_name'

export async function searchAudit(
  sql: Executor,
  filters: AuditFilters,
  { limit, after, before }: ListWindow,
): Promise<AuditPage> {
  const start = startOf(after ?? before)
  const backwards = start !== undefined && after === undefined
  const order = backwards ? 'at asc, id asc' : 'at desc, id desc'
  const { driven, residual, params } = planOf(filters)
  const bounded = [
    ...driven,
    // The plain comparison is the one that every index is entered by.
    ...(start === undefined
      ? []
      : backwards
        ? ['at >= :start_at', '(at, id) > (:start_at, :start_id)']
        : ['at <= :start_at', '(at, id) < (:start_at, :start_id)']),
  ]
  const values = { ...params, start_at: start?.at, start_id: start?.id }
  const page = prepared<AuditRow>(
    residual.length === 0
      ? `select ${columns} from audit_log${where(bounded)} order by ${order} limit :limit`
      : `select ${columns} from audit_log where id in
          (select id from ${within(auditReach, bounded, order)}${where(residual)} order by ${order} limit :limit)
        order by ${order}`,
  )
  const rows = await sql.all(page, { ...values, limit: limit + 1 })
  const more = rows.length > limit
  const entries = rows.slice(0, limit)
  // Not filled, so everything within reach was looked through: was that all there is?
  const stop = more || residual.length === 0 ? undefined : await endOfReach(sql, bounded, order, values)
  if (backwards) entries.reverse()
  const cursor = (key: Key | undefined): string | null =>
    key === undefined ? null : writeCursor([key.at, key.id])
  const further = (end: Key | undefined): string | null => (more ? cursor(end) : cursor(stop))
  return {
    entries: entries.map(toAuditRecord),
    previous: backwards ? further(entries[0]) : start === undefined ? null : cursor(entries[0] ?? start),
    next: backwards ? cursor(entries.at(-1) ?? start) : further(entries.at(-1)),
    stoppedAt: stop?.at,
  }
}

/** The row that a cursor names; one that makes no sense leads to the first page. */
function startOf(cursor: string | undefined): Key | undefined {
  const [at, id] = readCursor(cursor, 2) ?? []
  return typeof at === 'number' && typeof id === 'string' ? { at: instant(at), id } : undefined
}

/** The last row that a search looks through, if there are that many. */
function endOfReach(
  sql: Executor,
  bounded: readonly string[],
  order: string,
  values: Params,
): Promise<Key | undefined> {
  const last = prepared<Key>(
    `select at, id from audit_log${where(bounded)} order by ${order} limit 1 offset ${auditReach - 1}`,
  )
  return sql.one(last, values)
}

export async function numberedAuditPage(
  sql: Executor,
  filters: AuditFilters,
  page: number,
  size: number,
): Promise<AuditRecord[]> {
  const { driven, residual, params } = planOf(filters)
  const offset = (page - 1) * size
  const reach = residual.length === 0 ? countLimit : auditReach
  if (offset >= reach) return []
  const order = 'order by at desc, id desc'
  const found = prepared<AuditRow>(
    residual.length === 0
      ? `select ${columns} from audit_log where id in
          (select id from audit_log${where(driven)} ${order} limit :limit offset :offset) ${order}`
      : `select ${columns} from audit_log where id in
          (select id from ${within(reach, driven, 'at desc, id desc')}${where(residual)}
            ${order} limit :limit offset :offset) ${order}`,
  )
  const rows = await sql.all(found, { ...params, limit: Math.min(size, reach - offset), offset })
  return rows.map(toAuditRecord)
}

export async function countAudit(sql: Executor, filters: AuditFilters): Promise<ListTotal> {
  const { driven, residual, params } = planOf(filters)
  const reach = residual.length === 0 ? countLimit : auditReach
  const count = prepared<{ found: number; seen: number }>(
    residual.length === 0
      ? `select count(*) as found, count(*) as seen
        from (select 1 from audit_log${where(driven)} limit ${reach + 1}) as candidates`
      : `select coalesce(sum(case when ${residual.join(' and ')} then 1 else 0 end), 0) as found, count(*) as seen
        from ${within(reach + 1, driven, 'at desc')}`,
  )
  const { found, seen } = (await sql.one(count, params))!
  return { count: Math.min(found, reach), atLeast: seen > reach }
}

// audit_log_event_type, from one type to the next.
const nextType = statement<{ previous: string }, { event_type: string }>(
  'audit_log.next_type',
  'select event_type from audit_log where event_type > :previous order by event_type limit 1',
)
// The same, a range of it.
const countType = statement<{ event_type: string; from: Instant; to: Instant }, { found: number }>(
  'audit_log.count_type',
  'select count(*) as found from audit_log where event_type = :event_type and at >= :from and at < :to',
)
// audit_log_warnings, audit_log_errors or audit_log_critical, a range of it.
const countSeverity = (severity: AuditSeverity) =>
  prepared<{ found: number }>(
    `select count(*) as found from audit_log where ${severityIs(severity)} and at >= :from and at < :to`,
  )
// audit_log_failures, a range of it.
const countFailures = statement<{ from: Instant; to: Instant }, { found: number }>(
  'audit_log.count_failures',
  'select count(*) as found from audit_log where success = 0 and at >= :from and at < :to',
)

export async function auditStatistics(sql: Executor, from: Instant, to: Instant): Promise<AuditStatistics> {
  const byType = new Map<string, number>()
  let total = 0
  for (let type = ''; ; ) {
    // SQLite answers on this thread: others come between two kinds.
    await new Promise((resolve) => setImmediate(resolve))
    const next = await sql.one(nextType, { previous: type })
    if (next === undefined) break
    type = next.event_type
    const found = (await sql.one(countType, { event_type: type, from, to }))?.found ?? 0
    if (found > 0) byType.set(type, found)
    total += found
  }
  const bySeverity = new Map<AuditSeverity, number>()
  let ordinary = total
  for (const severity of auditSeverities) {
    if (severity === 'INFO') continue
    const found = (await sql.one(countSeverity(severity), { from, to }))?.found ?? 0
    if (found > 0) bySeverity.set(severity, found)
    ordinary -= found
  }
  if (ordinary > 0) bySeverity.set('INFO', ordinary)
  const failures = (await sql.one(countFailures, { from, to }))?.found ?? 0
  return { total, failures, byType, bySeverity }
}
