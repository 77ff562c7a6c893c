/** Resource indicators (RFC 8707): which resource servers a token is for. */
import { OAuthError } from './errors.ts'

const maxResources = 10
const maxLength = 1024

/** RFC 3986 §2.3: what means the same escaped and not. */
const unreserved = /^[A-Za-z0-9._~-]$/

/**
 * The form in which two spellings of one resource are equal: scheme and host in lower case, no default port, no
 * empty path difference, nothing escaped that need not be. `undefined` for what is no absolute URI without a fragment
 * (RFC 8707 §2).
 */
export function canonicalResource(text: string): string | undefined {
  if (text.length > maxLength || text.includes('#') || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return undefined
  if ((url.protocol === 'http:' || url.protocol === 'https:') && url.hostname === '') return undefined
  return url.href.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return unreserved.test(character) ? character : triplet.toUpperCase()
  })
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
  return pickResources(requested, registered, (text) => {
    throw new OAuthError('invalid_target', { description, reason: 'resource_not_allowed', detail: text })
  })
}

/**
 * As {@link selectResources}, with an error of the caller's own.
 * @param unknown what happens to a resource that is none of the registered ones.
 */
export function pickResources(
  requested: readonly string[],
  registered: readonly string[],
  unknown: (text: string) => never,
): readonly string[] {
  if (requested.length === 0) return []
  if (requested.length > maxResources) {
    throw new OAuthError('invalid_target', {
      description: `at most ${maxResources} resources may be requested`,
    })
  }
  const bySpelling = spellingsOf(registered)
  const selected = new Set<string>()
  for (const text of requested) {
    const canonical = canonicalResource(text)
    if (canonical === undefined) {
      throw new OAuthError('invalid_target', {
        description: 'resource must be an absolute URI without a fragment',
        reason: 'resource_malformed',
        detail: text.slice(0, maxLength),
      })
    }
    selected.add(lookUp(canonical, bySpelling) ?? unknown(text))
  }
  return [...selected]
}

/** The registered spelling of one resource; `undefined` when it is none of them. */
export function findResource(text: string, registered: readonly string[]): string | undefined {
  const canonical = canonicalResource(text)
  return canonical === undefined ? undefined : lookUp(canonical, spellingsOf(registered))
}

function spellingsOf(registered: readonly string[]): ReadonlyMap<string | undefined, string> {
  return new Map(registered.map((resource) => [canonicalResource(resource), resource]))
}

function lookUp(canonical: string, bySpelling: ReadonlyMap<string | undefined, string>): string | undefined {
  return bySpelling.get(canonical) ?? bySpelling.get(withOtherEnd(canonical))
}

/**
 * Some clients add a final slash to what they were told, and some take one away. It makes no difference here, unless
 * both spellings are registered: then each is found by its own.
 */
function withOtherEnd(canonical: string): string {
  const [, beginning = '', slash] = /^([^?]*?)(\/?)$/.exec(canonical) ?? []
  if (beginning === '') return canonical
  return slash === '/' ? beginning : `${beginning}/`
}
