/**
 * FAPI 2.0 Security Profile: what a client of that profile is held to, whatever else its row says, so that neither a
 * setting nor a row written by hand can loosen it. Pure. The demands on its requests are where requests are read:
 * PAR and `redirect_uri` in `authorization/request.ts`, PKCE and DPoP in `client.ts`, audiences in `client-assertion.ts`.
 */
import type { Client } from './client.ts'
import type { ClientAuthenticationMethod, ResponseSigningAlgorithm } from './client-metadata.ts'

type Profiled = Pick<Client, 'metadata'>

/** Seconds. FAPI 2.0 §5.3.2.1: an authorization code lives a minute at most. */
const maxCodeSeconds = 60
/** Seconds. FAPI 2.0 §5.3.2.2: a pushed request lives less than ten minutes. */
const maxPushedSeconds = 599

export function isFapi({ metadata }: Profiled): boolean {
  return metadata.securityProfile === 'fapi2'
}

/**
 * The only method a client may authenticate with; `undefined` where it registered none. FAPI 2.0 §5.3.2.1 has
 * two methods, mutual TLS and `private_key_jwt`, of which this server has the second.
 */
export function authenticationMethodOf(client: Profiled): ClientAuthenticationMethod | undefined {
  return isFapi(client) ? 'private_key_jwt' : client.metadata.tokenEndpointAuthMethod
}

/**
 * Whether what is made for a client must not be signed so. FAPI 2.0 §5.4.1 has PS256, ES256 and EdDSA, and so neither
 * RSASSA-PKCS1-v1_5, the default of OpenID Connect, nor a shared secret.
 */
export function mustNotSign(client: Profiled, algorithm: string): boolean {
  return isFapi(client) && (algorithm === 'RS256' || algorithm === 'HS256')
}

/** The algorithm of a signature for a client, by what it registered. */
export function signatureFor(
  client: Profiled,
  registered: ResponseSigningAlgorithm,
): ResponseSigningAlgorithm {
  return mustNotSign(client, registered) ? 'ES256' : registered
}

export function codeLifeSeconds(client: Profiled, configured: number): number {
  return isFapi(client) ? Math.min(configured, maxCodeSeconds) : configured
}

export function pushedLifeSeconds(client: Profiled, configured: number): number {
  return isFapi(client) ? Math.min(configured, maxPushedSeconds) : configured
}
