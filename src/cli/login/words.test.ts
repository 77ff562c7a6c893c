import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countdown, printable, printableJson, roughDuration, wrapWords } from './words.ts'

test('text of a server cannot drive the terminal or turn the reading direction', () => {
  assert.equal(printable('a\u001b[2Jb\u009b1mc\r\nd\u202ee\u061cf'), 'a [2Jb 1mc  d e f')
  assert.equal(printable('x'.repeat(300)).length, 200)
})

test('JSON keeps such text, and shows none of it', () => {
  const event = { scope: 'a\u001b[2Jb\u009b1mc\u061cd\u202ee', name: 'Zoë' }
  const json = printableJson(event)
  assert.equal(json, '{"scope":"a\\u001b[2Jb\\u009b1mc\\u061cd\\u202ee","name":"Zoë"}')
  assert.deepEqual(JSON.parse(json), event)
  assert.equal(printableJson({ a: 'b\nc' }, 2), '{\n  "a": "b\\nc"\n}')
})

test('a countdown never shows less than is left and never goes below zero', () => {
  assert.deepEqual([1800, 1781.2, 59.01, 1, 0, -5, 3723].map(countdown), [
    '30:00',
    '29:42',
    '1:00',
    '0:01',
    '0:00',
    '0:00',
    '1:02:03',
  ])
})

test('durations are told in the largest unit that stays true', () => {
  assert.deepEqual([1, 45, 119, 120, 3600, 36_000, 86_400, 259_200].map(roughDuration), [
    '1 second',
    '45 seconds',
    '119 seconds',
    '2 minutes',
    '60 minutes',
    '10 hours',
    '24 hours',
    '3 days',
  ])
})

test('text is broken at spaces; a word that is too long stays whole', () => {
  assert.deepEqual(wrapWords('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrapWords('see /a/long/path now', 8), ['see', '/a/long/path', 'now'])
  assert.deepEqual(wrapWords('one two', Infinity), ['one two'])
  assert.deepEqual(wrapWords('', 8), [''])
})
