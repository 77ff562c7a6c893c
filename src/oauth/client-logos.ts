/**
 * Logos of clients (`logo_uri`, RFC 7591 §2): fetched by this server and served by it, so that no page loads anything
 * from elsewhere and no other site learns who is signing in. Whatever goes wrong, there is no logo.
 */
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import { type Client, vouchedFor } from './client.ts'

/**
 * Whose logo is shown. RFC 7591 §5: "a rogue client might use the name and logo of a legitimate client", so that by
 * default only those are that an operator wrote down, or whose host an operator trusts.
 */
export type LogoPolicy = 'none' | 'vouched' | 'all'

export interface Logo {
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface ClientLogos {
  /** Whether pages may name the logo of a client: it has one, and the policy lets it be seen. */
  shows(client: Client): boolean
  /** `undefined` when it has none to show, it cannot be had, or it is no picture. */
  find(client: Client): Promise<Logo | undefined>
}

const maxBytes = 256 * 1024
const freshSeconds = 3600
/** So long nobody asks again for what could not be had. */
const missingSeconds = 60
/** Logos that are remembered at once, so 16 MiB at most; beyond it the longest remembered go. */
const capacity = 64

/**
 * By their first bytes, in hexadecimal, whatever the other side calls them. Pixels only: SVG is a document, which can hold scripts and
 * lead elsewhere, and the policy it is served with would be all that stands against it.
 */
const signatures: readonly (readonly [mediaType: string, pattern: RegExp])[] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^474946383[79]61/],
  ['image/webp', /^52494646.{8}57454250/],
]

interface Entry {
  uri: string
  until: number
  logo: Promise<Logo | undefined>
}

export function createClientLogos(dependencies: {
  outbound: Pick<Outbound, 'getBytes'>
  clock: Clock
  policy: LogoPolicy
  /** Whether an operator trusts the host that describes a client. */
  trusts(client: Client): boolean
}): ClientLogos {
  const { outbound, clock, policy, trusts } = dependencies
  const entries = new Map<ClientId, Entry>()

  const shows = (client: Client): boolean =>
    client.status === 'active' &&
    client.metadata.logoUri !== undefined &&
    (policy === 'all' || (policy === 'vouched' && (vouchedFor(client) || trusts(client))))

  const load = async (url: string, trusted: boolean): Promise<Logo | undefined> => {
    try {
      const bytes = await outbound.getBytes({ url, trusted, maxBytes, accept: 'image/*' })
      const start = bytes.toString('hex', 0, 12)
      const [mediaType] = signatures.find(([, pattern]) => pattern.test(start)) ?? []
      return mediaType === undefined ? undefined : { mediaType, bytes }
    } catch {
      // A page without a logo is whole; there is nothing to tell anybody.
      return undefined
    }
  }

  return {
    shows,
    find(client) {
      const { logoUri: uri } = client.metadata
      if (uri === undefined || !shows(client)) return Promise.resolve(undefined)
      const now = clock.monotonicSeconds()
      const known = entries.get(client.id)
      if (known !== undefined && known.uri === uri && now < known.until) return known.logo
      entries.delete(client.id)
      if (entries.size >= capacity) entries.delete(entries.keys().next().value!)
      // Whoever comes while this is under way waits for the same answer.
      const entry: Entry = { uri, until: now + freshSeconds, logo: load(uri, client.origin === 'operator') }
      entry.logo = entry.logo.then((logo) => {
        if (logo === undefined) entry.until = clock.monotonicSeconds() + missingSeconds
        return logo
      })
      entries.set(client.id, entry)
      return entry.logo
    },
  }
}
