/**
 * Where a page may send a browser on request: to this server and nowhere else. Pure. An address that leads elsewhere
 * would let anyone borrow this server's name to send people to a page of theirs.
 */

/** Longer addresses than any of our own are not looked at. */
const maxLength = 2048
// Browsers drop or reinterpret some of these, so that a harmless-looking path becomes another host.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this expression is for
const deceptive = /[\u0000-\u0020\u007F-\u00A0\u2028\u2029\\]/

/**
 * Reads where a person asked to go on to: a path of this server below its base path (`/device?user_code=…`), or an
 * absolute address of one.
 * @returns a path and query as the browser must ask for it, safe in a `Location` header; `undefined` when the text is
 * none of both.
 */
export function localRedirect(
  text: string | undefined,
  server: { readonly issuer: string; readonly basePath: string },
): string | undefined {
  if (text === undefined || text === '' || text.length > maxLength || deceptive.test(text)) return undefined
  const { origin } = new URL(server.issuer)
  const isPath = text.startsWith('/') && !text.startsWith('//')
  const absolute = isPath ? `${origin}${server.basePath}${text}` : text
  if (!/^https?:\/\//i.test(absolute) || !URL.canParse(absolute)) return undefined
  const url = new URL(absolute)
  if (url.origin !== origin || url.username !== '' || url.password !== '') return undefined
  // A dot segment can leave two slashes in front, which a browser takes for another host.
  if (url.pathname.startsWith('//')) return undefined
  // Or climb out of the base path, beside which another program may live on the same host.
  if (url.pathname !== server.basePath && !url.pathname.startsWith(`${server.basePath}/`)) return undefined
  return `${url.pathname}${url.search}${url.hash}`
}
