/** The accounts elsewhere that one person signs in with, for administrators: see each, disconnect each. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import type { PeopleSource } from './user-words.ts'

export interface UserConnection {
  id: string
  source: PeopleSource
  /** What the provider calls the person; `null` when it told no name. */
  username: string | null
  email: string | null
  linkedAt: Instant
  /** `null` when nobody has signed in with it yet. */
  lastUsedAt: Instant | null
  /** Whether it can be taken away here: what the external API says of a person is its own affair. */
  removable: boolean
}

export interface UserConnectionsPageProps extends SignedInPageProps, TimedProps {
  user: { id: string; username: string }
  connections: readonly UserConnection[]
  notice: 'disconnected' | null
}

function useColumns(props: UserConnectionsPageProps): readonly Column<UserConnection>[] {
  const { site, csrfToken, user, now } = props
  const { common, people, signInWith } = useText()
  const { sources, connections: text } = people.users
  return [
    { header: signInWith.provider, kind: 'row-header', cell: ({ source }) => sources[source] },
    {
      header: signInWith.account,
      cell: ({ username, email }) => (
        <>
          <bdi class="breakable">{username ?? email ?? '–'}</bdi>
          {username !== null && email !== null && (
            <span class="detail">
              <bdi class="breakable">{email}</bdi>
            </span>
          )}
        </>
      ),
    },
    { header: signInWith.linkedAt, cell: ({ linkedAt }) => <Time at={linkedAt} now={now} /> },
    {
      header: signInWith.lastUsedAt,
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? signInWith.notYet : <Time at={lastUsedAt} now={now} />,
    },
    {
      header: common.actions,
      kind: 'action',
      cell: ({ id, source, removable }) =>
        removable && (
          <Confirm
            site={site}
            csrfToken={csrfToken}
            action={`/admin/users/${encodeURIComponent(user.id)}/connections/${encodeURIComponent(id)}/delete`}
            summary={text.disconnect}
            about={sources[source]}
            consequence={<p>{text.consequence(sources[source], <bdi>{user.username}</bdi>)}</p>}
            button={text.confirm}
          />
        ),
    },
  ]
}

export function UserConnectionsPage(props: UserConnectionsPageProps) {
  const { user, connections, notice } = props
  const users = useText().people.users
  const text = users.connections
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
        rows={connections}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon="link" title={text.empty}>
            <p>{text.emptyAdvice}</p>
          </EmptyState>
        }
      />
    </InsidePage>
  )
}
