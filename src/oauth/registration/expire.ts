/**
 * Flow: registered clients that nobody needs are deleted. Some programs register anew for every connection; what they
 * leave behind would grow without end.
 */
import type { Publisher } from '../../events/bus.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { removeClient } from '../client-removal.ts'
import type { IdleLimits } from './store.ts'

const day = 86_400
const batchSize = 100

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
  const { storage, publisher, clock } = dependencies
  const now = clock.now()
  const noteSome = (): Promise<number> =>
    storage.transaction((tx) => tx.clientRegistrations.noteUse(now, addSeconds(now, -day), batchSize))
  while ((await noteSome()) === batchSize);
  const limits: IdleLimits = {
    now,
    neverUsedBefore: addSeconds(now, -neverUsedSeconds),
    pendingBefore: addSeconds(now, -pendingSeconds),
    usedBefore: addSeconds(now, -unusedSeconds),
  }
  let deleted = 0
  for (;;) {
    const ids = await storage.read.clientRegistrations.listUnneeded(limits, batchSize)
    let removed = 0
    for (const id of ids) {
      const events = await storage.transaction(async (tx) => {
        // Held before the last look: a grant that is being given meanwhile is seen, and keeps its client.
        if (!(await tx.clients.lock(id))) return undefined
        if (!(await tx.clientRegistrations.isUnneeded(id, limits))) return undefined
        return removeClient(tx, id, { at: now, actor: { type: 'system' } })
      })
      if (events === undefined) continue
      removed++
      for (const event of events) publisher.publish(event)
    }
    deleted += removed
    // Those that were kept would be listed again.
    if (ids.length < batchSize || removed === 0) return deleted
  }
}
