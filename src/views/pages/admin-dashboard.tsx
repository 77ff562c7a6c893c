/** What an administrator sees first: how much there is, what happened lately, and where to look further. */
import type { ComponentChildren } from 'preact'
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal } from '../../shared/listing.ts'
import { BarChart, Funnel, type Ink, LineChart } from '../charts/chart.tsx'
import { rounded } from '../charts/scale.ts'
import { Alert } from '../components/alert.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { Tabs } from '../components/tabs.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { type AuditEntry, AuditTable } from './admin-audit.tsx'

export const activityWindowNames = ['hour', 'day', 'week'] as const
export type ActivityWindowName = (typeof activityWindowNames)[number]

type GrantName =
  | 'device_code'
  | 'refresh_token'
  | 'authorization_code'
  | 'client_credentials'
  | 'token_exchange'

/** Every list has a number for each of `startsAt`. */
export interface ActivityProps {
  startsAt: readonly Instant[]
  spanMinutes: number
  logins: { success: readonly number[]; failure: readonly number[] }
  device: { issued: number; approved: number; denied: number; expired: number; redeemed: number }
  issued: Readonly<Record<GrantName, readonly number[]>>
  errors: { client: readonly number[]; server: readonly number[] }
  /** In seconds. */
  latency: { p50: readonly (number | undefined)[]; p95: readonly (number | undefined)[] }
}

/** Each part is `undefined` when it could not be found out: an unknown number is not 0. */
export interface AdminDashboardPageProps extends SignedInPageProps, TimedProps {
  directory:
    | {
        accounts: { all: ListTotal; admins: ListTotal; disabled: ListTotal }
        clients: { active: ListTotal; pending: ListTotal }
      }
    | undefined
  store:
    | {
        accessTokens: number
        refreshTokens: number
        sessions: number
        devicesPending: number
        ageSeconds: number
      }
    | undefined
  signing: { algorithm: string; kid: string | undefined; nextAt: Instant | undefined } | undefined
  recent: readonly AuditEntry[] | undefined
  activity: ActivityProps | undefined
  window: ActivityWindowName
  server: { version: string; database: string; uptimeSeconds: number }
}

export function AdminDashboardPage(props: AdminDashboardPageProps) {
  const { site, now, recent, activity, window } = props
  const { dashboard: text } = useText().operations
  return (
    <InsidePage {...props} title={text.title} current="/admin">
      <Cards {...props} />

      <section aria-labelledby="activity">
        <div class="section-head">
          <div>
            <h2 id="activity">{text.activity}</h2>
            {activity !== undefined && (
              <p class="muted">
                {text.period(text.windows[window], text.span(activity.spanMinutes))}{' '}
                {text.updated(<Time at={now} now={now} />)}
              </p>
            )}
          </div>
          <Tabs
            label={text.windowNames}
            tabs={activityWindowNames.map((name) => ({
              label: text.windows[name],
              href: localHref(site, `/admin?window=${name}`),
              current: name === window,
            }))}
          />
        </div>
        {activity === undefined ? (
          <Alert tone="warning" title={useText().operations.notAvailable}>
            <p>{text.activityUnavailable}</p>
          </Alert>
        ) : (
          <Charts activity={activity} />
        )}
      </section>

      <section aria-labelledby="recent">
        <div class="section-head">
          <h2 id="recent">{text.recent}</h2>
          <a href={localHref(site, '/admin/audit')}>{text.recentAll}</a>
        </div>
        {recent === undefined ? (
          <Alert tone="warning" title={useText().operations.notAvailable} />
        ) : recent.length === 0 ? (
          <EmptyState icon="info" title={text.noneRecent}>
            <p>{text.noneRecentAdvice}</p>
          </EmptyState>
        ) : (
          <AuditTable entries={recent} now={now} caption={text.recent} />
        )}
      </section>
    </InsidePage>
  )
}

function Cards({ site, now, directory, store, signing, server }: AdminDashboardPageProps) {
  const { operations } = useText()
  const { dashboard: text, keys, settings } = operations
  const total = ({ count, atLeast }: ListTotal): string =>
    atLeast ? operations.atLeast(count) : operations.number(count)
  return (
    <dl class="cards">
      <Card site={site} title={text.people} href="/admin/users">
        {directory && (
          <>
            <Figure>{total(directory.accounts.all)}</Figure>
            <Detail>{text.admins(total(directory.accounts.admins))}</Detail>
            <Detail>{text.disabled(total(directory.accounts.disabled))}</Detail>
          </>
        )}
      </Card>
      <Card site={site} title={text.clients} href="/admin/clients">
        {directory && (
          <>
            <Figure unit={text.activeClients}>{total(directory.clients.active)}</Figure>
            <Detail>
              {directory.clients.pending.count === 0 ? (
                text.noneWaiting
              ) : site.places.has('/admin/clients') ? (
                <a href={localHref(site, '/admin/clients?status=pending')}>
                  {text.waiting(total(directory.clients.pending))}
                </a>
              ) : (
                text.waiting(total(directory.clients.pending))
              )}
            </Detail>
          </>
        )}
      </Card>
      <Card site={site} title={text.tokens} href="/admin/tokens">
        {store && (
          <>
            <Figure>{operations.number(store.accessTokens + store.refreshTokens)}</Figure>
            <Detail>
              {text.bothTokens(
                text.accessTokens(operations.number(store.accessTokens)),
                text.refreshTokens(operations.number(store.refreshTokens)),
              )}
            </Detail>
            <Detail>{text.countedAgo(store.ageSeconds)}</Detail>
          </>
        )}
      </Card>
      <Card site={site} title={text.sessions}>
        {store && (
          <>
            <Figure>{operations.number(store.sessions)}</Figure>
            <Detail>{text.devicesWaiting(operations.number(store.devicesPending))}</Detail>
            <Detail>{text.countedAgo(store.ageSeconds)}</Detail>
          </>
        )}
      </Card>
      <Card site={site} title={text.signing} href="/admin/keys" more={keys.title}>
        {signing && (
          <>
            <Figure>{signing.algorithm}</Figure>
            <Detail>
              {signing.kid === undefined ? text.sharedSecret : <Id value={signing.kid} what={text.signing} />}
            </Detail>
            <Detail>
              {signing.nextAt === undefined ? (
                text.noRotation
              ) : (
                <>
                  {text.next} <Time at={signing.nextAt} now={now} />
                </>
              )}
            </Detail>
          </>
        )}
      </Card>
      <Card site={site} title={text.server} href="/admin/settings" more={settings.title}>
        <Figure>{server.version}</Figure>
        <Detail>{server.database}</Detail>
        <Detail>{text.upFor(operations.uptime(server.uptimeSeconds))}</Detail>
      </Card>
    </dl>
  )
}

interface CardProps {
  site: Site
  title: string
  /** Path of the page with more, if this server has it. */
  href?: string
  /** What the link leads to, where that is not what the card is called after. */
  more?: string
  /** What is known of it; `undefined` when nothing is. */
  children: ComponentChildren
}

function Card({ site, title, href, more, children }: CardProps) {
  const { notAvailable } = useText().operations
  return (
    <div class="stat">
      <dt>
        {href === undefined || !site.places.has(href) ? (
          title
        ) : (
          <a href={localHref(site, href)}>
            {title}
            {more !== undefined && <span class="visually-hidden">: {more}</span>}
          </a>
        )}
      </dt>
      <dd>{children ?? <span class="muted">{notAvailable}</span>}</dd>
    </div>
  )
}

function Figure({ unit, children }: { unit?: string; children: ComponentChildren }) {
  return (
    <p>
      <strong class="figure">{children}</strong>
      {unit !== undefined && <span class="muted"> {unit}</span>}
    </p>
  )
}

function Detail({ children }: { children: ComponentChildren }) {
  return <p class="detail">{children}</p>
}

const grantInks = {
  device_code: 'first',
  authorization_code: 'second',
  refresh_token: 'third',
  client_credentials: 'fourth',
  token_exchange: 'fifth',
} as const satisfies Record<GrantName, Ink>

function Charts({ activity }: { activity: ActivityProps }) {
  const { charts: text } = useText().operations
  const { startsAt: times, logins, device, issued, errors, latency } = activity
  const seconds = (value: number): string =>
    value < 1 ? text.milliseconds(String(rounded(value * 1000))) : text.seconds(String(rounded(value)))
  return (
    <div class="charts">
      <BarChart
        id="logins"
        title={text.logins}
        times={times}
        series={[
          { label: text.loginSuccess, ink: 'good', values: logins.success },
          { label: text.loginFailure, ink: 'bad', values: logins.failure },
        ]}
      />
      <Funnel
        id="device"
        title={text.device}
        steps={[
          { label: text.issued, count: device.issued, ink: 'quiet' },
          { label: text.approved, count: device.approved, ink: 'first' },
          { label: text.redeemed, count: device.redeemed, ink: 'good' },
        ]}
      >
        <p class="muted">
          {text.denied(device.denied)} · {text.expired(device.expired)}
        </p>
      </Funnel>
      <BarChart
        id="tokens"
        title={text.tokens}
        times={times}
        series={(Object.keys(grantInks) as GrantName[]).map((grant) => ({
          label: text.grants[grant],
          ink: grantInks[grant],
          values: issued[grant],
        }))}
      />
      <BarChart
        id="errors"
        title={text.errors}
        times={times}
        series={[
          { label: text.serverErrors, ink: 'bad', values: errors.server },
          { label: text.clientErrors, ink: 'quiet', values: errors.client },
        ]}
      />
      <LineChart
        id="latency"
        title={text.latency}
        times={times}
        unit={seconds}
        nothing={text.noRequests}
        series={[
          { label: text.p50, ink: 'first', values: latency.p50 },
          { label: text.p95, ink: 'second', values: latency.p95 },
        ]}
      />
    </div>
  )
}
