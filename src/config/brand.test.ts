import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError, loadConfig } from './load.ts'

const brandOf = (environment: Record<string, string>) => loadConfig(environment).config.brand

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the brand of the pages', () => {
  it('is that of the product until something is said', () => {
    assert.deepEqual(brandOf({}), {
      name: 'AuthGate',
      logoFile: undefined,
      accent: undefined,
      helpUrl: undefined,
      privacyUrl: undefined,
      termsUrl: undefined,
      signInText: undefined,
    })
  })

  it('has an accent for light pages and one for dark ones, made of it or chosen', () => {
    assert.deepEqual(brandOf({ BRAND_ACCENT_COLOR: '#4338CA' }).accent, { light: '#4338ca', dark: '#b4afea' })
    assert.deepEqual(brandOf({ BRAND_ACCENT_COLOR: '#4338ca', BRAND_ACCENT_COLOR_DARK: '#a5b4fc' }).accent, {
      light: '#4338ca',
      dark: '#a5b4fc',
    })
  })

  it('is refused with its contrast where nobody could read it', () => {
    assert.deepEqual(problemsOf({ BRAND_ACCENT_COLOR: '#f59e0b' }), [
      'BRAND_ACCENT_COLOR has a contrast of 2.0:1 to the ground of the pages, and text needs 4.5:1 (WCAG 2.2 §1.4.3): choose a darker color; for example BRAND_ACCENT_COLOR=#0e5c63',
    ])
    assert.match(
      problemsOf({ BRAND_ACCENT_COLOR: '#4338ca', BRAND_ACCENT_COLOR_DARK: '#4338ca' })[0]!,
      /^BRAND_ACCENT_COLOR_DARK has a contrast of 2\.\d:1 .* choose a lighter color/,
    )
    assert.match(problemsOf({ BRAND_ACCENT_COLOR: 'teal' })[0]!, /must be # and six hexadecimal digits/)
    assert.match(problemsOf({ BRAND_ACCENT_COLOR_DARK: '#a5b4fc' })[0]!, /needs BRAND_ACCENT_COLOR too/)
  })

  it('takes links people can follow, and lines of text', () => {
    const links = {
      HELP_URL: 'mailto:help@example.com',
      PRIVACY_URL: 'https://example.com/privacy',
      TERMS_URL: 'https://example.com/terms',
      BRAND_NAME: '範例身分',
      SIGN_IN_TEXT: 'Use the account of your workplace.',
    }
    const brand = brandOf(links)
    assert.deepEqual(
      [brand.helpUrl, brand.privacyUrl, brand.termsUrl, brand.name, brand.signInText],
      Object.values(links),
    )
    for (const [setting, value] of [
      ['HELP_URL', 'javascript:alert(1)'],
      ['PRIVACY_URL', 'mailto:help@example.com'],
      ['TERMS_URL', 'terms'],
      ['BRAND_NAME', 'x'.repeat(61)],
      ['BRAND_NAME', 'evil\u202Ename'],
      ['SIGN_IN_TEXT', 'two\nlines'],
    ] as const) {
      assert.match(problemsOf({ [setting]: value })[0] ?? '', new RegExp(`^${setting} must be`), value)
    }
  })
})
