/**
 * Flow: registered clients that nobody needs are deleted. Some programs register anew for every connection; what they
 * leave behind would grow without end.
 */
import type { Publisher } from '../../events/bus.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { removeUnneededClients } from '../client-removal.ts'
import type { IdleLimits } from './store.ts'

const day = 86_400
const noteBatchSize = 100

/** Registered, and then nobody signed in with it. */
const neverUsedSeconds = day
/** Waiting for an administrator, who may be away for a weekend. */
const pendingSeconds = 7 * day
/** Nobody has allowed it anything any more. Its program may still remember its id, so it stays for long. */
const unusedSeconds = 180 * day

/**
 * Notes which registered clients are in use, then deletes those that are not. Runs more often than grants are forgotten,
 * and before they are.
 * @returns how many were deleted.
 */
export async function expireRegisteredClients(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Promise<number> {
  const { storage, clock } = dependencies
  const now = clock.now()
  const noteSome = (): Promise<number> =>
    storage.transaction((tx) => tx.clientRegistrations.noteUse(now, addSeconds(now, -day), noteBatchSize))
  while ((await noteSome()) === noteBatchSize);
  const limits: IdleLimits = {
    now,
    neverUsedBefore: addSeconds(now, -neverUsedSeconds),
    pendingBefore: addSeconds(now, -pendingSeconds),
    usedBefore: addSeconds(now, -unusedSeconds),
  }
  return removeUnneededClients(dependencies, now, {
    list: (limit) => storage.read.clientRegistrations.listUnneeded(limits, limit),
    isStill: (tx, id) => tx.clientRegistrations.isUnneeded(id, limits),
    // Of one that people used some program holds the id, and will come back with it.
    async remember(tx, id) {
      const registration = await tx.clientRegistrations.find(id)
      if (registration?.used === true) await tx.clientRegistrations.noteExpired(id, now)
    },
  })
}
