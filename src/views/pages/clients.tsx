/** Lists of clients: every one for administrators, their own for the people who make apps. */
import type { Instant } from '../../shared/clock.ts'
import { Alert, type Tone } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { LinkButton } from '../components/button.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { type ListFilter, ListFilters, ListFooter, type ListPaging } from '../components/list.tsx'
import { type Tab, Tabs } from '../components/tabs.tsx'
import { Time } from '../components/time.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { type ClientAudience, clientListPath } from './client-form.tsx'

export type ClientStatusWord = keyof Text['clients']['statuses']
export type ClientGrantWord = keyof Text['clients']['grants']
export type ClientNotice = keyof Text['clients']['notices']

export interface ListedClient {
  id: string
  name: string
  description: string
  type: 'public' | 'confidential'
  status: ClientStatusWord
  grants: readonly ClientGrantWord[]
  createdAt: Instant
  /** Username of its owner; `null` for nobody, `gone` when the account is. */
  owner: string | null
}

const tones = { active: 'good', pending: 'warning', inactive: 'quiet' } as const

export function StatusBadge({ status }: { status: ClientStatusWord }) {
  const { clients: text } = useText()
  return <Badge tone={tones[status]}>{text.statuses[status]}</Badge>
}

function useColumns(
  props: SignedInPageProps & { audience: ClientAudience; now: Instant },
): readonly Column<ListedClient>[] {
  const { site, audience, now } = props
  const { clients: text } = useText()
  const list = clientListPath(audience)
  const href = (id: string): string => localHref(site, `${list}/${encodeURIComponent(id)}`)
  const owner: Column<ListedClient> = {
    header: text.columns.owner,
    cell: ({ owner: name }) =>
      name === null ? text.nobody : name === '' ? text.somebodyGone : <bdi>{name}</bdi>,
  }
  return [
    {
      header: text.columns.client,
      kind: 'row-header',
      cell: ({ id, name, description }) => (
        <>
          <a href={href(id)}>
            <bdi class="name">{name}</bdi>
          </a>
          {description !== '' && (
            <span class="detail clamped">
              <bdi>{description}</bdi>
            </span>
          )}
          <span class="detail">
            <Id value={id} what={text.idOf(name)} whole={id.startsWith('https://')} />
          </span>
        </>
      ),
    },
    {
      header: text.columns.grants,
      cell: ({ grants, type }) => (
        <>
          {grants.map((grant) => text.grants[grant]).join(', ')}
          <span class="detail">{text.types[type]}</span>
        </>
      ),
    },
    {
      header: text.columns.status,
      cell: ({ status }) => (
        <span>
          <StatusBadge status={status} />
        </span>
      ),
    },
    { header: text.columns.created, cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
    ...(audience === 'admin' ? [owner] : []),
  ]
}

const noticeTones: Partial<Record<ClientNotice, Tone>> = { gone: 'warning', secret_shown: 'info' }

export function ClientNoticeAlert({ notice }: { notice: ClientNotice | null }) {
  const { clients: text } = useText()
  return notice === null ? null : <Alert tone={noticeTones[notice] ?? 'good'} title={text.notices[notice]} />
}

export interface ClientsPageProps extends SignedInPageProps, TimedProps {
  audience: ClientAudience
  clients: readonly ListedClient[]
  paging: ListPaging
  filters: readonly ListFilter[]
  /** States of the list, with the other filters kept; none for people’s own. */
  tabs: readonly (Omit<Tab, 'label'> & { status: ClientStatusWord | 'all' })[]
  filtered: boolean
  notice: ClientNotice | null
}

export function ClientsPage(props: ClientsPageProps) {
  const { site, audience, clients, paging, filters, tabs, filtered, notice } = props
  const words = useText()
  const { clients: text } = words
  const list = clientListPath(audience)
  const own = text.apps
  const title = audience === 'admin' ? text.title : own.title
  const shown = tabs.find(({ current }) => current)?.status ?? 'all'
  const kept: Readonly<Record<string, string>> = shown === 'all' ? {} : { status: shown }
  return (
    <InsidePage
      {...props}
      title={title}
      lead={audience === 'admin' ? text.lead : own.lead}
      current={list}
      actions={
        <LinkButton href={localHref(site, `${list}/new`)} kind="primary">
          {audience === 'admin' ? text.create : own.create}
        </LinkButton>
      }
    >
      <ClientNoticeAlert notice={notice} />
      {tabs.length > 0 && (
        <Tabs
          label={text.filters.status}
          tabs={tabs.map(({ status, ...tab }) => ({
            ...tab,
            label: status === 'all' ? text.all : text.statuses[status],
          }))}
        />
      )}
      <ListFilters site={site} path={list} filters={filters} kept={kept} />
      <DataTable
        caption={title}
        columns={useColumns(props)}
        rows={clients}
        rowKey={({ id }) => id}
        empty={
          filtered ? (
            <EmptyState icon="terminal" title={words.list.noneFound}>
              <p>{words.list.noneFoundAdvice}</p>
            </EmptyState>
          ) : (
            <EmptyState icon="terminal" title={audience === 'admin' ? text.empty : own.empty}>
              <p>{audience === 'admin' ? text.emptyAdvice : own.emptyAdvice}</p>
            </EmptyState>
          )
        }
      />
      {clients.length > 0 && <ListFooter paging={paging} what={title} />}
    </InsidePage>
  )
}
