/**
 * Port: events that another process must announce. The command line changes the database of a running server; the
 * events of such an act are rows written in the act's own transaction, and one server claims, publishes and deletes
 * each of them, so that the act is counted once.
 */
import type { Instant } from '../shared/clock.ts'
import type { AnnouncementId } from '../shared/ids.ts'
import type { DomainEvent } from './catalogue.ts'

export interface Announcement {
  id: AnnouncementId
  createdAt: Instant
  event: DomainEvent
}

export interface AnnouncementReader {
  any(): Promise<boolean>
}

export interface AnnouncementStore extends AnnouncementReader {
  insert(announcement: Announcement): Promise<void>
  /** Takes at most `limit` rows, oldest first: each row goes to exactly one caller. */
  claim(limit: number): Promise<Announcement[]>
  /** Deletes rows nobody claimed since `before`. @returns how many. */
  deleteOlderThan(before: Instant): Promise<number>
}
