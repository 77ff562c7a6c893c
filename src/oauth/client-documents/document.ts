/**
 * A client as its own document describes it (OAuth Client ID Metadata Document §4, RFC 7591 §2). It is written for
 * every server there is, so that what is of no use here is left out; what makes it dangerous or another's is refused.
 * Pure.
 */
import { isUtf8 } from 'node:buffer'
import type { Instant } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import type { Client, ClientGrant } from '../client.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { Members, MetadataProblem } from '../registration/members.ts'
import { type MetadataRules, parseClientMetadata } from '../registration/metadata.ts'
import { redirectUriProblem } from '../registration/redirect-uris.ts'
import { applicationType, grantNames, readableName } from '../registration/request.ts'

/** Why a document describes no client; the message repeats nothing of what it says. */
export class DocumentProblem extends Error {
  readonly reason: 'malformed' | 'other_client_id' | 'secret' | 'redirect_uris' | 'metadata'

  constructor(reason: DocumentProblem['reason'], message: string) {
    super(message)
    this.name = 'DocumentProblem'
    this.reason = reason
  }
}

export type DescribedClient = Pick<
  Client,
  'name' | 'type' | 'grants' | 'scopes' | 'redirectUris' | 'metadata'
>

/** A client as it is when its document is seen for the first time. */
export function clientOf(clientId: string, described: DescribedClient, now: Instant): Client {
  return {
    id: clientId as ClientId,
    ...described,
    description: '',
    secretHash: undefined,
    status: 'active',
    allowedResources: [],
    tokenProfile: 'standard',
    project: undefined,
    serviceAccount: undefined,
    introspectAny: false,
    origin: 'metadata_document',
    createdBy: undefined,
    createdAt: now,
    updatedAt: now,
  }
}

/** What such a client may have of this server itself; resources have scopes of their own. */
export const describedScopes = ['openid', 'profile', 'email', 'offline_access'] as const

const maxRedirectUris = 20
const maxListed = 50
/** What is read of a document beside what this file reads itself. */
const readMembers = [
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'software_id',
  'software_version',
]

/**
 * @param clientId the address it was fetched from, as the client sent it.
 * @throws {DocumentProblem}
 */
export function parseClientDocument(body: Buffer, clientId: string, rules: MetadataRules): DescribedClient {
  const document = parseObject(body)
  // §4.1: the value "MUST match the URL of the document using simple string comparison".
  if (!Object.hasOwn(document, 'client_id') || document.client_id !== clientId) {
    throw new DocumentProblem('other_client_id', 'the client_id in the document is not the address it has')
  }
  // §4.1: everybody can read it, so that nothing in it is a secret.
  for (const name of ['client_secret', 'client_secret_expires_at']) {
    if (Object.hasOwn(document, name)) throw new DocumentProblem('secret', `the document has a ${name}`)
  }
  try {
    return describe(document, new URL(clientId).hostname, rules)
  } catch (error) {
    if (!(error instanceof MetadataProblem)) throw error
    throw new DocumentProblem('metadata', error.message)
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = isUtf8(body) ? JSON.parse(body.toString('utf8')) : undefined
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // Told below.
  }
  throw new DocumentProblem('malformed', 'the document is no JSON object in UTF-8')
}

function describe(document: Record<string, unknown>, host: string, rules: MetadataRules): DescribedClient {
  const members = new Members(document)
  const redirectUris = parseRedirectUris(members, rules)
  const hasKeys = members.value('jwks') !== undefined || members.value('jwks_uri') !== undefined
  const methods = parseMethods(members, hasKeys)
  const read = Object.fromEntries(
    readMembers.flatMap((name) => (Object.hasOwn(document, name) ? [[name, document[name]]] : [])),
  )
  const parsed = parseClientMetadata(read, rules)
  const types = members.strings('response_types', maxListed)
  if (types !== undefined && !types.includes('code'))
    throw new MetadataProblem('response_types', 'lacks code')
  const named = members.strings('grant_types', maxListed)
  const claimed = members.value('application_type')
  const metadata: ClientMetadata = {
    ...parsed,
    tokenEndpointAuthMethod: methods.required ? 'private_key_jwt' : 'none',
    ...(methods.optional ? { mayAssert: true } : {}),
    ...(named === undefined ? { refreshNeedsOfflineAccess: true } : {}),
    applicationType: applicationType(claimed === 'native' ? { applicationType: claimed } : {}, redirectUris),
  }
  const name = members.value('client_name')
  const readable = readableName(typeof name === 'string' ? name : '')
  return {
    // MCP requires a name, the IETF draft does not.
    name: readable === '' ? host.slice(0, 100) : readable,
    type: methods.required ? 'confidential' : 'public',
    grants: parseGrants(named),
    scopes: describedScopes,
    redirectUris,
    metadata,
  }
}

/** One that is of no use here is left out: it may be meant for another server. */
function parseRedirectUris(members: Members, { redirectUris }: MetadataRules): string[] {
  const value = members.value('redirect_uris')
  if (
    !Array.isArray(value) ||
    value.length > maxRedirectUris ||
    !value.every((uri): uri is string => typeof uri === 'string')
  ) {
    throw new DocumentProblem('redirect_uris', `redirect_uris must be 1 to ${maxRedirectUris} strings`)
  }
  const usable = value.filter((uri) => redirectUriProblem(uri, redirectUris) === undefined)
  if (usable.length === 0) throw new DocumentProblem('redirect_uris', 'no redirect URI can be used here')
  return usable
}

/**
 * Documents name one method for servers that know one, and may list others they use as well. Left out, the default of
 * RFC 7591 would be a secret, which nobody can have given such a client: so it has none.
 */
function parseMethods(members: Members, hasKeys: boolean): { required: boolean; optional: boolean } {
  const single = members.string('token_endpoint_auth_method', 100)
  const listed = members.strings('token_endpoint_auth_methods_supported', maxListed)
  if (single?.startsWith('client_secret_') === true) {
    throw new DocumentProblem('secret', 'the document wants a shared secret')
  }
  const methods = new Set([...(single === undefined ? [] : [single]), ...(listed ?? [])])
  const none = methods.size === 0 || methods.has('none')
  const assertion = methods.has('private_key_jwt')
  if (!none && !assertion) throw new MetadataProblem('token_endpoint_auth_method', 'is none of ours')
  if (!none && !hasKeys) throw new MetadataProblem('token_endpoint_auth_method', 'private_key_jwt needs keys')
  return { required: !none, optional: none && assertion && hasKeys }
}

/** Absent: the code, and staying signed in for whom the person allowed it by name. */
function parseGrants(named: readonly string[] | undefined): ClientGrant[] {
  const known = (named ?? ['authorization_code', 'refresh_token']).flatMap((name) =>
    Object.hasOwn(grantNames, name) ? [grantNames[name]!] : [],
  )
  if (!known.includes('authorization_code'))
    throw new MetadataProblem('grant_types', 'lacks authorization_code')
  return [...new Set(known)]
}
