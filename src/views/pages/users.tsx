/** Everybody who can sign in here: a list for administrators. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { LinkButton } from '../components/button.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ListFilters, ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import type { PeopleSource, UsersNotice } from './user-words.ts'

export interface ListedUser {
  id: string
  username: string
  fullName: string
  email: string
  emailVerified: boolean
  role: 'admin' | 'user'
  status: 'active' | 'disabled'
  source: PeopleSource
  createdAt: Instant
}

export interface UsersPageProps extends SignedInPageProps, TimedProps {
  users: readonly ListedUser[]
  paging: ListPaging
  filters: { search: string; role: string; status: string; source: string }
  notice: UsersNotice | null
}

function useColumns(site: Site, now: Instant, own: string): readonly Column<ListedUser>[] {
  const text = useText().people.users
  return [
    {
      header: text.username,
      kind: 'row-header',
      cell: ({ id, username, fullName }) => (
        <>
          <a href={localHref(site, `/admin/users/${encodeURIComponent(id)}`)}>
            <bdi class="name">{username}</bdi>
          </a>{' '}
          {username === own && <Badge>{text.you}</Badge>}
          {fullName !== '' && (
            <span class="detail">
              <bdi>{fullName}</bdi>
            </span>
          )}
        </>
      ),
    },
    {
      header: text.email,
      cell: ({ email, emailVerified }) => (
        <>
          <bdi class="breakable">{email}</bdi>
          <span class="detail">{emailVerified ? text.verified : text.unverified}</span>
        </>
      ),
    },
    {
      header: text.role,
      cell: ({ role }) => (role === 'admin' ? <Badge>{text.roles.admin}</Badge> : text.roles.user),
    },
    {
      header: text.status,
      cell: ({ status }) => <UserStatus status={status} />,
    },
    { header: text.source, cell: ({ source }) => text.sources[source] },
    { header: text.created, cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
  ]
}

export function UserStatus({ status }: Pick<ListedUser, 'status'>) {
  const { statuses } = useText().people.users
  return <Badge tone={status === 'active' ? 'good' : 'warning'}>{statuses[status]}</Badge>
}

export function UsersPage(props: UsersPageProps) {
  const { site, account, users, paging, filters, notice, now } = props
  const words = useText()
  const text = words.people.users
  const columns = useColumns(site, now, account.username)
  const choice = (name: 'role' | 'status' | 'source', labels: Readonly<Record<string, string>>) => ({
    kind: 'choice' as const,
    name: name === 'source' ? 'auth_source' : name,
    label: text.filters[name],
    value: filters[name],
    options: Object.entries(labels).map(([value, label]) => ({ value, label })),
  })
  const filtered = Object.values(filters).some((value) => value !== '')
  return (
    <InsidePage
      {...props}
      title={text.title}
      lead={text.lead}
      current="/admin/users"
      actions={
        <LinkButton kind="primary" href={localHref(site, '/admin/users/new')}>
          {text.create}
        </LinkButton>
      }
    >
      {notice !== null && <Alert tone="good" title={text.notices[notice]} />}
      <ListFilters
        site={site}
        path="/admin/users"
        filters={[
          {
            kind: 'search',
            name: 'search',
            label: text.filters.search,
            value: filters.search,
            help: text.filters.searchHelp,
          },
          choice('role', text.roles),
          choice('status', text.statuses),
          choice('source', text.sources),
        ]}
      />
      <DataTable
        caption={text.title}
        columns={columns}
        rows={users}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon="people" title={filtered ? words.list.noneFound : text.empty}>
            <p>{filtered ? words.list.noneFoundAdvice : text.emptyAdvice}</p>
          </EmptyState>
        }
      />
      <ListFooter paging={paging} what={text.title} />
    </InsidePage>
  )
}
