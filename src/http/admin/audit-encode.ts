/** Rows of the audit log as JSON and as CSV (RFC 4180), under the names the reference implementation has. */
import type { AuditRecord } from '../../observability/audit-record.ts'

/** What a spreadsheet takes for the beginning of a formula, also behind blanks and in full width. */
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/

/** What is not known is an empty text, as scripts expect; what only some rows have is left out of the others. */
export function encodeAuditRecord(record: AuditRecord): Record<string, unknown> {
  return {
    id: record.id,
    event_type: record.eventType,
    event_time: new Date(record.at).toISOString(),
    severity: record.severity,
    actor_user_id: record.actorId ?? '',
    actor_username: record.actorName ?? '',
    actor_ip: record.actorIp ?? '',
    resource_type: record.resourceType ?? '',
    resource_id: record.resourceId ?? '',
    resource_name: record.resourceName ?? '',
    action: record.action,
    details: record.details ?? {},
    success: record.success,
    error_message: record.errorMessage,
    user_agent: record.userAgent,
    request_id: record.requestId,
    request_path: record.requestPath,
    request_method: record.requestMethod,
    created_at: writtenAt(record.id),
  }
}

/** A UUIDv7 begins with the milliseconds of its making (RFC 9562 §5.7), which is when the row was written. */
function writtenAt(id: string): string | undefined {
  const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

export const csvHeader = csvLine([
  'Event Time',
  'Event Type',
  'Severity',
  'Actor Username',
  'Actor IP',
  'Resource Type',
  'Resource Name',
  'Action',
  'Success',
  'Error Message',
])

export function csvRecord(record: AuditRecord): string {
  return csvLine([
    new Date(record.at).toISOString(),
    record.eventType,
    record.severity,
    record.actorName ?? '',
    record.actorIp ?? '',
    record.resourceType ?? '',
    record.resourceName ?? '',
    record.action,
    record.success ? 'Yes' : 'No',
    record.errorMessage ?? '',
  ])
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** A text that a program may show but never run: an apostrophe in front makes a formula a text. */
export function csvCell(text: string): string {
  const harmless = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
