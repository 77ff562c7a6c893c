/**
 * Access tokens as requests present them (RFC 6750 §2) and what a refused one is answered (§3). Every endpoint that
 * takes one reads it here, so that a scheme or a check that comes later is there for all of them.
 */
import type { Instant } from '../shared/clock.ts'
import type { Readers } from '../storage/storage.ts'
import { OAuthError } from './errors.ts'
import { type FoundToken, findAccessToken } from './token/look-up.ts'

export interface PresentedToken {
  /** How it came: under which scheme, or in a form (§2.2), which counts as `Bearer`. */
  readonly scheme: 'Bearer'
  readonly token: string
}

/** The realm of every challenge. */
const realm = 'authgate'

/**
 * The token of an `Authorization` header. The scheme has no case (RFC 9110 §11.1).
 * @param options.bare whether the header may be the token alone.
 * @returns `undefined` when the header is absent, malformed or of another scheme.
 */
export function tokenOfHeader(
  authorization: string | undefined,
  options: { bare?: boolean } = {},
): PresentedToken | undefined {
  const match = authorization === undefined ? null : /^(?:([A-Za-z]+) +)?(\S+)$/.exec(authorization.trim())
  if (match === null) return undefined
  const [, scheme, token = ''] = match
  // The word alone is a scheme without a token, not a token of that name.
  const bare = options.bare === true && token.toLowerCase() !== 'bearer'
  const accepted = scheme === undefined ? bare : scheme.toLowerCase() === 'bearer'
  return accepted ? { scheme: 'Bearer', token } : undefined
}

/** The row behind a presented token, when the token is good for the way it came. */
export async function findPresentedToken(
  read: Readers,
  presented: PresentedToken,
  now: Instant,
): Promise<Extract<FoundToken, { kind: 'access' }> | undefined> {
  const found = await findAccessToken(read, presented.token, now)
  // RFC 9449 §7.2: a token bound to a key is not usable as a bearer token, or its binding would be worth nothing.
  return found?.token.dpopJkt === undefined ? found : { ...found, result: 'invalid' }
}

/** §3: a challenge without an error, for a request that brought no token at all. */
export const bareChallenge: Readonly<Record<string, string>> = {
  'www-authenticate': `Bearer realm="${realm}"`,
}

/** The error a refused token is answered with, in the body and in its challenge (§3, §3.1). */
export function refusedToken(
  code: 'invalid_request' | 'invalid_token' | 'insufficient_scope',
  description: string,
  options: { scope?: string } = {},
): OAuthError {
  const scope = options.scope === undefined ? '' : `, scope="${options.scope}"`
  return new OAuthError(code, {
    description,
    headers: {
      'www-authenticate': `Bearer realm="${realm}", error="${code}", error_description="${description}"${scope}`,
    },
  })
}
