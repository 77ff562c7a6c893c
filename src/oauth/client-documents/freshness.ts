/** How long a copy of a document is used without asking again (RFC 9111 §4.2), within bounds of our own. Pure. */
import type { Freshness } from '../../outbound/outbound.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'

const minSeconds = 60
const maxSeconds = 24 * 3600
const defaultSeconds = 3600

/**
 * The instant until which a copy that came at `now` is fresh. A document that wants no copies kept is still used for a
 * minute: one sign-in takes several looks at it, and its host must not be asked for each.
 */
export function freshUntil(headers: Freshness, now: Instant): Instant {
  return addSeconds(now, Math.min(maxSeconds, Math.max(minSeconds, lifetime(headers, now))))
}

function lifetime({ cacheControl = '', expires, date, age }: Freshness, now: Instant): number {
  const directives = new Map(
    cacheControl
      .toLowerCase()
      .split(',')
      .map((directive) => {
        const [name = '', value = ''] = directive.trim().split('=', 2)
        return [name, value.replaceAll('"', '')] as const
      }),
  )
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return 0
  const spent = wholeNumber(age) ?? 0
  const maxAge = wholeNumber(directives.get('s-maxage')) ?? wholeNumber(directives.get('max-age'))
  if (maxAge !== undefined) return maxAge - spent
  if (expires === undefined) return defaultSeconds
  // RFC 9111 §5.3: an invalid date, "especially the value '0'", means that it is over already.
  const until = Date.parse(expires)
  const from = date === undefined ? now : Date.parse(date)
  return Number.isNaN(until) ? 0 : (until - (Number.isNaN(from) ? now : from)) / 1000 - spent
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
