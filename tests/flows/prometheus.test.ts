/** A real Prometheus scrapes real server processes, and every shipped query and rule works on what it finds. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { createHttpBrowser, postForm } from '../support/http-browser.ts'
import { deviceCodeGrant } from '../support/oauth-client.ts'
import { type Prometheus, skipWithoutPrometheus, startPrometheus } from '../support/prometheus.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { alertQueries, dashboardQueries, listedQueries, repositoryRoot } from '../support/shipped-queries.ts'
import { adminPassword } from '../support/test-app.ts'

// As the founding document has it; short, so the server warns and takes it.
const token = 'your-secret-bearer-token'
const shared = {
  METRICS_ENABLED: 'true',
  METRICS_GAUGE_UPDATE_INTERVAL: '1s',
  DEFAULT_ADMIN_PASSWORD: adminPassword,
}

/** As the founding document writes them, with what must be found: a number, or only a series. */
const foundingQueries: [string, 'number' | 'series'][] = [
  ['rate(http_requests_total[5m])', 'number'],
  // Each series by itself: 0/0 while nothing fails. The shipped rules use the corrected form.
  ['rate(http_requests_total{status=~"5.."}[5m]) / rate(http_requests_total[5m])', 'series'],
  ['histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))', 'number'],
  ['oauth_device_codes_active', 'number'],
  ['rate(oauth_tokens_issued_total[5m])', 'number'],
  ['rate(auth_login_total{result="failure"}[5m])', 'number'],
  ['rate(session_duration_seconds_sum[5m]) / rate(session_duration_seconds_count[5m])', 'number'],
  ['histogram_quantile(0.99, rate(oauth_device_code_authorization_duration_seconds_bucket[5m]))', 'number'],
]
const foundingAlerts = ['HighErrorRate', 'HighFailedLoginRate', 'SlowTokenGeneration']

describe('a real Prometheus', { skip: skipWithoutPrometheus }, () => {
  const servers: Record<'open' | 'guarded' | 'apart' | 'off', ServerProcess> = {} as never
  let metricsPort: number
  let prometheus: Prometheus
  const relays: Server[] = []
  /** Content types that went through each relay. */
  const relayed: string[][] = []

  /** Hands scrapes on, with an `Accept` header of its own choice. @returns its address. */
  const relay = async (to: ServerProcess, choose: (accept: string) => string): Promise<string> => {
    const seen: string[] = []
    relayed.push(seen)
    const server = createServer(async (request, response) => {
      const answer = await fetch(`${to.url}/metrics`, {
        headers: { accept: choose(String(request.headers.accept)) },
      })
      const contentType = answer.headers.get('content-type')!
      seen.push(contentType)
      response.writeHead(answer.status, { 'content-type': contentType }).end(await answer.text())
    }).listen(0, '127.0.0.1')
    relays.push(server)
    await once(server, 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  before(async () => {
    metricsPort = await freePort()
    const [open, guarded, apart, off] = await Promise.all([
      startServerProcess(shared),
      startServerProcess({ ...shared, METRICS_TOKEN: token }),
      startServerProcess({ ...shared, METRICS_ADDR: `127.0.0.1:${metricsPort}` }),
      startServerProcess(),
    ])
    Object.assign(servers, { open, guarded, apart, off })
    const tokenFile = join(guarded.folder, 'token.txt')
    writeFileSync(tokenFile, token, { mode: 0o600 })
    const job = (name: string, target: string, more = {}) => ({
      job_name: name,
      metrics_path: '/metrics',
      static_configs: [{ targets: [target] }],
      ...more,
    })
    const hostOf = ({ url }: ServerProcess): string => new URL(url).host
    prometheus = await startPrometheus({
      ruleFiles: [join(repositoryRoot, 'deploy/prometheus/alerts.yml')],
      scrapeConfigs: [
        job('authgate', hostOf(open)),
        job('token', hostOf(guarded), { authorization: { type: 'Bearer', credentials: token } }),
        job('file', hostOf(guarded), { authorization: { type: 'Bearer', credentials_file: tokenFile } }),
        job('wrong', hostOf(guarded), { authorization: { type: 'Bearer', credentials: `${token}x` } }),
        job('none', hostOf(guarded)),
        job('apart', `127.0.0.1:${metricsPort}`),
        job('as-it-asks', await relay(open, (accept) => accept)),
        job('as-text', await relay(open, () => 'text/plain')),
      ],
    })
    // A series of a route begins with its first request, and a rate needs a look from before and one from after.
    for (const round of [1, 2]) {
      await someLife(open)
      await prometheus.queryUntil(
        `auth_logout_total{job=~"authgate|as-.+"} == ${round}`,
        (found) => found.length === 3,
      )
    }
  })
  after(async () => {
    await prometheus?.stop()
    for (const server of relays) server.close()
    await Promise.all(Object.values(servers).map((server) => server.stop()))
  })

  it('scrapes openly, with a token, with a file of it, on an address apart, in either format', async () => {
    for (const job of ['authgate', 'token', 'file', 'apart', 'as-it-asks', 'as-text']) {
      const [sample] = await prometheus.queryUntil(`up{job="${job}"}`, ([up]) => up?.value === 1)
      assert.equal(sample?.value, 1, job)
    }
    for (const job of ['wrong', 'none']) {
      const [sample] = await prometheus.queryUntil(`up{job="${job}"}`)
      assert.equal(sample?.value, 0, job)
    }
    // Prometheus asks for OpenMetrics and understands it; the text format says the same.
    for (const type of relayed[0]!) assert.match(type, /^application\/openmetrics-text/)
    for (const type of relayed[1]!) assert.match(type, /^text\/plain/)
    const issued = 'sum by (job) (oauth_tokens_issued_total{job=~"as-it-asks|as-text"})'
    const totals = await prometheus.queryUntil(issued, (found) => found.every(({ value }) => value === 6))
    assert.equal(totals.length, 2)
  })

  for (const [query, what] of foundingQueries) {
    it(`answers ${query}`, async () => {
      const found = await prometheus.queryUntil(query)
      if (what === 'series') return
      assert.ok(found.some(({ value }) => value > 0 && Number.isFinite(value)))
    })
  }

  it('answers every query that is shipped, in the dashboard too', async () => {
    const dashboard = dashboardQueries({
      job: 'authgate',
      instance: '.*',
      window: '1m',
      __range: '5m',
      __rate_interval: '1m',
    })
    assert.ok(dashboard.length > 40)
    for (const { where, expr } of [...listedQueries(), ...dashboard]) {
      const found = await prometheus.query(expr)
      // What ends in a threshold shows only what is wrong, and here nothing is.
      if (/> 0$/.test(expr)) assert.deepEqual(found, [], where)
      else assert.notEqual(found.length, 0, `${where}: ${expr}`)
    }
  })

  it('loads every alert rule, and evaluates it', async () => {
    const groups = async () => {
      const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
      }
      return answer.data.groups.flatMap(({ rules }) => rules)
    }
    const rules = await groups()
    const names = rules.map(({ name }) => name)
    assert.equal(names.length, alertQueries().length)
    for (const name of foundingAlerts) assert.ok(names.includes(name), name)
    for (const { name, health, lastError } of rules) {
      // A rule is evaluated every 30 s, and may not have had its turn yet.
      assert.ok(health === 'ok' || health === 'unknown', `${name}: ${lastError}`)
    }
    for (const { where, expr } of alertQueries()) {
      await assert.doesNotReject(prometheus.query(expr), where)
    }
  })

  describe('/metrics itself', () => {
    const scrape = (server: ServerProcess, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${server.url}/metrics`, { headers })

    it('answers 401 with a challenge and a reason when the token is missing or wrong', async () => {
      const refusals: [Record<string, string>, string][] = [
        [{}, 'Bearer token required'],
        [{ authorization: 'Basic eDp5' }, 'Bearer token required'],
        [{ authorization: token }, 'Bearer token required'],
        [{ authorization: `Bearer ${token}x` }, 'Invalid token'],
        [{ authorization: `Bearer ${token.slice(0, -1)}` }, 'Invalid token'],
      ]
      for (const [headers, message] of refusals) {
        const answer = await scrape(servers.guarded, headers)
        assert.equal(answer.status, 401)
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="Metrics"')
        assert.deepEqual(await answer.json(), { error: 'unauthorized', message })
      }
      assert.equal((await scrape(servers.guarded, { authorization: `Bearer ${token}` })).status, 200)
    })

    it('is not there by default, and not on the public address when it has one of its own', async () => {
      assert.equal((await scrape(servers.off)).status, 404)
      assert.equal((await scrape(servers.apart)).status, 404)
      const apart = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
      assert.equal(apart.status, 200)
      assert.equal((await fetch(`http://127.0.0.1:${metricsPort}/login`)).status, 404)
    })

    it('speaks OpenMetrics to whoever prefers it, and text to everybody else', async () => {
      const preferred =
        'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
      const open = await scrape(servers.open, { accept: preferred })
      assert.match(open.headers.get('content-type')!, /^application\/openmetrics-text; *version=1\.0\.0/)
      assert.match(await open.text(), /\n# EOF\n$/)
      for (const accept of ['*/*', 'text/plain', 'text/html']) {
        const plain = await scrape(servers.open, { accept })
        assert.match(plain.headers.get('content-type')!, /^text\/plain; *version=0\.0\.4/)
        assert.doesNotMatch(await plain.text(), /# EOF/)
      }
    })

    it('prints lines for the filter of the founding document', async () => {
      const input = await (await scrape(servers.open)).text()
      const filter = ['-E', '^(oauth|auth|http_request|session)']
      const { stdout } = spawnSync('grep', filter, { input, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
      const families = new Set(stdout.split('\n').map((line) => /^[a-z]+/.exec(line)?.[0]))
      for (const family of ['oauth', 'auth', 'http', 'session', 'sessions'])
        assert.ok(families.has(family), family)
    })

    it('is announced in the log of a server that has it, and only there', async () => {
      const announcement = /Prometheus metrics initialized/
      await servers.open.server.seen(announcement)
      await servers.off.server.seen(/is ready at/)
      assert.doesNotMatch(servers.off.server.output.out, announcement)
      // The token of the founding document is an example: the server says so, without repeating it.
      const { out } = servers.guarded.server.output
      assert.match(out, /METRICS_TOKEN/)
      assert.ok(!out.includes(token))
    })
  })
})

/** One device allowed and fetched, its tokens used, one left waiting, a wrong password, a sign-out. */
async function someLife({ url, clientId, run }: ServerProcess): Promise<void> {
  const client_id = clientId
  const requestCode = () => postForm(`${url}/oauth/device/code`, { client_id })
  const poll = (device_code: string) =>
    postForm(`${url}/oauth/token`, { grant_type: deviceCodeGrant, device_code, client_id })
  const [device, waiting] = [await requestCode(), await requestCode()]
  assert.equal((await poll(waiting.body.device_code)).status, 400)
  const browser = createHttpBrowser(url)
  await assert.rejects(browser.signIn('admin', 'not the password'))
  await browser.signIn('admin', adminPassword)
  assert.equal((await browser.decide(device.body.user_code, 'approve')).status, 303)
  const tokens = await poll(device.body.device_code)
  assert.equal(tokens.status, 200)
  const authorization = `Bearer ${tokens.body.access_token}`
  assert.equal((await fetch(`${url}/oauth/tokeninfo`, { headers: { authorization } })).status, 200)

  const { out } = await run([
    'client',
    'create',
    '--name',
    'machine',
    '--type',
    'confidential',
    '--grant',
    'client_credentials',
    '--json',
  ]).ended
  const machine = JSON.parse(out) as { client_id: string; client_secret: string }
  const { client_secret } = machine
  const granted = await postForm(`${url}/oauth/token`, {
    grant_type: 'client_credentials',
    client_id: machine.client_id,
    client_secret,
  })
  assert.equal(granted.status, 200)
  await browser.get('/logout')
  assert.equal((await browser.submit('/logout')).status, 303)
}
