/** What a presented refresh token is good for (RFC 6749 §6, RFC 9700 §4.14.2). Pure. */
import { addSeconds, type Instant } from '../../shared/clock.ts'
import type { RefreshToken } from '../token/token.ts'

export type RefreshDecision =
  /** Exchange it. */
  | 'rotate'
  /** A retry with the immediate predecessor inside the grace window: give it a sibling, raise no alarm. */
  | 'sibling'
  /** A used token came back: somebody has a copy. */
  | 'reuse'
  | 'expired'
  | 'ended'

/**
 * @param successorUsed whether a successor of this token has itself been exchanged, which makes this one no longer the
 *   immediate predecessor.
 */
export function decideRefresh(
  token: Pick<RefreshToken, 'state' | 'expiresAt' | 'supersededAt'>,
  successorUsed: boolean,
  graceSeconds: number,
  now: Instant,
): RefreshDecision {
  switch (token.state) {
    case 'revoked':
    case 'disabled':
      return 'ended'
    case 'superseded': {
      const withinGrace =
        token.supersededAt !== undefined && now < addSeconds(token.supersededAt, graceSeconds)
      if (!withinGrace || successorUsed) return 'reuse'
      return now < token.expiresAt ? 'sibling' : 'expired'
    }
    case 'active':
      return now < token.expiresAt ? 'rotate' : 'expired'
  }
}
