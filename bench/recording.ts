/**
 * What one recording costs, without a server around it: a registry as the server makes it, filled as one in use is.
 * A program of its own, started with `--expose-gc`; prints a {@link RecordingCost} as JSON.
 */
import type { DomainEvent } from '../src/events/catalogue.ts'
import { sampleEvents } from '../src/observability/event-samples.fixture.ts'
import { createMetrics, type Metrics, type RouteMetrics } from '../src/observability/metrics.ts'
import { countSamples, scrapeAccept } from './exposition.ts'
import { median } from './statistics.ts'

export interface RecordingCost {
  /** CPU nanoseconds for one domain event, over a mix of frequent ones. */
  readonly eventNanoseconds: number
  /** CPU nanoseconds for one HTTP request: its start and its end. */
  readonly requestNanoseconds: number
  /** Heap that a filled registry keeps, after it was scraped. */
  readonly retainedMebibytes: number
  /** Series in one scrape of it. */
  readonly series: number
  /** Wall-clock time to write one scrape of it. */
  readonly scrapeMs: number
}

const passes = 9
const perPass = 400_000
const registries = 7
const scrapes = 60
const methods = ['GET', 'POST'] as const
const routesPerMethod = 25

interface Filled {
  readonly metrics: Metrics
  readonly routes: readonly RouteMetrics[]
}

/** Every event once, and every route answered with success and with an error. */
function fill(): Filled {
  const metrics = createMetrics({
    version: '1.2.3',
    readGauges: async () => ({
      counts: {
        deviceCodesActive: 12,
        deviceCodesPending: 3,
        accessTokensActive: 123_456,
        refreshTokensActive: 23_456,
        sessionsActive: 345,
        clients: { operator: 12, self_service: 34, registration: 567, metadata_document: 89 },
      },
      ageSeconds: 4.5,
    }),
    processMetrics: false,
  })
  for (const event of Object.values(sampleEvents)) record(metrics, event)
  const routes = methods.flatMap((method) =>
    Array.from({ length: routesPerMethod }, (_, index) => metrics.http.route(method, `/area/${index}/:id`)),
  )
  for (const route of routes) {
    for (const status of [200, 404]) {
      route.requestStarted()
      route.requestFinished(status, 0.002)
    }
  }
  return { metrics, routes }
}

function record({ handlers }: Metrics, event: DomainEvent): void {
  const handle = handlers[event.type] as ((event: DomainEvent) => void) | null
  handle?.(event)
}

/** Different durations fall into different buckets, as in life. A power of two, for a cheap index. */
const variants = 64
const durations = Array.from({ length: variants }, (_, index) => 0.0002 * 1.15 ** index)

const mix: readonly DomainEvent[] = durations.map((durationSeconds, index): DomainEvent => {
  switch (index % 4) {
    case 0:
      return {
        ...sampleEvents['token.issued'],
        grantType: index % 8 === 0 ? 'client_credentials' : 'device_code',
        durationSeconds,
      }
    case 1:
      return {
        ...sampleEvents['token.validated'],
        result: index % 8 === 1 ? 'valid' : 'expired',
        durationSeconds,
      }
    case 2:
      return {
        ...sampleEvents['device_authorization.polled'],
        result: index % 8 === 2 ? 'pending' : 'slow_down',
      }
    default:
      return {
        ...sampleEvents['session.ended'],
        reason: index % 8 === 3 ? 'logout' : 'idle_timeout',
        durationSeconds: durationSeconds * 10_000,
      }
  }
})

/** CPU nanoseconds per call of `work`: the median over the passes, the first of which compile. */
function cost(work: (index: number) => void): number {
  const found: number[] = []
  for (let pass = 0; pass < passes; pass += 1) {
    const before = process.cpuUsage()
    for (let index = 0; index < perPass; index += 1) work(index)
    const { user, system } = process.cpuUsage(before)
    found.push(((user + system) * 1000) / perPass)
  }
  return median(found)
}

function heapAfterCollection(collect: () => void): number {
  // Twice: the first collection may only make the second one able to free what finalizers held.
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

async function measureRecording(collect: () => void): Promise<RecordingCost> {
  const kept: Filled[] = []
  const retained: number[] = []
  let series = 0
  for (let made = 0; made < registries; made += 1) {
    const before = heapAfterCollection(collect)
    const filled = fill()
    series = countSamples((await filled.metrics.exposition(scrapeAccept)).body)
    kept.push(filled)
    retained.push((heapAfterCollection(collect) - before) / 2 ** 20)
  }
  const { metrics, routes } = kept[0]!

  const eventNanoseconds = cost((index) => record(metrics, mix[index % variants]!))
  const requestNanoseconds = cost((index) => {
    const route = routes[index % routes.length]!
    route.requestStarted()
    route.requestFinished(index % 8 === 0 ? 404 : 200, durations[index % variants]!)
  })

  const times: number[] = []
  for (let scrape = 0; scrape < scrapes; scrape += 1) {
    const began = performance.now()
    await metrics.exposition(scrapeAccept)
    times.push(performance.now() - began)
  }
  return {
    eventNanoseconds,
    requestNanoseconds,
    retainedMebibytes: median(retained),
    series,
    scrapeMs: median(times),
  }
}

if (globalThis.gc === undefined) throw new Error('start with --expose-gc')
const { gc } = globalThis
process.stdout.write(`${JSON.stringify(await measureRecording(() => void gc()))}\n`)
