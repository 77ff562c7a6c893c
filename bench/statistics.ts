/** The few statistics the benchmark needs, and the verdict on a floor. Pure. */

/** Median and range of a list of figures. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly count: number
}

/** @throws {RangeError} when there is nothing to take the median of. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** `undefined` when there are no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    count: values.length,
  }
}

/**
 * Ratios taken inside each round, so that a slow moment of the machine weighs on both sides. A round in which
 * either side is missing, or the divisor is not positive, gives no ratio.
 */
export function pairedRatios(
  dividends: readonly (number | undefined)[],
  divisors: readonly (number | undefined)[],
): number[] {
  return dividends.flatMap((dividend, round) => {
    const divisor = divisors[round]
    return dividend === undefined || divisor === undefined || divisor <= 0 ? [] : [dividend / divisor]
  })
}

/** The bound a figure has to keep. */
export type Limit = { readonly atLeast: number } | { readonly atMost: number }

export type Verdict = 'pass' | 'miss'

/** The bound itself passes. */
export function judge(value: number, limit: Limit): Verdict {
  const kept = 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost
  return kept ? 'pass' : 'miss'
}

/** The same order for everyone, but each round begins somewhere else. */
export function rotated<T>(items: readonly T[], steps: number): T[] {
  const start = items.length === 0 ? 0 : steps % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** Nearest-rank percentile, `share` between 0 and 1; 0 when there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
