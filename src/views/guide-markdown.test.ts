import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseGuide } from './guide-markdown.ts'
import { type GuideValues, guideValueNames } from './guides.ts'

const values = Object.fromEntries(guideValueNames.map((name) => [name, `<${name}>`])) as GuideValues

function rendered(markdown: string): string {
  return parseGuide(markdown)
    .parts.map((part) => (typeof part === 'string' ? `[${part}]` : part.fill(values)))
    .join('')
}

it('takes nothing for HTML', () => {
  for (const markdown of [
    '<script>alert(1)</script>',
    'a <b>word</b>',
    'an <img src=x onerror=alert(1)>',
    '<!-- a comment -->',
  ]) {
    assert.throws(() => parseGuide(markdown), /no HTML/, markdown)
  }
})

it('shows code as it is, with values in it', () => {
  const html = rendered('```sh ask\ncurl "{{token_endpoint}}" <a> & b\n```')
  assert.match(html, /data-language="sh" data-snippet="ask"/)
  assert.ok(html.includes('<code>curl &quot;&lt;token_endpoint&gt;&quot; &lt;a&gt; &amp; b\n</code>'), html)
  assert.ok(rendered('`{{client_id}}`').includes('<code>&lt;client_id&gt;</code>'))
})

it('gives headings anchors, in any script, and lists those of the second level', () => {
  const { headings } = parseGuide('## One `code`, two\n\n### Three\n\n## 逐步操作')
  assert.deepEqual(headings, [
    { id: 'one-code-two', title: 'One code, two' },
    { id: '逐步操作', title: '逐步操作' },
  ])
  assert.throws(() => parseGuide('## Same\n\n### Same'), /same/)
})

it('leads to other guides by their place, with the chosen app, and to nothing that runs', () => {
  assert.ok(rendered('[x](tokens.md#end-tokens)').includes('href="tokens&lt;query&gt;#end-tokens"'))
  assert.ok(rendered('[x](#here)').includes('href="#here"'))
  assert.throws(() => rendered('[x](javascript:alert(1))'), /javascript/)
})

it('leaves the place of a block to its component', () => {
  assert.equal(rendered('{{errors}}'), '[errors]')
  assert.match(rendered('a\n\n{{endpoints}}\n\nb'), /<p>a<\/p>\n\[endpoints\]<p>b<\/p>/)
})

it('knows every value it is asked for', () => {
  assert.throws(() => parseGuide('{{password}}'), /password/)
})
