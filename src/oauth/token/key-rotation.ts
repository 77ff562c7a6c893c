/**
 * When a signing key goes from stage to stage, and which one signs. Pure. A key is published as `next` long before it
 * signs, so that every replica and every cache of the JWK set has it; it is published as `previous` until the last
 * token it signed has expired. A replica decides by its own clock; every time below leaves room for clocks that differ.
 */
import { clockToleranceSeconds, signingKeyReloadSeconds } from '../../config/fixed-times.ts'
import type { Config } from '../../config/load.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'
import { keyAlgorithms, type StoredSigningKey } from './signing-key.ts'

export interface RotationPolicy {
  /** How long a key signs before the next one takes over; 0 rotates only when an operator says so. */
  intervalSeconds: number
  /** How long a key is published before it signs. */
  publishAheadSeconds: number
  /** How long a key is published after it stopped signing. */
  previousLifeSeconds: number
}

/** What the rules know of a key. */
export type KeyFacts = Pick<
  StoredSigningKey,
  'kid' | 'algorithm' | 'state' | 'createdAt' | 'activatedAt' | 'supersededAt'
>

export type KeyStep =
  | { step: 'create_next'; algorithm: StoredSigningKey['algorithm']; currentKid: string }
  | { step: 'activate'; algorithm: StoredSigningKey['algorithm']; kid: string; currentKid: string }
  | { step: 'retire'; algorithm: StoredSigningKey['algorithm']; kid: string }

/** Beyond the longest token life: tokens signed on the way, verifiers whose clocks are behind. */
const previousMarginSeconds = 3600

/** A replica that starts or reloads now may meet others that read the keys this long ago. */
export const settleSeconds = signingKeyReloadSeconds + clockToleranceSeconds / 2

/** A key signs at most this much before and after the instants its row tells, on a replica that is slow or out of step. */
export const signingSlackSeconds = settleSeconds + signingKeyReloadSeconds + clockToleranceSeconds

export function rotationPolicy({
  signingKeys,
  tokens,
}: Pick<Config, 'signingKeys' | 'tokens'>): RotationPolicy {
  return {
    intervalSeconds: signingKeys.rotationIntervalSeconds,
    publishAheadSeconds: signingKeys.publishAheadSeconds,
    previousLifeSeconds:
      Math.max(tokens.accessTtlMaxSeconds, tokens.clientCredentialsTtlSeconds) + previousMarginSeconds,
  }
}

/** The next change of stage of a key, when time alone brings it; `undefined` when it does not. */
export function dueChange(
  key: KeyFacts,
  policy: RotationPolicy,
): { to: 'current' | 'previous' | 'retired'; at: Instant } | undefined {
  switch (key.state) {
    case 'next':
      return { to: 'current', at: addSeconds(key.createdAt, policy.publishAheadSeconds) }
    case 'current':
      if (policy.intervalSeconds === 0) return undefined
      return { to: 'previous', at: addSeconds(key.activatedAt ?? key.createdAt, policy.intervalSeconds) }
    case 'previous':
      // Nobody knows when its last token expires when nobody knows when it stopped signing.
      if (key.supersededAt === undefined) return undefined
      return { to: 'retired', at: addSeconds(key.supersededAt, policy.previousLifeSeconds) }
    case 'retired':
      return undefined
  }
}

/** The steps that are due. Each is taken once, however many replicas come to the same conclusion: the store sees to it. */
export function decideKeySteps(keys: readonly KeyFacts[], policy: RotationPolicy, now: Instant): KeyStep[] {
  const steps: KeyStep[] = []
  const isDue = (key: KeyFacts, aheadSeconds = 0): boolean => {
    const change = dueChange(key, policy)
    return change !== undefined && addSeconds(change.at, -aheadSeconds) <= now
  }
  for (const algorithm of keyAlgorithms) {
    const own = keys.filter((key) => key.algorithm === algorithm)
    const current = own.find((key) => key.state === 'current')
    const next = own.find((key) => key.state === 'next')
    if (current !== undefined && next !== undefined && isDue(next)) {
      steps.push({ step: 'activate', algorithm, kid: next.kid, currentKid: current.kid })
    }
    if (current !== undefined && next === undefined && isDue(current, policy.publishAheadSeconds)) {
      steps.push({ step: 'create_next', algorithm, currentKid: current.kid })
    }
    for (const key of own) {
      if (key.state === 'previous' && isDue(key)) steps.push({ step: 'retire', algorithm, kid: key.kid })
    }
  }
  return steps
}

/**
 * The key of an algorithm to sign with: the current one, unless it is so new that another replica may not publish it
 * yet. That happens when an operator has a new key used at once; its predecessor then signs a little longer.
 *
 * @param keys the keys of one algorithm, newest first.
 */
export function chooseSigningKey<Key extends KeyFacts>(keys: readonly Key[], now: Instant): Key | undefined {
  const current = keys.find(({ state }) => state === 'current')
  if (current === undefined || addSeconds(current.createdAt, settleSeconds) <= now) return current
  let predecessor: Key | undefined
  for (const key of keys) {
    if (key.state !== 'previous' || key.supersededAt === undefined) continue
    if (predecessor === undefined || key.supersededAt > predecessor.supersededAt!) predecessor = key
  }
  return predecessor ?? current
}
