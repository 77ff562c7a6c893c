import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emailOf, numericSubjectOf, subjectOf, textOf } from './profile-members.ts'
import { ProviderError } from './provider.ts'

describe('what a provider says of somebody', () => {
  it('is a short line, or nothing', () => {
    assert.equal(textOf(' Octo Cat '), 'Octo Cat')
    for (const value of ['', '  ', 'a\u0000b', 'a\nb', 'x'.repeat(256), 1, null, undefined, ['a'], {}]) {
      assert.equal(textOf(value), undefined, JSON.stringify(value))
    }
  })

  it('has an address only when it looks like one', () => {
    assert.equal(emailOf('octo@example.com'), 'octo@example.com')
    for (const value of ['octo', 'a@b\u202ec', 'a b@c', `${'x'.repeat(251)}@a.b`, 7]) {
      assert.equal(emailOf(value), undefined, JSON.stringify(value))
    }
  })

  it('names them to the letter, or signs nobody in', () => {
    assert.equal(subjectOf('248289761001'), '248289761001')
    for (const value of ['', ' 1', '1 ', '1\u0000', 'x'.repeat(256), 1, undefined]) {
      assert.throws(() => subjectOf(value), ProviderError, JSON.stringify(value))
    }
    assert.equal(numericSubjectOf(7), '7')
    for (const value of [0, -1, 1.5, 2 ** 53, '7'])
      assert.throws(() => numericSubjectOf(value), ProviderError)
  })
})
