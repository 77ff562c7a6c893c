/** Pages about the server, for administrators, and those for developers, in their states. */
import { markupTemplate } from '../../markup.ts'
import { defaultReader } from '../../reader.tsx'
import { AdminAuditPage, type AuditEntry } from '../admin-audit.tsx'
import { type ActivityProps, AdminDashboardPage, activityWindowNames } from '../admin-dashboard.tsx'
import { AdminKeysPage, type KeyRow, keyNotices } from '../admin-keys.tsx'
import { AdminSettingsPage } from '../admin-settings.tsx'
import { ApiReferencePage } from '../api-reference.tsx'
import { GuidePage, NoGuidePage } from '../guide.tsx'
import { csrfToken, earlier, later, now, type State, signedIn } from './everybody.fixture.tsx'

const paging = {
  total: { count: 10_000, atLeast: true },
  previousHref: '/account/sessions?before=1',
  nextHref: '/account/sessions?after=1',
}
const some = { count: 12, atLeast: false }

const auditEntry = (text: string): AuditEntry => ({
  id: text,
  eventType: text,
  at: earlier,
  severity: 'CRITICAL',
  actorId: text,
  actorName: text,
  actorIp: text,
  resourceType: 'CLIENT',
  resourceId: text,
  resourceName: text,
  action: text,
  details: { [text]: text, list: [text], nested: { [text]: [text] } },
  success: false,
  errorMessage: text,
  requestId: text,
  userAgent: text,
  requestPath: text,
  requestMethod: text,
})

const activity: ActivityProps = {
  startsAt: [earlier, now],
  spanMinutes: 15,
  logins: { success: [3, 0], failure: [0, 1] },
  device: { issued: 4, approved: 3, denied: 1, expired: 0, redeemed: 2 },
  issued: {
    device_code: [1, 2],
    refresh_token: [0, 0],
    authorization_code: [5, 0],
    client_credentials: [0, 3],
    token_exchange: [0, 0],
  },
  errors: { client: [0, 2], server: [1, 0] },
  latency: { p50: [0.01, undefined], p95: [0.2, 0.3] },
}

const audit =
  (changes: Partial<Parameters<typeof AdminAuditPage>[0]> = {}): State =>
  (text, site) => (
    <AdminAuditPage
      {...signedIn(text, site)}
      now={now}
      entries={[auditEntry(text)]}
      filters={{
        search: text,
        event_type: '',
        severity: '',
        success: '',
        actor: text,
        actor_ip: text,
        resource_type: '',
        resource_id: text,
        start_time: '',
        end_time: '',
      }}
      eventTypes={[text]}
      severities={['某']}
      resourceTypes={['某']}
      paging={paging}
      stoppedAt={undefined}
      reach={3000}
      csvHref={`${site.basePath}/admin/audit/export?format=csv`}
      jsonlHref={`${site.basePath}/admin/audit/export?format=jsonl`}
      enabled
      {...changes}
    />
  )

const key = (text: string, changes: Partial<KeyRow>): KeyRow => ({
  kid: text,
  algorithm: text,
  state: 'current',
  createdAt: earlier,
  activatedAt: earlier,
  retiredAt: undefined,
  change: { to: 'previous', at: later },
  livingTokens: 12,
  ...changes,
})

const row = (text: string) => ({ name: text, type: text, required: true, description: text })

export const serverStates: ReadonlyMap<string, State> = new Map<string, State>([
  ...activityWindowNames.map((window): [string, State] => [
    `the dashboard, ${window}`,
    (text, site) => (
      <AdminDashboardPage
        {...signedIn(text, site)}
        now={now}
        directory={{
          accounts: { all: some, admins: some, disabled: some },
          clients: { active: some, pending: some },
        }}
        store={{ accessTokens: 1, refreshTokens: 2, sessions: 3, devicesPending: 4, ageSeconds: 5 }}
        signing={{ algorithm: text, kid: text, nextAt: later }}
        recent={[auditEntry(text)]}
        activity={activity}
        window={window}
        server={{ version: text, database: text, uptimeSeconds: 3600 }}
      />
    ),
  ]),
  [
    'the dashboard of a server that knows little',
    (text, site) => (
      <AdminDashboardPage
        {...signedIn(text, site)}
        now={now}
        directory={undefined}
        store={undefined}
        signing={undefined}
        recent={undefined}
        activity={undefined}
        window="hour"
        server={{ version: text, database: text, uptimeSeconds: 1 }}
      />
    ),
  ],
  ['the audit log', audit()],
  ['the audit log, off and empty', audit({ enabled: false, entries: [] })],
  ['the audit log, searched in part', audit({ stoppedAt: earlier, entries: [] })],
  ...([null, ...keyNotices] as const).map((notice): [string, State] => [
    `signing keys, ${notice}`,
    (text, site) => (
      <AdminKeysPage
        {...signedIn(text, site)}
        now={now}
        keys={[
          key(`${text}1`, { state: 'next', activatedAt: undefined, livingTokens: undefined }),
          key(`${text}2`, {}),
          key(`${text}3`, { state: 'previous', change: undefined }),
        ]}
        retired={[key(`${text}4`, { state: 'retired', retiredAt: now, change: undefined })]}
        foreign
        notice={notice}
      />
    ),
  ]),
  [
    'settings',
    (text, site) => (
      <AdminSettingsPage
        {...signedIn(text, site)}
        groups={[
          {
            key: 'server',
            settings: [
              {
                name: text,
                description: text,
                secret: false,
                isSet: true,
                value: text,
                defaultNote: undefined,
              },
              {
                name: `${text}2`,
                description: text,
                secret: true,
                isSet: true,
                value: undefined,
                defaultNote: undefined,
              },
              {
                name: `${text}3`,
                description: text,
                secret: false,
                isSet: false,
                value: undefined,
                defaultNote: text,
              },
            ],
          },
        ]}
        search={text}
      />
    ),
  ],
  [
    'settings, none found',
    (text, site) => <AdminSettingsPage {...signedIn(text, site)} groups={[]} search={text} />,
  ],
  ...[true, false].map((inside): [string, State] => [
    `a guide, ${inside ? 'with an app of one’s own' : 'for anybody'}`,
    (text, site) => (
      <GuidePage
        site={site}
        reader={defaultReader}
        visitor={inside ? { csrfToken, account: signedIn(text, site).account } : null}
        slug="device-flow"
        parts={[
          'endpoints',
          'errors',
          {
            markup: markupTemplate('<p><code>{{client_id}}</code></p>', ['client_id']).fill({
              client_id: text,
            }),
          },
        ]}
        headings={[{ id: 'heading', title: text }]}
        query={inside ? `?${new URLSearchParams({ client_id: text })}` : ''}
        choice={inside ? { apps: [{ clientId: text, name: text }], chosen: text } : null}
        endpoints={[{ member: 'issuer', address: text }]}
        errors={[{ code: 'heading', status: 400, source: text, meaning: '某', causes: ['某'], remedy: '某' }]}
      />
    ),
  ]),
  ['no such guide', (_text, site) => <NoGuidePage site={site} reader={defaultReader} visitor={null} />],
  [
    'the reference of the API',
    (text, site) => (
      <ApiReferencePage
        site={site}
        reader={defaultReader}
        visitor={{ csrfToken, account: signedIn(text, site).account }}
        documentPath="/api/v1/openapi.json"
        reference={{
          address: text,
          introduction: [text],
          scopes: [{ name: text, description: text }],
          groups: [
            {
              name: 'clients',
              description: text,
              operations: [
                {
                  id: 'operation',
                  method: text,
                  path: text,
                  scope: text,
                  summary: text,
                  description: text,
                  parameters: [row(text)],
                  body: [row(text)],
                  status: 200,
                  answer: [row(text)],
                  produces: text,
                  refusals: [400, 404],
                  example: text,
                },
              ],
            },
          ],
          refusals: [{ status: 400, description: text }],
        }}
      />
    ),
  ],
])
