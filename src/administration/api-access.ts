/**
 * Who may use the Admin API: an administrator through a client that an operator gave its scopes, or such a client for
 * itself. The token must be meant for this server: bound to no resource, or to the API. One that is bound to another
 * resource is refused, since whoever receives it there could come here with it.
 */
import { actorOf } from '../accounts/sessions.ts'
import type { Publisher } from '../events/bus.ts'
import type { Actor, RequestContext } from '../events/catalogue.ts'
import { type ApiScope, apiPath, reaches } from '../oauth/api-scopes.ts'
import { OAuthError } from '../oauth/errors.ts'
import type { Standing } from '../oauth/gate.ts'
import {
  bareChallenge,
  type PresentedToken,
  type PresentedTokens,
  refusedToken,
} from '../oauth/presented-token.ts'
import { canonicalResource } from '../oauth/resource-indicator.ts'
import type { Clock } from '../shared/clock.ts'

export interface ApiAccess {
  /**
   * @param presented `undefined` when the request brought no token.
   * @param request where it came, below the issuer, and its `DPoP` header field.
   * @returns in whose name the operation is done.
   * @throws {OAuthError} invalid_token, insufficient_scope or about the proof, with a challenge (RFC 6750 §3).
   */
  admit(
    presented: PresentedToken | undefined,
    needed: ApiScope,
    request: { path: string; proof: string | undefined },
    context: RequestContext,
  ): Promise<Actor>
}

export function createApiAccess(dependencies: {
  tokens: PresentedTokens
  publisher: Publisher
  clock: Clock
  issuer: string
  /** `aud` of tokens that are bound to no resource. */
  defaultAudience: readonly string[]
}): ApiAccess {
  const { tokens, publisher, clock, issuer, defaultAudience } = dependencies
  const own = new Set([issuer, `${issuer}${apiPath}`, ...defaultAudience].map(comparable))

  return {
    async admit(presented, needed, { path, proof }, context) {
      if (presented === undefined) {
        throw new OAuthError('invalid_token', {
          description: 'an access token is required',
          headers: bareChallenge,
        })
      }
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const { scheme } = presented
      const found = await tokens.find(presented, { method: context.method, path, proof }, now)
      const meant =
        found.kind === 'good' && found.token.audience.some((audience) => own.has(comparable(audience)))
      publisher.publish({
        type: 'token.validated',
        at: now,
        actor: { type: 'anonymous' },
        request: context,
        endpoint: 'api',
        result: found.kind === 'refused' ? found.result : meant ? 'valid' : 'invalid',
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      if (found.kind === 'refused') throw found.error
      if (!meant) throw refusedToken('invalid_token', 'the token is for another resource', { scheme })
      const { token, standing } = found
      if (!reaches(token.scopes, standing.client, needed)) {
        const description = `this operation needs ${needed}, given to the client by an operator`
        throw refusedToken('insufficient_scope', description, { scheme, scope: needed })
      }
      const { account } = standing
      if (account !== undefined && account.role !== 'admin') {
        const description = 'the person behind the token is no administrator'
        throw refusedToken('insufficient_scope', description, { scheme, scope: needed })
      }
      return inWhoseName(standing)
    },
  }
}

function inWhoseName({ client, account }: Standing): Actor {
  return account === undefined ? { type: 'client', id: client.id, name: client.name } : actorOf(account)
}

function comparable(audience: string): string {
  return canonicalResource(audience) ?? audience
}
