/**
 * One token taken out of use, for now or for good, or put back, inside a transaction. An administrator does so with any
 * token, people with those that speak for them.
 */
import type { Actor, DomainEvent, RequestContext, RevocationReason } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccessTokenId, AccountId, RefreshTokenId } from '../../shared/ids.ts'
import type { Readers, Stores } from '../../storage/storage.ts'
import type { RevokedCounts } from './store.ts'
import type { AccessToken, RefreshToken } from './token.ts'

export interface TokenAct {
  readonly at: Instant
  readonly actor: Actor
  readonly request: RequestContext | undefined
  readonly reason: Extract<RevocationReason, 'admin' | 'user_request'>
  /** Whose token it has to be; `undefined` for anybody's. */
  readonly owner: AccountId | undefined
}

/** `unchanged`: the token is not in a state from which that could happen. */
export type TokenOutcome = 'done' | 'unchanged' | 'not_found'

export interface TokenActResult {
  readonly outcome: TokenOutcome
  /** What to announce after the commit. */
  readonly events: readonly DomainEvent[]
}

type Found = { kind: 'access'; token: AccessToken } | { kind: 'refresh'; token: RefreshToken }

/**
 * Revokes an access token, or ends the family that a refresh token belongs to, as its client would (RFC 7009 §2.1). A
 * token that was disabled is announced, but counts nothing: it was out of use before.
 */
export async function revokeToken(tx: Stores, id: string, act: TokenAct): Promise<TokenActResult> {
  const found = await findOwn(tx, id, act)
  if (found === undefined) return { outcome: 'not_found', events: [] }
  const counts = await endToken(tx, found, act.at)
  if (counts === undefined) return { outcome: 'unchanged', events: [] }
  const event = { ...factOf(found, act), type: 'token.revoked', reason: act.reason, ...counts } as const
  return { outcome: 'done', events: [event] }
}

/** Takes a token that is active and unexpired out of use until it is enabled again. */
export async function disableToken(tx: Stores, id: string, act: TokenAct): Promise<TokenActResult> {
  const found = await findOwn(tx, id, act)
  if (found === undefined) return { outcome: 'not_found', events: [] }
  const disabled =
    found.kind === 'access'
      ? await tx.accessTokens.disable(found.token.id, act.at)
      : await tx.refreshTokens.disable(found.token.id, act.at)
  if (!disabled) return { outcome: 'unchanged', events: [] }
  return { outcome: 'done', events: [{ ...factOf(found, act), type: 'token.disabled' }] }
}

/** Puts a disabled token back into use, unless it has run out or its family has ended meanwhile. */
export async function enableToken(tx: Stores, id: string, act: TokenAct): Promise<TokenActResult> {
  const found = await findOwn(tx, id, act)
  if (found === undefined) return { outcome: 'not_found', events: [] }
  const { grantId } = found.token
  const alive = grantId === undefined || (await tx.grants.holdUnended(grantId))
  const enabled =
    alive &&
    (found.kind === 'access'
      ? await tx.accessTokens.enable(found.token.id, act.at)
      : await tx.refreshTokens.enable(found.token.id, act.at))
  if (!enabled) return { outcome: 'unchanged', events: [] }
  return { outcome: 'done', events: [{ ...factOf(found, act), type: 'token.enabled' }] }
}

/** A token of either kind by its id: no two share one. */
export async function findTokenById(
  read: Pick<Readers, 'accessTokens' | 'refreshTokens'>,
  id: string,
): Promise<Found | undefined> {
  const access = await read.accessTokens.find(id as AccessTokenId)
  if (access !== undefined) return { kind: 'access', token: access }
  const refresh = await read.refreshTokens.find(id as RefreshTokenId)
  return refresh && { kind: 'refresh', token: refresh }
}

async function findOwn(tx: Stores, id: string, { owner }: TokenAct): Promise<Found | undefined> {
  const found = await findTokenById(tx, id)
  return owner === undefined || found?.token.accountId === owner ? found : undefined
}

/** @returns how many usable tokens went; `undefined` when nothing changed. */
async function endToken(tx: Stores, found: Found, now: Instant): Promise<RevokedCounts | undefined> {
  if (found.kind === 'refresh') {
    const { grantId } = found.token
    // Whoever marks the family first ends it.
    return (await tx.grants.touch(grantId, now)) ? tx.grants.end(grantId, now) : undefined
  }
  if (await tx.accessTokens.revoke(found.token.id, now)) return { accessTokens: 1, refreshTokens: 0 }
  return (await tx.accessTokens.revokeDisabled(found.token.id))
    ? { accessTokens: 0, refreshTokens: 0 }
    : undefined
}

function factOf({ kind, token }: Found, { at, actor, request }: TokenAct) {
  const { id: tokenId, clientId, accountId, grantId } = token
  return { at, actor, request, tokenId, tokenType: kind, clientId, accountId, grantId }
}
