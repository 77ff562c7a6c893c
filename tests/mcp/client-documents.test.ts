/** Clients that are known by the address of a document of their own (OAuth Client ID Metadata Document). */
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { authorize, decide, obtainCode, redeem, redirected } from '../support/authorization.ts'
import { assertionFields, generateKey, signAssertion } from '../support/client-assertion.ts'
import { lookAtDatabase } from '../support/database-look.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { claimsOf, loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { refresh } from '../support/oauth-client.ts'
import {
  drivers,
  type Fields,
  type JsonResponse,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'

const minute = 60
const hour = 60 * minute
const web = 'https://app.example.com/callback'

for (const { driver, skip } of drivers) {
  describe(`client documents, ${driver}`, { skip }, () => {
    let host: DocumentHost
    let test: TestApp
    let person: TestBrowser
    let number = 0
    before(async () => {
      host = await startDocumentHost({ timeoutMs: 500 })
      test = await startTestApp({ driver, outbound: host.outbound, environment: host.environment })
      await openResource(test)
    })
    beforeEach(async () => {
      host.seen()
      // Limits of one minute must not reach from one test into the next, nor sessions end in one.
      test.clock.advance(2 * minute)
      person = await test.signedIn()
    })
    after(async () => {
      await test.close()
      host.close()
    })

    const document = (id: string, more: object = {}): object => ({
      client_id: id,
      client_name: 'Agent',
      redirect_uris: [loopbackCallback, web],
      grant_types: ['authorization_code', 'refresh_token'],
      ...more,
    })
    /** An app with an address of its own. */
    const publish = (more: object = {}, path = `/app-${++number}.json`): { id: string; path: string } => {
      const id = host.at(path)
      host.serve(path, document(id, more))
      return { id, path }
    }
    const fields = (more: Fields = {}): Fields => ({
      redirect_uri: loopbackCallback,
      scope: undefined,
      resource: mcpServer,
      ...more,
    })
    const ask = (id: string, more: Fields = {}, browser = person): Promise<JsonResponse> =>
      authorize(browser, { id }, fields(more))
    const fetches = (): number => host.seen().length
    const tokens = async (id: string, more: Fields = {}, redeemFields: Fields = {}) => {
      const code = await obtainCode(test, { id }, fields(more), person)
      const redirect_uri = more.redirect_uri ?? loopbackCallback
      return redeem(test, { id: id as never, basic: undefined }, code, { redirect_uri, ...redeemFields })
    }

    it('nobody is asked before a person has signed in; then a client never seen before gets tokens', async () => {
      const { id } = publish()
      const visitor = test.browser()
      const first = await ask(id, {}, visitor)
      assert.equal(first.status, 303)
      const login = new URL(String(first.headers.location), 'http://localhost:8080')
      assert.equal(login.pathname, '/login')
      assert.equal(fetches(), 0)
      const back = login.searchParams.get('redirect')!
      await visitor.signIn('admin', 'correct horse battery staple')
      const page = await visitor.get(back)
      assert.equal(page.status, 200, page.text)
      const [request, ...others] = host.seen()
      assert.equal(others.length, 0)
      const { host: _host, ...headers } = request!.headers
      assert.deepEqual(headers, {
        accept: 'application/json',
        'accept-encoding': 'identity',
        connection: 'close',
        'user-agent': 'AuthGate/test',
      })
      const { code } = redirected(await decide(visitor, page, 'approve'), loopbackCallback)
      const answer = await redeem(test, { id: id as never, basic: undefined }, code!, {
        redirect_uri: loopbackCallback,
      })
      const claims = claimsOf(answer.body.access_token)
      assert.deepEqual([claims.client_id, claims.aud, answer.body.scope], [id, mcpServer, 'notes:read'])
      const refreshed = await refresh(test, answer.body.refresh_token, { client_id: id })
      assert.equal(refreshed.status, 200, refreshed.text)
      assert.equal(fetches(), 0)
    })

    it('a request that came as a form is kept, and looked at when its person is there', async () => {
      const { id } = publish()
      const answer = await person.post('/oauth/authorize', {
        response_type: 'code',
        client_id: id,
        redirect_uri: loopbackCallback,
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      })
      assert.equal(answer.status, 303)
      assert.equal(fetches(), 0)
      assert.equal((await person.get(String(answer.headers.location))).status, 200)
      assert.equal(fetches(), 1)
    })

    it('whoever may show no page and has no session is answered without a look', async () => {
      const { id } = publish()
      const answer = await ask(id, { prompt: 'none' }, test.browser())
      assert.equal(answer.status, 400)
      assert.match(answer.text, /login_required/)
      assert.equal(fetches(), 0)
    })

    it('other endpoints never ask', async () => {
      const { id } = publish()
      const answer = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: id,
      })
      assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'])
      const pushed = await test.post('/oauth/par', { client_id: id, redirect_uri: loopbackCallback })
      assert.equal(pushed.status, 401)
      assert.equal(fetches(), 0)
    })

    it('the page has the host first, the name as a claim, and where the answer goes', async () => {
      const { id } = publish({ client_name: 'Bank\u202e of\u0000 everything' })
      const loopback = await ask(id)
      assert.match(loopback.text, /<h1>Allow an app of <bdi dir="ltr">app\.example\.com:\d+<\/bdi>/)
      assert.match(loopback.text, /It calls itself “<bdi>Bank of everything<\/bdi>”/)
      assert.match(loopback.text, /a program on this computer/)
      assert.match(loopback.text, /Any program on this device could use this name/)
      assert.ok(!loopback.headers['content-security-policy']?.toString().includes('form-action'))
      const elsewhere = publish({ redirect_uris: ['https://elsewhere.example/cb'] })
      const other = await ask(elsewhere.id, { redirect_uri: 'https://elsewhere.example/cb' })
      assert.match(other.text, /Your answer goes to another site/)
      assert.match(other.text, /elsewhere\.example/)
    })

    it('a document without a name has that of its host', async () => {
      const { id } = publish({ client_name: ' \u200b ' })
      assert.match((await ask(id)).text, /It calls itself “<bdi>app\.example\.com<\/bdi>”/)
    })

    it('redirect URIs of no use here are left out, and none beyond the rest is redirected to', async () => {
      const { id } = publish({
        redirect_uris: ['javascript:alert(1)', 'http://evil.example/', 'cursor://x', loopbackCallback],
      })
      assert.equal((await ask(id, { redirect_uri: 'http://127.0.0.1:61000/callback' })).status, 200)
      for (const uri of ['javascript:alert(1)', 'http://evil.example/', 'https://app.example.com/other']) {
        const answer = await ask(id, { redirect_uri: uri })
        assert.equal(answer.status, 400)
        assert.equal(answer.headers.location, undefined)
      }
    })

    describe('that cannot be used', () => {
      const send =
        (status: number, body: string | Buffer, headers: Record<string, string> = {}): RequestListener =>
        (_request, response) =>
          response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

      type Case = [what: string, result: string, answer: (id: string) => object | RequestListener]
      const cases: Case[] = [
        ['a redirect', 'redirect', (id) => send(302, '', { location: id })],
        [
          'a redirect to an own address',
          'redirect',
          () => send(301, '', { location: 'https://169.254.169.254/' }),
        ],
        ['status 403', 'status', () => send(403, '<html>are you human?</html>')],
        ['status 404', 'status', () => send(404, '{}')],
        ['status 201', 'status', (id) => send(201, JSON.stringify(document(id)))],
        [
          'another media type',
          'type',
          (id) => send(200, JSON.stringify(document(id)), { 'content-type': 'text/html' }),
        ],
        ['too much', 'too_large', (id) => document(id, { padding: 'x'.repeat(5120) })],
        [
          'more than it announces',
          'too_large',
          (id) => (_request, response) => {
            response.writeHead(200, { 'content-type': 'application/json' })
            response.write(JSON.stringify(document(id, { padding: 'x'.repeat(10_000) })))
            response.end()
          },
        ],
        [
          'nothing, slowly',
          'timeout',
          () => (_request, response) => {
            response.writeHead(200, { 'content-type': 'application/json' })
            const timer = setInterval(() => response.write(' '), 50)
            response.on('close', () => clearInterval(timer))
          },
        ],
        ['a broken connection', 'connection', () => (request) => request.socket.destroy()],
        ['no JSON', 'invalid', () => send(200, '{')],
        ['no UTF-8', 'invalid', () => send(200, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))],
        ['no object', 'invalid', () => []],
        ['another client_id', 'invalid', (id) => document(`${id}?x`)],
        ['an equal client_id in another spelling', 'invalid', (id) => document(id.replace('app.', 'APP.'))],
        ['no client_id', 'invalid', (id) => ({ ...document(id), client_id: undefined })],
        ['a secret', 'invalid', (id) => document(id, { client_secret: 'x' })],
        ['the expiry of a secret', 'invalid', (id) => document(id, { client_secret_expires_at: 0 })],
        [
          'a method with a secret',
          'invalid',
          (id) => document(id, { token_endpoint_auth_method: 'client_secret_basic' }),
        ],
        ['a method nobody has', 'invalid', (id) => document(id, { token_endpoint_auth_method: 'magic' })],
        [
          'a key method without keys',
          'invalid',
          (id) => document(id, { token_endpoint_auth_method: 'private_key_jwt' }),
        ],
        [
          'a private key',
          'invalid',
          (id) => document(id, { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }] } }),
        ],
        ['a symmetric key', 'invalid', (id) => document(id, { jwks: { keys: [{ kty: 'oct', k: 'AA' }] } })],
        ['no redirect URIs', 'invalid', (id) => document(id, { redirect_uris: [] })],
        ['no usable redirect URI', 'invalid', (id) => document(id, { redirect_uris: ['http://a.example/'] })],
        ['redirect URIs of another kind', 'invalid', (id) => document(id, { redirect_uris: [{}] })],
        [
          'too many redirect URIs',
          'invalid',
          (id) => document(id, { redirect_uris: Array(21).fill(loopbackCallback) }),
        ],
        ['other grants only', 'invalid', (id) => document(id, { grant_types: ['client_credentials'] })],
        ['other response types only', 'invalid', (id) => document(id, { response_types: ['token'] })],
      ]
      for (const [what, result, answer] of cases) {
        it(`${what}: a page, no redirect, nothing kept`, async () => {
          const { id, path } = publish()
          host.serve(path, answer(id))
          const earlier = await test.metrics()
          const shown = await ask(id)
          assert.equal(shown.status, 400, shown.text)
          assert.equal(shown.headers.location, undefined)
          assert.match(shown.text, /does not describe itself as it should/)
          const moved = (await test.metrics()).since(earlier, ['authgate_client_document_fetches'])
          assert.deepEqual(moved, { [`authgate_client_document_fetches_total{result="${result}"}`]: 1 })
          assert.equal(await test.app.storage.read.clients.find(id as never), undefined)
          // A failure is no answer that is remembered, only a reason to wait a moment.
          host.seen()
          host.serve(path, document(id))
          assert.equal((await ask(id)).status, 503)
          assert.equal(fetches(), 0)
          test.clock.advance(3)
          assert.equal((await ask(id)).status, 200)
        })
      }

      it('an own address: nobody is asked there', async () => {
        const id = host.at('/x.json', 'intranet.example.net')
        const earlier = await test.metrics()
        assert.equal((await ask(id)).status, 400)
        const moved = (await test.metrics()).since(earlier, ['authgate_client_document_fetches'])
        assert.deepEqual(moved, {
          'authgate_client_document_fetches_total{result="blocked_address"}': 1,
        })
      })

      it('an address that is none: no look at all', async () => {
        for (const path of ['', '/', '/a/../b.json', '/a/%2E%2e/b', '/a#b', '/a#', '/a\\b']) {
          const answer = await ask(host.at(path))
          assert.equal(answer.status, 400, path)
          assert.match(answer.text, /cannot be right/, path)
        }
        for (const id of [
          'https://localhost/x',
          'https://127.0.0.1/x',
          'https://app.example.com:1/x',
          'http://a.example/x',
        ]) {
          assert.equal((await ask(id)).status, 400, id)
        }
        assert.equal(fetches(), 0)
      })
    })

    it('many at once make one request; many of one host in a minute are turned away', async () => {
      const { id, path } = publish()
      host.serve(path, async (_request, response) => {
        await delay(50)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document(id)))
      })
      const pages = await Promise.all(Array.from({ length: 5 }, () => ask(id)))
      assert.deepEqual(
        pages.map(({ status }) => status),
        [200, 200, 200, 200, 200],
      )
      assert.equal(fetches(), 1)
      test.clock.advance(2 * minute)
      person = await test.signedIn()
      const statuses = new Set<number>()
      for (let count = 0; count < 31; count++) statuses.add((await ask(publish().id)).status)
      assert.deepEqual([...statuses], [200, 503])
      assert.equal(fetches(), 30)
    })

    describe('kept', () => {
      const serveWith = (
        path: string,
        id: string,
        headers: Record<string, string>,
        more: object = {},
      ): void =>
        host.serve(path, ((request, response) => {
          const known = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag
          response.writeHead(known ? 304 : 200, { 'content-type': 'application/json', ...headers })
          response.end(known ? undefined : JSON.stringify(document(id, more)))
        }) satisfies RequestListener)
      const later = async (seconds: number): Promise<void> => {
        test.clock.advance(seconds)
        person = await test.signedIn()
      }

      it('a copy is used until its time is over, then asked for by its ETag', async () => {
        const { id, path } = publish()
        serveWith(path, id, { etag: '"1"', 'cache-control': 'max-age=600' })
        const earlier = await test.metrics()
        await ask(id)
        await later(599)
        await ask(id)
        assert.equal(fetches(), 1)
        await later(2)
        assert.equal((await ask(id)).status, 200)
        assert.equal(host.seen()[0]!.headers['if-none-match'], '"1"')
        const moved = (await test.metrics()).since(earlier, [
          'authgate_client_document_cache',
          'authgate_client_document_fetches',
        ])
        assert.deepEqual(moved, {
          'authgate_client_document_cache_total{result="miss"}': 1,
          'authgate_client_document_cache_total{result="fresh"}': 1,
          'authgate_client_document_cache_total{result="revalidated"}': 1,
          'authgate_client_document_fetches_total{result="ok"}': 1,
          'authgate_client_document_fetches_total{result="not_modified"}': 1,
        })
      })

      for (const [headers, seconds] of [
        [{}, hour],
        [{ 'cache-control': 'no-store' }, minute],
        [{ 'cache-control': 'max-age=0' }, minute],
        [{ 'cache-control': 'max-age=5, s-maxage=120' }, 120],
        [{ 'cache-control': 'max-age=9999999' }, 24 * hour],
        [{ 'cache-control': 'max-age=300', age: '100' }, 200],
        [{ expires: '0' }, minute],
      ] as [Record<string, string>, number][]) {
        it(`${JSON.stringify(headers)} is fresh for ${seconds} s`, async () => {
          const { id, path } = publish()
          serveWith(path, id, headers)
          await ask(id)
          await later(seconds - 1)
          await ask(id)
          assert.equal(fetches(), 1)
          await later(1)
          await ask(id)
          assert.equal(fetches(), 1)
        })
      }

      it('replicas share it', async (t) => {
        const { id } = publish()
        await ask(id)
        const replica = await startTestApp({
          driver,
          sharing: test,
          outbound: host.outbound,
          environment: host.environment,
        })
        t.after(() => replica.close())
        assert.equal((await authorize(await replica.signedIn(), { id }, fields())).status, 200)
        assert.equal(fetches(), 1)
      })

      it('a host that is away takes no client along for a week', async () => {
        const { id, path } = publish()
        await ask(id)
        host.serve(path, ((_request, response) => response.writeHead(403).end()) satisfies RequestListener)
        await later(2 * hour)
        assert.equal((await ask(id)).status, 200)
        await later(6 * 24 * hour)
        assert.equal((await ask(id)).status, 200)
        await later(24 * hour)
        assert.equal((await ask(id)).status, 400)
      })

      for (const [what, gone] of [
        ['is gone', ((_request, response) => response.writeHead(410).end()) satisfies RequestListener],
        ['describes another', { client_id: 'https://other.example.org/x' }],
      ] as const) {
        it(`a document that ${what} ends new sign-ins at once, and refreshes at a second look`, async () => {
          const { id, path } = publish()
          const { body } = await tokens(id)
          host.serve(path, gone)
          await later(2 * hour)
          assert.equal((await ask(id)).status, 400)
          const still = await refresh(test, body.refresh_token, { client_id: id })
          assert.equal(still.status, 200, still.text)
          await later(hour + minute)
          await test.app.runJob('end_withdrawn_clients')
          const over = await refresh(test, still.body.refresh_token, { client_id: id })
          assert.deepEqual([over.status, over.body.error], [400, 'invalid_grant'])
          host.serve(path, document(id))
          await later(minute)
          assert.equal((await ask(id)).status, 200)
        })
      }

      it('one that leads elsewhere or proves itself otherwise is asked for again; a new name is not enough', async () => {
        const { id, path } = publish()
        await tokens(id, { redirect_uri: web })
        const silent = async () => (await ask(id, { redirect_uri: web })).status
        assert.equal(await silent(), 303)
        host.serve(path, document(id, { client_name: 'Agent 2' }))
        await later(2 * hour)
        assert.equal(await silent(), 303)
        host.serve(path, document(id, { redirect_uris: [web, 'https://elsewhere.example/cb'] }))
        await later(2 * hour)
        assert.equal(await silent(), 200)
        assert.equal(await silent(), 200)
        await tokens(id, { redirect_uri: web })
        assert.equal(await silent(), 303)
      })

      it('clients that nobody allowed anything are forgotten after a day, the others later', async () => {
        const strange = publish()
        const used = publish()
        await ask(strange.id)
        await tokens(used.id)
        test.clock.advance(25 * hour)
        await test.app.runJob('clean_up')
        const find = ({ id }: { id: string }) => test.app.storage.read.clients.find(id as never)
        assert.equal(await find(strange), undefined)
        assert.ok(await find(used))
      })

      it('what happens to documents is in the audit log', async () => {
        const { id, path } = publish()
        await ask(id)
        host.serve(path, document(id, { client_name: 'Another', redirect_uris: [web] }))
        await later(2 * hour)
        await ask(id, { redirect_uri: web })
        host.serve(path, ((_request, response) => response.writeHead(404).end()) satisfies RequestListener)
        test.clock.advance(2 * hour)
        // Of one address only so many refusals are recorded in a minute.
        await ask(id, {}, await test.signedIn({ ip: '192.0.2.77' }))
        await test.app.observers.stop()
        const look = await lookAtDatabase(test.dsn)
        const rows = await look.rows(
          `select event_type, details, error_message from audit_log where resource_id = '${id}' order by id`,
        )
        await look.close()
        assert.deepEqual(
          rows.map((row) => row.event_type),
          [
            'CLIENT_DISCOVERED',
            'CLIENT_DOCUMENT_CHANGED',
            'CLIENT_DOCUMENT_WITHDRAWN',
            'AUTHORIZATION_REFUSED',
          ],
        )
        assert.match(String(rows[1]!.details), /redirect_hosts/)
        assert.equal(rows[2]!.error_message, 'status 404')
      })
    })

    describe('with keys', () => {
      it('private_key_jwt alone is required', async () => {
        const key = await generateKey('ES256', 'one')
        const keys = { jwks: { keys: [key.publicJwk] } }
        const { id } = publish({ token_endpoint_auth_method: 'private_key_jwt', ...keys })
        const without = await tokens(id)
        assert.deepEqual([without.status, without.body.error], [401, 'invalid_client'])
        const proof = assertionFields(await signAssertion(test, id, key))
        const answer = await tokens(id, {}, { client_id: undefined, ...proof })
        assert.equal(answer.status, 200, answer.text)
      })

      it('none beside it lets the client choose, and what it shows must hold', async () => {
        const key = await generateKey('ES256', 'one')
        const { id } = publish({
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
          jwks: { keys: [key.publicJwk] },
        })
        assert.equal((await tokens(id)).status, 200)
        const proof = assertionFields(await signAssertion(test, id, key))
        const { status, body } = await tokens(id, {}, { client_id: undefined, ...proof })
        assert.equal(status, 200)
        // Whoever proved itself goes on doing so.
        const bare = await refresh(test, body.refresh_token, { client_id: id })
        assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_grant'])
        const again = assertionFields(await signAssertion(test, id, key))
        const proved = await refresh(test, body.refresh_token, { client_id: undefined, ...again })
        assert.equal(proved.status, 200, proved.text)
        const stranger = await generateKey('ES256', 'one')
        const forged = assertionFields(await signAssertion(test, id, stranger))
        assert.equal((await tokens(id, {}, { client_id: undefined, ...forged })).status, 401)
      })

      it('a document without grant_types gives refresh tokens with offline_access', async () => {
        const { id } = publish({ grant_types: undefined })
        assert.equal((await tokens(id)).body.refresh_token, undefined)
        const { body } = await tokens(id, { scope: 'notes:read offline_access' })
        assert.ok(body.refresh_token !== undefined)
        assert.equal(body.scope, 'notes:read offline_access')
      })
    })
  })
}

describe('the policy for client documents', () => {
  const start = async (
    t: { after(fn: () => void): void },
    environment: Record<string, string>,
    resource = true,
  ): Promise<{ test: TestApp; host: DocumentHost; ask(id: string): Promise<JsonResponse> }> => {
    const host = await startDocumentHost()
    const test = await startTestApp({
      outbound: host.outbound,
      environment: { ...host.environment, ...environment },
    })
    t.after(async () => {
      await test.close()
      host.close()
    })
    if (resource) await openResource(test)
    for (const name of ['app.example.com', 'other.example.org']) {
      host.serve(`/${name}`, { client_id: host.at(`/${name}`, name), redirect_uris: [loopbackCallback] })
    }
    const ask = async (name: string) =>
      authorize(
        await test.signedIn(),
        { id: host.at(`/${name}`, name) },
        {
          redirect_uri: loopbackCallback,
          scope: undefined,
          resource: resource ? mcpServer : undefined,
        },
      )
    return { test, host, ask }
  }
  const flag = async (test: TestApp): Promise<unknown> => {
    const flags = []
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const { body } = await test.get(`/.well-known/${path}`)
      assert.ok(body.token_endpoint_auth_methods_supported.includes('none'))
      flags.push(body.client_id_metadata_document_supported)
    }
    assert.equal(flags[0], flags[1])
    return flags[0]
  }

  it('open: once a resource is open to such clients, and said so in the metadata', async (t) => {
    const { test, ask, host } = await start(t, {}, false)
    assert.equal(await flag(test), undefined)
    assert.equal((await ask('app.example.com')).status, 400)
    await openResource(test, { openToDiscovered: false, identifier: 'https://closed.example.com' })
    assert.equal(await flag(test), undefined)
    await openResource(test)
    assert.equal(await flag(test), true)
    assert.equal((await ask('app.example.com')).status, 200)
    assert.equal(host.seen().length, 1)
  })

  it('off: nobody, not even those known before', async (t) => {
    const { test, ask, host } = await start(t, { CIMD_MODE: 'off' })
    assert.equal(await flag(test), undefined)
    assert.equal((await ask('app.example.com')).status, 400)
    assert.equal(host.seen().length, 0)
  })

  it('what is denied later ends for those known before, also at the token endpoint', async (t) => {
    const { test, host } = await start(t, {})
    const id = host.at('/app.example.com')
    const fields = { redirect_uri: loopbackCallback, scope: 'notes:read offline_access', resource: mcpServer }
    const code = await obtainCode(test, { id }, fields)
    const { body } = await redeem(test, { id: id as never, basic: undefined }, code, {
      redirect_uri: loopbackCallback,
    })
    for (const [environment, status] of [
      [{ CIMD_DENIED_HOSTS: 'app.example.com' }, 401],
      [{ CIMD_MODE: 'off' }, 401],
      [{ CIMD_DENIED_HOSTS: 'other.example.org' }, 200],
    ] as const) {
      const other = await startTestApp({
        sharing: test,
        outbound: host.outbound,
        environment: { ...host.environment, ...environment },
      })
      const answer = await refresh(other, body.refresh_token, { client_id: id })
      await other.close()
      assert.equal(answer.status, status, answer.text)
    }
  })

  it('allowlist: the hosts named, before anybody is asked', async (t) => {
    const { test, ask, host } = await start(t, {
      CIMD_MODE: 'allowlist',
      CIMD_ALLOWED_HOSTS: '*.example.com',
    })
    assert.equal(await flag(test), true)
    assert.equal((await ask('app.example.com')).status, 200)
    assert.equal(host.seen().length, 1)
    const refused = await ask('other.example.org')
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Apps of this site are not accepted here/)
    assert.equal(host.seen().length, 0)
  })

  it('a denied host is denied whatever is allowed', async (t) => {
    const { ask, host } = await start(t, {
      CIMD_MODE: 'allowlist',
      CIMD_ALLOWED_HOSTS: 'app.example.com, other.example.org',
      CIMD_DENIED_HOSTS: 'APP.example.com',
    })
    assert.equal((await ask('app.example.com')).status, 400)
    assert.equal(host.seen().length, 0)
    assert.equal((await ask('other.example.org')).status, 200)
  })
})
