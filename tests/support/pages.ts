/**
 * The pages without the framework around them: real flows on a real database in memory, a clock that tests move,
 * every event in a list, and browsers that keep cookies.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Account } from '../../src/accounts/account.ts'
import type { LogIn } from '../../src/accounts/log-in.ts'
import type { PasswordHasher } from '../../src/accounts/password.ts'
import type { Sessions } from '../../src/accounts/sessions.ts'
import type { SignIns } from '../../src/accounts/sign-in.ts'
import { accountFlows } from '../../src/composition/accounts.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { DomainEvent, EventOf, EventType, RequestContext } from '../../src/events/catalogue.ts'
import { createAccountSessionsEndpoints } from '../../src/http/account/account-sessions.ts'
import { createDeviceEndpoints } from '../../src/http/account/device.ts'
import { createLoginEndpoints } from '../../src/http/account/login.ts'
import { createLogoutEndpoints } from '../../src/http/account/logout.ts'
import { resumeEndpoint } from '../../src/http/account/resume.ts'
import { createSignInVisits } from '../../src/http/account/sign-in-visit.ts'
import { createServerCookie } from '../../src/http/cookies.ts'
import { createCsrf } from '../../src/http/csrf.ts'
import { type Endpoint, type HttpAnswer, PageError } from '../../src/http/endpoint.ts'
import { createKeptForms } from '../../src/http/kept-form.ts'
import { createKnownBrowsers } from '../../src/http/known-browsers.ts'
import { createPageKit, type PageKit } from '../../src/http/page.ts'
import { createPageLimits } from '../../src/http/page-limits.ts'
import { createStepUp } from '../../src/http/step-up.ts'
import { createMemoryRateLimiter } from '../../src/limits/memory.ts'
import type { Client } from '../../src/oauth/client.ts'
import type { DeviceGrant } from '../../src/oauth/device-authorization/grant.ts'
import {
  digestUserCode,
  formatUserCode,
  generateUserCode,
} from '../../src/oauth/device-authorization/user-code.ts'
import {
  createDeviceVerification,
  type DeviceVerification,
} from '../../src/oauth/device-authorization/verify.ts'
import type { Grant } from '../../src/oauth/token/token.ts'
import { createWithdrawal } from '../../src/oauth/token/withdraw.ts'
import { addSeconds } from '../../src/shared/clock.ts'
import { digestOf } from '../../src/shared/digest.ts'
import { createEncryption } from '../../src/shared/encryption.ts'
import {
  type AccountId,
  type ClientId,
  createIds,
  type DeviceGrantId,
  type GrantId,
} from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { openSqliteStorage } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
export const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36'

export interface TestPages {
  readonly clock: ManualClock
  readonly storage: Storage
  readonly sessions: Sessions
  readonly logIn: LogIn
  readonly signIns: SignIns
  readonly verification: DeviceVerification
  readonly endpoints: readonly Endpoint[]
  readonly userCodeKey: KeyObject
  /** Stored hashes that passwords were compared with, in order. */
  readonly comparisons: string[]
  /** Every event published so far, in order. */
  readonly events: DomainEvent[]
  eventsOf<Type extends EventType>(type: Type): EventOf<Type>[]
  /** @param options.origin sent with forms, as browsers do. */
  browser(options?: { userAgent?: string; ip?: string; origin?: string }): TestBrowser
  account(username: string, changes?: Partial<Account>): Promise<Account>
  client(name: string, changes?: Partial<Client>): Promise<Client>
  deviceGrant(
    client: Client,
    changes?: Partial<DeviceGrant>,
  ): Promise<{ userCode: string; grant: DeviceGrant }>
  /** What a person allowed a client, with one access and one refresh token. */
  grant(client: Client, account: Account): Promise<Grant>
  close(): Promise<void>
}

export interface Page {
  status: number
  headers: NonNullable<HttpAnswer['headers']>
  /** The markup; empty for redirects and thrown page errors. */
  text: string
  /** Where it redirects to. */
  location: string | undefined
  /** What the endpoint threw. */
  error: PageError | undefined
}

export interface TestBrowser {
  readonly cookies: Map<string, string>
  /** The last `Set-Cookie` lines, by cookie name. */
  readonly setCookies: Map<string, string>
  get(path: string): Promise<Page>
  /** Sends a form as it is. */
  post(path: string, fields: Record<string, string>): Promise<Page>
  /** Sends a form with the CSRF token of the page last seen. */
  submit(path: string, fields?: Record<string, string>): Promise<Page>
  signIn(username: string, fields?: Record<string, string>): Promise<Page>
}

/** The password of every account of {@link TestPages.account}. */
export const password = 'correct horse battery staple'

/** As fast as a test wants it, in the format of the real one. */
function createFastHasher(comparisons: string[]): PasswordHasher {
  const hash = (text: string): string =>
    `$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$${digestOf(text).replaceAll('-', '+').replaceAll('_', '/')}`
  return {
    hash: async (text) => hash(text),
    async verify(kept, text) {
      comparisons.push(kept)
      return kept === hash(text)
    },
  }
}

/** @param options.endpoints further ones, beside those of the product. */
export async function startPages(
  environment: Record<string, string> = {},
  options: { endpoints?: (kit: PageKit) => readonly Endpoint[] } = {},
): Promise<TestPages> {
  const { config } = loadConfig({ BASE_URL: 'http://localhost:8080', ...environment })
  const { server, sessions: settings } = config
  const clock = createManualClock()
  const random = createSystemRandom()
  const ids = createIds(clock, random)
  const storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
  const events: DomainEvent[] = []
  const publisher = { publish: (event: DomainEvent) => void events.push(event) }
  const comparisons: string[] = []
  const hasher = createFastHasher(comparisons)
  const userCodeKey = createSecretKey(Buffer.alloc(32, 7))

  const encryption = createEncryption([Buffer.alloc(32, 5)], random)
  const flows = accountFlows({
    config,
    storage,
    bus: publisher,
    clock,
    random,
    ids,
    encryption,
    external: undefined,
    productName: 'AuthGate',
    onFault: (error) => {
      throw error
    },
    hasher,
  })
  const { sessions, logIn } = flows
  const limits = createPageLimits({
    limiter: createMemoryRateLimiter(clock),
    publisher,
    clock,
    settings: config.limits,
  })
  const verification = createDeviceVerification({ storage, publisher, clock, userCodeKey })
  const withdrawal = createWithdrawal({ storage, publisher, clock })
  const sessionCookie = createServerCookie('authgate_session', server)
  const csrf = createCsrf({
    key: createSecretKey(Buffer.alloc(32, 9)),
    cookie: createServerCookie('authgate_csrf', server),
    random,
    publisher,
    clock,
  })
  const site = {
    name: 'AuthGate',
    version: '0.0.0',
    basePath: server.basePath,
    helpUrl: null,
    places: new Set<string>(),
  }
  const { factors, signIns, confirmations, sealer } = flows
  const stepUp = createStepUp({ confirmations, factors, sealer, server })
  const keptForms = createKeptForms({
    encryption,
    cookie: createServerCookie('authgate_kept_form', server),
    clock,
    server,
  })
  const kit = createPageKit({
    sessions,
    sessionCookie,
    csrf,
    keptForms,
    server,
    site,
    stepUp,
    ...config.pages,
  })
  const knownBrowsers = createKnownBrowsers({
    key: createSecretKey(Buffer.alloc(32, 11)),
    cookie: createServerCookie('authgate_browser', server),
    random,
  })
  const visits = createSignInVisits({
    kit,
    signIns,
    sessionCookie,
    pendingCookie: createServerCookie('authgate_sign_in', server),
    knownBrowsers,
    server,
  })
  const endpoints = [
    ...createLoginEndpoints({
      kit,
      csrf,
      limits,
      logIn,
      signIns,
      factors,
      visits,
      knownBrowsers,
      recovery: false,
      server,
      settings,
      clients: storage.read.clients,
      logos: { shows: () => false },
      providers: [],
    }),
    ...createLogoutEndpoints({ kit, sessions, server }),
    ...createAccountSessionsEndpoints({ kit, sessions, withdrawal, storage, clock }),
    ...createDeviceEndpoints({ kit, limits, verification, clock }),
    resumeEndpoint({ kit, keptForms }),
    ...(options.endpoints?.(kit) ?? []),
  ]

  return {
    clock,
    storage,
    sessions,
    logIn,
    signIns,
    verification,
    endpoints,
    userCodeKey,
    comparisons,
    events,
    eventsOf: <Type extends EventType>(type: Type) =>
      events.filter((event): event is EventOf<Type> => event.type === type),
    browser: (options = {}) => createBrowser(endpoints, clock, options),
    async account(username, changes = {}) {
      const account: Account = {
        id: ids.next<AccountId>(),
        username,
        email: `${username}@example.com`,
        emailVerified: false,
        fullName: '',
        role: 'user',
        status: 'active',
        authSource: 'local',
        passwordHash: await hasher.hash(password),
        passwordChangeRequired: false,
        createdAt: clock.now(),
        updatedAt: clock.now(),
        ...changes,
      }
      await storage.transaction((tx) => tx.accounts.insert(account))
      return account
    },
    async client(name, changes = {}) {
      const client: Client = {
        id: ids.next<ClientId>(),
        name,
        description: '',
        type: 'public',
        secretHash: undefined,
        status: 'active',
        grants: ['device_code', 'refresh_token'],
        scopes: ['read', 'write'],
        redirectUris: [],
        allowedResources: [],
        tokenProfile: 'standard',
        project: undefined,
        serviceAccount: undefined,
        introspectAny: false,
        origin: 'operator',
        metadata: {},
        createdBy: undefined,
        createdAt: clock.now(),
        updatedAt: clock.now(),
        ...changes,
      }
      await storage.transaction((tx) => tx.clients.insert(client))
      return client
    },
    async deviceGrant(client, changes = {}) {
      const grant: DeviceGrant = {
        id: ids.next<DeviceGrantId>(),
        deviceCodeDigest: digestOf(random.base64url(32)),
        clientId: client.id,
        scopes: ['read'],
        resources: [],
        state: 'pending',
        accountId: undefined,
        authentication: undefined,
        issuedAt: clock.now(),
        expiresAt: addSeconds(clock.now(), 1800),
        decidedAt: undefined,
        intervalSeconds: 5,
        lastPollAt: undefined,
        requestIp: '198.51.100.7',
        requestUserAgent: 'curl/8.10.1',
        ...changes,
      }
      const userCode = generateUserCode(random)
      await storage.transaction((tx) => tx.deviceGrants.insert(grant, digestUserCode(userCodeKey, userCode)))
      return { userCode: formatUserCode(userCode), grant }
    },
    async grant(client, account) {
      const now = clock.now()
      const grant: Grant = {
        id: ids.next<GrantId>(),
        clientId: client.id,
        accountId: account.id,
        grantType: 'device_code',
        scopes: ['read'],
        resources: [],
        authentication: undefined,
        claimsRequest: undefined,
        dpopJkt: undefined,
        clientProved: false,
        createdAt: now,
        expiresAt: addSeconds(now, 86_400),
        lastUsedAt: now,
        requestIp: '198.51.100.7',
        requestUserAgent: 'curl/8.10.1',
        endedAt: undefined,
      }
      const token = {
        grantId: grant.id,
        clientId: client.id,
        accountId: account.id,
        issuedAt: now,
        expiresAt: addSeconds(now, 3600),
        state: 'active',
      } as const
      await storage.transaction(async (tx) => {
        await tx.grants.insert(grant)
        await tx.accessTokens.insert({
          ...token,
          id: ids.next(),
          digest: digestOf(random.base64url(32)),
          scopes: ['read'],
          audience: ['http://localhost:8080'],
          dpopJkt: undefined,
          exchanged: false,
        })
        await tx.refreshTokens.insert({
          ...token,
          id: ids.next(),
          digest: digestOf(random.base64url(32)),
          predecessorId: undefined,
          supersededAt: undefined,
        })
      })
      return grant
    },
    close: () => storage.close(),
  }
}

function createBrowser(
  endpoints: readonly Endpoint[],
  clock: ManualClock,
  { userAgent = firefox, ip = '192.0.2.10', origin }: { userAgent?: string; ip?: string; origin?: string },
): TestBrowser {
  const cookies = new Map<string, string>()
  const setCookies = new Map<string, string>()
  let lastPage = ''
  let requests = 0

  const remember = (line: string): void => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    setCookies.set(name, line)
    if (/max-age=0/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }
  const send = async (method: 'GET' | 'POST', target: string, body: string): Promise<Page> => {
    const [path = '', query = ''] = target.split('?')
    const { endpoint, params } = route(endpoints, method, path)
    const context: RequestContext = { requestId: `request-${++requests}`, ip, userAgent, method, path }
    const headers = {
      ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...(body !== '' && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(method === 'POST' && origin !== undefined && { origin }),
    }
    const receivedAt = clock.monotonicSeconds()
    let answer: HttpAnswer
    let error: PageError | undefined
    try {
      answer = await endpoint.handle({ method, query, params, headers, body, context, receivedAt })
    } catch (thrown) {
      if (!(thrown instanceof PageError)) throw thrown
      error = thrown
      answer = { status: thrown.status }
    }
    const answered = answer.headers ?? {}
    for (const line of [answered['set-cookie'] ?? []].flat()) remember(line)
    const text = String(answer.body ?? '')
    if (text !== '') lastPage = text
    const location = answered.location as string | undefined
    return { status: answer.status, headers: answered, text, location, error }
  }
  const post = (path: string, fields: Record<string, string>): Promise<Page> =>
    send('POST', path, new URLSearchParams(fields).toString())

  const self: TestBrowser = {
    cookies,
    setCookies,
    get: (path) => send('GET', path, ''),
    post,
    submit: (path, fields = {}) => post(path, { csrf_token: csrfTokenOf(lastPage), ...fields }),
    async signIn(username, fields = {}) {
      await self.get('/login')
      return self.submit('/login', { username, password, ...fields })
    },
  }
  return self
}

/** A page without the links that come back to its own address after a language or theme was chosen. */
export function wordsOf(markup: string): string {
  return markup.replaceAll(/ href="[^"]*\/preferences\?[^"]*"/g, '')
}

export function csrfTokenOf(markup: string): string {
  return /name="csrf_token" value="([^"]+)"/.exec(markup)?.[1] ?? ''
}

function route(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; params: Record<string, string> } {
  for (const endpoint of endpoints) {
    if (endpoint.method !== method) continue
    const pattern = endpoint.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')
    const match = new RegExp(`^${pattern}$`).exec(path)
    if (match !== null) return { endpoint, params: { ...match.groups } }
  }
  throw new Error(`no endpoint answers ${method} ${path}`)
}
