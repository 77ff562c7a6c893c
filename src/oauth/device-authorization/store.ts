/** Port: device grants, RFC 8628. Codes are stored as digests. */
import type { Instant } from '../../shared/clock.ts'
import type { KeyedDigest, SecretDigest } from '../../shared/digest.ts'
import type { AccountId, ClientId, DeviceGrantId } from '../../shared/ids.ts'
import type { Authentication } from '../token/token.ts'
import type { DeviceGrant } from './grant.ts'

export interface DeviceGrantReader {
  find(id: DeviceGrantId): Promise<DeviceGrant | undefined>
  /** The undecided grant a person's code leads to, expired or not; a decided grant's user code leads nowhere. */
  findByUserCode(userCodeDigest: KeyedDigest): Promise<DeviceGrant | undefined>
}

export interface DeviceGrantStore extends DeviceGrantReader {
  /** @returns `user_code_taken` when another undecided grant has this user code; nothing is stored then. */
  insert(grant: DeviceGrant, userCodeDigest: KeyedDigest): Promise<'inserted' | 'user_code_taken'>
  /**
   * Notes a poll by the grant's own client and returns the grant with the poll before it, atomically. A wrong digest
   * or another client's poll is `undefined` and leaves no trace, so it cannot slow the owner down.
   */
  recordPoll(
    id: DeviceGrantId,
    deviceCodeDigest: SecretDigest,
    clientId: ClientId,
    now: Instant,
  ): Promise<{ grant: DeviceGrant; previousPollAt: Instant | undefined } | undefined>
  /** Lengthens the interval of a pending grant. */
  slowDown(id: DeviceGrantId, intervalSeconds: number): Promise<void>
  /**
   * Moves a pending, unexpired grant to `approved` or `denied`, for exactly one caller, and frees its user code.
   * @returns the grant as decided, or `undefined` when it was no longer pending.
   */
  decide(
    id: DeviceGrantId,
    decision: 'approved' | 'denied',
    by: { accountId: AccountId; authentication: Authentication },
    now: Instant,
  ): Promise<DeviceGrant | undefined>
  /**
   * Moves an approved, unexpired grant to `redeemed`, for exactly one caller: of any number of concurrent calls one
   * gets `redeemed`, the others `lost`.
   */
  redeem(id: DeviceGrantId, now: Instant): Promise<'redeemed' | 'lost'>
  /** Ends the approved but unredeemed grants of a person. @returns how many. */
  denyApprovedOf(accountId: AccountId, now: Instant): Promise<number>
  /** The same, of those one client asked for. */
  denyApprovedBetween(accountId: AccountId, clientId: ClientId, now: Instant): Promise<number>
  /** The same, of everybody's that one client asked for. */
  denyApprovedOfClient(clientId: ClientId, now: Instant): Promise<number>
  /** Deletes at most `limit` grants (with their user codes) that expired before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}
