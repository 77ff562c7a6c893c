import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSystemRandom } from '../../shared/random.ts'
import { digestRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'

describe('recovery codes', () => {
  it('are ten, all different, and easy to copy by hand', () => {
    const codes = newRecoveryCodes(createSystemRandom())
    assert.equal(new Set(codes).size, 10)
    for (const code of codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}$/)
  })

  it('are read however they are written', () => {
    const digest = digestRecoveryCode('0123-4567-89ab-1d10')
    assert.ok(digest)
    for (const typed of ['012345678 9ABID1O', ' 0123 4567 89AB lDi0 ', 'O123456789abLDLo']) {
      assert.equal(digestRecoveryCode(typed), digest, typed)
    }
    assert.notEqual(digestRecoveryCode('0123-4567-89ab-1d11'), digest)
    for (const typed of [
      '',
      '123456',
      '0123-4567-89ab-cde',
      '0123-4567-89ab-cdeu',
      '0123-4567-89ab-cdef-0',
    ]) {
      assert.equal(digestRecoveryCode(typed), undefined, typed)
    }
  })
})
