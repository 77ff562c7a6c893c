/**
 * Token exchange (RFC 8693): a service that was called with somebody's token gets one for the service it calls next.
 * Only where an operator said whose tokens a client may exchange, only for resources of its own list, never for more
 * than the token it shows, and no longer than that lives.
 */
import type { Publisher } from '../../events/bus.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { OAuthError } from '../errors.ts'
import { holdStill, requireActiveAccount, requireGrant } from '../gate.ts'
import type { Parameters } from '../parameters.ts'
import { selectResources } from '../resource-indicator.ts'
import { parseScope, requireScopes } from '../scope.ts'
import { type Actor, actorOfToken, subjectOf } from '../token/access-token.ts'
import { announceIssued } from '../token/announce.ts'
import type { GrantHandler } from '../token/grant-handler.ts'
import type { TokenMinter } from '../token/issue.ts'
import { findAccessToken } from '../token/look-up.ts'
import type { AccessToken } from '../token/token.ts'

/** RFC 8693 §3. */
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

/** Services that called each other in a row, at most: a longer chain is a circle. */
const maxActors = 5

export function createTokenExchangeGrant(dependencies: {
  storage: Storage
  minter: TokenMinter
  publisher: Publisher
  clock: Clock
}): GrantHandler {
  const { storage, minter, publisher, clock } = dependencies

  const findSubject = async (parameters: Parameters, client: Client): Promise<AccessToken> => {
    const found = await findAccessToken(storage.read, parameters.require('subject_token'), clock.now())
    // §2.2.2: "if either the subject_token or actor_token are invalid for any reason": invalid_request.
    if (found === undefined || found.result !== 'valid')
      throw refused('the subject_token is invalid', 'subject')
    const { token } = found
    const policy = client.metadata.tokenExchangeSubjects ?? []
    if (!policy.includes(token.clientId) && !policy.includes('*')) {
      throw refused('the subject_token is not one this client may exchange', 'policy')
    }
    if (token.dpopJkt !== undefined) {
      throw refused('a token bound to a key cannot be exchanged by somebody else', 'sender_constrained')
    }
    return token
  }

  return {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',

    async handle({ client, parameters, extraClaims, dpopJkt, context }) {
      if (client.type !== 'confidential') {
        throw new OAuthError('unauthorized_client', {
          description: 'only a confidential client may exchange tokens',
          reason: 'public_client',
        })
      }
      requireGrant(client, 'token_exchange')
      requireSupported(parameters)
      const startedAt = clock.monotonicSeconds()
      const subject = await findSubject(parameters, client)
      const presented = parameters.require('subject_token')
      const actor: Actor = { sub: subjectOf(client.id, undefined), act: actorOfToken(presented) }
      if (depthOf(actor) > maxActors) throw refused('the subject_token was exchanged too often', 'chain')

      const allowed = subject.scopes.filter((scope) => client.scopes.includes(scope))
      const requested = parseScope(parameters.get('scope'))
      if (requested !== undefined) {
        requireScopes(
          requested,
          allowed,
          'a requested scope is not in the subject_token or not of this client',
        )
      }
      const scopes = requested ?? allowed
      if (scopes.length === 0) {
        throw new OAuthError('invalid_scope', { description: 'nothing of the subject_token is allowed here' })
      }
      const resources = selectResources(
        [...parameters.all('resource'), ...parameters.all('audience')],
        client.allowedResources,
        'a requested resource is not allowed for this client',
      )
      // A service that was called by a client, not by a person, goes on in its own name.
      if (subject.accountId === undefined) throw refused('the subject_token speaks for no person', 'subject')
      const account = requireActiveAccount(await storage.read.accounts.find(subject.accountId))
      const now = clock.now()
      const secondsLeft = Math.floor((subject.expiresAt - now) / 1000)
      const minted = await minter.mint({
        client,
        account,
        grantId: subject.grantId,
        scopes,
        resources,
        accessTtlSeconds: Math.min(minter.accessTtlSeconds(client), Math.max(1, secondsLeft)),
        actor,
        extraClaims,
        dpopJkt,
        now,
      })
      // Without a target it is for whom every token is for; a token bound to one resource must not become one for all.
      const { audience } = minted.accessToken
      if (resources.length === 0 && !audience.every((one) => subject.audience.includes(one))) {
        throw new OAuthError('invalid_target', {
          description: 'the subject_token is bound to a resource: name the one the new token is for',
        })
      }
      await storage.transaction(async (tx) => {
        await holdStill(tx, client.id, account.id)
        // The client that the person allowed: what goes on in its name ends with it.
        await holdStill(tx, subject.clientId, undefined)
        // In the family of the token it came from, so that whoever ends that ends this.
        const alive = subject.grantId === undefined || (await tx.grants.touch(subject.grantId, now))
        const current = await tx.accessTokens.find(subject.id)
        if (!alive || current?.state !== 'active') throw refused('the subject_token is invalid', 'subject')
        await tx.accessTokens.insert(minted.accessToken)
      })
      announceIssued(publisher, {
        grantType: 'token_exchange',
        client,
        account,
        minted,
        now,
        context,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      return { ...minted.response, issued_token_type: accessTokenType }
    },
  }
}

/** §2.1: what of a request this server can do. */
function requireSupported(parameters: Parameters): void {
  const subjectType = parameters.require('subject_token_type')
  if (subjectType !== accessTokenType && subjectType !== jwtType) {
    throw refused('subject_token_type must be that of an access token', 'type')
  }
  const requestedType = parameters.get('requested_token_type')
  if (requestedType !== undefined && requestedType !== accessTokenType) {
    throw refused('requested_token_type must be that of an access token', 'type')
  }
  // The client that asks is the actor: it has proved who it is.
  if (parameters.get('actor_token') !== undefined || parameters.get('actor_token_type') !== undefined) {
    throw refused('actor_token is not supported', 'actor')
  }
}

function depthOf(actor: Actor | undefined): number {
  return actor === undefined ? 0 : 1 + depthOf(actor.act)
}

function refused(description: string, reason: string): OAuthError {
  return new OAuthError('invalid_request', { description, reason })
}
