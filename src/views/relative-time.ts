/** Times as people say them. The page script keeps the same words fresh while a page is open. */
import type { Instant } from '../shared/clock.ts'
import type { Language } from './languages/languages.ts'

const steps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const satisfies readonly (readonly [Intl.RelativeTimeFormatUnit, number])[]

interface Formats {
  relative: Intl.RelativeTimeFormat
  exact: Intl.DateTimeFormat
}

/** Making one costs more than all it ever formats on a page. */
const formatsByTag = new Map<string, Formats>()

function formatsOf({ tag }: Pick<Language, 'tag'>): Formats {
  let formats = formatsByTag.get(tag)
  if (formats === undefined) {
    formats = {
      relative: new Intl.RelativeTimeFormat(tag),
      exact: new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }),
    }
    formatsByTag.set(tag, formats)
  }
  return formats
}

/** "2 minutes ago", "in 3 days"; "just now" and "in a moment" under a minute. Rounds toward now. */
export function relativeTime(at: Instant, now: Instant, language: Language): string {
  const seconds = (at - now) / 1000
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) {
      return formatsOf(language).relative.format(Math.trunc(seconds / length), unit)
    }
  }
  return seconds > 0 ? language.text.time.inAMoment : language.text.time.justNow
}

/** The exact time, UTC: "Nov 24, 2026, 6:16:21 AM UTC". */
export function exactTime(at: Instant, language: Pick<Language, 'tag'>): string {
  return `${formatsOf(language).exact.format(at)} UTC`
}

/** A wait in whole words, rounded up so that it is never too short: "30 seconds", "2 minutes". */
export function waitingTime(seconds: number, { text: { time } }: Pick<Language, 'text'>): string {
  const whole = Math.max(1, Math.ceil(seconds))
  return whole < 90 ? time.seconds(whole) : time.minutes(Math.ceil(whole / 60))
}
