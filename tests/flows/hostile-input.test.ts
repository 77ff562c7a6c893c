/**
 * Input nobody means well with: never an answer in the five hundreds, never a crash, never a new series, and no
 * memory that stays.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type PlannedRequest, type RawAnswer, sendPipelined, sendRaw } from '../support/http-bytes.ts'
import { createRandom } from '../support/seeded-random.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import {
  type JsonResponse,
  Metrics,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'
import { isFounding } from './founding-metrics.ts'

const form = 'Content-Type: application/x-www-form-urlencoded\r\n'
const post = (path: string, body: string, headers = form): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`

/** Nothing of the inside may show outside. */
function assertNoLeak(text: string): void {
  assert.doesNotMatch(text, /node_modules|\.[jt]sx?:\d|\n\s+at |FST_ERR|SQLITE|postgres|\/dist\/|\/src\//)
}

function assertProtocolError(status: number, contentType: string, body: string): void {
  assert.match(contentType, /^application\/json/, `${status}: ${body}`)
  const { error, error_description } = JSON.parse(body) as { error: unknown; error_description?: string }
  assert.match(String(error), /^[a-z_]+$/)
  // RFC 6749 §5.2: printable ASCII without " and \.
  if (error_description !== undefined) assert.match(error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  assertNoLeak(body)
}

describe('hostile bytes at a real server', () => {
  let server: ServerProcess
  before(async () => {
    server = await startServerProcess({
      METRICS_ENABLED: 'true',
      ENABLE_RATE_LIMIT: 'false',
      LOG_LEVEL: 'error',
      // The engine lets its nursery grow under load, which says nothing about what is kept.
      NODE_OPTIONS: '--max-semi-space-size=4',
    })
    // The first scrape loads what a start leaves for later; raw requests do not wait that long for an answer.
    await metrics()
  })
  after(() => server.stop())

  const metrics = async (): Promise<Metrics> =>
    new Metrics(await (await fetch(`${server.url}/metrics`)).text())

  const assertHealthy = async (): Promise<void> => {
    assert.equal(server.server.child.exitCode, null)
    assert.equal((await fetch(`${server.url}/livez`)).status, 200)
    const { samples } = await metrics()
    for (const [sample, value] of samples) {
      if (/status="5\d\d"/.test(sample)) assert.equal(value, 0, sample)
      if (isFounding(sample)) assert.ok(value >= 0, sample)
    }
    assert.equal(samples.get('http_requests_in_flight'), 0)
    for (const observer of ['metrics', 'audit', 'log']) {
      assert.equal(samples.get(`authgate_event_listener_errors_total{observer="${observer}"}`), 0)
    }
    assert.equal(server.server.output.out, '', 'nothing was logged as an error')
  }

  const shapes: [string, (string | Buffer)[], number[]][] = [
    ['a body of 70 KB', [post('/oauth/token', `grant_type=${'x'.repeat(70_000)}`)], [413]],
    ['a body of 70 KB for a page', [post('/login', `username=${'x'.repeat(70_000)}`)], [413]],
    ['a body of 70 KB for nobody', [post('/nowhere', 'x'.repeat(70_000))], [413]],
    [
      'a body of 70 KB in chunks',
      [
        `POST /oauth/token HTTP/1.1\r\nHost: a\r\n${form}Transfer-Encoding: chunked\r\n\r\n`,
        `11170\r\n${'x'.repeat(0x11170)}\r\n0\r\n\r\n`,
      ],
      [413],
    ],
    ['a promise of 10 GB', [post('/oauth/token', '').replace('Length: 0', 'Length: 10737418240')], [413]],
    ['a header of 20 KB', [get('/livez', `X-Large: ${'x'.repeat(20_000)}\r\n`)], [431]],
    ['a path of 20 KB', [get(`/${'x'.repeat(20_000)}`)], [431]],
    ['a path of 10 KB', [get(`/${'x'.repeat(10_000)}`)], [404]],
    ['a parameter of 10 KB', [get(`/account/sessions?notice=${'x'.repeat(10_000)}`)], [303]],
    ['1,500 headers', [get('/livez', 'a: b\r\n'.repeat(1500))], [431]],
    ['a NUL in a header', [get('/livez', 'X-Nul: a\0b\r\n')], [400]],
    ['a NUL in the path', ['GET /li\0vez HTTP/1.1\r\nHost: a\r\n\r\n'], [400]],
    ['an encoded NUL in the path', [get('/static/%00.css')], [404]],
    ['an encoded NUL in the query', [get('/login?redirect=%00')], [200]],
    ['a NUL in the body', [post('/oauth/token', 'grant_type=a\0b')], [400]],
    ['an encoded NUL in the body', [post('/oauth/token', 'grant_type=a%00b')], [400]],
    ['broken percent-encoding in the path', [get('/%zz')], [400]],
    ['broken percent-encoding in a parameter of the path', [get('/static/%c3%28')], [400, 404]],
    ['broken percent-encoding in the query', [get('/login?redirect=%zz&%')], [200]],
    ['broken percent-encoding in the body', [post('/oauth/token', 'grant_type=%zz')], [400]],
    ['bytes that are no UTF-8', [post('/oauth/token', 'grant_type=\xff\xfe&\xc3\x28=1')], [400]],
    ['overlong UTF-8', [post('/oauth/token', 'grant_type=%c0%af')], [400]],
    ['repeated parameters', [post('/oauth/token', 'grant_type=a&grant_type=b')], [400]],
    ['a thousand parameters', [post('/oauth/token', 'a=b&'.repeat(1000))], [400]],
    ['ten thousand separators', [post('/oauth/token', '&'.repeat(10_000))], [400]],
    ['names that objects have', [post('/oauth/token', '__proto__=1&constructor=2&toString=3')], [400]],
    [
      'JSON where a form belongs',
      [post('/oauth/token', '{"grant_type":"x"}', 'Content-Type: application/json\r\n')],
      [400],
    ],
    ['no content type', [post('/oauth/token', 'grant_type=x', '')], [400]],
    [
      'a content type that is none',
      [post('/oauth/token', 'grant_type=x', 'Content-Type: \xff;;=,\r\n')],
      [400],
    ],
    [
      'two content types',
      [post('/oauth/token', 'grant_type=x', `${form}Content-Type: text/plain\r\n`)],
      [400],
    ],
    [
      'deeply nested JSON',
      [
        post(
          '/oauth/device/code',
          `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`,
          'Content-Type: application/json\r\n',
        ),
      ],
      [400, 401, 413],
    ],
    [
      'JSON with a prototype',
      [post('/oauth/device/code', '{"__proto__":{"client_id":"x"}}', 'Content-Type: application/json\r\n')],
      [401],
    ],
    [
      'a well-formed body in chunks',
      [
        `POST /oauth/token HTTP/1.1\r\nHost: a\r\n${form}Transfer-Encoding: chunked\r\n\r\n`,
        'b\r\ngrant_type=\r\n4\r\nnone\r\n0\r\n\r\n',
      ],
      [400],
    ],
    [
      'chunks of no size',
      [`POST /oauth/token HTTP/1.1\r\nHost: a\r\n${form}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n`],
      [400],
    ],
    [
      'chunks of a huge size',
      [
        `POST /oauth/token HTTP/1.1\r\nHost: a\r\n${form}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n`,
      ],
      [400],
    ],
    [
      'an expectation that cannot be met',
      [post('/oauth/token', 'a=b', `${form}Expect: the-unexpected\r\n`)],
      [417],
    ],
    [
      'an upgrade to another protocol',
      [get('/livez', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')],
      [200],
    ],
    ['an address of another server', [get('http://evil.example/livez')], [404, 400, 200]],
    ['no path at all', ['GET * HTTP/1.1\r\nHost: a\r\n\r\n'], [303]],
    ['options of everything', ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'], [400, 404]],
    ['a method nobody knows', ['BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n'], [400]],
    ['a method of a kilobyte', [`${'X'.repeat(1024)} / HTTP/1.1\r\nHost: a\r\n\r\n`], [400]],
    ['no host', ['GET /livez HTTP/1.1\r\n\r\n'], [400]],
    ['a version that is none', ['GET /livez HTTP/9.9\r\nHost: a\r\n\r\n'], [400, 505]],
    ['HTTP/2 all of a sudden', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], [400, 505]],
    ['a TLS handshake', [Buffer.from('16030100c8010000c403035e', 'hex'), Buffer.alloc(200, 7)], [400]],
    ['random bytes', [Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256))], [400]],
  ]
  for (const [name, parts, statuses] of shapes) {
    it(name, async () => {
      const answers = await sendRaw(server.url, parts)
      assert.equal(answers.length, 1, JSON.stringify(answers))
      const [{ status, headers, body }] = answers as [RawAnswer]
      assert.ok(statuses.includes(status), `${status} ${body}`)
      assertNoLeak(headers + body)
      if (/^POST \/oauth/.test(String(parts[0])) && body !== '') {
        assertProtocolError(status, /^content-type: (.*)\r$/im.exec(headers)?.[1] ?? '', body)
      }
    })
  }

  // A second request hidden in the body of the first: the two ends must never disagree about where it begins.
  const hidden = 'GET /oauth/tokeninfo HTTP/1.1\r\nHost: a\r\n\r\n'
  const start = `POST /oauth/token HTTP/1.1\r\nHost: a\r\n${form}`
  const smuggled: [string, string][] = [
    [
      'a length and chunks',
      `${start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    [
      'chunks and a length',
      `${start}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['two lengths', `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
    ['a list of lengths', `${start}Content-Length: 0, ${hidden.length}\r\n\r\n${hidden}`],
    ['a signed length', `${start}Content-Length: +0\r\n\r\n${hidden}`],
    ['a negative length', `${start}Content-Length: -1\r\n\r\n${hidden}`],
    ['a space before the colon', `${start}Content-Length : 0\r\n\r\n${hidden}`],
    ['another coding', `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['an obscured coding', `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    [
      'a folded header',
      `${start}Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['bare line feeds', `${start.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${hidden}`],
  ]
  for (const [name, bytes] of smuggled) {
    it(`smuggling with ${name} is refused with the connection`, async () => {
      const before = (await metrics()).samples.get(hiddenSample) ?? 0
      const answers = await sendRaw(server.url, [bytes])
      assert.deepEqual(
        answers.map(({ status }) => status),
        [400],
      )
      assert.equal(
        (await metrics()).samples.get(hiddenSample) ?? 0,
        before,
        'the hidden request was not seen',
      )
    })
  }
  const hiddenSample = 'http_requests_total{method="GET",path="/oauth/tokeninfo",status="401"}'

  it('half-sent requests hold nobody up, and leave nothing behind', async () => {
    const half = `${start}Content-Length: 100\r\n\r\ngrant_type=`
    const waiting = Array.from({ length: 50 }, () => sendRaw(server.url, [half], 500))
    const started = performance.now()
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
    assert.ok(performance.now() - started < 400)
    for (const answers of await Promise.all(waiting)) assert.deepEqual(answers, [])
    await assertHealthy()
  })

  it('hostile cookies and credentials are just wrong ones', async () => {
    const values = [
      'authgate_session=',
      'authgate_session=%00',
      'authgate_session=%zz%',
      'authgate_session=ags_',
      `authgate_session=ags_${'A'.repeat(65)}`,
      `authgate_session=${'x'.repeat(8000)}`,
      'authgate_session=a; authgate_session=b',
      '__proto__=1; constructor=2; authgate_csrf=__proto__',
      '=;=;;;==; ;',
      '\xff\xfe=\xff',
      `${'a=b;'.repeat(1500)}`,
      'authgate_session="quo\\"ted"',
    ]
    for (const value of values) {
      for (const path of ['/login', '/device?user_code=WDJB-MJHT', '/account/sessions', '/logout', '/']) {
        const [answer] = await sendRaw(server.url, [get(path, `Cookie: ${value}\r\nConnection: close\r\n`)])
        assert.ok(answer!.status === 200 || answer!.status === 303, `${path} ${answer!.status}`)
      }
    }
    const credentials = [
      'Basic',
      'Basic ',
      'Basic !!!!',
      `Basic ${Buffer.from('no colon').toString('base64')}`,
      `Basic ${Buffer.from(':').toString('base64')}`,
      `Basic ${Buffer.from('%zz:%').toString('base64')}`,
      `Basic ${Buffer.from('a\0b:c\0d').toString('base64')}`,
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`,
      `Basic ${'QUFB'.repeat(3000)}`,
      'Bearer',
      'Bearer a b c',
      `Bearer ${'x'.repeat(8000)}`,
      `Bearer ${'a.'.repeat(4000)}`,
      'Bearer eyJhbGciOiJub25lIn0.e30.',
      'Bearer eyJhbGciOiJub25lIn0.bm90IGpzb24.x',
      'Digest username="x"',
      '\xff\xff\xff',
    ]
    for (const value of credentials) {
      const header = `Authorization: ${value}\r\nConnection: close\r\n`
      for (const request of [
        get('/oauth/tokeninfo', header),
        ...['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/oauth/device/code'].map((path) =>
          post(path, 'grant_type=client_credentials&token=x', form + header),
        ),
      ]) {
        const [answer] = await sendRaw(server.url, [request])
        assert.ok(answer!.status === 401 || answer!.status === 400, `${value.slice(0, 40)} ${answer!.status}`)
        assertProtocolError(answer!.status, 'application/json', answer!.body)
      }
    }
    await assertHealthy()
  })

  it('100,000 random paths and methods: no 5xx, no new series, no memory kept', async () => {
    const requests = randomRequests(20_261_124)
    const take = function* (count: number): Generator<PlannedRequest> {
      for (let n = 0; n < count; n++) yield requests.next().value!
    }
    const options = { connections: 8, depth: 64 }
    const seen = new Map<number | 'closed', number>()
    const send = async (count: number): Promise<void> => {
      for (const [status, times] of await sendPipelined(server.url, take(count), options)) {
        seen.set(status, (seen.get(status) ?? 0) + times)
      }
    }
    const memory = async (): Promise<number> => (await metrics()).get('process_resident_memory_bytes')

    // The first of them fill what may be filled: code, caches, every series there is.
    await send(25_000)
    const seriesBefore = await metrics()
    const readings = [await memory()]
    for (let window = 0; window < 3; window++) {
      await send(25_000)
      readings.push(await memory())
    }
    const seriesAfter = await metrics()

    assert.equal(
      [...seen.values()].reduce((sum, times) => sum + times),
      100_000,
    )
    for (const status of seen.keys()) assert.ok(typeof status === 'number' && status < 500, `${status}`)
    const names = ({ samples }: Metrics): string[] => [...samples.keys()].filter(isFounding).sort()
    assert.deepEqual(names(seriesAfter), names(seriesBefore))
    // A single kilobyte kept of each would be 25 MB more in every window; what a collector leaves for later is not.
    const grown = readings.slice(1).map((reading, index) => (reading - readings[index]!) / 2 ** 20)
    assert.ok(Math.min(...grown) < 12, `${grown.map((size) => size.toFixed(1)).join(', ')} MB more`)
    await assertHealthy()
  })
})

/** Paths and methods without end, the same ones in each run. */
function* randomRequests(seed: number): Generator<PlannedRequest, never> {
  const random = createRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[random.below(items.length)]!
  const methods = [
    'GET',
    'POST',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'HEAD',
    'TRACE',
    'PROPFIND',
    'PURGE',
    'LINK',
  ]
  const beginnings = [
    '/',
    '/oauth/',
    '/oauth/token',
    '/account/sessions/',
    '/account/grants/',
    '/static/',
    '/.well-known/',
    '/metrics/',
    '/device/',
    '//',
    '/../',
  ]
  const alphabet =
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&()*+,;=:@/?%\x27"<>\\^`{|}[]'
  const endings = ['', '/end', '/revoke', '?a=b', '%00', '%', '%c3%28', ';x=y', '#f', '/']
  for (;;) {
    const method = pick(methods)
    const length = random.below(100) === 0 ? 2000 : random.below(40)
    let middle = ''
    for (let n = 0; n < length; n++) middle += alphabet[random.below(alphabet.length)]
    const path = `${pick(beginnings)}${middle}${pick(endings)}`
    const type = random.below(3) === 0 ? form : ''
    const body = method === 'POST' || method === 'PUT' ? middle : ''
    const length1 = body === '' ? '' : `Content-Length: ${body.length}\r\n`
    yield { method, bytes: `${method} ${path} HTTP/1.1\r\nHost: a\r\n${type}${length1}\r\n${body}` }
  }
}

describe('hostile forms at every endpoint', () => {
  let test: TestApp
  let browser: TestBrowser
  before(async () => {
    test = await startTestApp()
    browser = await test.signedIn()
    await browser.get('/account/sessions')
  })
  after(() => test.close())

  const names = [
    'grant_type',
    'client_id',
    'client_secret',
    'scope',
    'resource',
    'device_code',
    'refresh_token',
    'token',
    'token_type_hint',
    'username',
    'password',
    'redirect',
    'remember_me',
    'user_code',
    'confirmed',
    'action',
    'csrf_token',
  ]
  const likely = () => [
    'urn:ietf:params:oauth:grant-type:device_code',
    'refresh_token',
    'client_credentials',
    test.clientId,
    'admin',
    'read write',
    'true',
    'approve',
    'https://api.example.com',
    '//evil.example',
    'WDJB-MJHT',
    'agd_',
    'agr_x',
  ]
  const value = fc.oneof(
    fc.nat().map((index) => (words: readonly string[]) => words[index % words.length]!),
    fc.string({ unit: 'binary', maxLength: 60 }).map((text) => () => text),
    fc
      .constantFrom(
        '\0',
        '%',
        '"',
        '\\',
        '\ud800',
        '\u202e',
        '',
        'x'.repeat(5000),
        "';--",
        '#{7*7}',
        '<script>',
      )
      .map((text) => () => text),
  )
  const fields = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 8 })), value), {
    maxLength: 8,
  })

  const protocol = ['/oauth/token', '/oauth/device/code', '/oauth/introspect', '/oauth/revoke']
  for (const path of protocol) {
    it(`POST ${path}`, async () => {
      await fc.assert(
        fc.asyncProperty(fields, fc.constantFrom('form', 'json'), async (pairs, encoding) => {
          const texts = pairs.map(([name, make]) => [name, make(likely())] as const)
          const json = encoding === 'json'
          const answer = await test.request({
            method: 'POST',
            url: path,
            headers: { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded' },
            payload: json ? JSON.stringify(Object.fromEntries(texts)) : encodeLoosely(texts),
          })
          assert.ok(answer.statusCode < 500, `${answer.statusCode}`)
          if (answer.statusCode !== 200) {
            assertProtocolError(answer.statusCode, String(answer.headers['content-type']), answer.body)
          }
        }),
        { seed: 8628, numRuns: 300 },
      )
    })
  }

  const pages = [
    '/login',
    '/device/verify',
    '/account/sessions/end-others',
    '/account/sessions/revoke-all',
    '/account/sessions/x/end',
    '/account/grants/018f0000-0000-7000-8000-000000000000/revoke',
    '/logout',
  ]
  for (const path of pages) {
    it(`POST ${path}`, async () => {
      await fc.assert(
        fc.asyncProperty(fields, fc.boolean(), async (pairs, ours) => {
          const entries = pairs
            .filter(([name]) => !ours || name !== 'csrf_token')
            .map(([name, make]) => [name, make(likely()).toWellFormed()] as const)
          const grouped: Record<string, string[]> = {}
          for (const [name, text] of entries)
            grouped[name.toWellFormed()] = [...(grouped[name.toWellFormed()] ?? []), text]
          const answer: JsonResponse = ours
            ? await browser.submit(path, grouped)
            : await browser.post(path, grouped)
          assert.ok(answer.status < 500, `${answer.status}`)
          assertNoLeak(answer.text)
          const { location } = answer.headers
          // Wherever a form sends somebody, it is not away from here.
          if (location !== undefined) assert.match(String(location), /^\/(?![/\\])/)
        }),
        { seed: 6819, numRuns: 100 },
      )
    })
  }
})

/** Percent-encodes what has to be, and now and then not even that. */
function encodeLoosely(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, text], index) =>
      index % 3 === 2
        ? `${name}=${text}`
        : `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`,
    )
    .join('&')
}
