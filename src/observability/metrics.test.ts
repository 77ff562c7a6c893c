import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DomainEvent } from '../events/catalogue.ts'
import { instant } from '../shared/clock.ts'
import { sampleEvents } from './event-samples.fixture.ts'
import type { GaugeReading } from './gauges.ts'
import { metricDefinitions } from './metric-definitions.ts'
import { createMetrics, type Metrics, prefersOpenMetrics } from './metrics.ts'

/** The public contract, written out a second time: a change of the definitions has to be meant. */
const contract: Record<string, { type: string; labels?: Record<string, string>; buckets?: string }> = {
  oauth_device_codes_total: { type: 'counter', labels: { result: 'success error' } },
  oauth_device_codes_authorized_total: { type: 'counter' },
  oauth_device_code_validation_total: {
    type: 'counter',
    labels: { result: 'success expired invalid pending denied' },
  },
  oauth_device_codes_active: { type: 'gauge' },
  oauth_device_codes_pending_authorization: { type: 'gauge' },
  oauth_device_code_authorization_duration_seconds: {
    type: 'histogram',
    buckets: '5 10 15 20 30 45 60 90 120 180 300 600 900 1800',
  },
  oauth_tokens_issued_total: {
    type: 'counter',
    labels: {
      token_type: 'access refresh',
      grant_type: 'device_code refresh_token authorization_code client_credentials token_exchange',
    },
  },
  oauth_tokens_revoked_total: {
    type: 'counter',
    labels: { reason: 'user_request admin rotation security' },
  },
  oauth_tokens_refreshed_total: { type: 'counter', labels: { result: 'success error' } },
  oauth_token_validation_total: { type: 'counter', labels: { result: 'valid invalid expired' } },
  oauth_tokens_active: { type: 'gauge', labels: { token_type: 'access refresh' } },
  oauth_token_generation_duration_seconds: {
    type: 'histogram',
    labels: { provider: 'local' },
    buckets: '0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5',
  },
  oauth_token_validation_duration_seconds: {
    type: 'histogram',
    labels: { provider: 'local' },
    buckets: '0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5',
  },
  auth_attempts_total: {
    type: 'counter',
    labels: { method: 'local http_api oauth', result: 'success failure' },
  },
  auth_login_total: {
    type: 'counter',
    labels: {
      auth_source: 'local http_api microsoft github gitea gitlab oidc',
      result: 'success failure',
    },
  },
  auth_logout_total: { type: 'counter' },
  auth_oauth_callback_total: {
    type: 'counter',
    labels: { provider: 'microsoft github gitea gitlab oidc', result: 'success error' },
  },
  auth_login_duration_seconds: {
    type: 'histogram',
    labels: { method: 'local http_api oauth' },
    buckets: '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10',
  },
  auth_external_api_duration_seconds: {
    type: 'histogram',
    labels: { provider: 'http_api' },
    buckets: '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10',
  },
  sessions_active: { type: 'gauge' },
  sessions_created_total: { type: 'counter' },
  sessions_expired_total: {
    type: 'counter',
    labels: { reason: 'timeout idle_timeout logout fingerprint_mismatch' },
  },
  sessions_invalidated_total: { type: 'counter', labels: { reason: 'security admin' } },
  session_duration_seconds: {
    type: 'histogram',
    buckets: '60 300 600 1800 3600 7200 14400 28800 86400 604800 2592000',
  },
  http_requests_total: { type: 'counter', labels: { method: '', path: '', status: '' } },
  http_request_duration_seconds: {
    type: 'histogram',
    labels: { method: '', path: '' },
    buckets: '0.001 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10',
  },
  http_requests_in_flight: { type: 'gauge' },
}

const noCounts: GaugeReading = {
  counts: {
    deviceCodesActive: 0,
    deviceCodesPending: 0,
    accessTokensActive: 0,
    refreshTokensActive: 0,
    sessionsActive: 0,
    clients: { operator: 0, self_service: 0, registration: 0, metadata_document: 0 },
  },
  ageSeconds: 0,
}

function freshMetrics(readGauges = async (): Promise<GaugeReading | undefined> => noCounts): Metrics {
  return createMetrics({ version: '1.2.3', readGauges, processMetrics: false })
}

/** Series → value, as written. Fails on a line that is no sample. */
async function samples(metrics: Metrics, accept?: string): Promise<Map<string, number>> {
  const { body } = await metrics.exposition(accept)
  const found = new Map<string, number>()
  for (const line of body.split('\n')) {
    if (line === '' || line.startsWith('# ')) continue
    const match = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)$/.exec(line)
    assert.ok(match, `not a sample: ${line}`)
    assert.ok(!found.has(match[1]!), `written twice: ${line}`)
    found.set(match[1]!, Number(match[2]))
  }
  return found
}

/** What changed between two scrapes, as `series: difference`. */
async function movedBy(act: (metrics: Metrics) => void): Promise<Record<string, number>> {
  const metrics = freshMetrics()
  const before = await samples(metrics)
  act(metrics)
  const moved: Record<string, number> = {}
  for (const [series, value] of await samples(metrics)) {
    const difference = value - (before.get(series) ?? 0)
    if (difference !== 0 && !series.includes('_bucket{')) moved[series] = difference
  }
  return moved
}

function publish(metrics: Metrics, event: DomainEvent): void {
  const handle = metrics.handlers[event.type] as ((event: DomainEvent) => void) | null
  handle?.(event)
}

test('the 27 metrics of the contract have their exact type, labels, values and buckets', () => {
  assert.equal(Object.keys(contract).length, 27)
  const definitions = new Map(
    Object.values(metricDefinitions).map((definition) => [definition.name as string, definition]),
  )
  for (const [name, expected] of Object.entries(contract)) {
    const definition = definitions.get(name)
    assert.ok(definition, `${name} is missing`)
    assert.equal(definition.type, expected.type, name)
    const labels = Object.fromEntries(
      Object.entries(definition.labels).map(([label, values]) => [
        label,
        label === 'method' && name.startsWith('http_') ? '' : Array.isArray(values) ? values.join(' ') : '',
      ]),
    )
    assert.deepEqual(labels, expected.labels ?? {}, name)
    assert.equal(definition.buckets?.join(' '), expected.buckets, name)
  }
})

test('what is not in the contract is named after this server, or kept from its predecessor', () => {
  const kept = [
    'database_query_errors_total',
    'audit_events_dropped_total',
    'cache_hits_total',
    'cache_misses_total',
    'cache_errors_total',
  ]
  for (const { name } of Object.values(metricDefinitions)) {
    assert.ok(name in contract || name.startsWith('authgate_') || kept.includes(name), name)
  }
})

test('definitions are fit for the exposition', () => {
  for (const { name, type, help, buckets, moves } of Object.values(metricDefinitions)) {
    assert.equal(type === 'counter', name.endsWith('_total'), name)
    assert.doesNotMatch(help, /["\\\n]/, name)
    assert.match(moves, /^[A-Z].*\.$/, name)
    if (buckets !== undefined) {
      assert.deepEqual(
        [...buckets],
        [...new Set(buckets)].sort((a, b) => a - b),
        name,
      )
    }
  }
})

test('on a fresh registry every combination of closed labels exists at 0', async () => {
  const found = await samples(freshMetrics())
  for (const [name, { type, labels = {}, buckets = '' }] of Object.entries(contract)) {
    if (name.startsWith('http_request') && name !== 'http_requests_in_flight') continue
    let combinations = ['']
    for (const [label, values] of Object.entries(labels)) {
      combinations = combinations.flatMap((start) =>
        values.split(' ').map((value) => `${start}${start === '' ? '' : ','}${label}="${value}"`),
      )
    }
    const expected = combinations.flatMap((labelText) => {
      const braces = labelText === '' ? '' : `{${labelText}}`
      if (type !== 'histogram') return [name + braces]
      const comma = labelText === '' ? '' : ','
      return [
        ...[...buckets.split(' '), '+Inf'].map((le) => `${name}_bucket{le="${le}"${comma}${labelText}}`),
        `${name}_sum${braces}`,
        `${name}_count${braces}`,
      ]
    })
    for (const series of expected) assert.equal(found.get(series), 0, series)
    const own = [...found.keys()].filter((series) =>
      [name, `${name}_bucket`, `${name}_sum`, `${name}_count`].includes(series.replace(/\{.*/, '')),
    )
    assert.deepEqual(own.sort(), expected.sort(), name)
  }
  assert.equal(found.get('authgate_build_info{version="1.2.3"}'), 1)
})

const base = { at: instant(0), actor: { type: 'anonymous' } } as const
const issued = {
  ...base,
  type: 'token.issued',
  grantType: 'device_code',
  clientId: 'c',
  clientName: 'C',
  accountId: 'a',
  accessTokenId: 't',
  refreshTokenId: 'r',
  grantId: 'g',
  scopes: [],
  audience: 'resource',
  durationSeconds: 0.5,
} as const satisfies DomainEvent
const ended = {
  ...base,
  type: 'session.ended',
  sessionId: 's',
  accountId: 'a',
  byOwnLogout: false,
  durationSeconds: 90,
} as const
const client = { clientId: 'c', clientName: 'C' } as const
const logout = { ...client, accountId: 'a', sessionId: 's', attempt: 1, durationSeconds: 0.25 } as const
const grant = { ...client, deviceGrantId: 'd', scopes: [] } as const
const account = { accountId: 'a', username: 'ada' } as const

const moves: { title: string; event: DomainEvent; moved: Record<string, number> }[] = [
  {
    title: 'a device code',
    event: { ...base, ...grant, type: 'device_authorization.issued' },
    moved: { 'oauth_device_codes_total{result="success"}': 1 },
  },
  {
    title: 'a refused device authorization request',
    event: { ...base, type: 'device_authorization.refused', clientId: undefined, error: 'invalid_client' },
    moved: { 'oauth_device_codes_total{result="error"}': 1 },
  },
  {
    title: 'an approval',
    event: { ...base, ...grant, type: 'device_authorization.approved', durationSeconds: 7 },
    moved: {
      oauth_device_codes_authorized_total: 1,
      oauth_device_code_authorization_duration_seconds_sum: 7,
      oauth_device_code_authorization_duration_seconds_count: 1,
    },
  },
  {
    title: 'an authorization request pushed',
    event: {
      ...base,
      type: 'authorization_request.pushed',
      clientId: 'client-1',
      result: 'success',
      error: undefined,
    },
    moved: { 'authgate_pushed_authorization_requests_total{result="success"}': 1 },
  },
  {
    title: 'an authorization code',
    event: {
      ...base,
      type: 'authorization.approved',
      clientId: 'client-1',
      clientName: 'Web app',
      accountId: 'account-1',
      scopes: ['openid'],
      asked: true,
    },
    moved: { 'authgate_authorization_requests_total{result="approved"}': 1 },
  },
  {
    title: 'an authorization request denied',
    event: {
      ...base,
      type: 'authorization.denied',
      clientId: 'client-1',
      clientName: 'Web app',
      accountId: 'account-1',
    },
    moved: { 'authgate_authorization_requests_total{result="denied"}': 1 },
  },
  {
    title: 'an authorization request refused',
    event: {
      ...base,
      type: 'authorization.refused',
      clientId: undefined,
      error: 'invalid_request',
      reason: 'unknown_client',
    },
    moved: {
      'authgate_authorization_requests_total{result="refused"}': 1,
      'authgate_authorization_rejections_total{reason="unknown_client"}': 1,
    },
  },
  ...(
    [
      ['invalid_request', 'redirect_uri_unregistered', 'redirect_uri'],
      ['invalid_target', 'resource_unknown', 'resource'],
      ['invalid_target', undefined, 'resource'],
      ['invalid_scope', undefined, 'scope'],
      ['invalid_request', 'pkce', 'pkce'],
      ['invalid_request', 'document_policy', 'policy'],
      ['invalid_request', 'document_busy', 'document'],
      ['unauthorized_client', 'client_pending', 'approval'],
      ['login_required', undefined, 'sign_in'],
      ['invalid_request', 'whatever', 'other'],
      ['unsupported_response_type', undefined, 'other'],
    ] as const
  ).map(([error, reason, label]) => ({
    title: `a request refused for ${reason ?? error}`,
    event: { ...base, type: 'authorization.refused', clientId: undefined, error, reason } as const,
    moved: {
      'authgate_authorization_requests_total{result="refused"}': 1,
      [`authgate_authorization_rejections_total{reason="${label}"}`]: 1,
    },
  })),
  {
    title: 'a code that came back moves nothing by itself',
    event: {
      ...base,
      type: 'authorization_code.reused',
      clientId: 'client-1',
      accountId: 'account-1',
      grantId: 'grant-1',
      tokensRevoked: 2,
    },
    moved: {},
  },
  {
    title: 'a consent taken back moves nothing by itself',
    event: { ...base, type: 'consent.withdrawn', clientId: 'client-1', accountId: 'account-1' },
    moved: {},
  },
  {
    title: 'a denial moves nothing by itself',
    event: { ...base, ...grant, type: 'device_authorization.denied' },
    moved: {},
  },
  ...(
    [
      ['success', 'success'],
      ['pending', 'pending'],
      ['slow_down', 'pending'],
      ['expired', 'expired'],
      ['denied', 'denied'],
      ['invalid', 'invalid'],
    ] as const
  ).map(([result, label]) => ({
    title: `a poll answered ${result}`,
    event: { ...base, type: 'device_authorization.polled', clientId: 'c', result } as const,
    moved: { [`oauth_device_code_validation_total{result="${label}"}`]: 1 },
  })),
  {
    title: 'tokens of the device grant',
    event: issued,
    moved: {
      'oauth_tokens_issued_total{token_type="access",grant_type="device_code"}': 1,
      'oauth_tokens_issued_total{token_type="refresh",grant_type="device_code"}': 1,
      'authgate_token_audience_total{kind="resource"}': 1,
      'oauth_token_generation_duration_seconds_sum{provider="local"}': 0.5,
      'oauth_token_generation_duration_seconds_count{provider="local"}': 1,
    },
  },
  {
    title: 'an access token alone',
    event: {
      ...issued,
      grantType: 'client_credentials',
      refreshTokenId: undefined,
      audience: 'issuer',
      durationSeconds: 0.25,
    },
    moved: {
      'oauth_tokens_issued_total{token_type="access",grant_type="client_credentials"}': 1,
      'authgate_token_audience_total{kind="issuer"}': 1,
      'oauth_token_generation_duration_seconds_sum{provider="local"}': 0.25,
      'oauth_token_generation_duration_seconds_count{provider="local"}': 1,
    },
  },
  {
    title: 'a refused refresh',
    event: { ...base, type: 'token.refreshed', clientId: 'c', result: 'error', error: 'invalid_grant' },
    moved: { 'oauth_tokens_refreshed_total{result="error"}': 1 },
  },
  {
    title: 'a refresh within the grace window',
    event: { ...base, type: 'token.refreshed', clientId: 'c', result: 'success', withinGrace: true },
    moved: {
      'oauth_tokens_refreshed_total{result="success"}': 1,
      'authgate_refresh_reuse_total{outcome="grace"}': 1,
    },
  },
  {
    title: 'a revoked family counts its tokens',
    event: {
      ...base,
      type: 'token.revoked',
      reason: 'security',
      clientId: 'c',
      accountId: 'a',
      grantId: 'g',
      accessTokens: 3,
      refreshTokens: 2,
    },
    moved: { 'oauth_tokens_revoked_total{reason="security"}': 5 },
  },
  {
    title: 'a reused refresh token, whose family is announced as revoked apart',
    event: {
      ...base,
      type: 'refresh_token.reused',
      clientId: 'c',
      accountId: 'a',
      grantId: 'g',
      refreshTokenId: 'r',
      tokensRevoked: 5,
    },
    moved: { 'authgate_refresh_reuse_total{outcome="revoked"}': 1 },
  },
  {
    title: 'a validated token',
    event: {
      ...base,
      type: 'token.validated',
      endpoint: 'tokeninfo',
      result: 'expired',
      durationSeconds: 0.125,
    },
    moved: {
      'oauth_token_validation_total{result="expired"}': 1,
      'oauth_token_validation_duration_seconds_sum{provider="local"}': 0.125,
      'oauth_token_validation_duration_seconds_count{provider="local"}': 1,
    },
  },
  {
    title: 'a refused introspection',
    event: { ...base, type: 'introspection.refused', clientId: 'c', tokenClientId: 'd' },
    moved: {},
  },
  {
    title: 'a failed client authentication',
    event: { ...base, type: 'client.authentication_failed', clientId: 'c', reason: 'wrong_secret' },
    moved: {},
  },
  {
    title: 'a login',
    event: {
      ...base,
      type: 'login.succeeded',
      method: 'oauth',
      authSource: 'github',
      accountId: 'a',
      durationSeconds: 1,
    },
    moved: {
      'auth_attempts_total{method="oauth",result="success"}': 1,
      'auth_login_total{auth_source="github",result="success"}': 1,
      'auth_login_duration_seconds_sum{method="oauth"}': 1,
      'auth_login_duration_seconds_count{method="oauth"}': 1,
    },
  },
  {
    title: 'a failed login',
    event: {
      ...base,
      type: 'login.failed',
      method: 'local',
      authSource: 'local',
      reason: 'bad_credentials',
      accountId: undefined,
      durationSeconds: 2,
    },
    moved: {
      'auth_attempts_total{method="local",result="failure"}': 1,
      'auth_login_total{auth_source="local",result="failure"}': 1,
      'auth_login_duration_seconds_sum{method="local"}': 2,
      'auth_login_duration_seconds_count{method="local"}': 1,
    },
  },
  {
    title: 'a failed callback',
    event: { ...base, type: 'identity_provider.callback', provider: 'gitlab', result: 'error' },
    moved: { 'auth_oauth_callback_total{provider="gitlab",result="error"}': 1 },
  },
  {
    title: 'a call of the external API',
    event: {
      ...base,
      type: 'external_api.called',
      provider: 'http_api',
      problem: 'timeout',
      durationSeconds: 4,
    },
    moved: {
      'auth_external_api_duration_seconds_sum{provider="http_api"}': 4,
      'auth_external_api_duration_seconds_count{provider="http_api"}': 1,
    },
  },
  {
    title: 'a request to an identity provider',
    event: {
      ...base,
      type: 'identity_provider.requested',
      provider: 'gitea',
      step: 'profile',
      problem: undefined,
      durationSeconds: 3,
    },
    moved: {
      'authgate_identity_provider_request_duration_seconds_sum{provider="gitea",step="profile"}': 3,
      'authgate_identity_provider_request_duration_seconds_count{provider="gitea",step="profile"}': 1,
    },
  },
  {
    title: 'a connected identity',
    event: {
      ...base,
      type: 'identity_connection.linked',
      connectionId: 'c',
      accountId: 'a',
      source: 'github',
      by: 'owner',
    },
    moved: {},
  },
  {
    title: 'a disconnected identity',
    event: {
      ...base,
      type: 'identity_connection.unlinked',
      connectionId: 'c',
      accountId: 'a',
      source: 'github',
    },
    moved: {},
  },
  {
    title: 'a session',
    event: { ...base, type: 'session.created', sessionId: 's', accountId: 'a', authSource: 'local' },
    moved: { sessions_created_total: 1 },
  },
  {
    title: 'a logout',
    event: { ...ended, reason: 'logout', byOwnLogout: true },
    moved: {
      'sessions_expired_total{reason="logout"}': 1,
      auth_logout_total: 1,
      session_duration_seconds_sum: 90,
      session_duration_seconds_count: 1,
    },
  },
  ...(['timeout', 'idle_timeout', 'logout', 'fingerprint_mismatch'] as const).map((reason) => ({
    title: `a session that ended by ${reason}, elsewhere`,
    event: { ...ended, reason },
    moved: {
      [`sessions_expired_total{reason="${reason}"}`]: 1,
      session_duration_seconds_sum: 90,
      session_duration_seconds_count: 1,
    },
  })),
  ...(['security', 'admin'] as const).map((reason) => ({
    title: `a session invalidated for ${reason}`,
    event: { ...ended, reason },
    moved: {
      [`sessions_invalidated_total{reason="${reason}"}`]: 1,
      session_duration_seconds_sum: 90,
      session_duration_seconds_count: 1,
    },
  })),
  {
    title: 'a limit',
    event: { ...base, type: 'rate_limit.exceeded', policy: 'device_verify', limitPerMinute: 10 },
    moved: { 'authgate_rate_limit_exceeded_total{policy="device_verify"}': 1 },
  },
  {
    title: 'a policy this version does not know',
    event: { ...base, type: 'rate_limit.exceeded', policy: 'future' as 'login', limitPerMinute: 10 },
    moved: { 'authgate_rate_limit_exceeded_total{policy="other"}': 1 },
  },
  {
    title: 'a client that heard of the end of a session',
    event: { ...base, ...logout, type: 'backchannel_logout.delivered' },
    moved: { 'authgate_backchannel_logouts_total{result="delivered"}': 1 },
  },
  {
    title: 'a client that will be told again',
    event: { ...base, ...logout, type: 'backchannel_logout.failed', problem: 'timeout', willRetry: true },
    moved: { 'authgate_backchannel_logouts_total{result="retry"}': 1 },
  },
  {
    title: 'a client that never heard',
    event: { ...base, ...logout, type: 'backchannel_logout.failed', problem: 'status', willRetry: false },
    moved: { 'authgate_backchannel_logouts_total{result="failed"}': 1 },
  },
  {
    title: 'a client',
    event: sampleEvents['client.created'],
    moved: {},
  },
  {
    title: 'a client that registered itself',
    event: sampleEvents['client.registered'],
    moved: { 'authgate_client_registrations_total{result="success"}': 1 },
  },
  {
    title: 'a registration that was refused',
    event: sampleEvents['client.registration_refused'],
    moved: { 'authgate_client_registrations_total{result="error"}': 1 },
  },
  { title: 'a changed client', event: sampleEvents['client.updated'], moved: {} },
  { title: 'a replaced secret', event: sampleEvents['client.secret_replaced'], moved: {} },
  { title: 'an approved client', event: sampleEvents['client.approved'], moved: {} },
  { title: 'a rejected client', event: sampleEvents['client.rejected'], moved: {} },
  { title: 'a client switched off', event: sampleEvents['client.deactivated'], moved: {} },
  { title: 'a client switched on', event: sampleEvents['client.activated'], moved: {} },
  { title: 'everything of a client ended', event: sampleEvents['client.access_ended'], moved: {} },
  { title: 'a deleted client', event: { ...base, ...client, type: 'client.deleted' }, moved: {} },
  {
    title: 'a document that could not be had',
    event: sampleEvents['client_document.fetched'],
    moved: {
      'authgate_client_document_fetches_total{result="status"}': 1,
      authgate_client_document_fetch_duration_seconds_sum: 0.25,
      authgate_client_document_fetch_duration_seconds_count: 1,
    },
  },
  {
    title: 'a document that was not asked for',
    event: { ...sampleEvents['client_document.fetched'], result: 'denied' },
    moved: { 'authgate_client_document_fetches_total{result="denied"}': 1 },
  },
  {
    title: 'a document that stands in',
    event: sampleEvents['client_document.used'],
    moved: { 'authgate_client_document_cache_total{result="stale"}': 1 },
  },
  ...(
    [
      'client_document.discovered',
      'client_document.changed',
      'client_document.withdrawn',
      'client_document.pinned',
      'client_document.unpinned',
    ] as const
  ).map((type) => ({ title: 'a document', event: sampleEvents[type], moved: {} })),
  ...(['resource.created', 'resource.updated', 'resource.deleted'] as const).map((type) => ({
    title: 'a resource',
    event: sampleEvents[type],
    moved: {},
  })),
  ...(
    [
      'account.enabled',
      'account.updated',
      'account.deleted',
      'token.disabled',
      'token.enabled',
      'audit_log.exported',
    ] as const
  ).map((type) => ({
    title: 'what administrators do, to be found in the audit log',
    event: sampleEvents[type],
    moved: {},
  })),
  { title: 'an account', event: { ...base, ...account, type: 'account.created', role: 'user' }, moved: {} },
  { title: 'a disabled account', event: { ...base, ...account, type: 'account.disabled' }, moved: {} },
  { title: 'a new password', event: { ...base, ...account, type: 'account.password_reset' }, moved: {} },
  {
    title: 'a password of one’s own',
    event: { ...base, ...account, type: 'account.password_changed', occasion: 'required' },
    moved: { 'authgate_password_changes_total{occasion="required"}': 1 },
  },
  ...(
    [
      'account.recovery_requested',
      'account.profile_changed',
      'account.email_verified',
      'second_factor.added',
      'second_factor.removed',
      'passkey.renamed',
      'second_factor.reset',
      'recovery_codes.created',
    ] as const
  ).map((type) => ({ title: 'an account', event: sampleEvents[type], moved: {} })),
  {
    title: 'a code that was used before',
    event: sampleEvents['second_factor.tried'],
    moved: { 'authgate_second_factor_attempts_total{factor="totp",result="failure"}': 1 },
  },
  {
    title: 'somebody asked once more',
    event: sampleEvents['session.confirmed'],
    moved: { 'authgate_confirmations_total{result="success"}': 1 },
  },
  {
    title: 'a mail that was not taken',
    event: sampleEvents['mail.sent'],
    moved: { 'authgate_mails_total{kind="password_reset",result="error"}': 1 },
  },
  { title: 'a forged form', event: { ...base, type: 'csrf.rejected', accountId: undefined }, moved: {} },
  {
    title: 'a signing key',
    event: { ...base, type: 'signing_key.created', keyId: 'k', algorithm: 'ES256' },
    moved: {},
  },
  {
    title: 'a signing key in the place of another',
    event: {
      ...base,
      type: 'signing_key.activated',
      keyId: 'k',
      algorithm: 'ES256',
      supersededKeyId: 'j',
    },
    moved: {},
  },
  {
    title: 'a signing key no longer published',
    event: { ...base, type: 'signing_key.retired', keyId: 'k', algorithm: 'ES256' },
    moved: {},
  },
]

for (const { title, event, moved } of moves) {
  test(`${event.type} moves exactly its metrics: ${title}`, async () => {
    assert.deepEqual(await movedBy((metrics) => publish(metrics, event)), moved)
  })
}

test('each definition names the events that move it', () => {
  const movedBy = new Map<string, Set<string>>()
  for (const { event, moved } of moves) {
    for (const series of Object.keys(moved)) {
      const base = series.replace(/\{.*/, '')
      const name = base.includes('duration_seconds') ? base.replace(/_(sum|count)$/, '') : base
      movedBy.set(name, (movedBy.get(name) ?? new Set()).add(event.type))
    }
  }
  for (const { name, events } of Object.values(metricDefinitions)) {
    assert.deepEqual([...events].sort(), [...(movedBy.get(name) ?? [])].sort(), name)
  }
})

test('every event is in the table above', () => {
  const covered = new Set<string>(moves.map(({ event }) => event.type))
  assert.deepEqual(
    Object.keys(freshMetrics().handlers).filter((type) => !covered.has(type)),
    [],
  )
})

test('an observation falls into its bucket and every larger one', async () => {
  const metrics = freshMetrics()
  publish(metrics, { ...base, ...grant, type: 'device_authorization.approved', durationSeconds: 45 })
  const found = await samples(metrics)
  const at = (le: string) => found.get(`oauth_device_code_authorization_duration_seconds_bucket{le="${le}"}`)
  assert.deepEqual(['30', '45', '60', '1800', '+Inf'].map(at), [0, 1, 1, 1, 1])
})

test('a registered route has its 500 at 0 and nothing else', async () => {
  assert.deepEqual(
    await movedBy((metrics) => metrics.http.route('POST', '/oauth/token')),
    {},
    'nothing moved',
  )
  const metrics = freshMetrics()
  metrics.http.route('POST', '/oauth/token')
  const found = [...(await samples(metrics)).keys()].filter((series) => series.includes('/oauth/token'))
  assert.deepEqual(found, ['http_requests_total{method="POST",path="/oauth/token",status="500"}'])
})

test('an answered request moves count, duration and, while it runs, the number in flight', async () => {
  const metrics = freshMetrics()
  const route = metrics.http.route('GET', '/account/sessions/:id')
  route.requestStarted()
  route.requestStarted()
  assert.equal((await samples(metrics)).get('http_requests_in_flight'), 2)
  route.requestFinished(200, 0.5)
  route.requestFinished(200, 0.25)
  const found = await samples(metrics)
  const labels = 'method="GET",path="/account/sessions/:id"'
  assert.equal(found.get('http_requests_in_flight'), 0)
  assert.equal(found.get(`http_requests_total{${labels},status="200"}`), 2)
  assert.equal(found.get(`http_requests_total{${labels},status="500"}`), 0)
  assert.equal(found.get(`http_request_duration_seconds_count{${labels}}`), 2)
  assert.equal(found.get(`http_request_duration_seconds_sum{${labels}}`), 0.75)
})

test('no client can make a series: methods, paths and statuses outside the known ones share one', async () => {
  const metrics = freshMetrics()
  for (let request = 0; request < 1000; request++) {
    const route = metrics.http.unmatched(`METHOD${request}`)
    route.requestStarted()
    route.requestFinished(404, 0)
  }
  const once = metrics.http.unmatched('PATCH')
  once.requestStarted()
  once.requestFinished(Number.NaN, 0)
  const series = [...(await samples(metrics))].filter(([name]) => name.startsWith('http_requests_total'))
  assert.deepEqual(series, [
    ['http_requests_total{method="OTHER",path="unknown",status="404"}', 1000],
    ['http_requests_total{method="PATCH",path="unknown",status="other"}', 1],
  ])
})

test('gauges show the counts of the store and their age', async () => {
  const metrics = freshMetrics(async () => ({
    counts: {
      deviceCodesActive: 5,
      deviceCodesPending: 4,
      accessTokensActive: 3,
      refreshTokensActive: 2,
      sessionsActive: 1,
      clients: { operator: 4, self_service: 3, registration: 2, metadata_document: 0 },
    },
    ageSeconds: 1.5,
  }))
  const found = await samples(metrics)
  assert.equal(found.get('oauth_device_codes_active'), 5)
  assert.equal(found.get('oauth_device_codes_pending_authorization'), 4)
  assert.equal(found.get('oauth_tokens_active{token_type="access"}'), 3)
  assert.equal(found.get('oauth_tokens_active{token_type="refresh"}'), 2)
  assert.equal(found.get('sessions_active'), 1)
  assert.equal(found.get('authgate_clients{origin="operator"}'), 4)
  assert.equal(found.get('authgate_clients{origin="registration"}'), 2)
  assert.equal(found.get('authgate_clients{origin="metadata_document"}'), 0)
  assert.equal(found.get('authgate_gauge_snapshot_age_seconds'), 1.5)
})

test('a store that was never counted leaves its gauges out; everything else is served', async () => {
  let reading: GaugeReading | undefined
  const metrics = freshMetrics(async () => reading)
  const before = await samples(metrics)
  assert.equal(before.has('sessions_active'), false)
  assert.equal(before.get('sessions_created_total'), 0)
  reading = noCounts
  assert.equal((await samples(metrics)).get('sessions_active'), 0)
})

test('the recorders beside the events move their own metric', async () => {
  assert.deepEqual(
    await movedBy((metrics) => {
      metrics.listenerFailed('audit')
      metrics.listenerFailed('unheard of')
      metrics.auditEventsDropped(3)
      metrics.rateLimitCountedAlone()
      const cache = metrics.cache('client')
      cache.hit()
      cache.hit()
      cache.miss()
      cache.failed()
      metrics.queryFailed('count_gauges')
      metrics.gaugesRefreshed(2)
    }),
    {
      'authgate_event_listener_errors_total{observer="audit"}': 1,
      'authgate_event_listener_errors_total{observer="other"}': 1,
      audit_events_dropped_total: 3,
      authgate_rate_limits_counted_alone_total: 1,
      'cache_hits_total{cache_name="client"}': 2,
      'cache_misses_total{cache_name="client"}': 1,
      'cache_errors_total{cache_name="client",operation="get_with_fetch"}': 1,
      'database_query_errors_total{operation="count_gauges"}': 1,
      authgate_gauge_refresh_duration_seconds_sum: 2,
      authgate_gauge_refresh_duration_seconds_count: 1,
    },
  )
})

const prometheusAccept =
  'application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

test('the format follows the Accept header', () => {
  const cases: [string | undefined, boolean][] = [
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['text/plain', false],
    ['application/openmetrics-text', true],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', true],
    [prometheusAccept, true],
    ['text/plain;q=0.9, application/openmetrics-text;q=0.5', false],
    ['application/openmetrics-text;q=0', false],
    ['Application/OpenMetrics-Text', true],
    ['application/openmetrics-text;q=high', false],
  ]
  for (const [accept, expected] of cases) assert.equal(prefersOpenMetrics(accept), expected, String(accept))
})

test('both formats carry the same samples, in any order of asking', async () => {
  const metrics = freshMetrics()
  publish(metrics, issued)
  const openMetrics = await metrics.exposition(prometheusAccept)
  const text = await metrics.exposition(undefined)
  assert.equal(openMetrics.contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  assert.equal(text.contentType, 'text/plain; version=0.0.4; charset=utf-8')
  assert.match(openMetrics.body, /# TYPE oauth_tokens_issued counter\noauth_tokens_issued_total\{/)
  assert.match(openMetrics.body, /\n# EOF\n$/)
  assert.match(text.body, /# TYPE oauth_tokens_issued_total counter\noauth_tokens_issued_total\{/)
  assert.deepEqual(await samples(metrics, prometheusAccept), await samples(metrics))
})

test('process metrics are included on request, in both formats, and belong to this registry only', async () => {
  const metrics = createMetrics({ version: '1', readGauges: async () => undefined, processMetrics: true })
  const text = await metrics.exposition(undefined)
  const openMetrics = await metrics.exposition(prometheusAccept)
  assert.match(text.body, /\nprocess_cpu_seconds_total \d/)
  assert.match(openMetrics.body, /# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total \d/)
  assert.match((await metrics.exposition(undefined)).body, /# TYPE process_cpu_seconds_total counter/)
  const other = await freshMetrics().exposition(undefined)
  assert.doesNotMatch(other.body, /process_cpu/)
})
