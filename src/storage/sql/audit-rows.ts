/** Rows of the audit log, and what they mean. */
import type { AuditRecord, AuditResourceType, AuditSeverity } from '../../observability/audit-record.ts'
import type { Instant } from '../../shared/clock.ts'

export interface AuditRow {
  id: string
  event_type: string
  at: Instant
  severity: AuditSeverity
  actor_id: string | null
  actor_name: string | null
  actor_ip: string | null
  resource_type: AuditResourceType | null
  resource_id: string | null
  resource_name: string | null
  action: string
  details: string | null
  success: number
  error_message: string | null
  request_id: string | null
  user_agent: string | null
  request_path: string | null
  request_method: string | null
}

export const auditColumns = [
  'id',
  'event_type',
  'at',
  'severity',
  'actor_id',
  'actor_name',
  'actor_ip',
  'resource_type',
  'resource_id',
  'resource_name',
  'action',
  'details',
  'success',
  'error_message',
  'request_id',
  'user_agent',
  'request_path',
  'request_method',
] as const satisfies readonly (keyof AuditRow)[]

export function fromAuditRecord(record: AuditRecord): AuditRow {
  return {
    id: record.id,
    event_type: record.eventType,
    at: record.at,
    severity: record.severity,
    actor_id: record.actorId ?? null,
    actor_name: record.actorName ?? null,
    actor_ip: record.actorIp ?? null,
    resource_type: record.resourceType ?? null,
    resource_id: record.resourceId ?? null,
    resource_name: record.resourceName ?? null,
    action: record.action,
    details: record.details === undefined ? null : JSON.stringify(record.details),
    success: record.success ? 1 : 0,
    error_message: record.errorMessage ?? null,
    request_id: record.requestId ?? null,
    user_agent: record.userAgent ?? null,
    request_path: record.requestPath ?? null,
    request_method: record.requestMethod ?? null,
  }
}

export function toAuditRecord(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    eventType: row.event_type,
    at: row.at,
    severity: row.severity,
    actorId: row.actor_id ?? undefined,
    actorName: row.actor_name ?? undefined,
    actorIp: row.actor_ip ?? undefined,
    resourceType: row.resource_type ?? undefined,
    resourceId: row.resource_id ?? undefined,
    resourceName: row.resource_name ?? undefined,
    action: row.action,
    details: row.details === null ? undefined : (JSON.parse(row.details) as Record<string, unknown>),
    success: row.success === 1,
    errorMessage: row.error_message ?? undefined,
    requestId: row.request_id ?? undefined,
    userAgent: row.user_agent ?? undefined,
    requestPath: row.request_path ?? undefined,
    requestMethod: row.request_method ?? undefined,
  }
}
