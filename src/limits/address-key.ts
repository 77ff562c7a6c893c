/** Under which key an address is counted. */
import { isIPv6 } from 'node:net'

/**
 * An IPv4 address as it is; of an IPv6 address its /64 network, since whoever has one address of it has them all. An
 * IPv4 address written in IPv6 form counts as IPv4.
 */
export function addressKey(ip: string): string {
  // Only a text with a colon can be IPv6, and telling so costs less than the expression that knows.
  if (!ip.includes(':') || !isIPv6(ip)) return ip
  const bare = ip.split('%', 1)[0]!
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)
  if (mapped !== null) return mapped[1]!
  // The URL parser writes the address in its shortest form, which leaves one `::` to fill in.
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
}
