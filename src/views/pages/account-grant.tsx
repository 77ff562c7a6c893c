/** The tokens one app or device holds to act for a person: pause each, end each, or disconnect the app. */
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal } from '../../shared/listing.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Id } from '../components/id.tsx'
import { ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { Form } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { describeScope } from '../scopes.ts'
import type { ConnectedApp } from './account-sessions.tsx'

export type GrantNotice = keyof Text['people']['grant']['notices']

export const grantNotices = [
  'token_ended',
  'token_paused',
  'token_resumed',
  'token_unchanged',
] as const satisfies readonly GrantNotice[]

export interface OwnToken {
  id: string
  kind: 'access' | 'refresh'
  scopes: readonly string[]
  issuedAt: Instant
  expiresAt: Instant
  paused: boolean
}

export interface AccountGrantPageProps extends SignedInPageProps, TimedProps {
  app: Omit<ConnectedApp, 'liveTokens'>
  tokens: readonly OwnToken[]
  paging: ListPaging
  /** Tokens that work, which disconnecting the app ends. */
  living: ListTotal
  notice: GrantNotice | null
}

/** How much of its life a token has left, in whole percent. */
function percentLeft({ issuedAt, expiresAt }: OwnToken, now: Instant): number {
  const life = Math.max(1, expiresAt - issuedAt)
  return Math.min(100, Math.max(0, Math.round((100 * (expiresAt - now)) / life)))
}

function useColumns({ site, csrfToken, app, now }: AccountGrantPageProps): readonly Column<OwnToken>[] {
  const words = useText()
  const text = words.people.grant
  return [
    {
      header: text.kind,
      kind: 'row-header',
      cell: ({ id, kind }) => (
        <>
          {text.kinds[kind]}
          <span class="detail">
            <Id value={id} what={words.people.tokens.idOf} />
          </span>
        </>
      ),
    },
    {
      header: text.may,
      cell: ({ scopes }) => (
        <ul class="plain">
          {scopes.map((scope) => (
            <li key={scope}>
              <bdi dir="ltr">{describeScope(scope, app.clientName, words)}</bdi>
            </li>
          ))}
        </ul>
      ),
    },
    { header: text.created, cell: ({ issuedAt }) => <Time at={issuedAt} now={now} /> },
    {
      header: text.expires,
      cell: (token) => {
        const left = percentLeft(token, now)
        return (
          <>
            <Time at={token.expiresAt} now={now} />
            <meter
              class="life"
              min={0}
              max={100}
              low={25}
              high={50}
              optimum={100}
              value={left}
              aria-label={text.remaining(left)}
              title={text.remaining(left)}
            />
          </>
        )
      },
    },
    {
      header: text.state,
      cell: ({ paused }) => (
        <Badge tone={paused ? 'warning' : 'good'}>{paused ? text.off : text.works}</Badge>
      ),
    },
    {
      header: words.common.actions,
      kind: 'action',
      cell: ({ id, kind, paused }) => {
        const path = `/account/sessions/${encodeURIComponent(id)}`
        return (
          <div class="acts">
            <Form site={site} csrfToken={csrfToken} action={`${path}/${paused ? 'enable' : 'disable'}`}>
              <Button kind="secondary" about={text.kinds[kind]}>
                {paused ? text.resume : text.pause}
              </Button>
            </Form>
            <Confirm
              site={site}
              csrfToken={csrfToken}
              action={`${path}/revoke`}
              summary={text.end}
              about={text.kinds[kind]}
              consequence={<p>{kind === 'access' ? text.endAccess : text.endRefresh}</p>}
              button={text.endConfirm}
            />
          </div>
        )
      },
    },
  ]
}

export function AccountGrantPage(props: AccountGrantPageProps) {
  const { site, csrfToken, app, tokens, paging, living, notice, now } = props
  const words = useText()
  const text = words.people.grant
  const columns = useColumns(props)
  const name = <bdi>{app.clientName}</bdi>
  return (
    <InsidePage
      {...props}
      title={text.title}
      heading={text.heading(name)}
      lead={text.lead}
      current="/account/sessions"
      parent={{ path: '/account/sessions', label: words.sessions.title }}
    >
      {notice !== null && (
        <Alert tone={notice === 'token_unchanged' ? 'warning' : 'good'} title={text.notices[notice]} />
      )}
      <Facts>
        <Fact term={text.connected}>
          <Time at={app.signedInAt} now={now} />
        </Fact>
        <Fact term={text.from}>
          {describeDevice(app.userAgent, words)},{' '}
          {app.address === null ? words.common.addressUnknown : <bdi>{app.address}</bdi>}
        </Fact>
        <Fact term={text.lastUsed}>
          {app.lastUsedAt === null ? text.notYet : <Time at={app.lastUsedAt} now={now} />}
        </Fact>
      </Facts>
      <DataTable
        caption={text.title}
        columns={columns}
        rows={tokens}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon="coin" title={text.empty}>
            <p>{text.emptyAdvice}</p>
          </EmptyState>
        }
      />
      {tokens.length > 0 && <ListFooter paging={paging} what={text.title} />}
      <div class="acts">
        <Confirm
          site={site}
          csrfToken={csrfToken}
          action={`/account/grants/${encodeURIComponent(app.id)}/revoke`}
          summary={text.disconnect}
          about={app.clientName}
          consequence={<p>{text.disconnectConsequence(name, living)}</p>}
          button={text.disconnectConfirm}
        />
      </div>
    </InsidePage>
  )
}
