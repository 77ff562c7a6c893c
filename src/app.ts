/**
 * Composition root: picks adapters, wires flows to what they need, and mounts the endpoints. No globals: everything a
 * part uses is handed to it here.
 */

import { readFileSync } from 'node:fs'
import { passwordHasher } from './accounts/password.ts'
import { seed } from './administration/first-run.ts'
import { readBrandFiles } from './composition/brand.ts'
import { backgroundJobs } from './composition/jobs.ts'
import type { Parts } from './composition/parts.ts'
import { createProtocol } from './composition/protocol.ts'
import type { Website } from './composition/website.ts'
import { openEncryption } from './config/encryption-key.ts'
import type { Config } from './config/load.ts'
import { createEventBus } from './events/bus.ts'
import { createHttpServer, type HttpServer } from './http/server.ts'
import { healthEndpoints } from './http/system/health.ts'
import { metricsEndpoint } from './http/system/metrics.ts'
import { type Job, type JobRunner, startJobs } from './jobs/runner.ts'
import { type OpenRateLimiter, openRateLimiter } from './limits/open.ts'
import { createClientDocuments } from './oauth/client-documents/documents.ts'
import { metadataRules } from './oauth/registration/metadata-rules.ts'
import { ensureSigningKeys, loadSigningKeys, type SigningKeys } from './oauth/token/signing-keys.ts'
import { createObservers, nothingCounted, type Observers } from './observability/observers.ts'
import { openOutbound } from './outbound/open.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { Clock } from './shared/clock.ts'
import type { Ids } from './shared/ids.ts'
import type { Random } from './shared/random.ts'
import { openStorage } from './storage/open.ts'
import type { Storage } from './storage/storage.ts'
import { version } from './version.ts'
import type { Brand } from './views/brand.ts'

/** A scrape is over in less; one whose reader has stalled is not waited for. */
const metricsShutdownSeconds = 1

export interface App {
  readonly storage: Storage
  readonly signingKeys: SigningKeys
  readonly observers: Observers
  /** Serves everything; does not listen yet. */
  readonly server: HttpServer
  /** Serves `/metrics` alone, when it has an address of its own. */
  readonly metricsServer: HttpServer | undefined
  /** Where the first credentials were written, if this start wrote them. */
  readonly credentialsFile: string | undefined
  /** The pages and what else is loaded after a start, loaded now if it was not yet. */
  website(): Promise<Website>
  /**
   * Begins what a start does not wait for: loads the pages, runs the background jobs and counts the gauges, until
   * {@link App.close}. For a server that listens. @throws when the pages cannot be made
   */
  begin(): Promise<void>
  /** Runs one background job now, by name; for tests, which do not wait for timers. */
  runJob(name: string): Promise<void>
  /** Counts the gauges anew. */
  refreshGauges(): Promise<void>
  /** Stops in order: no new requests, running ones finish, jobs end, the audit log is written, the database closes. */
  close(): Promise<void>
}

export interface AppOptions {
  config: Config
  clock: Clock
  random: Random
  ids: Ids
  /** Whether people read the log on a terminal. */
  terminal?: boolean
  /** Stands in for the network in tests. */
  outbound?: Outbound
  /** Whether the metrics tell of this process as well; tests have several servers in one. */
  processMetrics?: boolean
}

/** @throws when the configuration, the keys or the database do not allow a start; nothing is left running then. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, clock, random, ids } = options
  const brand = readBrandFiles(config.brand)
  const encryption = openEncryption(config, random)
  const observers = await createObservers({
    config,
    clock,
    ids,
    version,
    terminal: options.terminal ?? false,
    processMetrics: options.processMetrics ?? true,
  })
  const bus = createEventBus(observers.onListenerFailure)
  const storage = await openStorage(config.database, { onError: observers.onDatabaseError })
  let limiter: OpenRateLimiter | undefined
  try {
    observers.attach(bus, storage)
    limiter = await openRateLimiter(config.limits, { clock, observer: observers.sharedLimits })
    const { credentialsFile } = await storage.exclusively(async () => {
      await ensureSigningKeys({ storage, encryption, clock, publisher: bus })
      return seed({
        storage,
        publisher: bus,
        hashPassword: passwordHasher.hash,
        clock,
        random,
        ids,
        dataDir: config.dataDir,
        adminPassword: config.firstRun.adminPassword,
        minPasswordLength: config.security.passwordMinLength,
        passwordChangeRequired: config.security.forcePasswordChange === 'all',
      })
    })
    const signingKeys = await loadSigningKeys({
      storage,
      encryption,
      clock,
      source: signingKeySource(config),
    })
    const outbound =
      options.outbound ?? openOutbound({ ...config.outbound, userAgent: `AuthGate/${version}` })
    return assemble({
      options,
      config,
      clock,
      random,
      ids,
      outbound,
      encryption,
      limiter,
      storage,
      bus,
      observers,
      signingKeys,
      credentialsFile,
      brand,
    })
  } catch (error) {
    // What was announced until here is true, and is recorded.
    limiter?.close()
    await observers.stop()
    await storage.close()
    throw error
  }
}

interface AssembledFrom extends Parts {
  limiter: OpenRateLimiter
  options: AppOptions
  credentialsFile: string | undefined
  brand: Brand
}

function assemble(parts: AssembledFrom): App {
  const { config, clock, random, storage, bus, observers, signingKeys, brand } = parts
  let closing = false
  const documents = createClientDocuments({
    storage,
    outbound: parts.outbound,
    limiter: parts.limiter,
    publisher: bus,
    clock,
    rules: metadataRules(config),
    settings: { ...config.clientDocuments, loopbackAllowed: config.outbound.loopbackAllowed },
  })
  const protocol = createProtocol(parts, documents)
  let loading: Promise<Website> | undefined
  const website = (): Promise<Website> => {
    loading ??= import('./composition/website.ts').then(({ createWebsite }) =>
      createWebsite(parts, brand, documents, protocol),
    )
    return loading
  }
  const scrape = metricsEndpoint({ token: config.metrics.token, exposition: observers.exposition })
  const ownScrape = config.metrics.enabled && config.metrics.listen !== undefined
  const edge = {
    server: config.server,
    cors: config.cors,
    clock,
    random,
    onAnswered: observers.onAnswered,
    onFault: observers.onFault,
    onUntrustedForwardedFor: observers.onUntrustedForwardedFor,
  }
  const server = createHttpServer({
    ...edge,
    observer: observers.http,
    endpoints: [...protocol.endpoints, ...healthEndpoints({ storage, acceptsTraffic: () => !closing })],
    async loadLater() {
      const { endpoints, errorPage } = await website()
      // Among these, because every route has its series in the first scrape.
      return {
        endpoints: config.metrics.enabled && !ownScrape ? [...endpoints, scrape] : endpoints,
        errorPage,
      }
    },
  })
  const metricsServer = ownScrape
    ? createHttpServer({
        ...edge,
        observer: nothingCounted,
        endpoints: [],
        async loadLater() {
          await server.framework()
          return { endpoints: [scrape], errorPage: (await website()).errorPage }
        },
      })
    : undefined

  let runner: JobRunner | undefined
  const jobs = async (): Promise<Job[]> => backgroundJobs(parts, await website(), documents)

  return {
    storage,
    signingKeys,
    observers,
    server,
    metricsServer,
    credentialsFile: parts.credentialsFile,
    website,
    async begin() {
      await server.framework()
      const all = await jobs()
      if (closing) return
      runner = startJobs(all, (job, error) => observers.onJobFailure(job, error))
      observers.startCounting()
    },
    async runJob(name) {
      const job = (await jobs()).find((candidate) => candidate.name === name)
      if (job === undefined) throw new Error(`there is no job ${name}`)
      await job.run()
    },
    refreshGauges: observers.refreshGauges,
    async close() {
      if (closing) return
      closing = true
      await within(config.server.shutdownTimeoutSeconds, server.close())
      if (metricsServer !== undefined) await within(metricsShutdownSeconds, metricsServer.close())
      await within(config.server.shutdownTimeoutSeconds, runner?.stop())
      await within(config.server.shutdownTimeoutSeconds, closeWebsite(loading))
      parts.limiter.close()
      await observers.stop()
      await within(config.database.closeTimeoutSeconds, storage.close())
    },
  }
}

/** One that was never loaded, or could not be, has nothing to end. */
async function closeWebsite(loading: Promise<Website> | undefined): Promise<void> {
  const website = await loading?.catch(() => undefined)
  await website?.close()
}

function signingKeySource({ tokens }: Config): Parameters<typeof loadSigningKeys>[0]['source'] {
  return {
    algorithm: tokens.signingAlgorithm,
    secret: tokens.secret?.reveal(),
    privateKeyPem:
      tokens.privateKeyPem?.reveal() ??
      (tokens.privateKeyPath === undefined ? undefined : readFileSync(tokens.privateKeyPath, 'utf8')),
    keyId: tokens.keyId,
  }
}

/** Waits for `work`, but not longer than `seconds`: a shutdown goes on. */
async function within(seconds: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
