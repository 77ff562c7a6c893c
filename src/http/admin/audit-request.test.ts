import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AuditParameter, parseTime, readAuditRequest } from './audit-request.ts'

const read = (parameters: Record<string, string>) =>
  readAuditRequest({ query: new URLSearchParams(parameters).toString() })

/** Only what is asked for. */
const filtersOf = (parameters: Record<string, string>) =>
  Object.fromEntries(Object.entries(read(parameters).filters).filter(([, value]) => value !== undefined))

describe('filters of the audit log', () => {
  const uuid = '0199a000-0000-7000-8000-000000000042'
  for (const [parameters, expected] of [
    [{}, {}],
    [{ search: ' tokens ' }, { text: 'tokens' }],
    [
      { event_type: 'LOGOUT', severity: 'WARNING' },
      { eventType: 'LOGOUT', severity: 'WARNING' },
    ],
    [{ success: 'true' }, { success: true }],
    [{ success: 'false' }, { success: false }],
    [{ actor: 'ana' }, { actorName: 'ana' }],
    [{ actor: uuid }, { actorId: uuid }],
    [{ actor: 'client:abc' }, { actorId: 'client:abc' }],
    [{ actor: 'system' }, { actorId: 'system' }],
    [{ actor: 'command_line' }, { actorId: 'command_line' }],
    [{ actor_user_id: 'any' }, { actorId: 'any' }],
    [
      { actor: 'ana', actor_user_id: uuid },
      { actorName: 'ana', actorId: uuid },
    ],
    [
      { actor_ip: '::1', resource_id: 'x' },
      { actorIp: '::1', resourceId: 'x' },
    ],
    [{ resource_type: 'KEY' }, { resourceType: 'KEY' }],
    [{ start_time: '2026-01-01T00:00', end_time: '' }, { from: Date.UTC(2026, 0, 1) }],
    [{ page: '2', format: 'csv', unknown: 'x' }, {}],
  ] as const) {
    it(JSON.stringify(parameters), () => {
      assert.deepEqual(filtersOf(parameters), expected)
      assert.deepEqual(read(parameters).invalid, [])
    })
  }

  const invalid: [Record<string, string>, AuditParameter][] = [
    [{ severity: 'LOUD' }, 'severity'],
    [{ success: 'yes' }, 'success'],
    [{ resource_type: 'key' }, 'resource_type'],
    [{ start_time: 'yesterday' }, 'start_time'],
    [{ end_time: '2026-13-01T00:00:00Z' }, 'end_time'],
    [{ actor: 'x'.repeat(256) }, 'actor'],
    [{ search: 'a\0b' }, 'search'],
  ]
  for (const [parameters, name] of invalid) {
    it(`${name} that cannot be understood is named, and asks nothing`, () => {
      assert.deepEqual(read(parameters).invalid, [name])
      assert.deepEqual(filtersOf(parameters), {})
      assert.ok(Object.values(read(parameters).shown).every((value) => value === ''))
    })
  }

  it('stay in the form as a form can show them', () => {
    const { shown } = read({ actor_user_id: uuid, start_time: '2026-01-01T02:03:04+02:00', success: 'false' })
    assert.deepEqual([shown.actor, shown.start_time, shown.success], [uuid, '2026-01-01T00:03:04', 'false'])
    assert.equal(read({ end_time: '2026-01-01T02:03' }).shown.end_time, '2026-01-01T02:03')
  })
})

describe('a time', () => {
  for (const [text, expected] of [
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02t03:04:05z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05.678Z', Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
    ['2026-01-02T03:04:05+02:00', Date.UTC(2026, 0, 2, 1, 4, 5)],
    ['2026-01-02T03:04:05 02:00', Date.UTC(2026, 0, 2, 1, 4, 5)],
    ['2026-01-02T03:04:05-02:30', Date.UTC(2026, 0, 2, 5, 34, 5)],
    ['2026-01-02T03:04', Date.UTC(2026, 0, 2, 3, 4)],
    ['2026-01-02T03:04:05', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02', undefined],
    ['2026-02-30T25:00:00Z', undefined],
    ['1767312245', undefined],
    ['', undefined],
    ['now', undefined],
  ] as const) {
    it(`${text || 'nothing'} is ${expected}`, () => assert.equal(parseTime(text), expected))
  }
})
