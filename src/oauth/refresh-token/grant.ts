/**
 * Refresh grant (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2): each use supersedes the token and
 * gives a successor in the same family; a superseded token that comes back ends the family, except for the immediate
 * predecessor within a short grace window, which parallel processes and lost answers need.
 */
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { RefreshTokenId } from '../../shared/ids.ts'
import { matchesDigest, parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Readers, Storage, Stores } from '../../storage/storage.ts'
import { type Client, keepsRefreshToken, vouchedFor } from '../client.ts'
import { OAuthError } from '../errors.ts'
import { holdStill, requireActiveAccount, requireGrant } from '../gate.ts'
import { tokenTarget } from '../resources/access.ts'
import { parseScope, requireScopes } from '../scope.ts'
import { announceIssued } from '../token/announce.ts'
import type { GrantHandler } from '../token/grant-handler.ts'
import { refreshTokenPrefix, type TokenMinter } from '../token/issue.ts'
import { tokensRevoked } from '../token/revoked.ts'
import type { Grant, RefreshToken } from '../token/token.ts'
import { decideRefresh, type RefreshDecision } from './decide.ts'

export function createRefreshTokenGrant(dependencies: {
  storage: Storage
  minter: TokenMinter
  publisher: Publisher
  clock: Clock
  graceSeconds: number
  rotationEnabled: boolean
}): GrantHandler {
  const { storage, minter, publisher, clock, graceSeconds, rotationEnabled } = dependencies

  const invalid = (reason: string): OAuthError =>
    new OAuthError('invalid_grant', { description: 'the refresh token is invalid or expired', reason })

  const decide = async (
    token: RefreshToken,
    stores: Pick<Readers, 'refreshTokens'>,
    now: Instant,
  ): Promise<RefreshDecision> => {
    const successorUsed =
      token.state === 'superseded' && (await stores.refreshTokens.hasUsedSuccessor(token.id))
    return decideRefresh(token, successorUsed, graceSeconds, now)
  }

  /** Ends the family of a token that came back, and tells everybody who listens. */
  const raiseAlarm = async (token: RefreshToken, client: Client, context: RequestContext): Promise<never> => {
    const now = clock.now()
    const ended = await storage.transaction(async (tx) => {
      // Whoever marks it first ends it; copies that arrive together wait here, and find it over.
      return (await tx.grants.touch(token.grantId, now)) ? tx.grants.end(token.grantId, now) : undefined
    })
    // Another copy has raised it already.
    if (ended === undefined) throw invalid('reused')
    const base = {
      at: now,
      actor: { type: 'client', id: client.id, name: client.name },
      request: context,
    } as const
    publisher.publish({
      ...base,
      type: 'refresh_token.reused',
      clientId: client.id,
      accountId: token.accountId,
      grantId: token.grantId,
      refreshTokenId: token.id,
      tokensRevoked: ended.accessTokens + ended.refreshTokens,
    })
    const revoked = tokensRevoked(ended, {
      ...base,
      reason: 'security',
      clientId: client.id,
      accountId: token.accountId,
      grantId: token.grantId,
    })
    for (const event of revoked) publisher.publish(event)
    throw invalid('reused')
  }

  const find = async (presented: string, client: Client): Promise<{ token: RefreshToken; grant: Grant }> => {
    const parsed = parseSelectorSecret<RefreshTokenId>(refreshTokenPrefix, presented)
    if (parsed === undefined) throw invalid('malformed')
    const token = await storage.read.refreshTokens.find(parsed.id)
    if (token === undefined || !matchesDigest(parsed, token.digest)) throw invalid('unknown')
    if (token.clientId !== client.id) throw invalid('wrong_client')
    const grant = await storage.read.grants.find(token.grantId)
    if (grant === undefined) throw invalid('unknown')
    return { token, grant }
  }

  return {
    grantType: 'refresh_token',

    async handle({ client, method, parameters, extraClaims, dpopJkt, context }) {
      const presented = parameters.require('refresh_token')
      requireGrant(client, 'refresh_token')
      const { token, grant } = await find(presented, client)
      // RFC 9449 §5: a refresh token of a public client is worth nothing without its key; it is not used up by others.
      if (grant.dpopJkt !== undefined && grant.dpopJkt !== dpopJkt) throw invalid('dpop_jkt')
      // So is one of a client that could do without a proof and gave one: nobody gets by with less than it did. Not
      // invalid_client, which makes clients throw their registration away.
      if (grant.clientProved && method !== 'private_key_jwt') throw invalid('client_method')
      const rotates = rotationEnabled && !keepsRefreshToken(client)
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      // Whatever comes back from a family that is over harms nobody: the alarm was raised, or there is none to raise.
      if (grant.endedAt !== undefined) throw invalid('ended')
      const decision = await decide(token, storage.read, now)
      if (decision === 'reuse') return raiseAlarm(token, client, context)
      if (decision === 'expired' || decision === 'ended') throw invalid(decision)

      const account = requireActiveAccount(await storage.read.accounts.find(token.accountId))
      const scopes = narrowedScopes(parameters.get('scope'), grant.scopes)
      const target = tokenTarget(
        parameters.all('resource'),
        client,
        { resources: grant.resources, scopes },
        vouchedFor(client) ? [] : await storage.read.resources.list(),
        'a requested resource was not part of the original grant',
      )
      const minted = await minter.mint({
        client,
        account,
        grantId: grant.id,
        ...target,
        accessTtlSeconds: minter.accessTtlSeconds(client),
        extraClaims,
        dpopJkt,
        now,
        refresh: rotates
          ? {
              grantId: grant.id,
              accountId: account.id,
              familyExpiresAt: grant.expiresAt,
              predecessorId: token.id,
            }
          : undefined,
        // OpenID Connect Core 1.0 §12.2: `auth_time` is that of the original authentication, and there is no nonce.
        idToken: {
          authentication: grant.authentication,
          nonce: undefined,
          claimsRequest: grant.claimsRequest,
        },
      })

      const outcome = await storage.transaction(async (tx): Promise<RefreshDecision> => {
        await holdStill(tx, client.id, account.id)
        if (!(await tx.grants.touch(grant.id, now))) return 'ended'
        if (rotates) {
          const superseded =
            decision === 'rotate' && (await tx.refreshTokens.supersede(token.id, now)) === 'superseded'
          if (!superseded) {
            // Either a retry from the start, or another request was faster: look again at what it left.
            const current = await tx.refreshTokens.find(token.id)
            const again = current === undefined ? 'ended' : await decide(current, tx, now)
            if (again !== 'sibling') return again
            await insertTokens(tx, minted)
            return 'sibling'
          }
        }
        await insertTokens(tx, minted)
        return 'rotate'
      })
      if (outcome === 'reuse') return raiseAlarm(token, client, context)
      if (outcome !== 'rotate' && outcome !== 'sibling') throw invalid(outcome)

      const actor = { type: 'account', id: account.id, name: account.username } as const
      const durationSeconds = clock.monotonicSeconds() - startedAt
      announceIssued(publisher, {
        grantType: 'refresh_token',
        client,
        account,
        minted,
        now,
        context,
        durationSeconds,
      })
      if (rotates && outcome === 'rotate') {
        const superseded = tokensRevoked(
          { accessTokens: 0, refreshTokens: 1 },
          {
            at: now,
            actor,
            request: context,
            reason: 'rotation',
            clientId: client.id,
            accountId: account.id,
            grantId: grant.id,
          },
        )
        for (const event of superseded) publisher.publish(event)
      }
      publisher.publish({
        type: 'token.refreshed',
        at: now,
        actor,
        request: context,
        clientId: client.id,
        result: 'success',
        withinGrace: outcome === 'sibling',
      })
      // Without rotation the same token goes on; it is returned since some clients store whatever comes back.
      return rotates ? minted.response : { ...minted.response, refresh_token: presented }
    },

    refused(parameters, client, error, context) {
      if (parameters.get('refresh_token') === undefined) return
      publisher.publish({
        type: 'token.refreshed',
        at: clock.now(),
        actor:
          client === undefined ? { type: 'anonymous' } : { type: 'client', id: client.id, name: client.name },
        request: context,
        clientId: client?.id,
        result: 'error',
        error: error.code,
      })
    },
  }
}

async function insertTokens(tx: Stores, minted: Awaited<ReturnType<TokenMinter['mint']>>): Promise<void> {
  await tx.accessTokens.insert(minted.accessToken)
  if (minted.refreshToken !== undefined) await tx.refreshTokens.insert(minted.refreshToken)
}

/**
 * RFC 6749 §6: the scope "MUST NOT include any scope not originally granted". An `offline_access` that was not granted
 * is ignored, since clients repeat it out of habit and it grants nothing here.
 */
function narrowedScopes(requested: string | undefined, granted: readonly string[]): readonly string[] {
  const words = parseScope(requested)?.filter(
    (scope) => scope !== 'offline_access' || granted.includes('offline_access'),
  )
  if (words === undefined || words.length === 0) return granted
  requireScopes(words, granted, 'a requested scope was not part of the original grant')
  return words
}
