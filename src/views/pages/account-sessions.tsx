/** A person's own browser sessions, and the apps and devices that may act for them: see each, end each or all. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { type Column, DataTable, PagingLinks } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { Form } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type Paging, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { describeScope } from '../scopes.ts'

/** What just happened, by the code in the address: the only words an address can put on this page. */
export const sessionsNotices = {
  session_ended: 'The session was ended',
  sessions_ended: 'All other sessions were ended',
  grant_revoked: 'The app was disconnected',
  grants_revoked: 'All apps and devices were disconnected',
} as const satisfies Record<string, string>

export type SessionsNotice = keyof typeof sessionsNotices

export interface BrowserSession {
  id: string
  /** The session that asks for this page. */
  current: boolean
  userAgent: string | null
  address: string | null
  /** `password`, or the name of the provider that vouched: `GitHub`. */
  signedInWith: 'password' | { provider: string }
  startedAt: Instant
  lastSeenAt: Instant
}

/** An app or device the person allowed, with the tokens it holds. */
export interface ConnectedApp {
  /** Id of the grant, as the revoke route takes it. */
  id: string
  clientId: string
  clientName: string
  /** When and from where it was allowed. */
  signedInAt: Instant
  address: string | null
  userAgent: string | null
  /** `null` when it has not been used yet. */
  lastUsedAt: Instant | null
  /** When the last of its tokens ends. */
  expiresAt: Instant
  scopes: readonly string[]
  liveTokens: number
}

export interface Listing<Item> {
  items: readonly Item[]
  paging: Paging
}

export interface AccountSessionsPageProps extends SignedInPageProps, TimedProps {
  sessions: Listing<BrowserSession>
  apps: Listing<ConnectedApp>
  /** Live tokens of all apps together, also of those on other pages of the list. */
  liveTokens: number
  notice: SessionsNotice | null
}

interface ActionContext {
  site: Site
  csrfToken: string
  now: Instant
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

function Address({ address }: { address: string | null }) {
  return <span class="detail">{address === null ? 'Address not known' : <bdi>{address}</bdi>}</span>
}

function sessionColumns({ site, csrfToken, now }: ActionContext): readonly Column<BrowserSession>[] {
  return [
    {
      header: 'Browser',
      kind: 'row-header',
      cell: ({ userAgent, address, current }) => (
        <>
          {describeDevice(userAgent)} {current && <Badge>This one</Badge>}
          <Address address={address} />
        </>
      ),
    },
    {
      header: 'Signed in',
      cell: ({ signedInWith, startedAt }) => (
        <>
          <Time at={startedAt} now={now} />
          <span class="detail">
            {signedInWith === 'password' ? 'with password' : <bdi>with {signedInWith.provider}</bdi>}
          </span>
        </>
      ),
    },
    { header: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} now={now} /> },
    {
      header: 'Actions',
      kind: 'action',
      cell: ({ id, userAgent, current }) => (
        <Form site={site} action={`/account/sessions/${encodeURIComponent(id)}/end`} csrfToken={csrfToken}>
          <Button kind="secondary" about={current ? 'this one' : describeDevice(userAgent)}>
            End session
          </Button>
        </Form>
      ),
    },
  ]
}

function Abilities({ app }: { app: ConnectedApp }) {
  return (
    <details class="more">
      <summary>What it may do</summary>
      <ul>
        {app.scopes.map((scope) => (
          <li key={scope}>
            <bdi dir="ltr">{describeScope(scope, app.clientName)}</bdi>
          </li>
        ))}
      </ul>
      <p class="detail">
        App id <Id value={app.clientId} what={`id of ${app.clientName}`} />
      </p>
    </details>
  )
}

function appColumns({ site, csrfToken, now }: ActionContext): readonly Column<ConnectedApp>[] {
  return [
    {
      header: 'App',
      kind: 'row-header',
      cell: (app) => (
        <>
          <bdi class="name">{app.clientName}</bdi>
          <Abilities app={app} />
        </>
      ),
    },
    {
      header: 'Signed in',
      cell: ({ signedInAt, userAgent, address }) => (
        <>
          <Time at={signedInAt} now={now} />
          <span class="detail">{describeDevice(userAgent)}</span>
          <Address address={address} />
        </>
      ),
    },
    {
      header: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Not yet' : <Time at={lastUsedAt} now={now} />),
    },
    { header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} now={now} /> },
    { header: 'Tokens', kind: 'numeric', cell: ({ liveTokens }) => liveTokens.toLocaleString('en') },
    {
      header: 'Actions',
      kind: 'action',
      cell: ({ id, clientName }) => (
        <Form site={site} action={`/account/grants/${encodeURIComponent(id)}/revoke`} csrfToken={csrfToken}>
          <Button kind="secondary" about={clientName}>
            Revoke
          </Button>
        </Form>
      ),
    },
  ]
}

interface EndAllProps {
  site: Site
  csrfToken: string
  action: string
  /** Opens the question. */
  summary: string
  /** Names what will end. */
  consequence: string
  /** The final button. */
  confirm: string
}

/** Two steps without script: the first opens the question, which says what will end, the second ends it. */
function EndAll({ site, csrfToken, action, summary, consequence, confirm }: EndAllProps) {
  return (
    <details class="end-all">
      <summary class="button button-secondary">{summary}</summary>
      <Form site={site} action={action} csrfToken={csrfToken} className="end-all-question">
        <p>{consequence}</p>
        <Button kind="danger">{confirm}</Button>
      </Form>
    </details>
  )
}

export function AccountSessionsPage(props: AccountSessionsPageProps) {
  const { site, csrfToken, account, sessions, apps, liveTokens, notice, now } = props
  const context = { site, csrfToken, now }
  const others = sessions.paging.total - 1
  return (
    <InsidePage
      site={site}
      title="Sessions and apps"
      csrfToken={csrfToken}
      account={account}
      current="/account/sessions"
    >
      <h1>Sessions and apps</h1>
      {notice !== null && <Alert tone="good" title={sessionsNotices[notice]} />}

      <section aria-labelledby="sessions">
        <div class="section-head">
          <div>
            <h2 id="sessions">Browser sessions</h2>
            <p class="muted">Where you are signed in. End any that you do not recognize.</p>
          </div>
          {others > 0 && (
            <EndAll
              site={site}
              csrfToken={csrfToken}
              action="/account/sessions/end-others"
              summary="End all others…"
              consequence={`This ends ${counted(others, 'other session', 'other sessions')} of ${account.displayName}. You stay signed in here.`}
              confirm="End all other sessions"
            />
          )}
        </div>
        <DataTable
          caption="Browser sessions"
          columns={sessionColumns(context)}
          rows={sessions.items}
          rowKey={({ id }) => id}
        />
        <PagingLinks paging={sessions.paging} what="browser sessions" />
      </section>

      <section aria-labelledby="apps">
        <div class="section-head">
          <div>
            <h2 id="apps">Apps and devices</h2>
            <p class="muted">What you allowed to act for you.</p>
          </div>
          {apps.paging.total > 0 && (
            <EndAll
              site={site}
              csrfToken={csrfToken}
              action="/account/sessions/revoke-all"
              summary="Revoke all…"
              consequence={`This ends ${counted(liveTokens, 'token', 'tokens')} of ${counted(apps.paging.total, 'app', 'apps')}. Each has to ask you again.`}
              confirm="Revoke all"
            />
          )}
        </div>
        {apps.paging.total === 0 ? (
          <EmptyState icon="terminal" title="No app or device is connected">
            <p>Start signing in on a device or in a terminal, then enter the code it shows.</p>
            <LinkButton href={localHref(site, '/device')}>Enter a code</LinkButton>
          </EmptyState>
        ) : (
          <DataTable
            caption="Apps and devices"
            columns={appColumns(context)}
            rows={apps.items}
            rowKey={({ id }) => id}
          />
        )}
        <PagingLinks paging={apps.paging} what="apps and devices" />
      </section>
    </InsidePage>
  )
}
