/** Acts on single tokens, of anybody: revoke, disable, enable. */
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import {
  disableToken,
  enableToken,
  revokeToken,
  type TokenAct,
  type TokenActResult,
  type TokenOutcome,
} from '../oauth/token/control.ts'
import type { Clock } from '../shared/clock.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'

export interface TokenAdministration {
  revoke(id: string, actor: Actor, request?: RequestContext): Promise<TokenOutcome>
  disable(id: string, actor: Actor, request?: RequestContext): Promise<TokenOutcome>
  enable(id: string, actor: Actor, request?: RequestContext): Promise<TokenOutcome>
  /** Revokes several, all or none of them. @returns how many of them were not revoked before. */
  revokeMany(ids: readonly string[], actor: Actor, request?: RequestContext): Promise<number>
}

export function createTokenAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
}): TokenAdministration {
  const { storage, announcer, clock } = dependencies

  const actOf = (actor: Actor, request: RequestContext | undefined): TokenAct => ({
    at: clock.now(),
    actor,
    request,
    reason: 'admin',
    owner: undefined,
  })

  const one =
    (flow: (tx: Stores, id: string, act: TokenAct) => Promise<TokenActResult>) =>
    (id: string, actor: Actor, request?: RequestContext): Promise<TokenOutcome> => {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const { outcome, events } = await flow(tx, id, act)
        return { result: outcome, events }
      })
    }

  return {
    revoke: one(revokeToken),
    disable: one(disableToken),
    enable: one(enableToken),

    async revokeMany(ids, actor, request) {
      const act = actOf(actor, request)
      return announcer.transaction(storage, async (tx) => {
        const events: DomainEvent[] = []
        let revoked = 0
        // In one order, so that two callers cannot wait for each other.
        for (const id of [...new Set(ids)].sort()) {
          const result = await revokeToken(tx, id, act)
          if (result.outcome === 'done') revoked++
          events.push(...result.events)
        }
        return { result: revoked, events }
      })
    },
  }
}
