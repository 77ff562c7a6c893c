import type { Instant } from '../../shared/clock.ts'
import { exactTime, relativeTime } from '../relative-time.ts'

/**
 * A time as people say it, with the exact one on hover and for machines. The page script counts on from `now`, so a
 * wrong clock of the reader's does not matter.
 */
export function Time({ at, now }: { at: Instant; now: Instant }) {
  return (
    <time datetime={new Date(at).toISOString()} title={exactTime(at)} data-relative={now}>
      {relativeTime(at, now)}
    </time>
  )
}
