/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9): what a client cannot have known before it asked, so that proofs cannot be
 * made ahead. Each is the keyed digest of a stretch of time: every replica knows it, and none is stored.
 */
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import { equalInConstantTime, type KeyedDigest, keyedDigestOf } from '../../shared/digest.ts'

export interface DpopNonces {
  current(): string
  /** Whether it is the one of this stretch of time or a neighbouring one. */
  accepts(nonce: string): boolean
}

const periodSeconds = 300
/** No nonce is accepted for longer. */
export const nonceLifeSeconds = 3 * periodSeconds

export function createDpopNonces({ key, clock }: { key: KeyObject; clock: Clock }): DpopNonces {
  const made = new Map<number, KeyedDigest>()
  const nonceOf = (period: number): KeyedDigest => {
    let nonce = made.get(period)
    if (nonce === undefined) {
      nonce = keyedDigestOf(key, `period ${period}`)
      // Only neighbours are asked for.
      if (made.size >= 8) made.clear()
      made.set(period, nonce)
    }
    return nonce
  }
  const period = (): number => Math.floor(clock.now() / 1000 / periodSeconds)
  return {
    current: () => nonceOf(period()),
    accepts(nonce) {
      const now = period()
      // The one before, for who has just been given it; the one to come, from a replica whose clock is ahead.
      return [now, now - 1, now + 1].some((one) => equalInConstantTime(nonce, nonceOf(one)))
    },
  }
}
