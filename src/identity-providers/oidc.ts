/** Any OpenID provider that publishes its metadata (OpenID Connect Discovery 1.0). */
import * as oauth from 'oauth4webapi'
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import { asProviderError, createExchange, type ExchangeDependencies } from './exchange.ts'
import { identityOf } from './id-token.ts'
import { emailOf, localPartOf, type Members, subjectOf, textOf } from './profile-members.ts'
import { type IdentityProvider, ProviderError } from './provider.ts'

/** Metadata change about never; endpoints that moved are found within this time. */
const metadataLifeSeconds = 3600

export function createOidc(
  settings: NonNullable<IdentityProvidersConfig['oidc']>,
  dependencies: ExchangeDependencies,
): IdentityProvider {
  const { issuer, displayName } = settings
  const { clock } = dependencies
  const exchange = createExchange('oidc', settings, dependencies)
  const issuerUrl = new URL(issuer)
  let known: { server: oauth.AuthorizationServer; readAt: number } | undefined

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    try {
      const response = await oauth.discoveryRequest(issuerUrl, {
        algorithm: 'oidc',
        ...exchange.options('discovery', issuer),
      })
      const server = await oauth.processDiscoveryResponse(issuerUrl, response)
      for (const endpoint of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
        const address = server[endpoint]
        if (typeof address !== 'string' || !URL.canParse(address)) {
          throw new ProviderError('unavailable', `discovery_without_${endpoint}`)
        }
      }
      return server
    } catch (error) {
      const failure = asProviderError(error)
      // Nobody has done anything yet: there is no provider where one should be.
      if (failure instanceof ProviderError) throw new ProviderError('unavailable', failure.detail, error)
      throw failure
    }
  }

  const serverNow = async (): Promise<oauth.AuthorizationServer> => {
    const now = clock.monotonicSeconds()
    if (known !== undefined && now - known.readAt < metadataLifeSeconds) return known.server
    try {
      const server = await discover()
      known = { server, readAt: now }
      return server
    } catch (error) {
      // What it said before does for another while.
      if (known === undefined) throw error
      return known.server
    }
  }

  return {
    name: 'oidc',
    displayName,
    async authorizationUrl(secrets, { fresh }) {
      const extra = { nonce: secrets.nonce, ...(fresh ? { prompt: 'login' } : {}) }
      return exchange.authorizationUrl(await serverNow(), secrets, extra)
    },
    async readProfile(callback, secrets) {
      const server = await serverNow()
      const response = await exchange.redeem(
        server,
        authenticationFor(server, settings.clientSecret.reveal()),
        callback,
        secrets,
      )
      const { claims, accessToken } = await identityOf(exchange, server, response, secrets)
      const more =
        server.userinfo_endpoint !== undefined && (claims.email === undefined || claims.name === undefined)
          ? await userinfo(server, accessToken, claims.sub)
          : {}
      const told: Members = { ...more, ...claims }
      // An address goes with the word about it: both from the same place.
      const addressed: Members = claims.email === undefined ? more : claims
      const email = emailOf(addressed.email)
      return {
        issuer: server.issuer,
        subject: subjectOf(claims.sub),
        username: textOf(told.preferred_username) ?? textOf(told.nickname) ?? localPartOf(email),
        fullName: textOf(told.name),
        email,
        emailVerified: addressed.email_verified === true,
      }
    },
  }

  async function userinfo(
    server: oauth.AuthorizationServer,
    accessToken: string,
    subject: string,
  ): Promise<Members> {
    try {
      const response = await oauth.userInfoRequest(
        server,
        exchange.client,
        accessToken,
        exchange.options('profile', issuer),
      )
      // OpenID Connect Core §5.3.2: the `sub` must be that of the ID token, else the answer is about somebody else.
      return await oauth.processUserInfoResponse(server, exchange.client, subject, response)
    } catch (error) {
      throw asProviderError(error)
    }
  }
}

/** OpenID Connect Core §9: `client_secret_basic` unless the provider lists others. */
function authenticationFor(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? oauth.ClientSecretBasic(secret)
    : oauth.ClientSecretPost(secret)
}
