/** Publishes the events of acts done from the command line, each on exactly one server. */
import type { Publisher } from '../events/bus.ts'
import type { Storage } from '../storage/storage.ts'

const batchSize = 100

export async function claimAnnouncements(storage: Storage, publisher: Publisher): Promise<void> {
  // Looking costs one read; the write is paid only when there is something to claim.
  while (await storage.read.announcements.any()) {
    const claimed = await storage.transaction((tx) => tx.announcements.claim(batchSize))
    for (const { event } of claimed) publisher.publish(event)
    if (claimed.length < batchSize) return
  }
}
