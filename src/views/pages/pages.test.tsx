/** What holds for every page in every state: it cannot be broken by what it shows, and everyone can use it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { VNode } from 'preact'
import { instant } from '../../shared/clock.ts'
import { staticAssets } from '../assets.ts'
import type { ListPaging } from '../components/list.tsx'
import { en } from '../languages/en/en.tsx'
import { languages } from '../languages/languages.ts'
import { navigation } from '../navigation.ts'
import type { Site } from '../props.ts'
import { defaultReader, type Reader } from '../reader.tsx'
import { renderPage as renderFor } from '../render.ts'
import { AccountAuthorizationsPage } from './account-authorizations.tsx'
import { AccountConnectionsPage, type ConnectionNotice, connectionNotices } from './account-connections.tsx'
import { AccountSessionsPage, type SessionsNotice, sessionsNotices } from './account-sessions.tsx'
import {
  AuthorizationErrorPage,
  type AuthorizationErrorPageProps,
  ReturnToAppPage,
} from './authorization.tsx'
import { ConsentPage, type ConsentPageProps, type Destination } from './consent.tsx'
import { ConfirmDevicePage, DeviceResultPage, type EnterCodeError, EnterCodePage } from './device.tsx'
import { EndSessionPage, type EndSessionProblem, endSessionProblems, SignedOutPage } from './end-session.tsx'
import { ErrorPage, type ErrorPageKind, errorPages } from './error.tsx'
import { type LoginError, LoginPage } from './login.tsx'
import { LogoutPage } from './logout.tsx'
import { type ProviderFailure, ProviderFailurePage, providerFailures } from './provider-failure.tsx'
import { ResumePage } from './resume.tsx'

const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))
const earlier = instant(now - 3 * 3_600_000)
const later = instant(now + 86_400_000)
const csrfToken = 'csrf-token-of-this-session'
const site: Site = {
  name: 'AuthGate',
  version: '0.1.0',
  basePath: '',
  helpUrl: null,
  places: new Set(navigation.flatMap(({ entries }) => entries.map(({ path }) => path))),
}

const wholeList: ListPaging = {
  total: { count: 1, atLeast: false },
  previousHref: null,
  nextHref: null,
}
const middleOfList: ListPaging = {
  total: { count: 10_000, atLeast: false },
  previousHref: '/account/sessions?sessions_before=1',
  nextHref: '/account/sessions?sessions_after=3',
}

const renderPage = (page: VNode, reader = defaultReader): string => renderFor(page, reader)

const readers: readonly Reader[] = languages.map((language) => ({ ...defaultReader, language }))

/** A page in one state, with `text` in every place that shows what somebody else wrote. */
type State = (text: string, site: Site) => VNode

const loginErrors: readonly LoginError[] = [
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

const login =
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

const enterCode =
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

const confirm: State = (text, site) => (
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

const sessions =
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

const firstVisit: State = (text, site) => (
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

const error =
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

const states = new Map<string, State>([
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

interface Tag {
  name: string
  attributes: ReadonlyMap<string, string>
}

/** The tags of a document. Attribute values are always in double quotes, which the renderer escapes inside them. */
function tagsOf(html: string): Tag[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, name, attributes]) => ({
      name: name!,
      attributes: new Map(
        [...attributes!.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)].map(([, key, value]) => [key!, value ?? '']),
      ),
    }),
  )
}

/** Elements and attribute names without any value: what a page is built of. */
function skeleton(html: string): string {
  return tagsOf(html)
    .map(({ name, attributes }) => `${name} ${[...attributes.keys()].join(' ')}`)
    .join('\n')
}

function visibleText(html: string): string {
  return html.replace(/<[a-z/!](?:[^>"]|"[^"]*")*>/gi, ' ')
}

/** Attributes that screen readers speak, or that show on hover. */
function spokenAttributes(html: string): string[] {
  return tagsOf(html).flatMap(({ name, attributes }) =>
    [...attributes]
      .filter(([key]) =>
        /^(?:aria-label|title|alt|placeholder|data-(?!relative|enhance|copy$|copy-label|theme|passkey|options|conditional).+)$/.test(
          key,
        ),
      )
      .map(([key, value]) => (name === 'code' && key === 'title' ? '' : value)),
  )
}

function plain(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

const hostile = [
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '</title><img src=x onerror=alert(1)>',
  '<!-- ]]> --> <svg/onload=alert(1)>',
  '&lt;b&gt; &amp;amp; &#x3c;',
  'javascript:alert(1)',
  '{{constructor}} <%= 1 %>',
  'x'.repeat(5000),
  'שלום 👩‍💻 नमस्ते',
]

const cases = [...states].flatMap(([name, state]) => readers.map((reader) => ({ name, state, reader })))

for (const { name, state, reader } of cases) {
  describe(`page: ${name}, in ${reader.language.tag}`, () => {
    const render = (page: VNode): string => renderPage(page, reader)
    const html = render(state('Plain words', site))
    const tags = tagsOf(html)
    const named = (tag: string) => tags.filter((candidate) => candidate.name === tag)

    it('shows hostile text as text', () => {
      for (const text of hostile) {
        const page = render(state(text, site))
        assert.equal(skeleton(page), skeleton(html), `built differently by ${text}`)
      }
    })

    it('is built the same whatever text it shows', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
          assert.equal(skeleton(render(state(text, site))), skeleton(html))
        }),
        { numRuns: 25 },
      )
    })

    it('lets no control or reordering character through', () => {
      const page = render(state('invoice\u202Egnp.exe\u0000\u0007\u2066\u2028\u0085', site))
      assert.doesNotMatch(page, /[^\P{Cc}\t\n\r]|[\u2028-\u202E\u2066-\u2069]/u)
    })

    it('has a title, a language and one main heading', () => {
      assert.ok(html.startsWith(`<!doctype html><html lang="${reader.language.tag}" `))
      assert.match(html, /<title>[^<]+ · AuthGate<\/title>/)
      assert.equal(named('h1').length, 1)
      assert.equal(named('main').length, 1)
    })

    it('labels every field', () => {
      const labeled = new Set(named('label').map(({ attributes }) => attributes.get('for')))
      for (const { attributes } of ['input', 'select', 'textarea'].flatMap(named)) {
        const kind = attributes.get('type')
        if (kind === 'hidden') continue
        const wrapped = plain(html).includes(
          `<label class="checkbox"><input type="${kind}" name="${plain(attributes.get('name')!)}"`,
        )
        assert.ok(wrapped || labeled.has(attributes.get('id')), `no label for ${attributes.get('name')}`)
      }
    })

    it('posts every form with the CSRF token', () => {
      for (const form of html.match(/<form[\s\S]*?<\/form>/g) ?? []) {
        // What only asks for a page changes nothing, and its address can be kept.
        if (/^<form method="get"/.test(form)) continue
        assert.match(form, /^<form method="post"/)
        assert.ok(form.includes(`<input type="hidden" name="csrf_token" value="${csrfToken}"/>`))
        assert.match(form, /<button type="submit"/)
      }
    })

    it('carries no inline script or style', () => {
      assert.equal(named('style').length, 0)
      assert.match(html, /<script type="module" src="[^"]+"><\/script>/)
      for (const { attributes } of named('script')) assert.match(attributes.get('src') ?? '', /^\/.*static\//)
      for (const { name, attributes } of tags) {
        for (const attribute of attributes.keys()) {
          assert.ok(attribute !== 'style' && !attribute.startsWith('on'), `${attribute} on ${name}`)
        }
      }
    })

    it('uses each id once, and points only to ids it has', () => {
      const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? [])
      assert.equal(new Set(ids).size, ids.length, `repeated among ${ids}`)
      for (const { attributes } of tags) {
        const targets = [
          ...(attributes.get('aria-describedby')?.split(' ') ?? []),
          ...(attributes.get('aria-labelledby')?.split(' ') ?? []),
          ...(attributes.get('href')?.startsWith('#') ? [attributes.get('href')!.slice(1)] : []),
        ]
        for (const target of targets) assert.ok(ids.includes(target), `nothing has the id ${target}`)
      }
    })

    it('asks for the focus at most once', () => {
      assert.ok(tags.filter(({ attributes }) => attributes.has('autofocus')).length <= 1)
    })

    it('says nothing in another language', () => {
      if (reader.language.tag === 'en') return
      const page = plain(render(state('某', site)))
      const said = [
        visibleText(page.replace(/<(code|head|bdi)\b.*?<\/\1>/gs, ' ')),
        ...spokenAttributes(page),
      ].join('\n')
      const foreign = said.replaceAll(
        /AuthGate 0\.1\.0|AuthGate|English|JavaScript|QR|UTC|\b(?:id_token_hint|post_logout_redirect_uri)\b/g,
        '',
      )
      assert.doesNotMatch(foreign, /[A-Za-z]{2,}/)
    })

    it('speaks plainly, in American spelling, of signing in and out', () => {
      assert.doesNotMatch(
        visibleText(html.replace(/<nav\b.*?<\/nav>/gs, '')),
        /\b(scopes?|grants?|clients?|log ?(in|on|out)|authori[sz]\w*|e-mail|colour|recognise|user agent)\b/i,
      )
    })

    it('stays under the base path, and asks only for files that exist', () => {
      const mounted = render(state('Plain words', { ...site, basePath: '/auth' }))
      for (const { name, attributes } of tagsOf(mounted)) {
        for (const key of ['href', 'src', 'action']) {
          const address = attributes.get(key)
          if (address === undefined || address.startsWith('#') || address.startsWith('/account/sessions?'))
            continue
          assert.ok(address.startsWith('/auth/'), `${key}="${address}" on ${name}`)
          if (name === 'link' || name === 'script') assert.ok(staticAssets.has(address.slice('/auth'.length)))
        }
      }
    })
  })
}

describe('what the pages say', () => {
  const shown = (state: State, text = 'Backup CLI') => plain(renderPage(state(text, site)))

  it('keeps what the person typed', () => {
    assert.match(shown(login({ kind: 'invalid_credentials' }), 'ana'), /name="username"[^>]* value="ana"/)
    assert.match(
      shown(enterCode({ kind: 'not_found' }), 'WDJB-MJHX'),
      /name="user_code"[^>]* value="WDJB-MJHX"/,
    )
  })

  it('never refills a password', () => {
    for (const error of loginErrors) {
      const password = tagsOf(renderPage(login(error)('ana', site))).find(
        ({ attributes }) => attributes.get('type') === 'password',
      )
      assert.equal(password?.attributes.has('value'), false)
    }
  })

  it('names the asker, the place and the time before it asks to allow', () => {
    const page = renderPage(
      <ConfirmDevicePage
        site={site}
        reader={defaultReader}
        csrfToken={csrfToken}
        account={{ username: 'ana', displayName: 'Ana', role: 'user' }}
        now={now}
        userCode="WDJB-MJHT"
        clientName="Backup CLI"
        address="203.0.113.7"
        userAgent="curl/8.5.0"
        requestedAt={instant(now - 130_000)}
        scopes={['profile', 'backup:run']}
        resources={['https://backup.example']}
      />,
    )
    const text = plain(visibleText(page)).replace(/\s+/g, ' ')
    for (const words of [
      'Allow Backup CLI to sign in as you?',
      'WDJB-MJHT',
      'Only continue if you started this yourself',
      '203.0.113.7',
      'curl',
      '2 minutes ago',
      'See your name and picture',
      '"backup:run" (defined by Backup CLI)',
      'https://backup.example',
      'Signed in as Ana',
    ]) {
      assert.ok(text.includes(words), `${words} not in ${text}`)
    }
    assert.ok(text.indexOf('Only continue') < text.indexOf(' Deny '))
  })

  it('offers allowing and denying as equals', () => {
    const [allow, deny] = tagsOf(renderPage(confirm('Backup CLI', site))).filter(
      ({ attributes }) => attributes.get('name') === 'action',
    )
    assert.equal(allow?.attributes.get('value'), 'approve')
    assert.equal(deny?.attributes.get('value'), 'deny')
    assert.equal(allow?.attributes.get('class'), deny?.attributes.get('class'))
  })

  it('names what will end before everything is ended', () => {
    const text = shown(sessions(middleOfList, null), 'ana')
    assert.match(text, /ends 9,999 other sessions of ana/)
    assert.match(text, /ends 5 tokens of 10,000 apps/)
    assert.doesNotMatch(shown(sessions(wholeList, null)), /end-others/)
    assert.doesNotMatch(shown(firstVisit), /revoke-all/)
  })

  it('puts ids into addresses as one segment', () => {
    assert.match(
      renderPage(sessions(wholeList, null)('../../admin?x#y', site)),
      /action="\/account\/sessions\/\.\.%2F\.\.%2Fadmin%3Fx%23y\/end"/,
    )
  })

  it('gives the request id and a way on with every error', () => {
    for (const kind of Object.keys(errorPages) as ErrorPageKind[]) {
      const page = shown(error(kind), '0193b6f2-7c11-7a2e-9d53-8f0a4c21d0e5')
      assert.ok(visibleText(page).includes('0193b6f2-7c11-7a2e-9d53-8f0a4c21d0e5'))
      assert.match(page, /href="\/account\/sessions"/)
    }
    assert.match(shown(error('too_many_requests')), /Wait 30 seconds, then try again/)
  })
})
