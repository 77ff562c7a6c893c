/**
 * The 27 metrics of the founding document, written down once more from the document itself and the contract that
 * says which label values they have. Nothing here is read from the server, so the two can disagree.
 */

export interface FoundingMetric {
  type: 'counter' | 'gauge' | 'histogram'
  labels: Record<string, readonly string[]>
  buckets?: readonly number[]
}

const tokenBuckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const loginBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const methods = ['local', 'http_api', 'oauth']
const providers = ['microsoft', 'github', 'gitea', 'gitlab', 'oidc']

export const foundingMetrics = {
  oauth_device_codes_total: { type: 'counter', labels: { result: ['success', 'error'] } },
  oauth_device_codes_authorized_total: { type: 'counter', labels: {} },
  oauth_device_code_validation_total: {
    type: 'counter',
    labels: { result: ['success', 'expired', 'invalid', 'pending', 'denied'] },
  },
  oauth_device_codes_active: { type: 'gauge', labels: {} },
  oauth_device_codes_pending_authorization: { type: 'gauge', labels: {} },
  oauth_device_code_authorization_duration_seconds: {
    type: 'histogram',
    labels: {},
    buckets: [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800],
  },
  oauth_tokens_issued_total: {
    type: 'counter',
    labels: {
      token_type: ['access', 'refresh'],
      grant_type: [
        'device_code',
        'refresh_token',
        'authorization_code',
        'client_credentials',
        'token_exchange',
      ],
    },
  },
  oauth_tokens_revoked_total: {
    type: 'counter',
    labels: { reason: ['user_request', 'admin', 'rotation', 'security'] },
  },
  oauth_tokens_refreshed_total: { type: 'counter', labels: { result: ['success', 'error'] } },
  oauth_token_validation_total: { type: 'counter', labels: { result: ['valid', 'invalid', 'expired'] } },
  oauth_tokens_active: { type: 'gauge', labels: { token_type: ['access', 'refresh'] } },
  oauth_token_generation_duration_seconds: {
    type: 'histogram',
    labels: { provider: ['local'] },
    buckets: tokenBuckets,
  },
  oauth_token_validation_duration_seconds: {
    type: 'histogram',
    labels: { provider: ['local'] },
    buckets: tokenBuckets,
  },
  auth_attempts_total: { type: 'counter', labels: { method: methods, result: ['success', 'failure'] } },
  auth_login_total: {
    type: 'counter',
    labels: { auth_source: ['local', 'http_api', ...providers], result: ['success', 'failure'] },
  },
  auth_logout_total: { type: 'counter', labels: {} },
  auth_oauth_callback_total: {
    type: 'counter',
    labels: { provider: providers, result: ['success', 'error'] },
  },
  auth_login_duration_seconds: { type: 'histogram', labels: { method: methods }, buckets: loginBuckets },
  auth_external_api_duration_seconds: {
    type: 'histogram',
    labels: { provider: ['http_api'] },
    buckets: loginBuckets,
  },
  sessions_active: { type: 'gauge', labels: {} },
  sessions_created_total: { type: 'counter', labels: {} },
  sessions_expired_total: {
    type: 'counter',
    labels: { reason: ['timeout', 'idle_timeout', 'logout', 'fingerprint_mismatch'] },
  },
  sessions_invalidated_total: { type: 'counter', labels: { reason: ['security', 'admin'] } },
  session_duration_seconds: {
    type: 'histogram',
    labels: {},
    buckets: [60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400, 604_800, 2_592_000],
  },
  // The values of `path` are routes, so these two say only what else there is.
  http_requests_total: { type: 'counter', labels: {} },
  http_request_duration_seconds: {
    type: 'histogram',
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  http_requests_in_flight: { type: 'gauge', labels: {} },
} as const satisfies Record<string, FoundingMetric>

export type FoundingName = keyof typeof foundingMetrics

/** The metrics whose series are not known beforehand: one of their labels is the route. */
export const metricsByRoute: readonly FoundingName[] = [
  'http_requests_total',
  'http_request_duration_seconds',
]

/** @returns every sample a metric with closed labels has, as the page writes them. */
export function samplesOf(name: FoundingName): string[] {
  const { type, labels, buckets = [] }: FoundingMetric = foundingMetrics[name]
  let combinations: string[][] = [[]]
  for (const [label, values] of Object.entries(labels)) {
    combinations = combinations.flatMap((known) => values.map((value) => [...known, `${label}="${value}"`]))
  }
  return combinations.flatMap((pairs) => {
    if (type !== 'histogram') return [sample(name, pairs)]
    const bounds = [...buckets.map(String), '+Inf']
    return [
      ...bounds.map((bound) => sample(`${name}_bucket`, [`le="${bound}"`, ...pairs])),
      sample(`${name}_sum`, pairs),
      sample(`${name}_count`, pairs),
    ]
  })
}

/** @returns what a histogram's samples show after these observations; samples at 0 are left out. */
export function observed(
  name: FoundingName,
  values: readonly number[],
  labels: Record<string, string> = {},
): Record<string, number> {
  const { buckets = [] }: FoundingMetric = foundingMetrics[name]
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const shown: Record<string, number> = {}
  for (const bound of [...buckets, Number.POSITIVE_INFINITY]) {
    const count = values.filter((value) => value <= bound).length
    const text = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
    if (count > 0) shown[sample(`${name}_bucket`, [`le="${text}"`, ...pairs])] = count
  }
  const sum = values.reduce((total, value) => total + value, 0)
  if (sum > 0) shown[sample(`${name}_sum`, pairs)] = sum
  if (values.length > 0) shown[sample(`${name}_count`, pairs)] = values.length
  return shown
}

function sample(name: string, pairs: readonly string[]): string {
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

/** Whether a sample of the page belongs to one of the 27 metrics. */
export function isFounding(sample: string): boolean {
  const name = sample.replace(/\{.*$/, '')
  return (
    Object.hasOwn(foundingMetrics, name) ||
    Object.hasOwn(foundingMetrics, name.replace(/_(bucket|sum|count)$/, ''))
  )
}
