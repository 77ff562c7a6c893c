/**
 * `npm run demo`: starts a throwaway server, signs a device in through the real pages, lets the tool refresh, revoke
 * and sign out, and prints after each step which samples of the metrics page moved. Nothing is left behind, however
 * it ends.
 */
import { styleText } from 'node:util'
import { foundingFamilies, type Move, movesBetween } from './demo/samples.ts'
import { startThrowawayServer, type ThrowawayServer } from './demo/throwaway-server.ts'
import { openWebBrowser, type WebPage } from './demo/web-browser.ts'

const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort(new Error('stopped')))
}
// A reader that goes away (`npm run demo | head`) ends the demo like Ctrl-C does.
process.stdout.on('error', () => stopping.abort(new Error('nobody reads on')))

let server: ThrowawayServer | undefined
try {
  const startedAt = performance.now()
  server = await startThrowawayServer(stopping.signal)
  await demonstrate(server, startedAt)
} catch (error) {
  process.exitCode = stopping.signal.aborted ? 130 : 1
  if (!stopping.signal.aborted) console.error(error)
} finally {
  await server?.stop()
}

async function demonstrate(server: ThrowawayServer, startedAt: number): Promise<void> {
  const { credentials } = server
  print()
  print(styleText('bold', 'AuthGate: one device signs in, and these samples move'))
  print(styleText('dim', `A throwaway server at ${server.origin}, process ${server.pid}`))

  const client = { client_id: credentials.client_id }
  const browser = openWebBrowser(server.origin, stopping.signal)
  const moved = new Set<string>()
  let before = await server.metrics()
  let number = 0
  const step = async <T>(
    title: string,
    act: () => Promise<T>,
    describe: (result: T) => string,
  ): Promise<T> => {
    const result = await act()
    const after = await server.metrics()
    print()
    print(`${styleText('cyan', String(++number).padStart(2))}  ${styleText('bold', title)}`)
    print(`    ${describe(result)}`)
    for (const move of movesBetween(before, after)) {
      moved.add(move.family)
      print(moveLine(move))
    }
    before = after
    return result
  }

  const device = await step(
    'A tool asks for a code',
    () => send(server, '/oauth/device/code', { ...client, scope: 'openid profile read offline_access' }),
    ({ user_code, expires_in }) =>
      `It shows ${styleText('bold', user_code)}, good for ${Number(expires_in) / 60} minutes`,
  )
  const poll = (expected = 200) =>
    send(
      server,
      '/oauth/token',
      { ...client, grant_type: deviceCodeGrant, device_code: device.device_code },
      { expected },
    )
  await step(
    'It polls before anybody decided',
    () => poll(400),
    ({ error }) => `Answer: ${error}`,
  )
  await step(
    'Someone guesses a password',
    async () => {
      await browser.open('/device')
      return browser.submit('/login', { username: credentials.username, password: 'a guess' })
    },
    (page) => `Answer: ${expectPage(page, 401, '/login')}`,
  )
  await step(
    'The right person signs in',
    () => browser.submit('/login', { username: credentials.username, password: credentials.password }),
    (page) => `Answer: ${expectPage(page, 200, '/device')}`,
  )
  await step(
    'They enter the code, and allow what they see',
    async () => {
      const question = await browser.submit('/device/verify', { user_code: device.user_code })
      expectPage(question, 200, '/device/verify')
      return browser.submit('/device/verify', { action: 'approve' })
    },
    (page) => `Answer: ${expectPage(page, 200, '/device/done')}`,
  )
  const tokens = await step(
    'The tool polls again and is signed in',
    () => poll(),
    ({ scope, expires_in }) => `Tokens for “${scope}”, good for ${expires_in} seconds`,
  )
  await step(
    'A resource server asks about the access token',
    () => tokenInfo(server, tokens.access_token),
    ({ subject_type }) => `It speaks for a ${subject_type}`,
  )
  const refreshed = await step(
    'The tool refreshes',
    () =>
      send(server, '/oauth/token', {
        ...client,
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token,
      }),
    () => 'New tokens; the old refresh token is superseded',
  )
  await step(
    'It gives its tokens back',
    () => send(server, '/oauth/revoke', { ...client, token: refreshed.refresh_token }),
    () => 'The whole family is revoked, access tokens too',
  )
  await step(
    'The person signs out',
    async () => {
      await browser.open('/logout')
      return browser.submit('/logout')
    },
    (page) => `Answer: ${expectPage(page, 200, '/login')}`,
  )
  await step(
    'A service gets a token for itself',
    async () => {
      const service: { client_id: string; client_secret: string } = JSON.parse(
        await server.command(
          ...['client', 'create', '--name', 'Nightly report', '--type', 'confidential'],
          ...['--grant', 'client_credentials', '--scope', 'read', '--json'],
        ),
      )
      const basic = Buffer.from(`${service.client_id}:${service.client_secret}`).toString('base64')
      return send(
        server,
        '/oauth/token',
        { grant_type: 'client_credentials' },
        { headers: { authorization: `Basic ${basic}` } },
      )
    },
    ({ scope }) => `authgate client create, then a token for “${scope}”`,
  )
  printSummary(moved, foundingFamilies(before), (performance.now() - startedAt) / 1000)
}

/** The members of answers that are shown or sent back; numbers among them are only shown. */
type Answer = Readonly<
  Record<
    | 'access_token'
    | 'device_code'
    | 'error'
    | 'expires_in'
    | 'refresh_token'
    | 'scope'
    | 'subject_type'
    | 'user_code',
    string
  >
>

async function send(
  { origin }: ThrowawayServer,
  path: string,
  fields: Readonly<Record<string, string>>,
  { expected = 200, headers = {} }: { expected?: number; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(origin + path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
    signal: stopping.signal,
  })
  return readAnswer(path, response, expected)
}

async function tokenInfo({ origin }: ThrowawayServer, accessToken: string): Promise<Answer> {
  const path = '/oauth/tokeninfo'
  const headers = { authorization: `Bearer ${accessToken}` }
  return readAnswer(path, await fetch(origin + path, { headers, signal: stopping.signal }), 200)
}

async function readAnswer(path: string, response: Response, expected: number): Promise<Answer> {
  const text = await response.text()
  if (response.status !== expected) throw new Error(`${path} answered ${response.status}: ${text}`)
  return JSON.parse(text === '' ? '{}' : text)
}

/** @returns the page's heading. @throws {Error} when it is another page than expected. */
function expectPage({ status, path, html }: WebPage, expectedStatus: number, expectedPath: string): string {
  if (status !== expectedStatus || path.split('?')[0] !== expectedPath) {
    throw new Error(`${path} answered ${status} instead of ${expectedPath} with ${expectedStatus}`)
  }
  const heading = /<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? ''
  return `${status}, “${heading.replace(/<[^>]*>/g, '').trim()}”`
}

function moveLine({ sample, type, from, to, seconds }: Move): string {
  const [change, color] =
    type === 'gauge'
      ? ([`${from} → ${to}`, 'yellow'] as const)
      : ([`+${to - from}`, sample.startsWith('http_') ? 'dim' : 'green'] as const)
  const name = sample.startsWith('http_') ? styleText('dim', sample) : sample
  const took = seconds === undefined ? '' : styleText('dim', `  ${formatSeconds(seconds / (to - from))}`)
  return `  ${styleText(color, change.padStart(7))}  ${name}${took}`
}

function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(1)} s`
}

function printSummary(moved: ReadonlySet<string>, all: readonly string[], seconds: number): void {
  const still = all.filter((name) => !moved.has(name))
  print()
  print(`${styleText('green', '✓')} ${moved.size} of ${all.length} metrics moved in ${seconds.toFixed(1)} s`)
  if (still.length > 0) print(styleText('dim', `  Not this time: ${still.join(', ')}`))
  print()
  print(
    `Next: ${styleText('bold', 'METRICS_ENABLED=true npm start')}, then ${styleText('bold', './bin/authgate login')}`,
  )
  print()
}

function print(line = ''): void {
  if (!stopping.signal.aborted) console.log(line)
}
