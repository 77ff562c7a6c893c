/** Port: lists of tokens of both kinds, for administrators and for the people the tokens speak for. */
import type { TokenType } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccessTokenId, AccountId, ClientId, GrantId, RefreshTokenId } from '../../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import type { RefreshTokenState } from './token.ts'

/** What a token is good for now. `expired` is one that nothing but time took out of use. */
export type TokenStatus = RefreshTokenState | 'expired'

export const tokenStatuses = {
  access: ['active', 'disabled', 'revoked', 'expired'],
  refresh: ['active', 'superseded', 'disabled', 'revoked', 'expired'],
} as const satisfies Record<TokenType, readonly TokenStatus[]>

/** What lists say about a token of either kind. */
export interface ListedToken {
  kind: TokenType
  id: AccessTokenId | RefreshTokenId
  clientId: ClientId
  /** Its id when the client is no longer there. */
  clientName: string
  accountId: AccountId | undefined
  /** `undefined` when it speaks for nobody, or its person is no longer there. */
  username: string | undefined
  grantId: GrantId | undefined
  scopes: readonly string[]
  issuedAt: Instant
  expiresAt: Instant
  state: RefreshTokenState
  /** When a refresh token was exchanged for its successor. */
  supersededAt: Instant | undefined
}

/** Which tokens of one kind a list holds; what is left out is not asked. */
export interface TokenFilter {
  kind: TokenType
  status?: TokenStatus | undefined
  /** Of one of these, at most {@link maxListedClients}. */
  clientIds?: readonly ClientId[] | undefined
  accountId?: AccountId | undefined
  id?: string | undefined
}

export const maxListedClients = 10

/** Tokens that work now, counted up to the limit of lists. */
export interface LiveTokens {
  accessTokens: ListTotal
  refreshTokens: ListTotal
}

export interface TokenListReader {
  /**
   * One page of the tokens that fit, with how many there are. Newest first; those asked for as active or expired by
   * when they end, the latest first, unless they are the few of one client or person.
   */
  list(
    filter: TokenFilter,
    now: Instant,
    window: ListWindow,
  ): Promise<{ page: ListPage<ListedToken>; total: ListTotal }>
  /** The tokens of one grant that work or can be made to work again, newest first. */
  pageOfGrant(grantId: GrantId, now: Instant, window: ListWindow): Promise<ListPage<ListedToken>>
  countOfGrant(grantId: GrantId, now: Instant): Promise<ListTotal>
  /** The tokens of a client, or that speak for a person, that work now; of many as {@link list} counts them. */
  liveOf(whose: Pick<TokenFilter, 'clientIds' | 'accountId'>, now: Instant): Promise<LiveTokens>
}

/** Pure. */
export function tokenStatus(token: Pick<ListedToken, 'state' | 'expiresAt'>, now: Instant): TokenStatus {
  return token.state === 'active' && now >= token.expiresAt ? 'expired' : token.state
}
