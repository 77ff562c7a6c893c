/**
 * Client metadata as registrations and operators write it (RFC 7591 §2, OpenID Connect Registration 1.0 §2,
 * RP-Initiated and Back-Channel Logout 1.0, RFC 9126 §6, RFC 9449 §5.2) into the {@link ClientMetadata} that is kept.
 * Pure. What is not understood is ignored (RFC 7591 §2); what is understood and cannot be done is refused, so that
 * nobody relies on it.
 */
import {
  type ClientMetadata,
  clientAuthenticationMethods,
  clientSigningAlgorithms,
  signingAlgorithms,
} from '../client-metadata.ts'
import { parseJwks } from './jwks.ts'
import { Members, MetadataProblem } from './members.ts'
import { maxRedirectUris, type RedirectUriRules, redirectUriProblem } from './redirect-uris.ts'

export interface MetadataRules {
  readonly redirectUris: RedirectUriRules
  /** Whether this server is itself known by a loopback address, so that addresses it is to ask may be as well. */
  readonly loopbackAllowed: boolean
  /** Whether somebody who runs this server says it: logout may then be announced over plain http, inside a network. */
  readonly operator: boolean
}

const maxUrlLength = 1024
const maxContacts = 10
const maxTextLength = 255

/**
 * Members that ask for what this server does not do. Left unsaid, a client would wait for an encrypted token, or link
 * people by identifiers that are the same everywhere.
 */
const unsupported = [
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'sector_identifier_uri',
  'tls_client_certificate_bound_access_tokens',
]

/** @throws {MetadataProblem} */
export function parseClientMetadata(document: object, rules: MetadataRules): ClientMetadata {
  const members = new Members(document)
  for (const name of unsupported) {
    const value = members.value(name)
    if (value !== undefined && value !== false) throw new MetadataProblem(name, 'is not supported')
  }
  members.choice('subject_type', ['public'])

  const jwks = parseJwks(members.value('jwks'))
  const jwksUri = askedUrl(
    members,
    'jwks_uri',
    rules.loopbackAllowed || rules.operator ? 'loopback' : 'never',
  )
  // RFC 7591 §2: "The 'jwks_uri' and 'jwks' parameters MUST NOT both be present in the same request or response."
  if (jwks !== undefined && jwksUri !== undefined) {
    throw new MetadataProblem('jwks', 'and jwks_uri exclude each other')
  }
  const tokenEndpointAuthMethod = members.choice('token_endpoint_auth_method', clientAuthenticationMethods)
  if (tokenEndpointAuthMethod === 'private_key_jwt' && jwks === undefined && jwksUri === undefined) {
    throw new MetadataProblem('token_endpoint_auth_method', 'private_key_jwt needs jwks or jwks_uri')
  }
  const logoutPlain = rules.operator ? 'anywhere' : rules.loopbackAllowed ? 'loopback' : 'never'
  const metadata: ClientMetadata = present({
    applicationType: members.choice('application_type', ['web', 'native']),
    tokenEndpointAuthMethod,
    tokenEndpointAuthSigningAlg: members.choice('token_endpoint_auth_signing_alg', clientSigningAlgorithms),
    jwks,
    jwksUri,
    idTokenSignedResponseAlg: members.choice('id_token_signed_response_alg', signingAlgorithms),
    userinfoSignedResponseAlg: members.choice('userinfo_signed_response_alg', signingAlgorithms),
    introspectionSignedResponseAlg: members.choice('introspection_signed_response_alg', signingAlgorithms),
    defaultMaxAge: members.wholeNumber('default_max_age'),
    requireAuthTime: members.flag('require_auth_time'),
    postLogoutRedirectUris: redirectUris(members, 'post_logout_redirect_uris', rules),
    backchannelLogoutUri: askedUrl(members, 'backchannel_logout_uri', logoutPlain),
    backchannelLogoutSessionRequired: members.flag('backchannel_logout_session_required'),
    initiateLoginUri: askedUrl(members, 'initiate_login_uri', 'never'),
    clientUri: shownUrl(members, 'client_uri'),
    logoUri: shownUrl(members, 'logo_uri'),
    policyUri: shownUrl(members, 'policy_uri'),
    tosUri: shownUrl(members, 'tos_uri'),
    contacts: contacts(members),
    softwareId: members.string('software_id', maxTextLength),
    softwareVersion: members.string('software_version', maxTextLength),
    requirePushedAuthorizationRequests: members.flag('require_pushed_authorization_requests'),
    dpopBoundAccessTokens: members.flag('dpop_bound_access_tokens'),
  })
  return metadata
}

/** @throws {MetadataProblem} invalid_redirect_uri for the member of that name, which has a code of its own. */
export function redirectUris(
  members: Members,
  name: 'redirect_uris' | 'post_logout_redirect_uris',
  rules: MetadataRules,
): string[] | undefined {
  const code = name === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  const uris = members.strings(name, maxRedirectUris, code)
  for (const [index, uri] of (uris ?? []).entries()) {
    const problem = redirectUriProblem(uri, rules.redirectUris)
    // By its place: descriptions repeat nothing of what was sent.
    if (problem !== undefined) throw new MetadataProblem(`${name}[${index}]`, problem, code)
  }
  return uris === undefined || uris.length === 0 ? undefined : uris
}

/** An address that this server asks, or sends people to without asking them. */
function askedUrl(
  members: Members,
  name: string,
  plainHttp: 'never' | 'loopback' | 'anywhere',
): string | undefined {
  const text = members.string(name, maxUrlLength)
  if (text === undefined) return undefined
  const url = readUrl(text)
  const allowed =
    url !== undefined &&
    (url.protocol === 'https:' ||
      (url.protocol === 'http:' &&
        (plainHttp === 'anywhere' || (plainHttp === 'loopback' && isLoopback(url.hostname)))))
  if (!allowed) {
    throw new MetadataProblem(name, 'must be an absolute https URL without user, fragment or spaces')
  }
  return text
}

/** An address that people are shown. Another scheme than https is not shown, and nothing is lost (RFC 7591 §2). */
function shownUrl(members: Members, name: string): string | undefined {
  const text = members.string(name, maxUrlLength)
  return text !== undefined && readUrl(text)?.protocol === 'https:' ? text : undefined
}

function readUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(text) || /[#\\]/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.username === '' && url.password === '' ? url : undefined
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function contacts(members: Members): string[] | undefined {
  const found = members.strings('contacts', maxContacts)
  if (found?.some((contact) => contact.length > maxTextLength) === true) {
    throw new MetadataProblem('contacts', `must have at most ${maxTextLength} characters each`)
  }
  return found === undefined || found.length === 0 ? undefined : found
}

/** Without the members that are not there. */
function present(metadata: { [K in keyof ClientMetadata]: ClientMetadata[K] | undefined }): ClientMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
}
