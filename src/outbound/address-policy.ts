/** Which addresses this server may connect to when somebody else chose them. */
import { type BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface AddressPolicy {
  /** Reachable although not public: an intranet, or what a test listens on (`OUTBOUND_ALLOWED_NETWORKS`). */
  readonly allowedNetworks: BlockList
  /** Whether this server is itself known by a loopback address, so that its neighbours may be as well. */
  readonly loopbackAllowed: boolean
}

/** The only block of IPv6 that unicast addresses are given out from (RFC 4291 §2.4, IANA). */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

/** Whether `address`, an IP address as a resolver gives it, may be connected to. */
export function mayConnectTo(address: string, policy: AddressPolicy): boolean {
  // Strictly: the library also reads `1.2.3`, `0x7f.1` and scoped addresses.
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  if (policy.allowedNetworks.check(address, parsed.kind())) return true
  if (policy.loopbackAllowed && parsed.range() === 'loopback') return true
  return isPubliclyRoutable(address)
}

/**
 * Whether an address is a public one of one single host. Every range with a purpose of its own (RFC 6890 and its
 * registries) is refused, and with them the IPv6 forms that hide an IPv4 address: `::ffff:0:0/96`, `64:ff9b::/96`,
 * `2002::/16`, `2001::/32`.
 */
export function isPubliclyRoutable(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast)
}
