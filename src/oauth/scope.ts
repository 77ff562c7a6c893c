/** Scopes (RFC 6749 §3.3): a space-separated, case-sensitive set of words. */
import { usualScopes } from './api-scopes.ts'
import { OAuthError } from './errors.ts'

/** `%x21 / %x23-5B / %x5D-7E`: printable ASCII without space, `"` and `\`. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const maxLength = 2048

/**
 * The set a wire string names, in its order, each word once. `undefined` when nothing is named.
 * @throws {OAuthError} invalid_scope when a word holds a character no scope may have.
 */
export function parseScope(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  if (text.length > maxLength) throw malformed()
  const words = text.split(' ').filter((word) => word !== '')
  if (words.length === 0) return undefined
  if (!words.every((word) => scopeToken.test(word))) throw malformed()
  return [...new Set(words)]
}

function malformed(): OAuthError {
  return new OAuthError('invalid_scope', { description: 'scope is malformed' })
}

export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ')
}

/**
 * What a client gets when more than it may have is dropped instead of refused (device flow; RFC 6749 §3.3 lets the
 * server "ignore the scope … partially", and the response then names what was granted).
 * @throws {OAuthError} invalid_scope when nothing remains.
 */
export function narrowScopes(
  requested: readonly string[] | undefined,
  allowed: readonly string[],
): readonly string[] {
  if (requested === undefined) return usualScopes(allowed)
  const granted = requested.filter((scope) => allowed.includes(scope))
  if (granted.length === 0) {
    throw new OAuthError('invalid_scope', {
      description: 'none of the requested scopes is allowed for this client',
    })
  }
  return granted
}

/** @throws {OAuthError} invalid_scope when `requested` goes beyond `allowed`. */
export function requireScopes(
  requested: readonly string[],
  allowed: readonly string[],
  description: string,
): void {
  if (!requested.every((scope) => allowed.includes(scope))) {
    throw new OAuthError('invalid_scope', { description })
  }
}
