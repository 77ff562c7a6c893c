/** What the rollup counts, in spans of which lengths, and the port that keeps it. */
import type { GrantType } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'

/**
 * Lengths in minutes of the spans that are kept side by side, so that a chart of an hour, a day or a week reads about
 * as many rows as it has bars.
 */
export const rollupSpans = [1, 15, 120] as const
export type RollupSpan = (typeof rollupSpans)[number]

const grantTypes = {
  device_code: true,
  refresh_token: true,
  authorization_code: true,
  client_credentials: true,
  token_exchange: true,
} as const satisfies Record<GrantType, true>
export const issuingGrants = Object.keys(grantTypes) as GrantType[]

/** Upper bounds in seconds of the requests counted together by how long they took; the last group has none. */
export const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** The name of the group that a request of `bucket`, an index into {@link latencyBounds} or one past it, counts in. */
export function latencyName(bucket: number): string {
  const bound = latencyBounds[bucket]
  return bound === undefined ? 'http_slower' : `http_within_${bound}`
}

const fixedNames = [
  'login_success',
  'login_failure',
  'device_issued',
  'device_approved',
  'device_denied',
  'device_expired',
  'device_redeemed',
  'refresh_failure',
  'tokens_revoked',
  'session_began',
  'session_ended',
  'http_4xx',
  'http_5xx',
] as const

export type RollupName = (typeof fixedNames)[number] | `issued_${GrantType}` | `http_${string}`

/** Everything that is counted. Rows under another name, of another release, are left alone. */
export const rollupNames: readonly RollupName[] = [
  ...fixedNames,
  ...issuingGrants.map((grant) => `issued_${grant}` as const),
  ...Array.from({ length: latencyBounds.length + 1 }, (_, bucket) => latencyName(bucket) as `http_${string}`),
]

/** How long rows are kept. */
export const rollupLifeSeconds = 7 * 86_400

export interface RollupRow {
  span: RollupSpan
  /** A whole number of spans since the epoch. */
  startsAt: Instant
  name: string
  amount: number
}

export interface RollupReader {
  /** Every row of such spans that starts from `from` until before `to`. */
  list(span: RollupSpan, from: Instant, to: Instant): Promise<RollupRow[]>
}

export interface RollupStore extends RollupReader {
  /** Adds each amount to what is there: servers that count the same minute add up. */
  add(rows: readonly RollupRow[]): Promise<void>
  /** Deletes at most `limit` rows of such spans that start before `before`. @returns how many. */
  deleteOlderThan(span: RollupSpan, before: Instant, limit: number): Promise<number>
}
