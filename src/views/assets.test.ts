import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { type AssetName, asset, staticAssets } from './assets.ts'

const names: readonly AssetName[] = [
  'app.css',
  'administration.css',
  'guides.css',
  'app.js',
  'passkeys.js',
  'favicon.svg',
]

it('gives every file an address that changes with its content', () => {
  for (const name of names) {
    const file = staticAssets.get(asset(name))
    assert.ok(file, name)
    const digest = createHash('sha256').update(file.body).digest('hex')
    const [stem, extension] = name.split('.')
    assert.equal(asset(name), `/static/${stem}.${digest.slice(0, 12)}.${extension}`)
  }
  assert.equal(staticAssets.size, names.length)
})

it('names a content type for every file', () => {
  for (const { contentType } of staticAssets.values()) {
    assert.match(contentType, /^(text\/css|text\/javascript|image\/svg\+xml); charset=utf-8$/)
  }
})

it('keeps the stylesheet of all pages under 20 KB, and stylesheets free of other addresses', () => {
  const { body } = staticAssets.get(asset('app.css'))!
  assert.ok(body.length < 20 * 1024, `${body.length} bytes`)
  for (const name of ['app.css', 'administration.css', 'guides.css'] as const) {
    assert.doesNotMatch(staticAssets.get(asset(name))!.body.toString('utf8'), /url\(|@import|https?:/, name)
  }
})
