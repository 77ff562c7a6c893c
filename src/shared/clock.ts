/**
 * Time, as a parameter. The only place that asks the machine what time it is; everything else receives a
 * {@link Clock}, so that tests move time by hand.
 */

/** A point in time: milliseconds since the Unix epoch, UTC. */
export type Instant = number & { readonly __brand: 'Instant' }

export interface Clock {
  /** Wall-clock time. Jumps when the machine's clock is set. */
  now(): Instant
  /** Seconds from an arbitrary start, never going back: for measuring durations inside one process. */
  monotonicSeconds(): number
}

export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  monotonicSeconds: () => performance.now() / 1000,
}

export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant
}

export function addSeconds(at: Instant, seconds: number): Instant {
  return (at + seconds * 1000) as Instant
}

/** Whole seconds since the epoch, rounded down, as JWT claims and OAuth responses use them (RFC 7519 §2). */
export function epochSeconds(at: Instant): number {
  return Math.floor(at / 1000)
}

/** Seconds from `from` to `to`; negative when `to` is earlier. */
export function secondsBetween(from: Instant, to: Instant): number {
  return (to - from) / 1000
}
