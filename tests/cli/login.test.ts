/** `authgate login` against a server that speaks RFC 8628, well and badly. Time is moved by hand. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { defaultHttpLimits } from '../../src/cli/login/http.ts'
import { jsonView } from '../../src/cli/login/json-view.ts'
import { login } from '../../src/cli/login/login.ts'
import { plainView } from '../../src/cli/login/plain-view.ts'
import { terminalStyle } from '../../src/cli/login/style.ts'
import type { LoginView } from '../../src/cli/login/view.ts'
import { addSeconds, type Clock, type Instant, instant } from '../../src/shared/clock.ts'
import {
  type DeviceServer,
  type DeviceServerScript,
  pending,
  slowDown,
  startDeviceServer,
  token,
} from '../support/device-server.ts'

interface Run {
  exitCode: number
  events: Record<string, unknown>[]
  sleeps: number[]
  opened: string[]
  server: DeviceServer
  configFolder: string
  trace: string
}

interface RunOptions {
  scope?: string
  allowInsecure?: boolean
  showToken?: boolean
  timeoutMs?: number
  /** Address to pass in place of the server's own. */
  address?: (server: DeviceServer) => string
  /** Called before every sleep, with its number from 1. */
  beforeSleep?: (count: number, stop: () => void) => void
  /** Called with every line of the trace. */
  onTrace?: (line: string, stop: () => void) => void
  /** In place of the one that collects events. */
  view?: LoginView
}

async function run(t: TestContext, script: DeviceServerScript, options: RunOptions = {}): Promise<Run> {
  const server = await startDeviceServer(script)
  const configFolder = mkdtempSync(join(tmpdir(), 'authgate-login-'))
  t.after(async () => {
    await server.close()
    rmSync(configFolder, { recursive: true })
  })
  let now: Instant = instant(Date.UTC(2026, 0, 1))
  const clock: Clock = { now: () => now, monotonicSeconds: () => now / 1000 }
  const stopping = new AbortController()
  const events: Record<string, unknown>[] = []
  const sleeps: number[] = []
  const opened: string[] = []
  const trace: string[] = []
  const exitCode = await login(
    {
      server: options.address?.(server) ?? server.url,
      clientId: 'cli-1',
      scope: options.scope,
      allowInsecure: options.allowInsecure ?? false,
      configFolder,
    },
    {
      fetch,
      clock,
      sleep: async (seconds, signal) => {
        sleeps.push(seconds)
        options.beforeSleep?.(sleeps.length, () => stopping.abort())
        signal.throwIfAborted()
        now = addSeconds(now, seconds)
      },
      httpLimits: { ...defaultHttpLimits, timeoutMs: options.timeoutMs ?? 10_000 },
      userAgent: 'authgate-cli/test',
      signal: stopping.signal,
      view:
        options.view ??
        jsonView((line) => void events.push(JSON.parse(line)), { showToken: options.showToken ?? false }),
      openBrowser: async (url) => void opened.push(url),
      trace: (line) => {
        trace.push(line)
        options.onTrace?.(line, () => stopping.abort())
      },
    },
  )
  return { exitCode, events, sleeps, opened, server, configFolder, trace: trace.join('\n') }
}

const lastEvent = (result: Run) => result.events.at(-1) ?? {}
const polls = (result: Run) => result.server.requests.filter(({ path }) => path.endsWith('/oauth/token'))

function assertFailed(result: Run, error: string, exitCode = 1): void {
  assert.equal(lastEvent(result).event, 'error')
  assert.equal(lastEvent(result).error, error)
  assert.equal(result.exitCode, exitCode)
}

test('a person allows the third poll: who, where and until when are told, the token is kept', async (t) => {
  const result = await run(t, { polls: [pending, pending, token] }, { scope: 'openid profile' })
  assert.equal(result.exitCode, 0)
  const { url, requests } = result.server
  assert.deepEqual(new Set(requests.map(({ userAgent }) => userAgent)), new Set(['authgate-cli/test']))
  assert.deepEqual(result.events[0], {
    event: 'code',
    server: url,
    user_code: 'WDJB-MJHT',
    verification_uri: `${url}/device`,
    verification_uri_complete: `${url}/device?user_code=WDJB-MJHT`,
    expires_in: 1800,
    interval: 5,
  })
  const tokenFile = join(
    result.configFolder,
    'authgate/tokens',
    `http_${new URL(url).host.replace(':', '_')}_cli-1.json`,
  )
  const expiresAt = Date.UTC(2026, 0, 1) / 1000 + 15 + 3600
  assert.deepEqual(result.events.slice(1), [
    {
      event: 'signed_in',
      server: url,
      client_id: 'cli-1',
      user_id: 'user-1',
      name: 'ana',
      scope: 'openid profile',
      token_type: 'Bearer',
      expires_at: expiresAt,
      token_file: tokenFile,
    },
  ])
  assert.deepEqual(JSON.parse(readFileSync(tokenFile, 'utf8')), {
    server: url,
    client_id: 'cli-1',
    access_token: 'access-token-of-the-test',
    refresh_token: 'refresh-token-of-the-test',
    scope: 'openid profile',
    token_type: 'Bearer',
    expires_at: expiresAt,
  })
  assert.equal(statSync(tokenFile).mode & 0o777, 0o600)
  assert.deepEqual(result.opened, [`${url}/device?user_code=WDJB-MJHT`])
})

test('RFC 8628 §3.1, §3.4: the requests carry exactly what the specification names', async (t) => {
  const result = await run(t, {}, { scope: 'openid' })
  const [code] = result.server.requests.filter(({ path }) => path === '/oauth/device/code')
  assert.deepEqual(code?.form, { client_id: 'cli-1', scope: 'openid' })
  assert.deepEqual(polls(result)[0]?.form, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'device-code-of-the-test',
    client_id: 'cli-1',
  })
})

test('neither tokens nor codes are printed or traced; --show-token prints the tokens', async (t) => {
  const quiet = await run(t, {})
  assert.doesNotMatch(JSON.stringify(quiet.events) + quiet.trace, /token-of-the-test|device-code-of-the-test/)
  assert.match(quiet.trace, /POST .*\/oauth\/token 200/)
  const loud = await run(t, {}, { showToken: true })
  assert.equal(lastEvent(loud).access_token, 'access-token-of-the-test')
  assert.equal(lastEvent(loud).refresh_token, 'refresh-token-of-the-test')
})

test('addresses and values of a server cannot drive the terminal', async (t) => {
  const hostile = 'a\u009b2Jb\u001b[2Jc'
  const printed: string[] = []
  const result = await run(
    t,
    {
      metadata: { userinfo_endpoint: `http://127.0.0.1:1/${hostile}` },
      polls: [{ body: { ...(token.body as object), token_type: hostile, scope: `openid ${hostile}` } }],
    },
    { view: jsonView((line) => void printed.push(line), { showToken: false }) },
  )
  assert.match(result.trace, /127\.0\.0\.1:1\/a%C2%9B2Jb%1B\[2Jc /)
  assert.equal(JSON.parse(printed.at(-1) ?? '').token_type, hostile)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there.
  assert.doesNotMatch(result.trace + printed.join(''), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})

test('RFC 8628 §3.5: the interval is kept, and slow_down lengthens it for good', async (t) => {
  const result = await run(t, { polls: [pending, slowDown, pending, slowDown, token], code: { interval: 7 } })
  assert.deepEqual(result.sleeps, [7, 7, 12, 12, 17])
  assert.equal(result.exitCode, 0)
  assert.deepEqual(result.events[1], { event: 'waiting', reason: 'slow_down', next_poll_in: 12 })
})

test('RFC 8628 §3.5: timeouts, broken connections and broken servers are waited out, ever longer', async (t) => {
  const result = await run(
    t,
    { polls: ['hang', 'reset', { status: 502, body: '<html>' }, pending, token] },
    { timeoutMs: 200 },
  )
  assert.deepEqual(result.sleeps, [5, 10, 20, 40, 5])
  assert.equal(result.exitCode, 0)
})

test('a missing answer is taken back once the server answers', async (t) => {
  const printed: string[] = []
  const output = { write: (text: string) => void printed.push(text), writeError: () => {} }
  const clock: Clock = { now: () => instant(0), monotonicSeconds: () => 0 }
  const view = plainView(output, clock, terminalStyle({ color: false, unicode: false }))
  await run(t, { polls: ['reset', 'reset', pending, pending, token] }, { view })
  assert.deepEqual(printed.slice(1, -1), [
    'No answer from the server; trying again in 10 s.\n',
    'No answer from the server; trying again in 20 s.\n',
    'The server answers again.\n',
  ])
})

test('429 while polling ends nothing: Retry-After is kept to', async (t) => {
  const tooMany = {
    status: 429,
    headers: { 'retry-after': '33' },
    body: { error: 'rate_limit_exceeded' },
  }
  const result = await run(t, { polls: [tooMany, pending, token] })
  assert.deepEqual(result.sleeps, [5, 33, 5])
  assert.equal(result.exitCode, 0)
})

test('a denial ends with exit code 3 and no file', async (t) => {
  const result = await run(t, { polls: [pending, { status: 400, body: { error: 'access_denied' } }] })
  assertFailed(result, 'access_denied', 3)
  assert.throws(() => statSync(join(result.configFolder, 'authgate')))
})

test('a code the server calls expired ends with exit code 4', async (t) => {
  assertFailed(
    await run(t, { polls: [{ status: 400, body: { error: 'expired_token' } }] }),
    'expired_token',
    4,
  )
})

test('a code that nobody answers is not polled beyond its lifetime', async (t) => {
  const result = await run(t, { polls: [pending], code: { expires_in: 12 } })
  assertFailed(result, 'expired_token', 4)
  assert.deepEqual(result.sleeps, [5, 6, 1])
  assert.equal(polls(result).length, 2)
})

test('an answer given in the last interval of a code still counts', async (t) => {
  const result = await run(t, { polls: [pending, token], code: { expires_in: 14 } })
  assert.deepEqual(result.sleeps, [5, 8])
  assert.equal(result.exitCode, 0)
})

test('a Retry-After beyond the code\u2019s lifetime does not hold the person up', async (t) => {
  const result = await run(t, {
    polls: [{ status: 429, headers: { 'retry-after': '999999999' }, body: '' }],
    code: { expires_in: 60 },
  })
  assert.deepEqual(result.sleeps, [5, 55])
  assert.equal(result.exitCode, 4)
})

for (const error of ['invalid_grant', 'invalid_client', 'unauthorized_client', 'server_says_no']) {
  test(`${error} while polling ends at once, with the server's reason`, async (t) => {
    const result = await run(t, {
      polls: [{ status: 400, body: { error, error_description: 'a \u001b[31mreason' } }],
    })
    assertFailed(result, error)
    assert.match(String(lastEvent(result).error_description), /a {1,2}\[31mreason/)
    assert.equal(polls(result).length, 1)
  })
}

test('Ctrl-C while waiting ends with exit code 130', async (t) => {
  const result = await run(t, { polls: [pending] }, { beforeSleep: (count, stop) => count === 3 && stop() })
  assertFailed(result, 'interrupted', 130)
})

test('Ctrl-C during a request does not wait for the answer', async (t) => {
  const result = await run(
    t,
    { polls: ['hang'] },
    { beforeSleep: (_, stop) => void setTimeout(stop, 50), timeoutMs: 60_000 },
  )
  assertFailed(result, 'interrupted', 130)
})

test('Ctrl-C after the token has come undoes nothing: only the name may be missing', async (t) => {
  const onTrace = (line: string, stop: () => void) => {
    if (/\/oauth\/token 200/.test(line)) stop()
  }
  const result = await run(t, {}, { onTrace })
  assert.equal(result.exitCode, 0)
  assert.deepEqual([lastEvent(result).event, lastEvent(result).name], ['signed_in', undefined])
  assert.ok(statSync(String(lastEvent(result).token_file)).isFile())
})

test('a server without a description is spoken to at the usual paths', async (t) => {
  const result = await run(t, { metadata: null })
  assert.equal(result.exitCode, 0)
  assert.deepEqual(
    result.server.requests.slice(0, 3).map(({ path }) => path),
    ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/oauth/device/code'],
  )
})

test('RFC 8414 §3.1: a server with a path is found by its inserted well-known address', async (t) => {
  const result = await run(t, { issuerPath: '/realms/demo' })
  assert.equal(result.exitCode, 0)
  assert.equal(result.server.requests[0]?.path, '/.well-known/oauth-authorization-server/realms/demo')
  assert.equal(polls(result)[0]?.path, '/realms/demo/oauth/token')
})

test('a first document without a device endpoint is completed by the second', async (t) => {
  const result = await run(t, { metadata: { device_authorization_endpoint: undefined } })
  assert.equal(result.exitCode, 0)
  assert.equal(result.server.requests[1]?.path, '/.well-known/openid-configuration')
})

test('RFC 8414 §3.3: a description with another issuer is not used', async (t) => {
  for (const issuer of ['https://evil.example', undefined, 7]) {
    const result = await run(t, { metadata: { issuer } })
    assertFailed(result, 'issuer_mismatch')
    assert.equal(result.server.requests.length, 1)
  }
})

test('endpoints that are not encrypted are refused, unless that is allowed', async (t) => {
  const result = await run(t, { metadata: { token_endpoint: 'http://a.example/token' } })
  assertFailed(result, 'insecure_server', 2)
  const page = { code: { verification_uri: 'http://a.example/device', verification_uri_complete: undefined } }
  assertFailed(await run(t, page), 'insecure_server', 2)
  assert.equal((await run(t, page, { allowInsecure: true })).exitCode, 0)
})

test('a redirected description says where the server is', async (t) => {
  const moved = { status: 301, headers: { location: 'https://new.example/' }, body: '' }
  const result = await run(t, { routes: { '/.well-known/oauth-authorization-server': moved } })
  assertFailed(result, 'server_moved')
  assert.match(String(lastEvent(result).error_description), /https:\/\/new\.example/)
})

test('an answer larger than one MiB is refused', async (t) => {
  const huge = { body: 'x'.repeat(2 * 1024 * 1024) }
  for (const path of ['/.well-known/oauth-authorization-server', '/oauth/device/code', '/oauth/token']) {
    assertFailed(await run(t, { routes: { [path]: huge } }), 'invalid_response')
  }
})

test('pages in place of JSON are not mistaken for answers', async (t) => {
  const page = { body: '<!doctype html><title>Hello</title>' }
  const everywhere = {
    '/.well-known/oauth-authorization-server': page,
    '/.well-known/openid-configuration': page,
  }
  assert.equal((await run(t, { routes: everywhere })).exitCode, 0)
  assertFailed(await run(t, { routes: { '/oauth/device/code': page } }), 'invalid_response')
  assertFailed(await run(t, { routes: { '/oauth/token': page } }), 'invalid_response')
})

test('a server that is not there, or has no device sign-in, is told apart', async (t) => {
  assertFailed(await run(t, {}, { address: () => 'http://127.0.0.1:1' }), 'server_unreachable')
  const gone = { status: 404, body: 'not found' }
  assertFailed(await run(t, { routes: { '/oauth/device/code': gone } }), 'device_sign_in_not_offered')
})

test('the code request: errors of the server and its limits are told', async (t) => {
  const refused = { status: 401, body: { error: 'invalid_client' } }
  assertFailed(await run(t, { routes: { '/oauth/device/code': refused } }), 'invalid_client')
  const busy = { status: 429, headers: { 'retry-after': '42' }, body: { error: 'rate_limit_exceeded' } }
  const result = await run(t, { routes: { '/oauth/device/code': busy } })
  assertFailed(result, 'too_many_requests')
  assert.match(String(lastEvent(result).remedy), /42 seconds/)
})

test('who signed in: without openid tokeninfo is asked, without that the token is read, else nobody is named', async (t) => {
  const grant = (changes: object) => ({ body: { ...(token.body as object), scope: 'email', ...changes } })
  const asked = await run(t, { polls: [grant({})] })
  assert.equal(lastEvent(asked).user_id, 'user-1')
  assert.equal(lastEvent(asked).name, undefined)
  assert.ok(!asked.server.requests.some(({ path }) => path === '/oauth/userinfo'))
  assert.equal(asked.server.requests.at(-1)?.authorization, 'Bearer access-token-of-the-test')

  const routes = { '/oauth/tokeninfo': { status: 404, body: '' } }
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const read = await run(t, {
    routes,
    polls: [grant({ access_token: jwt({ sub: 'user-2', extra_uid: 'ben' }) })],
  })
  assert.deepEqual([lastEvent(read).user_id, lastEvent(read).name], ['user-2', 'ben'])

  // Tokeninfo knows only the id; the token of the same person adds the name, that of another does not.
  const named = await run(t, { polls: [grant({ access_token: jwt({ sub: 'user-1', extra_uid: 'ana' }) })] })
  assert.deepEqual([lastEvent(named).user_id, lastEvent(named).name], ['user-1', 'ana'])
  const other = await run(t, { polls: [grant({ access_token: jwt({ sub: 'user-2', extra_uid: 'ben' }) })] })
  assert.deepEqual([lastEvent(other).user_id, lastEvent(other).name], ['user-1', undefined])

  const unknown = await run(t, { routes: { '/oauth/tokeninfo': 'reset' }, polls: [grant({})] })
  assert.equal(unknown.exitCode, 0)
  assert.equal(lastEvent(unknown).user_id, undefined)
})

test('RFC 6749 §5.1: without scope in the answer, what was asked is granted; the lifetime may be unknown', async (t) => {
  const body = { access_token: 'a', token_type: 'bearer' }
  const result = await run(t, { polls: [{ body }] }, { scope: 'read' })
  assert.equal(lastEvent(result).scope, 'read')
  assert.equal(lastEvent(result).expires_at, undefined)
})

test('a token that cannot be kept is told as such', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-login-'))
  const server = await startDeviceServer()
  t.after(async () => {
    rmSync(folder, { recursive: true })
    await server.close()
  })
  writeFileSync(join(folder, 'authgate'), 'a file where the folder should be')
  const printed = { out: '', err: '' }
  const clock: Clock = { now: () => instant(0), monotonicSeconds: () => 0 }
  const exitCode = await login(
    { server: server.url, clientId: 'cli-1', scope: undefined, allowInsecure: false, configFolder: folder },
    {
      fetch,
      clock,
      sleep: async () => {},
      httpLimits: defaultHttpLimits,
      userAgent: 'authgate-cli/test',
      signal: new AbortController().signal,
      view: plainView(
        {
          write: (text) => {
            printed.out += text
          },
          writeError: (text) => {
            printed.err += text
          },
        },
        clock,
        terminalStyle({ color: false, unicode: false }),
      ),
      openBrowser: undefined,
      trace: () => {},
    },
  )
  assert.equal(exitCode, 1)
  assert.match(printed.out, /Address {2}http.*\n {2}Code {5}WDJB-MJHT\n {2}In one .*user_code=WDJB-MJHT\n/)
  const [what, why, remedy] = printed.err.split('\n')
  assert.equal(what, 'Error: You signed in, but the token could not be kept.')
  assert.match(why ?? '', /Why .*authgate\/tokens.*(ENOTDIR|EEXIST)/)
  assert.match(remedy ?? '', /Try .*XDG_CONFIG_HOME/)
})
