/**
 * The whole server in this process, on a database of its own, with a clock that tests move and a browser and a client
 * to talk to it with. Nothing listens unless a test asks for it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { type App, createApp } from '../../src/app.ts'
import type { Website } from '../../src/composition/website.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { createIds } from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.ts'

export type Driver = 'sqlite' | 'postgres'

/** Every story runs on each of these; `skip` says why one cannot. */
export const drivers: readonly { driver: Driver; skip: string | false }[] = [
  { driver: 'sqlite', skip: false },
  { driver: 'postgres', skip: skipWithoutPostgres },
]

export const adminPassword = 'correct horse battery staple'
export const encryptionKey = 'bm90IGEgcmVhbCBrZXksIG9ubHkgZm9yIHRlc3RzISE='

export interface TestApp {
  app: App
  administration: Website['administration']
  clock: ManualClock
  /** Holds the credentials of the first run and, on SQLite, the database. */
  folder: string
  /** As `DATABASE_DSN` names the database. */
  dsn: string
  /** Id of the seeded public client. */
  clientId: string
  request(options: InjectOptions): Promise<LightMyRequestResponse>
  /** `POST`s a form. */
  post(path: string, fields: Fields, headers?: Record<string, string>): Promise<JsonResponse>
  get(path: string, headers?: Record<string, string>): Promise<JsonResponse>
  browser(options?: { userAgent?: string; ip?: string }): TestBrowser
  /** A browser signed in as the administrator. */
  signedIn(options?: { userAgent?: string; ip?: string }): Promise<TestBrowser>
  confidentialClient(options?: {
    grants?: string[]
    scope?: string
    resources?: string[]
    introspectAny?: boolean
  }): Promise<{ id: string; secret: string; basic: string }>
  account(username: string): Promise<{ username: string; password: string }>
  /** Every sample of the metrics page, by its text up to the value. */
  metrics(): Promise<Metrics>
  close(): Promise<void>
}

export type Fields = Record<string, string | readonly string[] | undefined>

export interface JsonResponse {
  status: number
  headers: LightMyRequestResponse['headers']
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any
  text: string
}

export interface TestAppOptions {
  driver?: Driver
  environment?: Record<string, string>
  clock?: ManualClock
  /** Stands in for the network that this server asks. */
  outbound?: Outbound
  /** Another server whose database, folder and clock this one uses; that one removes them. */
  sharing?: TestApp
  /** Told of every answer, whoever asked. */
  onAnswered?(request: InjectOptions, response: LightMyRequestResponse): void
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { sharing } = options
  const folder = sharing?.folder ?? mkdtempSync(join(tmpdir(), 'authgate-test-'))
  const ownDatabase =
    options.driver === 'postgres' && sharing === undefined ? await createTestDatabase() : undefined
  const dsn = sharing?.dsn ?? ownDatabase?.url ?? join(folder, 'authgate.db')
  const clock = options.clock ?? sharing?.clock ?? createManualClock()
  const random = createSystemRandom()
  const { config } = loadConfig({
    DATA_DIR: folder,
    DATABASE_DRIVER: options.driver ?? 'sqlite',
    DATABASE_DSN: dsn,
    ENCRYPTION_KEY: encryptionKey,
    DEFAULT_ADMIN_PASSWORD: adminPassword,
    METRICS_ENABLED: 'true',
    ENABLE_RATE_LIMIT: 'false',
    DEVICE_VERIFY_RATE_LIMIT: '1000000',
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
    ...options.environment,
  })
  const app = await createApp({
    config,
    clock,
    random,
    ids: createIds(clock, random),
    ...(options.outbound === undefined ? {} : { outbound: options.outbound }),
    processMetrics: false,
  })
  const { administration } = await app.website()
  const clientId = /^client_id: (.+)$/m.exec(
    readFileSync(join(folder, 'authgate-credentials.txt'), 'utf8'),
  )![1]!
  const request = async (asked: InjectOptions): Promise<LightMyRequestResponse> => {
    const response = await (await app.server.framework()).inject(asked)
    options.onAnswered?.(asked, response)
    return response
  }

  const self: TestApp = {
    app,
    administration,
    clock,
    folder,
    dsn,
    clientId,
    request,
    async post(path, fields, headers = {}) {
      return read(
        await request({
          method: 'POST',
          url: path,
          payload: encode(fields),
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        }),
      )
    },
    async get(path, headers = {}) {
      return read(await request({ method: 'GET', url: path, headers }))
    },
    browser: (browser = {}) => createBrowser(self, browser),
    async signedIn(browser) {
      const signedIn = self.browser(browser)
      const answer = await signedIn.signIn('admin', adminPassword)
      if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`)
      return signedIn
    },
    async confidentialClient(client = {}) {
      const { client: created, secret } = await administration.clients.create(
        {
          name: 'Confidential client',
          type: 'confidential',
          grants: client.grants ?? ['client_credentials', 'device_code', 'refresh_token'],
          scope: client.scope ?? 'read write',
          allowedResources: client.resources ?? [],
          introspectAny: client.introspectAny ?? false,
        },
        { type: 'system' },
      )
      const basic = `Basic ${Buffer.from(`${created.id}:${secret}`).toString('base64')}`
      return { id: created.id, secret: secret!, basic }
    },
    async account(username) {
      const password = `password of ${username}`
      await administration.accounts.create(
        {
          username,
          email: `${username}@example.com`,
          role: 'user',
          password,
          passwordChangeRequired: false,
        },
        { type: 'system' },
      )
      return { username, password }
    },
    async metrics() {
      await app.refreshGauges()
      return new Metrics((await self.get('/metrics')).text)
    },
    async close() {
      await app.close()
      if (sharing !== undefined) return
      await ownDatabase?.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return self
}

export class Metrics {
  readonly samples: ReadonlyMap<string, number>

  constructor(text: string) {
    const samples = new Map<string, number>()
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const space = line.lastIndexOf(' ')
      samples.set(line.slice(0, space), Number(line.slice(space + 1)))
    }
    this.samples = samples
  }

  /** @param sample name with its labels in the order of the page, such as `auth_login_total{auth_source="local",result="success"}`. */
  get(sample: string): number {
    const value = this.samples.get(sample)
    if (value === undefined) throw new Error(`there is no sample ${sample}`)
    return value
  }

  /** By how much each sample whose name starts with one of `prefixes` differs from an earlier look; zeros left out. */
  since(earlier: Metrics, prefixes: readonly string[]): Record<string, number> {
    const moved: Record<string, number> = {}
    for (const [sample, value] of this.samples) {
      if (!prefixes.some((prefix) => sample.startsWith(prefix))) continue
      const difference = value - (earlier.samples.get(sample) ?? 0)
      if (difference !== 0) moved[sample] = difference
    }
    return moved
  }
}

export interface TestBrowser {
  cookies: Map<string, string>
  get(path: string): Promise<JsonResponse>
  /** Submits the form of the page last seen: its CSRF token and hidden fields come along unless overridden. */
  submit(path: string, fields?: Fields): Promise<JsonResponse>
  /** Sends a form as it is, without anything of the page last seen. */
  post(path: string, fields: Fields): Promise<JsonResponse>
  signIn(username: string, password: string, fields?: Fields): Promise<JsonResponse>
  /** Opens the device page with the code, confirms, and decides. */
  decide(userCode: string, action: 'approve' | 'deny'): Promise<JsonResponse>
}

function createBrowser(test: TestApp, options: { userAgent?: string; ip?: string }): TestBrowser {
  const cookies = new Map<string, string>()
  let page = ''

  const send = async (request: InjectOptions): Promise<JsonResponse> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = read(
      await test.request({
        ...request,
        remoteAddress: options.ip ?? '192.0.2.10',
        headers: {
          accept: 'text/html',
          'user-agent':
            options.userAgent ?? 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          ...(cookie === '' ? {} : { cookie }),
          ...request.headers,
        },
      }),
    )
    const set = response.headers['set-cookie']
    for (const line of set === undefined ? [] : [set].flat()) {
      const [pair = ''] = String(line).split(';')
      const equals = pair.indexOf('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(String(line))) cookies.delete(pair.slice(0, equals))
      else cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
    if (String(response.headers['content-type']).startsWith('text/html')) page = response.text
    return response
  }
  const post = (path: string, fields: Fields): Promise<JsonResponse> =>
    send({
      method: 'POST',
      url: path,
      payload: encode(fields),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })

  const self: TestBrowser = {
    cookies,
    get: (path) => send({ method: 'GET', url: path }),
    post,
    submit: (path, fields = {}) => post(path, { csrf_token: csrfTokenOf(page), ...fields }),
    async signIn(username, password, fields = {}) {
      await self.get('/login')
      return self.submit('/login', { username, password, ...fields })
    },
    async decide(userCode, action) {
      await self.get(`/device?user_code=${userCode}`)
      await self.submit('/device/verify', { user_code: userCode })
      return self.submit('/device/verify', { user_code: userCode, confirmed: 'true', action })
    },
  }
  return self
}

function csrfTokenOf(page: string): string | undefined {
  const input = /<input[^>]*name="csrf_token"[^>]*>/.exec(page)?.[0]
  return input === undefined ? undefined : /value="([^"]*)"/.exec(input)?.[1]
}

function encode(fields: Fields): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const text of value === undefined ? [] : [value].flat()) form.append(name, String(text))
  }
  return form.toString()
}

function read(response: LightMyRequestResponse): JsonResponse {
  const json = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    headers: response.headers,
    body: json ? response.json() : undefined,
    text: response.body,
  }
}
