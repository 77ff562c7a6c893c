/**
 * Flow: clients whose documents nobody has looked at for long are forgotten. Whoever signs in can name any address there
 * is; and one that comes back is found again, where it always was.
 */
import type { Publisher } from '../../events/bus.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { removeUnneededClients } from '../client-removal.ts'
import type { UnseenLimits } from './store.ts'

const day = 86_400

/** Nobody allowed it anything. */
const neverAllowedSeconds = day
/** An administrator may be away for some days. */
const pendingSeconds = 7 * day
/** No longer than this does a copy stand in for its document. */
const allowedSeconds = 30 * day

/** @returns how many clients were forgotten. */
export async function expireDescribedClients(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
}): Promise<number> {
  const { storage, clock } = dependencies
  const now = clock.now()
  const limits: UnseenLimits = {
    now,
    neverAllowedBefore: addSeconds(now, -neverAllowedSeconds),
    pendingBefore: addSeconds(now, -pendingSeconds),
    allowedBefore: addSeconds(now, -allowedSeconds),
  }
  return removeUnneededClients(dependencies, now, {
    list: (limit) => storage.read.clientDocuments.listUnneeded(limits, limit),
    isStill: (tx, id) => tx.clientDocuments.isUnneeded(id, limits),
  })
}
