/**
 * Flow: clients whose documents nobody has looked at for long are forgotten. Whoever signs in can name any address there
 * is; and one that comes back is found again, where it always was.
 */
import type { Publisher } from '../../events/bus.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { removeClient } from '../client-removal.ts'
import type { UnseenLimits } from './store.ts'

const day = 86_400
const batchSize = 100

/** Nobody allowed it anything. */
const neverAllowedSeconds = day
/** No longer than this does a copy stand in for its document. */
const allowedSeconds = 30 * day

/** @returns how many clients were forgotten. */
export async function expireDescribedClients(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Promise<number> {
  const { storage, publisher, clock } = dependencies
  const now = clock.now()
  const limits: UnseenLimits = {
    now,
    neverAllowedBefore: addSeconds(now, -neverAllowedSeconds),
    allowedBefore: addSeconds(now, -allowedSeconds),
  }
  let forgotten = 0
  for (;;) {
    const ids = await storage.read.clientDocuments.listUnneeded(limits, batchSize)
    let removed = 0
    for (const id of ids) {
      const events = await storage.transaction(async (tx) => {
        // Held before the last look: a grant that is being given meanwhile is seen, and keeps its client.
        if (!(await tx.clients.lock(id))) return undefined
        if (!(await tx.clientDocuments.isUnneeded(id, limits))) return undefined
        return removeClient(tx, id, { at: now, actor: { type: 'system' } })
      })
      if (events === undefined) continue
      removed++
      for (const event of events) publisher.publish(event)
    }
    forgotten += removed
    // Those that were kept would be listed again.
    if (ids.length < batchSize || removed === 0) return forgotten
  }
}
