import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newAuditRecord } from '../../storage/conformance/fixtures.ts'
import { csvCell, csvRecord, encodeAuditRecord } from './audit-encode.ts'

describe('a cell of CSV', () => {
  for (const [text, expected] of [
    ['', ''],
    ['plain', 'plain'],
    ['one,two', '"one,two"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    [' =1', "' =1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['＝1', "'＝1"],
    ['=A1,"x"', '"\'=A1,""x"""'],
    ['a=1', 'a=1'],
    ['2026-01-01', '2026-01-01'],
    ["'=1", "'=1"],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(csvCell(text), expected))
  }
})

describe('a row', () => {
  it('of which little is known has empty texts where scripts expect them, and leaves out the rest', () => {
    const record = newAuditRecord()
    assert.deepEqual(JSON.parse(JSON.stringify(encodeAuditRecord(record))), {
      id: record.id,
      event_type: record.eventType,
      event_time: new Date(record.at).toISOString(),
      severity: 'INFO',
      actor_user_id: '',
      actor_username: '',
      actor_ip: '',
      resource_type: '',
      resource_id: '',
      resource_name: '',
      action: record.action,
      details: {},
      success: true,
      created_at: new Date(record.at).toISOString(),
    })
  })

  it('says when it was written, which may be later than what it is about', () => {
    const id = '019c2b00-0000-7000-8000-000000000000'
    const { created_at } = encodeAuditRecord(newAuditRecord({ id }))
    assert.equal(created_at, new Date(0x019c2b000000).toISOString())
    assert.equal(encodeAuditRecord(newAuditRecord({ id: 'imported' })).created_at, undefined)
  })

  it('is one line of ten cells', () => {
    assert.match(csvRecord(newAuditRecord()), /^[^\r\n]*\r\n$/)
    assert.equal(csvRecord(newAuditRecord()).split(',').length, 10)
  })
})
