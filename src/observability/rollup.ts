/**
 * The rollup behind the charts of the overview: how often what happened, by the minute. An event costs an addition to
 * a number in memory; what has come together is added to the database every few seconds, where the numbers of several
 * servers meet. It counts whether or not `/metrics` is on, and is no replacement for it: a server that dies takes the
 * last seconds along.
 */
import type { EventHandlers, GrantType } from '../events/catalogue.ts'
import type { HttpObserver, RouteObserver } from '../http/edge.ts'
import type { Clock, Instant } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'
import {
  latencyBounds,
  latencyName,
  type RollupName,
  type RollupRow,
  rollupLifeSeconds,
  rollupNames,
  rollupSpans,
} from './rollup-record.ts'

const minuteMilliseconds = 60_000
/** So many minutes wait while the database cannot be written; beyond them the oldest is forgotten. */
export const mostWaitingMinutes = 1440

const indexOf = new Map(rollupNames.map((name, index) => [name, index]))
const bounds = Float64Array.from(latencyBounds)

export interface Rollup {
  readonly handlers: EventHandlers
  readonly http: HttpObserver
  /** Adds what has come together to the store. When that fails it is kept for the next time, and the error comes out. */
  flush(): Promise<void>
}

export interface RollupOptions {
  storage: Pick<Storage, 'transaction'>
  clock: Clock
  /** Told of minutes that were forgotten because too many waited. */
  onForgotten(minutes: number): void
}

export function createRollup({ storage, clock, onForgotten }: RollupOptions): Rollup {
  /** Counts by minute, in the order of {@link rollupNames}. */
  let waiting = new Map<number, Float64Array>()
  let minute = -1
  let counts: Float64Array = new Float64Array(0)

  /** The counts of the minute of an instant; nearly always those of the last call. */
  const countsAt = (at: Instant): Float64Array => {
    const asked = Math.floor(at / minuteMilliseconds)
    if (asked === minute) return counts
    let found = waiting.get(asked)
    if (found === undefined) {
      found = new Float64Array(rollupNames.length)
      waiting.set(asked, found)
      if (waiting.size > mostWaitingMinutes) forgetOldest()
    }
    minute = asked
    counts = found
    return found
  }
  const forgetOldest = (): void => {
    waiting.delete(Math.min(...waiting.keys()))
    onForgotten(1)
  }

  /** Bound ahead, so that counting looks nothing up by name. */
  const counter = (name: RollupName): ((event: { at: Instant }, amount?: number) => void) => {
    const index = indexOf.get(name)!
    return ({ at }, amount = 1) => {
      countsAt(at)[index]! += amount
    }
  }

  const clientError = indexOf.get('http_4xx')!
  const serverError = indexOf.get('http_5xx')!
  const firstLatency = indexOf.get(latencyName(0) as RollupName)!
  const route: RouteObserver = {
    requestStarted: () => undefined,
    requestFinished(status, seconds) {
      const now = countsAt(clock.now())
      let bucket = 0
      while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++
      now[firstLatency + bucket]!++
      if (status >= 500) now[serverError]!++
      else if (status >= 400) now[clientError]!++
    },
  }

  let flushing: Promise<void> | undefined
  const write = async (): Promise<void> => {
    const taken = waiting
    waiting = new Map()
    minute = -1
    // What is older would be cleaned up at once.
    const rows = toRows(taken, Math.floor((clock.now() - rollupLifeSeconds * 1000) / minuteMilliseconds))
    if (rows.length === 0) return
    try {
      await storage.transaction((tx) => tx.rollup.add(rows))
    } catch (error) {
      for (const [at, amounts] of taken) {
        const since = countsAt((at * minuteMilliseconds) as Instant)
        for (let index = 0; index < amounts.length; index++) since[index]! += amounts[index]!
      }
      throw error
    }
  }

  return {
    handlers: createHandlers(counter),
    http: { route: () => route, unmatched: () => route },
    flush() {
      flushing ??= write().finally(() => {
        flushing = undefined
      })
      return flushing
    },
  }
}

/** Each span's rows, in one order on every server: two that write at the same time then never wait for each other. */
function toRows(waiting: ReadonlyMap<number, Float64Array>, oldestMinute: number): RollupRow[] {
  const amounts = new Map<string, RollupRow>()
  for (const [minute, counts] of waiting) {
    if (minute < oldestMinute) continue
    for (const span of rollupSpans) {
      const startsAt = (Math.floor(minute / span) * span * minuteMilliseconds) as Instant
      for (let index = 0; index < counts.length; index++) {
        const amount = counts[index]!
        if (amount === 0) continue
        const name = rollupNames[index]!
        const key = `${span} ${startsAt} ${name}`
        const known = amounts.get(key)
        if (known === undefined) amounts.set(key, { span, startsAt, name, amount })
        else known.amount += amount
      }
    }
  }
  return [...amounts.values()].sort(
    (a, b) => a.span - b.span || a.startsAt - b.startsAt || (a.name < b.name ? -1 : 1),
  )
}

function createHandlers(
  counter: (name: RollupName) => (event: { at: Instant }, amount?: number) => void,
): EventHandlers {
  const issued: { readonly [Grant in GrantType]: ReturnType<typeof counter> } = {
    device_code: counter('issued_device_code'),
    refresh_token: counter('issued_refresh_token'),
    authorization_code: counter('issued_authorization_code'),
    client_credentials: counter('issued_client_credentials'),
    token_exchange: counter('issued_token_exchange'),
  }
  const deviceIssued = counter('device_issued')
  const deviceApproved = counter('device_approved')
  const deviceDenied = counter('device_denied')
  const deviceExpired = counter('device_expired')
  const deviceRedeemed = counter('device_redeemed')
  const refreshFailure = counter('refresh_failure')
  const tokensRevoked = counter('tokens_revoked')
  const loginSuccess = counter('login_success')
  const loginFailure = counter('login_failure')
  const sessionBegan = counter('session_began')
  const sessionEnded = counter('session_ended')

  return {
    'device_authorization.issued': (event) => deviceIssued(event),
    // A mistake of a client’s, shown among the errors.
    'device_authorization.refused': null,
    'device_authorization.approved': (event) => deviceApproved(event),
    'device_authorization.denied': (event) => deviceDenied(event),
    'device_authorization.polled': (event) => {
      if (event.result === 'success') deviceRedeemed(event)
      else if (event.result === 'expired') deviceExpired(event)
    },
    // What comes of it shows as tokens, or among the errors.
    'authorization_request.pushed': null,
    'authorization.approved': null,
    'authorization.denied': null,
    'authorization.refused': null,
    // The tokens it ends are announced as `token.revoked`.
    'authorization_code.reused': null,
    'consent.withdrawn': null,
    'token.issued': (event) => issued[event.grantType](event),
    // A success shows as the tokens it gave.
    'token.refreshed': (event) => {
      if (event.result === 'error') refreshFailure(event)
    },
    'token.revoked': (event) => tokensRevoked(event, event.accessTokens + event.refreshTokens),
    'refresh_token.reused': null,
    // Every request to an API asks: shown among the requests.
    'token.validated': null,
    'introspection.refused': null,
    'client.authentication_failed': null,
    'login.succeeded': (event) => loginSuccess(event),
    'login.failed': (event) => loginFailure(event),
    // Part of a sign-in, which is counted.
    'identity_provider.callback': null,
    'identity_provider.requested': null,
    'identity_connection.linked': null,
    'identity_connection.unlinked': null,
    'external_api.called': null,
    'session.created': (event) => sessionBegan(event),
    'session.ended': (event) => sessionEnded(event),
    'backchannel_logout.delivered': null,
    'backchannel_logout.failed': null,
    // Rare acts: the audit log has them, one by one.
    'audit_log.exported': null,
    'client.created': null,
    'client.registered': null,
    'client.registration_refused': null,
    'client.updated': null,
    'client.approved': null,
    'client.deleted': null,
    'client.rejected': null,
    'client.activated': null,
    'client.deactivated': null,
    'client.access_ended': null,
    'client.secret_replaced': null,
    'client_document.fetched': null,
    'client_document.used': null,
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
    'account.password_reset': null,
    'account.updated': null,
    'account.enabled': null,
    'account.deleted': null,
    'account.email_verified': null,
    'account.password_changed': null,
    'account.profile_changed': null,
    'account.recovery_requested': null,
    'second_factor.added': null,
    'second_factor.removed': null,
    'passkey.renamed': null,
    'second_factor.reset': null,
    'recovery_codes.created': null,
    // What comes of it shows as a sign-in.
    'second_factor.tried': null,
    'session.confirmed': null,
    'mail.sent': null,
    'token.disabled': null,
    'token.enabled': null,
    // Shown among the errors, as the answers with status 429 and 403 that they are.
    'rate_limit.exceeded': null,
    'csrf.rejected': null,
    'signing_key.created': null,
    'signing_key.activated': null,
    'signing_key.retired': null,
  }
}

/** Two observers of the same requests, such as the metrics and the rollup. */
export function bothHttp(first: HttpObserver, second: HttpObserver): HttpObserver {
  const both = (one: RouteObserver, other: RouteObserver): RouteObserver => ({
    requestStarted() {
      one.requestStarted()
      other.requestStarted()
    },
    requestFinished(status, seconds) {
      one.requestFinished(status, seconds)
      other.requestFinished(status, seconds)
    },
  })
  return {
    route: (method, path) => both(first.route(method, path), second.route(method, path)),
    unmatched: (method) => both(first.unmatched(method), second.unmatched(method)),
  }
}
