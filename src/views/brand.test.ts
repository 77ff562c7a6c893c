import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { ConfigError, loadConfig } from '../config/load.ts'
import { type Color, contrast } from '../shared/color.ts'
import { accentStylesheet, createBrand } from './brand.ts'

const nothing = {
  accent: undefined,
  logo: undefined,
  privacyUrl: undefined,
  termsUrl: undefined,
  signInText: undefined,
}

it('has no files until the operator brings some', () => {
  const { site, assets } = createBrand(nothing)
  assert.deepEqual([site.stylesheet, site.logo, assets.size], [null, null, 0])
})

it('gives each file a name that changes with its content', () => {
  const accent = { light: '#4338ca', dark: '#a5b4fc' } as const
  const { site, assets } = createBrand({
    ...nothing,
    accent,
    logo: { body: Buffer.from('<svg/>'), kind: 'svg' },
  })
  assert.match(site.stylesheet!, /^\/static\/brand\.[0-9a-f]{12}\.css$/)
  assert.match(site.logo!, /^\/static\/logo\.[0-9a-f]{12}\.svg$/)
  assert.deepEqual([...assets.keys()], [site.stylesheet, site.logo])
  const other = createBrand({ ...nothing, accent: { ...accent, dark: '#ffffff' } })
  assert.notEqual(other.site.stylesheet, site.stylesheet)
})

it('can be read in whatever accent was accepted', () => {
  const color = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, '0')}`)
  let accepted = 0
  fc.assert(
    fc.property(color, (text) => {
      let accent: { light: Color; dark: Color } | undefined
      try {
        accent = loadConfig({ BRAND_ACCENT_COLOR: text }).config.brand.accent
      } catch (error) {
        assert.ok(error instanceof ConfigError)
        return
      }
      accepted++
      const colors = Object.fromEntries(
        [...accentStylesheet(accent!).matchAll(/--([\w-]+):light-dark\((#\w{6}),(#\w{6})\)/g)].map(
          ([, name, day, night]) => [name!, [day as Color, night as Color] as const],
        ),
      )
      for (const index of [0, 1] as const) {
        const of = (name: string): Color => colors[name]![index]
        const grounds: readonly Color[] =
          index === 0 ? ['#ffffff', '#f4f6f6', '#f3f6f6'] : ['#0e1313', '#161d1d', '#1d2626']
        for (const ground of [...grounds, of('accent-soft')]) {
          assert.ok(contrast(of('accent'), ground) >= 4.5, `${text} on ${ground}`)
          assert.ok(contrast(of('accent-strong'), ground) >= 4.5, `strong of ${text} on ${ground}`)
        }
        assert.ok(contrast(of('on-accent'), of('accent')) >= 4.5, `on ${text}`)
        assert.ok(contrast(of('on-accent'), of('accent-strong')) >= 4.5, `on strong ${text}`)
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(accepted > 30, `only ${accepted} accents were accepted`)
})
