/** One line of the audit log, and the port that keeps it. */
import type { Instant } from '../shared/clock.ts'
import type { ListPage, ListTotal, ListWindow } from '../shared/listing.ts'

export const auditSeverities = ['INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const
export type AuditSeverity = (typeof auditSeverities)[number]
export const auditResourceTypes = [
  'USER',
  'CLIENT',
  'RESOURCE',
  'TOKEN',
  'DEVICE_CODE',
  'AUTHORIZATION',
  'SESSION',
  'KEY',
] as const
export type AuditResourceType = (typeof auditResourceTypes)[number]

export interface AuditRecord {
  /** UUIDv7, so that the newest rows are the last. */
  id: string
  eventType: string
  at: Instant
  severity: AuditSeverity
  /** Account id, `client:<client_id>`, `command_line` or `system`; `undefined` when nobody is known. */
  actorId: string | undefined
  actorName: string | undefined
  actorIp: string | undefined
  resourceType: AuditResourceType | undefined
  resourceId: string | undefined
  resourceName: string | undefined
  /** What happened, in one plain sentence. */
  action: string
  details: Readonly<Record<string, unknown>> | undefined
  success: boolean
  errorMessage: string | undefined
  requestId: string | undefined
  userAgent: string | undefined
  requestPath: string | undefined
  requestMethod: string | undefined
}

/** What a search asks for; every member that has a value must hold. */
export interface AuditFilters {
  eventType?: string | undefined
  severity?: AuditSeverity | undefined
  success?: boolean | undefined
  /** Exactly. */
  actorId?: string | undefined
  /** Exactly. */
  actorName?: string | undefined
  /** Exactly. */
  actorIp?: string | undefined
  resourceType?: AuditResourceType | undefined
  /** Exactly. */
  resourceId?: string | undefined
  /** Part of the action, of the name of the resource or of the actor's, in either case of ASCII letters. */
  text?: string | undefined
  /** From this instant on. */
  from?: Instant | undefined
  /** Before this instant. */
  to?: Instant | undefined
}

/**
 * How many rows one search looks through at most when no index knows all it asks for: those that fit the filter that
 * narrows most, in the order of time. Whoever wants more goes on where it stopped.
 */
export const auditReach = 3000

export interface AuditPage extends ListPage<AuditRecord> {
  /** Where a search stopped that did not look through all; `next` then goes on behind it, as `previous` before it. */
  stoppedAt: Instant | undefined
}

export interface AuditStatistics {
  total: number
  failures: number
  byType: ReadonlyMap<string, number>
  bySeverity: ReadonlyMap<AuditSeverity, number>
}

export interface AuditReader {
  /** Newest first, by the time of what happened. */
  search(filters: AuditFilters, window: ListWindow): Promise<AuditPage>
  /** One page, by its number from 1, of the rows that {@link AuditReader.count} counts. */
  numberedPage(filters: AuditFilters, page: number, size: number): Promise<AuditRecord[]>
  /** Of the newest rows, as many as are counted in any list, or as a search looks through. */
  count(filters: AuditFilters): Promise<ListTotal>
  /** How many rows of each kind there are from `from` until before `to`. */
  statistics(from: Instant, to: Instant): Promise<AuditStatistics>
  /** The newest attempts to sign in to an account, those that failed among them. */
  signInsOf(accountId: string, limit: number): Promise<AuditRecord[]>
  /** In the order they were written, the last first. */
  list(options: { limit: number; before?: string | undefined }): Promise<AuditRecord[]>
}

export interface AuditStore extends AuditReader {
  insertMany(records: readonly AuditRecord[]): Promise<void>
  /** Deletes at most `limit` records older than `before`. @returns how many. */
  deleteOlderThan(before: Instant, limit: number): Promise<number>
}
