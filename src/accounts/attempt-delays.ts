/**
 * Delays between sign-in attempts for one name, growing with consecutive failures. They hold for a name whether or
 * not an account has it, and wherever the attempts come from, so that guessing one person's password is slow even
 * for somebody with many addresses. Kept in this process: a restart forgets them, which costs a guesser nothing
 * that the limits per address do not take back.
 */
import type { Clock } from '../shared/clock.ts'

const freeFailures = 5
const maxDelaySeconds = 60
/** Waiting this long for a clean slate gains a guesser less than going on at one attempt a minute. */
const forgottenAfterSeconds = 3600
/**
 * Names remembered. Pushing one out takes that many failed attempts, which are limited per address: far more than the few
 * free guesses it would buy.
 */
const maxNames = 10_000

export type AttemptPermit =
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }
  | { readonly kind: 'allowed'; settle(outcome: 'success' | 'failure' | 'no_verdict'): void }

export interface AttemptDelays {
  /**
   * Asks to try a password. An allowed attempt counts as failed until it is settled, so that attempts sent in
   * parallel are not all free. A delayed one counts as nothing.
   */
  begin(username: string): AttemptPermit
}

interface Failures {
  count: number
  lastAt: number
}

/** Seconds to wait after this many consecutive failures: none up to 5, then 1, 2, 4, … at most 60. */
export function delayAfter(failures: number): number {
  return failures <= freeFailures ? 0 : Math.min(maxDelaySeconds, 2 ** (failures - freeFailures - 1))
}

export function createAttemptDelays(clock: Clock): AttemptDelays {
  /** Ordered by the last failure, the oldest first. */
  const names = new Map<string, Failures>()

  const remember = (username: string, failures: Failures): void => {
    names.delete(username)
    if (failures.count <= 0) return
    names.set(username, failures)
    if (names.size > maxNames) names.delete(names.keys().next().value as string)
  }
  const recall = (username: string, now: number): Failures => {
    const found = names.get(username)
    if (found === undefined || now - found.lastAt >= forgottenAfterSeconds) return { count: 0, lastAt: now }
    return found
  }

  return {
    begin(username) {
      const now = clock.monotonicSeconds()
      const before = recall(username, now)
      const wait = before.lastAt + delayAfter(before.count) - now
      if (wait > 0) return { kind: 'delayed', retryAfterSeconds: Math.ceil(wait) }
      remember(username, { count: before.count + 1, lastAt: now })
      return {
        kind: 'allowed',
        settle(outcome) {
          if (outcome === 'success') {
            names.delete(username)
            return
          }
          const settledAt = clock.monotonicSeconds()
          const { count, lastAt } = recall(username, settledAt)
          if (outcome === 'failure') remember(username, { count: Math.max(1, count), lastAt: settledAt })
          // Another attempt may have failed since: its delay stands.
          else remember(username, { count: count - 1, lastAt: lastAt === now ? before.lastAt : lastAt })
        },
      }
    },
  }
}
