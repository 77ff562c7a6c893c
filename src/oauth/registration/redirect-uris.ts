/**
 * Which redirect URIs a client may register (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1): https anywhere, plain http on
 * loopback, and of the schemes of an app's own those that are known. Which of them a request may then name is decided
 * in `authorization/redirect-uri.ts`. Pure.
 */
import { redirectKind } from '../authorization/redirect-uri.ts'

export interface RedirectUriRules {
  /** URIs with a scheme of an app's own that may be registered, character by character. */
  readonly privateUseUris: ReadonlySet<string>
  /** Whether any reversed domain name may be a scheme (RFC 8252 §7.1). */
  readonly reverseDomainSchemes: boolean
}

export const maxRedirectUris = 20
const maxLength = 512

/** What RFC 3986 lets a URI consist of: printable ASCII without what it never contains unescaped. */
const uriCharacters = /^[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/
const schemePattern = /^([a-z][a-z0-9+.-]*):/
const neverSchemes = new Set([
  'about',
  'blob',
  'data',
  'file',
  'filesystem',
  'ftp',
  'javascript',
  'vbscript',
  'view-source',
  'ws',
  'wss',
])
const webPattern = /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]|$)/

/** What is wrong with a redirect URI; `undefined` when it may be registered. */
export function redirectUriProblem(uri: string, rules: RedirectUriRules): string | undefined {
  if (uri === '' || uri.length > maxLength) return `must have 1 to ${maxLength} characters`
  // RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component", an empty one neither.
  if (uri.includes('#')) return 'must have no fragment'
  if (!uriCharacters.test(uri) || !URL.canParse(uri)) return 'must be an absolute URI'
  const { username, password } = new URL(uri)
  if (username !== '' || password !== '') return 'must name no user'
  // In lower case only, so that one spelling is one kind of URI everywhere.
  const scheme = schemePattern.exec(uri)?.[1]
  if (scheme === undefined) return 'must begin with a scheme in lower case'
  if (scheme !== 'http' && scheme !== 'https') return privateUseProblem(uri, scheme, rules)
  if (!webPattern.test(uri)) return 'must name a host, and no user or pattern'
  if (scheme === 'http' && redirectKind(uri) !== 'loopback') {
    return 'must use https, or http on 127.0.0.1, [::1] or localhost'
  }
  return undefined
}

function privateUseProblem(uri: string, scheme: string, rules: RedirectUriRules): string | undefined {
  // Such a scheme runs or reads something where it is opened; no list can allow it.
  if (neverSchemes.has(scheme)) return 'has a scheme that is never accepted'
  if (rules.privateUseUris.has(uri)) return undefined
  // A dot keeps out every other scheme that means something to a browser.
  if (rules.reverseDomainSchemes && /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/.test(scheme)) return undefined
  return rules.reverseDomainSchemes
    ? 'has a scheme that is neither https nor a reversed domain name'
    : 'has a scheme that is not accepted here'
}
