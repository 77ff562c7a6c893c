/** Times as people say them. The page script keeps the same words fresh while a page is open. */
import type { Instant } from '../shared/clock.ts'

const steps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const satisfies readonly (readonly [Intl.RelativeTimeFormatUnit, number])[]

const relative = new Intl.RelativeTimeFormat('en')
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

/** "2 minutes ago", "in 3 days"; "just now" and "in a moment" under a minute. Rounds toward now. */
export function relativeTime(at: Instant, now: Instant): string {
  const seconds = (at - now) / 1000
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit)
  }
  return seconds > 0 ? 'in a moment' : 'just now'
}

/** The exact time, UTC: "Nov 24, 2026, 6:16:21 AM UTC". */
export function exactTime(at: Instant): string {
  return `${exact.format(at)} UTC`
}

/** A wait in whole words, rounded up so that it is never too short: "30 seconds", "2 minutes". */
export function waitingTime(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds))
  if (whole < 90) return whole === 1 ? '1 second' : `${whole} seconds`
  return `${Math.ceil(whole / 60)} minutes`
}
