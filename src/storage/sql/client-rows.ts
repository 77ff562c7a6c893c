/** Rows of clients, and what they mean. */

import type { Client, ClientGrant, ClientOrigin, ClientStatus, ClientType } from '../../oauth/client.ts'
import type { ClientMetadata } from '../../oauth/client-metadata.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import { fromList, fromScopes, toList, toScopes } from './values.ts'

export interface ClientRow {
  id: ClientId
  name: string
  name_key: string
  description: string
  type: ClientType
  secret_hash: string | null
  status: ClientStatus
  grants: string
  scopes: string
  redirect_uris: string
  allowed_resources: string
  token_profile: Client['tokenProfile']
  project: string | null
  service_account: string | null
  introspect_any: number
  origin: ClientOrigin
  metadata: string
  created_by: AccountId | null
  created_at: Instant
  updated_at: Instant
}

export const clientColumns = [
  'id',
  'name',
  'name_key',
  'description',
  'type',
  'secret_hash',
  'status',
  'grants',
  'scopes',
  'redirect_uris',
  'allowed_resources',
  'token_profile',
  'project',
  'service_account',
  'introspect_any',
  'origin',
  'metadata',
  'created_by',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof ClientRow)[]

/** The form in which names are compared: whatever their case, and however their characters are composed. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

export function fromClient(client: Client): ClientRow {
  return {
    id: client.id,
    name: client.name,
    name_key: nameKey(client.name),
    description: client.description,
    type: client.type,
    secret_hash: client.secretHash ?? null,
    status: client.status,
    grants: fromList(client.grants),
    scopes: fromScopes(client.scopes),
    redirect_uris: fromList(client.redirectUris),
    allowed_resources: fromList(client.allowedResources),
    token_profile: client.tokenProfile,
    project: client.project ?? null,
    service_account: client.serviceAccount ?? null,
    introspect_any: client.introspectAny ? 1 : 0,
    origin: client.origin,
    metadata: JSON.stringify(client.metadata),
    created_by: client.createdBy ?? null,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  }
}

export function toClient(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    type: row.type,
    secretHash: row.secret_hash ?? undefined,
    status: row.status,
    grants: toList<ClientGrant>(row.grants),
    scopes: toScopes(row.scopes),
    redirectUris: toList(row.redirect_uris),
    allowedResources: toList(row.allowed_resources),
    tokenProfile: row.token_profile,
    project: row.project ?? undefined,
    serviceAccount: row.service_account ?? undefined,
    introspectAny: row.introspect_any === 1,
    origin: row.origin,
    metadata: JSON.parse(row.metadata) as ClientMetadata,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
