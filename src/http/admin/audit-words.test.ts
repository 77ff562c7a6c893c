/** Every sentence of the audit log is there in every language, and what is no sentence of ours stays as it is. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { auditActions } from '../../observability/audit-actions.ts'
import { describeForAudit } from '../../observability/audit-table.ts'
import { sampleEvents } from '../../observability/event-samples.fixture.ts'
import { auditAction } from './audit-words.ts'

describe('what the audit log says happened', () => {
  it('is stored in English, and shown so to whoever reads it', () => {
    for (const action of auditActions) assert.equal(auditAction(action, 'en'), action)
  })

  it('has a Chinese sentence of its own for each', () => {
    const sentences = auditActions.map((action) => auditAction(action, 'zh-TW'))
    assert.equal(new Set(sentences).size, auditActions.length)
    for (const sentence of sentences) assert.match(sentence, /^[^A-Za-z]+。$/u)
  })

  it('knows what every event writes', () => {
    const known: readonly string[] = auditActions
    for (const event of Object.values(sampleEvents)) {
      const entry = describeForAudit(event, 1)
      if (entry !== undefined) assert.ok(known.includes(entry.action), entry.action)
    }
  })

  it('leaves alone what another release wrote', () => {
    for (const action of ['Something else happened.', 'toString', '__proto__', '']) {
      assert.equal(auditAction(action, 'zh-TW'), action)
    }
  })
})
