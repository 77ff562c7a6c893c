/** Clients as their pages show them. */
import type { Account } from '../../accounts/account.ts'
import type { Client } from '../../oauth/client.ts'
import { formatScope } from '../../oauth/scope.ts'
import type { AccountId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { ShownClient } from '../../views/pages/client-detail.tsx'
import { type ClientFlag, type ClientText, clientFlags } from '../../views/pages/client-form.tsx'
import type { ClientReadyPageProps, SnippetKind } from '../../views/pages/client-ready.tsx'
import type { ListedClient } from '../../views/pages/clients.tsx'
import { valuesOf } from './form.ts'

/** Texts of the form that the page of a client lists as they are. */
const listedTexts = [
  'project',
  'service_account',
  'security_profile',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'token_exchange_subjects',
] as const satisfies readonly ClientText[]

/** Usernames of the owners of clients; empty for one who is gone. */
export async function ownersOf(
  { read }: Pick<Storage, 'read'>,
  clients: readonly Client[],
): Promise<ReadonlyMap<AccountId, string>> {
  const ids = new Set(clients.flatMap(({ createdBy }) => (createdBy === undefined ? [] : [createdBy])))
  const found = await Promise.all(
    [...ids].map(async (id): Promise<[AccountId, Account | undefined]> => [id, await read.accounts.find(id)]),
  )
  return new Map(found.map(([id, account]) => [id, account?.username ?? '']))
}

function ownerOf({ createdBy }: Client, owners: ReadonlyMap<AccountId, string>): string | null {
  return createdBy === undefined ? null : (owners.get(createdBy) ?? '')
}

export function listedClient(client: Client, owners: ReadonlyMap<AccountId, string>): ListedClient {
  const { id, name, description, type, status, grants, createdAt } = client
  return { id, name, description, type, status, grants, createdAt, owner: ownerOf(client, owners) }
}

export function shownClient(client: Client, owners: ReadonlyMap<AccountId, string>): ShownClient {
  const { texts, boxes } = valuesOf(client)
  const { metadata } = client
  const method = metadata.tokenEndpointAuthMethod
  return {
    id: client.id,
    name: client.name,
    description: client.description,
    type: client.type,
    status: client.status,
    origin: client.origin,
    grants: client.grants,
    scopes: client.scopes,
    redirectUris: client.redirectUris,
    postLogoutRedirectUris: metadata.postLogoutRedirectUris ?? [],
    allowedResources: client.allowedResources,
    tokenProfile: client.tokenProfile,
    hasSecret: client.secretHash !== undefined,
    method: method === undefined || method === 'none' ? null : method,
    keyCount: metadata.jwks?.keys.length ?? 0,
    texts: listedTexts.flatMap((field) => (texts[field] === '' ? [] : [{ field, value: texts[field] }])),
    flags: clientFlags.filter((flag: ClientFlag) => boxes.has(flag)),
    owner: ownerOf(client, owners),
    createdAt: client.createdAt,
    updatedAt: client.updatedAt,
  }
}

/** What the next step needs to name. */
export function readyClient(client: Client): Pick<ClientReadyPageProps, 'client' | 'kinds' | 'waits'> {
  return {
    client: {
      id: client.id,
      name: client.name,
      scope: formatScope(client.scopes),
      redirectUri: client.redirectUris[0] ?? null,
    },
    kinds: snippetKinds(client),
    waits: client.status === 'pending',
  }
}

/** The programs a client can be used with as it is; one whose requests need a key has none that is a few lines long. */
function snippetKinds({ grants, type, secretHash, metadata }: Client): SnippetKind[] {
  const keyed =
    metadata.dpopBoundAccessTokens === true || metadata.requirePushedAuthorizationRequests === true
  if (keyed || (type === 'confidential' && secretHash === undefined)) return []
  const kinds: SnippetKind[] = []
  if (grants.includes('device_code') && type === 'public') kinds.push('cli')
  if (grants.includes('authorization_code')) kinds.push(type === 'public' ? 'spa' : 'web')
  if (grants.includes('client_credentials')) kinds.push('service')
  return kinds
}
