/** {@link AnnouncementStore} in SQL. The table is nearly always empty; the primary key serves the order of claims. */
import type { Announcement, AnnouncementStore } from '../../events/announcements.ts'
import type { Instant } from '../../shared/clock.ts'
import {
  type AnnouncementRow,
  announcementColumns,
  fromAnnouncement,
  toAnnouncement,
} from './announcement-rows.ts'
import { type Executor, insertStatement, type NoParams, statement } from './statement.ts'

const any = statement<NoParams, { found: number }>(
  'announcements.any',
  'select 1 as found from announcements limit 1',
)

const insert = insertStatement<AnnouncementRow>('announcements', announcementColumns)

// The row is taken by deleting it, so a claim that is rolled back gives it back.
const claim = statement<{ limit: number }, AnnouncementRow>(
  'announcements.claim',
  `with picked as (
    select id from announcements order by id limit :limit for update skip locked
  )
  delete from announcements where id in (select id from picked)
  returning ${announcementColumns}`,
)

const deleteOlderThan = statement<{ before: Instant }>(
  'announcements.delete_older_than',
  'delete from announcements where created_at < :before',
)

export class SqlAnnouncementStore implements AnnouncementStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async any(): Promise<boolean> {
    return (await this.#sql.one(any, {})) !== undefined
  }

  async insert(announcement: Announcement): Promise<void> {
    await this.#sql.run(insert, fromAnnouncement(announcement))
  }

  async claim(limit: number): Promise<Announcement[]> {
    const rows = await this.#sql.all(claim, { limit })
    // A deletion returns its rows in no order.
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1)).map(toAnnouncement)
  }

  async deleteOlderThan(before: Instant): Promise<number> {
    return this.#sql.run(deleteOlderThan, { before })
  }
}
