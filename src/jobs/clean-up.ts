/** Deletes what nobody needs any more, in small batches, by the rules of `docs/data-retention.md`. */
import { rollupLifeSeconds, rollupSpans } from '../observability/rollup-record.ts'
import { addSeconds, type Clock } from '../shared/clock.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { announcementLifeSeconds } from './claim-announcements.ts'

const batchSize = 500
const hour = 3600
const day = 24 * hour

/** Rows past their time by this much answer no request any more. */
const tokenRetentionSeconds = day
const sessionRetentionSeconds = 30 * day
/** So long an old ID token still says who signed in last, as a hint. */
const retiredKeyRetentionSeconds = 365 * day
/** So long the program of a registration that expired is told why it is not known any more. */
const expiredRegistrationRetentionSeconds = 180 * day
const usedValueRetentionSeconds = 60

export async function cleanUpExpired(storage: Storage, clock: Clock): Promise<number> {
  const now = clock.now()
  const expired = addSeconds(now, -tokenRetentionSeconds)
  const ended = addSeconds(now, -sessionRetentionSeconds)
  const rules: ((tx: Stores) => Promise<number>)[] = [
    (tx) => tx.deviceGrants.deleteExpired(expired, batchSize),
    (tx) => tx.authorizationRequests.deleteExpired(expired, batchSize),
    (tx) => tx.authorizationCodes.deleteExpired(expired, batchSize),
    (tx) => tx.mailedLinks.deleteExpired(expired, batchSize),
    (tx) => tx.accessTokens.deleteExpired(expired, batchSize),
    (tx) => tx.refreshTokens.deleteExpired(expired, batchSize),
    (tx) => tx.grants.deleteExpired(expired, batchSize),
    (tx) => tx.sessions.deleteEnded(ended, batchSize),
    (tx) =>
      tx.clientRegistrations.forgetExpired(addSeconds(now, -expiredRegistrationRetentionSeconds), batchSize),
    (tx) => tx.signingKeys.deleteRetired(addSeconds(now, -retiredKeyRetentionSeconds), batchSize),
  ]
  let total = await storage.transaction((tx) =>
    tx.announcements.deleteOlderThan(addSeconds(now, -announcementLifeSeconds)),
  )
  for (const rule of rules) total += await inBatches(storage, rule)
  return total
}

/** Values that may be used once, when they would not be accepted any more. */
export function cleanUpUsedValues(storage: Storage, clock: Clock): Promise<number> {
  // Replicas may be of different opinion about the time.
  const before = addSeconds(clock.now(), -usedValueRetentionSeconds)
  return inBatches(storage, (tx) => tx.usedValues.deleteExpired(before, batchSize))
}

export async function cleanUpRollup(storage: Storage, clock: Clock): Promise<number> {
  const before = addSeconds(clock.now(), -rollupLifeSeconds)
  let total = 0
  for (const span of rollupSpans) {
    total += await inBatches(storage, (tx) => tx.rollup.deleteOlderThan(span, before, batchSize))
  }
  return total
}

export function cleanUpAudit(storage: Storage, clock: Clock, retentionSeconds: number): Promise<number> {
  const before = addSeconds(clock.now(), -retentionSeconds)
  return inBatches(storage, (tx) => tx.audit.deleteOlderThan(before, batchSize))
}

/** One transaction a batch, so that requests come between; the last batch is the first that is not full. */
async function inBatches(storage: Storage, rule: (tx: Stores) => Promise<number>): Promise<number> {
  let total = 0
  for (;;) {
    const deleted = await storage.transaction(rule)
    total += deleted
    if (deleted < batchSize) return total
  }
}
