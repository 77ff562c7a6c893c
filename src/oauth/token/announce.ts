/** The announcement every grant makes when its tokens are committed. */
import type { Account } from '../../accounts/account.ts'
import type { Publisher } from '../../events/bus.ts'
import type { GrantType, RequestContext } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { Client } from '../client.ts'
import type { MintedTokens } from './issue.ts'

export function announceIssued(
  publisher: Publisher,
  issued: {
    grantType: GrantType
    client: Client
    account: Account | undefined
    minted: MintedTokens
    now: Instant
    context: RequestContext
    durationSeconds: number
  },
): void {
  const { client, account, minted } = issued
  publisher.publish({
    type: 'token.issued',
    at: issued.now,
    actor:
      account === undefined
        ? { type: 'client', id: client.id, name: client.name }
        : { type: 'account', id: account.id, name: account.username },
    request: issued.context,
    grantType: issued.grantType,
    clientId: client.id,
    clientName: client.name,
    accountId: account?.id,
    accessTokenId: minted.accessToken.id,
    refreshTokenId: minted.refreshToken?.id,
    grantId: minted.accessToken.grantId,
    scopes: minted.accessToken.scopes,
    audience: minted.audience,
    durationSeconds: issued.durationSeconds,
  })
}
