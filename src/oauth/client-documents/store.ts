/** Port: what is kept of clients' documents, beside the clients they describe. Replicas share it. */
import type { Validators } from '../../outbound/outbound.ts'
import type { Instant } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'

export interface ClientDocument extends Validators {
  /** Its address. */
  clientId: ClientId
  /** SHA-256 of the body, base64url: whether it says anything new. */
  digest: string
  firstSeenAt: Instant
  /** When its host last said that this is what it says. */
  fetchedAt: Instant
  freshUntil: Instant
  /** Since when it leads elsewhere, or proves itself otherwise: what people allowed before was allowed another. */
  askAgainSince: Instant | undefined
  /** When an administrator approved its client. */
  approvedAt: Instant | undefined
  /** Since when what an operator wrote down is used in its place. */
  pinnedAt: Instant | undefined
  /** Since when there is no such document, or one that describes no client. */
  withdrawnAt: Instant | undefined
}

/**
 * A client without a live grant is not needed when its document has not been looked at since before these, unless an
 * operator approved it or wrote its document down.
 */
export interface UnseenLimits {
  readonly now: Instant
  /** For one that nobody has allowed anything. */
  readonly neverAllowedBefore: Instant
  /** For one that waits for an administrator. */
  readonly pendingBefore: Instant
  readonly allowedBefore: Instant
}

export interface ClientDocumentReader {
  find(clientId: ClientId): Promise<ClientDocument | undefined>
  /** Documents withdrawn before `before`, the longest first. */
  listWithdrawn(before: Instant, limit: number): Promise<ClientId[]>
  /** Clients nobody needs the copy of, the longest unseen first. */
  listUnneeded(limits: UnseenLimits, limit: number): Promise<ClientId[]>
}

/** A document goes with its client. */
export interface ClientDocumentStore extends ClientDocumentReader {
  /** Keeps a document in the place of what was kept of it, whose `firstSeenAt`, `approvedAt` and `pinnedAt` stay. */
  put(document: ClientDocument): Promise<void>
  setApproved(clientId: ClientId, at: Instant | undefined): Promise<void>
  /** Has what is kept used without asking its host. */
  pin(clientId: ClientId, at: Instant): Promise<void>
  /** Has the host asked at the next use. @returns false when it was not pinned. */
  unpin(clientId: ClientId, at: Instant): Promise<boolean>
  /** Notes that a document is gone. @returns false when that was known, or it is pinned. */
  withdraw(clientId: ClientId, at: Instant): Promise<boolean>
  /** Whether the client is one {@link ClientDocumentReader.listUnneeded} lists. */
  isUnneeded(clientId: ClientId, limits: UnseenLimits): Promise<boolean>
}
