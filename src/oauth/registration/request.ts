/** What a client asks for when it registers itself (RFC 7591 §2), and what becomes of it. Pure. */
import { type RedirectKind, redirectKind } from '../authorization/redirect-uri.ts'
import type { Client, ClientGrant } from '../client.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { compatibility } from '../compatibility.ts'
import { parseScope } from '../scope.ts'
import { defaultAuthenticationMethod } from './encode.ts'
import { Members, MetadataProblem } from './members.ts'
import { type MetadataRules, parseClientMetadata, redirectUris } from './metadata.ts'

export interface RegistrationRules extends Omit<MetadataRules, 'operator'> {
  /** Every scope a client may register. */
  readonly scopes: readonly string[]
}

export type RequestedClient = Pick<
  Client,
  'name' | 'type' | 'grants' | 'scopes' | 'redirectUris' | 'metadata'
>

/**
 * What a registered client may become: it acts for people who said so, and never for itself.
 * `device_code` alone is how the Go AuthGate spells the grant.
 */
export const grantNames: Readonly<Record<string, ClientGrant>> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code': 'device_code',
  device_code: 'device_code',
}

const maxNameLength = 100
const maxScopeLength = 2048
const maxListed = 50
/** Control characters, and those that turn the direction of what follows (Unicode UAX #9). */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** @throws {MetadataProblem} */
export function parseRegistration(document: object, rules: RegistrationRules): RequestedClient {
  const members = new Members(document)
  const metadataRules = { ...rules, operator: false }
  const uris = redirectUris(members, 'redirect_uris', metadataRules) ?? []
  const grants = parseGrants(members)
  if (grants.includes('authorization_code') && uris.length === 0) {
    throw new MetadataProblem('redirect_uris', 'are required for authorization_code', 'invalid_redirect_uri')
  }
  parseResponseTypes(members, grants)
  const parsed = parseClientMetadata(document, metadataRules)
  const metadata: ClientMetadata = {
    ...parsed,
    ...(parsed.tokenEndpointAuthMethod === undefined && !compatibility.unnamedMethodIsEitherWithSecret
      ? { tokenEndpointAuthMethod: defaultAuthenticationMethod }
      : {}),
    applicationType: applicationType(parsed, uris),
  }
  return {
    name: parseName(members, metadata, uris),
    type: parsed.tokenEndpointAuthMethod === 'none' ? 'public' : 'confidential',
    grants,
    scopes: parseScopes(members, rules.scopes),
    redirectUris: uris,
    metadata,
  }
}

/** What is not offered here is left out of the answer (RFC 7591 §3.2.1), as long as something remains. */
function parseGrants(members: Members): ClientGrant[] {
  // RFC 7591 §2: "If omitted, the default behavior is that the client will use only the 'authorization_code' Grant Type."
  const names = members.strings('grant_types', maxListed) ?? ['authorization_code']
  const grants = new Set<ClientGrant>()
  for (const name of names) {
    if (Object.hasOwn(grantNames, name)) grants.add(grantNames[name]!)
  }
  if (!grants.has('authorization_code') && !grants.has('device_code')) {
    throw new MetadataProblem(
      'grant_types',
      'must have authorization_code or urn:ietf:params:oauth:grant-type:device_code',
    )
  }
  return [...grants]
}

/** RFC 7591 §2.1: the response types belong to the grants. */
function parseResponseTypes(members: Members, grants: readonly ClientGrant[]): void {
  const types = members.strings('response_types', maxListed)
  if (types === undefined || types.length === 0) return
  if (grants.includes('authorization_code') && !types.includes('code')) {
    throw new MetadataProblem('response_types', 'must have code for authorization_code')
  }
}

/** Unknown scopes are left out; who names none that is known, or none at all, gets every one there is. */
function parseScopes(members: Members, registrable: readonly string[]): readonly string[] {
  const text = members.string('scope', maxScopeLength)
  let asked: readonly string[] | undefined
  try {
    asked = parseScope(text)
  } catch {
    throw new MetadataProblem('scope', 'must be words of printable ASCII separated by spaces')
  }
  const known = registrable.filter((scope) => asked?.includes(scope) === true)
  return known.length === 0 ? registrable : known
}

/** Text that people will read and a stranger wrote: on one line that cannot turn around, and bounded. */
export function readableName(text: string): string {
  return [...text.replace(unseen, ' ').replace(/\s+/gu, ' ').trim()].slice(0, maxNameLength).join('').trim()
}

/** A claim of its own that people will read: bounded, on one line, and never empty. */
function parseName(members: Members, metadata: ClientMetadata, uris: readonly string[]): string {
  const given = members.value('client_name')
  if (given !== undefined && typeof given !== 'string') {
    throw new MetadataProblem('client_name', 'must be a string')
  }
  const name = readableName(given ?? '')
  if (name !== '') return name
  const url = metadata.clientUri ?? uris[0]
  const host = url === undefined ? '' : new URL(url).hostname
  return host === '' ? 'Unnamed client' : host.slice(0, maxNameLength)
}

/**
 * `native` when it says so, or when an address of its own leads to a program on a device. A client that calls itself
 * `web` with such an address is `native` as well, where OpenID Connect Registration §2 would refuse it.
 */
export function applicationType(
  metadata: Pick<ClientMetadata, 'applicationType'>,
  uris: readonly string[],
): 'web' | 'native' {
  const kinds = new Set<RedirectKind>(uris.map(redirectKind))
  const leadsToDevice = kinds.has('loopback') || kinds.has('private_use')
  return (leadsToDevice && compatibility.loopbackClientsAreNative) || metadata.applicationType === 'native'
    ? 'native'
    : 'web'
}
