/** What the gauges show, in one statement and so of one instant; nearly all of it is read from indexes alone. */
import type { Instant } from '../../shared/clock.ts'
import type { StoreCounts } from '../storage.ts'
import { statement } from './statement.ts'

interface CountsRow {
  device_codes_active: number
  device_codes_pending: number
  access_tokens_active: number
  refresh_tokens_active: number
  sessions_active: number
  clients_operator: number
  clients_self_service: number
  clients_registration: number
  clients_metadata_document: number
}

// device_grants_expiry, access_tokens_expiry, refresh_tokens_active, sessions_live, clients_origin. A refresh token of an ended
// grant is revoked with it, so its own state is the answer.
export const countAll = statement<{ now: Instant }, CountsRow>(
  'counts.all',
  `select
    (select count(*) from device_grants where expires_at > :now and state in ('pending', 'approved'))
      as device_codes_active,
    (select count(*) from device_grants where expires_at > :now and state = 'pending') as device_codes_pending,
    (select count(*) from access_tokens
      where expiry_minute > cast(:now as bigint) / 60000 and state = 'active')
    + (select count(*) from access_tokens
      where expiry_minute = cast(:now as bigint) / 60000 and state = 'active' and expires_at > :now)
      as access_tokens_active,
    (select count(*) from refresh_tokens where expires_at > :now and state = 'active') as refresh_tokens_active,
    (select count(*) from sessions where runs_out_at > :now and ended_at is null) as sessions_active,
    (select count(*) from clients where origin = 'operator') as clients_operator,
    (select count(*) from clients where origin = 'self_service') as clients_self_service,
    (select count(*) from clients where origin = 'registration') as clients_registration,
    (select count(*) from clients where origin = 'metadata_document') as clients_metadata_document`,
)

export function toCounts(row: CountsRow): StoreCounts {
  return {
    deviceCodesActive: row.device_codes_active,
    deviceCodesPending: row.device_codes_pending,
    accessTokensActive: row.access_tokens_active,
    refreshTokensActive: row.refresh_tokens_active,
    sessionsActive: row.sessions_active,
    clients: {
      operator: row.clients_operator,
      self_service: row.clients_self_service,
      registration: row.clients_registration,
      metadata_document: row.clients_metadata_document,
    },
  }
}
