/** The audit log as administrators and their scripts see it, on both databases. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { AuditRecord } from '../../src/observability/audit-record.ts'
import { addSeconds } from '../../src/shared/clock.ts'
import { createIds } from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { newAuditRecord } from '../../src/storage/conformance/fixtures.ts'
import { drivers, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

/** Strings that break out of what is careless. */
const hostile = {
  markup: '<script>alert(1)</script>"\'&',
  formula: '=HYPERLINK("http://evil.example","x")',
  lines: 'one\r\ntwo,"three"',
  command: "@SUM(1+1)*cmd|' /C calc'!A0",
}

/** RFC 4180 §2, strictly. */
function parseCsv(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (text[at] === undefined) throw new Error('a quoted cell never ends')
        if (text[at] !== '"') cell += text[at]
        else if (text[at + 1] === '"') {
          cell += '"'
          at++
        } else break
      }
      at++
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
        assert.ok(text[at] !== '"' && text[at] !== '\n', 'a bare cell holds neither quotes nor line feeds')
        cell += text[at++]
      }
    }
    record.push(cell)
    if (text[at] === ',') at++
    else {
      assert.equal(text.slice(at, at + 2), '\r\n', 'a record ends with CRLF')
      at += 2
      records.push(record)
      record = []
    }
  }
  return records
}

for (const { driver, skip } of drivers) {
  describe(`the audit log of a server on ${driver}`, { skip, timeout: 240_000 }, () => {
    let test: TestApp
    let admin: TestBrowser
    let insert: (records: readonly Partial<AuditRecord>[]) => Promise<void>
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
      const ids = createIds(test.clock, createSystemRandom())
      insert = (records) =>
        test.app.storage.transaction((tx) =>
          tx.audit.insertMany(
            records.map((record) => newAuditRecord({ at: test.clock.now(), ...record, id: ids.next() })),
          ),
        )
      await insert(
        Object.entries(hostile).map(([name, text]) => ({
          eventType: `HOSTILE_${name}`,
          actorId: 'strange',
          actorName: text,
          actorIp: text,
          resourceId: text,
          resourceName: text,
          action: text,
          details: { [text]: text, list: [text, { text }] },
          success: false,
          errorMessage: text,
          requestId: text,
          userAgent: text,
          requestPath: text,
          requestMethod: text,
        })),
      )
    })
    after(() => test?.close())

    const exported = async (query: string): Promise<string> => {
      const answer = await admin.get(`/admin/audit/export?${query}`)
      assert.equal(answer.status, 200)
      return answer.text
    }
    const flushed = async () => {
      // Rows are written a second after their events at the latest.
      for (;;) {
        const [row] = (
          await test.app.storage.read.audit.search({ eventType: 'AUDIT_LOG_EXPORTED' }, { limit: 1 })
        ).entries
        if (row !== undefined) return row
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }

    it('is shown to administrators alone', async () => {
      const { username, password } = await test.account('nobody')
      const other = test.browser()
      await other.signIn(username, password)
      for (const path of [
        '/admin',
        '/admin/audit',
        '/admin/audit/export',
        '/admin/keys',
        '/admin/settings',
      ]) {
        assert.equal((await other.get(path)).status, 403, path)
        const stranger = await test.browser().get(path)
        assert.deepEqual(
          [stranger.status, String(stranger.headers.location).split('?')[0]],
          [303, '/login'],
          path,
        )
      }
      for (const path of ['/admin/audit/api', '/admin/audit/api/stats']) {
        const refused = await other.get(path)
        assert.deepEqual([refused.status, refused.body], [403, { error: 'forbidden' }])
        const unknown = await test.browser().get(path)
        assert.deepEqual([unknown.status, unknown.body], [401, { error: 'unauthorized' }])
      }
      assert.equal((await other.submit('/admin/keys/rotate')).status, 403)
    })

    it('shows hostile words as words, in every field', async () => {
      const { status, text } = await admin.get('/admin/audit?actor_user_id=strange')
      assert.equal(status, 200)
      assert.ok(!text.includes('<script>alert'))
      // Name, address, id and name of the thing, action, reason, request and its id, program, details …
      assert.ok(
        text.split('&lt;script>alert(1)&lt;/script>').length > 10 ||
          text.split('&lt;script&gt;alert(1)').length > 10,
      )
      assert.equal(text.match(/<tr /g)?.length, 1 + Object.keys(hostile).length)
    })

    it('exports CSV that no spreadsheet runs and every parser reads', async () => {
      const answer = await admin.get('/admin/audit/export?actor_user_id=strange')
      const day = new Date(test.clock.now()).toISOString().slice(0, 10)
      assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
      assert.equal(answer.headers['content-disposition'], `attachment; filename="audit_logs_${day}.csv"`)
      const [header, ...rows] = parseCsv(answer.text)
      assert.deepEqual(header, [
        'Event Time',
        'Event Type',
        'Severity',
        'Actor Username',
        'Actor IP',
        'Resource Type',
        'Resource Name',
        'Action',
        'Success',
        'Error Message',
      ])
      assert.equal(rows.length, Object.keys(hostile).length)
      for (const row of rows) {
        const text = hostile[row[1]!.replace('HOSTILE_', '') as keyof typeof hostile]
        const shown = /^[=@]/.test(text) ? `'${text}` : text
        assert.deepEqual(row.slice(2), ['INFO', shown, shown, '', shown, shown, 'No', shown])
        assert.equal(new Date(row[0]!).toISOString(), row[0])
      }
    })

    it('exports JSON Lines with everything', async () => {
      const lines = (await exported('actor_user_id=strange&format=jsonl')).trimEnd().split('\n')
      const rows = lines.map((line) => JSON.parse(line))
      assert.equal(rows.length, Object.keys(hostile).length)
      for (const row of rows) {
        const text = hostile[row.event_type.replace('HOSTILE_', '') as keyof typeof hostile]
        assert.deepEqual(row.details, { [text]: text, list: [text, { text }] })
        assert.deepEqual([row.user_agent, row.request_path, row.resource_id], [text, text, text])
      }
    })

    it('records each export', async () => {
      const row = await flushed()
      assert.equal(row.actorName, 'admin')
      assert.equal(row.severity, 'WARNING')
      assert.deepEqual(row.details?.filters, { actor_user_id: 'strange' })
      assert.equal(row.details?.complete, true)
      assert.equal(row.details?.rows, Object.keys(hostile).length)
    })

    it('answers HEAD without looking for rows, or recording an export', async () => {
      const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await test.request({
        method: 'HEAD',
        url: '/admin/audit/export',
        remoteAddress: '192.0.2.10',
        headers: {
          cookie,
          'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        },
      })
      assert.deepEqual([answer.statusCode, answer.body], [200, ''])
      assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
    })

    it('answers scripts in the shapes of the reference', async () => {
      const { body } = await admin.get('/admin/audit/api?actor_user_id=strange&page_size=3')
      assert.deepEqual(body.pagination, {
        Total: 4,
        AtLeast: false,
        TotalPages: 2,
        CurrentPage: 1,
        PageSize: 3,
        HasPrev: false,
        HasNext: true,
        PrevPage: 1,
        NextPage: 2,
      })
      assert.equal(body.logs.length, 3)
      assert.deepEqual(Object.keys(body.logs[0]), [
        'id',
        'event_type',
        'event_time',
        'severity',
        'actor_user_id',
        'actor_username',
        'actor_ip',
        'resource_type',
        'resource_id',
        'resource_name',
        'action',
        'details',
        'success',
        'error_message',
        'user_agent',
        'request_id',
        'request_path',
        'request_method',
        'created_at',
      ])
      assert.equal(body.logs[0].created_at, new Date(test.clock.now()).toISOString())
      const second = (await admin.get('/admin/audit/api?actor_user_id=strange&page_size=3&page=2')).body
      assert.equal(second.logs.length, 1)
      assert.deepEqual([second.pagination.HasPrev, second.pagination.HasNext], [true, false])
      for (const [query, size, page] of [
        ['page_size=0', 20, 1],
        ['page_size=101&page=-1', 20, 1],
        ['page_size=x&page=x', 20, 1],
        ['page_size=100&page=900000000', 100, 900_000_000],
      ] as const) {
        const { pagination } = (await admin.get(`/admin/audit/api?${query}`)).body
        assert.deepEqual([pagination.PageSize, pagination.CurrentPage], [size, page], query)
      }
      for (const query of ['start_time=yesterday', 'severity=LOUD', 'success=maybe', 'resource_type=x']) {
        for (const path of ['/admin/audit/api', '/admin/audit/api/stats', '/admin/audit/export']) {
          const refused = await admin.get(`${path}?${query}`)
          assert.equal(refused.status, 400, `${path} ${query}`)
          assert.match(refused.body.error, new RegExp(query.split('=')[0]!))
        }
        assert.equal((await admin.get(`/admin/audit?${query}`)).status, 200)
      }
    })

    it('counts for scripts', async () => {
      const at = addSeconds(test.clock.now(), -400 * 86_400)
      await insert([
        { at, eventType: 'ONE' },
        { at: addSeconds(at, 1), eventType: 'TWO', severity: 'WARNING', success: false },
      ])
      const span = `start_time=${new Date(at).toISOString()}&end_time=${new Date(addSeconds(at, 2)).toISOString()}`
      const { body } = await admin.get(`/admin/audit/api/stats?${span}`)
      assert.deepEqual(body, {
        stats: {
          total_events: 2,
          events_by_type: { ONE: 1, TWO: 1 },
          events_by_severity: { INFO: 1, WARNING: 1 },
          success_count: 1,
          failure_count: 1,
        },
        start_time: new Date(at).toISOString(),
        end_time: new Date(addSeconds(at, 2)).toISOString(),
      })
      // Until now, and not what happens at this very moment.
      test.clock.advance(1)
      const usual = (await admin.get('/admin/audit/api/stats')).body
      assert.equal(Date.parse(usual.end_time) - Date.parse(usual.start_time), 30 * 86_400_000)
      assert.ok(usual.stats.total_events >= 4 && usual.stats.events_by_type.ONE === undefined)
    })

    it('exports fifty thousand rows whole, without holding them', async () => {
      const all = 50_000
      for (let done = 0; done < all; done += 1000) {
        await insert(
          Array.from({ length: 1000 }, (_, index) => ({
            eventType: 'BULK',
            resourceId: String(done + index),
            resourceName: `thing ${done + index}`,
            userAgent: 'x'.repeat(200),
          })),
        )
      }
      if (!test.app.server.server.listening) await test.app.server.listen({ host: '127.0.0.1', port: 0 })
      const { port } = test.app.server.server.address() as AddressInfo
      const open = async (query: string) => {
        const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const request = ask({
          port,
          path: `/admin/audit/export?${query}`,
          headers: {
            cookie,
            'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          },
        }).end()
        const [response] = await once(request, 'response')
        return { request, response }
      }

      global.gc?.()
      const before = process.memoryUsage().heapUsed
      let most = 0
      let left = ''
      const seen = new Set<string>()
      const { response } = await open('event_type=BULK&format=jsonl')
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (left + chunk).split('\n')
        left = lines.pop()!
        for (const line of lines) seen.add(JSON.parse(line).resource_id)
        most = Math.max(most, process.memoryUsage().heapUsed - before)
      }
      assert.equal(left, '')
      assert.equal(seen.size, all)
      // The whole is more than 30 MB of text alone, and as rows several times that.
      assert.ok(most < 100 * 1024 * 1024, `the heap grew by ${Math.round(most / 1024 / 1024)} MiB`)

      // One that is broken off is recorded as such.
      // More than all the buffers on the way hold.
      const broken = await open('event_type=BULK&format=jsonl')
      await once(broken.response, 'data')
      broken.request.destroy()
      const exports = async () =>
        (await test.app.storage.read.audit.search({ eventType: 'AUDIT_LOG_EXPORTED' }, { limit: 100 }))
          .entries
      let incomplete: AuditRecord | undefined
      while (incomplete === undefined) {
        incomplete = (await exports()).find(({ details }) => details?.complete === false)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      assert.ok(Number(incomplete.details?.rows) < all)
      assert.equal(
        (await exports()).filter(({ details }) => details?.rows === all).length,
        1,
        'the one that was read to its end',
      )
    })
  })
}
