import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ConfigError, loadConfig } from '../config/load.ts'
import { readBrandFiles } from './brand.ts'

const folder = mkdtempSync(join(tmpdir(), 'authgate-brand-'))
after(() => rmSync(folder, { recursive: true }))

function read(content: string | Buffer) {
  const path = join(folder, 'logo')
  writeFileSync(path, content)
  return readBrandFiles(loadConfig({ BRAND_LOGO_FILE: path }).config.brand)
}

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(24)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(header)
  header.write('IHDR', 12)
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header
}

const svg = (inside: string) =>
  `<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">${inside}</svg>`

describe('the logo', () => {
  it('is an SVG or a PNG', () => {
    const image = svg('<style>.a{fill:url(#g)}</style><use href="#a"/><path d="M0 0h8v8z"/>')
    const { site, assets } = read(image)
    assert.match(site.logo!, /\.svg$/)
    assert.equal(assets.get(site.logo!)?.body.toString(), image)
    const other = read(png(64, 32))
    assert.equal(other.assets.get(other.site.logo!)?.contentType, 'image/png')
  })

  it('is nothing but an image', () => {
    for (const inside of [
      '<script>alert(1)</script>',
      '<SCRIPT/>',
      '<path onload="x"/>',
      '<foreignObject/>',
      '<image href="https://elsewhere.example/x.png"/>',
      '<image xlink:href=//elsewhere.example/x.png />',
      '<a href="javascript:alert(1)"/>',
      '<style>@import "x"</style>',
      '<style>a{fill:url(https://elsewhere.example)}</style>',
      '<image href="data:image/svg+xml,x"/>',
    ]) {
      assert.throws(() => read(svg(inside)), /BRAND_LOGO_FILE must hold nothing but an image/, inside)
    }
    assert.throws(() => read(`<!DOCTYPE svg [<!ENTITY x "y">]>${svg('')}`), ConfigError)
  })

  it('has its bounds, and a message for everything else', () => {
    assert.throws(() => read(png(1025, 8)), /has 1025 × 8 pixels; at most 1024 × 1024/)
    assert.throws(() => read(png(0, 8)), /pixels/)
    assert.throws(() => read(svg(`<!--${'x'.repeat(128 * 1024)}-->`)), /has more than 128 KB/)
    assert.throws(() => read('GIF89a'), /is neither SVG nor PNG/)
    assert.throws(() => read(''), /is neither SVG nor PNG/)
    const missing = loadConfig({ BRAND_LOGO_FILE: join(folder, 'missing') }).config.brand
    assert.throws(() => readBrandFiles(missing), /BRAND_LOGO_FILE cannot be read \(ENOENT\): /)
  })
})
