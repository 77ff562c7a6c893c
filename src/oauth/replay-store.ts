/** Port: values that may be used once, each remembered for as long as it would be accepted again. */
import type { Instant } from '../shared/clock.ts'
import { digestOf, type SecretDigest } from '../shared/digest.ts'

export interface ReplayStore {
  /**
   * Notes that a value is used, for exactly one caller: of any number of concurrent calls with one digest, on any
   * number of replicas, one gets `first`, the others `replayed`.
   */
  use(digest: SecretDigest, expiresAt: Instant): Promise<'first' | 'replayed'>
  /** Deletes at most `limit` values that expired before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}

/** Under which digest a `jti` is kept: unique for its maker and its purpose (RFC 7519 §4.1.7), of whatever length. */
export function replayDigest(
  purpose: 'client_assertion' | 'dpop_proof',
  /** The client, or the key whose holder makes the values. */
  owner: string,
  jti: string,
): SecretDigest {
  return digestOf(JSON.stringify([purpose, owner, jti]))
}
