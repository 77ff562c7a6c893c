/** Rows of device grants, and what they mean. */
import type { DeviceGrant, DeviceGrantState } from '../../oauth/device-authorization/grant.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, ClientId, DeviceGrantId } from '../../shared/ids.ts'
import {
  type AuthenticationColumns,
  fromAuthentication,
  fromList,
  fromScopes,
  toAuthentication,
  toList,
  toScopes,
} from './values.ts'

export interface DeviceGrantRow extends AuthenticationColumns {
  id: DeviceGrantId
  device_code_digest: SecretDigest
  client_id: ClientId
  scopes: string
  resources: string
  state: DeviceGrantState
  account_id: AccountId | null
  issued_at: Instant
  expires_at: Instant
  decided_at: Instant | null
  interval_seconds: number
  last_poll_at: Instant | null
  request_ip: string
  request_user_agent: string
}

export const deviceGrantColumns = [
  'id',
  'device_code_digest',
  'client_id',
  'scopes',
  'resources',
  'state',
  'account_id',
  'session_id',
  'authenticated_at',
  'authentication_methods',
  'issued_at',
  'expires_at',
  'decided_at',
  'interval_seconds',
  'last_poll_at',
  'request_ip',
  'request_user_agent',
] as const satisfies readonly (keyof DeviceGrantRow)[]

export function fromDeviceGrant(grant: DeviceGrant): DeviceGrantRow {
  return {
    id: grant.id,
    device_code_digest: grant.deviceCodeDigest,
    client_id: grant.clientId,
    scopes: fromScopes(grant.scopes),
    resources: fromList(grant.resources),
    state: grant.state,
    account_id: grant.accountId ?? null,
    ...fromAuthentication(grant.authentication),
    issued_at: grant.issuedAt,
    expires_at: grant.expiresAt,
    decided_at: grant.decidedAt ?? null,
    interval_seconds: grant.intervalSeconds,
    last_poll_at: grant.lastPollAt ?? null,
    request_ip: grant.requestIp,
    request_user_agent: grant.requestUserAgent,
  }
}

export function toDeviceGrant(row: DeviceGrantRow): DeviceGrant {
  return {
    id: row.id,
    deviceCodeDigest: row.device_code_digest,
    clientId: row.client_id,
    scopes: toScopes(row.scopes),
    resources: toList(row.resources),
    state: row.state,
    accountId: row.account_id ?? undefined,
    authentication: toAuthentication(row),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at ?? undefined,
    intervalSeconds: row.interval_seconds,
    lastPollAt: row.last_poll_at ?? undefined,
    requestIp: row.request_ip,
    requestUserAgent: row.request_user_agent,
  }
}
