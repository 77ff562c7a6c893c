import assert from 'node:assert/strict'
import { it } from 'node:test'
import { contrast, mixColors, parseColor } from './color.ts'

it('reads six hexadecimal digits and nothing else', () => {
  assert.equal(parseColor('#0E5C63'), '#0e5c63')
  for (const text of ['', '0e5c63', '#0e5', '#0e5c6g', '#0e5c63ff', 'teal', '#0e5c63;}*{}']) {
    assert.equal(parseColor(text), undefined, text)
  }
})

it('mixes', () => {
  assert.equal(mixColors('#000000', '#ffffff', 0.5), '#808080')
  assert.equal(mixColors('#102030', '#ffffff', 0), '#102030')
})

it('tells how well one reads on the other (WCAG 2.2)', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  assert.equal(contrast('#ffffff', '#ffffff'), 1)
  // The grey that is known as the lightest to read on white.
  assert.ok(contrast('#767676', '#ffffff') >= 4.5)
  assert.ok(contrast('#777777', '#ffffff') < 4.5)
})
