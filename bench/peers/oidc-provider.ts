/**
 * oidc-provider as a measured peer: one confidential client, client credentials, device flow, authorization code and
 * introspection. A request that names a resource gets an ES256 JWT, any other an opaque token.
 *
 * Started as a program with its settings as JSON in PEER_SETTINGS.
 */
import Provider, { type Configuration, type JWKS } from 'oidc-provider'
import { sqliteAdapter } from './sqlite-adapter.ts'

/** What the benchmark tells the peer. */
export interface PeerSettings {
  port: number
  clientId: string
  clientSecret: string
  redirectUri: string
  /** Private ES256 key, made beforehand so that making it is not part of the start. */
  jwks: JWKS
  /** Path of the database; absent, oidc-provider's own in-memory adapter is used. */
  database?: string
}

const settings = JSON.parse(process.env.PEER_SETTINGS ?? 'null') as PeerSettings | null
if (settings === null) throw new Error('PEER_SETTINGS is not set')

const configuration: Configuration = {
  ...(settings.database === undefined ? {} : { adapter: sqliteAdapter(settings.database) }),
  jwks: settings.jwks,
  scopes: ['openid', 'read'],
  cookies: { keys: ['only a benchmark, nobody signs in'] },
  clients: [
    {
      client_id: settings.clientId,
      client_secret: settings.clientSecret,
      grant_types: [
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'authorization_code',
      ],
      redirect_uris: [settings.redirectUri],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    // Its sign-in for developers: anybody may sign in as anybody.
    devInteractions: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  ttl: { ClientCredentials: 3600, DeviceCode: 1800, AuthorizationCode: 600 },
}

const url = `http://127.0.0.1:${settings.port}`
new Provider(url, configuration).listen(settings.port, '127.0.0.1')
