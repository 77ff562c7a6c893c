/** Token revocation (RFC 7009): a client gives back what it no longer needs. */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'
import type { ClientAuthenticator } from './client-authentication.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { findToken } from './token/look-up.ts'
import { tokensRevoked } from './token/revoked.ts'
import type { RevokedCounts } from './token/store.ts'

export interface Revocation {
  /**
   * Ends an access token, or a refresh token with its whole family. A token nobody knows is as good as revoked
   * (RFC 7009 §2.2).
   * @throws {OAuthError} invalid_client; invalid_request; invalid_grant when the token belongs to another client.
   */
  revoke(authorization: string | undefined, parameters: Parameters, context: RequestContext): Promise<void>
}

export function createRevocation(dependencies: {
  storage: Storage
  authenticator: ClientAuthenticator
  publisher: Publisher
  clock: Clock
}): Revocation {
  const { storage, authenticator, publisher, clock } = dependencies
  return {
    async revoke(authorization, parameters, context) {
      const { client } = await authenticator.authenticate(authorization, parameters, context)
      const now = clock.now()
      const found = await findToken(storage.read, parameters.require('token'), now)
      if (found === undefined) return
      // RFC 7009 §2.1: the server "verifies whether the token was issued to the client making the revocation request".
      if (found.token.clientId !== client.id) {
        throw new OAuthError('invalid_grant', {
          description: 'the token was issued to another client',
          reason: 'wrong_client',
        })
      }
      const counts = await storage.transaction(async (tx): Promise<RevokedCounts> => {
        if (found.kind === 'refresh') return tx.grants.end(found.grant.id, now)
        const revoked = await tx.accessTokens.revoke(found.token.id, now)
        return { accessTokens: revoked ? 1 : 0, refreshTokens: 0 }
      })
      const revoked = tokensRevoked(counts, {
        at: now,
        actor: { type: 'client', id: client.id, name: client.name },
        request: context,
        reason: 'user_request',
        clientId: client.id,
        accountId: found.token.accountId,
        grantId: found.token.grantId,
      })
      for (const event of revoked) publisher.publish(event)
    },
  }
}
