/** Port: what is kept of registrations beside the clients themselves. */
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { ClientId } from '../../shared/ids.ts'

export interface ClientRegistration {
  clientId: ClientId
  /** Digest of the registration access token (RFC 7592 §3). */
  accessTokenDigest: SecretDigest
  /** Since when nobody has used the client: when it was registered, approved or last seen with a grant. */
  idleSince: Instant
  /** Whether it ever had a grant. */
  used: boolean
}

/** A registered client that has been idle since before these is no longer needed. */
export interface IdleLimits {
  readonly now: Instant
  /** For one that never had a grant. */
  readonly neverUsedBefore: Instant
  /** For one that waits for an administrator. */
  readonly pendingBefore: Instant
  /** For one that had grants and has none any more. */
  readonly usedBefore: Instant
}

export interface ClientRegistrationReader {
  find(clientId: ClientId): Promise<ClientRegistration | undefined>
  /** How many registrations there are, counted up to `limit`. */
  count(limit: number): Promise<number>
  /** Registered clients that nobody needs, the longest idle first. */
  listUnneeded(limits: IdleLimits, limit: number): Promise<ClientId[]>
  /** Whether there was such a client, and it is remembered as one that expired. */
  hasExpired(clientId: string): Promise<boolean>
}

/** A registration goes with its client. */
export interface ClientRegistrationStore extends ClientRegistrationReader {
  insert(registration: ClientRegistration): Promise<void>
  /** Whether the client is one {@link ClientRegistrationReader.listUnneeded} lists. */
  isUnneeded(clientId: ClientId, limits: IdleLimits): Promise<boolean>
  /**
   * Notes that clients with a grant are in use: those never seen with one, and those last seen before `before`.
   * Grants are kept for a day after they end, so that looking more often than that misses none.
   * @returns how many were noted.
   */
  noteUse(now: Instant, before: Instant, limit: number): Promise<number>
  /** Lets the idle time of one client begin anew. */
  touch(clientId: ClientId, now: Instant): Promise<void>
  /** Remembers that the client expired; its program may still hold its id. */
  noteExpired(clientId: ClientId, at: Instant): Promise<void>
  /** Forgets those that expired before. @returns how many. */
  forgetExpired(before: Instant, limit: number): Promise<number>
}
