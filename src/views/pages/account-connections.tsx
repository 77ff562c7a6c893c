/** The accounts elsewhere that a person can sign in with: connect one, see when it was used, disconnect it. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Time } from '../components/time.tsx'
import { Form } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** What just happened, by the code in the address. */
export const connectionNotices = ['connected', 'disconnected', 'only_way_in'] as const
export type ConnectionNotice = (typeof connectionNotices)[number]

export interface Connection {
  id: string
  /** What the provider calls the person; `null` when it told no name. */
  username: string | null
  email: string | null
  linkedAt: Instant
  /** `null` when nobody has signed in with it yet. */
  lastUsedAt: Instant | null
  /** Whether its owner could still sign in without it. */
  spare: boolean
}

export interface ConnectableProvider {
  /** As addresses name it. */
  name: string
  label: string
  /** Whether people can sign in with it now. */
  enabled: boolean
  connection: Connection | null
}

export interface AccountConnectionsPageProps extends SignedInPageProps, TimedProps {
  providers: readonly ConnectableProvider[]
  notice: ConnectionNotice | null
}

type CellProps = Pick<AccountConnectionsPageProps, 'site' | 'csrfToken'> & { provider: ConnectableProvider }

function nameThere({ username, email }: Connection): string | null {
  return username ?? email
}

function Action({ site, csrfToken, provider }: CellProps) {
  const text = useText().signInWith
  const { name, label, connection } = provider
  if (connection === null) {
    return (
      <Form site={site} action={`/account/connections/${name}/connect`} csrfToken={csrfToken}>
        <Button kind="secondary" about={label}>
          {text.connect}
        </Button>
      </Form>
    )
  }
  if (!connection.spare) return <span class="muted">{text.onlyWayIn}</span>
  return (
    <Confirm
      site={site}
      csrfToken={csrfToken}
      action={`/account/connections/${encodeURIComponent(connection.id)}/disconnect`}
      summary={text.disconnectAsk}
      about={label}
      consequence={
        <p>
          {text.disconnectConsequence(
            <bdi>{label}</bdi>,
            <bdi>{nameThere(connection) ?? text.yourAccount}</bdi>,
          )}
        </p>
      }
      button={text.disconnect}
    />
  )
}

export function AccountConnectionsPage(props: AccountConnectionsPageProps) {
  const { site, csrfToken, providers, notice, now } = props
  const text = useText().signInWith
  const columns: readonly Column<ConnectableProvider>[] = [
    {
      header: text.provider,
      kind: 'row-header',
      cell: ({ label, enabled }) => (
        <>
          <bdi>{label}</bdi> {!enabled && <Badge>{text.notOffered}</Badge>}
        </>
      ),
    },
    {
      header: text.account,
      cell: ({ connection }) =>
        connection === null ? (
          <span class="muted">{text.notConnected}</span>
        ) : (
          <>
            <bdi>{nameThere(connection) ?? text.yourAccount}</bdi>
            {connection.username !== null && connection.email !== null && (
              <span class="detail">
                <bdi>{connection.email}</bdi>
              </span>
            )}
          </>
        ),
    },
    {
      header: text.linkedAt,
      cell: ({ connection }) => (connection === null ? '–' : <Time at={connection.linkedAt} now={now} />),
    },
    {
      header: text.lastUsedAt,
      cell: ({ connection }) =>
        connection === null ? (
          '–'
        ) : connection.lastUsedAt === null ? (
          text.notYet
        ) : (
          <Time at={connection.lastUsedAt} now={now} />
        ),
    },
    {
      header: text.actions,
      kind: 'action',
      cell: (provider) => <Action site={site} csrfToken={csrfToken} provider={provider} />,
    },
  ]
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/account/connections">
      {notice !== null && (
        <Alert tone={notice === 'only_way_in' ? 'warning' : 'good'} title={text.notices[notice]} />
      )}
      <DataTable caption={text.caption} columns={columns} rows={providers} rowKey={({ name }) => name} />
    </InsidePage>
  )
}
