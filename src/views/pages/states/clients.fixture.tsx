/** Pages about clients, for administrators and for the people who make apps, in their states. */
import { en } from '../../languages/en/en.tsx'
import { AppsFullPage } from '../apps-full.tsx'
import { ClientDetailPage, type ShownClient } from '../client-detail.tsx'
import {
  type ClientAudience,
  ClientFormPage,
  type ClientFormPageProps,
  ClientKindPage,
  clientFlags,
  clientKinds,
  clientTexts,
  grantBoxes,
} from '../client-form.tsx'
import { ClientPeoplePage } from '../client-people.tsx'
import { ClientReadyPage } from '../client-ready.tsx'
import { ClientsPage } from '../clients.tsx'
import { earlier, now, type State, signedIn } from './everybody.fixture.tsx'

const audiences = ['admin', 'owner'] as const
const many = { count: 1234, atLeast: true }
const paging = {
  total: { count: 10_000, atLeast: true },
  previousHref: '/account/sessions?before=1',
  nextHref: '/account/sessions?after=1',
}
const grants = Object.values(grantBoxes)
const notices = Object.keys(en.clients.notices) as (keyof typeof en.clients.notices)[]
const origins = Object.keys(en.clients.origins) as ShownClient['origin'][]

/** What people may say of their own apps. */
const ownTexts = [
  'client_name',
  'description',
  'client_type',
  'scopes',
  'redirect_uris',
  'client_uri',
] as const

const valuesOf = (text: string): ClientFormPageProps['values'] => ({
  texts: Object.fromEntries(
    clientTexts.map((name) => [name, text]),
  ) as ClientFormPageProps['values']['texts'],
  boxes: new Set([...Object.keys(grantBoxes), ...clientFlags]),
})

const list =
  (audience: ClientAudience, changes: Partial<Parameters<typeof ClientsPage>[0]> = {}): State =>
  (text, site) => (
    <ClientsPage
      {...signedIn(text, site)}
      now={now}
      audience={audience}
      clients={(['active', 'pending', 'inactive'] as const).map((status, index) => ({
        id: `${text}${status}`,
        name: text,
        description: text,
        type: 'confidential',
        status,
        grants,
        createdAt: earlier,
        owner: index === 0 ? text : null,
      }))}
      paging={paging}
      filters={[{ kind: 'search', name: 'search', label: '某', value: text }]}
      tabs={
        audience === 'owner' ? [] : [{ status: 'all', href: `${site.basePath}/admin/clients`, current: true }]
      }
      filtered
      notice={null}
      {...changes}
    />
  )

const form =
  (audience: ClientAudience, changes: (text: string) => Partial<ClientFormPageProps> = () => ({})): State =>
  (text, site) => (
    <ClientFormPage
      {...signedIn(text, site)}
      audience={audience}
      client={null}
      kind="custom"
      values={valuesOf(text)}
      problems={[]}
      conflict={null}
      approval="first"
      mayClaim
      {...changes(text)}
    />
  )

const detail =
  (
    audience: ClientAudience,
    changes: Partial<ShownClient> = {},
    more: (text: string) => Partial<Parameters<typeof ClientDetailPage>[0]> = () => ({}),
  ): State =>
  (text, site) => (
    <ClientDetailPage
      {...signedIn(text, site)}
      now={now}
      audience={audience}
      client={{
        id: text,
        name: text,
        description: text,
        type: 'confidential',
        status: 'active',
        origin: 'operator',
        grants,
        scopes: [text],
        redirectUris: [text],
        postLogoutRedirectUris: [text],
        allowedResources: [text],
        tokenProfile: 'long',
        hasSecret: true,
        method: 'private_key_jwt',
        keyCount: 2,
        texts: clientTexts.map((field) => ({ field, value: text })),
        flags: clientFlags,
        owner: text,
        createdAt: earlier,
        updatedAt: now,
        ...changes,
      }}
      accessTokens={many}
      refreshTokens={many}
      people={many}
      notice={null}
      wrongOwner={null}
      {...more(text)}
    />
  )

export const clientStates: ReadonlyMap<string, State> = new Map<string, State>([
  ...audiences.flatMap((audience): [string, State][] => [
    [`clients of ${audience}`, list(audience)],
    [`clients of ${audience}, none found`, list(audience, { clients: [] })],
    [`clients of ${audience}, none`, list(audience, { clients: [], filtered: false })],
    ...notices.map((notice): [string, State] => [
      `clients of ${audience}, ${notice}`,
      list(audience, { notice }),
    ]),
    [
      `what a client is for, ${audience}`,
      (text, site) => <ClientKindPage {...signedIn(text, site)} audience={audience} approval="first" />,
    ],
    ...clientKinds.map((kind): [string, State] => [
      `a new client of ${audience}, ${kind}`,
      form(audience, () => ({ kind })),
    ]),
    [
      `a client of ${audience} changed`,
      form(audience, (text) => ({ client: { id: text, name: text, version: 3 }, approval: 'again' })),
    ],
    [
      `a client of ${audience} with mistakes`,
      form(audience, (text) => ({
        problems: (audience === 'admin' ? clientTexts : ownTexts).map((field) => ({ field, message: text })),
      })),
    ],
    [
      `a client of ${audience} that somebody else changed`,
      form(audience, (text) => ({
        client: { id: text, name: text, version: 3 },
        conflict: [
          { field: 'description', now: text },
          { field: 'grants', now: text },
          { field: 'project', now: '' },
        ],
      })),
    ],
    ...(['active', 'pending', 'inactive'] as const).map((status): [string, State] => [
      `a client of ${audience}, ${status}`,
      detail(audience, { status }),
    ]),
    ...origins.map((origin): [string, State] => [
      `a client of ${audience}, ${origin}`,
      detail(audience, { origin, hasSecret: false, owner: null }),
    ]),
    [
      `a client of ${audience} for an owner there is not`,
      detail(audience, { owner: '' }, (text) => ({ wrongOwner: text })),
    ],
    ...(['none', 'shown', 'given'] as const).map((secret): [string, State] => [
      `a client of ${audience} is ready, secret ${secret}`,
      (text, site) => (
        <ClientReadyPage
          {...signedIn(text, site)}
          audience={audience}
          client={{ id: text, name: text, scope: text, redirectUri: text }}
          fresh={secret !== 'given'}
          waits={secret === 'none'}
          secret={secret === 'given' ? { value: text } : secret}
          kinds={['cli', 'web', 'spa', 'service']}
          issuer={text}
        />
      ),
    ]),
  ]),
  ...([null, 'revoked'] as const).map((notice): [string, State] => [
    `who allowed a client, ${notice}`,
    (text, site) => (
      <ClientPeoplePage
        {...signedIn(text, site)}
        now={now}
        client={{ id: text, name: text }}
        people={[
          {
            consentId: text,
            person: { username: text, fullName: text, email: text },
            accountId: text,
            permissions: [
              { resource: null, scopes: [text] },
              { resource: text, scopes: [text] },
            ],
            since: earlier,
          },
          { consentId: `${text}2`, person: null, accountId: text, permissions: [], since: earlier },
        ]}
        paging={paging}
        notice={notice}
      />
    ),
  ]),
  ['as many apps as one may have', (text, site) => <AppsFullPage {...signedIn(text, site)} />],
])
