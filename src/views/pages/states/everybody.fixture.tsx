/** Pages that everybody meets, in their states: signing in, devices, sessions and apps, errors. */
import type { VNode } from 'preact'
import { instant } from '../../../shared/clock.ts'
import type { ListPaging } from '../../components/list.tsx'
import { en } from '../../languages/en/en.tsx'
import { navigation } from '../../navigation.ts'
import type { Site } from '../../props.ts'
import { defaultReader } from '../../reader.tsx'
import { AccountAuthorizationsPage } from '../account-authorizations.tsx'
import { AccountConnectionsPage, type ConnectionNotice, connectionNotices } from '../account-connections.tsx'
import { AccountSessionsPage, type SessionsNotice, sessionsNotices } from '../account-sessions.tsx'
import {
  AuthorizationErrorPage,
  type AuthorizationErrorPageProps,
  ReturnToAppPage,
} from '../authorization.tsx'
import { ConsentPage, type ConsentPageProps, type Destination } from '../consent.tsx'
import { ConfirmDevicePage, DeviceResultPage, type EnterCodeError, EnterCodePage } from '../device.tsx'
import { EndSessionPage, type EndSessionProblem, endSessionProblems, SignedOutPage } from '../end-session.tsx'
import { ErrorPage, type ErrorPageKind, errorPages } from '../error.tsx'
import { type LoginError, LoginPage } from '../login.tsx'
import { LogoutPage } from '../logout.tsx'
import { type ProviderFailure, ProviderFailurePage, providerFailures } from '../provider-failure.tsx'
import { ResumePage } from '../resume.tsx'

export const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))
export const earlier = instant(now - 3 * 3_600_000)
export const later = instant(now + 86_400_000)
export const csrfToken = 'csrf-token-of-this-session'
export const site: Site = {
  name: 'AuthGate',
  version: '0.1.0',
  basePath: '',
  helpUrl: null,
  places: new Set(navigation.flatMap(({ entries }) => entries.map(({ path }) => path))),
}

export const wholeList: ListPaging = {
  total: { count: 1, atLeast: false },
  previousHref: null,
  nextHref: null,
}
export const middleOfList: ListPaging = {
  total: { count: 10_000, atLeast: false },
  previousHref: '/account/sessions?sessions_before=1',
  nextHref: '/account/sessions?sessions_after=3',
}

/** A page in one state, with `text` in every place that shows what somebody else wrote. */
export type State = (text: string, site: Site) => VNode

export const loginErrors: readonly LoginError[] = [
  { kind: 'missing', fields: ['username', 'password'] },
  { kind: 'invalid_credentials' },
  { kind: 'session_timeout' },
  { kind: 'session_invalid' },
  { kind: 'session_ended' },
  { kind: 'throttled', retryAfterSeconds: 30 },
  { kind: 'disabled' },
  { kind: 'not_set_up' },
  { kind: 'unavailable' },
]

const codeErrors: readonly EnterCodeError[] = [
  { kind: 'empty' },
  { kind: 'not_found' },
  { kind: 'expired' },
  { kind: 'already_used' },
  { kind: 'client_inactive' },
  { kind: 'throttled', retryAfterSeconds: 90 },
]

const account = (text: string) => ({ username: text, displayName: text, role: 'admin' }) as const

/** What the pages of whoever is signed in are told. */
export const signedIn = (text: string, site: Site) => ({
  site,
  reader: defaultReader,
  csrfToken,
  account: account(text),
})

const endSession =
  (problem: EndSessionProblem | null): State =>
  (text, site) => (
    <EndSessionPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      clientName={text}
      problem={problem}
      returns={problem === null}
      action="/oauth/end_session/confirm"
      fields={{ state: text }}
    />
  )

export const login =
  (error: LoginError | null): State =>
  (text, site) => (
    <LoginPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      redirect={text}
      username={text}
      destination={{ kind: 'app', links: { policyUri: null, tosUri: null }, logo: null, name: text }}
      rememberMeDays={30}
      rememberMe={false}
      passkey={{ sealed: 'sealed', options: JSON.stringify({ challenge: text }) }}
      recovery
      providers={[{ name: 'example', label: text, href: `${site.basePath}/auth/login/example` }]}
      error={error}
      notice={null}
    />
  )

export const enterCode =
  (error: EnterCodeError | null): State =>
  (text, site) => (
    <EnterCodePage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      userCode={text}
      error={error}
    />
  )

export const confirm: State = (text, site) => (
  <ConfirmDevicePage
    site={site}
    reader={defaultReader}
    csrfToken={csrfToken}
    account={account(text)}
    now={now}
    userCode={text}
    clientName={text}
    address={text}
    userAgent={text}
    requestedAt={earlier}
    scopes={['openid', `x${text}`]}
    resources={[text]}
  />
)

export const sessions =
  (paging: ListPaging, notice: SessionsNotice | null): State =>
  (text, site) => (
    <AccountSessionsPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      now={now}
      notice={notice}
      liveTokens={{ count: 5, atLeast: false }}
      sessions={{
        items: [
          {
            id: text,
            current: true,
            userAgent: text,
            address: text,
            signedInWith: { provider: text },
            startedAt: earlier,
            lastSeenAt: now,
          },
        ],
        paging,
      }}
      apps={{
        items: [
          {
            id: text,
            clientId: text,
            clientName: text,
            signedInAt: earlier,
            address: text,
            userAgent: text,
            lastUsedAt: null,
            expiresAt: later,
            scopes: ['openid', `x${text}`],
            liveTokens: 5,
          },
        ],
        paging,
      }}
    />
  )

export const firstVisit: State = (text, site) => (
  <AccountSessionsPage
    site={site}
    reader={defaultReader}
    csrfToken={csrfToken}
    account={account(text)}
    now={now}
    notice={null}
    liveTokens={{ count: 0, atLeast: false }}
    sessions={{
      items: [
        {
          id: 'only',
          current: true,
          userAgent: null,
          address: null,
          signedInWith: 'password',
          startedAt: now,
          lastSeenAt: now,
        },
      ],
      paging: wholeList,
    }}
    apps={{ items: [], paging: { ...wholeList, total: { count: 0, atLeast: false } } }}
  />
)

export const error =
  (kind: ErrorPageKind): State =>
  (text, site) => (
    <ErrorPage
      site={site}
      reader={defaultReader}
      kind={kind}
      requestId={text}
      retryAfterSeconds={kind === 'too_many_requests' ? 30 : null}
      wayOn={{ path: '/account/sessions', label: 'account' }}
    />
  )

const allowedApps =
  (notice: 'revoked' | null, empty = false): State =>
  (text, site) => (
    <AccountAuthorizationsPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      pendingApprovals={3}
      now={now}
      notice={notice}
      nextHref={empty ? null : '/account/sessions?before=x'}
      apps={
        empty
          ? []
          : [
              {
                id: text,
                clientId: text,
                clientName: text,
                permissions: [
                  { resource: null, resourceName: null, scopes: ['openid', `x${text}`], scopeWords: {} },
                  { resource: text, resourceName: text, scopes: ['read'], scopeWords: { read: text } },
                ],
                grantedAt: earlier,
                updatedAt: now,
              },
            ]
      }
    />
  )

const consent =
  (destination: Destination, changes: Partial<ConsentPageProps> = {}): State =>
  (text, site) => (
    <ConsentPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      clientName={text}
      clientId={text}
      requestUri={text}
      returnTo={text}
      vouchedFor={false}
      describedAt={null}
      destination={destination}
      logo={null}
      scopes={['openid', 'profile', `x${text}`]}
      allowedBefore={['profile']}
      scopeWords={{ profile: text }}
      resources={[{ identifier: text, name: text }]}
      {...changes}
    />
  )

const authorizationError =
  (problem: AuthorizationErrorPageProps['problem']): State =>
  (text, site) => (
    <AuthorizationErrorPage
      site={site}
      reader={defaultReader}
      problem={problem}
      clientName={problem === 'unknown_client' ? null : text}
      error={text}
      description={text}
      requestId={text}
      wayBack={null}
    />
  )

const connections =
  (notice: ConnectionNotice | null): State =>
  (text, site) => (
    <AccountConnectionsPage
      site={site}
      reader={defaultReader}
      csrfToken={csrfToken}
      account={account(text)}
      now={now}
      notice={notice}
      providers={[
        {
          name: 'github',
          label: text,
          enabled: true,
          connection: {
            id: 'one',
            username: text,
            email: text,
            linkedAt: earlier,
            lastUsedAt: null,
            spare: true,
          },
        },
        { name: 'gitlab', label: 'GitLab', enabled: true, connection: null },
        {
          name: 'gitea',
          label: 'Gitea',
          enabled: false,
          connection: {
            id: 'two',
            username: null,
            email: null,
            linkedAt: earlier,
            lastUsedAt: earlier,
            spare: false,
          },
        },
      ]}
    />
  )

const providerFailure =
  (failure: ProviderFailure, connecting: boolean): State =>
  (text, site) => (
    <ProviderFailurePage
      site={site}
      reader={defaultReader}
      failure={failure}
      provider={text}
      connecting={connecting}
      redirect={connecting ? null : '/device'}
      requestId={text}
    />
  )

export const everybodyStates: ReadonlyMap<string, State> = new Map<string, State>([
  ...[null, ...connectionNotices].map((notice): [string, State] => [
    `connected accounts, ${notice}`,
    connections(notice),
  ]),
  ...(Object.keys(providerFailures) as ProviderFailure[]).flatMap((failure): [string, State][] => [
    [`sign-in elsewhere, ${failure}`, providerFailure(failure, false)],
    [`connecting, ${failure}`, providerFailure(failure, true)],
  ]),
  ['allowed apps', allowedApps(null)],
  ['allowed apps, one revoked', allowedApps('revoked')],
  ['allowed apps, none', allowedApps(null, true)],
  ['consent, to a site', consent({ kind: 'web', host: '某.example' })],
  ['consent, to a program', consent({ kind: 'loopback' })],
  ['consent, to an app', consent({ kind: 'private_use', scheme: '某' })],
  [
    'consent, for an app of a host',
    consent(
      { kind: 'web', host: '某' },
      { describedAt: { host: '某某', trusted: false, firstSeenAt: earlier, now } },
    ),
  ],
  [
    'consent, for an app of a trusted host, with its logo',
    (text, site) =>
      consent(
        { kind: 'web', host: '某' },
        {
          describedAt: { host: '某', trusted: true, firstSeenAt: earlier, now },
          logo: `${site.basePath}/client-logos/x`,
        },
      )(text, site),
  ],
  [
    'resume',
    (text, site) => (
      <ResumePage
        site={site}
        reader={defaultReader}
        csrfToken={csrfToken}
        account={account(text)}
        kept={{ path: '/x', page: '/y', fields: { title: text, body: text }, withoutSecrets: true }}
      />
    ),
  ],
  [
    'back to the app',
    (text, site) => (
      <ReturnToAppPage site={site} reader={defaultReader} clientName={text} href={`${site.basePath}/x`} />
    ),
  ],
  ...(Object.keys(en.authorization.problems) as AuthorizationErrorPageProps['problem'][]).map(
    (problem) => [`authorization error, ${problem}`, authorizationError(problem)] as const,
  ),
  ['login', login(null)],
  ...loginErrors.map((error) => [`login, ${error.kind}`, login(error)] as const),
  [
    'login, signed out',
    (_text, site) => (
      <LoginPage
        site={site}
        reader={defaultReader}
        csrfToken={csrfToken}
        redirect={null}
        username=""
        destination={{ kind: 'device' }}
        rememberMeDays={null}
        rememberMe={false}
        passkey={null}
        recovery={false}
        providers={[]}
        error={null}
        notice="signed_out"
      />
    ),
  ],
  ['enter code', enterCode(null)],
  ...codeErrors.map((error) => [`enter code, ${error.kind}`, enterCode(error)] as const),
  ['confirm device', confirm],
  [
    'device approved',
    (text, site) => (
      <DeviceResultPage site={site} reader={defaultReader} outcome="approved" clientName={text} />
    ),
  ],
  [
    'device denied',
    (text, site) => (
      <DeviceResultPage site={site} reader={defaultReader} outcome="denied" clientName={text} />
    ),
  ],
  ['sessions, first visit', firstVisit],
  ['sessions, one of each', sessions(wholeList, null)],
  ['sessions, many', sessions(middleOfList, null)],
  ...sessionsNotices.map((notice) => [`sessions, ${notice}`, sessions(wholeList, notice)] as const),
  [
    'sign out',
    (text, site) => (
      <LogoutPage site={site} reader={defaultReader} csrfToken={csrfToken} account={account(text)} />
    ),
  ],
  ...[null, ...endSessionProblems].flatMap((problem) => [
    [`sign out for an app, ${problem}`, endSession(problem)] as const,
    [
      `signed out for an app, ${problem}`,
      ((_, site) => (
        <SignedOutPage site={site} reader={defaultReader} problem={problem} wayBack={null} />
      )) as State,
    ] as const,
  ]),
  ...(Object.keys(errorPages) as ErrorPageKind[]).map((kind) => [`error ${kind}`, error(kind)] as const),
])
