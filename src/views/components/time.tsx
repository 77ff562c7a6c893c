import type { Instant } from '../../shared/clock.ts'
import { useReader } from '../reader.tsx'
import { exactTime, relativeTime } from '../relative-time.ts'

/**
 * A time as people say it, with the exact one on hover and for machines. The page script counts on from `now`, so a
 * wrong clock of the reader's does not matter, and puts the exact time into the reader's own zone.
 */
export function Time({ at, now }: { at: Instant; now: Instant }) {
  const { language } = useReader()
  return (
    <time datetime={new Date(at).toISOString()} title={exactTime(at, language)} data-relative={now}>
      {relativeTime(at, now, language)}
    </time>
  )
}
