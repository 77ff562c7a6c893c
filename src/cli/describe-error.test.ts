import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeError } from './describe-error.ts'

test('an error is described by its message, those of its attempts, or its name; never by nothing', () => {
  const attempts = [
    new Error('connect ECONNREFUSED ::1:5432'),
    new Error('connect ECONNREFUSED 127.0.0.1:5432'),
  ]
  assert.equal(describeError(new Error('no such file')), 'no such file')
  assert.equal(
    describeError(new AggregateError(attempts)),
    'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432',
  )
  assert.equal(describeError(new AggregateError(attempts, 'no answer')), 'no answer')
  assert.equal(describeError(new AggregateError([])), 'AggregateError')
  assert.equal(describeError(new RangeError()), 'RangeError')
  assert.equal(describeError('broken'), 'broken')
})
