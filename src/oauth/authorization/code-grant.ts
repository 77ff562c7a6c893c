/**
 * Authorization code grant at the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.6): a code becomes tokens once. Who
 * presents it is proved before the code is used up, so that a failed attempt can be repeated; one that comes back
 * after it was used ends what it gave (RFC 6749 §4.1.2, RFC 9700 §4.5).
 */
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { addSeconds, type Clock, type Instant } from '../../shared/clock.ts'
import type { AuthorizationCodeId } from '../../shared/ids.ts'
import { matchesDigest, parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Client, mayStaySignedIn, provedFreely, refreshTokenKey, vouchedFor } from '../client.ts'
import { compatibility } from '../compatibility.ts'
import { OAuthError } from '../errors.ts'
import { holdStill, requireActiveAccount, requireGrant } from '../gate.ts'
import type { Parameters } from '../parameters.ts'
import { tokenTarget } from '../resources/access.ts'
import { announceIssued } from '../token/announce.ts'
import type { GrantHandler } from '../token/grant-handler.ts'
import type { TokenMinter } from '../token/issue.ts'
import { tokensRevoked } from '../token/revoked.ts'
import { authorizationCodePrefix } from './authorize.ts'
import { verifierMatches } from './pkce.ts'
import type { AuthorizationCode } from './store.ts'

/**
 * A client that lost an answer sends its request again at once, and some send it twice to begin with: such a copy is
 * refused like any other, but is no sign of theft.
 */
const copySeconds = 1

export function createAuthorizationCodeGrant(dependencies: {
  storage: Storage
  minter: TokenMinter
  publisher: Publisher
  clock: Clock
  refreshEnabled: boolean
}): GrantHandler {
  const { storage, minter, publisher, clock, refreshEnabled } = dependencies

  const find = async (presented: string, client: Client): Promise<AuthorizationCode> => {
    const parsed = parseSelectorSecret<AuthorizationCodeId>(authorizationCodePrefix, presented)
    const code = parsed && (await storage.read.authorizationCodes.find(parsed.id))
    if (code === undefined || !matchesDigest(parsed!, code.digest)) throw invalid('unknown')
    if (code.clientId !== client.id) throw invalid('wrong_client')
    return code
  }

  const raiseAlarm = async (
    code: AuthorizationCode,
    client: Client,
    now: Instant,
    context: RequestContext,
  ): Promise<never> => {
    const { grantId, accountId } = code
    if (grantId === undefined || now < addSeconds(code.redeemedAt!, copySeconds)) throw invalid('code_reused')
    const ended = await storage.transaction(async (tx) => {
      const grant = await tx.grants.find(grantId)
      return grant !== undefined && grant.endedAt === undefined ? tx.grants.end(grantId, now) : undefined
    })
    // Another copy has raised it already.
    if (ended === undefined) throw invalid('code_reused')
    const fact = {
      at: now,
      actor: { type: 'client', id: client.id, name: client.name },
      request: context,
      clientId: client.id,
      accountId,
      grantId,
    } as const
    publisher.publish({
      ...fact,
      type: 'authorization_code.reused',
      tokensRevoked: ended.accessTokens + ended.refreshTokens,
    })
    for (const event of tokensRevoked(ended, { ...fact, reason: 'security' })) publisher.publish(event)
    throw invalid('code_reused')
  }

  return {
    grantType: 'authorization_code',

    async handle({ client, method, parameters, extraClaims, dpopJkt, context }) {
      const presented = parameters.require('code')
      requireGrant(client, 'authorization_code')
      const code = await find(presented, client)
      const startedAt = clock.monotonicSeconds()
      const now = clock.now()
      requireSameRedirectUri(parameters, code)
      requireVerifier(parameters, code)
      requireBoundKey(dpopJkt, code)
      if (code.redeemedAt !== undefined) return raiseAlarm(code, client, now, context)
      if (now >= code.expiresAt) throw invalid('expired')
      const target = tokenTarget(
        parameters.all('resource'),
        client,
        code,
        vouchedFor(client) ? [] : await storage.read.resources.list(),
        'a requested resource was not part of the authorization request',
      )
      const account = requireActiveAccount(await storage.read.accounts.find(code.accountId))
      const family = minter.newGrant(
        {
          clientId: client.id,
          accountId: account.id,
          grantType: 'authorization_code',
          scopes: code.scopes,
          resources: code.resources,
          authentication: code.authentication,
          claimsRequest: code.claimsRequest,
          dpopJkt: refreshTokenKey(client, dpopJkt),
          clientProved: provedFreely(client, method),
          requestIp: code.requestIp,
          requestUserAgent: code.requestUserAgent,
        },
        now,
      )
      const minted = await minter.mint({
        client,
        account,
        grantId: family.id,
        ...target,
        accessTtlSeconds: minter.accessTtlSeconds(client),
        extraClaims,
        dpopJkt,
        now,
        refresh:
          refreshEnabled && mayStaySignedIn(client, code.scopes)
            ? {
                grantId: family.id,
                accountId: account.id,
                familyExpiresAt: family.expiresAt,
                predecessorId: undefined,
              }
            : undefined,
        idToken: {
          authentication: code.authentication,
          nonce: code.nonce,
          claimsRequest: code.claimsRequest,
        },
      })
      await storage.transaction(async (tx) => {
        await holdStill(tx, client.id, account.id)
        // A client that learns of a session only after it ended would never hear of its end.
        if (!(await tx.sessions.holdUnended(code.authentication.sessionId))) throw invalid('signed_out')
        if ((await tx.authorizationCodes.redeem(code.id, family.id, now)) === 'lost')
          throw invalid('code_reused')
        await tx.grants.insert(family)
        await tx.accessTokens.insert(minted.accessToken)
        if (minted.refreshToken !== undefined) await tx.refreshTokens.insert(minted.refreshToken)
      })
      announceIssued(publisher, {
        grantType: 'authorization_code',
        client,
        account,
        minted,
        now,
        context,
        durationSeconds: clock.monotonicSeconds() - startedAt,
      })
      return minted.response
    },
  }
}

/** One answer for every code that gives nothing: who guesses learns nothing from it. */
function invalid(reason: string): OAuthError {
  return new OAuthError('invalid_grant', {
    description: 'the authorization code is invalid or expired',
    reason,
  })
}

/** RFC 6749 §4.1.3: "ensure that the redirect_uri parameter is present if … included in the initial request". */
function requireSameRedirectUri(parameters: Parameters, code: AuthorizationCode): void {
  const presented = parameters.get('redirect_uri')
  if (presented === undefined) {
    const mayBeLeftOut = compatibility.redirectUriMayBeLeftOutWithPkce && code.codeChallenge !== undefined
    if (code.redirectUri === undefined || mayBeLeftOut) return
  } else if (presented === code.redirectUri || code.redirectUri === undefined) {
    // Without one in the request there was one registered, which is what the client may repeat here.
    return
  }
  throw new OAuthError('invalid_grant', {
    description: 'the redirect_uri is not that of the authorization request',
    reason: 'redirect_uri',
  })
}

/** RFC 9449 §10: "if they do not match, it MUST reject the request". */
function requireBoundKey(dpopJkt: string | undefined, code: AuthorizationCode): void {
  if (code.dpopJkt !== undefined && code.dpopJkt !== dpopJkt) {
    throw new OAuthError('invalid_grant', {
      description: 'the authorization code is bound to another key',
      reason: 'dpop_jkt',
    })
  }
}

/**
 * RFC 7636 §4.6, and RFC 9700 §4.8.2: a verifier where no challenge was sent means that somebody took the challenge
 * out of the request.
 */
function requireVerifier(parameters: Parameters, code: AuthorizationCode): void {
  const verifier = parameters.get('code_verifier')
  const holds =
    code.codeChallenge === undefined
      ? verifier === undefined
      : verifier !== undefined && verifierMatches(verifier, code.codeChallenge)
  if (!holds) {
    throw new OAuthError('invalid_grant', {
      description: 'the code_verifier does not match the authorization request',
      reason: 'code_verifier',
    })
  }
}
