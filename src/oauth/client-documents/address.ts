/**
 * Which `client_id` is the address of a document that describes its client (OAuth Client ID Metadata Document §3), and
 * whether this server may ask for it. Decided on the string as it was sent: a parser folds what must be refused, and
 * two spellings of one address are two clients. Pure.
 */

export interface AddressRules {
  /** Ports other than that of https. */
  readonly ports: readonly number[]
  /** Whether this server is itself known by a loopback address, outside production: documents may be as well. */
  readonly loopbackAllowed: boolean
}

const maxLength = 512
/** RFC 3986 §2: what an address consists of, escapes complete. No `#`, no space, no backslash, nothing invisible. */
const characters = /^(?:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const shape = /^https?:\/\/([^/?]*)(\/[^?]*)?(?:\?.*)?$/
const namePattern = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/
const loopbackPattern = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
/** Names that mean something on the network they are asked in, and nothing outside (RFC 6761, RFC 6762, RFC 9476). */
const localNames = /\.(?:local|internal|localhost|lan|home\.arpa)$/

/** Whether a `client_id` claims to be such an address; if so it is held against {@link addressProblem}. */
export function isAddress(clientId: string, { loopbackAllowed }: AddressRules): boolean {
  return clientId.startsWith('https://') || (loopbackAllowed && clientId.startsWith('http://'))
}

/** What is wrong with an address; `undefined` when it may be asked. */
export function addressProblem(clientId: string, rules: AddressRules): string | undefined {
  if (clientId.length > maxLength) return `must have at most ${maxLength} characters`
  if (clientId.includes('#')) return 'must have no fragment'
  if (!characters.test(clientId)) return 'must be a URL without spaces, backslashes and broken escapes'
  const [, authority = '', path = ''] = shape.exec(clientId) ?? []
  if (authority.includes('@')) return 'must name no user'
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? []
  const isLoopback = rules.loopbackAllowed && loopbackPattern.test(host.toLowerCase())
  if (!isLoopback && !clientId.startsWith('https://')) return 'must be an https URL'
  const problem = isLoopback ? undefined : hostProblem(host.toLowerCase())
  if (problem !== undefined) return problem
  if (port !== undefined && !portAllowed(port, isLoopback, rules)) return 'must use the port of https'
  // A site as a whole describes nothing, and its start page is not a document.
  if (path === '' || path === '/') return 'must have a path'
  // A parser would take them away, and ask for another document than the client is known by.
  if (path.split('/').some((segment) => /^\.{1,2}$/.test(segment.replace(/%2e/gi, '.')))) {
    return 'must have no dot segments'
  }
  return URL.canParse(clientId) ? undefined : 'must be a URL'
}

/** Host of an address that has no problem, in lower case, without its port. */
export function hostOfAddress(clientId: string): string {
  return new URL(clientId).hostname
}

function hostProblem(host: string): string | undefined {
  // The last label has a letter and is no hexadecimal number, so that no parser reads the name as an address.
  const label = host.slice(host.lastIndexOf('.') + 1)
  if (!namePattern.test(host) || /^0x[0-9a-f]*$/.test(label)) return 'must name a host of the public internet'
  return localNames.test(host) ? 'must name a host of the public internet' : undefined
}

function portAllowed(port: string, isLoopback: boolean, { ports }: AddressRules): boolean {
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) return false
  return isLoopback || port === '443' || ports.includes(Number(port))
}
