import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normalizeUsername } from './username.ts'

describe('username', () => {
  it('has one spelling', () => {
    for (const typed of ['ada', ' Ada ', 'ADA', 'Ａｄａ', '\tada\n'])
      assert.equal(normalizeUsername(typed), 'ada')
    assert.equal(normalizeUsername('Ångström'), normalizeUsername('A\u030angstro\u0308m'))
  })

  it('may be an e-mail address or any script', () => {
    assert.equal(normalizeUsername('Ada.Lovelace+work@Example.com'), 'ada.lovelace+work@example.com')
    assert.equal(normalizeUsername('王小明'), '王小明')
  })

  it('is refused when empty, too long or deceptive', () => {
    const refused = [
      '',
      '   ',
      'a'.repeat(256),
      'a'.repeat(5000),
      'a\0da',
      'a\u200bda',
      'a\u202eda',
      'a\nda',
      '\ud800',
    ]
    for (const typed of refused) assert.equal(normalizeUsername(typed), undefined)
    assert.equal(normalizeUsername('a'.repeat(255)), 'a'.repeat(255))
  })

  it('stays the same when normalized again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        const once = normalizeUsername(typed)
        if (once !== undefined) assert.equal(normalizeUsername(once), once)
      }),
    )
  })
})
