/** Ports: access tokens, refresh tokens and the grants they belong to. */
import type { Instant } from '../../shared/clock.ts'
import type {
  AccessTokenId,
  AccountId,
  ClientId,
  GrantId,
  RefreshTokenId,
  SessionId,
} from '../../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import type { AccessToken, Grant, RefreshToken } from './token.ts'

/** How many tokens an act took out of use. Tokens already unusable, or past their time, are not among them. */
export interface RevokedCounts {
  accessTokens: number
  refreshTokens: number
}

export interface AccessTokenReader {
  find(id: AccessTokenId): Promise<AccessToken | undefined>
  /** How many tokens issued from `from` to `to`, both included, are neither revoked nor expired at `now`. */
  countLivingIssued(from: Instant, to: Instant, now: Instant): Promise<number>
}

export interface AccessTokenStore extends AccessTokenReader {
  insert(token: AccessToken): Promise<void>
  /** Revokes one token that is active and unexpired. @returns whether it was. */
  revoke(id: AccessTokenId, now: Instant): Promise<boolean>
  /** Revokes one token that is disabled. @returns whether it was. */
  revokeDisabled(id: AccessTokenId): Promise<boolean>
  /** Takes one token that is active and unexpired out of use, for now. @returns whether it was. */
  disable(id: AccessTokenId, now: Instant): Promise<boolean>
  /** Puts one token that is disabled and unexpired back into use. @returns whether it was. */
  enable(id: AccessTokenId, now: Instant): Promise<boolean>
  /** Deletes at most `limit` tokens that expired before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}

export interface RefreshTokenReader {
  find(id: RefreshTokenId): Promise<RefreshToken | undefined>
  /** Whether a successor of this token has itself been exchanged already. */
  hasUsedSuccessor(id: RefreshTokenId): Promise<boolean>
}

export interface RefreshTokenStore extends RefreshTokenReader {
  insert(token: RefreshToken): Promise<void>
  /** Moves an active, unexpired token to `superseded`, for exactly one caller. */
  supersede(id: RefreshTokenId, now: Instant): Promise<'superseded' | 'lost'>
  /** Takes one token that is active and unexpired out of use, for now. @returns whether it was. */
  disable(id: RefreshTokenId, now: Instant): Promise<boolean>
  /** Puts one token that is disabled and unexpired back into use. @returns whether it was. */
  enable(id: RefreshTokenId, now: Instant): Promise<boolean>
  /** Deletes at most `limit` tokens whose family ended before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}

/** A grant with what its owner wants to know about it. */
export interface GrantOverview {
  grant: Grant
  clientName: string
  liveAccessTokens: number
  liveRefreshTokens: number
}

export interface GrantReader {
  find(id: GrantId): Promise<Grant | undefined>
  /** Unended grants that a browser session gave. */
  listOfSession(sessionId: SessionId): Promise<Grant[]>
  /** Unended grants of a person that hold at least one usable token, newest first. */
  listLive(
    accountId: AccountId,
    now: Instant,
    options: { limit: number; before?: GrantId | undefined },
  ): Promise<GrantOverview[]>
  /** The same in pages. */
  pageLive(accountId: AccountId, now: Instant, window: ListWindow): Promise<ListPage<GrantOverview>>
  countLive(accountId: AccountId, now: Instant): Promise<ListTotal>
}

export interface GrantStore extends GrantReader {
  insert(grant: Grant): Promise<void>
  /** Whether the grant has not ended; if so it cannot until the transaction ends. */
  holdUnended(id: GrantId): Promise<boolean>
  /**
   * Notes that the grant was used. @returns false when it has ended; otherwise it cannot end before the transaction
   * does.
   */
  touch(id: GrantId, now: Instant): Promise<boolean>
  /**
   * Ends one family: its active tokens become revoked, those disabled stay so for good. Ending an ended family changes
   * nothing and counts nothing.
   */
  end(id: GrantId, now: Instant): Promise<RevokedCounts>
  /** Ends every family of a person, and with it every access token that speaks for them. */
  endAllOf(accountId: AccountId, now: Instant): Promise<RevokedCounts>
  /** Ends every family a person allowed one client. */
  endAllBetween(accountId: AccountId, clientId: ClientId, now: Instant): Promise<RevokedCounts>
  /** Ends every family and every token of a client. */
  endAllOfClient(clientId: ClientId, now: Instant): Promise<RevokedCounts>
  /** Deletes at most `limit` grants that expired before `before` and have no tokens left. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}
