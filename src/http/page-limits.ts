/**
 * Limits of the pages: how often an address may try to sign in, and how often user codes may be tried, by one
 * address, by one account and, as far as they are wrong, by everybody together (RFC 8628 §5.1).
 */
import type { Account } from '../accounts/account.ts'
import { actorOf } from '../accounts/sessions.ts'
import type { Config } from '../config/load.ts'
import type { Publisher } from '../events/bus.ts'
import type { Actor, RateLimitPolicy, RequestContext } from '../events/catalogue.ts'
import { addressKey } from '../limits/address-key.ts'
import type { LimitDecision, RateLimiter } from '../limits/limiter.ts'
import type { Clock } from '../shared/clock.ts'

/** `undefined` when the request may go on. */
export type Throttled = { readonly retryAfterSeconds: number } | undefined

export interface PageLimits {
  /** Counts an attempt to sign in. */
  logIn(context: RequestContext): Promise<Throttled>
  /** Counts a user code that is tried. */
  tryUserCode(account: Account, context: RequestContext): Promise<Throttled>
  /** Counts a user code that turned out wrong. Right ones do not count, so that nobody's mistakes are spent on them. */
  noteWrongUserCode(): Promise<void>
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
  ): Throttled => {
    if (decision.allowed) return undefined
    publisher.publish({
      type: 'rate_limit.exceeded',
      at: clock.now(),
      actor,
      request: context,
      policy,
      limitPerMinute: decision.limit,
    })
    return { retryAfterSeconds: decision.resetSeconds }
  }

  return {
    async logIn(context) {
      if (!settings.enabled) return undefined
      const decision = await limiter.take('login', addressKey(context.ip), settings.login)
      return judge(decision, 'login', { type: 'anonymous' }, context)
    },

    async tryUserCode(account, context) {
      const actor = actorOf(account)
      const total = await limiter.peek('device_verify_failures', everybody, settings.deviceVerifyTotal)
      const throttled = judge(total, 'device_verify_failures', actor, context)
      if (throttled !== undefined) return throttled
      const keys = settings.enabled ? [`address ${addressKey(context.ip)}`] : []
      for (const key of [...keys, `account ${account.id}`]) {
        const decision = await limiter.take('device_verify', key, settings.deviceVerify)
        const exceeded = judge(decision, 'device_verify', actor, context)
        if (exceeded !== undefined) return exceeded
      }
      return undefined
    },

    async noteWrongUserCode() {
      await limiter.take('device_verify_failures', everybody, settings.deviceVerifyTotal)
    },
  }
}
