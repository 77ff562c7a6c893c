/** Whose request it is: the peer, or the client a trusted proxy names (`X-Forwarded-For`). */
import { type BlockList, isIP } from 'node:net'

/**
 * Walks `X-Forwarded-For` from the right, the end a trusted proxy wrote, to the first address that is no trusted
 * proxy. Anything a client put in front of that is not believed.
 * @param onUntrustedHeader called when a peer that is not trusted sends the header.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trusted: BlockList,
  onUntrustedHeader: (peer: string) => void,
): string {
  const direct = normalize(peer ?? '') ?? 'unknown'
  if (forwardedFor === undefined) return direct
  if (!isTrusted(direct, trusted)) {
    onUntrustedHeader(direct)
    return direct
  }
  const hops = (typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',')).split(',')
  let nearest = direct
  for (const hop of hops.reverse()) {
    const address = normalize(hop.trim())
    if (address === undefined) return nearest
    nearest = address
    if (!isTrusted(address, trusted)) return address
  }
  return nearest
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address)
  return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** An IP address in its plain form: no IPv4 hidden in IPv6, no zone, no brackets. */
function normalize(text: string): string | undefined {
  const address = text
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(address) === 0 ? undefined : address
}
