/** What {@link AuditStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import { day, ids, newAuditRecord, now, strangeText } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function auditStoreSuite(open: OpenFresh): void {
  suite('audit log', open, (storage) => {
    test('records come back as they were stored, newest first, in pages', async () => {
      const sparse = newAuditRecord({ action: '', success: false })
      const full = newAuditRecord({
        severity: 'CRITICAL',
        actorId: 'client:abc',
        actorName: strangeText,
        actorIp: '192.0.2.7',
        resourceType: 'TOKEN',
        resourceId: ids.next(),
        resourceName: '',
        action: strangeText,
        details: {
          empty: '',
          zero: 0,
          nothing: null,
          nul: '\0',
          list: ['a', { b: strangeText }],
          ключ: true,
        },
        errorMessage: 'went wrong',
        requestId: ids.next(),
        userAgent: 'x'.repeat(20_000),
        requestPath: '/oauth/token',
        requestMethod: 'POST',
      })
      assert.deepEqual(await storage().read.audit.list({ limit: 10 }), [])
      await storage().transaction((tx) => tx.audit.insertMany([sparse, full]))
      await storage().transaction((tx) => tx.audit.insertMany([]))
      assert.deepEqual(await storage().read.audit.list({ limit: 10 }), [full, sparse])
      assert.deepEqual(await storage().read.audit.list({ limit: 1 }), [full])
      assert.deepEqual(await storage().read.audit.list({ limit: 1, before: full.id }), [sparse])
    })

    test('many records are stored in one go', async () => {
      const records = Array.from({ length: 237 }, (_, n) => newAuditRecord({ resourceId: String(n) }))
      await storage().transaction((tx) => tx.audit.insertMany(records))
      assert.deepEqual(await storage().read.audit.list({ limit: 237 }), records.toReversed())
    })

    test('a NUL character from a stranger is no fault', async () => {
      const record = newAuditRecord({ actorName: 'a\0b' })
      await storage().transaction((tx) => tx.audit.insertMany([record]))
      const [stored] = await storage().read.audit.list({ limit: 1 })
      assert.match(stored!.actorName!, /^a[\0\u{FFFD}]b$/u)
    })

    test('clean-up deletes old records in batches', async () => {
      const old = [1, 2, 3].map(() => newAuditRecord({ at: addSeconds(now, -91 * day) }))
      const kept = newAuditRecord({ at: addSeconds(now, -90 * day) })
      await storage().transaction((tx) => tx.audit.insertMany([...old, kept]))
      const clean = () =>
        storage().transaction((tx) => tx.audit.deleteOlderThan(addSeconds(now, -90 * day), 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      assert.deepEqual(await storage().read.audit.list({ limit: 1 }), [kept])
    })
  })
}
