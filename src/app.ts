/**
 * Composition root: picks adapters, wires flows to what they need, and mounts the endpoints. No globals: everything a
 * part uses is handed to it here.
 */

import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { passwordHasher } from './accounts/password.ts'
import {
  type AccountAdministration,
  createAccountAdministration,
  passwordRulesOf,
} from './administration/accounts.ts'
import { publishingAnnouncer } from './administration/announcer.ts'
import { type ClientAdministration, createClientAdministration } from './administration/clients.ts'
import { seed } from './administration/first-run.ts'
import { createTokenAdministration, type TokenAdministration } from './administration/tokens.ts'
import { adminApiEndpoints } from './composition/api.ts'
import { readBrandFiles } from './composition/brand.ts'
import { backgroundJobs } from './composition/jobs.ts'
import { pageEndpoints, sessionCookieName } from './composition/pages.ts'
import type { Parts } from './composition/parts.ts'
import { protocolEndpoints } from './composition/protocol.ts'
import { openEncryption } from './config/encryption-key.ts'
import type { Config } from './config/load.ts'
import { createEventBus } from './events/bus.ts'
import { createServerCookie } from './http/cookies.ts'
import { createErrorPage } from './http/error-page.ts'
import { createHttpServer } from './http/server.ts'
import { healthEndpoints } from './http/system/health.ts'
import { metricsEndpoint } from './http/system/metrics.ts'
import { preferencesEndpoint } from './http/system/preferences.ts'
import { staticEndpoints } from './http/system/static.ts'
import { type JobRunner, startJobs } from './jobs/runner.ts'
import { createMemoryRateLimiter } from './limits/memory.ts'
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
import { apiReferencePath } from './views/guides/navigation.tsx'
import { placesOf } from './views/navigation.ts'
import type { Site } from './views/props.ts'

/** A scrape is over in less; one whose reader has stalled is not waited for. */
const metricsShutdownSeconds = 1

export interface App {
  readonly storage: Storage
  readonly signingKeys: SigningKeys
  readonly observers: Observers
  /** Serves everything; does not listen yet. */
  readonly server: FastifyInstance
  /** Serves `/metrics` alone, when it has an address of its own. */
  readonly metricsServer: FastifyInstance | undefined
  readonly administration: {
    readonly clients: ClientAdministration
    readonly accounts: AccountAdministration
    readonly tokens: TokenAdministration
  }
  /** Where the first credentials were written, if this start wrote them. */
  readonly credentialsFile: string | undefined
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
  /** Leaves background jobs and gauge counting to {@link App.runJob} and {@link App.refreshGauges}. */
  manualJobs?: boolean
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
    processMetrics: options.manualJobs !== true,
  })
  const bus = createEventBus(observers.onListenerFailure)
  const storage = await openStorage(config.database, { onError: observers.onDatabaseError })
  try {
    observers.attach(bus, storage)
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
      storage,
      bus,
      observers,
      signingKeys,
      credentialsFile,
      brand,
    })
  } catch (error) {
    // What was announced until here is true, and is recorded.
    await observers.stop()
    await storage.close()
    throw error
  }
}

interface AssembledFrom extends Parts {
  options: AppOptions
  credentialsFile: string | undefined
  brand: Brand
}

function assemble(parts: AssembledFrom): App {
  const { config, clock, random, storage, bus, observers, signingKeys, brand } = parts
  const sessionCookie = createServerCookie(sessionCookieName, config.server)
  const places = new Set<string>()
  const site: Site = {
    name: config.brand.name,
    version,
    basePath: config.server.basePath,
    helpUrl: config.brand.helpUrl ?? null,
    brand: brand.site,
    places,
  }
  let closing = false
  const documents = createClientDocuments({
    storage,
    outbound: parts.outbound,
    limiter: createMemoryRateLimiter(clock),
    publisher: bus,
    clock,
    rules: metadataRules(config),
    settings: { ...config.clientDocuments, loopbackAllowed: config.outbound.loopbackAllowed },
  })
  const protocol = protocolEndpoints(parts, documents)
  const pages = pageEndpoints(parts, site, documents, protocol.metadata)
  const api = adminApiEndpoints(parts, protocol, pages.kit)
  for (const path of placesOf(pages.endpoints)) places.add(path)
  if (api.length > 0) places.add(apiReferencePath)
  const scrape = metricsEndpoint({ token: config.metrics.token, exposition: observers.exposition })
  const edge = {
    server: config.server,
    cors: config.cors,
    clock,
    random,
    onAnswered: observers.onAnswered,
    onFault: observers.onFault,
    onUntrustedForwardedFor: observers.onUntrustedForwardedFor,
    errorPage: createErrorPage(
      site,
      { ...config.server, ...config.pages },
      (request) => sessionCookie.read(request) !== undefined,
    ),
  }
  const server = createHttpServer({
    ...edge,
    observer: observers.http,
    endpoints: [
      ...protocol.endpoints,
      ...api,
      ...pages.endpoints,
      ...staticEndpoints({ assets: brand.assets, logo: brand.site.logo }),
      preferencesEndpoint(config.server),
      ...healthEndpoints({ storage, acceptsTraffic: () => !closing }),
      ...(config.metrics.enabled && config.metrics.listen === undefined ? [scrape] : []),
    ],
  })
  const metricsServer =
    config.metrics.enabled && config.metrics.listen !== undefined
      ? createHttpServer({ ...edge, observer: nothingCounted, endpoints: [scrape] })
      : undefined

  const jobs = backgroundJobs(parts, pages, documents)
  const onJobError = (job: string, error: unknown): void => observers.onJobFailure(job, error)
  let runner: JobRunner | undefined
  // Afterwards, so that a start waits for nothing it does not need.
  server.addHook('onListen', async () => {
    if (parts.options.manualJobs === true || closing) return
    runner = startJobs(jobs, onJobError)
    observers.startCounting()
  })
  const administration = { storage, announcer: publishingAnnouncer(bus), clock, random, ids: parts.ids }

  return {
    storage,
    signingKeys,
    observers,
    server,
    metricsServer,
    administration: {
      clients: createClientAdministration(administration),
      accounts: createAccountAdministration({
        ...administration,
        hashPassword: passwordHasher.hash,
        passwordRules: passwordRulesOf(config),
      }),
      tokens: createTokenAdministration(administration),
    },
    credentialsFile: parts.credentialsFile,
    async runJob(name) {
      const job = jobs.find((candidate) => candidate.name === name)
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
      await within(config.server.shutdownTimeoutSeconds, pages.close())
      await observers.stop()
      await within(config.database.closeTimeoutSeconds, storage.close())
    },
  }
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
