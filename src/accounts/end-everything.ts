/**
 * What a person has, ended in one place: sessions, tokens, what they approved but no client has fetched yet, and links
 * that were mailed to them. What else hangs on an account, such as its connections to identity providers, goes with its
 * row.
 */
import type {
  Actor,
  DomainEvent,
  RequestContext,
  RevocationReason,
  SessionInvalidationReason,
} from '../events/catalogue.ts'
import { tokensRevoked } from '../oauth/token/revoked.ts'
import type { Instant } from '../shared/clock.ts'
import type { AccountId } from '../shared/ids.ts'
import type { Stores } from '../storage/storage.ts'
import { sessionEnded } from './sessions.ts'

/** Who does something, from where, and when. */
export interface Act {
  readonly at: Instant
  readonly actor: Actor
  /** `undefined` for an act that no request asked for. */
  readonly request: RequestContext | undefined
}

/** @returns what to announce after the commit. */
export async function endEverything(
  tx: Stores,
  accountId: AccountId,
  reasons: { sessions: SessionInvalidationReason; tokens: RevocationReason },
  act: Act,
): Promise<DomainEvent[]> {
  await tx.mailedLinks.deleteAllOf(accountId)
  return [
    ...(await endSessions(tx, accountId, reasons.sessions, act)),
    ...(await endTokens(tx, accountId, reasons.tokens, act)),
  ]
}

export async function endSessions(
  tx: Stores,
  accountId: AccountId,
  reason: SessionInvalidationReason,
  act: Act,
): Promise<DomainEvent[]> {
  const ended = await tx.sessions.endAllOf(accountId, reason, act.at)
  return ended.map((session) => sessionEnded(session, act))
}

export async function endTokens(
  tx: Stores,
  accountId: AccountId,
  reason: RevocationReason,
  act: Act,
): Promise<DomainEvent[]> {
  await tx.deviceGrants.denyApprovedOf(accountId, act.at)
  await tx.authorizationCodes.expireUnredeemedOf(accountId, undefined, act.at)
  const counts = await tx.grants.endAllOf(accountId, act.at)
  return tokensRevoked(counts, { ...act, reason, accountId, clientId: undefined, grantId: undefined })
}
