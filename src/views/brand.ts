/**
 * The operator's own looks as static files: a stylesheet that puts their accent in the place of ours, and their logo.
 * No page carries a style of its own, so the content security policy stays as strict as it is.
 */
import { type Color, contrast, mixColors } from '../shared/color.ts'
import { namedByDigest } from './asset-name.ts'
import type { StaticAsset } from './assets.ts'
import type { SiteBrand } from './props.ts'

export interface BrandInput {
  accent: { readonly light: Color; readonly dark: Color } | undefined
  logo: { readonly body: Buffer; readonly kind: 'svg' | 'png' } | undefined
  privacyUrl: string | undefined
  termsUrl: string | undefined
  signInText: string | undefined
}

export interface Brand {
  readonly site: SiteBrand
  /** Its files by their paths. */
  readonly assets: ReadonlyMap<string, StaticAsset>
}

const logoTypes = { svg: 'image/svg+xml; charset=utf-8', png: 'image/png' } as const

const readable = 4.5
const white: Color = '#ffffff'
const black: Color = '#000000'
const darkSurface: Color = '#161d1d'

export function createBrand(input: BrandInput): Brand {
  const assets = new Map<string, StaticAsset>()
  const add = (name: string, body: Buffer, contentType: string): string => {
    const url = namedByDigest(name, body)
    assets.set(url, { body, contentType })
    return url
  }
  const { accent, logo } = input
  return {
    assets,
    site: {
      stylesheet:
        accent === undefined
          ? null
          : add('brand.css', Buffer.from(accentStylesheet(accent)), 'text/css; charset=utf-8'),
      logo: logo === undefined ? null : add(`logo.${logo.kind}`, logo.body, logoTypes[logo.kind]),
      privacyUrl: input.privacyUrl ?? null,
      termsUrl: input.termsUrl ?? null,
      signInText: input.signInText ?? null,
    },
  }
}

/** The colors of `app.css` that follow from the accent, each readable where it stands. */
export function accentStylesheet({ light, dark }: { light: Color; dark: Color }): string {
  const pairs = {
    accent: [light, dark],
    'accent-strong': [mixColors(light, black, 0.25), mixColors(dark, white, 0.25)],
    'accent-soft': [tint(white, light), tint(darkSurface, dark)],
    'on-accent': [white, mixColors(dark, black, 0.85)],
  } as const
  const lines = Object.entries(pairs).map(([name, [day, night]]) => `--${name}:light-dark(${day},${night})`)
  return `:root{${lines.join(';')}}`
}

/** As much of the accent as leaves the accent itself readable on it. */
function tint(ground: Color, accent: Color): Color {
  for (let share = 0.14; share > 0; share -= 0.01) {
    const candidate = mixColors(ground, accent, share)
    if (contrast(accent, candidate) >= readable) return candidate
  }
  return ground
}
