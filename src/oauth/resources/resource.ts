/**
 * Protected resources: the services that tokens of this server are for (RFC 8707, RFC 9728). What an operator
 * registers here decides which of them clients may ask for that nobody vouches for. Pure.
 */
import type { Instant } from '../../shared/clock.ts'
import type { ResourceId } from '../../shared/ids.ts'

export interface ResourceScope {
  readonly name: string
  /** What it lets an app do, as people are told. */
  readonly description: string
  /** Given when a request names no scope of the resource. */
  readonly byDefault: boolean
  /** Whether clients that nobody vouches for may have it. */
  readonly forDiscovered: boolean
}

export interface Resource {
  id: ResourceId
  /** As the resource server publishes it, which is what its tokens carry as `aud`. */
  identifier: string
  name: string
  scopes: readonly ResourceScope[]
  /** Whether clients that nobody vouches for may ask for it. */
  openToDiscovered: boolean
  /** Seconds that access tokens for it live at most; `undefined` leaves it to the client's profile. */
  tokenLifetimeSeconds: number | undefined
  createdAt: Instant
  updatedAt: Instant
}

/** What the scopes of resources mean, as people are told. */
export function scopeWords(...resources: readonly (Resource | undefined)[]): Record<string, string> {
  return Object.fromEntries(
    resources.flatMap((resource) =>
      (resource?.scopes ?? []).map(({ name, description }) => [name, description] as const),
    ),
  )
}

/**
 * What a resource server says of itself (RFC 9728 §2), for it to serve. Clients ask for the scopes listed here when a
 * challenge names none, so that only those are listed that a first request needs, and `offline_access`, which is no
 * permission at any resource, never is.
 * @param issuer goes in as it is: clients compare it character by character (RFC 8414 §3.3).
 */
export function protectedResourceMetadata(
  resource: Pick<Resource, 'identifier' | 'name' | 'scopes'>,
  issuer: string,
): Record<string, unknown> {
  const first = resource.scopes.filter(({ byDefault }) => byDefault)
  const listed = (first.length > 0 ? first : resource.scopes)
    .map(({ name }) => name)
    .filter((name) => name !== 'offline_access')
  return {
    resource: resource.identifier,
    authorization_servers: [issuer],
    // RFC 9728 §3.2: "Parameters with zero values MUST be omitted".
    ...(listed.length === 0 ? {} : { scopes_supported: listed }),
    bearer_methods_supported: ['header'],
    resource_name: resource.name,
  }
}

/** Where a resource serves its metadata: the well-known part goes between its host and its path (RFC 9728 §3.1). */
export function protectedResourceMetadataUrl(identifier: string): string {
  const url = new URL(identifier)
  const path = url.pathname === '/' ? '' : url.pathname
  return `${url.origin}/.well-known/oauth-protected-resource${path}${url.search}`
}
