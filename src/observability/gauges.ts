/**
 * The counts behind the gauges: a snapshot of the store, taken in the background and again at a scrape that finds it
 * too old, one count at a time. A count that fails keeps the last snapshot; its age tells.
 */
import type { Clock, Instant } from '../shared/clock.ts'
import type { StoreCounts } from '../storage/storage.ts'

/** A scrape is not delayed by a slow count for longer than this; it gets the previous snapshot. */
const patienceMilliseconds = 50
/** While there is no snapshot at all a scrape waits this long for the first. */
const firstPatienceMilliseconds = 2000
/** The background counts a little more often than the greatest age allows, so that a scrape finds a fresh snapshot. */
const backgroundShare = 0.8

export interface GaugeReading {
  counts: StoreCounts
  /** Seconds since the count began. */
  ageSeconds: number
}

export interface GaugeSnapshot {
  /** Starts counting in the background, at once and then within every interval. */
  start(): void
  /** The newest counts; `undefined` while none has ever succeeded. Never rejects. */
  read(): Promise<GaugeReading | undefined>
  /** Counts now, or joins the count that is running; failures are reported, not thrown. */
  refresh(): Promise<void>
  /** Ends the counting in the background. */
  stop(): void
}

export interface GaugeSnapshotOptions {
  /** Counts the store without blocking the event loop. */
  count(now: Instant): Promise<StoreCounts>
  clock: Clock
  /** Greatest age of a snapshot before a scrape asks for a new one. */
  intervalSeconds: number
  /** Told how long each successful count took. */
  onRefreshed(seconds: number): void
  onFailure(error: unknown): void
}

export function createGaugeSnapshot(options: GaugeSnapshotOptions): GaugeSnapshot {
  const { clock, intervalSeconds } = options
  let latest: { counts: StoreCounts; countedAt: number } | undefined
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const count = async (): Promise<void> => {
    const countedAt = clock.monotonicSeconds()
    try {
      const counts = await options.count(clock.now())
      latest = { counts, countedAt }
      options.onRefreshed(clock.monotonicSeconds() - countedAt)
    } catch (error) {
      options.onFailure(error)
    } finally {
      running = undefined
    }
  }
  const refresh = (): Promise<void> => {
    running ??= count()
    return running
  }
  const isFresh = (): boolean =>
    latest !== undefined && clock.monotonicSeconds() - latest.countedAt <= intervalSeconds

  return {
    start() {
      if (timer !== undefined) return
      void refresh()
      timer = setInterval(() => void refresh(), intervalSeconds * backgroundShare * 1000)
      timer.unref()
    },
    async read() {
      if (!isFresh()) {
        await atMost(latest === undefined ? firstPatienceMilliseconds : patienceMilliseconds, refresh())
      }
      if (latest === undefined) return undefined
      return { counts: latest.counts, ageSeconds: clock.monotonicSeconds() - latest.countedAt }
    },
    refresh,
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}

/** Waits for `work`, but not longer than `milliseconds`. */
async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
