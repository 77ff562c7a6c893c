/**
 * Port: clients that have to hear of the end of a session (OpenID Connect Back-Channel Logout 1.0 §2.5). Rows are
 * written by the end of a session itself (`accounts/store.ts`), in its transaction, so that no way to end one can
 * forget them.
 */
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId, SessionId } from '../../shared/ids.ts'

export interface PendingLogout {
  readonly sessionId: SessionId
  readonly clientId: ClientId
  readonly accountId: AccountId
  /** Deliveries begun so far, this one included. */
  readonly attempts: number
}

export type LogoutKey = Pick<PendingLogout, 'sessionId' | 'clientId'>

export interface LogoutOutboxReader {
  /** Whether any is due. */
  anyDue(now: Instant): Promise<boolean>
}

export interface LogoutOutbox extends LogoutOutboxReader {
  /**
   * Takes at most `limit` that are due, those due longest first. Each goes to one caller, and to no other before
   * `until`, by when a caller that is still there has put it off or removed it.
   */
  claim(now: Instant, until: Instant, limit: number): Promise<PendingLogout[]>
  /** Makes one due again at `at`. */
  putOff(key: LogoutKey, at: Instant): Promise<void>
  remove(key: LogoutKey): Promise<void>
}
