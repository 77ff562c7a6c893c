/** {@link LogoutOutbox} in SQL. The table is nearly always empty. */
import type { LogoutKey, LogoutOutbox, PendingLogout } from '../../oauth/openid/logout-outbox.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId, SessionId } from '../../shared/ids.ts'
import { type Executor, statement } from './statement.ts'

interface PendingLogoutRow {
  session_id: SessionId
  client_id: ClientId
  account_id: AccountId
  attempts: number
}

// backchannel_logouts_due.
const anyDue = statement<{ now: Instant }, { found: number }>(
  'backchannel_logouts.any_due',
  'select 1 as found from backchannel_logouts where next_attempt_at <= :now limit 1',
)

// backchannel_logouts_due. Replicas deliver at the same time: each takes what no other has.
const claim = statement<{ now: Instant; until: Instant; limit: number }, PendingLogoutRow>(
  'backchannel_logouts.claim',
  `with picked as (
    select session_id, client_id from backchannel_logouts where next_attempt_at <= :now
    order by next_attempt_at limit :limit for update skip locked
  )
  update backchannel_logouts set attempts = attempts + 1, next_attempt_at = :until
  where (session_id, client_id) in (select session_id, client_id from picked)
  returning session_id, client_id, account_id, attempts`,
)

// Primary key.
const putOff = statement<{ session_id: SessionId; client_id: ClientId; at: Instant }>(
  'backchannel_logouts.put_off',
  `update backchannel_logouts set next_attempt_at = :at
  where session_id = :session_id and client_id = :client_id`,
)

// Primary key.
const remove = statement<{ session_id: SessionId; client_id: ClientId }>(
  'backchannel_logouts.remove',
  'delete from backchannel_logouts where session_id = :session_id and client_id = :client_id',
)

/**
 * Queues what the clients of an ended session must hear. grants_session; of the clients, those whose metadata names
 * an address: JSON escapes every quotation mark inside a text, so the name with both of its own can be nothing else.
 */
export const queueLogouts = statement<{ session_id: SessionId; due_at: Instant }>(
  'backchannel_logouts.queue',
  `insert into backchannel_logouts (session_id, client_id, account_id, attempts, next_attempt_at)
  select distinct g.session_id, g.client_id, g.account_id, 0, cast(:due_at as bigint)
  from grants g join clients c on c.id = g.client_id
  where g.session_id = :session_id and c.metadata like '%"backchannelLogoutUri":%'`,
)

export class SqlLogoutOutbox implements LogoutOutbox {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async anyDue(now: Instant): Promise<boolean> {
    return (await this.#sql.one(anyDue, { now })) !== undefined
  }

  async claim(now: Instant, until: Instant, limit: number): Promise<PendingLogout[]> {
    const rows = await this.#sql.all(claim, { now, until, limit })
    return rows.map((row) => ({
      sessionId: row.session_id,
      clientId: row.client_id,
      accountId: row.account_id,
      attempts: row.attempts,
    }))
  }

  async putOff({ sessionId, clientId }: LogoutKey, at: Instant): Promise<void> {
    await this.#sql.run(putOff, { session_id: sessionId, client_id: clientId, at })
  }

  async remove({ sessionId, clientId }: LogoutKey): Promise<void> {
    await this.#sql.run(remove, { session_id: sessionId, client_id: clientId })
  }
}
