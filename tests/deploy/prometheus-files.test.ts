/**
 * The shipped Prometheus and Grafana files: promtool accepts and unit-tests them, and the dashboard asks only
 * for metrics, labels and label values that AuthGate exposes.
 *
 * promtool is TEST_PROMTOOL, else the one in PATH; without one the tests that need it are skipped.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  alertQueries,
  dashboardQueries,
  listedQueries,
  readShipped,
  repositoryRoot,
  type ShippedQuery,
} from '../support/shipped-queries.ts'

const promtool = process.env.TEST_PROMTOOL ?? 'promtool'
// A path that was given has to work; only the search in PATH may come back empty-handed.
const skip =
  process.env.TEST_PROMTOOL === undefined && spawnSync(promtool, ['--version']).status !== 0
    ? 'no promtool in PATH; TEST_PROMTOOL may name one'
    : false

/** Runs promtool and returns what it printed; fails the test with that when promtool is not content. */
function runPromtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' })
  assert.equal(status, 0, `promtool ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

const shipped = (path: string) => join(repositoryRoot, 'deploy/prometheus', path)

const result = ['success', 'error'] as const
const outcome = ['success', 'failure'] as const
const method = ['local', 'http_api', 'oauth'] as const
const provider = ['microsoft', 'github', 'gitea', 'gitlab', 'oidc'] as const
const anything = null

/** Each metric that may be asked for, with its labels and their values (`anything`: an open but bounded set). */
const catalogue: Record<string, Record<string, readonly string[] | null>> = {
  oauth_device_codes_total: { result },
  oauth_device_codes_authorized_total: {},
  oauth_device_code_validation_total: { result: ['success', 'pending', 'expired', 'denied', 'invalid'] },
  oauth_device_codes_active: {},
  oauth_device_codes_pending_authorization: {},
  oauth_device_code_authorization_duration_seconds: {},
  oauth_tokens_issued_total: {
    token_type: ['access', 'refresh'],
    grant_type: [
      'device_code',
      'refresh_token',
      'authorization_code',
      'client_credentials',
      'token_exchange',
    ],
  },
  oauth_tokens_revoked_total: { reason: ['user_request', 'admin', 'rotation', 'security'] },
  oauth_tokens_refreshed_total: { result },
  oauth_token_validation_total: { result: ['valid', 'invalid', 'expired'] },
  oauth_tokens_active: { token_type: ['access', 'refresh'] },
  oauth_token_generation_duration_seconds: { provider: ['local'] },
  oauth_token_validation_duration_seconds: { provider: ['local'] },
  auth_attempts_total: { method, result: outcome },
  auth_login_total: { auth_source: ['local', 'http_api', ...provider], result: outcome },
  auth_logout_total: {},
  auth_oauth_callback_total: { provider, result },
  auth_login_duration_seconds: { method },
  auth_external_api_duration_seconds: { provider: ['http_api'] },
  sessions_active: {},
  sessions_created_total: {},
  sessions_expired_total: { reason: ['timeout', 'idle_timeout', 'logout', 'fingerprint_mismatch'] },
  sessions_invalidated_total: { reason: ['security', 'admin'] },
  session_duration_seconds: {},
  http_requests_total: { method: anything, path: anything, status: anything },
  http_request_duration_seconds: { method: anything, path: anything },
  http_requests_in_flight: {},
  // Beyond the 27 above.
  audit_events_dropped_total: {},
  database_query_errors_total: { operation: anything },
  authgate_gauge_snapshot_age_seconds: {},
  // From prom-client's collection of process metrics, and from Prometheus itself.
  nodejs_eventloop_lag_p99_seconds: {},
  nodejs_gc_duration_seconds: { kind: anything },
  process_cpu_seconds_total: {},
  process_resident_memory_bytes: {},
  process_start_time_seconds: {},
  up: {},
}

/** Counted in the database, so the same on every replica: to sum them would multiply by the replicas. */
const storeGauges = [
  'oauth_device_codes_active',
  'oauth_device_codes_pending_authorization',
  'oauth_tokens_active',
  'sessions_active',
]

/** The dashboard as it looks with one job, all instances and the default window. */
const dashboard = dashboardQueries({
  job: 'authgate',
  instance: '.*',
  window: '5m',
  __range: '6h',
  __rate_interval: '1m',
})

/** The metrics an expression selects: identifiers that are no function, operator, label or string. */
function metricsOf(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring) *\([^)]*\)/g, ' ')
  return [...bare.matchAll(/(?<![\w.])[a-z_][a-z0-9_]*(?! *\()\b/g)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless'].includes(name))
}

const family = (metric: string) => metric.replace(/_(bucket|sum|count)$/, '')

/** What an expression asks for, whatever it sums over and whichever job and instance it selects. */
function essence(expr: string): string {
  return expr
    .replace(/job="[^"]*",instance=~"[^"]*",?/g, '')
    .replace(/\{\}/g, '')
    .replace(/\b(sum|max)\b( by \([^)]*\))?/g, '')
    .replace(/[\s()]/g, '')
}

describe('the shipped Prometheus files', () => {
  let scratch: string
  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'authgate-prometheus-'))
  })
  after(() => rmSync(scratch, { recursive: true }))

  for (const file of ['prometheus.yml', 'prometheus-token.yml', 'prometheus-credentials-file.yml']) {
    test(`${file} is valid and scrapes AuthGate`, { skip }, () => {
      // promtool looks for the rules and the credentials file; the latter exists only on a real Prometheus host.
      const token = join(scratch, 'token')
      writeFileSync(token, 'a token')
      const config = join(scratch, file)
      writeFileSync(
        config,
        readShipped(`deploy/prometheus/${file}`)
          .replace('- alerts.yml', `- ${JSON.stringify(shipped('alerts.yml'))}`)
          .replace('credentials_file: /etc/prometheus/authgate_token.txt', `credentials_file: ${token}`),
      )
      assert.match(runPromtool('check', 'config', config), /1 rule files found/)

      const discovered = runPromtool('check', 'service-discovery', '--timeout=100ms', config, 'authgate')
      const [target, ...others] = JSON.parse(discovered) as { discoveredLabels: Record<string, string> }[]
      assert.deepEqual(others, [])
      assert.equal(target?.discoveredLabels.job, 'authgate')
      assert.equal(target.discoveredLabels.__address__, 'localhost:8080')
      assert.equal(target.discoveredLabels.__metrics_path__, '/metrics')
      assert.equal(target.discoveredLabels.__scrape_interval__, '15s')
    })
  }

  test('only the two variants for a token send one', () => {
    const authorization = (file: string) =>
      /authorization:\n +type: Bearer\n +(credentials(?:_file)?): \S+\n/.exec(
        readShipped(`deploy/prometheus/${file}`),
      )?.[1]
    assert.equal(authorization('prometheus.yml'), undefined)
    assert.equal(authorization('prometheus-token.yml'), 'credentials')
    assert.equal(authorization('prometheus-credentials-file.yml'), 'credentials_file')
  })

  test('the alert rules are valid', { skip }, () => {
    runPromtool('check', 'rules', shipped('alerts.yml'))
  })

  test('the alert rules pass their unit tests', { skip }, () => {
    runPromtool('test', 'rules', shipped('tests/alerts.test.yml'))
  })

  test('every alert has a unit test in which it fires and one in which it does not', () => {
    const cases = readShipped('deploy/prometheus/tests/alerts.test.yml')
      .split(/- (?:\{ )?alertname: /)
      .slice(1)
      .map((text) => ({ alert: /^\w+/.exec(text)?.[0], fires: text.includes('exp_alerts:') }))
    const declared = [...readShipped('deploy/prometheus/alerts.yml').matchAll(/- alert: (\w+)/g)]
    assert.ok(declared.length >= 3)
    for (const [, alert] of declared) {
      assert.ok(
        cases.some((c) => c.alert === alert && c.fires),
        `${alert} never fires in a test`,
      )
      assert.ok(
        cases.some((c) => c.alert === alert && !c.fires),
        `${alert} is never silent in a test`,
      )
    }
    assert.equal(alertQueries().length, declared.length)
  })

  test('every expression is PromQL', { skip }, () => {
    // promtool parses expressions only inside rules, so each becomes one; a JSON string is a YAML string.
    const rules = [...listedQueries(), ...dashboard].map(
      ({ expr }, index) => `      - record: check:query:${index}\n        expr: ${JSON.stringify(expr)}\n`,
    )
    const file = join(scratch, 'queries.yml')
    writeFileSync(file, `groups:\n  - name: queries\n    rules:\n${rules.join('')}`)
    assert.match(runPromtool('check', 'rules', file), new RegExp(`${rules.length} rules found`))
  })
})

describe('the shipped queries', () => {
  const all: readonly ShippedQuery[] = [...listedQueries(), ...alertQueries(), ...dashboard]

  test('ask only for metrics that exist', () => {
    for (const { where, expr } of all) {
      const metrics = metricsOf(expr)
      assert.ok(metrics.length > 0, `${where} selects nothing`)
      for (const metric of metrics) assert.ok(catalogue[family(metric)], `${where}: ${metric}`)
    }
  })

  test('select and group only by labels and values that exist', () => {
    for (const { where, expr } of all) {
      const known: Record<string, readonly string[] | null> = { job: anything, instance: anything }
      for (const metric of metricsOf(expr)) {
        Object.assign(known, catalogue[family(metric)])
        if (metric.endsWith('_bucket')) known.le = anything
      }
      for (const [, labels] of expr.matchAll(/\bby \(([^)]*)\)/g))
        for (const label of labels!.split(/, */)) assert.ok(label in known, `${where}: by ${label}`)
      for (const [, metric, matchers] of expr.matchAll(/(\w+)\{([^}]*)\}/g)) {
        const labels: Record<string, readonly string[] | null> = {
          job: anything,
          instance: anything,
          ...catalogue[family(metric!)],
        }
        for (const [, label, value] of matchers!.matchAll(/(\w+)=~?"([^"]*)"/g)) {
          const values = labels[label!]
          assert.notEqual(values, undefined, `${where}: ${metric} has no label ${label}`)
          if (values) assert.ok(values.includes(value!), `${where}: ${metric}{${label}="${value}"}`)
        }
      }
    }
  })

  test('are all on the dashboard, the error rate in its summed form', () => {
    const expected = [
      'rate(http_requests_total[5m])',
      'rate(http_requests_total{status=~"5.."}[5m]) / rate(http_requests_total[5m])',
      'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))',
      'oauth_device_codes_active',
      'rate(oauth_tokens_issued_total[5m])',
      'rate(auth_login_total{result="failure"}[5m])',
      'rate(session_duration_seconds_sum[5m]) / rate(session_duration_seconds_count[5m])',
      'histogram_quantile(0.99, rate(oauth_device_code_authorization_duration_seconds_bucket[5m]))',
    ]
    const listed = listedQueries().map(({ expr }) => expr)
    const shown = new Set(dashboard.map(({ expr }) => essence(expr)))
    for (const query of expected) {
      assert.ok(listed.includes(query), `${query} is not in queries.promql`)
      assert.ok(shown.has(essence(query)), `${query} is not on the dashboard`)
    }
    const summed = 'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'
    assert.ok(listed.includes(summed))
    for (const { where, expr } of dashboard)
      if (expr.includes('/')) assert.match(expr, /sum.*\/ sum/, `${where} divides without summing`)
  })

  test('show every metric of the catalogue on the dashboard', () => {
    const shown = new Set(dashboard.flatMap(({ expr }) => metricsOf(expr).map(family)))
    assert.deepEqual(
      Object.keys(catalogue).filter((metric) => !shown.has(metric)),
      [],
    )
  })

  test('take the maximum of gauges that every replica reports alike', () => {
    for (const { where, expr } of dashboard)
      for (const gauge of storeGauges)
        for (const { index } of expr.matchAll(new RegExp(`\\b${gauge}\\b`, 'g')))
          assert.match(expr.slice(0, index), /\bmax( by \(\w+\))? ?\($/, `${where}: ${gauge}`)
  })

  test('select the chosen job and instance on the dashboard', () => {
    for (const { where, expr } of dashboard) {
      const selectors = expr.match(/\{[^}]*\}/g) ?? []
      assert.equal(selectors.length, metricsOf(expr).length, where)
      for (const selector of selectors) assert.match(selector, /^\{job="authgate",instance=~"\.\*"/, where)
    }
  })
})

describe('the Grafana dashboard', () => {
  interface Shape {
    readonly uid: string
    readonly panels: readonly {
      readonly id: number
      readonly type: string
      readonly title: string
      readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
      readonly datasource?: { readonly uid: string }
    }[]
  }
  const { uid, panels } = JSON.parse(readShipped('deploy/grafana/authgate.json')) as Shape

  test('reads every panel from the chosen data source', () => {
    assert.equal(uid, 'authgate')
    for (const { type, title, datasource } of panels)
      if (type !== 'row') assert.equal(datasource?.uid, '$' + '{datasource}', title)
  })

  test('numbers panels once and lays them out without overlap in 24 columns', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    for (const [index, { title, gridPos: a }] of panels.entries()) {
      assert.ok(a.x >= 0 && a.x + a.w <= 24, title)
      for (const { title: other, gridPos: b } of panels.slice(index + 1))
        assert.ok(
          a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y,
          `${title} overlaps ${other}`,
        )
    }
  })
})
