/**
 * A client's metadata in the words of RFC 7591 §2. Nothing is `null` or empty: deployed clients refuse a whole answer for
 * one such member.
 */
import type { Client, ClientGrant } from '../client.ts'
import type { ClientAuthenticationMethod, ClientMetadata } from '../client-metadata.ts'
import { formatScope } from '../scope.ts'

/** The member of each, in the order of the answer. */
const memberNames: { readonly [K in keyof Required<ClientMetadata>]: string | undefined } = {
  applicationType: 'application_type',
  tokenEndpointAuthMethod: 'token_endpoint_auth_method',
  tokenEndpointAuthSigningAlg: 'token_endpoint_auth_signing_alg',
  jwks: 'jwks',
  jwksUri: 'jwks_uri',
  idTokenSignedResponseAlg: 'id_token_signed_response_alg',
  userinfoSignedResponseAlg: 'userinfo_signed_response_alg',
  introspectionSignedResponseAlg: 'introspection_signed_response_alg',
  defaultMaxAge: 'default_max_age',
  requireAuthTime: 'require_auth_time',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  backchannelLogoutUri: 'backchannel_logout_uri',
  backchannelLogoutSessionRequired: 'backchannel_logout_session_required',
  initiateLoginUri: 'initiate_login_uri',
  clientUri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  contacts: 'contacts',
  softwareId: 'software_id',
  softwareVersion: 'software_version',
  requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
  dpopBoundAccessTokens: 'dpop_bound_access_tokens',
  // What operators decide has no name in a registration.
  securityProfile: undefined,
  idTokenClaims: undefined,
  extraClaims: undefined,
  tokenExchangeSubjects: undefined,
  approved: undefined,
  // What a document says has none either.
  mayAssert: undefined,
  refreshNeedsOfflineAccess: undefined,
}

const wireGrants: Readonly<Record<ClientGrant, string>> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  client_credentials: 'client_credentials',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
}

/** The members of {@link ClientMetadata} alone. */
export function encodeMetadata(metadata: ClientMetadata): Record<string, unknown> {
  const encoded: Record<string, unknown> = {}
  for (const [key, name] of Object.entries(memberNames)) {
    const value = metadata[key as keyof ClientMetadata]
    if (name !== undefined && value !== undefined) encoded[name] = value
  }
  return encoded
}

/** RFC 7591 §2: "If unspecified or omitted, the default is 'client_secret_basic'". */
export const defaultAuthenticationMethod = 'client_secret_basic'

/** The method a registration has, whether it was named or not. */
export function authenticationMethodOf({ metadata }: Pick<Client, 'metadata'>): ClientAuthenticationMethod {
  return metadata.tokenEndpointAuthMethod ?? defaultAuthenticationMethod
}

/** Every registered value of a client (RFC 7591 §3.2.1). */
export function encodeRegistration(client: Client): Record<string, unknown> {
  const usesCode = client.grants.includes('authorization_code')
  return {
    client_name: client.name,
    redirect_uris: client.redirectUris,
    grant_types: client.grants.map((grant) => wireGrants[grant]),
    response_types: usesCode ? ['code'] : [],
    scope: formatScope(client.scopes),
    ...encodeMetadata({ ...client.metadata, tokenEndpointAuthMethod: authenticationMethodOf(client) }),
  }
}
