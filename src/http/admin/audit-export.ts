/** The audit log as a file: every row that fits, page by page, as fast as it is read, and itself on record. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Publisher } from '../../events/bus.ts'
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import type { AuditFilters, AuditReader, AuditRecord } from '../../observability/audit-record.ts'
import type { Clock } from '../../shared/clock.ts'
import type { HttpAnswer } from '../endpoint.ts'
import { csvHeader, csvRecord, encodeAuditRecord } from './audit-encode.ts'

/** Rows that are in memory at a time. */
const pageRows = 500

export const exportFormats = ['csv', 'jsonl'] as const
export type ExportFormat = (typeof exportFormats)[number]

const formats = {
  csv: { type: 'text/csv; charset=utf-8', header: csvHeader, line: csvRecord },
  jsonl: {
    type: 'application/x-ndjson; charset=utf-8',
    header: '',
    line: (record: AuditRecord) => `${JSON.stringify(encodeAuditRecord(record))}\n`,
  },
} as const satisfies Record<ExportFormat, { type: string; header: string; line(record: AuditRecord): string }>

export interface AuditExport {
  format: ExportFormat
  filters: AuditFilters
  /** As they were asked for, for the record. */
  asked: Readonly<Record<string, string>>
  actor: Actor
  request: RequestContext
}

export function exportAudit(
  { audit, publisher, clock }: { audit: Pick<AuditReader, 'search'>; publisher: Publisher; clock: Clock },
  { format, filters, asked, actor, request }: AuditExport,
): HttpAnswer {
  const { type, header, line } = formats[format]
  async function* pieces(): AsyncGenerator<string> {
    let rows = 0
    let complete = false
    try {
      if (header !== '') yield header
      let after: string | undefined
      do {
        const page = await audit.search(filters, { limit: pageRows, after })
        rows += page.entries.length
        // A search that only looked through rows that do not fit has none to send.
        if (page.entries.length > 0) yield page.entries.map(line).join('')
        after = page.next ?? undefined
        // SQLite answers on this thread, and a search may find nothing for long: other requests come in between.
        await turn()
      } while (after !== undefined)
      complete = true
    } finally {
      publisher.publish({
        type: 'audit_log.exported',
        at: clock.now(),
        actor,
        request,
        format,
        filters: asked,
        rows,
        complete,
      })
    }
  }
  const day = new Date(clock.now()).toISOString().slice(0, 10)
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="audit_logs_${day}.${format}"`,
    },
    body: pieces(),
  }
}
