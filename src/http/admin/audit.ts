/**
 * `/admin/audit`: the audit log as a page, as a file, and as JSON for scripts. The JSON has the shapes of the reference
 * implementation, except that it answers 401, 403 and 400 as JSON: a script cannot sign in, and would take an answer
 * to another question than it asked for the whole.
 */
import { actorOf } from '../../accounts/sessions.ts'
import type { Publisher } from '../../events/bus.ts'
import { auditReach, auditResourceTypes, auditSeverities } from '../../observability/audit-record.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { AdminAuditPage } from '../../views/pages/admin-audit.tsx'
import { localHref } from '../../views/props.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, json } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'
import { encodeAuditRecord } from './audit-encode.ts'
import { exportAudit, exportFormats } from './audit-export.ts'
import { type AuditRequest, readAuditRequest } from './audit-request.ts'
import { inWordsOf } from './audit-words.ts'

const path = '/admin/audit'
const exportPath = `${path}/export`
const defaultStatisticsSeconds = 30 * 86_400

export function createAuditEndpoints(dependencies: {
  kit: PageKit
  storage: Pick<Storage, 'read'>
  publisher: Publisher
  clock: Clock
  /** The kinds of rows there are. */
  eventTypes: readonly string[]
  /** Whether anything is recorded. */
  enabled: boolean
}): Endpoint[] {
  const { kit, storage, publisher, clock, enabled } = dependencies
  const { audit } = storage.read
  const eventTypes = [...dependencies.eventTypes].sort()

  const exportHref = ({ asked }: AuditRequest, format: string): string =>
    localHref(kit.site, `${exportPath}?${new URLSearchParams({ ...asked, format })}`)

  /** For scripts: answers JSON also to whoever may not ask. */
  const forAdmins = (
    at: string,
    handle: (request: HttpRequest, asked: AuditRequest) => Promise<HttpAnswer>,
  ): Endpoint => ({
    method: 'GET',
    path: at,
    kind: 'protocol',
    async handle(request) {
      const visit = await kit.visit(request)
      if (visit === undefined) return json(401, { error: 'unauthorized' })
      if (visit.account.role !== 'admin') return json(403, { error: 'forbidden' })
      const asked = readAuditRequest(request)
      return asked.invalid.length > 0 ? refusal(asked) : handle(request, asked)
    },
  })

  return [
    kit.adminGet({
      path,
      async handle({ request, props }) {
        const list = readListRequest(request)
        const asked = readAuditRequest(request)
        const [found, total] = await Promise.all([
          audit.search(asked.filters, list.window),
          audit.count(asked.filters),
        ])
        return page(200, AdminAuditPage, {
          ...props,
          now: clock.now(),
          entries: inWordsOf(props.reader.language.tag, found.entries),
          filters: asked.shown,
          eventTypes,
          severities: auditSeverities,
          resourceTypes: auditResourceTypes,
          paging: list.paging(kit.site, path, found, total),
          stoppedAt: found.stoppedAt,
          reach: auditReach,
          csvHref: exportHref(asked, 'csv'),
          jsonlHref: exportHref(asked, 'jsonl'),
          enabled,
        })
      },
    }),
    kit.adminGet({
      path: exportPath,
      // A file is no page to come back to.
      returnTo: () => path,
      handle({ request, account }) {
        const asked = readAuditRequest(request)
        if (asked.invalid.length > 0) return refusal(asked)
        const format = readListRequest(request).choice('format', exportFormats) || 'csv'
        return exportAudit(
          { audit, publisher, clock },
          {
            format,
            filters: asked.filters,
            asked: asked.asked,
            actor: actorOf(account),
            request: request.context,
          },
        )
      },
    }),
    forAdmins(`${path}/api`, async (request, { filters }) => {
      const { number, size } = readNumberedPage(request)
      const [total, records] = await Promise.all([
        audit.count(filters),
        audit.numberedPage(filters, number, size),
      ])
      const pages = Math.ceil(total.count / size)
      return json(200, {
        logs: records.map(encodeAuditRecord),
        // Capitalized as the reference has them, which scripts read; `AtLeast` is ours: counting stops somewhere.
        pagination: {
          Total: total.count,
          AtLeast: total.atLeast,
          TotalPages: pages,
          CurrentPage: number,
          PageSize: size,
          HasPrev: number > 1,
          HasNext: number < pages,
          PrevPage: Math.max(1, number - 1),
          NextPage: Math.max(1, Math.min(pages, number + 1)),
        },
      })
    }),
    forAdmins(`${path}/api/stats`, async (_request, { filters }) => {
      const to = filters.to ?? clock.now()
      const from = filters.from ?? addSeconds(to, -defaultStatisticsSeconds)
      const { total, failures, byType, bySeverity } = await audit.statistics(from, to)
      return json(200, {
        stats: {
          total_events: total,
          events_by_type: Object.fromEntries(byType),
          events_by_severity: Object.fromEntries(bySeverity),
          success_count: total - failures,
          failure_count: failures,
        },
        start_time: new Date(from).toISOString(),
        end_time: new Date(to).toISOString(),
      })
    }),
  ]
}

function refusal({ invalid }: AuditRequest): HttpAnswer {
  return json(400, { error: `invalid value for ${invalid.join(', ')}` })
}

const largestPage = 100
const usualPage = 20

function readNumberedPage({ query }: HttpRequest): { number: number; size: number } {
  const parameters = new URLSearchParams(query)
  const size = Number(parameters.get('page_size') ?? usualPage)
  const number = Number(parameters.get('page') ?? 1)
  return {
    size: Number.isInteger(size) && size >= 1 && size <= largestPage ? size : usualPage,
    number: Number.isSafeInteger(number) && number >= 1 ? number : 1,
  }
}
