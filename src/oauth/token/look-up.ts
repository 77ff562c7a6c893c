/** Finds the row behind a presented token and says whether it is good, expired or nothing of ours. */
import type { TokenValidationResult } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import { digestOf, sameDigest } from '../../shared/digest.ts'
import type { RefreshTokenId } from '../../shared/ids.ts'
import { matchesDigest, parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Readers } from '../../storage/storage.ts'
import { accessTokenIdOf } from './access-token.ts'
import { refreshTokenPrefix } from './issue.ts'
import type { AccessToken, Grant, RefreshToken } from './token.ts'

export type FoundToken =
  | { kind: 'access'; token: AccessToken; result: TokenValidationResult }
  | { kind: 'refresh'; token: RefreshToken; grant: Grant; result: TokenValidationResult }

/** @returns `undefined` when the text is no token of ours, also when it merely looks like one. */
export async function findAccessToken(
  read: Readers,
  presented: string,
  now: Instant,
): Promise<Extract<FoundToken, { kind: 'access' }> | undefined> {
  const id = accessTokenIdOf(presented)
  if (id === undefined) return undefined
  const token = await read.accessTokens.find(id)
  if (token === undefined || !sameDigest(digestOf(presented), token.digest)) return undefined
  return { kind: 'access', token, result: resultOf(token, now) }
}

export async function findRefreshToken(
  read: Readers,
  presented: string,
  now: Instant,
): Promise<Extract<FoundToken, { kind: 'refresh' }> | undefined> {
  const parsed = parseSelectorSecret<RefreshTokenId>(refreshTokenPrefix, presented)
  if (parsed === undefined) return undefined
  const token = await read.refreshTokens.find(parsed.id)
  if (token === undefined || !matchesDigest(parsed, token.digest)) return undefined
  const grant = await read.grants.find(token.grantId)
  if (grant === undefined) return undefined
  const result = grant.endedAt === undefined ? resultOf(token, now) : 'invalid'
  return { kind: 'refresh', token, grant, result }
}

/** Looks for either kind; their shapes differ, so no hint is needed (RFC 7009 §2.1, RFC 7662 §2.1). */
export function findToken(read: Readers, presented: string, now: Instant): Promise<FoundToken | undefined> {
  return presented.startsWith(refreshTokenPrefix)
    ? findRefreshToken(read, presented, now)
    : findAccessToken(read, presented, now)
}

/** A token taken out of use is `invalid` whatever the time; one that merely ran out is `expired`. */
function resultOf(token: { state: string; expiresAt: Instant }, now: Instant): TokenValidationResult {
  if (token.state !== 'active') return 'invalid'
  return now < token.expiresAt ? 'valid' : 'expired'
}
