/**
 * Composition root: picks adapters, wires flows to what they need, and mounts the endpoints. No globals: everything a
 * part uses is handed to it here.
 */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { createAttemptDelays } from './accounts/attempt-delays.ts'
import { createLocalAuthenticator } from './accounts/authenticator.ts'
import { createLogIn } from './accounts/log-in.ts'
import { createPasswords, passwordHasher } from './accounts/password.ts'
import { createSessions } from './accounts/sessions.ts'
import { type AccountAdministration, createAccountAdministration } from './administration/accounts.ts'
import { publishingAnnouncer } from './administration/announcer.ts'
import { type ClientAdministration, createClientAdministration } from './administration/clients.ts'
import { seed } from './administration/first-run.ts'
import { createClientCache } from './cache/clients.ts'
import { openEncryption } from './config/encryption-key.ts'
import { signingKeyReloadSeconds } from './config/fixed-times.ts'
import type { Config } from './config/load.ts'
import { createEventBus, type EventBus } from './events/bus.ts'
import type { RateLimitPolicy } from './events/catalogue.ts'
import { createAccountAuthorizationsEndpoints } from './http/account/account-authorizations.ts'
import { createAccountSessionsEndpoints } from './http/account/account-sessions.ts'
import { clientLogoEndpoint } from './http/account/client-logo.ts'
import { createDeviceEndpoints } from './http/account/device.ts'
import { createLoginEndpoints } from './http/account/login.ts'
import { createLogoutEndpoints } from './http/account/logout.ts'
import { createServerCookie } from './http/cookies.ts'
import { createCsrf } from './http/csrf.ts'
import type { Endpoint } from './http/endpoint.ts'
import { createErrorPage } from './http/error-page.ts'
import { createAuthorizeEndpoints } from './http/oauth/authorize.ts'
import { deviceAuthorizationEndpoint } from './http/oauth/device-authorization.ts'
import { givingNonces } from './http/oauth/dpop-nonce.ts'
import { createEndSessionEndpoints } from './http/oauth/end-session.ts'
import { introspectEndpoint } from './http/oauth/introspect.ts'
import { metadataEndpoints } from './http/oauth/metadata.ts'
import { pushedAuthorizationEndpoint } from './http/oauth/pushed-authorization.ts'
import { registrationEndpoints } from './http/oauth/register.ts'
import { revokeEndpoint } from './http/oauth/revoke.ts'
import { tokenEndpoint } from './http/oauth/token.ts'
import { tokenInfoEndpoint } from './http/oauth/token-info.ts'
import { userinfoEndpoints } from './http/oauth/userinfo.ts'
import { createPageKit } from './http/page.ts'
import { createPageLimits } from './http/page-limits.ts'
import { createHttpServer } from './http/server.ts'
import { healthEndpoints } from './http/system/health.ts'
import { metricsEndpoint } from './http/system/metrics.ts'
import { staticEndpoints } from './http/system/static.ts'
import { claimAnnouncements } from './jobs/claim-announcements.ts'
import { cleanUpAudit, cleanUpExpired, cleanUpUsedValues } from './jobs/clean-up.ts'
import { type Job, type JobRunner, startJobs } from './jobs/runner.ts'
import { createMemoryRateLimiter } from './limits/memory.ts'
import { createAuthorizationEndpoint } from './oauth/authorization/authorize.ts'
import { createAuthorizationCodeGrant } from './oauth/authorization/code-grant.ts'
import { createConsents } from './oauth/authorization/consents.ts'
import { createKeptRequests } from './oauth/authorization/kept-request.ts'
import { createPushedAuthorizations } from './oauth/authorization/push.ts'
import { createClientAssertions } from './oauth/client-assertion.ts'
import { createClientAuthenticator } from './oauth/client-authentication.ts'
import { createClientCredentialsGrant } from './oauth/client-credentials/grant.ts'
import { type ClientDocuments, createClientDocuments } from './oauth/client-documents/documents.ts'
import { expireDescribedClients } from './oauth/client-documents/expire.ts'
import { createClientKeys } from './oauth/client-keys.ts'
import { createClientLogos } from './oauth/client-logos.ts'
import { compatibility } from './oauth/compatibility.ts'
import { createDeviceAuthorizationIssuer } from './oauth/device-authorization/issue.ts'
import { createDeviceCodeGrant } from './oauth/device-authorization/poll.ts'
import { createDeviceVerification } from './oauth/device-authorization/verify.ts'
import { createDpopNonces } from './oauth/dpop/nonces.ts'
import { createDpopProofs } from './oauth/dpop/verify.ts'
import { createIntrospection } from './oauth/introspection.ts'
import { createBackchannelLogout } from './oauth/openid/backchannel-logout.ts'
import { createIdTokenHints } from './oauth/openid/id-token-hint.ts'
import { createLogoutRequests } from './oauth/openid/logout.ts'
import { createUserinfo } from './oauth/openid/userinfo.ts'
import { createPresentedTokens } from './oauth/presented-token.ts'
import { createRefreshTokenGrant } from './oauth/refresh-token/grant.ts'
import { expireRegisteredClients } from './oauth/registration/expire.ts'
import { createRegistrationManagement } from './oauth/registration/manage.ts'
import type { MetadataRules } from './oauth/registration/metadata.ts'
import { createRegistration } from './oauth/registration/register.ts'
import type { RegistrationRules } from './oauth/registration/request.ts'
import { createRequestLimit, type RequestLimit } from './oauth/request-limit.ts'
import { createRevocation } from './oauth/revocation.ts'
import { createTokenEndpoint } from './oauth/token/dispatch.ts'
import type { GrantHandler } from './oauth/token/grant-handler.ts'
import { createTokenMinter } from './oauth/token/issue.ts'
import { rotationPolicy } from './oauth/token/key-rotation.ts'
import { createKeyRotation } from './oauth/token/rotate-keys.ts'
import { ensureSigningKeys, loadSigningKeys, type SigningKeys } from './oauth/token/signing-keys.ts'
import { createWithdrawal } from './oauth/token/withdraw.ts'
import { createTokenExchangeGrant } from './oauth/token-exchange/grant.ts'
import { createTokenInfo } from './oauth/token-info.ts'
import { createObservers, nothingCounted, type Observers } from './observability/observers.ts'
import { openOutbound } from './outbound/open.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { Clock } from './shared/clock.ts'
import type { Encryption } from './shared/encryption.ts'
import type { AccountId, ClientId, Ids } from './shared/ids.ts'
import type { Random } from './shared/random.ts'
import { openStorage } from './storage/open.ts'
import type { Storage } from './storage/storage.ts'
import { version } from './version.ts'
import type { Site } from './views/props.ts'

/** What the product declares its tokens may carry; clients may be given more. */
const advertisedScopes = ['openid', 'profile', 'email', 'offline_access', 'read', 'write']

/** A client changes itself rarely. */
const registrationChangesPerMinute = 60

const sessionSweepSeconds = 30
const announcementSeconds = 1
const keyRotationSeconds = 60
/** As soon as people notice, and far below any client's own time-out. */
const backchannelLogoutSeconds = 1
const usedValueSeconds = 60
const withdrawnClientSeconds = 600

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
      ...options,
      outbound,
      encryption,
      storage,
      bus,
      observers,
      signingKeys,
      credentialsFile,
    })
  } catch (error) {
    // What was announced until here is true, and is recorded.
    await observers.stop()
    await storage.close()
    throw error
  }
}

interface Parts extends AppOptions {
  outbound: Outbound
  encryption: Encryption
  storage: Storage
  bus: EventBus
  observers: Observers
  signingKeys: SigningKeys
  credentialsFile: string | undefined
}

function assemble(parts: Parts): App {
  const { config, clock, random, storage, bus, observers, signingKeys } = parts
  const site: Site = { name: 'AuthGate', version, basePath: config.server.basePath, helpUrl: null }
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
  const pages = pageEndpoints(parts, site, documents)
  const scrape = metricsEndpoint({ token: config.metrics.token, exposition: observers.exposition })
  const edge = {
    server: config.server,
    cors: config.cors,
    clock,
    random,
    onAnswered: observers.onAnswered,
    onFault: observers.onFault,
    onUntrustedForwardedFor: observers.onUntrustedForwardedFor,
    errorPage: createErrorPage(site),
  }
  const server = createHttpServer({
    ...edge,
    observer: observers.http,
    endpoints: [
      ...protocolEndpoints(parts, documents),
      ...pages.endpoints,
      ...staticEndpoints(),
      ...healthEndpoints({ storage, acceptsTraffic: () => !closing }),
      ...(config.metrics.enabled && config.metrics.listen === undefined ? [scrape] : []),
    ],
  })
  const metricsServer =
    config.metrics.enabled && config.metrics.listen !== undefined
      ? createHttpServer({ ...edge, observer: nothingCounted, endpoints: [scrape] })
      : undefined

  const jobs = backgroundJobs(parts, pages.sweepSessions, documents)
  const onJobError = (job: string, error: unknown): void => observers.onJobFailure(job, error)
  let runner: JobRunner | undefined
  // Afterwards, so that a start waits for nothing it does not need.
  server.addHook('onListen', async () => {
    if (parts.manualJobs === true || closing) return
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
      accounts: createAccountAdministration({ ...administration, hashPassword: passwordHasher.hash }),
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
      await observers.stop()
      await within(config.database.closeTimeoutSeconds, storage.close())
    },
  }
}

function protocolEndpoints(parts: Parts, documents: ClientDocuments): Endpoint[] {
  const { config, clock, random, ids, storage, bus, observers, signingKeys } = parts
  const { issuer, basePath } = config.server
  const limiter = createMemoryRateLimiter(clock)
  const limits = config.limits
  const unlessOff = (perMinute: number): number | undefined => (limits.enabled ? perMinute : undefined)
  const limit = (policy: RateLimitPolicy, limitPerMinute: number | undefined): RequestLimit =>
    createRequestLimit({ limiter, publisher: bus, clock, policy, limitPerMinute })

  const { clientTtlSeconds: ttlSeconds } = config.caches
  const { clients } = storage.read
  const cache = createClientCache({ clients, clock, ttlSeconds, observer: observers.clientCache })
  const changes = ['client.deleted', 'client.updated', 'client.approved', 'client_document.changed'] as const
  for (const change of changes) {
    bus.on(change, ({ clientId }) => cache.forget(clientId as ClientId))
  }
  const rememberedClients = documents.permitted(ttlSeconds > 0 ? cache : clients)
  const authenticator = createClientAuthenticator({
    storage,
    clients: rememberedClients,
    assertions: createClientAssertions({
      storage,
      keys: createClientKeys({ outbound: parts.outbound, clock }),
      clock,
      issuer,
      // RFC 9126 §2 has the pushed authorization request endpoint accept all three.
      endpoints: [`${issuer}/oauth/token`, `${issuer}/oauth/par`],
    }),
    failureLimit: limit('token_failures', limits.tokenFailures),
    publisher: bus,
    clock,
  })
  const nonces = config.dpop.nonceRequired
    ? createDpopNonces({ key: parts.encryption.macKey('dpop nonce'), clock })
    : undefined
  const proofs = createDpopProofs({ storage, clock, issuer, nonces })
  const { accounts, accessTokens, refreshTokens, grants: families } = storage.read
  const read = { accounts, accessTokens, refreshTokens, grants: families, clients: rememberedClients }
  const presentedTokens = createPresentedTokens({ read, proofs })
  const minter = createTokenMinter({ issuer, settings: config.tokens, signingKeys, clock, random, ids })
  const shared = { storage, minter, publisher: bus, clock }
  const grants: GrantHandler[] = [
    createDeviceCodeGrant({ ...shared, refreshEnabled: config.tokens.refreshEnabled }),
    createAuthorizationCodeGrant({ ...shared, refreshEnabled: config.tokens.refreshEnabled }),
    ...(config.tokens.refreshEnabled
      ? [
          createRefreshTokenGrant({
            ...shared,
            graceSeconds: config.tokens.refreshGracePeriodSeconds,
            rotationEnabled: config.tokens.rotationEnabled,
          }),
        ]
      : []),
    createTokenExchangeGrant(shared),
    createClientCredentialsGrant({ ...shared, accessTtlSeconds: config.tokens.clientCredentialsTtlSeconds }),
  ]
  const tokens = createTokenEndpoint({
    grants,
    authenticator,
    proofs,
    limit: limit('token', unlessOff(limits.token)),
    settings: { extraClaims: config.extraClaims, privateClaimPrefix: config.tokens.privateClaimPrefix },
  })
  const deviceAuthorization = createDeviceAuthorizationIssuer({
    storage,
    authenticator,
    proofs,
    publisher: bus,
    clock,
    random,
    ids,
    userCodeKey: userCodeKey(parts.encryption),
    issuer,
    codeTtlSeconds: config.device.codeTtlSeconds,
    pollIntervalSeconds: config.device.pollIntervalSeconds,
  })
  const pushedAuthorizations = createPushedAuthorizations({
    storage,
    authenticator,
    proofs,
    keptRequests: createKeptRequests({ storage, clock, random, ids }),
    limit: limit('authorization', unlessOff(limits.authorization)),
    publisher: bus,
    clock,
    settings: config.authorization,
  })
  const takingProofs = [
    tokenEndpoint(tokens),
    pushedAuthorizationEndpoint(pushedAuthorizations),
    deviceAuthorizationEndpoint({
      issuer: deviceAuthorization,
      limit: limit('device_code', unlessOff(limits.deviceCode)),
      publisher: bus,
      clock,
    }),
    tokenInfoEndpoint(createTokenInfo({ tokens: presentedTokens, publisher: bus, clock, issuer })),
    ...userinfoEndpoints(
      createUserinfo({
        storage,
        tokens: presentedTokens,
        signingKeys,
        publisher: bus,
        clock,
        issuer,
        defaultAudience: config.tokens.audience,
      }),
    ),
  ]
  return [
    ...takingProofs.map((endpoint) => givingNonces(endpoint, nonces)),
    introspectEndpoint(
      createIntrospection({
        read,
        authenticator,
        limit: limit('introspect', limits.introspect),
        signingKeys,
        publisher: bus,
        clock,
        issuer,
      }),
    ),
    revokeEndpoint(createRevocation({ storage, authenticator, publisher: bus, clock })),
    ...(config.registration.enabled ? registrationOf(parts, limit) : []),
    ...metadataEndpoints(
      {
        issuer,
        grantTypes: tokens.grantTypes,
        scopes: advertisedScopes,
        registration: config.registration.enabled,
      },
      documents.available,
      signingKeys,
      basePath,
    ),
  ]
}

/** What clients may say of themselves that nobody vouches for. */
function metadataRules(config: Config): MetadataRules {
  return {
    redirectUris: {
      privateUseUris: new Set([...compatibility.privateUseRedirectUris, ...config.registration.redirectUris]),
      reverseDomainSchemes: false,
    },
    loopbackAllowed: config.outbound.loopbackAllowed,
    operator: false,
  }
}

function registrationOf(
  parts: Parts,
  limit: (policy: RateLimitPolicy, perMinute: number | undefined) => RequestLimit,
): Endpoint[] {
  const { config, clock, random, ids, storage, bus } = parts
  const { enabled, registration: perMinute } = config.limits
  const rules: RegistrationRules = { ...metadataRules(config), scopes: advertisedScopes }
  const shared = { storage, publisher: bus, clock, random, issuer: config.server.issuer, rules }
  return registrationEndpoints({
    registration: createRegistration({ ...shared, ids, settings: config.registration }),
    management: createRegistrationManagement({
      ...shared,
      limit: limit('registration', registrationChangesPerMinute),
      needsApproval: config.registration.needsApproval,
    }),
    limit: limit('registration', enabled ? perMinute : undefined),
    publisher: bus,
    clock,
  })
}

function pageEndpoints(
  parts: Parts,
  site: Site,
  documents: ClientDocuments,
): { endpoints: Endpoint[]; sweepSessions: () => Promise<unknown> } {
  const { config, clock, random, ids, storage, bus, encryption, signingKeys } = parts
  const { server } = config
  const cookieOptions = { secure: server.secure }
  const sessionCookie = createServerCookie('authgate_session', cookieOptions)
  const csrf = createCsrf({
    key: encryption.macKey('csrf'),
    cookie: createServerCookie('authgate_csrf', cookieOptions),
    random,
    publisher: bus,
    clock,
  })
  const sessions = createSessions({ storage, publisher: bus, clock, random, ids, settings: config.sessions })
  const kit = createPageKit({ sessions, sessionCookie, csrf, server, site })
  const limits = createPageLimits({
    limiter: createMemoryRateLimiter(clock),
    publisher: bus,
    clock,
    settings: config.limits,
  })
  const local = createLocalAuthenticator({ storage, passwords: createPasswords(), clock })
  const logIn = createLogIn({
    storage,
    sessions,
    authenticators: { bySource: { local }, unknownName: local },
    delays: createAttemptDelays(clock),
    publisher: bus,
    clock,
  })
  const hints = createIdTokenHints({ issuer: server.issuer, findPublicKey: signingKeys.findPublicKey })
  const authorization = createAuthorizationEndpoint({
    storage,
    clients: storage.read.clients,
    documents,
    keptRequests: createKeptRequests({ storage, clock, random, ids }),
    // §3.1.2.1: "previously issued by the Authorization Server being passed as a hint about the End-User's … session with
    // the Client".
    async subjectOfHint(idToken, client) {
      const hint = await hints.verify(idToken)
      return hint?.clientId === client.id ? (hint.subject as AccountId) : undefined
    },
    publisher: bus,
    clock,
    random,
    ids,
    issuer: server.issuer,
    settings: config.authorization,
  })
  const verification = createDeviceVerification({
    storage,
    publisher: bus,
    clock,
    userCodeKey: userCodeKey(encryption),
  })
  const withdrawal = createWithdrawal({ storage, publisher: bus, clock })
  const logoutRequests = createLogoutRequests({ storage, hints })
  const logos = createClientLogos({
    outbound: parts.outbound,
    clock,
    policy: config.authorization.clientLogos,
  })
  return {
    endpoints: [
      ...createLoginEndpoints({
        kit,
        csrf,
        limits,
        logIn,
        sessionCookie,
        server,
        settings: config.sessions,
        clients: storage.read.clients,
        logos,
      }),
      clientLogoEndpoint({ logos, clients: storage.read.clients }),
      ...createAuthorizeEndpoints({ kit, csrf, limits, authorization, clock }),
      ...createLogoutEndpoints({ kit, sessions, server }),
      ...createEndSessionEndpoints({ kit, csrf, sessions, logoutRequests }),
      ...createAccountSessionsEndpoints({ kit, sessions, withdrawal, storage, clock }),
      ...createAccountAuthorizationsEndpoints({
        kit,
        consents: createConsents({ storage, publisher: bus, clock }),
        storage,
        clock,
      }),
      ...createDeviceEndpoints({ kit, limits, verification, clock }),
    ],
    sweepSessions: () => sessions.sweep(),
  }
}

function backgroundJobs(
  parts: Parts,
  sweepSessions: () => Promise<unknown>,
  documents: ClientDocuments,
): Job[] {
  const { config, clock, ids, storage, bus, signingKeys, encryption, outbound } = parts
  const rotateKeys = createKeyRotation({
    storage,
    encryption,
    clock,
    publisher: bus,
    policy: rotationPolicy(config),
  })
  const backchannelLogout = createBackchannelLogout({
    storage,
    signingKeys,
    outbound,
    publisher: bus,
    clock,
    ids,
    issuer: config.server.issuer,
  })
  const job = (
    name: string,
    everySeconds: number,
    run: () => Promise<unknown>,
    immediately = false,
  ): Job => ({
    name,
    everySeconds,
    immediately,
    run: async () => {
      await run()
    },
  })
  const jobs = [
    job('sweep_sessions', sessionSweepSeconds, sweepSessions, true),
    job('claim_announcements', announcementSeconds, () => claimAnnouncements(storage, bus, clock), true),
    job(
      'rotate_signing_keys',
      keyRotationSeconds,
      async () => {
        if (await rotateKeys()) await signingKeys.reload()
      },
      true,
    ),
    job('deliver_backchannel_logouts', backchannelLogoutSeconds, () => backchannelLogout.deliver(), true),
    // Also where clean-up is off: proofs of possession leave a row with each request.
    job('clean_up_used_values', usedValueSeconds, () => cleanUpUsedValues(storage, clock), true),
    job('reload_signing_keys', signingKeyReloadSeconds, () => signingKeys.reload()),
  ]
  if (config.clientDocuments.mode !== 'off') {
    jobs.push(job('end_withdrawn_clients', withdrawnClientSeconds, () => documents.endWithdrawn()))
  }
  if (config.cleanup.enabled) {
    const cleanUp = async (): Promise<void> => {
      // Before grants are forgotten, which show that a client is used.
      await expireRegisteredClients({ storage, publisher: bus, clock })
      await expireDescribedClients({ storage, publisher: bus, clock })
      await cleanUpExpired(storage, clock)
    }
    jobs.push(job('clean_up', config.cleanup.intervalSeconds, cleanUp, true))
  }
  const { retentionSeconds, cleanupIntervalSeconds } = config.audit
  if (retentionSeconds > 0) {
    jobs.push(
      // At every start as well: a server that is restarted daily would never get to it.
      job(
        'clean_up_audit',
        cleanupIntervalSeconds,
        () => cleanUpAudit(storage, clock, retentionSeconds),
        true,
      ),
    )
  }
  return jobs
}

function userCodeKey(encryption: Encryption): ReturnType<Encryption['macKey']> {
  return encryption.macKey('user code')
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
