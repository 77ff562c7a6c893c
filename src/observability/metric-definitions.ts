/**
 * Every metric this server exposes, once, as data: `metrics.ts` builds its families from this table and
 * `docs/metrics.md` is generated from it. Names, types and label names are a public contract; label values come from
 * closed lists, so that no client can make a series.
 */
import type {
  AuthMethod,
  AuthSource,
  ClientDocumentFetchResult,
  ClientDocumentUse,
  DevicePollResult,
  EventType,
  FactorUse,
  GrantType,
  IdentityProviderName,
  IdentityProviderStep,
  MailKind,
  RateLimitPolicy,
  RevocationReason,
  SessionExpiryReason,
  SessionInvalidationReason,
  TokenAudience,
  TokenType,
  TokenValidationResult,
} from '../events/catalogue.ts'
import type { StoreCounts } from '../storage/storage.ts'
import { authorizationRejections } from './authorization-rejections.ts'

/** A label whose values are known only at run time, from a bounded set that no client can extend. */
export interface OpenLabel {
  /** Where the values come from, for the documentation. */
  readonly from: string
}

export type LabelValues = readonly string[] | OpenLabel
export type Labels = Readonly<Record<string, LabelValues>>
export type MetricType = 'counter' | 'gauge' | 'histogram'

export interface MetricDefinition<
  Type extends MetricType = MetricType,
  L extends Labels = Labels,
  Name extends string = string,
> {
  readonly name: Name
  readonly type: Type
  /** One line for the exposition; without double quotes, which OpenMetrics would escape and the text format would not. */
  readonly help: string
  readonly labels: L
  /** Upper bounds, ascending, without `+Inf`; only for histograms. */
  readonly buckets: readonly number[] | undefined
  /** The events that move it; none for what is counted from the store or at the server's edge. */
  readonly events: readonly EventType[]
  /** What moves it, for the documentation. */
  readonly moves: string
}

export function isOpenLabel(values: LabelValues): values is OpenLabel {
  return !Array.isArray(values)
}

/** Lists the members of a union; the compiler insists on all of them and on nothing else. */
function every<Union extends string>(members: Readonly<Record<Union, true>>): readonly Union[] {
  return Object.keys(members) as Union[]
}

const results = ['success', 'error'] as const
const attemptResults = ['success', 'failure'] as const
const localProvider = ['local'] as const
const tokenTypes = every<TokenType>({ access: true, refresh: true })
const authMethods = every<AuthMethod>({ local: true, http_api: true, oauth: true })

/** A person needs seconds to minutes to approve a device. */
const approvalBuckets = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800]
/** A signature and a commit take microseconds to milliseconds. */
const tokenBuckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const loginBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** From a minute to the thirty days of a remembered session. */
const sessionBuckets = [60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400, 604_800, 2_592_000]
const httpBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const countBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const sameOnReplicas = '; every replica reports the same value, so aggregate with max or avg'

/** Who made a client. */
export const clientOrigins = every<keyof StoreCounts['clients']>({
  operator: true,
  self_service: true,
  registration: true,
  metadata_document: true,
})

/** Methods of RFC 9110 §9 and RFC 5789. Whatever else a request line says is `OTHER`. */
const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] as const
const routes: OpenLabel = { from: 'the registered route templates; `unknown` when none matched' }
const statuses: OpenLabel = { from: 'three-digit HTTP status codes that were answered' }

interface Described {
  help: string
  events?: readonly EventType[]
  moves: string
}

function counter<const Name extends string, const L extends Labels>(
  name: Name,
  options: Described & { labels: L },
): MetricDefinition<'counter', L, Name> {
  return { events: [], ...options, name, type: 'counter', buckets: undefined }
}

function gauge<const Name extends string, const L extends Labels>(
  name: Name,
  options: Described & { labels: L },
): MetricDefinition<'gauge', L, Name> {
  return { events: [], ...options, name, type: 'gauge', buckets: undefined }
}

function histogram<const Name extends string, const L extends Labels>(
  name: Name,
  options: Described & { labels: L; buckets: readonly number[] },
): MetricDefinition<'histogram', L, Name> {
  return { events: [], ...options, name, type: 'histogram' }
}

export const metricDefinitions = {
  // Device flow
  deviceCodes: counter('oauth_device_codes_total', {
    help: 'Total device codes generated',
    labels: { result: results },
    events: ['device_authorization.issued', 'device_authorization.refused'],
    moves:
      'Each answered `POST /oauth/device/code` that no rate limit turned away: `success` once the code is committed, else `error`.',
  }),
  deviceCodesAuthorized: counter('oauth_device_codes_authorized_total', {
    help: 'Total device codes authorized by users',
    labels: {},
    events: ['device_authorization.approved'],
    moves: 'Each committed approval.',
  }),
  deviceCodeValidation: counter('oauth_device_code_validation_total', {
    help: 'Device code validation attempts',
    labels: {
      result: every<Exclude<DevicePollResult, 'slow_down'>>({
        success: true,
        expired: true,
        invalid: true,
        pending: true,
        denied: true,
      }),
    },
    events: ['device_authorization.polled'],
    moves:
      'Each token request of the device grant that carries a `device_code` and an identified client: `success` when tokens were committed, `pending` for `authorization_pending` and `slow_down`, `expired` for `expired_token`, `denied` for `access_denied`, `invalid` for the rest.',
  }),
  deviceCodesActive: gauge('oauth_device_codes_active', {
    help: `Current number of active device codes${sameOnReplicas}`,
    labels: {},
    moves: 'Counted from the store: codes neither expired, denied nor redeemed.',
  }),
  deviceCodesPending: gauge('oauth_device_codes_pending_authorization', {
    help: `Device codes awaiting user authorization${sameOnReplicas}`,
    labels: {},
    moves: 'Counted from the store: active codes that nobody has approved yet.',
  }),
  deviceCodeAuthorizationDuration: histogram('oauth_device_code_authorization_duration_seconds', {
    help: 'Time for user to authorize device code',
    labels: {},
    buckets: approvalBuckets,
    events: ['device_authorization.approved'],
    moves: 'Each approval: from the issue of the code to the approval.',
  }),

  // Tokens
  tokensIssued: counter('oauth_tokens_issued_total', {
    help: 'Total tokens issued',
    labels: {
      token_type: tokenTypes,
      grant_type: every<GrantType>({
        device_code: true,
        refresh_token: true,
        authorization_code: true,
        client_credentials: true,
        token_exchange: true,
      }),
    },
    events: ['token.issued'],
    moves: 'Each committed access token and each committed refresh token.',
  }),
  tokensRevoked: counter('oauth_tokens_revoked_total', {
    help: 'Total tokens revoked',
    labels: {
      reason: every<RevocationReason>({ user_request: true, admin: true, rotation: true, security: true }),
    },
    events: ['token.revoked'],
    moves:
      'Each token that an act, not time, makes unusable: `user_request` (account pages, `POST /oauth/revoke`, consent withdrawn), `admin` (administration, command line, account disabled), `rotation` (a refresh token superseded, once), `security` (reuse or replay detected, password changed or reset).',
  }),
  tokensRefreshed: counter('oauth_tokens_refreshed_total', {
    help: 'Token refresh attempts',
    labels: { result: results },
    events: ['token.refreshed'],
    moves:
      'Each token request of the refresh grant that carries a `refresh_token`; one within the grace window is a `success`.',
  }),
  tokenValidation: counter('oauth_token_validation_total', {
    help: 'Token validation attempts',
    labels: { result: every<TokenValidationResult>({ valid: true, invalid: true, expired: true }) },
    events: ['token.validated'],
    moves:
      'Each token an authorized caller presents to token info, introspection, userinfo or this server’s own API: `expired` is one of ours past its time, `invalid` anything else that does not hold.',
  }),
  tokensActive: gauge('oauth_tokens_active', {
    help: `Current active tokens${sameOnReplicas}`,
    labels: { token_type: tokenTypes },
    moves: 'Counted from the store: tokens that are usable and not expired.',
  }),
  tokenGenerationDuration: histogram('oauth_token_generation_duration_seconds', {
    help: 'Token generation time',
    labels: { provider: localProvider },
    buckets: tokenBuckets,
    events: ['token.issued'],
    moves: 'Each answered grant: from the decision to issue until the tokens were committed.',
  }),
  tokenValidationDuration: histogram('oauth_token_validation_duration_seconds', {
    help: 'Token validation time',
    labels: { provider: localProvider },
    buckets: tokenBuckets,
    events: ['token.validated'],
    moves: 'Each validation that `oauth_token_validation_total` counts.',
  }),

  // Authentication
  authAttempts: counter('auth_attempts_total', {
    help: 'Total authentication attempts',
    labels: { method: authMethods, result: attemptResults },
    events: ['login.succeeded', 'login.failed'],
    moves:
      'Each finished attempt to prove who one is: the password form (`local`, `http_api`) or a provider callback (`oauth`). A request stopped by a limit or the CSRF check is no attempt.',
  }),
  authLogin: counter('auth_login_total', {
    help: 'Total login attempts',
    labels: {
      auth_source: every<AuthSource>({
        local: true,
        http_api: true,
        microsoft: true,
        github: true,
        gitea: true,
        gitlab: true,
        oidc: true,
      }),
      result: attemptResults,
    },
    events: ['login.succeeded', 'login.failed'],
    moves: 'The attempts of `auth_attempts_total`, by source.',
  }),
  authLogout: counter('auth_logout_total', {
    help: 'Total logouts',
    labels: {},
    events: ['session.ended'],
    moves: 'Each live session that its owner ends by signing out of it.',
  }),
  authOauthCallback: counter('auth_oauth_callback_total', {
    help: 'OAuth callback attempts',
    labels: {
      provider: every<IdentityProviderName>({
        microsoft: true,
        github: true,
        gitea: true,
        gitlab: true,
        oidc: true,
      }),
      result: results,
    },
    events: ['identity_provider.callback'],
    moves:
      'Each request to the callback of an enabled provider: `success` when a session began or the identity was connected to the account of whoever asked for that, else `error`.',
  }),
  authLoginDuration: histogram('auth_login_duration_seconds', {
    help: 'Login completion time',
    labels: { method: authMethods },
    buckets: loginBuckets,
    events: ['login.succeeded', 'login.failed'],
    moves:
      'Each attempt of `auth_attempts_total`: from the arrival of the request until the outcome was known.',
  }),
  authExternalApiDuration: histogram('auth_external_api_duration_seconds', {
    help: 'External API auth call time',
    labels: { provider: ['http_api'] },
    buckets: loginBuckets,
    events: ['external_api.called'],
    moves: 'Each HTTP exchange with the external authentication API; each retry is one.',
  }),

  // Sessions
  sessionsActive: gauge('sessions_active', {
    help: `Current active sessions${sameOnReplicas}`,
    labels: {},
    moves: 'Counted from the store: browser sessions that have not ended and are not past their time.',
  }),
  sessionsCreated: counter('sessions_created_total', {
    help: 'Total sessions created',
    labels: {},
    events: ['session.created'],
    moves: 'Each committed browser session, whatever the source of the login.',
  }),
  sessionsExpired: counter('sessions_expired_total', {
    help: 'Total sessions expired',
    labels: {
      reason: every<SessionExpiryReason>({
        timeout: true,
        idle_timeout: true,
        logout: true,
        fingerprint_mismatch: true,
      }),
    },
    events: ['session.ended'],
    moves:
      'Each session that ends as `timeout` (absolute lifetime over), `idle_timeout`, `logout` (this one, or another of one’s own from the account page) or `fingerprint_mismatch`.',
  }),
  sessionsInvalidated: counter('sessions_invalidated_total', {
    help: 'Total sessions invalidated',
    labels: { reason: every<SessionInvalidationReason>({ security: true, admin: true }) },
    events: ['session.ended'],
    moves:
      'Each session ended for `security` (password changed or reset, theft suspected) or by an `admin` (ended by one, account disabled or deleted).',
  }),
  sessionDuration: histogram('session_duration_seconds', {
    help: 'Session duration',
    labels: {},
    buckets: sessionBuckets,
    events: ['session.ended'],
    moves:
      'Each end of a session, of either kind: from its creation to the instant it ended, which for the two timeouts is when its time ran out.',
  }),

  // HTTP
  httpRequests: counter('http_requests_total', {
    help: 'Total HTTP requests',
    labels: { method: httpMethods, path: routes, status: statuses },
    moves:
      'Each answered request except those to `/metrics`; bytes that are no HTTP request are answered and not counted. A method outside the standard ones is `OTHER`. Status `500` exists at 0 for every registered route; the other series appear when first answered.',
  }),
  httpRequestDuration: histogram('http_request_duration_seconds', {
    help: 'HTTP request latency',
    labels: { method: httpMethods, path: routes },
    buckets: httpBuckets,
    moves: 'The requests of `http_requests_total`; a series appears with the first request of its route.',
  }),
  httpRequestsInFlight: gauge('http_requests_in_flight', {
    help: 'Current in-flight requests',
    labels: {},
    moves:
      'Up when a request arrives, down when it is answered or its connection is gone; not for `/metrics`.',
  }),

  // Beyond the contract
  databaseQueryErrors: counter('database_query_errors_total', {
    help: 'Database queries of background work that failed',
    labels: { operation: ['count_gauges', 'insert_audit'] },
    moves:
      'Each failed count for the gauges (`count_gauges`) and each failed write of audit records (`insert_audit`), which is tried again.',
  }),
  auditEventsDropped: counter('audit_events_dropped_total', {
    help: 'Audit events lost because the queue was full or could not be written at shutdown',
    labels: {},
    moves:
      'Each audit event that found the queue full, or was still waiting when the shutdown timeout ran out.',
  }),
  cacheHits: counter('cache_hits_total', {
    help: 'Reads a cache answered',
    labels: { cache_name: ['client'] },
    moves: 'Each look-up of a client that was remembered; see `CLIENT_CACHE_TTL`.',
  }),
  cacheMisses: counter('cache_misses_total', {
    help: 'Reads a cache passed on to the database',
    labels: { cache_name: ['client'] },
    moves: 'Each look-up of a client that was not remembered, or for too long.',
  }),
  cacheErrors: counter('cache_errors_total', {
    help: 'Reads a cache passed on and that failed',
    labels: { cache_name: ['client'], operation: ['get_with_fetch'] },
    moves: 'Each look-up of a client that the database did not answer.',
  }),
  buildInfo: gauge('authgate_build_info', {
    help: 'Always 1; the label says which version runs',
    labels: { version: { from: 'the version of this server' } },
    moves: 'Never.',
  }),
  clients: gauge('authgate_clients', {
    help: `Clients by who made them${sameOnReplicas}`,
    labels: { origin: clientOrigins },
    moves:
      'Counted from the store, whatever their state: made by an `operator`, by a person (`self_service`), by themselves (`registration`), or known by the document at their address (`metadata_document`).',
  }),
  gaugeSnapshotAge: gauge('authgate_gauge_snapshot_age_seconds', {
    help: 'Age of the counts behind the gauges that describe the store',
    labels: {},
    moves:
      'Set at each scrape. More than a few `METRICS_GAUGE_UPDATE_INTERVAL` means that counting fails or is slow.',
  }),
  gaugeRefreshDuration: histogram('authgate_gauge_refresh_duration_seconds', {
    help: 'Time one count of the store for the gauges took',
    labels: {},
    buckets: countBuckets,
    moves: 'Each successful count of the store for the gauges.',
  }),
  pushedRequests: counter('authgate_pushed_authorization_requests_total', {
    help: 'Pushed authorization requests',
    labels: { result: results },
    events: ['authorization_request.pushed'],
    moves:
      'Each answered `POST /oauth/par` that no rate limit turned away: `success` once the request is kept, else `error`.',
  }),
  authorizationRequests: counter('authgate_authorization_requests_total', {
    help: 'Authorization requests answered',
    labels: { result: ['approved', 'denied', 'refused'] },
    events: ['authorization.approved', 'authorization.denied', 'authorization.refused'],
    moves:
      'Each authorization request that came to its end: `approved` with a code, `denied` by its person, `refused` with an error, sent or shown. One that waits for its person moves nothing yet.',
  }),
  authorizationRejections: counter('authgate_authorization_rejections_total', {
    help: 'Authorization requests refused, by what was wrong',
    labels: { reason: authorizationRejections },
    events: ['authorization.refused'],
    moves:
      'Each authorization request that `authgate_authorization_requests_total` counts as `refused`: `unknown_client`; `redirect_uri` missing or not registered; `resource` unknown, closed or not allowed; `scope`; `pkce`; `policy` when the host of its document is not accepted; `document` when that could not be had or used; `approval` while its client waits; `sign_in` when no page may be shown and one is needed; `other`.',
  }),
  refreshReuse: counter('authgate_refresh_reuse_total', {
    help: 'Refresh tokens used once more after they were exchanged',
    labels: { outcome: ['grace', 'revoked'] },
    events: ['token.refreshed', 'refresh_token.reused'],
    moves:
      'Each superseded refresh token that came back: `grace` when it was redeemed within `REFRESH_TOKEN_GRACE_PERIOD`, `revoked` when its whole family was ended. Copies that come after that move nothing.',
  }),
  tokenAudience: counter('authgate_token_audience_total', {
    help: 'Access tokens issued, by whom they are for',
    labels: { kind: every<TokenAudience>({ resource: true, issuer: true }) },
    events: ['token.issued'],
    moves:
      'Each committed access token: `resource` when it is for resources that its request named or its grant is bound to, `issuer` when it is for whom every token is for.',
  }),
  rateLimitsCountedAlone: counter('authgate_rate_limits_counted_alone_total', {
    help: 'Rate limits counted by one replica for itself although they are to be counted by all together',
    labels: {},
    moves:
      'Each occurrence counted in this process because Redis did not answer (`RATE_LIMIT_STORE=redis`); until it does, a limit is one per replica.',
  }),
  eventListenerErrors: counter('authgate_event_listener_errors_total', {
    help: 'Events an observer failed to handle',
    labels: { observer: ['metrics', 'audit', 'log'] },
    moves: 'Each event that an observer failed on; anything but 0 is a defect of this server.',
  }),
  backchannelLogouts: counter('authgate_backchannel_logouts_total', {
    help: 'Attempts to tell a client of the end of a session',
    labels: { result: ['delivered', 'retry', 'failed'] },
    events: ['backchannel_logout.delivered', 'backchannel_logout.failed'],
    moves:
      'Each attempt to deliver a logout token: `delivered`; `retry` when it failed and comes again; `failed` when it was the last.',
  }),
  identityProviderRequestDuration: histogram('authgate_identity_provider_request_duration_seconds', {
    help: 'Time of one HTTP exchange with an identity provider',
    labels: {
      provider: every<IdentityProviderName>({
        microsoft: true,
        github: true,
        gitea: true,
        gitlab: true,
        oidc: true,
      }),
      step: every<IdentityProviderStep>({
        discovery: true,
        token: true,
        keys: true,
        profile: true,
        emails: true,
      }),
    },
    buckets: loginBuckets,
    events: ['identity_provider.requested'],
    moves:
      'Each HTTP exchange with an identity provider, answered or not: its metadata, the code for tokens, its keys, the profile, and the addresses that GitHub keeps apart.',
  }),
  clientDocumentFetches: counter('authgate_client_document_fetches_total', {
    help: 'Looks at documents by which clients describe themselves',
    labels: {
      result: every<ClientDocumentFetchResult>({
        ok: true,
        not_modified: true,
        blocked_address: true,
        connection: true,
        denied: true,
        dns: true,
        invalid: true,
        rate_limited: true,
        redirect: true,
        status: true,
        timeout: true,
        tls: true,
        too_large: true,
        type: true,
      }),
    },
    events: ['client_document.fetched'],
    moves:
      'Each document that was asked for, by what came of it; `denied` and `rate_limited` when the policy or a limit kept it from being asked for.',
  }),
  clientDocumentFetchDuration: histogram('authgate_client_document_fetch_duration_seconds', {
    help: 'Time to fetch a document by which a client describes itself',
    labels: {},
    buckets: httpBuckets,
    events: ['client_document.fetched'],
    moves: 'Each document that was asked for; what a limit or the policy turned away is left out.',
  }),
  clientDocumentCache: counter('authgate_client_document_cache_total', {
    help: 'Uses of documents by which clients describe themselves',
    labels: { result: every<ClientDocumentUse>({ fresh: true, revalidated: true, stale: true, miss: true }) },
    events: ['client_document.used'],
    moves:
      'Each authorization request that was given such a client: `fresh` from a copy, `revalidated` after asking again, `stale` from a copy since its host did not answer, `miss` for a client never seen before.',
  }),
  clientRegistrations: counter('authgate_client_registrations_total', {
    help: 'Registrations of clients by themselves',
    labels: { result: results },
    events: ['client.registered', 'client.registration_refused'],
    moves:
      'Each answered `POST /oauth/register` that no rate limit turned away: `success` once the client is committed, else `error`.',
  }),
  secondFactorAttempts: counter('authgate_second_factor_attempts_total', {
    help: 'Codes and passkeys presented',
    labels: {
      factor: every<FactorUse>({ totp: true, passkey: true, recovery_code: true }),
      result: attemptResults,
    },
    events: ['second_factor.tried'],
    moves:
      'Each code of an authenticator app, passkey or recovery code presented, at sign-in or to confirm an act. Several of them may belong to one attempt of `auth_attempts_total`.',
  }),
  passwordChanges: counter('authgate_password_changes_total', {
    help: 'Passwords chosen by their owners',
    labels: { occasion: ['own_wish', 'required', 'recovery'] },
    events: ['account.password_changed'],
    moves:
      'Each password that its owner chose: `own_wish` on the security page, `required` at a sign-in with one that an administrator knew, `recovery` with a mailed link.',
  }),
  confirmations: counter('authgate_confirmations_total', {
    help: 'Signed-in people asked once more who they are',
    labels: { result: attemptResults },
    events: ['session.confirmed'],
    moves: 'Each answer to the page that asks for a fresh proof before an act.',
  }),
  mails: counter('authgate_mails_total', {
    help: 'Mails handed to the mail server',
    labels: {
      kind: every<MailKind>({
        password_reset: true,
        email_verification: true,
        password_changed: true,
        email_changed: true,
        second_factor_changed: true,
      }),
      result: results,
    },
    events: ['mail.sent'],
    moves: 'Each mail to a person, by whether the mail server took it.',
  }),
  rateLimitExceeded: counter('authgate_rate_limit_exceeded_total', {
    help: 'Requests turned away by a limit',
    labels: {
      policy: every<RateLimitPolicy>({
        login: true,
        device_code: true,
        token: true,
        token_failures: true,
        authorization: true,
        device_verify: true,
        device_verify_failures: true,
        introspect: true,
        client_document: true,
        registration: true,
        account_login: true,
        api: true,
        password_recovery: true,
      }),
    },
    events: ['rate_limit.exceeded'],
    moves: 'Each request that a rate limit turned away.',
  }),
} as const satisfies Readonly<Record<string, MetricDefinition>>
