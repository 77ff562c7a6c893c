/** A device grant's states and what a poll of it is answered (RFC 8628 §3.5). Pure: no clock, no storage. */
import { addSeconds, type Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, ClientId, DeviceGrantId } from '../../shared/ids.ts'
import type { Authentication } from '../token/token.ts'

export type DeviceGrantState = 'pending' | 'approved' | 'denied' | 'redeemed'

export interface DeviceGrant {
  id: DeviceGrantId
  deviceCodeDigest: SecretDigest
  clientId: ClientId
  scopes: readonly string[]
  resources: readonly string[]
  state: DeviceGrantState
  /** Who decided, once somebody has. */
  accountId: AccountId | undefined
  authentication: Authentication | undefined
  issuedAt: Instant
  expiresAt: Instant
  decidedAt: Instant | undefined
  /** Least seconds between polls; grows by 5 with each `slow_down`. */
  intervalSeconds: number
  lastPollAt: Instant | undefined
  /** Where the request came from, for the person to compare. */
  requestIp: string
  requestUserAgent: string
}

export type PollDecision = 'pending' | 'slow_down' | 'denied' | 'expired' | 'redeemed' | 'approved'

/** RFC 8628 §3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests". */
export const slowDownIncrementSeconds = 5

/** Clients tick exactly on the interval, so network jitter makes honest polls arrive a little early. */
const pollToleranceSeconds = 1

/**
 * What a poll at `now` is answered, given when the previous one came. A decision already made and an expiry win over
 * `slow_down`: an impatient device is still told the truth, so only a waiting one is slowed down.
 */
export function decidePoll(
  grant: Pick<DeviceGrant, 'state' | 'expiresAt' | 'intervalSeconds'>,
  previousPollAt: Instant | undefined,
  now: Instant,
): PollDecision {
  if (grant.state === 'redeemed') return 'redeemed'
  if (grant.state === 'denied') return 'denied'
  if (now >= grant.expiresAt) return 'expired'
  if (grant.state === 'approved') return 'approved'
  if (previousPollAt === undefined) return 'pending'
  const earliest = addSeconds(previousPollAt, grant.intervalSeconds - pollToleranceSeconds)
  return now < earliest ? 'slow_down' : 'pending'
}
