/** Rows of announcements, and what they mean. */
import type { Announcement } from '../../events/announcements.ts'
import type { DomainEvent } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AnnouncementId } from '../../shared/ids.ts'

export interface AnnouncementRow {
  id: AnnouncementId
  created_at: Instant
  event: string
}

export const announcementColumns = [
  'id',
  'created_at',
  'event',
] as const satisfies readonly (keyof AnnouncementRow)[]

export function fromAnnouncement(announcement: Announcement): AnnouncementRow {
  return {
    id: announcement.id,
    created_at: announcement.createdAt,
    event: JSON.stringify(announcement.event),
  }
}

export function toAnnouncement(row: AnnouncementRow): Announcement {
  return { id: row.id, createdAt: row.created_at, event: JSON.parse(row.event) as DomainEvent }
}
