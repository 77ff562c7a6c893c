/** A person's own browser sessions, and the apps and devices that may act for them: see each, end each or all. */
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal } from '../../shared/listing.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { Form } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { useNumber, useText } from '../reader.tsx'
import { describeScope } from '../scopes.ts'

/** What just happened, by the code in the address: the only words an address can put on this page. */
export const sessionsNotices = ['session_ended', 'sessions_ended', 'grant_revoked', 'grants_revoked'] as const

export type SessionsNotice = (typeof sessionsNotices)[number]

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
  paging: ListPaging
}

export interface AccountSessionsPageProps extends SignedInPageProps, TimedProps {
  sessions: Listing<BrowserSession>
  apps: Listing<ConnectedApp>
  /** Live tokens of all apps together, also of those on other pages of the list. */
  liveTokens: ListTotal
  notice: SessionsNotice | null
}

interface ActionContext {
  site: Site
  csrfToken: string
  now: Instant
}

function Address({ address }: { address: string | null }) {
  const { common } = useText()
  return <span class="detail">{address === null ? common.addressUnknown : <bdi>{address}</bdi>}</span>
}

function useSessionColumns({ site, csrfToken, now }: ActionContext): readonly Column<BrowserSession>[] {
  const words = useText()
  const { common, sessions: text } = words
  return [
    {
      header: text.browser,
      kind: 'row-header',
      cell: ({ userAgent, address, current }) => (
        <>
          {describeDevice(userAgent, words)} {current && <Badge>{text.thisOne}</Badge>}
          <Address address={address} />
        </>
      ),
    },
    {
      header: text.signedIn,
      cell: ({ signedInWith, startedAt }) => (
        <>
          <Time at={startedAt} now={now} />
          <span class="detail">
            {signedInWith === 'password' ? (
              text.withPassword
            ) : (
              <bdi>{text.withProvider(signedInWith.provider)}</bdi>
            )}
          </span>
        </>
      ),
    },
    { header: text.lastSeen, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} now={now} /> },
    {
      header: common.actions,
      kind: 'action',
      cell: ({ id, userAgent, current }) => (
        <Form site={site} action={`/account/sessions/${encodeURIComponent(id)}/end`} csrfToken={csrfToken}>
          <Button kind="secondary" about={current ? text.thisOne : describeDevice(userAgent, words)}>
            {text.end}
          </Button>
        </Form>
      ),
    },
  ]
}

function Abilities({ app }: { app: ConnectedApp }) {
  const words = useText()
  const { sessions: text } = words
  return (
    <details class="more">
      <summary>{text.abilities}</summary>
      <ul>
        {app.scopes.map((scope) => (
          <li key={scope}>
            <bdi dir="ltr">{describeScope(scope, app.clientName, words)}</bdi>
          </li>
        ))}
      </ul>
      <p class="detail">{text.appId(<Id value={app.clientId} what={text.idOf(app.clientName)} />)}</p>
    </details>
  )
}

function useAppColumns({ site, csrfToken, now }: ActionContext): readonly Column<ConnectedApp>[] {
  const words = useText()
  const { common, sessions: text } = words
  const number = useNumber()
  return [
    {
      header: text.app,
      kind: 'row-header',
      cell: (app) => (
        <>
          <bdi class="name">{app.clientName}</bdi>
          <Abilities app={app} />
        </>
      ),
    },
    {
      header: text.signedIn,
      cell: ({ signedInAt, userAgent, address }) => (
        <>
          <Time at={signedInAt} now={now} />
          <span class="detail">{describeDevice(userAgent, words)}</span>
          <Address address={address} />
        </>
      ),
    },
    {
      header: text.lastUsed,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? text.notYet : <Time at={lastUsedAt} now={now} />),
    },
    { header: text.ends, cell: ({ expiresAt }) => <Time at={expiresAt} now={now} /> },
    { header: text.tokens, kind: 'numeric', cell: ({ liveTokens }) => number(liveTokens) },
    {
      header: common.actions,
      kind: 'action',
      cell: ({ id, clientName }) => (
        <>
          <a class="button button-quiet" href={localHref(site, `/account/grants/${encodeURIComponent(id)}`)}>
            <span>
              {words.people.grant.show}
              <span class="visually-hidden">
                : <bdi>{clientName}</bdi>
              </span>
            </span>
          </a>
          <Form site={site} action={`/account/grants/${encodeURIComponent(id)}/revoke`} csrfToken={csrfToken}>
            <Button kind="secondary" about={clientName}>
              {text.revoke}
            </Button>
          </Form>
        </>
      ),
    },
  ]
}

export function AccountSessionsPage(props: AccountSessionsPageProps) {
  const { site, csrfToken, account, sessions, apps, liveTokens, notice, now } = props
  const { sessions: text } = useText()
  const context = { site, csrfToken, now }
  const sessionColumns = useSessionColumns(context)
  const appColumns = useAppColumns(context)
  const others = sessions.paging.total.count - 1
  return (
    <InsidePage {...props} title={text.title} current="/account/sessions">
      {notice !== null && <Alert tone="good" title={text.notices[notice]} />}

      <section aria-labelledby="sessions">
        <div class="section-head">
          <div>
            <h2 id="sessions">{text.browsers}</h2>
            <p class="muted">{text.browsersLead}</p>
          </div>
          {others > 0 && (
            <Confirm
              site={site}
              csrfToken={csrfToken}
              action="/account/sessions/end-others"
              summary={text.endOthers}
              consequence={text.endOthersConsequence(
                others,
                sessions.paging.total.atLeast,
                account.displayName,
              )}
              button={text.endOthersConfirm}
            />
          )}
        </div>
        <DataTable
          caption={text.browsers}
          columns={sessionColumns}
          rows={sessions.items}
          rowKey={({ id }) => id}
        />
        <ListFooter paging={sessions.paging} what={text.browsers} />
      </section>

      <section aria-labelledby="apps">
        <div class="section-head">
          <div>
            <h2 id="apps">{text.apps}</h2>
            <p class="muted">{text.appsLead}</p>
          </div>
          {apps.paging.total.count > 0 && (
            <Confirm
              site={site}
              csrfToken={csrfToken}
              action="/account/sessions/revoke-all"
              summary={text.revokeAll}
              consequence={text.revokeAllConsequence(
                liveTokens.count,
                apps.paging.total.count,
                liveTokens.atLeast || apps.paging.total.atLeast,
              )}
              button={text.revokeAllConfirm}
            />
          )}
        </div>
        <DataTable
          caption={text.apps}
          columns={appColumns}
          rows={apps.items}
          rowKey={({ id }) => id}
          empty={
            <EmptyState icon="terminal" title={text.empty}>
              <p>{text.emptyAdvice}</p>
              <LinkButton href={localHref(site, '/device')}>{text.enterCode}</LinkButton>
            </EmptyState>
          }
        />
        {apps.items.length > 0 && <ListFooter paging={apps.paging} what={text.apps} />}
      </section>
    </InsidePage>
  )
}
