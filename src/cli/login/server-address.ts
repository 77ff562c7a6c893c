/** Addresses: which ones name a server, and which may be spoken to in the clear. Pure. */
import { LoginFailure, problems } from './problem.ts'

/**
 * The server's address as its issuer identifier: no trailing slash (RFC 8414 §2 forbids query and fragment).
 *
 * @throws {LoginFailure} when the text is no http(s) address, or is unencrypted beyond this machine.
 */
export function parseServer(text: string, allowInsecure: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const usable =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  if (!usable) throw new LoginFailure(problems.badServer(text))
  requireSafeTransport(url.href, allowInsecure)
  return url.href.replace(/\/+$/, '')
}

/** @throws {LoginFailure} when `url` would send codes or tokens unencrypted over a network. */
export function requireSafeTransport(url: string, allowInsecure: boolean): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:') return
  if (protocol === 'http:' && (allowInsecure || isLoopbackHost(hostname))) return
  throw new LoginFailure(problems.insecure(url))
}

/** Whether a URL's host is this machine, by name or address (RFC 6761 §6.3, RFC 8252 §7.3). */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d{1,3}){3}$/.test(hostname) ||
    hostname === '[::1]'
  )
}
