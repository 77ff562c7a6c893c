/** What {@link AuditStore} promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditFilters, AuditRecord } from '../../observability/audit-record.ts'
import { auditReach } from '../../observability/audit-record.ts'
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

    test('the newest sign-ins of an account are found among what else is known of it', async () => {
      const resourceId = ids.next()
      const at = (seconds: number) => addSeconds(now, seconds)
      const records = [
        newAuditRecord({ resourceId, at: at(1), eventType: 'AUTHENTICATION_SUCCESS' }),
        newAuditRecord({ resourceId, at: at(3), eventType: 'AUTHENTICATION_FAILURE', success: false }),
        newAuditRecord({ resourceId, at: at(2), eventType: 'AUTHENTICATION_SUCCESS' }),
        newAuditRecord({ resourceId, at: at(4), eventType: 'USER_UPDATED' }),
        newAuditRecord({ resourceId: ids.next(), at: at(5), eventType: 'AUTHENTICATION_SUCCESS' }),
      ]
      await storage().transaction((tx) => tx.audit.insertMany(records))
      const [oldest, failed, success] = records
      const { audit } = storage().read
      assert.deepEqual(await audit.signInsOf(resourceId, 10), [failed, success, oldest])
      assert.deepEqual(await audit.signInsOf(resourceId, 2), [failed, success])
      assert.deepEqual(await audit.signInsOf(ids.next(), 10), [])
    })

    test('a search finds what fits every filter, newest first, by time and then by id', async () => {
      const at = (seconds: number) => addSeconds(now, 86_400 + seconds)
      const base = {
        actorId: 'searched',
        actorName: 'Ana',
        actorIp: '192.0.2.44',
        resourceType: 'CLIENT',
        resourceId: 'client-7',
        resourceName: '50% off_\\ Ünï',
      } as const
      const late = newAuditRecord({ ...base, at: at(9), eventType: 'B' })
      const records = [
        newAuditRecord({ ...base, at: at(1), eventType: 'A', severity: 'WARNING', success: false }),
        newAuditRecord({ ...base, at: at(2), eventType: 'A', action: 'Tokens WERE issued.' }),
        // Of one instant, told apart by their ids.
        newAuditRecord({ ...base, at: at(3), eventType: 'B', severity: 'CRITICAL', success: false }),
        newAuditRecord({ ...base, at: at(3), eventType: 'B' }),
        newAuditRecord({ ...base, at: at(4), eventType: 'A', actorIp: '192.0.2.45', resourceType: 'KEY' }),
        newAuditRecord({ ...base, at: at(5), actorId: 'other', actorName: 'Ben', resourceId: 'client-8' }),
      ]
      // Written last, though it happened later than all: ids tell when a row was written.
      await storage().transaction((tx) => tx.audit.insertMany([late, ...records]))
      const [failed, worded, critical, twin, elsewhere, others] = records as [
        AuditRecord,
        AuditRecord,
        AuditRecord,
        AuditRecord,
        AuditRecord,
        AuditRecord,
      ]
      const from = at(0)
      const cases: [AuditFilters, AuditRecord[]][] = [
        [{ from }, [late, others, elsewhere, twin, critical, worded, failed]],
        [{ from, to: at(9) }, [others, elsewhere, twin, critical, worded, failed]],
        [{ from: at(3), to: at(4) }, [twin, critical]],
        [{ eventType: 'A' }, [elsewhere, worded, failed]],
        [{ eventType: 'B', from }, [late, twin, critical]],
        [{ severity: 'WARNING', from }, [failed]],
        [{ severity: 'CRITICAL', from }, [critical]],
        [{ severity: 'INFO', actorId: 'searched' }, [late, elsewhere, twin, worded]],
        [{ success: false, from }, [critical, failed]],
        [{ success: true, eventType: 'A' }, [elsewhere, worded]],
        [{ success: false, severity: 'INFO', from }, []],
        [{ actorId: 'other' }, [others]],
        [{ actorName: 'Ben' }, [others]],
        [{ actorName: 'ben' }, []],
        [{ actorIp: '192.0.2.45' }, [elsewhere]],
        [{ resourceId: 'client-8' }, [others]],
        [{ resourceId: 'client-7', resourceType: 'KEY' }, [elsewhere]],
        [{ resourceType: 'KEY', from }, [elsewhere]],
        [{ text: 'tokens were', from }, [worded]],
        [{ text: '50% OFF_\\', actorName: 'Ben' }, [others]],
        [{ text: '50_ off', from }, []],
        [{ text: 'BEN', from }, [others]],
        [
          { ...base, resourceName: undefined, eventType: 'A', success: false, text: 'ana' } as AuditFilters,
          [failed],
        ],
        [{ eventType: 'C' }, []],
      ]
      for (const [filters, expected] of cases) {
        const what = JSON.stringify(filters)
        const seen = (records: readonly AuditRecord[]) => records.map(({ id }) => id)
        const { audit } = storage().read
        const page = await audit.search(filters, { limit: 20 })
        assert.deepEqual(seen(page.entries), seen(expected), what)
        assert.deepEqual([page.previous, page.next, page.stoppedAt], [null, null, undefined], what)
        assert.deepEqual(await audit.count(filters), { count: expected.length, atLeast: false }, what)
        assert.deepEqual(seen(await audit.numberedPage(filters, 1, 2)), seen(expected.slice(0, 2)), what)
        assert.deepEqual(seen(await audit.numberedPage(filters, 2, 2)), seen(expected.slice(2, 4)), what)
        // Forwards entry by entry, and back again.
        const met: AuditRecord[] = []
        let after: string | undefined
        for (;;) {
          const step = await audit.search(filters, { limit: 1, after })
          met.push(...step.entries)
          if (step.next === null) break
          after = step.next
        }
        assert.deepEqual(seen(met), seen(expected), what)
        if (after === undefined) continue
        const back = await audit.search(filters, { limit: 20, before: after })
        assert.deepEqual(seen(back.entries), seen(expected.slice(0, -2)), what)
        assert.equal(back.previous, null, what)
      }
      const [page] = (await storage().read.audit.search({ actorName: 'Ben' }, { limit: 1 })).entries
      assert.deepEqual(page, others)
    })

    test('a search that no index serves stops within reach, says so, and can be gone on with', async () => {
      const old = addSeconds(now, -200 * day)
      const needle = newAuditRecord({ at: old, eventType: 'HAY', action: 'needle' })
      await storage().transaction((tx) => tx.audit.insertMany([needle]))
      const hay = auditReach + 1000
      for (let done = 0; done < hay; done += 1000) {
        const records = Array.from({ length: 1000 }, (_, n) =>
          newAuditRecord({ at: addSeconds(old, done + n + 1), eventType: 'HAY' }),
        )
        await storage().transaction((tx) => tx.audit.insertMany(records))
      }
      const filters = { eventType: 'HAY', text: 'needle' }
      const { audit } = storage().read
      const first = await audit.search(filters, { limit: 20 })
      assert.deepEqual(first.entries, [])
      assert.deepEqual([first.previous, first.stoppedAt], [null, addSeconds(old, 1001)])
      assert.deepEqual(await audit.count(filters), { count: 0, atLeast: true })
      const second = await audit.search(filters, { limit: 20, after: first.next! })
      assert.deepEqual(second.entries, [needle])
      assert.deepEqual([second.next, second.stoppedAt], [null, undefined])
      // Backwards the same way: everything newer was looked through, and nothing is there.
      const back = await audit.search(filters, { limit: 20, before: second.previous! })
      assert.deepEqual([back.entries, back.stoppedAt], [[], addSeconds(old, auditReach)])
      assert.deepEqual(await audit.count({ eventType: 'HAY' }), { count: hay + 1, atLeast: false })
    })

    test('statistics count by kind, in their time', async () => {
      const at = addSeconds(now, -300 * day)
      await storage().transaction((tx) =>
        tx.audit.insertMany([
          newAuditRecord({ at, eventType: 'ONE' }),
          newAuditRecord({ at: addSeconds(at, 1), eventType: 'TWO', severity: 'WARNING', success: false }),
          newAuditRecord({ at: addSeconds(at, 2), eventType: 'TWO', severity: 'CRITICAL', success: false }),
          newAuditRecord({ at: addSeconds(at, 3), eventType: 'ONE' }),
        ]),
      )
      assert.deepEqual(await storage().read.audit.statistics(at, addSeconds(at, 3)), {
        total: 3,
        failures: 2,
        byType: new Map([
          ['ONE', 1],
          ['TWO', 2],
        ]),
        bySeverity: new Map([
          ['WARNING', 1],
          ['CRITICAL', 1],
          ['INFO', 1],
        ]),
      })
    })

    test('clean-up deletes old records in batches', async () => {
      const old = [1, 2, 3].map(() => newAuditRecord({ at: addSeconds(now, -991 * day) }))
      const kept = newAuditRecord({ at: addSeconds(now, -990 * day) })
      await storage().transaction((tx) => tx.audit.insertMany([...old, kept]))
      const clean = () =>
        storage().transaction((tx) => tx.audit.deleteOlderThan(addSeconds(now, -990 * day), 2))
      assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      assert.deepEqual(await storage().read.audit.list({ limit: 1 }), [kept])
    })
  })
}
