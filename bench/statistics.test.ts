import assert from 'node:assert/strict'
import test from 'node:test'
import { judge, median, pairedRatios, percentile, rotated, spread } from './statistics.ts'

test('the median is the middle value, or the mean of the two in the middle, whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([10, 2, 8, 4]), 6)
  assert.equal(median([100, 20, 3]), 20, 'numbers are not compared as text')
  assert.throws(() => median([]), RangeError)
})

test('a spread tells the range and how many values it is of', () => {
  assert.deepEqual(spread([4, 2, 9]), { median: 4, min: 2, max: 9, count: 3 })
  assert.equal(spread([]), undefined)
})

test('ratios are taken inside a round, so a slow round does not move them', () => {
  const ours = [100, 1000, 110]
  const theirs = [300, 3000, 330]
  assert.deepEqual(pairedRatios(theirs, ours), [3, 3, 3])
})

test('a round with one side missing or a divisor of zero gives no ratio', () => {
  assert.deepEqual(pairedRatios([6, undefined, 8, 9], [3, 1, 0, undefined]), [2])
  assert.deepEqual(pairedRatios([1, 2, 3], [1]), [1])
})

test('a floor is kept by its own bound and missed just beyond it', () => {
  assert.equal(judge(2.5, { atLeast: 2.5 }), 'pass')
  assert.equal(judge(2.499, { atLeast: 2.5 }), 'miss')
  assert.equal(judge(0.6, { atMost: 0.6 }), 'pass')
  assert.equal(judge(0.601, { atMost: 0.6 }), 'miss')
  assert.equal(judge(Number.NaN, { atMost: 1 }), 'miss', 'what is no number keeps no floor')
})

test('rotation keeps the order and moves the beginning', () => {
  assert.deepEqual(rotated(['a', 'b', 'c'], 0), ['a', 'b', 'c'])
  assert.deepEqual(rotated(['a', 'b', 'c'], 4), ['b', 'c', 'a'])
  assert.deepEqual(rotated([], 3), [])
})

test('percentiles are nearest-rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.equal(percentile(hundred, 0.5), 50)
  assert.equal(percentile(hundred, 0.99), 99)
  assert.equal(percentile([7], 0.99), 7)
  assert.equal(percentile([], 0.5), 0)
})
