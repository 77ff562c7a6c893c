/** What {@link AnnouncementStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Announcement } from '../../events/announcements.ts'
import { addSeconds } from '../../shared/clock.ts'
import { day, ids, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function newAnnouncement(given: Partial<Announcement> = {}): Announcement {
  return {
    id: ids.next(),
    createdAt: now,
    event: {
      type: 'client.created',
      at: now,
      actor: { type: 'command_line', name: strangeText },
      clientId: ids.next(),
      clientName: 'Command line',
      clientType: 'public',
      grantTypes: ['device_code'],
      scopes: [],
      needsApproval: false,
    },
    ...given,
  }
}

export function announcementStoreSuite(open: OpenFresh): void {
  suite('announcements', open, (storage) => {
    const insert = (...announcements: Announcement[]) =>
      storage().transaction(async (tx) => {
        for (const announcement of announcements) await tx.announcements.insert(announcement)
      })
    const claim = (limit: number) => storage().transaction((tx) => tx.announcements.claim(limit))

    test('each is claimed once, oldest first', async () => {
      assert.equal(await storage().read.announcements.any(), false)
      const [first, second, third] = [newAnnouncement(), newAnnouncement(), newAnnouncement()]
      await insert(third, first, second)
      assert.equal(await storage().read.announcements.any(), true)
      assert.deepEqual(await claim(2), [first, second])
      assert.deepEqual(await claim(2), [third])
      assert.deepEqual(await claim(2), [])
      assert.equal(await storage().read.announcements.any(), false)
    })

    test('a claim that is rolled back gives the rows back', async () => {
      const announcement = newAnnouncement()
      await insert(announcement)
      const failed = storage().transaction(async (tx) => {
        await tx.announcements.claim(10)
        throw new Error('publishing failed')
      })
      await assert.rejects(failed, /publishing failed/)
      assert.deepEqual(await claim(10), [announcement])
    })

    test('what nobody claimed is deleted in the end', async () => {
      const before = addSeconds(now, -7 * day)
      const kept = newAnnouncement({ createdAt: before })
      await insert(newAnnouncement({ createdAt: addSeconds(before, -1) }), kept)
      const clean = () => storage().transaction((tx) => tx.announcements.deleteOlderThan(before))
      assert.deepEqual([await clean(), await clean()], [1, 0])
      assert.deepEqual(await claim(10), [kept])
    })
  })
}
