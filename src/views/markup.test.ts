import assert from 'node:assert/strict'
import { it } from 'node:test'
import { escapeMarkup, markupTemplate } from './markup.ts'

it('puts values in their places, in text and in attributes, and none of them gets out', () => {
  const template = markupTemplate('<a href="x{{query}}">{{name}}</a> {{name}}', ['query', 'name'])
  assert.equal(template.fill({ query: '?a=b', name: 'A & B' }), '<a href="x?a=b">A &amp; B</a> A &amp; B')
  const hostile = '"\'><script>&amp;</script>'
  const escaped = '&quot;&#39;&gt;&lt;script&gt;&amp;amp;&lt;/script&gt;'
  assert.equal(template.fill({ query: hostile, name: '' }), `<a href="x${escaped}"></a> `)
})

it('does not fill in what a value names', () => {
  const template = markupTemplate('{{one}}{{two}}', ['one', 'two'])
  assert.equal(template.fill({ one: '{{two}}', two: 'secret' }), '{{two}}secret')
})

it('knows no other names', () => {
  assert.throws(() => markupTemplate('{{three}}', ['one']), /three/)
  assert.throws(() => markupTemplate('{{constructor}}', ['one']), /constructor/)
})

it('escapes nothing twice and forgets nothing', () => {
  assert.equal(escapeMarkup('<>"\'&'), '&lt;&gt;&quot;&#39;&amp;')
})
