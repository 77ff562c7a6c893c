/** How long tokens live: by the client's profile, with jitter, within the configured bounds. Pure. */
import type { Config } from '../../config/load.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'
import type { Random } from '../../shared/random.ts'
import type { Client } from '../client.ts'
import type { Resource } from '../resources/resource.ts'

export type TokenSettings = Config['tokens']

/**
 * Seconds an access token lives. Jitter spreads the expiry of tokens issued together; it applies where the standard
 * profile follows the base setting, and never goes past the maximum.
 */
export function accessTokenTtl(client: Client, settings: TokenSettings, random: Random): number {
  const { accessTtlSeconds } = settings.profiles[client.tokenProfile]
  const jittered = client.tokenProfile === 'standard' && accessTtlSeconds === settings.accessTtlSeconds
  if (!jittered || settings.accessJitterSeconds < 1) return accessTtlSeconds
  const extra = random.below(Math.floor(settings.accessJitterSeconds) + 1)
  return Math.min(accessTtlSeconds + extra, settings.accessTtlMaxSeconds)
}

/**
 * The shorter of what a client would get and what each resource that the token is for allows: an operator who trusts a
 * client for long does not speak for the resource, nor the other way round.
 * @param audience registered identifiers; those that are no resource here limit nothing.
 */
export function limitedByResources(
  ttlSeconds: number,
  audience: readonly string[],
  resources: readonly Pick<Resource, 'identifier' | 'tokenLifetimeSeconds'>[],
): number {
  return resources.reduce(
    (shortest, { identifier, tokenLifetimeSeconds = shortest }) =>
      audience.includes(identifier) ? Math.min(shortest, tokenLifetimeSeconds) : shortest,
    ttlSeconds,
  )
}

/** When a refresh token issued at `now` stops working by itself: idle life, but never past its family's end. */
export function refreshTokenExpiry(
  client: Client,
  settings: TokenSettings,
  familyExpiresAt: Instant,
  now: Instant,
): Instant {
  const idleEnd = addSeconds(now, settings.profiles[client.tokenProfile].refreshTtlSeconds)
  return idleEnd < familyExpiresAt ? idleEnd : familyExpiresAt
}
