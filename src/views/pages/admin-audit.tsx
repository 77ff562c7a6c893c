/** The audit log: filters, rows with what is known of each, and the way to all of it as a file. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { LinkButton } from '../components/button.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { type ListFilter, ListFilters, ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** One row, as it is stored. */
export interface AuditEntry {
  id: string
  eventType: string
  at: Instant
  severity: string
  actorId: string | undefined
  actorName: string | undefined
  actorIp: string | undefined
  resourceType: string | undefined
  resourceId: string | undefined
  resourceName: string | undefined
  action: string
  details: Readonly<Record<string, unknown>> | undefined
  success: boolean
  errorMessage: string | undefined
  requestId: string | undefined
  userAgent: string | undefined
  requestPath: string | undefined
  requestMethod: string | undefined
}

/** What the form holds, by the names in the address; empty where nothing is asked. */
export interface AuditFilterValues {
  search: string
  event_type: string
  severity: string
  success: string
  actor: string
  actor_ip: string
  resource_type: string
  resource_id: string
  start_time: string
  end_time: string
}

export interface AdminAuditPageProps extends SignedInPageProps, TimedProps {
  entries: readonly AuditEntry[]
  filters: AuditFilterValues
  /** What the filters offer. */
  eventTypes: readonly string[]
  severities: readonly string[]
  resourceTypes: readonly string[]
  paging: ListPaging
  /** Where a search stopped that looked through `reach` rows and not through all. */
  stoppedAt: Instant | undefined
  reach: number
  csvHref: string
  jsonlHref: string
  /** Whether anything is recorded at present. */
  enabled: boolean
}

export function AdminAuditPage(props: AdminAuditPageProps) {
  const { site, now, entries, filters, paging, stoppedAt } = props
  const { list, operations } = useText()
  const { audit: text } = operations
  const filtered = Object.values(filters).some((value) => value !== '')
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/admin/audit">
      {!props.enabled && (
        <Alert tone="warning" title={text.off}>
          <p>{text.offAdvice}</p>
        </Alert>
      )}
      <ListFilters site={site} path="/admin/audit" filters={filterFields(props, text)} />
      {stoppedAt !== undefined && (
        <Alert tone="info" title={text.stopped}>
          <p>
            {text.stoppedAdvice(props.reach)}
            <Time at={stoppedAt} now={now} />.
          </p>
        </Alert>
      )}
      {entries.length > 0 ? (
        <AuditTable entries={entries} now={now} caption={text.caption} />
      ) : stoppedAt === undefined ? (
        <EmptyState icon="info" title={filtered ? list.noneFound : text.none}>
          <p>{filtered ? list.noneFoundAdvice : text.noneAdvice}</p>
        </EmptyState>
      ) : null}
      <ListFooter paging={paging} what={text.rows} />
      <div class="acts">
        <p class="muted">{text.export}</p>
        <LinkButton href={props.csvHref}>{text.csv}</LinkButton>
        <LinkButton href={props.jsonlHref}>{text.jsonl}</LinkButton>
      </div>
    </InsidePage>
  )
}

type AuditText = ReturnType<typeof useText>['operations']['audit']

function filterFields(props: AdminAuditPageProps, text: AuditText): readonly ListFilter[] {
  const { filters } = props
  const choice = (name: keyof AuditFilterValues, label: string, values: readonly string[]): ListFilter => ({
    kind: 'choice',
    name,
    label,
    value: filters[name],
    options: values.map((value) => ({ value, label: value })),
  })
  const search = (name: keyof AuditFilterValues, label: string, help?: string): ListFilter => ({
    kind: 'search',
    name,
    label,
    value: filters[name],
    ...(help === undefined ? {} : { help }),
  })
  return [
    search('search', text.search, text.searchHelp),
    choice('event_type', text.eventType, props.eventTypes),
    choice('severity', text.severity, props.severities),
    {
      kind: 'choice',
      name: 'success',
      label: text.success,
      value: filters.success,
      options: [
        { value: 'true', label: text.ok },
        { value: 'false', label: text.failed },
      ],
    },
    search('actor', text.actorFilter, text.actorHelp),
    search('actor_ip', text.addressFilter, text.addressHelp),
    choice('resource_type', text.resourceType, props.resourceTypes),
    search('resource_id', text.resourceFilter, text.addressHelp),
    { kind: 'time', name: 'start_time', label: text.from, value: filters.start_time },
    { kind: 'time', name: 'end_time', label: text.to, value: filters.end_time },
  ]
}

/** Rows of the log, each with everything that is known of it behind one click. */
export function AuditTable(props: { entries: readonly AuditEntry[]; now: Instant; caption: string }) {
  const { entries, now, caption } = props
  const { audit: text } = useText().operations
  return <DataTable caption={caption} columns={columns(text, now)} rows={entries} rowKey={({ id }) => id} />
}

function columns(text: AuditText, now: Instant): readonly Column<AuditEntry>[] {
  return [
    { header: text.time, cell: ({ at }) => <Time at={at} now={now} /> },
    {
      header: text.event,
      kind: 'row-header',
      cell: (entry) => (
        <>
          <bdi class="name">{entry.action}</bdi>
          <code class="detail">{entry.eventType}</code>
          <Everything entry={entry} text={text} />
        </>
      ),
    },
    {
      header: text.actor,
      cell: ({ actorName, actorId, actorIp }) => (
        <>
          <bdi class="name">{actorName ?? actorId ?? text.nobody}</bdi>
          {actorIp !== undefined && <bdi class="detail">{actorIp}</bdi>}
        </>
      ),
    },
    {
      header: text.resource,
      cell: ({ resourceType, resourceName, resourceId }) => (
        <>
          {resourceName !== undefined && resourceName !== '' && <bdi class="name">{resourceName}</bdi>}
          {resourceId !== undefined && (
            <span class="detail">
              <Id value={resourceId} what={text.resourceId} />
            </span>
          )}
          {resourceType !== undefined && <span class="detail">{resourceType}</span>}
        </>
      ),
    },
    {
      header: text.result,
      cell: ({ success, severity }) => (
        <>
          {success ? text.ok : <Badge tone="danger">{text.failed}</Badge>}
          {severity !== 'INFO' && <span class="detail">{severity}</span>}
        </>
      ),
    },
  ]
}

function Everything({ entry, text }: { entry: AuditEntry; text: AuditText }) {
  const request = [entry.requestMethod, entry.requestPath].filter((part) => part !== undefined).join(' ')
  const facts: (readonly [label: string, value: string | undefined])[] = [
    [text.error, entry.errorMessage],
    [text.exactTime, new Date(entry.at).toISOString()],
    [text.actorId, entry.actorId],
    [text.request, request],
    [text.requestId, entry.requestId],
    [text.userAgent, entry.userAgent],
    ...Object.entries(entry.details ?? {}).map(([name, value]) => [name, wordsOf(value)] as const),
    [text.id, entry.id],
  ]
  return (
    <details class="more">
      <summary>
        {text.more}
        <span class="visually-hidden">: {entry.action}</span>
      </summary>
      <dl class="everything">
        {facts.map(
          ([term, value]) =>
            value !== undefined &&
            value !== '' && (
              <div key={term}>
                <dt>
                  <bdi>{term}</bdi>
                </dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ),
        )}
      </dl>
    </details>
  )
}

/** A value of the details as people read it: lists without brackets, and what is nested as JSON. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ')
  return JSON.stringify(value) ?? ''
}
