/** What operators make of the pages: their name, colors and links, checked before anybody sees them. */
import { type Color, contrast, mixColors, parseColor } from '../shared/color.ts'
import type { SettingValues } from './schema.ts'

/** One accent, for light pages and dark ones. */
export interface Accent {
  readonly light: Color
  readonly dark: Color
}

export interface BrandConfig {
  readonly name: string
  readonly logoFile: string | undefined
  /** `undefined`: that of the product. */
  readonly accent: Accent | undefined
  readonly helpUrl: string | undefined
  readonly privacyUrl: string | undefined
  readonly termsUrl: string | undefined
  readonly signInText: string | undefined
}

/** WCAG 2.2 §1.4.3, for text of ordinary size. */
export const readableContrast = 4.5
/** The grounds of the stylesheet on which the accent has the least contrast. */
const lightGround: Color = '#f3f6f6'
const darkGround: Color = '#1d2626'
/** Above what text needs, since a pale accent by night is calmer than a glaring one. */
const derivedContrast = 7

const maxNameLength = 60
const maxSignInTextLength = 500
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this expression looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/

export function readBrand(
  values: SettingValues['brand'],
  problem: (name: string, what: string, example?: string) => void,
): BrandConfig {
  const { name, signInText, logoFile } = values
  if (name.trim() === '' || name.length > maxNameLength || controlCharacter.test(name)) {
    problem('BRAND_NAME', `must be a line of at most ${maxNameLength} characters`, 'Example Identity')
  }
  if (
    signInText !== undefined &&
    (signInText.length > maxSignInTextLength || controlCharacter.test(signInText))
  ) {
    problem('SIGN_IN_TEXT', `must be a line of at most ${maxSignInTextLength} characters`)
  }
  const link = (
    setting: string,
    text: string | undefined,
    schemes: readonly string[],
  ): string | undefined => {
    if (text === undefined) return undefined
    if (URL.canParse(text) && schemes.includes(new URL(text).protocol)) return text
    problem(setting, `must be an address with ${schemes.join(' or ')}`, 'https://example.com/help')
    return undefined
  }
  return {
    name,
    logoFile,
    accent: readAccent(values, problem),
    helpUrl: link('HELP_URL', values.helpUrl, ['https:', 'http:', 'mailto:']),
    privacyUrl: link('PRIVACY_URL', values.privacyUrl, ['https:', 'http:']),
    termsUrl: link('TERMS_URL', values.termsUrl, ['https:', 'http:']),
    signInText,
  }
}

function readAccent(
  { accentColor, accentColorDark }: SettingValues['brand'],
  problem: (name: string, what: string, example?: string) => void,
): Accent | undefined {
  const read = (setting: string, text: string, ground: Color, wish: string, example: string) => {
    const color = parseColor(text)
    if (color === undefined) {
      problem(setting, 'must be # and six hexadecimal digits', example)
      return undefined
    }
    const ratio = contrast(color, ground)
    if (ratio >= readableContrast) return color
    problem(
      setting,
      `has a contrast of ${ratio.toFixed(1)}:1 to the ground of the pages, and text needs ${readableContrast}:1 (WCAG 2.2 §1.4.3): choose a ${wish} color`,
      example,
    )
    return undefined
  }
  if (accentColor === undefined) {
    if (accentColorDark !== undefined) problem('BRAND_ACCENT_COLOR_DARK', 'needs BRAND_ACCENT_COLOR too')
    return undefined
  }
  const light = read('BRAND_ACCENT_COLOR', accentColor, lightGround, 'darker', '#0e5c63')
  const dark =
    accentColorDark === undefined
      ? light && lightened(light)
      : read('BRAND_ACCENT_COLOR_DARK', accentColorDark, darkGround, 'lighter', '#71cbc9')
  return light === undefined || dark === undefined ? undefined : { light, dark }
}

/** The same hue for dark pages. */
function lightened(color: Color): Color {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixColors(color, '#ffffff', share)
    if (contrast(candidate, darkGround) >= derivedContrast) return candidate
  }
  return '#ffffff'
}
