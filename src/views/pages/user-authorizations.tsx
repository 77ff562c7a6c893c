/** What one person allowed apps, for administrators: see each, take each back. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface AllowedClient {
  /** Id of the consent, as the revoke route takes it. */
  id: string
  clientId: string
  clientName: string
  permissions: readonly { resource: string | null; scopes: readonly string[] }[]
  grantedAt: Instant
}

export interface UserAuthorizationsPageProps extends SignedInPageProps, TimedProps {
  user: { id: string; username: string }
  allowed: readonly AllowedClient[]
  paging: ListPaging
  notice: 'consent_withdrawn' | null
}

function useColumns(props: UserAuthorizationsPageProps): readonly Column<AllowedClient>[] {
  const { site, csrfToken, user, now } = props
  const words = useText()
  const text = words.people.users.authorizations
  return [
    {
      header: text.app,
      kind: 'row-header',
      cell: ({ clientId, clientName }) => (
        <>
          <bdi class="name">{clientName}</bdi>
          <span class="detail">
            <Id value={clientId} what={words.sessions.idOf(clientName)} />
          </span>
        </>
      ),
    },
    {
      header: text.may,
      cell: ({ permissions }) =>
        permissions.map(({ resource, scopes }) => (
          <p key={resource ?? ''}>
            {resource !== null && (
              <span class="detail">
                <bdi dir="ltr">{resource}</bdi>
              </span>
            )}
            <code class="breakable">
              <bdi dir="ltr">{scopes.join(' ')}</bdi>
            </code>
          </p>
        )),
    },
    { header: text.allowed, cell: ({ grantedAt }) => <Time at={grantedAt} now={now} /> },
    {
      header: words.common.actions,
      kind: 'action',
      cell: ({ id, clientName }) => (
        <Confirm
          site={site}
          csrfToken={csrfToken}
          action={`/admin/users/${encodeURIComponent(user.id)}/authorizations/${encodeURIComponent(id)}/revoke`}
          summary={text.revoke}
          about={clientName}
          consequence={<p>{text.consequence(<bdi>{clientName}</bdi>)}</p>}
          button={text.confirm}
        />
      ),
    },
  ]
}

export function UserAuthorizationsPage(props: UserAuthorizationsPageProps) {
  const { user, allowed, paging, notice } = props
  const users = useText().people.users
  const text = users.authorizations
  const columns = useColumns(props)
  return (
    <InsidePage
      {...props}
      title={text.title}
      lead={text.lead(<bdi>{user.username}</bdi>)}
      current="/admin/users"
      parent={{ path: `/admin/users/${encodeURIComponent(user.id)}`, label: user.username }}
    >
      {notice !== null && <Alert tone="good" title={users.notices[notice]} />}
      <DataTable
        caption={text.title}
        columns={columns}
        rows={allowed}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon="check" title={text.empty}>
            <p>{text.emptyAdvice}</p>
          </EmptyState>
        }
      />
      {allowed.length > 0 && <ListFooter paging={paging} what={text.title} />}
    </InsidePage>
  )
}
