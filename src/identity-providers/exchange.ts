/**
 * What every provider has in common: the authorization request, the code that becomes a token, and requests that are
 * bounded, timed and announced. The OAuth client is oauth4webapi: certified, without dependencies, and it leaves HTTP
 * to whoever calls it, so that every request goes out by our own way, where openid-client (which is built on it) wants
 * to hold the configuration of a whole client, discovered over its own connections. Tokens are used here and forgotten.
 */
import * as oauth from 'oauth4webapi'
import type { ProviderRegistration } from '../config/sign-in-sources.ts'
import type { Publisher } from '../events/bus.ts'
import type { IdentityProviderName, IdentityProviderStep } from '../events/catalogue.ts'
import { OutboundError } from '../outbound/outbound.ts'
import { type Peer, type PeerAnswer, type PeerRequest, PeerSuspended } from '../outbound/peer.ts'
import type { Clock } from '../shared/clock.ts'
import { type AuthorizationSecrets, ProviderError } from './provider.ts'

export interface ExchangeDependencies {
  readonly peer: Peer
  readonly publisher: Publisher
  readonly clock: Clock
  /** For one request. */
  readonly timeoutSeconds: number
}

/** Profiles, keys and metadata are far smaller. */
const maxAnswerBytes = 256 * 1024
/** Clocks of providers may go wrong by so much. */
const clockToleranceSeconds = 30
const maxDetailLength = 64

/** Options of any request of oauth4webapi. */
interface RequestOptions {
  [oauth.allowInsecureRequests]: boolean
  [oauth.customFetch](
    url: string,
    request: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response>
}

export interface ProviderExchange {
  readonly client: oauth.Client
  /** The keys a provider published, remembered for some minutes by whoever checks signatures. */
  readonly keys: oauth.JWKSCacheInput
  /** Options of oauth4webapi that make a request go out by our way. */
  options(step: IdentityProviderStep, server: string): RequestOptions
  authorizationUrl(
    server: oauth.AuthorizationServer,
    secrets: AuthorizationSecrets,
    extra?: Readonly<Record<string, string>>,
  ): Promise<URL>
  /** The code of a callback becomes an answer of the token endpoint, not looked into yet. */
  redeem(
    server: oauth.AuthorizationServer,
    authentication: oauth.ClientAuth,
    callback: URLSearchParams,
    secrets: AuthorizationSecrets,
  ): Promise<Response>
  /** `GET`s JSON in the name of the person. */
  getJson(
    step: IdentityProviderStep,
    url: string,
    accessToken: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>
}

export function createExchange(
  provider: IdentityProviderName,
  registration: ProviderRegistration,
  { peer, publisher, clock, timeoutSeconds }: ExchangeDependencies,
): ProviderExchange {
  const ask = async (
    step: IdentityProviderStep,
    request: Pick<PeerRequest, 'method' | 'url' | 'headers' | 'body'>,
  ): Promise<PeerAnswer> => {
    const startedAt = clock.monotonicSeconds()
    const announce = (problem: string | undefined): void =>
      publisher.publish({
        type: 'identity_provider.requested',
        at: clock.now(),
        actor: { type: 'system' },
        provider,
        step,
        problem,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
    try {
      const answer = await peer.exchange({
        ...request,
        timeoutMs: timeoutSeconds * 1000,
        maxBytes: maxAnswerBytes,
      })
      // Not there, or too busy to answer: neither says anything about the person.
      const isDown = answer.status >= 500 || answer.status === 429
      announce(isDown ? `status_${answer.status}` : undefined)
      if (isDown) throw new ProviderError('unavailable', `status_${answer.status}`)
      return answer
    } catch (error) {
      if (error instanceof PeerSuspended) throw new ProviderError('unavailable', 'suspended', error)
      if (!(error instanceof OutboundError)) throw error
      announce(error.problem)
      throw new ProviderError('unavailable', error.problem, error)
    }
  }

  const client: oauth.Client = {
    client_id: registration.clientId,
    [oauth.clockTolerance]: clockToleranceSeconds,
  }

  const options: ProviderExchange['options'] = (step, server) => ({
    // Only where the operator wrote http themselves.
    [oauth.allowInsecureRequests]: server.startsWith('http:'),
    async [oauth.customFetch](url, { method, headers, body }) {
      const answer = await ask(step, {
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers,
        body: body === undefined || body === null ? undefined : String(body),
      })
      return responseOf(answer)
    },
  })

  return {
    client,
    keys: {},
    options,
    async authorizationUrl(server, { state, codeVerifier }, extra = {}) {
      const url = new URL(server.authorization_endpoint!)
      const parameters = {
        response_type: 'code',
        client_id: registration.clientId,
        redirect_uri: registration.redirectUri,
        scope: registration.scopes.join(' '),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...extra,
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      return url
    },
    async redeem(server, authentication, callback, { state, codeVerifier }) {
      try {
        // Also compares `iss`, where the provider sends it (RFC 9207 §2.4).
        const parameters = oauth.validateAuthResponse(server, client, callback, state)
        return await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          parameters,
          registration.redirectUri,
          codeVerifier,
          options('token', server.issuer),
        )
      } catch (error) {
        throw asProviderError(error)
      }
    },
    async getJson(step, url, accessToken, headers = {}) {
      const { status, body } = await ask(step, {
        method: 'GET',
        url,
        headers: { accept: 'application/json', ...headers, authorization: `Bearer ${accessToken}` },
      })
      if (status !== 200) throw new ProviderError('exchange_failed', `${step}_status_${status}`)
      try {
        return JSON.parse(body.toString('utf8'))
      } catch (error) {
        throw new ProviderError('exchange_failed', `${step}_malformed`, error)
      }
    },
  }
}

/** The endpoints of a provider that publishes no metadata, or whose metadata says nothing that is not known. */
export function serverAt(
  issuer: string,
  authorizationEndpoint: string,
  tokenEndpoint: string,
): oauth.AuthorizationServer {
  return { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint }
}

/** The access token of a plain OAuth 2.0 answer. @throws {ProviderError} */
export async function accessTokenOf(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  response: Response,
): Promise<string> {
  try {
    // An ID token that comes along unasked proves nothing here.
    const { access_token } = await oauth.processAuthorizationCodeResponse(server, client, response)
    return access_token
  } catch (error) {
    throw asProviderError(error)
  }
}

/** What the library found wrong, in our words. Faults of this server stay what they are. */
export function asProviderError(error: unknown): unknown {
  if (error instanceof oauth.AuthorizationResponseError) {
    const detail = wordOf(error.error)
    return new ProviderError(detail === 'access_denied' ? 'cancelled' : 'provider_error', detail, error)
  }
  if (error instanceof oauth.ResponseBodyError) {
    return new ProviderError('exchange_failed', wordOf(error.error), error)
  }
  if (
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError ||
    error instanceof oauth.WWWAuthenticateChallengeError
  ) {
    return new ProviderError('exchange_failed', wordOf(error.code ?? error.name), error)
  }
  return error
}

/** An error code as a provider may send it: anything else in its place is nobody's business. */
function wordOf(text: string): string {
  return /^[\w.-]+$/.test(text) && text.length <= maxDetailLength ? text : 'other'
}

function responseOf({ status, headers, body }: PeerAnswer): Response {
  const isEmpty = status === 204 || status === 205 || status === 304
  // What a server says beyond the statuses that exist is as good as nothing.
  const known = status >= 200 && status <= 599 ? status : 599
  return new Response(isEmpty ? null : new Uint8Array(body), { status: known, headers })
}
