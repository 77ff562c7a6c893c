/** The metadata an operator gives a client, held to the rules of registrations, and what a security profile adds. */
import type { ClientType } from '../oauth/client.ts'
import type { ClientMetadata } from '../oauth/client-metadata.ts'
import { compatibility } from '../oauth/compatibility.ts'
import { MetadataProblem } from '../oauth/registration/members.ts'
import { type MetadataRules, parseClientMetadata } from '../oauth/registration/metadata.ts'
import { redirectUriProblem } from '../oauth/registration/redirect-uris.ts'
import { InvalidInput } from './invalid-input.ts'

export interface OperatorMetadata {
  /** Absent: as the method of authentication says, and `public` without one. */
  type?: ClientType | undefined
  /** Members of a registration by their own names (RFC 7591 §2). */
  metadata?: Readonly<Record<string, unknown>> | undefined
  securityProfile?: 'fapi2' | undefined
  /** Puts the claims of granted scopes into the ID token as well. */
  idTokenClaims?: boolean | undefined
  /** Lets its token requests add `extra_claims`. */
  extraClaims?: boolean | undefined
  /** RFC 8693: ids of the clients whose tokens it may exchange, or `*` for every client's. */
  tokenExchangeSubjects?: readonly string[] | undefined
}

const rules: MetadataRules = {
  redirectUris: {
    privateUseUris: new Set(compatibility.privateUseRedirectUris),
    reverseDomainSchemes: true,
  },
  loopbackAllowed: true,
  operator: true,
}
const rulesForOthers: MetadataRules = { ...rules, loopbackAllowed: false, operator: false }

/**
 * @param vouched false where the client is not an operator's own.
 * @throws {InvalidInput} naming the option, which is the member's name with dashes.
 */
export function operatorMetadata(
  input: OperatorMetadata,
  vouched = true,
): { type: ClientType; metadata: ClientMetadata } {
  let metadata = parse(input.metadata ?? {}, vouched ? rules : rulesForOthers)
  requireShown(input.metadata ?? {}, metadata)
  if (input.securityProfile === 'fapi2') metadata = withFapi2(metadata)
  const method = metadata.tokenEndpointAuthMethod
  const type = input.type ?? (method === undefined || method === 'none' ? 'public' : 'confidential')
  if (method !== undefined && (method === 'none') !== (type === 'public')) {
    throw new InvalidInput('token-endpoint-auth-method', `${method} is not for a ${type} client`)
  }
  return {
    type,
    metadata: {
      ...metadata,
      ...(input.idTokenClaims === true ? { idTokenClaims: true } : {}),
      ...(input.extraClaims === true ? { extraClaims: true } : {}),
      ...(input.tokenExchangeSubjects === undefined
        ? {}
        : { tokenExchangeSubjects: input.tokenExchangeSubjects }),
    },
  }
}

/** @throws {InvalidInput} */
export function operatorRedirectUris(uris: readonly string[]): readonly string[] {
  for (const uri of uris) {
    const problem = redirectUriProblem(uri, rules.redirectUris)
    if (problem !== undefined) throw new InvalidInput('redirect-uri', `“${uri}” ${problem}`)
  }
  return uris
}

/**
 * Values of the claims `<prefix>_project` and `<prefix>_service_account`. They are held to the characters that names of
 * projects and accounts have elsewhere, so that what reads them need not escape them.
 * @throws {InvalidInput}
 */
export function operatorClaims(input: {
  project?: string | undefined
  serviceAccount?: string | undefined
}): {
  project: string | undefined
  serviceAccount: string | undefined
} {
  const { project, serviceAccount } = input
  if (project !== undefined && !/^[A-Za-z\d](?:[\w.-]{0,62}[A-Za-z\d])?$/.test(project)) {
    throw new InvalidInput(
      'project',
      'must have 1 to 64 characters of A-Z a-z 0-9 _ . -, and begin and end with a letter or digit',
    )
  }
  if (serviceAccount !== undefined && !/^[A-Za-z\d][\w.@-]{0,254}$/.test(serviceAccount)) {
    throw new InvalidInput(
      'service-account',
      'must have 1 to 255 characters of A-Z a-z 0-9 _ . @ -, and begin with a letter or digit',
    )
  }
  return { project, serviceAccount }
}

function parse(document: object, held: MetadataRules): ClientMetadata {
  try {
    return parseClientMetadata(document, held)
  } catch (error) {
    if (!(error instanceof MetadataProblem)) throw error
    throw new InvalidInput(error.member.replace(/s?\[\d+\]$/, '').replaceAll('_', '-'), error.what, error)
  }
}

/** Registrations lose an address that is not shown, as RFC 7591 §2 lets them; whoever typed it hears of it. */
function requireShown(document: Readonly<Record<string, unknown>>, metadata: ClientMetadata): void {
  const shown = {
    client_uri: metadata.clientUri,
    logo_uri: metadata.logoUri,
    policy_uri: metadata.policyUri,
    tos_uri: metadata.tosUri,
  }
  for (const [member, kept] of Object.entries(shown)) {
    const given = document[member] ?? ''
    if (given !== '' && kept === undefined) {
      throw new InvalidInput(member.replaceAll('_', '-'), 'must be an https address')
    }
  }
}

/** What FAPI 2.0 §5.3 demands of a client, so that nobody has to remember it; what contradicts it is refused. */
function withFapi2(metadata: ClientMetadata): ClientMetadata {
  const { tokenEndpointAuthMethod: method, jwks, jwksUri } = metadata
  if (method !== undefined && method !== 'private_key_jwt') {
    throw new InvalidInput('token-endpoint-auth-method', 'is private_key_jwt with profile fapi2')
  }
  if (jwks === undefined && jwksUri === undefined) {
    throw new InvalidInput('profile', 'fapi2 needs the keys of the client: jwks-file or jwks-uri')
  }
  // FAPI 2.0 §5.4.1.
  const weak = {
    'token-endpoint-auth-signing-alg': metadata.tokenEndpointAuthSigningAlg,
    'id-token-signed-response-alg': metadata.idTokenSignedResponseAlg,
    'userinfo-signed-response-alg': metadata.userinfoSignedResponseAlg,
    'introspection-signed-response-alg': metadata.introspectionSignedResponseAlg,
  }
  for (const [option, algorithm] of Object.entries(weak)) {
    if (algorithm === 'RS256') throw new InvalidInput(option, 'RS256 is not for profile fapi2')
  }
  return {
    ...metadata,
    tokenEndpointAuthMethod: 'private_key_jwt',
    idTokenSignedResponseAlg: metadata.idTokenSignedResponseAlg ?? 'ES256',
    securityProfile: 'fapi2',
    requirePushedAuthorizationRequests: true,
    dpopBoundAccessTokens: true,
  }
}
