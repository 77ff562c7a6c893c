/** Scripts of other origins: which endpoints they may call, what they may read, and what is not for them. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { registrationOn } from '../support/registration.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.ts'

const protocol: [path: string, methods: string][] = [
  ['/oauth/token', 'POST'],
  ['/oauth/device/code', 'POST'],
  ['/oauth/par', 'POST'],
  ['/oauth/revoke', 'POST'],
  ['/oauth/tokeninfo', 'GET, HEAD'],
  ['/oauth/userinfo', 'GET, HEAD, POST'],
  ['/oauth/register', 'POST'],
  ['/oauth/register/nobody', 'GET, HEAD, PUT, DELETE'],
]
const documents = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/jwks.json',
]
const open: [path: string, methods: string][] = [
  ...protocol,
  ...documents.map((path): [string, string] => [path, 'GET, HEAD']),
]
const closed = ['/oauth/authorize', '/login', '/device', '/account/sessions', '/oauth/introspect', '/health']
const app = 'https://app.example.com'
const other = 'https://other.example.com'

async function start(t: { after(fn: () => Promise<void>): void }, options?: TestAppOptions['environment']) {
  const started = await startTestApp({
    environment: { ENABLE_RATE_LIMIT: 'true', ...registrationOn, ...options },
  })
  t.after(() => started.close())
  return started
}

function preflight(server: TestApp, url: string, headers: Record<string, string> = {}) {
  return server.request({
    method: 'OPTIONS',
    url,
    headers: {
      origin: app,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,dpop,mcp-protocol-version',
      ...headers,
    },
  })
}

suite('cross-origin requests', () => {
  test('any origin may call protocol and discovery endpoints, without credentials', async (t) => {
    const server = await start(t)
    for (const [path, methods] of open) {
      const { statusCode, headers, body } = await preflight(server, path)
      assert.deepEqual([statusCode, body], [204, ''], path)
      assert.equal(headers['content-length'], undefined)
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['access-control-allow-credentials'], undefined)
      assert.equal(headers['access-control-allow-methods'], methods)
      assert.equal(headers['access-control-max-age'], '86400')
      assert.deepEqual(String(headers['access-control-allow-headers']).toLowerCase().split(', '), [
        'authorization',
        'content-type',
        'accept',
        'dpop',
        'mcp-protocol-version',
        'mcp-method',
        'mcp-name',
      ])
      assert.equal(headers.vary, undefined)
    }
  })

  test('answers are readable, errors and their headers too', async (t) => {
    const server = await start(t)
    for (const [path, methods] of open) {
      const method = methods === 'POST' ? 'POST' : 'GET'
      const { headers } = await server.request({ method, url: path, headers: { origin: app } })
      assert.equal(headers['access-control-allow-origin'], '*', path)
      assert.equal(
        headers['access-control-expose-headers'],
        'WWW-Authenticate, DPoP-Nonce, Retry-After, ETag',
      )
    }
    const tooLarge = await server.post('/oauth/token', { x: 'x'.repeat(70_000) }, { origin: app })
    assert.deepEqual([tooLarge.status, tooLarge.headers['access-control-allow-origin']], [413, '*'])
  })

  test('pages, the authorization endpoint and what only servers call have no part in it', async (t) => {
    const server = await start(t)
    for (const path of closed) {
      const asked = await server.request({ method: 'GET', url: path, headers: { origin: app } })
      assert.equal(asked.headers['access-control-allow-origin'], undefined, path)
      const checked = await preflight(server, path)
      assert.deepEqual(
        [checked.statusCode, checked.headers['access-control-allow-origin']],
        [405, undefined],
        path,
      )
    }
  })

  test('a preflight meets neither limit nor authentication', async (t) => {
    const server = await start(t, { DEVICE_CODE_RATE_LIMIT: '1', TOKEN_RATE_LIMIT: '1' })
    for (let count = 0; count < 20; count++) {
      assert.equal((await preflight(server, '/oauth/token')).statusCode, 204)
      assert.equal((await preflight(server, '/oauth/device/code')).statusCode, 204)
    }
    const answer = await server.post('/oauth/device/code', { client_id: server.clientId }, { origin: app })
    assert.equal(answer.status, 200)
    const limited = await server.post('/oauth/device/code', { client_id: server.clientId }, { origin: app })
    assert.deepEqual([limited.status, limited.headers['access-control-allow-origin']], [429, '*'])
  })

  test('a preflight is counted on its route, and is no token request', async (t) => {
    const server = await start(t)
    const before = await server.metrics()
    await preflight(server, '/oauth/token')
    await preflight(server, '/oauth/token/')
    const since = (await server.metrics()).since(before, ['http_requests_total', 'oauth_', 'authgate_rate'])
    assert.deepEqual(since, {
      'http_requests_total{method="OPTIONS",path="/oauth/token",status="204"}': 2,
    })
    assert.equal(before.get('http_requests_total{method="OPTIONS",path="/oauth/par",status="500"}'), 0)
  })

  test('with a list, only listed origins are told anything; others are served all the same', async (t) => {
    const server = await start(t, {
      CORS_ENABLED: 'true',
      CORS_ALLOWED_ORIGINS: 'https://App.example.com:443,capacitor://localhost',
      CORS_ALLOWED_HEADERS: 'X-Trace',
      CORS_MAX_AGE: '10m',
    })
    for (const origin of [app, 'capacitor://localhost']) {
      const { headers } = await preflight(server, '/oauth/token', { origin })
      assert.equal(headers['access-control-allow-origin'], origin)
      assert.equal(headers['access-control-max-age'], '600')
      assert.match(String(headers['access-control-allow-headers']), /, X-Trace$/)
      assert.equal(headers['access-control-allow-credentials'], undefined)
      assert.equal(headers.vary, 'Origin')
      const document = await server.get(documents[0]!, { origin })
      assert.equal(document.headers['access-control-allow-origin'], origin)
    }
    for (const headers of [{ origin: other }, { origin: 'null' }, {}] as Record<string, string>[]) {
      const asked = await server.get(documents[0]!, headers)
      assert.equal(asked.status, 200)
      assert.equal(asked.headers['access-control-allow-origin'], undefined)
      assert.equal(asked.headers.vary, 'Origin')
    }
    const refused = await preflight(server, '/oauth/token', { origin: other })
    assert.equal(refused.statusCode, 204)
    assert.equal(refused.headers['access-control-allow-origin'], undefined)
    assert.equal(refused.headers['access-control-allow-headers'], undefined)
  })

  for (const environment of [{ CORS_ENABLED: 'false' }, { CORS_ENABLED: 'true' }]) {
    test(`${JSON.stringify(environment)} alone lets nobody in, and serves everybody`, async (t) => {
      const server = await start(t, environment)
      const { status, headers } = await server.get(documents[0]!, { origin: app })
      assert.deepEqual(
        [status, headers['access-control-allow-origin'], headers.vary],
        [200, undefined, undefined],
      )
      assert.equal((await preflight(server, '/oauth/token')).statusCode, 204)
    })
  }

  test('an issuer with a path answers at all its addresses', async (t) => {
    const server = await start(t, { BASE_URL: 'https://auth.example.com/sso' })
    for (const path of [
      '/.well-known/oauth-authorization-server/sso',
      '/.well-known/openid-configuration/sso',
      '/sso/.well-known/openid-configuration',
      '/sso/.well-known/oauth-authorization-server',
    ]) {
      assert.equal((await preflight(server, path)).statusCode, 204, path)
      assert.equal((await server.get(path)).body.issuer, 'https://auth.example.com/sso')
      const head = await server.request({ method: 'HEAD', url: path })
      assert.deepEqual([head.statusCode, head.body], [200, ''])
    }
  })
})
