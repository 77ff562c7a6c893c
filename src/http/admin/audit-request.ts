/**
 * Filters of the audit log, as addresses say them: the names that scripts for the reference implementation use, and
 * `actor` and `search` beside them.
 */
import { type AuditFilters, auditResourceTypes, auditSeverities } from '../../observability/audit-record.ts'
import { type Instant, instant } from '../../shared/clock.ts'
import { isUuid } from '../../shared/ids.ts'
import type { AuditFilterValues } from '../../views/pages/admin-audit.tsx'
import type { HttpRequest } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'

/** Every parameter that narrows a search. */
export const auditParameters = [
  'search',
  'event_type',
  'severity',
  'success',
  'actor',
  'actor_user_id',
  'actor_ip',
  'resource_type',
  'resource_id',
  'start_time',
  'end_time',
] as const
export type AuditParameter = (typeof auditParameters)[number]

export interface AuditRequest {
  filters: AuditFilters
  /** What the form of the page shows. */
  shown: AuditFilterValues
  /** What was asked for, by name, without what was left empty. */
  asked: Readonly<Partial<Record<AuditParameter, string>>>
  /** Parameters with a value that cannot be understood; their filters are not in force. */
  invalid: readonly AuditParameter[]
}

export function readAuditRequest(request: Pick<HttpRequest, 'query'>): AuditRequest {
  const parameters = new URLSearchParams(request.query)
  const list = readListRequest(request)
  const asked: Partial<Record<AuditParameter, string>> = {}
  const invalid: AuditParameter[] = []
  for (const name of auditParameters) {
    if ((parameters.get(name)?.trim() ?? '') === '') continue
    const value = list.text(name)
    if (value === '') invalid.push(name)
    else asked[name] = value
  }
  const oneOf = <Value extends string>(name: AuditParameter, values: readonly Value[]): Value | undefined => {
    const value = asked[name]
    const known = values.find((candidate) => candidate === value)
    if (value !== undefined && known === undefined) invalid.push(name)
    return known
  }
  const timeOf = (name: AuditParameter): Instant | undefined => {
    const value = asked[name]
    const at = value === undefined ? undefined : parseTime(value)
    if (value !== undefined && at === undefined) invalid.push(name)
    return at
  }
  const success = oneOf('success', ['true', 'false'])
  const actor = asked.actor
  const actorIsId = actor !== undefined && isActorId(actor)
  const from = timeOf('start_time')
  const to = timeOf('end_time')
  const severity = oneOf('severity', auditSeverities)
  const resourceType = oneOf('resource_type', auditResourceTypes)
  return {
    filters: {
      eventType: asked.event_type,
      severity,
      success: success === undefined ? undefined : success === 'true',
      actorId: asked.actor_user_id ?? (actorIsId ? actor : undefined),
      actorName: actorIsId ? undefined : actor,
      actorIp: asked.actor_ip,
      resourceType,
      resourceId: asked.resource_id,
      text: asked.search,
      from,
      to,
    },
    shown: {
      search: asked.search ?? '',
      event_type: asked.event_type ?? '',
      severity: severity ?? '',
      success: success ?? '',
      actor: actor ?? asked.actor_user_id ?? '',
      actor_ip: asked.actor_ip ?? '',
      resource_type: resourceType ?? '',
      resource_id: asked.resource_id ?? '',
      start_time: from === undefined ? '' : formTime(from),
      end_time: to === undefined ? '' : formTime(to),
    },
    asked,
    invalid,
  }
}

/** Ids as the log has them: of an account, of a client, of the command line and of the server itself. */
function isActorId(text: string): boolean {
  return isUuid(text) || text.startsWith('client:') || text === 'command_line' || text === 'system'
}

/** What a form's field for a time sends has no zone, and no seconds where they are 0; it is UTC here. */
const timePattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/i

/** RFC 3339, or a form's field. */
export function parseTime(text: string): Instant | undefined {
  // A plus that was not percent-encoded arrives as a space.
  const restored = text.replace(/ (\d\d:\d\d)$/, (whole, offset: string) =>
    /T.*:/.test(text.slice(0, -6)) ? `+${offset}` : whole,
  )
  const match = timePattern.exec(restored)
  if (match === null) return undefined
  const at = Date.parse(match[1] === undefined ? `${restored}Z` : restored)
  return Number.isNaN(at) ? undefined : instant(at)
}

function formTime(at: Instant): string {
  return new Date(at)
    .toISOString()
    .replace(/(?::00)?(?:\.000)?Z$/, '')
    .replace(/Z$/, '')
}
