/** Everything that listens: metrics, audit log, log lines and the rollup, set up together and attached to the event bus. */
import type { Logger } from 'pino'
import type { CacheObserver } from '../cache/clients.ts'
import type { Config } from '../config/load.ts'
import type { EventBus } from '../events/bus.ts'
import type { EventType, RequestContext } from '../events/catalogue.ts'
import type { AnsweredRequest, HttpObserver, RouteObserver } from '../http/edge.ts'
import type { SharedLimitObserver } from '../limits/redis.ts'
import type { Clock } from '../shared/clock.ts'
import type { Ids } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import { type AuditLog, createAuditLog } from './audit.ts'
import { createGaugeSnapshot, type GaugeReading, type GaugeSnapshot } from './gauges.ts'
import { createLogger, createLogHandlers, createRequestLog } from './log.ts'
import type { Exposition, Metrics } from './metrics.ts'
import { bothHttp, createRollup, type Rollup } from './rollup.ts'

export interface Observers {
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly http: HttpObserver
  readonly clientCache: CacheObserver
  readonly sharedLimits: SharedLimitObserver
  /** Begins to listen, and to count and write where it must. */
  attach(bus: EventBus, storage: Storage): void
  startCounting(): void
  refreshGauges(): Promise<void>
  exposition(accept: string | undefined): Promise<Exposition>
  /** The newest counts of the store, counted anew when they are old; `undefined` when it cannot be counted. */
  readCounts(): Promise<GaugeReading | undefined>
  /** Adds what the rollup has counted to the store. */
  flushRollup(): Promise<void>
  onAnswered(request: AnsweredRequest): void
  onFault(error: unknown, context: RequestContext): void
  /** A fault of the database that no request waits for, such as a connection that broke. */
  onDatabaseError(error: unknown): void
  onJobFailure(job: string, error: unknown): void
  onListenerFailure(observer: string, type: EventType, error: unknown): void
  onUntrustedForwardedFor(peer: string): void
  /** Stops counting and writes what waits. */
  stop(): Promise<void>
}

/** Stands in for a route's counters while metrics are off. */
const uncounted: RouteObserver = { requestStarted: () => undefined, requestFinished: () => undefined }
export const nothingCounted: HttpObserver = { route: () => uncounted, unmatched: () => uncounted }

/** Charts are not worth a longer wait. */
const rollupShutdownSeconds = 2

const uncountedCache: CacheObserver = { hit: () => undefined, miss: () => undefined, failed: () => undefined }

export async function createObservers(dependencies: {
  config: Config
  clock: Clock
  ids: Ids
  version: string
  /** Whether standard output is a terminal, where people read. */
  terminal: boolean
  /** Whether `process_…` and `nodejs_…` metrics are included. */
  processMetrics: boolean
}): Promise<Observers> {
  const { config, clock, ids, terminal } = dependencies
  const { level, format } = config.log
  const log = createLogger({
    level,
    format: format === 'auto' ? (terminal ? 'text' : 'json') : format,
    color: terminal,
  })
  let gauges: GaugeSnapshot | undefined
  let rollup: Rollup | undefined
  let audit: AuditLog | undefined
  const metrics = await openMetrics(config, {
    version: dependencies.version,
    readGauges: async () => gauges?.read(),
    processMetrics: dependencies.processMetrics,
  })
  let saidUntrusted = false
  // Routes are bound after the store is open.
  const rollupHttp: HttpObserver = {
    route: (method, path) => rollup?.http.route(method, path) ?? uncounted,
    unmatched: (method) => rollup?.http.unmatched(method) ?? uncounted,
  }

  return {
    log,
    http: metrics === undefined ? rollupHttp : bothHttp(metrics.http, rollupHttp),
    clientCache: metrics?.cache('client') ?? uncountedCache,
    sharedLimits: {
      failed: (error) =>
        log.error({ err: error }, 'Redis does not answer; rate limits are counted by this replica alone'),
      recovered: () => log.info('Redis answers again; rate limits are counted together'),
      countedAlone: () => metrics?.rateLimitCountedAlone(),
    },
    attach(bus, storage) {
      if (metrics !== undefined) bus.subscribe('metrics', metrics.handlers)
      bus.subscribe('log', createLogHandlers(log))
      if (config.audit.enabled) {
        audit = createAuditLog({
          storage,
          clock,
          ids,
          bufferSize: config.audit.bufferSize,
          onDropped: (count) => metrics?.auditEventsDropped(count),
          onWriteFailed(error) {
            metrics?.queryFailed('insert_audit')
            log.error({ err: error }, 'audit records could not be written; they are kept and tried again')
          },
        })
        bus.subscribe('audit', audit.handlers)
      }
      rollup = createRollup({
        storage,
        clock,
        onForgotten: (minutes) =>
          log.error({ minutes }, 'the rollup forgot what it could not write for too long'),
      })
      bus.subscribe('rollup', rollup.handlers)
      gauges = createGaugeSnapshot({
        count: (now) => storage.count(now),
        clock,
        intervalSeconds: config.metrics.gaugeIntervalSeconds,
        onRefreshed: (seconds) => metrics?.gaugesRefreshed(seconds),
        onFailure(error) {
          metrics?.queryFailed('count_gauges')
          log.error({ err: error }, 'the gauges could not be counted; the last counts are kept')
        },
      })
    },
    startCounting() {
      // Without metrics the store is counted when somebody looks at the overview.
      if (metrics !== undefined) gauges?.start()
    },
    refreshGauges: async () => gauges?.refresh(),
    async exposition(accept) {
      if (metrics === undefined) throw new Error('metrics are off')
      return metrics.exposition(accept)
    },
    readCounts: async () => gauges?.read(),
    flushRollup: async () => rollup?.flush(),
    onAnswered: createRequestLog(log, clock),
    onFault: (error, context) => log.error({ err: error, request_id: context.requestId }, 'a request failed'),
    onDatabaseError: (error) => log.error({ err: error }, 'the database reported a fault'),
    onJobFailure: (job, error) => log.error({ err: error, job }, 'a background job failed'),
    onListenerFailure(observer, type, error) {
      metrics?.listenerFailed(observer)
      log.error({ err: error, observer, event: type }, 'an observer failed')
    },
    onUntrustedForwardedFor(peer) {
      if (saidUntrusted) return
      saidUntrusted = true
      log.warn(
        `X-Forwarded-For from ${peer} is ignored: if that is your proxy, name it in TRUSTED_PROXIES (said once)`,
      )
    },
    async stop() {
      gauges?.stop()
      await Promise.all([
        audit?.close(config.audit.shutdownTimeoutSeconds),
        within(
          rollupShutdownSeconds,
          rollup?.flush().catch((error: unknown) => {
            log.error({ err: error }, 'what the rollup had counted could not be written')
          }),
        ),
      ])
    },
  }
}

/** Waits for `work`, but not longer than `seconds`. */
async function within(seconds: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}

/** Loads the metrics, and the library behind them, only where they are on. */
async function openMetrics(
  config: Config,
  options: Parameters<typeof import('./metrics.ts').createMetrics>[0],
): Promise<Metrics | undefined> {
  if (!config.metrics.enabled) return undefined
  const { createMetrics } = await import('./metrics.ts')
  return createMetrics(options)
}
