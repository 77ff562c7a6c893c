/**
 * What a client may be made or changed into: every value held to its rule, all of them at once. Pure. The rules of
 * metadata are those of registrations (`operator-metadata.ts`).
 */
import { isReservedScope } from '../oauth/api-scopes.ts'
import {
  type Client,
  type ClientGrant,
  type ClientType,
  clientGrants,
  type TokenProfile,
  tokenProfiles,
} from '../oauth/client.ts'
import { canonicalResource } from '../oauth/resource-indicator.ts'
import { parseScope } from '../oauth/scope.ts'
import { checkAll, InvalidInput } from './invalid-input.ts'
import {
  type OperatorMetadata,
  operatorClaims,
  operatorMetadata,
  operatorRedirectUris,
} from './operator-metadata.ts'

export interface ClientInput extends OperatorMetadata {
  name: string
  description?: string | undefined
  /** Absent: device_code and refresh_token. */
  grants?: readonly string[] | undefined
  /** Space-separated; absent: `openid profile email offline_access`. */
  scope?: string | undefined
  redirectUris?: readonly string[] | undefined
  allowedResources?: readonly string[] | undefined
  /** Absent: `standard`. */
  tokenProfile?: string | undefined
  introspectAny?: boolean | undefined
  /** Values of the claims `<prefix>_project` and `<prefix>_service_account`. */
  project?: string | undefined
  serviceAccount?: string | undefined
}

/** What an input decides about a client. */
export type ClientDefinition = Pick<
  Client,
  | 'name'
  | 'description'
  | 'type'
  | 'grants'
  | 'scopes'
  | 'redirectUris'
  | 'allowedResources'
  | 'tokenProfile'
  | 'project'
  | 'serviceAccount'
  | 'introspectAny'
  | 'metadata'
>

const defaultScope = 'openid profile email offline_access'
const maxNameLength = 100
const maxDescriptionLength = 1000
/** Control characters, and those that turn the direction of what follows (Unicode UAX #9). */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u

/**
 * @param vouched whether its addresses are those of an operator, who may name hosts inside a network.
 * @throws {InvalidInput} with everything there is to change.
 */
export function defineClient(input: ClientInput, vouched = true): ClientDefinition {
  const type = typeOf(input)
  const { metadata, claims, redirectUris, ...rest } = checkAll({
    name: () => validName(input.name),
    description: () => validDescription(input.description ?? ''),
    metadata: () => operatorMetadata(input, vouched),
    grants: () => validGrants(input.grants, type),
    redirectUris: () => operatorRedirectUris(input.redirectUris ?? []),
    needed: () => requireRedirectUri(input),
    scopes: () => validScopes(input.scope, vouched),
    allowedResources: () => validResources(input.allowedResources ?? []),
    tokenProfile: () => validTokenProfile(input.tokenProfile ?? 'standard'),
    claims: () => operatorClaims(input),
  })
  const { needed: _, ...values } = rest
  return {
    ...values,
    ...claims,
    ...metadata,
    redirectUris,
    introspectAny: input.introspectAny ?? false,
  }
}

/** Whether it proves itself with a secret. */
export function needsSecret({ type, metadata }: Pick<Client, 'type' | 'metadata'>): boolean {
  return type === 'confidential' && metadata.tokenEndpointAuthMethod !== 'private_key_jwt'
}

/** As {@link operatorMetadata} decides, where the rest depends on it and metadata may be wrong. */
function typeOf({ type, metadata }: ClientInput): ClientType {
  if (type !== undefined) return type
  const method = metadata?.token_endpoint_auth_method
  return method === undefined || method === 'none' ? 'public' : 'confidential'
}

function validName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > maxNameLength || unseen.test(trimmed)) {
    throw new InvalidInput('name', `must have 1 to ${maxNameLength} characters and no control characters`)
  }
  return trimmed
}

function validDescription(text: string): string {
  const trimmed = text.trim()
  if (trimmed.length > maxDescriptionLength) {
    throw new InvalidInput('description', `must have at most ${maxDescriptionLength} characters`)
  }
  return trimmed
}

function validGrants(asked: readonly string[] | undefined, type: ClientType): readonly ClientGrant[] {
  const names = asked ?? ['device_code', 'refresh_token']
  const grants = clientGrants.filter((grant) => names.includes(grant))
  const unknown = names.find((name) => !clientGrants.includes(name as ClientGrant))
  if (unknown !== undefined) {
    throw new InvalidInput('grant', `“${unknown}” is none; use ${clientGrants.join(', ')}`)
  }
  if (grants.length === 0) throw new InvalidInput('grant', 'at least one is needed')
  if (grants.includes('client_credentials') && type !== 'confidential') {
    throw new InvalidInput('grant', 'client_credentials needs a confidential client (RFC 6749 §4.4)')
  }
  return grants
}

function requireRedirectUri({ grants, redirectUris }: ClientInput): void {
  if (grants?.includes('authorization_code') === true && (redirectUris ?? []).length === 0) {
    throw new InvalidInput('redirect-uri', 'authorization_code needs at least one')
  }
}

function validScopes(scope: string | undefined, vouched: boolean): readonly string[] {
  const scopes = wordsOf(scope ?? defaultScope)
  const reserved = vouched ? undefined : scopes.find(isReservedScope)
  if (reserved !== undefined) {
    throw new InvalidInput('scope', `“${reserved}” is for clients that an operator made`)
  }
  return scopes
}

function wordsOf(scope: string): readonly string[] {
  try {
    return parseScope(scope) ?? []
  } catch (error) {
    throw new InvalidInput(
      'scope',
      'must be words of printable ASCII separated by spaces (RFC 6749 §3.3)',
      error,
    )
  }
}

function validResources(resources: readonly string[]): readonly string[] {
  for (const resource of resources) {
    if (canonicalResource(resource) === undefined) {
      throw new InvalidInput('resource', `“${resource}” is no absolute URI without fragment (RFC 8707 §2)`)
    }
  }
  return resources
}

function validTokenProfile(name: string): TokenProfile {
  const profile = tokenProfiles.find((known) => known === name)
  if (profile === undefined) {
    throw new InvalidInput('token-profile', `“${name}” is none; use ${tokenProfiles.join(', ')}`)
  }
  return profile
}
