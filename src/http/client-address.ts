/** Whose request it is: the peer, or the client a trusted proxy names (`X-Forwarded-For`). */
import { type BlockList, isIP, type Socket } from 'node:net'

/** The client's address of a request, from its connection and its `X-Forwarded-For` header. */
export type ClientAddresses = (
  connection: Pick<Socket, 'remoteAddress'>,
  forwardedFor: string | readonly string[] | undefined,
) => string

/**
 * Walks `X-Forwarded-For` from the right, the end a trusted proxy wrote, to the first address that is no trusted
 * proxy. Anything a client put in front of that is not believed.
 * @param onUntrustedHeader called when a peer that is not trusted sends the header.
 */
export function clientAddresses(
  trusted: BlockList,
  onUntrustedHeader: (peer: string) => void,
): ClientAddresses {
  // A connection carries many requests and keeps its peer.
  const peers = new WeakMap<object, string>()
  const peerOf = (connection: Pick<Socket, 'remoteAddress'>): string => {
    let peer = peers.get(connection)
    if (peer === undefined) {
      peer = normalize(connection.remoteAddress ?? '') ?? 'unknown'
      peers.set(connection, peer)
    }
    return peer
  }
  return (connection, forwardedFor) => {
    const direct = peerOf(connection)
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
