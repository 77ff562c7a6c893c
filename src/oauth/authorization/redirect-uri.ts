/**
 * Which redirect URIs a request may name (RFC 6749 §3.1.2.3, RFC 9700 §4.1.3): one that is registered, character by
 * character, with two exceptions. Pure.
 */
import { compatibility } from '../compatibility.ts'

/** A loopback address in plain http: scheme, host, port, path, query. */
const loopbackHosts = `127\\.0\\.0\\.1|\\[::1\\]${compatibility.localhostIsALoopbackAddress ? '|localhost' : ''}`
const loopbackPattern = new RegExp(`^http://(${loopbackHosts})(?::(\\d{1,5}))?(/[^?#]*)?(\\?[^#]*)?$`)
const noPathPattern = /^(https?:\/\/[^/?#\\@]+)$/
const webPattern = /^https?:\/\//

export function matchesRegistered(requested: string, registered: readonly string[]): boolean {
  return !requested.includes('#') && registered.some((uri) => sameRedirectUri(requested, uri))
}

function sameRedirectUri(requested: string, registered: string): boolean {
  if (requested === registered) return true
  // RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of the request for
  // loopback IP redirect URIs". That `localhost` is one of them is in oauth/compatibility.ts.
  const asked = loopbackPattern.exec(requested)
  const known = loopbackPattern.exec(registered)
  if (asked !== null && known !== null) {
    return asked[1] === known[1] && (asked[3] ?? '/') === (known[3] ?? '/') && asked[4] === known[4]
  }
  // RFC 9110 §4.2.3: an empty path is the same as `/`.
  return withPath(requested) === withPath(registered)
}

function withPath(uri: string): string {
  return noPathPattern.test(uri) ? `${uri}/` : uri
}

/** `loopback` and `private_use` lead to whatever program answers there (RFC 8252 §8.6); `web` to the owner of a host. */
export type RedirectKind = 'web' | 'loopback' | 'private_use'

export function redirectKind(uri: string): RedirectKind {
  if (loopbackPattern.test(uri)) return 'loopback'
  return webPattern.test(uri) ? 'web' : 'private_use'
}
