/** Resource indicators (RFC 8707): which resource servers a token is for. */
import { OAuthError } from './errors.ts'

const maxResources = 10
const maxLength = 1024

/**
 * The form in which two spellings of one resource are equal: scheme and host in lower case, no default port, no
 * empty path difference. `undefined` for what is no absolute URI without a fragment (RFC 8707 §2).
 */
export function canonicalResource(text: string): string | undefined {
  if (text.length > maxLength || text.includes('#') || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return undefined
  if ((url.protocol === 'http:' || url.protocol === 'https:') && url.hostname === '') return undefined
  return url.href
}

/**
 * The registered spellings of what is requested.
 * @param requested as sent; each at most 1,024 characters, at most 10.
 * @param registered what may be asked for, in the spelling that goes into `aud`.
 * @throws {OAuthError} invalid_target
 */
export function selectResources(
  requested: readonly string[],
  registered: readonly string[],
  description: string,
): readonly string[] {
  if (requested.length === 0) return []
  if (requested.length > maxResources) {
    throw new OAuthError('invalid_target', {
      description: `at most ${maxResources} resources may be requested`,
    })
  }
  const bySpelling = new Map(registered.map((resource) => [canonicalResource(resource), resource]))
  const selected = new Set<string>()
  for (const text of requested) {
    const canonical = canonicalResource(text)
    if (canonical === undefined) {
      throw new OAuthError('invalid_target', {
        description: 'resource must be an absolute URI without a fragment',
      })
    }
    const match = bySpelling.get(canonical)
    if (match === undefined) throw new OAuthError('invalid_target', { description })
    selected.add(match)
  }
  return [...selected]
}
