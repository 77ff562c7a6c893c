/** What holds for the pages of people and tokens in every state: they cannot be broken by what they show. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { VNode } from 'preact'
import { instant } from '../../shared/clock.ts'
import type { ListPaging } from '../components/list.tsx'
import { languages } from '../languages/languages.ts'
import { navigation } from '../navigation.ts'
import type { Site } from '../props.ts'
import { defaultReader } from '../reader.tsx'
import { renderPage } from '../render.ts'
import { AccountGrantPage, grantNotices } from './account-grant.tsx'
import { RevokeTokensPage, type ShownToken, TokenPage, TokensPage, tokensNotices } from './tokens.tsx'
import { UserPage } from './user.tsx'
import { UserAuthorizationsPage } from './user-authorizations.tsx'
import { UserConnectionsPage } from './user-connections.tsx'
import { UserFormPage } from './user-form.tsx'
import { UserPasswordPage } from './user-password.tsx'
import { userRefusals, usersNotices } from './user-words.ts'
import { type ListedUser, UsersPage } from './users.tsx'

const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))
const earlier = instant(now - 3_600_000)
const later = instant(now + 3_600_000)
const csrfToken = 'csrf-token-of-this-session'
const site: Site = {
  name: 'AuthGate',
  version: '0.1.0',
  basePath: '/auth',
  helpUrl: null,
  places: new Set(navigation.flatMap(({ entries }) => entries.map(({ path }) => path))),
}
const paging: ListPaging = {
  total: { count: 10_000, atLeast: true },
  previousHref: '/auth/x?before=1',
  nextHref: '/auth/x?after=1',
}
const many = { count: 1234, atLeast: false }

type State = (text: string) => VNode

const signedIn = (text: string) => ({
  site,
  reader: defaultReader,
  csrfToken,
  account: { username: text, displayName: text, role: 'admin' as const },
  now,
})

const user = (text: string, changes: Partial<ListedUser> = {}): ListedUser & { updatedAt: typeof now } => ({
  id: text,
  username: text,
  fullName: text,
  email: text,
  emailVerified: false,
  role: 'admin',
  status: 'active',
  source: 'local',
  createdAt: earlier,
  updatedAt: now,
  ...changes,
})

const token = (text: string, changes: Partial<ShownToken> = {}): ShownToken => ({
  id: text,
  kind: 'access',
  clientId: text,
  clientName: `${text} `,
  user: { id: text, username: text },
  grantId: text,
  scopes: [text, `${text}2`],
  issuedAt: earlier,
  expiresAt: later,
  status: 'active',
  ...changes,
})

const onePerson =
  (changes: Partial<Parameters<typeof UserPage>[0]> = {}, of: Partial<ListedUser> = {}): State =>
  (text) => (
    <UserPage
      {...signedIn(text)}
      user={user(text, of)}
      lastSeenAt={earlier}
      sessions={[
        {
          id: text,
          userAgent: text,
          address: text,
          signedInWith: 'password',
          startedAt: earlier,
          lastSeenAt: now,
        },
      ]}
      sessionPaging={paging}
      has={{
        accessTokens: many,
        refreshTokens: { count: 1, atLeast: false },
        consents: many,
        ownedClients: 2,
        connections: 1,
      }}
      factors={{ totp: true, passkeys: 2 }}
      own={false}
      notice={null}
      refusal={null}
      {...changes}
    />
  )

const listOfTokens =
  (changes: Partial<Parameters<typeof TokensPage>[0]> = {}): State =>
  (text) => (
    <TokensPage
      {...signedIn(text)}
      kind="access"
      tokens={[token(text), token(`${text}3`, { status: 'revoked', user: null })]}
      paging={paging}
      filters={{ status: 'active', client: text, user: text, id: text }}
      statuses={['active', 'revoked']}
      onlyClients={10}
      returnQuery="status=active"
      notice={null}
      {...changes}
    />
  )

const states = new Map<string, State>([
  [
    'people',
    (text) => (
      <UsersPage
        {...signedIn(text)}
        users={[user(text), user(`${text}2`, { status: 'disabled', role: 'user', emailVerified: true })]}
        paging={paging}
        filters={{ search: text, role: 'admin', status: '', source: '' }}
        notice="deleted"
      />
    ),
  ],
  [
    'nobody',
    (text) => (
      <UsersPage
        {...signedIn(text)}
        users={[]}
        paging={{ total: { count: 0, atLeast: false }, previousHref: null, nextHref: null }}
        filters={{ search: '', role: '', status: '', source: '' }}
        notice={null}
      />
    ),
  ],
  ['a person', onePerson()],
  ['oneself', onePerson({ own: true, sessions: [], lastSeenAt: null })],
  ['a person switched off', onePerson({}, { status: 'disabled', source: 'github' })],
  ...usersNotices.map((notice) => [`a person, ${notice}`, onePerson({ notice })] as const),
  ...userRefusals.map((refusal) => [`a person, ${refusal}`, onePerson({ refusal })] as const),
  [
    'a new person with mistakes',
    (text) => (
      <UserFormPage
        {...signedIn(text)}
        user={null}
        values={{ username: text, email: text, emailVerified: true, fullName: text, role: 'user' }}
        problems={['username', 'email', 'password'].map((field) => ({ field, message: text }))}
      />
    ),
  ],
  ...[true, false].map(
    (own) =>
      [
        `changing ${own ? 'oneself' : 'somebody'}`,
        ((text) => (
          <UserFormPage
            {...signedIn(text)}
            user={{ id: text, username: text, own }}
            values={{ username: text, email: text, emailVerified: false, fullName: text, role: 'admin' }}
            problems={[]}
          />
        )) as State,
      ] as const,
  ),
  [
    'a password',
    (text) => <UserPasswordPage {...signedIn(text)} user={{ id: text, username: text }} password={text} />,
  ],
  [
    'no password',
    (text) => <UserPasswordPage {...signedIn(text)} user={{ id: text, username: text }} password={null} />,
  ],
  [
    'what a person allowed',
    (text) => (
      <UserAuthorizationsPage
        {...signedIn(text)}
        user={{ id: text, username: text }}
        allowed={[
          {
            id: text,
            clientId: text,
            clientName: text,
            permissions: [{ resource: text, scopes: [text] }],
            grantedAt: earlier,
          },
        ]}
        paging={paging}
        notice="consent_withdrawn"
      />
    ),
  ],
  ...([null, 'disconnected'] as const).map(
    (notice) =>
      [
        `accounts elsewhere, ${notice}`,
        ((text) => (
          <UserConnectionsPage
            {...signedIn(text)}
            user={{ id: text, username: text }}
            connections={
              notice !== null
                ? []
                : (['github', 'http_api'] as const).map((source) => ({
                    id: `${text}${source}`,
                    source,
                    username: text,
                    email: text,
                    linkedAt: earlier,
                    lastUsedAt: null,
                    removable: source === 'github',
                  }))
            }
            notice={notice}
          />
        )) as State,
      ] as const,
  ),
  ['tokens', listOfTokens()],
  ['refresh tokens, none', listOfTokens({ kind: 'refresh', tokens: [], onlyClients: null })],
  ...tokensNotices.map((notice) => [`tokens, ${notice}`, listOfTokens({ notice })] as const),
  [
    'the question',
    (text) => (
      <RevokeTokensPage
        {...signedIn(text)}
        tokens={[token(text), token(`${text}2`, { user: null, kind: 'refresh' })]}
        returnQuery="user=x"
      />
    ),
  ],
  ...(['active', 'disabled', 'superseded'] as const).map(
    (status) =>
      [
        `a token, ${status}`,
        ((text) => (
          <TokenPage
            {...signedIn(text)}
            token={token(text, { status, kind: status === 'active' ? 'access' : 'refresh' })}
            returnQuery=""
            notice={null}
          />
        )) as State,
      ] as const,
  ),
  ...[null, ...grantNotices].map(
    (notice) =>
      [
        `tokens of an app, ${notice}`,
        ((text) => (
          <AccountGrantPage
            {...signedIn(text)}
            app={{
              id: text,
              clientId: text,
              clientName: text,
              signedInAt: earlier,
              address: text,
              userAgent: text,
              lastUsedAt: null,
              expiresAt: later,
              scopes: [text],
            }}
            tokens={(['access', 'refresh'] as const).map((kind) => ({
              id: `${text}${kind}`,
              kind,
              scopes: ['openid', `x${text}`],
              issuedAt: earlier,
              expiresAt: later,
              paused: kind === 'refresh',
            }))}
            paging={paging}
            living={many}
            notice={notice}
          />
        )) as State,
      ] as const,
  ),
])

const hostile = [
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '</title><img src=x onerror=alert(1)>',
  '<!-- ]]> --> <svg/onload=alert(1)>',
  'javascript:alert(1)',
  '../../admin?x#y',
  'x'.repeat(5000),
  'שלום 👩‍💻 नमस्ते',
]

/** Elements and attribute names without any value: what a page is built of. */
function skeleton(html: string): string {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi)]
    .map(([, name, attributes]) => `${name} ${attributes!.replaceAll(/="[^"]*"/g, '')}`)
    .join('\n')
}

for (const [name, state] of states) {
  for (const language of languages) {
    describe(`page: ${name}, in ${language.tag}`, () => {
      const render = (text: string): string => renderPage(state(text), { ...defaultReader, language })
      const html = render('Plain words')

      it('shows hostile text as text, and lets no reordering character through', () => {
        for (const text of hostile) assert.equal(skeleton(render(text)), skeleton(html), text)
        assert.doesNotMatch(render('a\u202Eb\u0007\u2066'), /[^\P{Cc}\t\n\r]|[\u202E\u2066]/u)
      })

      it('posts every form with the CSRF token, stays under the base path and uses ids once', () => {
        for (const form of html.match(/<form[\s\S]*?<\/form>/g) ?? []) {
          if (/^<form method="get"/.test(form)) continue
          assert.ok(form.includes(`name="csrf_token" value="${csrfToken}"`))
          assert.match(form, /<button type="submit"/)
        }
        for (const [, address] of html.matchAll(/ (?:href|action|formaction|src)="([^"]*)"/g)) {
          assert.ok(address!.startsWith('/auth/') || address!.startsWith('#'), address!)
        }
        const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
        assert.equal(new Set(ids).size, ids.length)
        assert.doesNotMatch(html, / style=| on[a-z]+="/)
        assert.equal(html.match(/<h1/g)?.length, 1)
      })

      it('speaks its language alone', () => {
        if (language.tag === 'en') return
        const words = render('某')
          .replace(/<(code|head|bdi)\b.*?<\/\1>/gs, ' ')
          .replace(/<[a-z/!](?:[^>"]|"[^"]*")*>/gi, ' ')
        const foreign = words.replaceAll(
          /AuthGate(?: 0\.1\.0)?|English|UTC|Microsoft|Git(?:Hub|ea|Lab)|OpenID Connect|\ba–z\b/g,
          '',
        )
        assert.doesNotMatch(foreign, /[A-Za-z]{2,}/)
      })
    })
  }
}

describe('what the pages of people say', () => {
  const shown = (state: State) => renderPage(state('ana'), defaultReader).replaceAll(/<[^>]*>/g, '')

  it('names what will end before it does', () => {
    const page = shown(onePerson())
    assert.match(page, /ends 10,000\+ sessions and 1,235 tokens, and forgets 1,234 allowed apps/)
    assert.match(page, /Their 2 clients stay, without an owner/)
  })

  it('offers nobody to shut themselves out', () => {
    const own = renderPage(onePerson({ own: true })('ana'), defaultReader)
    assert.doesNotMatch(own, /\/(disable|delete|reset-password)"/)
  })

  it('offers only what a token can do', () => {
    const page = renderPage(listOfTokens()('ana'), defaultReader)
    assert.equal(page.match(/type="checkbox"/g)?.length, 1)
    assert.equal(page.match(/formaction/g)?.length, 1)
  })
})
