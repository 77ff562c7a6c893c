/**
 * What this server says of itself: authorization server metadata (RFC 8414) and OpenID Connect discovery. True for
 * what exists: a member appears together with the endpoint it names.
 */
import { languageTags } from '../shared/language-tags.ts'
import { responseModes } from './authorization/request.ts'
import { clientSigningAlgorithms } from './client-metadata.ts'
import { dpopAlgorithms } from './dpop/proof.ts'
import { scopeClaims } from './openid/claims.ts'

export interface MetadataSource {
  issuer: string
  grantTypes: readonly string[]
  scopes: readonly string[]
  /** What this server signs with for clients. */
  signingAlgorithms: readonly string[]
  /** Values of `acr` that people here can reach. */
  authenticationContexts: readonly string[]
  /** Whether clients may register themselves. */
  registration: boolean
  /** Whether documents may describe clients. */
  clientDocuments: boolean
}

const confidentialAuthenticationMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
const clientAuthenticationMethods = [...confidentialAuthenticationMethods, 'none']

/** RFC 8414 §2. */
export function authorizationServerMetadata(source: MetadataSource): Record<string, unknown> {
  const { issuer } = source
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: source.scopes,
    pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
    // Clients may be registered so that they must; it is not demanded of all (RFC 9126 §5).
    require_pushed_authorization_requests: false,
    response_types_supported: ['code'],
    response_modes_supported: responseModes,
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: true,
    grant_types_supported: source.grantTypes,
    token_endpoint_auth_methods_supported: clientAuthenticationMethods,
    // Required where private_key_jwt is listed (RFC 8414 §2).
    token_endpoint_auth_signing_alg_values_supported: clientSigningAlgorithms,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: clientAuthenticationMethods,
    revocation_endpoint_auth_signing_alg_values_supported: clientSigningAlgorithms,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: confidentialAuthenticationMethods,
    introspection_endpoint_auth_signing_alg_values_supported: clientSigningAlgorithms,
    // RFC 9701 §7.
    introspection_signing_alg_values_supported: source.signingAlgorithms,
    ...(source.registration ? { registration_endpoint: `${issuer}/oauth/register` } : {}),
    // RFC 9449 §5.1.
    dpop_signing_alg_values_supported: dpopAlgorithms,
    // Some clients describe themselves so only where `none` is a method of the token endpoint, which it always is here.
    ...(source.clientDocuments ? { client_id_metadata_document_supported: true } : {}),
    device_authorization_endpoint: `${issuer}/oauth/device/code`,
  }
}

/** The same server for clients that know OpenID Connect (Discovery 1.0 §3). */
export function openidConfiguration(source: MetadataSource): Record<string, unknown> {
  const { issuer, signingAlgorithms } = source
  return {
    ...authorizationServerMetadata(source),
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    end_session_endpoint: `${issuer}/oauth/end_session`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: signingAlgorithms,
    userinfo_signing_alg_values_supported: signingAlgorithms,
    claim_types_supported: ['normal'],
    claims_supported: [...protocolClaims, ...Object.values(scopeClaims).flat()],
    claims_parameter_supported: true,
    acr_values_supported: source.authenticationContexts,
    // Both said, since the second one is true when left out (§3). §4.2 leaves out lists with nothing in them, which
    // the algorithms of request objects are one of.
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ui_locales_supported: [...languageTags],
  }
}

/** What an ID token says of itself and of the sign-in (OpenID Connect Core 1.0 §2). */
const protocolClaims = [
  'sub',
  'iss',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'at_hash',
  'sid',
] as const
