/** The people who allowed a client, for administrators: what each allowed, and a way to take it back. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface AllowingPerson {
  /** Id of the consent, as the revoke route takes it. */
  consentId: string
  /** `null` when the account is gone. */
  person: { username: string; fullName: string; email: string } | null
  accountId: string
  permissions: readonly { resource: string | null; scopes: readonly string[] }[]
  since: Instant
}

export interface ClientPeoplePageProps extends SignedInPageProps, TimedProps {
  client: { id: string; name: string }
  people: readonly AllowingPerson[]
  paging: ListPaging
  notice: 'revoked' | null
}

function useColumns({
  site,
  csrfToken,
  client,
  now,
}: ClientPeoplePageProps): readonly Column<AllowingPerson>[] {
  const { clients, common } = useText()
  const { people: text } = clients
  return [
    {
      header: text.person,
      kind: 'row-header',
      cell: ({ person, accountId }) =>
        person === null ? (
          <>
            {text.gone}
            <span class="detail">
              <code>{accountId}</code>
            </span>
          </>
        ) : (
          <>
            <bdi class="name">{person.fullName || person.username}</bdi>
            <span class="detail">
              <bdi>{person.username}</bdi>, <bdi dir="ltr">{person.email}</bdi>
            </span>
          </>
        ),
    },
    {
      header: text.may,
      cell: ({ permissions }) =>
        permissions.map(({ resource, scopes }) => (
          <div key={resource ?? ''}>
            {resource !== null && <p class="muted">{text.at(<bdi dir="ltr">{resource}</bdi>)}</p>}
            <bdi dir="ltr">
              <code>{scopes.join(' ')}</code>
            </bdi>
          </div>
        )),
    },
    { header: text.since, cell: ({ since }) => <Time at={since} now={now} /> },
    {
      header: common.actions,
      kind: 'action',
      cell: ({ consentId, person, accountId }) => {
        const name = person?.username ?? accountId
        return (
          <Confirm
            site={site}
            csrfToken={csrfToken}
            action={`/admin/clients/${encodeURIComponent(client.id)}/authorizations/${consentId}/revoke`}
            summary={text.revoke}
            consequence={
              <p>
                <bdi>{text.revokeConsequence(name)}</bdi>
              </p>
            }
            button={text.revokeConfirm}
            about={name}
          />
        )
      },
    },
  ]
}

export function ClientPeoplePage(props: ClientPeoplePageProps) {
  const { client, people, paging, notice } = props
  const { people: text } = useText().clients
  const title = text.title(client.name)
  return (
    <InsidePage
      {...props}
      title={title}
      heading={<bdi>{title}</bdi>}
      current="/admin/clients"
      parent={{ path: `/admin/clients/${encodeURIComponent(client.id)}`, label: client.name }}
    >
      {notice === 'revoked' && <Alert tone="good" title={text.revoked} />}
      <DataTable
        caption={title}
        columns={useColumns(props)}
        rows={people}
        rowKey={({ consentId }) => consentId}
        empty={
          <EmptyState icon="person" title={text.empty}>
            <p>{text.emptyAdvice}</p>
          </EmptyState>
        }
      />
      {people.length > 0 && <ListFooter paging={paging} what={title} />}
    </InsidePage>
  )
}
