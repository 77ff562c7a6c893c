/**
 * Limits of the pages: how often an address may try to sign in, and how many wrong user codes one address, one
 * account and everybody together may enter (RFC 8628 §5.1).
 */
import type { Account } from '../accounts/account.ts'
import { actorOf } from '../accounts/sessions.ts'
import type { Config } from '../config/load.ts'
import type { Publisher } from '../events/bus.ts'
import type { Actor, RateLimitPolicy, RequestContext } from '../events/catalogue.ts'
import { addressKey } from '../limits/address-key.ts'
import type { LimitDecision, RateLimiter } from '../limits/limiter.ts'
import type { Clock } from '../shared/clock.ts'

export interface Throttled {
  readonly kind: 'throttled'
  readonly retryAfterSeconds: number
}

export interface UserCodeTry {
  readonly kind: 'allowed'
  /** Call when the code led somewhere: it then counts as nothing, so that only guesses use the limits up. */
  codeWasRight(): Promise<void>
}

export interface PageLimits {
  /** Counts an attempt to sign in. @returns `undefined` when it may go on. */
  logIn(context: RequestContext): Promise<Throttled | undefined>
  /** Counts a request for a link to choose a new password. @returns `undefined` when it may go on. */
  recoverPassword(context: RequestContext): Promise<Throttled | undefined>
  /** Counts an authorization request. @returns `undefined` when it may go on. */
  authorize(context: RequestContext): Promise<Throttled | undefined>
  /** Counts a user code as wrong, before it is looked up. */
  tryUserCode(account: Account, context: RequestContext): Promise<Throttled | UserCodeTry>
}

/** Wrong codes are counted for everybody under one key. */
const everybody = 'everybody'

export function createPageLimits(dependencies: {
  limiter: RateLimiter
  publisher: Publisher
  clock: Clock
  settings: Config['limits']
}): PageLimits {
  const { limiter, publisher, clock, settings } = dependencies

  const judge = (
    decision: LimitDecision,
    policy: RateLimitPolicy,
    actor: Actor,
    context: RequestContext,
  ): Throttled | undefined => {
    if (decision.allowed) return undefined
    publisher.publish({
      type: 'rate_limit.exceeded',
      at: clock.now(),
      actor,
      request: context,
      policy,
      limitPerMinute: decision.limit,
    })
    return { kind: 'throttled', retryAfterSeconds: decision.resetSeconds }
  }

  const giveBack = async (counters: readonly { policy: RateLimitPolicy; key: string }[]): Promise<void> => {
    for (const { policy, key } of counters) await limiter.giveBack(policy, key)
  }

  return {
    async logIn(context) {
      if (!settings.enabled) return undefined
      const decision = await limiter.take('login', addressKey(context.ip), settings.login)
      return judge(decision, 'login', { type: 'anonymous' }, context)
    },

    async recoverPassword(context) {
      if (!settings.enabled) return undefined
      const key = addressKey(context.ip)
      const decision = await limiter.take('password_recovery', key, settings.passwordRecovery)
      return judge(decision, 'password_recovery', { type: 'anonymous' }, context)
    },

    async authorize(context) {
      if (!settings.enabled) return undefined
      const decision = await limiter.take('authorization', addressKey(context.ip), settings.authorization)
      return judge(decision, 'authorization', { type: 'anonymous' }, context)
    },

    async tryUserCode(account, context) {
      const actor = actorOf(account)
      const { deviceVerify, deviceVerifyTotal } = settings
      // The narrow limits come first: who is stopped by one of them takes nothing from everybody.
      const counters = [
        ...(settings.enabled
          ? [
              {
                policy: 'device_verify',
                key: `address ${addressKey(context.ip)}`,
                limit: deviceVerify,
              } as const,
            ]
          : []),
        { policy: 'device_verify', key: `account ${account.id}`, limit: deviceVerify },
        { policy: 'device_verify_failures', key: everybody, limit: deviceVerifyTotal },
      ] as const
      for (const [index, { policy, key, limit }] of counters.entries()) {
        const throttled = judge(await limiter.take(policy, key, limit), policy, actor, context)
        if (throttled === undefined) continue
        // No code was looked up, so nobody guessed: else one stopped account would use its whole address up.
        await giveBack(counters.slice(0, index))
        return throttled
      }
      return { kind: 'allowed', codeWasRight: () => giveBack(counters) }
    },
  }
}
