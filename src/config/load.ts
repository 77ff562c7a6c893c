/**
 * Environment → frozen {@link Config}. Reads every setting, checks how they fit together, and reports every problem
 * at once; a value that cannot be understood stops the start instead of falling back to a default in silence.
 */
import { BlockList } from 'node:net'
import { dirname, resolve } from 'node:path'
import { formatDuration } from '../shared/duration.ts'
import type { Secret } from '../shared/secret.ts'
import { type BrandConfig, readBrand } from './brand.ts'
import { clockToleranceSeconds, metadataMaxAgeSeconds, signingKeyReloadSeconds } from './fixed-times.ts'
import { type SettingInForce, settingsInForce } from './in-force.ts'
import { retiredSettings, type SettingValues, settings } from './schema.ts'
import { type Setting, SettingError } from './setting.ts'
import {
  type HttpApiConfig,
  type IdentityProvidersConfig,
  readHttpApi,
  readIdentityProviders,
} from './sign-in-sources.ts'

export interface ListenAddress {
  /** `undefined` listens on every interface. */
  host: string | undefined
  port: number
}

export interface TokenProfile {
  accessTtlSeconds: number
  refreshTtlSeconds: number
}

export type TokenProfileName = 'short' | 'standard' | 'long'

export interface Config {
  readonly server: {
    readonly listen: ListenAddress
    /** The issuer identifier: `BASE_URL` without a final slash. Every URL this server publishes starts with it. */
    readonly issuer: string
    /** Path under which routes are mounted: empty, or `/…` without a final slash. */
    readonly basePath: string
    /** Whether people reach this server over https. */
    readonly secure: boolean
    readonly production: boolean
    readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
    readonly trustedProxies: BlockList
    readonly shutdownTimeoutSeconds: number
  }
  readonly dpop: SettingValues['dpop']
  readonly cors: {
    /** Whose scripts may read answers. */
    readonly origins: 'any' | readonly string[]
    /** Request headers allowed beside those the endpoints read. */
    readonly extraHeaders: readonly string[]
    readonly maxAgeSeconds: number
  }
  readonly log: SettingValues['log']
  readonly dataDir: string
  readonly encryption: { readonly keys: Secret | undefined; readonly keyFile: string | undefined }
  readonly database: {
    readonly driver: 'sqlite' | 'postgres'
    /** SQLite: path of the file (or `:memory:`). PostgreSQL: connection string. */
    readonly dsn: string
    readonly synchronous: 'NORMAL' | 'FULL'
    readonly maxOpenConnections: number
    readonly connectionMaxLifetimeSeconds: number
    readonly connectionMaxIdleSeconds: number
    readonly initTimeoutSeconds: number
    readonly closeTimeoutSeconds: number
  }
  readonly firstRun: { readonly adminPassword: Secret | undefined }
  readonly tokens: {
    readonly signingAlgorithm: 'ES256' | 'RS256' | 'HS256'
    readonly secret: Secret | undefined
    readonly privateKeyPem: Secret | undefined
    readonly privateKeyPath: string | undefined
    readonly keyId: string | undefined
    readonly audience: readonly string[]
    readonly domain: string | undefined
    readonly privateClaimPrefix: string
    readonly accessJitterSeconds: number
    readonly accessTtlSeconds: number
    readonly accessTtlMaxSeconds: number
    readonly refreshTtlMaxSeconds: number
    readonly refreshGracePeriodSeconds: number
    readonly refreshEnabled: boolean
    readonly rotationEnabled: boolean
    readonly profiles: Readonly<Record<TokenProfileName, TokenProfile>>
    readonly clientCredentialsTtlSeconds: number
  }
  readonly extraClaims: SettingValues['extraClaims']
  readonly authorization: {
    readonly codeTtlSeconds: number
    readonly pkceRequired: boolean
    readonly rememberConsent: boolean
    readonly clientLogos: SettingValues['authorization']['clientLogos']
    readonly pushedTtlSeconds: number
    readonly defaultResource: string | undefined
  }
  readonly signingKeys: { readonly rotationIntervalSeconds: number; readonly publishAheadSeconds: number }
  readonly device: { readonly codeTtlSeconds: number; readonly pollIntervalSeconds: number }
  readonly sessions: SettingValues['sessions']
  /** The external API that user names without an account are asked for; `undefined` with `AUTH_MODE=local`. */
  readonly httpApi: HttpApiConfig | undefined
  readonly identityProviders: IdentityProvidersConfig
  readonly security: SettingValues['security']
  /** `undefined` when this server sends no mail. */
  readonly mail:
    | {
        readonly host: string
        readonly port: number
        readonly tls: 'starttls' | 'tls' | 'none'
        readonly login: { readonly username: string; readonly password: Secret } | undefined
        readonly from: string
      }
    | undefined
  readonly limits: SettingValues['limits'] & {
    readonly redis: {
      readonly host: string
      readonly port: number
      readonly tls: boolean
      readonly username: string | undefined
      readonly password: Secret | undefined
      readonly database: number
      readonly connectTimeoutSeconds: number
    }
  }
  /** What people make for themselves. */
  readonly api: SettingValues['api']
  readonly apps: SettingValues['apps']
  readonly registration: {
    /** `undefined`: once a resource is open to clients that nobody vouches for. */
    readonly enabled: boolean | undefined
    /** What a registration must present; `undefined` lets anybody. */
    readonly initialAccessToken: Secret | undefined
    readonly needsApproval: boolean
    readonly redirectUris: readonly string[]
    readonly maxClients: number
  }
  readonly clientDocuments: {
    readonly mode: 'open' | 'allowlist' | 'off'
    /** Hosts in lower case, or `*.` and a domain. */
    readonly allow: readonly string[]
    readonly trusted: readonly string[]
    readonly deny: readonly string[]
    readonly needsApproval: boolean
    readonly ports: readonly number[]
    readonly maxBytes: number
    readonly staleSeconds: number
  }
  readonly outbound: {
    readonly allowedNetworks: BlockList
    /** Whether this server is itself known by a loopback address, outside production. */
    readonly loopbackAllowed: boolean
  }
  readonly pages: SettingValues['pages']
  readonly brand: BrandConfig
  readonly caches: { readonly clientTtlSeconds: number }
  readonly audit: {
    readonly enabled: boolean
    readonly retentionSeconds: number
    readonly bufferSize: number
    readonly cleanupIntervalSeconds: number
    readonly shutdownTimeoutSeconds: number
  }
  readonly cleanup: { readonly enabled: boolean; readonly intervalSeconds: number }
  readonly metrics: {
    readonly enabled: boolean
    readonly token: Secret | undefined
    readonly listen: ListenAddress | undefined
    readonly gaugeIntervalSeconds: number
  }
  /** All of the above as it was given, for people to look at; without secrets. */
  readonly inForce: readonly SettingInForce[]
}

export interface LoadedConfig {
  config: Config
  /** Things that work but deserve a look; each names its setting. */
  warnings: string[]
}

export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** A secret that appears in documentation, samples or the reference's defaults is known to everybody. */
const placeholderPattern = /(your|change[-_ ]?me|example|secret-?key|placeholder|password123|256-bit)/i
const privateClaimNames = ['domain', 'project', 'service_account', 'uid']
const identifierPattern = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/
/** As browsers write one (RFC 6454 §6.2), with any scheme: apps and browser extensions have their own. */
const originPattern = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i
/** RFC 9110 §5.6.2. */
const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * @param purpose `needsEncryptionKey: false` for a program that neither encrypts nor decrypts.
 * @throws {ConfigError} naming every setting that is wrong.
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  purpose: { needsEncryptionKey: boolean } = { needsEncryptionKey: true },
): LoadedConfig {
  const problems: string[] = []
  const warnings: string[] = []
  const problem = (name: string, what: string, example?: string): void => {
    problems.push(
      example === undefined ? `${name} ${what}` : `${name} ${what}; for example ${name}=${example}`,
    )
  }
  const values = readValues(environment, problem)
  for (const [name, reason] of Object.entries(retiredSettings)) {
    if (environment[name]) warnings.push(`${name} has no effect here: ${reason}.`)
  }

  const listen = parseListen(values.server.address)
  if (listen === undefined) problem('SERVER_ADDR', 'must be host:port', ':8080')
  const metricsListen = values.metrics.address === undefined ? undefined : parseListen(values.metrics.address)
  if (values.metrics.address !== undefined && metricsListen === undefined) {
    problem('METRICS_ADDR', 'must be host:port', '127.0.0.1:9090')
  }
  const production = ['production', 'true', '1'].includes(values.server.environment)
  const base = readBaseUrl(values, listen, production, problem, warnings)

  if ((values.server.tlsCertFile === undefined) !== (values.server.tlsKeyFile === undefined)) {
    problem('TLS_CERT_FILE', 'and TLS_KEY_FILE must be set together, or neither')
  }
  const trustedProxies = readNetworks('TRUSTED_PROXIES', values.server.trustedProxies, problem)
  const allowedNetworks = readNetworks('OUTBOUND_ALLOWED_NETWORKS', values.outbound.allowedNetworks, problem)
  const cors = readCors(values.cors, problem, warnings)

  const dsn = values.database.dsn ?? (values.database.driver === 'sqlite' ? values.database.path : undefined)
  if (values.database.driver === 'postgres') {
    if (dsn === undefined) {
      problem('DATABASE_DSN', 'is required for PostgreSQL', 'postgres://authgate@localhost:5432/authgate')
    }
    const hasKey = values.encryption.key !== undefined || values.encryption.keyFile !== undefined
    if (purpose.needsEncryptionKey && !hasKey) {
      problem(
        'ENCRYPTION_KEY',
        'is required on PostgreSQL, the same on every replica; make one with: openssl rand -base64 32',
      )
    }
  }
  if (values.encryption.key !== undefined && values.encryption.keyFile !== undefined) {
    problem('ENCRYPTION_KEY', 'and ENCRYPTION_KEY_FILE exclude each other')
  }
  const databaseFile = dsn ?? 'authgate.db'
  const dataDir = resolve(
    values.server.dataDir ??
      (values.database.driver === 'sqlite' && databaseFile !== ':memory:' ? dirname(databaseFile) : '.'),
  )

  const adminPassword = values.firstRun.adminPassword
  if (adminPassword !== undefined && adminPassword.reveal().trim().length < 8) {
    problem('DEFAULT_ADMIN_PASSWORD', 'must have at least 8 characters')
  } else if (
    adminPassword !== undefined &&
    /^(?:admin|password|change-?me|12345678)/i.test(adminPassword.reveal().trim())
  ) {
    problem(
      'DEFAULT_ADMIN_PASSWORD',
      'is one of the first that anybody would try; leave it empty to have one made',
    )
  }
  const tokens = readTokens(values.tokens, problem, warnings)
  checkKeyRotation(values.signingKeys, problem)
  checkMetricsToken(values.metrics, warnings)
  const mail = readMail(values.mail, problem)
  const redis = readRedis(values.redis, problem)
  const clientDocuments = readClientDocuments(values.clientDocuments, problem)
  const registration = readRegistration(values.registration, problem)
  const httpApi = readHttpApi(values, problem, warnings)
  const identityProviders = readIdentityProviders(values, base?.issuer, problem, warnings)
  const brand = readBrand(values.brand, problem)

  if (problems.length > 0 || listen === undefined || base === undefined) throw new ConfigError(problems)

  const config: Config = {
    server: {
      listen,
      ...base,
      production,
      tls:
        values.server.tlsCertFile !== undefined && values.server.tlsKeyFile !== undefined
          ? { certFile: values.server.tlsCertFile, keyFile: values.server.tlsKeyFile }
          : undefined,
      trustedProxies,
      shutdownTimeoutSeconds: values.server.shutdownTimeout,
    },
    dpop: values.dpop,
    cors,
    log: values.log,
    dataDir,
    encryption: { keys: values.encryption.key, keyFile: values.encryption.keyFile },
    database: {
      driver: values.database.driver,
      dsn: databaseFile,
      synchronous: values.database.synchronous,
      maxOpenConnections: values.database.maxOpenConnections,
      connectionMaxLifetimeSeconds: values.database.connectionMaxLifetime,
      connectionMaxIdleSeconds: values.database.connectionMaxIdleTime,
      initTimeoutSeconds: values.database.initTimeout,
      closeTimeoutSeconds: values.database.closeTimeout,
    },
    firstRun: values.firstRun,
    tokens,
    extraClaims: values.extraClaims,
    signingKeys: {
      rotationIntervalSeconds: values.signingKeys.rotationInterval,
      publishAheadSeconds: values.signingKeys.publishAhead,
    },
    authorization: {
      codeTtlSeconds: values.authorization.codeTtl,
      pkceRequired: values.authorization.pkceRequired,
      rememberConsent: values.authorization.rememberConsent,
      clientLogos: values.authorization.clientLogos,
      pushedTtlSeconds: values.authorization.pushedTtl,
      defaultResource: values.authorization.defaultResource,
    },
    device: {
      codeTtlSeconds: values.device.codeTtl,
      pollIntervalSeconds: Math.ceil(values.device.pollInterval),
    },
    sessions: values.sessions,
    httpApi,
    identityProviders,
    security: values.security,
    mail,
    limits: { ...values.limits, redis },
    api: values.api,
    apps: values.apps,
    registration,
    clientDocuments,
    outbound: {
      allowedNetworks,
      loopbackAllowed: !production && loopbackHosts.has(new URL(base.issuer).hostname),
    },
    pages: values.pages,
    brand,
    caches: { clientTtlSeconds: values.caches.clientTtl },
    audit: {
      enabled: values.audit.enabled,
      retentionSeconds: values.audit.retention,
      bufferSize: values.audit.bufferSize,
      cleanupIntervalSeconds: values.audit.cleanupInterval,
      shutdownTimeoutSeconds: values.audit.shutdownTimeout,
    },
    cleanup: { enabled: values.cleanup.enabled, intervalSeconds: values.cleanup.interval },
    metrics: {
      enabled: values.metrics.enabled,
      token: values.metrics.token,
      listen: metricsListen,
      gaugeIntervalSeconds: values.metrics.gaugeInterval,
    },
    inForce: settingsInForce(environment),
  }
  return { config: deepFreeze(config), warnings }
}

export type Problem = (name: string, what: string, example?: string) => void

function readRedis(redis: SettingValues['redis'], problem: Problem): Config['limits']['redis'] {
  const { address, connectTimeout, ...same } = redis
  const found = parseListen(address)
  if (found?.host === undefined) problem('REDIS_ADDR', 'must be host:port', 'localhost:6379')
  return {
    ...same,
    host: found?.host ?? '',
    port: found?.port ?? 0,
    connectTimeoutSeconds: connectTimeout,
  }
}

function readMail(mail: SettingValues['mail'], problem: Problem): Config['mail'] {
  const { host, port, tls, username, password, from } = mail
  if ((username === undefined) !== (password === undefined)) {
    problem('SMTP_USERNAME', 'and SMTP_PASSWORD must be set together, or neither')
  }
  if (host === undefined) {
    for (const [name, value] of Object.entries({ SMTP_USERNAME: username, SMTP_FROM: from })) {
      if (value !== undefined) problem(name, 'has no effect without SMTP_HOST', undefined)
    }
    return undefined
  }
  if (from === undefined)
    problem('SMTP_FROM', 'is required with SMTP_HOST', 'AuthGate <authgate@example.com>')
  const login = username === undefined || password === undefined ? undefined : { username, password }
  return { host, port, tls, login, from: from ?? '' }
}

function readValues(
  environment: Readonly<Record<string, string | undefined>>,
  problem: Problem,
): SettingValues {
  const read = (setting: Setting<unknown>): unknown => {
    // An empty variable counts as unset, as it does for the reference implementation.
    const given = environment[setting.name]
    const text = given === undefined || given === '' ? setting.defaultText : given
    if (text === undefined) return setting.kind === 'comma list' ? [] : undefined
    try {
      return setting.parse(text)
    } catch (error) {
      if (!(error instanceof SettingError)) throw error
      problem(setting.name, error.message, setting.secret ? undefined : setting.example)
      return setting.defaultText === undefined ? undefined : setting.parse(setting.defaultText)
    }
  }
  const groups = Object.entries(settings).map(([group, members]) => [
    group,
    Object.fromEntries(Object.entries(members).map(([key, setting]) => [key, read(setting)])),
  ])
  return Object.fromEntries(groups) as SettingValues
}

function readCors(
  { enabled, allowedOrigins, allowedHeaders, maxAge }: SettingValues['cors'],
  problem: Problem,
  warnings: string[],
): Config['cors'] {
  const isOrigin = (text: string): boolean => originPattern.test(text) && URL.canParse(text)
  const origins = allowedOrigins.filter((origin) => origin === '*' || isOrigin(origin))
  if (origins.length < allowedOrigins.length) {
    problem('CORS_ALLOWED_ORIGINS', 'must hold scheme, host and port only', 'https://app.example.com')
  }
  for (const header of allowedHeaders) {
    if (!tokenPattern.test(header)) problem('CORS_ALLOWED_HEADERS', 'must hold header names', 'X-Request-Id')
  }
  if (enabled === true && allowedOrigins.length === 0) {
    warnings.push(
      'CORS_ENABLED=true without CORS_ALLOWED_ORIGINS: no script of another origin may call this server',
    )
  }
  const open = enabled === undefined && allowedOrigins.length === 0
  const listed = enabled === false ? [] : origins.map(asBrowsersSend)
  return {
    origins: open || listed.includes('*') ? 'any' : listed,
    extraHeaders: allowedHeaders,
    maxAgeSeconds: maxAge,
  }
}

/** Lower case, without a default port. */
function asBrowsersSend(origin: string): string {
  return /^https?:/i.test(origin) ? new URL(origin).origin : origin.toLowerCase()
}

function parseListen(text: string): ListenAddress | undefined {
  const match = /^(.*):(\d{1,5})$/.exec(text.trim())
  if (match === null) return undefined
  const port = Number(match[2])
  if (port > 65_535) return undefined
  const host = match[1]!.replace(/^\[(.*)\]$/, '$1')
  return { host: host === '' ? undefined : host, port }
}

function readBaseUrl(
  values: SettingValues,
  listen: ListenAddress | undefined,
  production: boolean,
  problem: Problem,
  warnings: string[],
): Pick<Config['server'], 'issuer' | 'basePath' | 'secure'> | undefined {
  const scheme = values.server.tlsCertFile === undefined ? 'http' : 'https'
  const text = values.server.baseUrl ?? `${scheme}://localhost:${listen?.port ?? 8080}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    problem('BASE_URL', 'must be an http or https address', 'https://auth.example.com')
    return undefined
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    problem(
      'BASE_URL',
      'must have no query, fragment or credentials (RFC 8414 §2)',
      'https://auth.example.com',
    )
    return undefined
  }
  const issuer = text.replace(/\/+$/, '')
  if (issuer !== text) {
    warnings.push('BASE_URL ends in a slash, which is left out: the issuer identifier has none.')
  }
  const secure = url.protocol === 'https:'
  if (!secure && production && !loopbackHosts.has(url.hostname) && !values.server.allowInsecureIssuer) {
    problem(
      'BASE_URL',
      'must be https in production (or set ALLOW_INSECURE_ISSUER=true)',
      'https://auth.example.com',
    )
  }
  return { issuer, basePath: url.pathname.replace(/\/+$/, ''), secure }
}

function readNetworks(setting: string, entries: readonly string[], problem: Problem): BlockList {
  const networks = new BlockList()
  for (const entry of entries) {
    const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
    const family = address.includes(':') ? 'ipv6' : 'ipv4'
    const longest = family === 'ipv4' ? 32 : 128
    try {
      networks.addSubnet(address, prefix === undefined ? longest : Number(prefix), family)
    } catch {
      problem(setting, `holds “${entry}”, which is neither an address nor a CIDR range`, '10.0.0.0/8')
    }
  }
  return networks
}

function readTokens(values: SettingValues['tokens'], problem: Problem, warnings: string[]): Config['tokens'] {
  if (values.signingAlgorithm === 'HS256') {
    const secret = values.secret?.reveal()
    if (secret === undefined) {
      problem('JWT_SECRET', 'is required for HS256; make one with: openssl rand -base64 48')
    } else if (Buffer.byteLength(secret) < 32) {
      problem('JWT_SECRET', 'must have at least 32 bytes (RFC 7518 §3.2)')
    } else if (placeholderPattern.test(secret)) {
      problem('JWT_SECRET', 'is a published placeholder; make one with: openssl rand -base64 48')
    }
  } else if (values.secret !== undefined) {
    warnings.push(
      `JWT_SECRET is not used: access tokens are signed with ${values.signingAlgorithm}. Set JWT_SIGNING_ALGORITHM=HS256 to sign with it.`,
    )
  }
  if (values.privateKeyPem !== undefined && values.privateKeyPath !== undefined) {
    warnings.push('JWT_PRIVATE_KEY_PEM wins over JWT_PRIVATE_KEY_PATH; one of them is enough.')
  }
  if (values.domain !== undefined && !identifierPattern.test(values.domain)) {
    problem(
      'JWT_DOMAIN',
      'must be 1 to 64 letters, digits, “_”, “.” or “-”, alphanumeric at both ends',
      'example.com',
    )
  }
  const prefix = values.privateClaimPrefix
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,14}$/.test(prefix) || prefix.endsWith('_')) {
    problem(
      'JWT_PRIVATE_CLAIM_PREFIX',
      'must be a letter, then up to 14 letters, digits or “_”, not ending in “_”',
      'extra',
    )
  } else if (privateClaimNames.some((name) => ['client_id', 'user_id'].includes(`${prefix}_${name}`))) {
    problem('JWT_PRIVATE_CLAIM_PREFIX', 'would collide with a registered claim', 'extra')
  }
  const jitter = values.accessJitter ?? Math.floor(values.accessTtl * 0.05)
  if (jitter > 0 && jitter >= values.accessTtl) {
    problem('JWT_EXPIRATION_JITTER', 'must be smaller than JWT_EXPIRATION', '3m')
  }
  const profiles = {
    short: { accessTtlSeconds: values.shortAccessTtl, refreshTtlSeconds: values.shortRefreshTtl },
    standard: {
      accessTtlSeconds: values.standardAccessTtl ?? values.accessTtl,
      refreshTtlSeconds: values.standardRefreshTtl ?? values.refreshTtl,
    },
    long: { accessTtlSeconds: values.longAccessTtl, refreshTtlSeconds: values.longRefreshTtl },
  }
  for (const [name, profile] of Object.entries(profiles)) {
    const upper = name.toUpperCase()
    if (profile.accessTtlSeconds > values.accessTtlMax) {
      const setting =
        name === 'standard' && values.standardAccessTtl === undefined
          ? 'JWT_EXPIRATION'
          : `TOKEN_PROFILE_${upper}_ACCESS_TTL`
      problem(
        setting,
        `is ${formatDuration(profile.accessTtlSeconds)}, more than JWT_EXPIRATION_MAX (${formatDuration(values.accessTtlMax)}); raise the maximum or lower it`,
      )
    }
    if (profile.refreshTtlSeconds > values.refreshTtlMax) {
      const setting =
        name === 'standard' && values.standardRefreshTtl === undefined
          ? 'REFRESH_TOKEN_EXPIRATION'
          : `TOKEN_PROFILE_${upper}_REFRESH_TTL`
      problem(
        setting,
        `is ${formatDuration(profile.refreshTtlSeconds)}, more than REFRESH_TOKEN_EXPIRATION_MAX (${formatDuration(values.refreshTtlMax)}); raise the maximum or lower it`,
      )
    }
  }
  return {
    signingAlgorithm: values.signingAlgorithm,
    secret: values.secret,
    privateKeyPem: values.privateKeyPem,
    privateKeyPath: values.privateKeyPath,
    keyId: values.keyId,
    audience: values.audience,
    domain: values.domain,
    privateClaimPrefix: prefix,
    accessJitterSeconds: jitter,
    accessTtlSeconds: values.accessTtl,
    accessTtlMaxSeconds: values.accessTtlMax,
    refreshTtlMaxSeconds: values.refreshTtlMax,
    refreshGracePeriodSeconds: values.refreshGracePeriod,
    refreshEnabled: values.refreshEnabled,
    rotationEnabled: values.rotationEnabled,
    profiles,
    clientCredentialsTtlSeconds: values.clientCredentialsTtl,
  }
}

/** By then the last replica has read a new key, and the last cache has dropped a JWK set without it. */
const leastPublishAheadSeconds = signingKeyReloadSeconds + metadataMaxAgeSeconds + clockToleranceSeconds

function checkKeyRotation(
  { rotationInterval, publishAhead }: SettingValues['signingKeys'],
  problem: Problem,
): void {
  if (publishAhead < leastPublishAheadSeconds) {
    problem(
      'SIGNING_KEY_PUBLISH_AHEAD',
      `must be at least ${formatDuration(leastPublishAheadSeconds)}: the JWK set may be cached for ${formatDuration(metadataMaxAgeSeconds)}, and replicas read new keys every ${formatDuration(signingKeyReloadSeconds)}`,
      '24h',
    )
  }
  if (rotationInterval > 0 && rotationInterval <= publishAhead) {
    problem(
      'SIGNING_KEY_ROTATION_INTERVAL',
      `must be longer than SIGNING_KEY_PUBLISH_AHEAD (${formatDuration(publishAhead)}), or 0`,
      '2160h',
    )
  }
}

/** Shorter ones can be guessed. */
const minRegistrationTokenLength = 16

function readRegistration(values: SettingValues['registration'], problem: Problem): Config['registration'] {
  const { enabled, policy, redirectUris, maxClients } = values
  const token = values.token?.reveal()
  if (token !== undefined && (token.length < minRegistrationTokenLength || placeholderPattern.test(token))) {
    problem(
      'DYNAMIC_CLIENT_REGISTRATION_TOKEN',
      'is short or taken from an example, so it can be guessed; make one with: openssl rand -base64 48',
    )
  }
  if (policy === 'token' && token === undefined) {
    problem('DYNAMIC_CLIENT_REGISTRATION_TOKEN', 'is needed for DYNAMIC_CLIENT_REGISTRATION_POLICY=token')
  }
  if (policy === 'open' && token !== undefined) {
    problem(
      'DYNAMIC_CLIENT_REGISTRATION_POLICY',
      'is open although DYNAMIC_CLIENT_REGISTRATION_TOKEN is set; unset one of them',
    )
  }
  for (const uri of redirectUris) {
    if (URL.canParse(uri) && !/#|^https?:/i.test(uri) && !neverAScheme.test(uri)) continue
    problem(
      'DYNAMIC_CLIENT_REGISTRATION_REDIRECT_URIS',
      `holds “${uri}”, which is no URI with a scheme of an app`,
      'com.example.app:/callback',
    )
  }
  return {
    enabled,
    initialAccessToken: values.token,
    needsApproval: policy === 'approval',
    redirectUris,
    maxClients,
  }
}

/** Schemes that run or read something where they are opened. */
const neverAScheme = /^(?:javascript|data|file|vbscript|blob|about|view-source|filesystem|wss?|ftp):/i

function readClientDocuments(
  values: SettingValues['clientDocuments'],
  problem: Problem,
): Config['clientDocuments'] {
  const hosts = (name: string, given: readonly string[]): readonly string[] => {
    for (const host of given) {
      if (/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(host)) continue
      problem(name, `holds “${host}”, which is no host and no *.domain`, 'claude.ai,*.example.com')
    }
    return given.map((host) => host.toLowerCase())
  }
  const ports = values.ports.map(Number)
  if (!ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)) {
    problem('CIMD_PORTS', 'must hold port numbers', '8443')
  }
  const allow = hosts('CIMD_ALLOWED_HOSTS', values.allowedHosts)
  const trusted = hosts('CIMD_TRUSTED_HOSTS', values.trustedHosts)
  if (values.mode === 'allowlist' && allow.length + trusted.length === 0) {
    problem('CIMD_ALLOWED_HOSTS', 'is needed for CIMD_MODE=allowlist', 'claude.ai,*.example.com')
  }
  const deny = hosts('CIMD_DENIED_HOSTS', values.deniedHosts)
  return {
    mode: values.mode,
    allow,
    trusted,
    deny,
    needsApproval: values.newClients === 'approval',
    ports,
    maxBytes: values.maxBytes,
    staleSeconds: values.stale,
  }
}

function checkMetricsToken(metrics: SettingValues['metrics'], warnings: string[]): void {
  const token = metrics.token?.reveal()
  if (metrics.enabled && token !== undefined && (token.length < 32 || placeholderPattern.test(token))) {
    warnings.push(
      'METRICS_TOKEN is short or taken from an example, so it can be guessed; make one with: openssl rand -base64 48',
    )
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !(member instanceof BlockList)) deepFreeze(member)
  }
  return Object.freeze(value)
}
