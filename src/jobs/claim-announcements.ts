/** Publishes the events of acts done from the command line, each on exactly one server. */
import type { Publisher } from '../events/bus.ts'
import { addSeconds, type Clock } from '../shared/clock.ts'
import type { Storage } from '../storage/storage.ts'

const batchSize = 100

/** An act that no server heard of for this long is history: counting it now would show it at the wrong time. */
export const announcementLifeSeconds = 7 * 86_400

export async function claimAnnouncements(
  storage: Storage,
  publisher: Publisher,
  clock: Clock,
): Promise<void> {
  // Looking costs one read; the write is paid only when there is something to claim.
  while (await storage.read.announcements.any()) {
    const claimed = await storage.transaction(async (tx) => {
      await tx.announcements.deleteOlderThan(addSeconds(clock.now(), -announcementLifeSeconds))
      return tx.announcements.claim(batchSize)
    })
    for (const { event } of claimed) publisher.publish(event)
    if (claimed.length < batchSize) return
  }
}
