/** `htu` of a DPoP proof: the address of a request, in the form in which two of them can be compared. Pure. */

/** What a URL parser would repair, and another one read otherwise. */
const absolute = /^https?:\/\/[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]*$/i

/**
 * RFC 9449 §4.3: "ignoring any query and fragment parts", after "syntax-based normalization (Section 6.2.2 of
 * [RFC3986]) and scheme-based normalization (Section 6.2.3 of [RFC3986])".
 * @returns `undefined` for what is no address of a request.
 */
export function comparableUri(text: string): string | undefined {
  if (!absolute.test(text) || !URL.canParse(text)) return undefined
  // Lower-cases scheme and host, drops the default port, resolves dot segments.
  const { origin, pathname, username, password } = new URL(text)
  if (username !== '' || password !== '') return undefined
  return origin + pathname.replace(/%[0-9a-f]{2}/gi, normalizeOctet)
}

/** RFC 3986 §6.2.2.1, §6.2.2.2: hexadecimal digits in upper case, and no encoding of what needs none. */
function normalizeOctet(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
}
