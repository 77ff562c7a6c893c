/**
 * Delays between attempts to prove who one is: passwords for a name, codes for an account. They hold for a name whether
 * or not an account has it.
 *
 * Two things are wanted that pull in opposite directions. Guessing must be slow, also for somebody with many addresses;
 * and nobody must be able to keep a person out by guessing for them. So failures are counted three ways:
 *
 * 1. By name and address, with delays that grow to a minute. Whoever guesses from one address is slowed down there, and
 *    nobody else is.
 * 2. By name alone, from everywhere: thirty failures are free and one is forgotten each minute, which is more than one
 *    address can use up under rule 1. Whoever guesses from many addresses is held to that pace together.
 * 3. A browser that this person signed in with before counts by itself and is not held to rules 1 and 2, whatever
 *    others do in the name of its owner.
 *
 * Kept in this process: a restart forgets them, which costs a guesser nothing that the limits per address do not take
 * back.
 */
import type { Actor, RateLimitExceeded, RequestContext } from '../events/catalogue.ts'
import { addressKey } from '../limits/address-key.ts'
import type { Clock, Instant } from '../shared/clock.ts'

const freeFailures = 5
const maxDelaySeconds = 60
/** Waiting this long for a clean slate gains a guesser less than going on at one attempt a minute. */
const forgottenAfterSeconds = 3600
const sharedFreeFailures = 30
const sharedSecondsPerFailure = 60
/**
 * Counters remembered. Pushing one out takes that many failed attempts, which are limited per address: far more than the
 * few free guesses it would buy.
 */
const maxCounters = 10_000

export type AttemptPermit =
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }
  | { readonly kind: 'allowed'; settle(outcome: 'success' | 'failure' | 'no_verdict'): void }

/** Where an attempt comes from. */
export interface AttemptOrigin {
  readonly ip: string
  /** The id of the browser, when it is known to have signed this person in before. */
  readonly knownBrowser?: string | undefined
}

export interface AttemptDelays {
  /**
   * Asks to try. An allowed attempt counts as failed until it is settled, so that attempts sent in parallel are not all
   * free. A delayed one counts as nothing.
   * @param name what is guessed for.
   */
  begin(name: string, origin: AttemptOrigin): AttemptPermit
}

interface Failures {
  count: number
  lastAt: number
}

/** Seconds to wait after this many consecutive failures: none up to 5, then 1, 2, 4, … at most 60. */
export function delayAfter(failures: number): number {
  return failures <= freeFailures ? 0 : Math.min(maxDelaySeconds, 2 ** (failures - freeFailures - 1))
}

/** What a delayed attempt is announced as. */
export function attemptDelayed(
  { retryAfterSeconds }: { retryAfterSeconds: number },
  fact: { at: Instant; actor: Actor; request: RequestContext },
): RateLimitExceeded {
  return {
    ...fact,
    type: 'rate_limit.exceeded',
    policy: 'account_login',
    limitPerMinute: Math.max(1, Math.floor(60 / retryAfterSeconds)),
  }
}

export function createAttemptDelays(clock: Clock): AttemptDelays {
  /** Consecutive failures of one origin, ordered by the last one, the oldest first. */
  const origins = new Map<string, Failures>()
  /** Failures for a name from unknown browsers anywhere, of which time takes one after the other away. */
  const names = new Map<string, Failures>()

  const remember = (counters: Map<string, Failures>, key: string, failures: Failures): void => {
    counters.delete(key)
    if (failures.count <= 0) return
    counters.set(key, failures)
    if (counters.size > maxCounters) counters.delete(counters.keys().next().value as string)
  }
  const recall = (key: string, now: number): Failures => {
    const found = origins.get(key)
    if (found === undefined || now - found.lastAt >= forgottenAfterSeconds) return { count: 0, lastAt: now }
    return found
  }
  const sharedCount = (name: string, now: number): number => {
    const found = names.get(name)
    return found === undefined ? 0 : Math.max(0, found.count - (now - found.lastAt) / sharedSecondsPerFailure)
  }
  const addShared = (name: string, change: number, now: number): void =>
    remember(names, name, { count: sharedCount(name, now) + change, lastAt: now })

  return {
    begin(name, { ip, knownBrowser }) {
      const now = clock.monotonicSeconds()
      const shared = knownBrowser === undefined
      const key = JSON.stringify([name, shared ? addressKey(ip) : `browser ${knownBrowser}`])
      const before = recall(key, now)
      const excess = shared ? sharedCount(name, now) + 1 - sharedFreeFailures : 0
      const wait = Math.max(
        before.lastAt + delayAfter(before.count) - now,
        Math.min(maxDelaySeconds, excess * sharedSecondsPerFailure),
      )
      if (wait > 0) return { kind: 'delayed', retryAfterSeconds: Math.ceil(wait) }
      remember(origins, key, { count: before.count + 1, lastAt: now })
      if (shared) addShared(name, 1, now)
      return {
        kind: 'allowed',
        settle(outcome) {
          const settledAt = clock.monotonicSeconds()
          // A success gives back its own attempt only: it must not buy a guesser elsewhere another thirty.
          if (shared && outcome !== 'failure') addShared(name, -1, settledAt)
          if (outcome === 'success') {
            origins.delete(key)
            return
          }
          const { count, lastAt } = recall(key, settledAt)
          if (outcome === 'failure') remember(origins, key, { count: Math.max(1, count), lastAt: settledAt })
          // Another attempt may have failed since: its delay stands.
          else remember(origins, key, { count: count - 1, lastAt: lastAt === now ? before.lastAt : lastAt })
        },
      }
    },
  }
}
