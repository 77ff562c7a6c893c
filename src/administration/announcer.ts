/**
 * How an administrative act is announced. A server publishes after the commit; the command line, which is another
 * process than the server whose numbers the act moves, writes the events in the act's own transaction instead, for one
 * server to claim and publish.
 */
import type { Publisher } from '../events/bus.ts'
import type { DomainEvent } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { AnnouncementId, Ids } from '../shared/ids.ts'
import type { Storage, Stores } from '../storage/storage.ts'

export interface Announcer {
  /** Runs `body` in a transaction and announces the events it returns beside its result. */
  transaction<T>(
    storage: Storage,
    body: (tx: Stores) => Promise<{ result: T; events: readonly DomainEvent[] }>,
  ): Promise<T>
}

export function publishingAnnouncer(publisher: Publisher): Announcer {
  return {
    async transaction(storage, body) {
      const { result, events } = await storage.transaction(body)
      for (const event of events) publisher.publish(event)
      return result
    },
  }
}

export function storingAnnouncer(clock: Clock, ids: Ids): Announcer {
  return {
    transaction: (storage, body) =>
      storage.transaction(async (tx) => {
        const { result, events } = await body(tx)
        for (const event of events) {
          await tx.announcements.insert({ id: ids.next<AnnouncementId>(), createdAt: clock.now(), event })
        }
        return result
      }),
  }
}
