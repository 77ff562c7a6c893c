/** The device asks for its tokens (RFC 8628 §3.4, §3.5). */
import type { Publisher } from '../../events/bus.ts'
import type { DevicePollResult, RequestContext } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { DeviceGrantId } from '../../shared/ids.ts'
import { parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Client, mayUseGrant, provedFreely, refreshTokenKey } from '../client.ts'
import { OAuthError, type OAuthErrorCode } from '../errors.ts'
import { holdStill, requireActiveAccount, requireGrant } from '../gate.ts'
import { selectResources } from '../resource-indicator.ts'
import { announceIssued } from '../token/announce.ts'
import { type GrantHandler, limitedReason, type TokenRequest } from '../token/grant-handler.ts'
import type { TokenMinter, TokenResponse } from '../token/issue.ts'
import { type DeviceGrant, decidePoll, slowDownIncrementSeconds } from './grant.ts'
import { deviceCodePrefix } from './issue.ts'

/** How each error is counted; everything else is `invalid`. */
const results: Partial<Record<OAuthErrorCode, DevicePollResult>> = {
  authorization_pending: 'pending',
  slow_down: 'slow_down',
  expired_token: 'expired',
  access_denied: 'denied',
}

export function createDeviceCodeGrant(dependencies: {
  storage: Storage
  minter: TokenMinter
  publisher: Publisher
  clock: Clock
  refreshEnabled: boolean
}): GrantHandler {
  const { storage, minter, publisher, clock, refreshEnabled } = dependencies

  const publishPoll = (
    client: Client | undefined,
    result: DevicePollResult,
    context: RequestContext,
  ): void => {
    publisher.publish({
      type: 'device_authorization.polled',
      at: clock.now(),
      actor:
        client === undefined ? { type: 'anonymous' } : { type: 'client', id: client.id, name: client.name },
      request: context,
      clientId: client?.id ?? '',
      result,
    })
  }

  const redeem = async (grant: DeviceGrant, request: TokenRequest): Promise<TokenResponse> => {
    const { client, method, parameters, extraClaims, dpopJkt, context } = request
    // Everything that can fail comes before the code is used up, so that a failed attempt can be repeated.
    const startedAt = clock.monotonicSeconds()
    const now = clock.now()
    const account = requireActiveAccount(
      grant.accountId === undefined ? undefined : await storage.read.accounts.find(grant.accountId),
    )
    const resources = selectResources(
      parameters.all('resource'),
      grant.resources,
      'a requested resource was not part of the device authorization request',
    )
    const family = minter.newGrant(
      {
        clientId: client.id,
        accountId: account.id,
        grantType: 'device_code',
        scopes: grant.scopes,
        resources: grant.resources,
        authentication: grant.authentication,
        claimsRequest: undefined,
        dpopJkt: refreshTokenKey(client, dpopJkt),
        clientProved: provedFreely(client, method),
        requestIp: grant.requestIp,
        requestUserAgent: grant.requestUserAgent,
      },
      now,
    )
    const withRefresh = refreshEnabled && mayUseGrant(client, 'refresh_token')
    const minted = await minter.mint({
      client,
      account,
      grantId: family.id,
      scopes: grant.scopes,
      resources: resources.length > 0 ? resources : grant.resources,
      accessTtlSeconds: minter.accessTtlSeconds(client),
      extraClaims,
      dpopJkt,
      now,
      refresh: withRefresh
        ? {
            grantId: family.id,
            accountId: account.id,
            familyExpiresAt: family.expiresAt,
            predecessorId: undefined,
          }
        : undefined,
      idToken: { authentication: grant.authentication, nonce: undefined, claimsRequest: undefined },
    })
    await storage.transaction(async (tx) => {
      await holdStill(tx, client.id, account.id)
      if ((await tx.deviceGrants.redeem(grant.id, now)) === 'lost') {
        throw new OAuthError('invalid_grant', {
          description: 'the device code has been used',
          reason: 'code_reused',
        })
      }
      await tx.grants.insert(family)
      await tx.accessTokens.insert(minted.accessToken)
      if (minted.refreshToken !== undefined) await tx.refreshTokens.insert(minted.refreshToken)
    })
    announceIssued(publisher, {
      grantType: 'device_code',
      client,
      account,
      minted,
      now,
      context,
      durationSeconds: clock.monotonicSeconds() - startedAt,
    })
    publishPoll(client, 'success', context)
    return minted.response
  }

  return {
    grantType: 'urn:ietf:params:oauth:grant-type:device_code',
    limitsUnknownOnly: true,

    async handle(request) {
      const { client, parameters } = request
      requireGrant(client, 'device_code')
      const presented = parseSelectorSecret<DeviceGrantId>(
        deviceCodePrefix,
        parameters.require('device_code'),
      )
      const now = clock.now()
      const polled =
        presented === undefined
          ? undefined
          : await storage.transaction(async (tx) => {
              const found = await tx.deviceGrants.recordPoll(presented.id, presented.digest, client.id, now)
              if (found === undefined) return undefined
              const decision = decidePoll(found.grant, found.previousPollAt, now)
              if (decision === 'slow_down') {
                const longer = found.grant.intervalSeconds + slowDownIncrementSeconds
                await tx.deviceGrants.slowDown(found.grant.id, longer)
              }
              return { grant: found.grant, decision }
            })
      if (polled === undefined) {
        throw new OAuthError('invalid_grant', {
          description: 'the device code is unknown',
          reason: limitedReason,
        })
      }
      switch (polled.decision) {
        case 'approved':
          return redeem(polled.grant, request)
        case 'pending':
          throw new OAuthError('authorization_pending')
        case 'slow_down':
          throw new OAuthError('slow_down')
        case 'denied':
          throw new OAuthError('access_denied', { description: 'the request was denied' })
        case 'expired':
          throw new OAuthError('expired_token', { description: 'the device code has expired' })
        case 'redeemed':
          throw new OAuthError('invalid_grant', {
            description: 'the device code has been used',
            reason: 'code_reused',
          })
      }
    },

    refused(parameters, client, error, context) {
      // Counted per request that carries a device code and names a client, whatever was wrong with it.
      if (parameters.get('device_code') === undefined) return
      if (client === undefined && error.reason === 'missing_credentials') return
      publishPoll(client, results[error.code] ?? 'invalid', context)
    },
  }
}
