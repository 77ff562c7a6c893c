/** What has happened lately, from the rollup: numbers for the charts of an hour, a day or a week. */
import type { GrantType } from '../events/catalogue.ts'
import {
  issuingGrants,
  latencyBounds,
  latencyName,
  type RollupReader,
  type RollupRow,
  type RollupSpan,
} from '../observability/rollup-record.ts'
import { addSeconds, type Clock, type Instant, instant } from '../shared/clock.ts'

/** How long each window is, and what one bar of it stands for. */
export const activityWindows = {
  hour: { span: 1, bars: 60 },
  day: { span: 15, bars: 96 },
  week: { span: 120, bars: 84 },
} as const satisfies Record<string, { span: RollupSpan; bars: number }>

export type ActivityWindow = keyof typeof activityWindows

export interface Activity {
  window: ActivityWindow
  /** When each bar begins; the last is not over yet. Every list below has a number for each. */
  startsAt: readonly Instant[]
  spanMinutes: number
  logins: { success: readonly number[]; failure: readonly number[] }
  /** Over the whole window: of the codes given, some were approved, and of those some were exchanged for tokens. */
  device: { issued: number; approved: number; denied: number; expired: number; redeemed: number }
  /** Access tokens. */
  issued: Readonly<Record<GrantType, readonly number[]>>
  errors: { client: readonly number[]; server: readonly number[] }
  requests: readonly number[]
  /** In seconds, of the requests of each bar; `undefined` where there were none. */
  latency: { p50: readonly (number | undefined)[]; p95: readonly (number | undefined)[] }
}

export async function readActivity(
  { rollup, clock }: { rollup: RollupReader; clock: Clock },
  window: ActivityWindow,
): Promise<Activity> {
  const { span, bars } = activityWindows[window]
  const spanSeconds = span * 60
  const to = instant((Math.floor(clock.now() / (spanSeconds * 1000)) + 1) * spanSeconds * 1000)
  const from = addSeconds(to, -bars * spanSeconds)
  return arrange(window, from, await rollup.list(span, from, to))
}

/** Pure. @param from when the first bar begins. */
export function arrange(window: ActivityWindow, from: Instant, rows: readonly RollupRow[]): Activity {
  const { span, bars } = activityWindows[window]
  const spanSeconds = span * 60
  const byName = new Map<string, number[]>()
  for (const { name, startsAt, amount } of rows) {
    const bar = (startsAt - from) / 1000 / spanSeconds
    let numbers = byName.get(name)
    if (numbers === undefined) {
      numbers = new Array<number>(bars).fill(0)
      byName.set(name, numbers)
    }
    if (bar >= 0 && bar < bars) numbers[bar]! += amount
  }
  const series = (name: string): readonly number[] => byName.get(name) ?? new Array<number>(bars).fill(0)
  const total = (name: string): number => series(name).reduce((sum, amount) => sum + amount, 0)
  const groups = Array.from({ length: latencyBounds.length + 1 }, (_, bucket) => series(latencyName(bucket)))
  const perBar = <T>(of: (bar: number) => T): T[] => Array.from({ length: bars }, (_, bar) => of(bar))
  const latencyAt = (bar: number, share: number) =>
    quantile(
      groups.map((group) => group[bar]!),
      share,
    )
  return {
    window,
    startsAt: perBar((bar) => addSeconds(from, bar * spanSeconds)),
    spanMinutes: span,
    logins: { success: series('login_success'), failure: series('login_failure') },
    device: {
      issued: total('device_issued'),
      approved: total('device_approved'),
      denied: total('device_denied'),
      expired: total('device_expired'),
      redeemed: total('device_redeemed'),
    },
    issued: Object.fromEntries(issuingGrants.map((grant) => [grant, series(`issued_${grant}`)])) as Record<
      GrantType,
      readonly number[]
    >,
    errors: { client: series('http_4xx'), server: series('http_5xx') },
    requests: perBar((bar) => groups.reduce((sum, group) => sum + group[bar]!, 0)),
    latency: { p50: perBar((bar) => latencyAt(bar, 0.5)), p95: perBar((bar) => latencyAt(bar, 0.95)) },
  }
}

/**
 * The time in seconds that a share of the requests took at most, as if they lay evenly within their group. Those of the
 * last group, which has no end, took at least as long as the answer says.
 */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = total * share
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    const upper = latencyBounds[bucket]
    if (upper === undefined) break
    if (below + count >= rank && count > 0) {
      const lower = bucket === 0 ? 0 : latencyBounds[bucket - 1]!
      return lower + ((upper - lower) * (rank - below)) / count
    }
    below += count
  }
  return latencyBounds.at(-1)!
}
