/**
 * Metrics: what each event moves, how requests are counted, and the exposition. prom-client is the registry and
 * writes the text; this is the only file that loads it, so that a server without metrics never does.
 */
import type { Metric, OpenMetricsContentType } from 'prom-client'
import collectDefaultMetrics from 'prom-client/lib/defaultMetrics.js'
import Registry from 'prom-client/lib/registry.js'
import type { EventHandlers } from '../events/catalogue.ts'
import { rejectionOf } from './authorization-rejections.ts'
import type { GaugeReading } from './gauges.ts'
import {
  clientOrigins,
  type Labels,
  type MetricDefinition,
  type MetricType,
  metricDefinitions,
} from './metric-definitions.ts'
import { type Collector, type CounterSeries, type HistogramSeries, MetricFamily } from './metric-family.ts'

/** Counts the requests of one route. Bound when the route is registered; each call is a few additions. */
export interface RouteMetrics {
  /** A request arrived. */
  requestStarted(): void
  /** It was answered. @param seconds from its arrival. */
  requestFinished(status: number, seconds: number): void
}

export interface Exposition {
  contentType: string
  body: string
}

export type QueryOperation = 'count_gauges' | 'insert_audit'

export interface Metrics {
  readonly handlers: EventHandlers
  readonly http: {
    /** @param path the route template. Makes `http_requests_total{status="500"}` of the route exist at 0. */
    route(method: string, path: string): RouteMetrics
    /** For requests no route matched; any method may be passed. */
    unmatched(method: string): RouteMetrics
  }
  /** An observer of the event bus failed. */
  listenerFailed(observer: string): void
  auditEventsDropped(count: number): void
  /** A limit of all replicas was counted in this one. */
  rateLimitCountedAlone(): void
  /** How the reads of one cache fared. */
  cache(name: 'client'): { hit(): void; miss(): void; failed(): void }
  queryFailed(operation: QueryOperation): void
  /** A count of the store for the gauges succeeded. */
  gaugesRefreshed(seconds: number): void
  /**
   * Everything, in OpenMetrics when `accept` prefers it and in Prometheus' text format otherwise.
   * @param accept value of the `Accept` header.
   */
  exposition(accept: string | undefined): Promise<Exposition>
}

export interface MetricsOptions {
  version: string
  /** The newest counts of the store; the gauges have no samples while there are none. */
  readGauges(): Promise<GaugeReading | undefined>
  /** Whether `process_…` and `nodejs_…` metrics are included: they watch the whole process. */
  processMetrics: boolean
}

export function createMetrics(options: MetricsOptions): Metrics {
  const families = createFamilies()
  const text = new Registry()
  const openMetrics = new Registry<OpenMetricsContentType>()
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const family of Object.values(families)) {
    text.registerMetric(asMetric(family.collector()))
    openMetrics.registerMetric(asMetric(family.collector()))
  }
  if (options.processMetrics) {
    const processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
    for (const metric of processRegistry.getMetricsAsArray()) {
      text.registerMetric(asMetric(viewOf(metric)))
      openMetrics.registerMetric(asMetric(viewOf(metric)))
    }
  }
  families.buildInfo.bind({ version: options.version }).set(1)
  const listenerErrors = families.eventListenerErrors.bindEach('observer', {})
  const queryErrors = families.databaseQueryErrors.bindEach('operation', {})
  const auditDropped = families.auditEventsDropped.bind({})
  const countedAlone = families.rateLimitsCountedAlone.bind({})
  const gaugeRefreshDuration = families.gaugeRefreshDuration.bind({})
  const showGauges = gaugeWriter(families)

  return {
    handlers: createHandlers(families),
    http: createHttpMetrics(families),
    listenerFailed: (observer) => listenerErrors(observer as 'metrics').inc(),
    auditEventsDropped: (count) => auditDropped.inc(count),
    rateLimitCountedAlone: () => countedAlone.inc(),
    cache(name) {
      const hits = families.cacheHits.bind({ cache_name: name })
      const misses = families.cacheMisses.bind({ cache_name: name })
      const errors = families.cacheErrors.bind({ cache_name: name, operation: 'get_with_fetch' })
      return { hit: () => hits.inc(), miss: () => misses.inc(), failed: () => errors.inc() }
    },
    queryFailed: (operation) => queryErrors(operation).inc(),
    gaugesRefreshed: (seconds) => gaugeRefreshDuration.observe(seconds),
    async exposition(accept) {
      showGauges(await options.readGauges())
      const registry = prefersOpenMetrics(accept) ? openMetrics : text
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

type Definitions = typeof metricDefinitions
type FamilyOf<D> =
  D extends MetricDefinition<infer Type extends MetricType, infer L extends Labels>
    ? MetricFamily<Type, L>
    : never
type Families = { readonly [K in keyof Definitions]: FamilyOf<Definitions[K]> }

function createFamilies(): Families {
  const families = Object.entries(metricDefinitions).map(([key, definition]) => [
    key,
    new MetricFamily<MetricType, Labels>(definition, { method: 'OTHER' }),
  ])
  return Object.fromEntries(families) as Families
}

/** The registry calls nothing but the members a {@link Collector} has; its types ask for prom-client's own classes. */
function asMetric(collector: Collector): Metric {
  return collector as unknown as Metric
}

/** One of prom-client's own metrics, for one more registry under a name of its own. */
function viewOf(metric: ReturnType<Registry['getMetricsAsArray']>[number]): Collector {
  const source = metric as unknown as Collector
  const view: Collector = {
    name: source.name,
    help: source.help,
    type: source.type,
    get: async () => ({ ...(await source.get()), name: view.name }),
  }
  return view
}

function createHandlers(families: Families): EventHandlers {
  const deviceCodes = families.deviceCodes.bindEach('result', {})
  const deviceCodesAuthorized = families.deviceCodesAuthorized.bind({})
  const authorizationDuration = families.deviceCodeAuthorizationDuration.bind({})
  const deviceCodeValidation = families.deviceCodeValidation.bindEach('result', {})
  const pushedRequests = families.pushedRequests.bindEach('result', {})
  const authorizations = families.authorizationRequests.bindEach('result', {})
  const authorizationRejections = families.authorizationRejections.bindEach('reason', {})
  const refreshReuse = families.refreshReuse.bindEach('outcome', {})
  const tokenAudience = families.tokenAudience.bindEach('kind', {})
  const accessTokensIssued = families.tokensIssued.bindEach('grant_type', { token_type: 'access' })
  const refreshTokensIssued = families.tokensIssued.bindEach('grant_type', { token_type: 'refresh' })
  const generationDuration = families.tokenGenerationDuration.bind({ provider: 'local' })
  const tokensRefreshed = families.tokensRefreshed.bindEach('result', {})
  const tokensRevoked = families.tokensRevoked.bindEach('reason', {})
  const tokenValidation = families.tokenValidation.bindEach('result', {})
  const validationDuration = families.tokenValidationDuration.bind({ provider: 'local' })
  const attempts = {
    success: families.authAttempts.bindEach('method', { result: 'success' }),
    failure: families.authAttempts.bindEach('method', { result: 'failure' }),
  }
  const logins = {
    success: families.authLogin.bindEach('auth_source', { result: 'success' }),
    failure: families.authLogin.bindEach('auth_source', { result: 'failure' }),
  }
  const loginDuration = families.authLoginDuration.bindEach('method', {})
  const callbacks = {
    success: families.authOauthCallback.bindEach('provider', { result: 'success' }),
    error: families.authOauthCallback.bindEach('provider', { result: 'error' }),
  }
  const externalApiDuration = families.authExternalApiDuration.bindEach('provider', {})
  const logouts = families.authLogout.bind({})
  const sessionsCreated = families.sessionsCreated.bind({})
  const sessionsExpired = families.sessionsExpired.bindEach('reason', {})
  const sessionsInvalidated = families.sessionsInvalidated.bindEach('reason', {})
  const sessionDuration = families.sessionDuration.bind({})
  const backchannelLogouts = families.backchannelLogouts.bindEach('result', {})
  const clientRegistrations = families.clientRegistrations.bindEach('result', {})
  const documentFetches = families.clientDocumentFetches.bindEach('result', {})
  const documentFetchDuration = families.clientDocumentFetchDuration.bind({})
  const documentUses = families.clientDocumentCache.bindEach('result', {})
  const factorAttempts = {
    success: families.secondFactorAttempts.bindEach('factor', { result: 'success' }),
    failure: families.secondFactorAttempts.bindEach('factor', { result: 'failure' }),
  }
  const passwordChanges = families.passwordChanges.bindEach('occasion', {})
  const confirmations = families.confirmations.bindEach('result', {})
  const mails = {
    success: families.mails.bindEach('kind', { result: 'success' }),
    error: families.mails.bindEach('kind', { result: 'error' }),
  }
  const rateLimitExceeded = families.rateLimitExceeded.bindEach('policy', {})

  return {
    'device_authorization.issued': () => deviceCodes('success').inc(),
    'device_authorization.refused': () => deviceCodes('error').inc(),
    'device_authorization.approved': (event) => {
      deviceCodesAuthorized.inc()
      authorizationDuration.observe(event.durationSeconds)
    },
    // A denial shows when the device asks next, as a validation with result `denied`.
    'device_authorization.denied': null,
    'device_authorization.polled': (event) =>
      deviceCodeValidation(event.result === 'slow_down' ? 'pending' : event.result).inc(),
    'authorization_request.pushed': (event) => pushedRequests(event.result).inc(),
    'authorization.approved': () => authorizations('approved').inc(),
    'authorization.denied': () => authorizations('denied').inc(),
    'authorization.refused': (event) => {
      authorizations('refused').inc()
      authorizationRejections(rejectionOf(event)).inc()
    },
    // The tokens it ends are announced as `token.revoked` with reason `security`.
    'authorization_code.reused': null,
    // Its tokens are announced as `token.revoked`.
    'consent.withdrawn': null,
    'token.issued': (event) => {
      accessTokensIssued(event.grantType).inc()
      tokenAudience(event.audience).inc()
      if (event.refreshTokenId !== undefined) refreshTokensIssued(event.grantType).inc()
      generationDuration.observe(event.durationSeconds)
    },
    'token.refreshed': (event) => {
      tokensRefreshed(event.result).inc()
      if (event.withinGrace === true) refreshReuse('grace').inc()
    },
    'token.revoked': (event) => tokensRevoked(event.reason).inc(event.accessTokens + event.refreshTokens),
    // The tokens it ends are announced as `token.revoked` with reason `security`.
    'refresh_token.reused': () => refreshReuse('revoked').inc(),
    // Seen in the gauge alone.
    'token.disabled': null,
    'token.enabled': null,
    'token.validated': (event) => {
      tokenValidation(event.result).inc()
      validationDuration.observe(event.durationSeconds)
    },
    // Counted as a validation when the caller was authorized; a refused caller is no validation.
    'introspection.refused': null,
    // Visible as `http_requests_total{status="401"}`.
    'client.authentication_failed': null,
    'login.succeeded': (event) => {
      attempts.success(event.method).inc()
      logins.success(event.authSource).inc()
      loginDuration(event.method).observe(event.durationSeconds)
    },
    'login.failed': (event) => {
      attempts.failure(event.method).inc()
      logins.failure(event.authSource).inc()
      loginDuration(event.method).observe(event.durationSeconds)
    },
    'identity_provider.callback': (event) => callbacks[event.result](event.provider).inc(),
    'identity_provider.requested': ({ provider, step, durationSeconds }) =>
      families.identityProviderRequestDuration.bind({ provider, step }).observe(durationSeconds),
    // The audit log has them, one by one.
    'identity_connection.linked': null,
    'identity_connection.unlinked': null,
    'external_api.called': (event) => externalApiDuration(event.provider).observe(event.durationSeconds),
    'session.created': () => sessionsCreated.inc(),
    'session.ended': (event) => {
      if (event.reason === 'security' || event.reason === 'admin') sessionsInvalidated(event.reason).inc()
      else sessionsExpired(event.reason).inc()
      if (event.byOwnLogout) logouts.inc()
      sessionDuration.observe(event.durationSeconds)
    },
    // Rare acts of administration: the audit log has them, one by one.
    'backchannel_logout.delivered': () => backchannelLogouts('delivered').inc(),
    'backchannel_logout.failed': (event) => backchannelLogouts(event.willRetry ? 'retry' : 'failed').inc(),
    'client.created': null,
    'client.registered': () => clientRegistrations('success').inc(),
    'client.registration_refused': () => clientRegistrations('error').inc(),
    'client.updated': null,
    'client.secret_replaced': null,
    'client.approved': null,
    'client.rejected': null,
    'client.deactivated': null,
    'client.activated': null,
    'client.access_ended': null,
    'client.deleted': null,
    'client_document.fetched': (event) => {
      documentFetches(event.result).inc()
      if (event.result !== 'denied' && event.result !== 'rate_limited') {
        documentFetchDuration.observe(event.durationSeconds)
      }
    },
    'client_document.used': (event) => documentUses(event.cache).inc(),
    'client_document.discovered': null,
    'client_document.changed': null,
    'client_document.withdrawn': null,
    'client_document.pinned': null,
    'client_document.unpinned': null,
    'resource.created': null,
    'resource.updated': null,
    'resource.deleted': null,
    'account.created': null,
    'account.disabled': null,
    'account.enabled': null,
    'account.updated': null,
    'account.deleted': null,
    'account.password_reset': null,
    // A rare act: the audit log has it.
    'audit_log.exported': null,
    'account.password_changed': (event) => passwordChanges(event.occasion).inc(),
    // A mail that is sent is counted as such; the audit log has the others.
    'account.recovery_requested': null,
    'account.profile_changed': null,
    'account.email_verified': null,
    'second_factor.added': null,
    'second_factor.removed': null,
    'passkey.renamed': null,
    'second_factor.reset': null,
    'recovery_codes.created': null,
    'second_factor.tried': (event) => factorAttempts[event.result](event.factor).inc(),
    'session.confirmed': (event) => confirmations(event.result).inc(),
    'mail.sent': (event) => mails[event.result](event.kind).inc(),
    'rate_limit.exceeded': (event) => rateLimitExceeded(event.policy).inc(),
    // Visible as `http_requests_total{status="403"}`.
    'csrf.rejected': null,
    // A few in a quarter of a year: the audit log has them, one by one.
    'signing_key.created': null,
    'signing_key.activated': null,
    'signing_key.retired': null,
  }
}

const highestStatus = 999

function createHttpMetrics(families: Families): Metrics['http'] {
  const { httpRequests, httpRequestDuration } = families
  const inFlight = families.httpRequestsInFlight.bind({})
  const unmatched = new Map<string, RouteMetrics>()

  const bindRoute = (method: string, path: string): RouteMetrics => {
    // The type lists the standard methods; the family turns any other into `OTHER`.
    const labels = { method: method as 'GET', path }
    // Sparse and indexed by status, so that finding a series is one load.
    const byStatus: (CounterSeries | undefined)[] = []
    let duration: HistogramSeries | undefined
    return {
      requestStarted: () => inFlight.inc(),
      requestFinished(status, seconds) {
        inFlight.dec()
        const known = byStatus[status]
        if (known !== undefined) known.inc()
        else {
          const isStatus = Number.isInteger(status) && status >= 100 && status <= highestStatus
          const series = httpRequests.bind({ ...labels, status: isStatus ? String(status) : 'other' })
          if (isStatus) byStatus[status] = series
          series.inc()
        }
        duration ??= httpRequestDuration.bind(labels)
        duration.observe(seconds)
      },
    }
  }
  return {
    route(method, path) {
      httpRequests.bind({ method: method as 'GET', path, status: '500' })
      return bindRoute(method, path)
    },
    unmatched(method) {
      const label = (httpRequests.definition.labels.method as readonly string[]).includes(method)
        ? method
        : 'OTHER'
      let route = unmatched.get(label)
      if (route === undefined) {
        route = bindRoute(label, 'unknown')
        unmatched.set(label, route)
      }
      return route
    },
  }
}

/** Shows the counts of the store, or leaves out what was never counted: an unknown count is not 0. */
function gaugeWriter(families: Families): (reading: GaugeReading | undefined) => void {
  const counted = [
    families.deviceCodesActive,
    families.deviceCodesPending,
    families.tokensActive,
    families.sessionsActive,
    families.clients,
    families.gaugeSnapshotAge,
  ]
  const deviceCodesActive = families.deviceCodesActive.bind({})
  const deviceCodesPending = families.deviceCodesPending.bind({})
  const accessTokens = families.tokensActive.bind({ token_type: 'access' })
  const refreshTokens = families.tokensActive.bind({ token_type: 'refresh' })
  const sessions = families.sessionsActive.bind({})
  const clients = clientOrigins.map((origin) => ({ origin, gauge: families.clients.bind({ origin }) }))
  const age = families.gaugeSnapshotAge.bind({})
  return (reading) => {
    for (const family of counted) family.hidden = reading === undefined
    if (reading === undefined) return
    deviceCodesActive.set(reading.counts.deviceCodesActive)
    deviceCodesPending.set(reading.counts.deviceCodesPending)
    accessTokens.set(reading.counts.accessTokensActive)
    refreshTokens.set(reading.counts.refreshTokensActive)
    sessions.set(reading.counts.sessionsActive)
    for (const { origin, gauge } of clients) gauge.set(reading.counts.clients[origin])
    age.set(reading.ageSeconds)
  }
}

/**
 * Whether an `Accept` header (RFC 9110 §12.5.1) names OpenMetrics and gives it at least the weight of plain text.
 * Wildcards mean the text format, which everything reads.
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  let openMetrics = 0
  let text = 0
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    if (Number.isNaN(quality)) continue
    if (type === 'application/openmetrics-text') openMetrics = Math.max(openMetrics, quality)
    else if (type === 'text/plain') text = Math.max(text, quality)
  }
  return openMetrics > 0 && openMetrics >= text
}
