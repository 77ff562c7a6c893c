/** Operations that only look: how much there is, and what happened. */
import type { Publisher } from '../../events/bus.ts'
import { type AuditRecord, auditResourceTypes, auditSeverities } from '../../observability/audit-record.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { exportAudit } from '../admin/audit-export.ts'
import { type AuditRequest, readAuditRequest } from '../admin/audit-request.ts'
import { type Operation, operation } from './operation.ts'
import { encodePage, encodeTotal, pageOf, pageQuery, totalSchema, windowOf } from './paging.ts'
import { ApiProblem } from './problem.ts'
import { answer, anyObject, choice, flag, named, nullable, optional, text, time, uuid } from './schema.ts'

const recordSchema = named(
  'AuditRecord',
  answer({
    id: uuid(),
    event_type: text({ description: 'One of the rows in docs/audit.md.' }),
    event_time: time(),
    severity: choice(auditSeverities),
    actor_id: nullable(text({ description: 'A user id, `client:<client_id>`, `command_line` or `system`.' })),
    actor_name: nullable(text()),
    actor_ip: nullable(text()),
    resource_type: nullable(choice(auditResourceTypes)),
    resource_id: nullable(text()),
    resource_name: nullable(text()),
    action: text({ description: 'What happened, in one plain sentence.' }),
    details: anyObject(),
    success: flag(),
    error_message: nullable(text()),
    request_id: nullable(text()),
    request_method: nullable(text()),
    request_path: nullable(text()),
    user_agent: nullable(text()),
  }),
)

const filters = {
  search: optional(text({ maxLength: 255, description: 'Part of the action or of a name.' })),
  event_type: optional(text({ maxLength: 100 })),
  severity: optional(choice(auditSeverities)),
  success: optional(flag()),
  actor: optional(text({ maxLength: 255, description: 'An id or a name, exactly.' })),
  actor_ip: optional(text({ maxLength: 64 })),
  resource_type: optional(choice(auditResourceTypes)),
  resource_id: optional(text({ maxLength: 255 })),
  start_time: optional(time({ description: 'From this instant on.' })),
  end_time: optional(time({ description: 'Before this instant.' })),
}

const overviewSchema = named(
  'Overview',
  answer({
    users: answer({ total: totalSchema, admins: totalSchema, disabled: totalSchema }),
    clients: answer({ active: totalSchema, pending: totalSchema }),
  }),
)

export function auditOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  publisher: Publisher
  clock: Clock
  issuer: string
}): Operation[] {
  const { storage, publisher, clock, issuer } = dependencies
  const { audit, directory } = storage.read

  const asked = (search: URLSearchParams): AuditRequest => {
    const request = readAuditRequest({ query: search.toString() })
    if (request.invalid.length > 0) {
      const problems = request.invalid.map((member) => ({ member, message: 'cannot be used' }))
      throw new ApiProblem(400, `invalid value for ${request.invalid.join(', ')}`, problems)
    }
    return request
  }

  return [
    operation('GET /overview', {
      id: 'getOverview',
      group: 'overview',
      summary: 'Count users and clients',
      answer: overviewSchema,
      async run() {
        const { accounts, clients } = await directory.count()
        return {
          answer: {
            users: {
              total: encodeTotal(accounts.all),
              admins: encodeTotal(accounts.admins),
              disabled: encodeTotal(accounts.disabled),
            },
            clients: { active: encodeTotal(clients.active), pending: encodeTotal(clients.pending) },
          },
        }
      },
    }),
    operation('GET /audit', {
      id: 'listAuditRecords',
      group: 'audit',
      summary: 'Search the audit log, newest first',
      description:
        'A search that no index knows all of looks through a bounded number of rows; its page may then be short, or empty, and `next` goes on behind them.',
      query: { ...filters, ...pageQuery },
      answer: named('AuditPage', pageOf(recordSchema)),
      async run({ query, search }) {
        const { filters: wanted } = asked(search)
        const [page, count] = await Promise.all([audit.search(wanted, windowOf(query)), audit.count(wanted)])
        return { answer: encodePage({ issuer, path: '/audit', search }, page, count, encodeRecord) }
      },
    }),
    operation('GET /audit/export', {
      id: 'exportAuditRecords',
      group: 'audit',
      summary: 'Export the audit log, one JSON object on each line',
      description:
        'Lines are as those of the export on the page. That somebody exported is in the log as well.',
      query: filters,
      produces: 'application/x-ndjson',
      async run({ search, by: [actor, request] }) {
        const { filters: wanted, asked: said } = asked(search)
        return exportAudit(
          { audit, publisher, clock },
          { format: 'jsonl', filters: wanted, asked: said, actor, request },
        )
      },
    }),
  ]
}

function encodeRecord(record: AuditRecord) {
  return {
    id: record.id,
    event_type: record.eventType,
    event_time: new Date(record.at).toISOString(),
    severity: record.severity,
    actor_id: record.actorId ?? null,
    actor_name: record.actorName ?? null,
    actor_ip: record.actorIp ?? null,
    resource_type: record.resourceType ?? null,
    resource_id: record.resourceId ?? null,
    resource_name: record.resourceName ?? null,
    action: record.action,
    details: record.details ?? {},
    success: record.success,
    error_message: record.errorMessage ?? null,
    request_id: record.requestId ?? null,
    request_method: record.requestMethod ?? null,
    request_path: record.requestPath ?? null,
    user_agent: record.userAgent ?? null,
  }
}
