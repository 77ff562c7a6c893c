/** The settings of everybody else who may say who a person is, and how they must fit together. */
import type { Secret } from '../shared/secret.ts'
import type { Problem } from './load.ts'
import type { SettingValues } from './schema.ts'

export interface HttpApiConfig {
  readonly url: string
  /** For all requests of one sign-in, waits included. */
  readonly timeoutSeconds: number
  /** For one of them. */
  readonly attemptTimeoutSeconds: number
  readonly insecureSkipVerify: boolean
  readonly callerAuthentication:
    | { readonly mode: 'none' }
    | { readonly mode: 'simple'; readonly header: string; readonly secret: Secret }
    | { readonly mode: 'hmac'; readonly secret: Secret }
  readonly maxRetries: number
  readonly retryDelaySeconds: number
  readonly maxRetryDelaySeconds: number
}

/** This server as an application registered at a provider. */
export interface ProviderRegistration {
  readonly clientId: string
  readonly clientSecret: Secret
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface IdentityProvidersConfig {
  readonly autoRegister: boolean
  /** For one request. */
  readonly timeoutSeconds: number
  readonly insecureSkipVerify: boolean
  /** Addresses are without a final slash. Whoever is not here is not enabled. */
  readonly github: (ProviderRegistration & { readonly url: string; readonly apiUrl: string }) | undefined
  readonly gitlab: (ProviderRegistration & { readonly url: string }) | undefined
  readonly gitea: (ProviderRegistration & { readonly url: string }) | undefined
  readonly microsoft:
    | (ProviderRegistration & {
        readonly tenant: string
        readonly authorityUrl: string
        readonly graphUrl: string
      })
    | undefined
  /** The issuer identifier is exactly as it was written: it is compared. */
  readonly oidc:
    | (ProviderRegistration & { readonly issuer: string; readonly displayName: string })
    | undefined
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])
/** RFC 9110 §5.6.2. */
const headerPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Headers that requests to the external API have already, or that HTTP itself needs. */
const takenHeaders = /^(?:accept|connection|content-.*|host|transfer-encoding|upgrade|user-agent)$/i
const tenantPattern = /^(?:common|organizations|consumers|[0-9a-f-]{36}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i

/** @returns `undefined` when the API is not asked, or its settings are of no use; the latter has been reported. */
export function readHttpApi(
  { authentication, httpApi: values }: SettingValues,
  problem: Problem,
  warnings: string[],
): HttpApiConfig | undefined {
  const { url: text, authMode, authSecret: secret, authHeader: header } = values
  const url =
    text === undefined ? undefined : readAddress('HTTP_API_URL', text, 'Passwords', problem, warnings)
  if (authMode !== 'none' && secret === undefined) {
    problem('HTTP_API_AUTH_SECRET', `is needed for HTTP_API_AUTH_MODE=${authMode}`)
  }
  if (authMode === 'none' && secret !== undefined) {
    problem('HTTP_API_AUTH_MODE', 'must say how HTTP_API_AUTH_SECRET is used', 'hmac')
  }
  if (!headerPattern.test(header) || takenHeaders.test(header)) {
    problem('HTTP_API_AUTH_HEADER', 'must be the name of a header of its own', 'X-API-Secret')
  }
  if (authMode === 'simple' && secret !== undefined && !/^[\x21-\x7e]+$/.test(secret.reveal())) {
    problem('HTTP_API_AUTH_SECRET', 'must be printable ASCII without spaces to travel in a header')
  }
  if (values.attemptTimeout > values.timeout) {
    problem('HTTP_API_ATTEMPT_TIMEOUT', 'must not be longer than HTTP_API_TIMEOUT')
  }
  if (values.retryDelay > values.maxRetryDelay) {
    problem('HTTP_API_RETRY_DELAY', 'must not be longer than HTTP_API_MAX_RETRY_DELAY')
  }
  if (authentication.mode === 'local') {
    if (text !== undefined) warnings.push('HTTP_API_URL is not used: AUTH_MODE is local.')
    return undefined
  }
  if (text === undefined) {
    problem('HTTP_API_URL', 'is needed for AUTH_MODE=http_api', 'https://directory.example.com/authenticate')
  }
  if (url === undefined || (authMode !== 'none' && secret === undefined)) return undefined
  if (values.insecureSkipVerify) {
    warnings.push(
      'HTTP_API_INSECURE_SKIP_VERIFY=true: passwords go to whoever answers in the name of the external API.',
    )
  }
  return {
    url,
    timeoutSeconds: values.timeout,
    attemptTimeoutSeconds: values.attemptTimeout,
    insecureSkipVerify: values.insecureSkipVerify,
    callerAuthentication:
      authMode === 'simple'
        ? { mode: 'simple', header, secret: secret! }
        : authMode === 'hmac'
          ? { mode: 'hmac', secret: secret! }
          : { mode: 'none' },
    maxRetries: values.maxRetries,
    retryDelaySeconds: values.retryDelay,
    maxRetryDelaySeconds: values.maxRetryDelay,
  }
}

type ProviderKey = 'github' | 'gitlab' | 'gitea' | 'microsoft' | 'oidc'

/** @param issuer of this server; `undefined` when it could not be read, which has been reported. */
export function readIdentityProviders(
  values: SettingValues,
  issuer: string | undefined,
  problem: Problem,
  warnings: string[],
): IdentityProvidersConfig {
  const { github, gitlab, gitea, microsoft, oidc, identityProviders: shared } = values

  const registration = (key: ProviderKey): ProviderRegistration | undefined => {
    const { enabled, clientId, clientSecret, redirectUrl, scopes } = values[key]
    const prefix = key.toUpperCase()
    const redirectUri = `${issuer ?? ''}/auth/callback/${key}`
    if (issuer !== undefined && redirectUrl !== undefined && redirectUrl !== redirectUri) {
      problem(`${prefix}_REDIRECT_URL`, `must be ${redirectUri}, below BASE_URL; unset, it is`)
    }
    if (!enabled) return undefined
    if (clientId === undefined) problem(`${prefix}_CLIENT_ID`, `is needed for ${prefix}_OAUTH_ENABLED=true`)
    if (clientSecret === undefined) {
      problem(`${prefix}_CLIENT_SECRET`, `is needed for ${prefix}_OAUTH_ENABLED=true`)
    }
    if (scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
      problem(`${prefix}_SCOPES`, 'must hold scopes as RFC 6749 §3.3 writes them, separated by commas')
    }
    if ((key === 'oidc' || key === 'microsoft') && !scopes.includes('openid')) {
      problem(`${prefix}_SCOPES`, 'must hold openid: without it there is no ID token', 'openid,profile,email')
    }
    return clientId === undefined || clientSecret === undefined
      ? undefined
      : { clientId, clientSecret, redirectUri, scopes }
  }
  /** An address of an enabled provider, without a final slash. */
  const address = (name: string, text: string): string | undefined =>
    readAddress(name, text, 'Codes and secrets', problem, warnings)?.replace(/\/+$/, '')

  const registered = {
    github: registration('github'),
    gitlab: registration('gitlab'),
    gitea: registration('gitea'),
    microsoft: registration('microsoft'),
    oidc: registration('oidc'),
  }
  if (Object.values(registered).some((one) => one !== undefined) && shared.insecureSkipVerify) {
    warnings.push(
      'OAUTH_INSECURE_SKIP_VERIFY=true: whoever answers in the name of an identity provider can sign anybody in.',
    )
  }
  const githubUrl = registered.github && address('GITHUB_URL', github.url)
  const githubApi = githubUrl && address('GITHUB_API_URL', github.apiUrl ?? githubApiOf(githubUrl))
  const gitlabUrl = registered.gitlab && address('GITLAB_URL', gitlab.url)
  if (registered.gitea !== undefined && gitea.url === undefined) {
    problem('GITEA_URL', 'is needed for GITEA_OAUTH_ENABLED=true', 'https://git.example.com')
  }
  const giteaUrl = registered.gitea && gitea.url && address('GITEA_URL', gitea.url)
  const authorityUrl = registered.microsoft && address('MICROSOFT_AUTHORITY_URL', microsoft.authorityUrl)
  const graphUrl = registered.microsoft && address('MICROSOFT_GRAPH_URL', microsoft.graphUrl)
  if (!tenantPattern.test(microsoft.tenant)) {
    problem('MICROSOFT_TENANT_ID', 'must be common, organizations, consumers, or a tenant’s id or domain')
  }
  if (registered.oidc !== undefined && oidc.issuer === undefined) {
    problem('OIDC_ISSUER_URL', 'is needed for OIDC_OAUTH_ENABLED=true', 'https://id.example.com')
  }
  const oidcIssuer = registered.oidc && oidc.issuer
  if (oidcIssuer) address('OIDC_ISSUER_URL', oidcIssuer)
  return {
    autoRegister: shared.autoRegister,
    timeoutSeconds: shared.timeout,
    insecureSkipVerify: shared.insecureSkipVerify,
    github:
      registered.github && githubUrl && githubApi
        ? { ...registered.github, url: githubUrl, apiUrl: githubApi }
        : undefined,
    gitlab: registered.gitlab && gitlabUrl ? { ...registered.gitlab, url: gitlabUrl } : undefined,
    gitea: registered.gitea && giteaUrl ? { ...registered.gitea, url: giteaUrl } : undefined,
    microsoft:
      registered.microsoft && authorityUrl && graphUrl
        ? { ...registered.microsoft, tenant: microsoft.tenant.toLowerCase(), authorityUrl, graphUrl }
        : undefined,
    oidc:
      registered.oidc && oidcIssuer
        ? { ...registered.oidc, issuer: oidcIssuer, displayName: oidc.displayName }
        : undefined,
  }
}

function githubApiOf(url: string): string {
  return url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`
}

/**
 * An http or https address that this server asks in an operator's name.
 * @param what travels there, for the warning about plain http.
 */
function readAddress(
  name: string,
  text: string,
  what: string,
  problem: Problem,
  warnings: string[],
): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hash !== '' || url.username !== '') {
    problem(name, 'must be an http or https address without credentials', 'https://directory.example.com')
    return undefined
  }
  if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname)) {
    warnings.push(`${name} is plain http: ${what.toLowerCase()} can be read on the way there.`)
  }
  return text
}
