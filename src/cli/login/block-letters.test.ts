import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeGroups, largeCode } from './block-letters.ts'

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

test('every letter and digit is seven columns by five rows, and none looks like another', () => {
  const seen = new Map<string, string>()
  for (const character of characters) {
    const lines = largeCode(character, 'row', '#')
    assert.ok(lines, character)
    assert.deepEqual(
      lines.map((line) => line.length),
      [7, 7, 7, 7, 7],
      character,
    )
    const picture = lines.join('\n')
    assert.equal(seen.get(picture), undefined, `${character} looks like ${seen.get(picture)}`)
    seen.set(picture, character)
  }
})

test('two groups of four fit 80 columns side by side and 31 columns one under the other', () => {
  const row = largeCode('WDJB-MJHT', 'row', '█')
  assert.equal(row?.length, 5)
  assert.equal(row?.[0]?.length, 31 + 8 + 31)
  const column = largeCode('WDJB-MJHT', 'column', '█')
  assert.equal(column?.length, 11)
  assert.ok(column?.every((line) => line.length === 31))
})

test('the dash is drawn only when the server sent one', () => {
  assert.match(largeCode('AAAA-BBBB', 'row', '#')?.[2] ?? '', / {2}#### {2}/)
  assert.doesNotMatch(largeCode('LLLLLLLL', 'row', '#')?.[2] ?? '', /####/)
})

test('a code with a character that has no large form is left to plain type', () => {
  for (const code of ['wdjb-mjht', 'ÄBCD-EFGH', 'AB_D-EFGH'])
    assert.equal(largeCode(code, 'row', '#'), undefined)
})

test('groups follow the dashes; eight unbroken characters are read as four and four', () => {
  assert.deepEqual(codeGroups('WDJB-MJHT'), { groups: ['WDJB', 'MJHT'], dashed: true })
  assert.deepEqual(codeGroups('123-456-789'), { groups: ['123', '456', '789'], dashed: true })
  assert.deepEqual(codeGroups('WDJBMJHT'), { groups: ['WDJB', 'MJHT'], dashed: false })
  assert.deepEqual(codeGroups('E3BXYZABC'), { groups: ['E3BXYZABC'], dashed: false })
})
