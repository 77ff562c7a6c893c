/** Client credentials grant (RFC 6749 §4.4): a confidential client acts for itself. */
import type { Publisher } from '../../events/bus.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { usualScopes } from '../api-scopes.ts'
import { OAuthError } from '../errors.ts'
import { holdStill, requireGrant } from '../gate.ts'
import { selectResources } from '../resource-indicator.ts'
import { parseScope, requireScopes } from '../scope.ts'
import { announceIssued } from '../token/announce.ts'
import type { GrantHandler } from '../token/grant-handler.ts'
import type { TokenMinter } from '../token/issue.ts'

/** Scopes that speak about a person, of whom there is none here. */
const personalScopes = ['openid', 'offline_access']

export function createClientCredentialsGrant(dependencies: {
  storage: Storage
  minter: TokenMinter
  publisher: Publisher
  clock: Clock
  accessTtlSeconds: number
}): GrantHandler {
  const { storage, minter, publisher, clock, accessTtlSeconds } = dependencies
  return {
    grantType: 'client_credentials',

    async handle({ client, parameters, extraClaims, dpopJkt, context }) {
      // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
      if (client.type !== 'confidential') {
        throw new OAuthError('unauthorized_client', {
          description: 'only a confidential client may use the client_credentials grant',
          reason: 'public_client',
        })
      }
      requireGrant(client, 'client_credentials')
      const allowed = client.scopes.filter((scope) => !personalScopes.includes(scope))
      const requested = parseScope(parameters.get('scope'))
      if (requested !== undefined) {
        requireScopes(requested, allowed, 'a requested scope is not allowed for this client and grant')
      }
      // RFC 6749 §3.3: where no scope is asked for, it is the default or "fail the request indicating an invalid scope".
      if (allowed.length === 0) {
        throw new OAuthError('invalid_scope', {
          description: 'this client has no scope that does not speak about a person',
        })
      }
      const resources = selectResources(
        parameters.all('resource'),
        client.allowedResources,
        'a requested resource is not allowed for this client',
      )
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      const minted = await minter.mint({
        client,
        account: undefined,
        grantId: undefined,
        scopes: requested ?? usualScopes(allowed),
        resources,
        accessTtlSeconds,
        extraClaims,
        dpopJkt,
        now,
      })
      await storage.transaction(async (tx) => {
        await holdStill(tx, client.id, undefined)
        await tx.accessTokens.insert(minted.accessToken)
      })
      announceIssued(publisher, {
        grantType: 'client_credentials',
        client,
        account: undefined,
        minted,
        now,
        context,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      return minted.response
    },
  }
}
