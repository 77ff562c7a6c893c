/**
 * Finds the row behind a presented token and says whether it is good, expired or nothing of ours. The only way to a
 * token, so that whoever honours one has asked the gate.
 */
import type { TokenValidationResult } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import { digestOf, sameDigest } from '../../shared/digest.ts'
import type { RefreshTokenId } from '../../shared/ids.ts'
import { matchesDigest, parseSelectorSecret } from '../../shared/selector-secret.ts'
import type { Readers } from '../../storage/storage.ts'
import type { ClientReader } from '../client-store.ts'
import { type Standing, standingOf } from '../gate.ts'
import { accessTokenIdOf } from './access-token.ts'
import { refreshTokenPrefix } from './issue.ts'
import type { AccessToken, Grant, RefreshToken } from './token.ts'

export type FoundToken = (
  | { kind: 'access'; token: AccessToken }
  | { kind: 'refresh'; token: RefreshToken; grant: Grant }
) &
  Verdict

type Verdict =
  | { result: 'valid'; standing: Standing }
  | { result: Exclude<TokenValidationResult, 'valid'>; standing?: undefined }

export type TokenReaders = Pick<Readers, 'accessTokens' | 'refreshTokens' | 'grants' | 'accounts'> & {
  readonly clients: Pick<ClientReader, 'find'>
}

/** @returns `undefined` when the text is no token of ours, also when it merely looks like one. */
export async function findAccessToken(
  read: Omit<TokenReaders, 'refreshTokens' | 'grants'>,
  presented: string,
  now: Instant,
): Promise<Extract<FoundToken, { kind: 'access' }> | undefined> {
  const id = accessTokenIdOf(presented)
  if (id === undefined) return undefined
  const token = await read.accessTokens.find(id)
  if (token === undefined || !sameDigest(digestOf(presented), token.digest)) return undefined
  return { kind: 'access', token, ...(await verdictOn(read, token, now)) }
}

export async function findRefreshToken(
  read: TokenReaders,
  presented: string,
  now: Instant,
): Promise<Extract<FoundToken, { kind: 'refresh' }> | undefined> {
  const parsed = parseSelectorSecret<RefreshTokenId>(refreshTokenPrefix, presented)
  if (parsed === undefined) return undefined
  const token = await read.refreshTokens.find(parsed.id)
  if (token === undefined || !matchesDigest(parsed, token.digest)) return undefined
  const grant = await read.grants.find(token.grantId)
  if (grant === undefined) return undefined
  const verdict =
    grant.endedAt === undefined ? await verdictOn(read, token, now) : ({ result: 'invalid' } as const)
  return { kind: 'refresh', token, grant, ...verdict }
}

/** Looks for either kind; their shapes differ, so no hint is needed (RFC 7009 §2.1, RFC 7662 §2.1). */
export function findToken(
  read: TokenReaders,
  presented: string,
  now: Instant,
): Promise<FoundToken | undefined> {
  return presented.startsWith(refreshTokenPrefix)
    ? findRefreshToken(read, presented, now)
    : findAccessToken(read, presented, now)
}

async function verdictOn(
  read: Pick<TokenReaders, 'accounts' | 'clients'>,
  token: AccessToken | RefreshToken,
  now: Instant,
): Promise<Verdict> {
  const result = resultOf(token, now)
  if (result !== 'valid') return { result }
  const standing = await standingOf(read, token)
  return standing === undefined ? { result: 'invalid' } : { result, standing }
}

/** A token taken out of use is `invalid` whatever the time; one that merely ran out is `expired`. */
function resultOf(token: { state: string; expiresAt: Instant }, now: Instant): TokenValidationResult {
  if (token.state !== 'active') return 'invalid'
  return now < token.expiresAt ? 'valid' : 'expired'
}
