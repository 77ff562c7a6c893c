/** Pages about people and their tokens, in their states. */
import { instant } from '../../../shared/clock.ts'
import type { ListPaging } from '../../components/list.tsx'
import type { Site } from '../../props.ts'
import { defaultReader } from '../../reader.tsx'
import { AccountGrantPage, grantNotices } from '../account-grant.tsx'
import { RevokeTokensPage, type ShownToken, TokenPage, TokensPage, tokensNotices } from '../tokens.tsx'
import { UserPage } from '../user.tsx'
import { UserAuthorizationsPage } from '../user-authorizations.tsx'
import { UserConnectionsPage } from '../user-connections.tsx'
import { UserFormPage } from '../user-form.tsx'
import { UserPasswordPage } from '../user-password.tsx'
import { userRefusals, usersNotices } from '../user-words.ts'
import { type ListedUser, UsersPage } from '../users.tsx'

import { csrfToken, type State, site } from './everybody.fixture.tsx'

const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))
const earlier = instant(now - 3_600_000)
const later = instant(now + 3_600_000)
const mounted: Site = { ...site, basePath: '/auth' }
const paging: ListPaging = {
  total: { count: 10_000, atLeast: true },
  previousHref: '/auth/x?before=1',
  nextHref: '/auth/x?after=1',
}
const many = { count: 1234, atLeast: false }

const signedIn = (text: string) => ({
  site: mounted,
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

export const onePerson =
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

export const listOfTokens =
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

export const peopleStates: ReadonlyMap<string, State> = new Map<string, State>([
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
