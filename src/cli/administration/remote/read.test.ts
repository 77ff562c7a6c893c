import assert from 'node:assert/strict'
import { test } from 'node:test'
import { membersOf, NotUnderstood } from './read.ts'

test('members are read in their types, and what is wrong is named by its place', () => {
  const answer = membersOf({
    name: 'a',
    none: null,
    at: '2026-01-01T00:00:00Z',
    never: 'soon',
    words: ['a', 'b'],
    mixed: ['a', 1],
    list: [{ flag: true }, { flag: 1 }],
    inner: { number: 1.5 },
  })
  assert.equal(answer.text('name'), 'a')
  assert.deepEqual([answer.textOrNone('none'), answer.textOrNone('absent')], [undefined, undefined])
  assert.equal(answer.instant('at'), Date.UTC(2026, 0, 1))
  assert.deepEqual(answer.texts('words'), ['a', 'b'])
  assert.equal(answer.object('inner').number('number'), 1.5)
  const wrong: [() => unknown, string][] = [
    [() => answer.text('none'), 'none is no text'],
    [() => answer.text('toString'), 'toString is no text'],
    [() => answer.instant('never'), 'never is no time'],
    [() => answer.texts('mixed'), 'mixed is no list of texts'],
    [() => answer.objects('list').map((each) => each.flag('flag')), 'list[1].flag is no boolean'],
    [() => answer.object('inner').text('number'), 'inner.number is no text'],
    [() => answer.objects('words'), 'words[0] is no object'],
    [() => membersOf([]), 'the answer is no object'],
  ]
  for (const [read, message] of wrong) assert.throws(read, new NotUnderstood(message))
})
