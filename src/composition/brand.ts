/** The operator's logo, read and checked once at the start, and what pages are told of their looks. */
import { readFileSync } from 'node:fs'
import type { BrandConfig } from '../config/brand.ts'
import { ConfigError } from '../config/load.ts'
import { type Brand, createBrand } from '../views/brand.ts'

const maxBytes = 128 * 1024
const maxPixels = 1024
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** What makes an image more than an image: programs, other addresses, entities, foreign markup. */
const activeSvg =
  /<!(?:doctype|entity)|<(?:script|foreignobject|iframe|animate|set|handler)\b|\son[a-z]+\s*=|(?:href|src)\s*=\s*["']?\s*(?!#|["']?data:image\/(?:png|jpeg))[^"'\s>]|url\(\s*["']?\s*(?!#)|@import|javascript:/i

/** @throws {ConfigError} naming what is wrong with the logo. */
export function readBrandFiles(brand: BrandConfig): Brand {
  return createBrand({
    ...brand,
    logo: brand.logoFile === undefined ? undefined : readLogo(brand.logoFile),
  })
}

function readLogo(path: string): { body: Buffer; kind: 'svg' | 'png' } {
  const refuse = (what: string): never => {
    throw new ConfigError([`BRAND_LOGO_FILE ${what}: ${path}`])
  }
  let body: Buffer
  try {
    body = readFileSync(path)
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  if (body.length > maxBytes) return refuse(`has more than ${maxBytes / 1024} KB`)
  if (body.subarray(0, 8).equals(pngSignature) && body.length >= 24) {
    // PNG §11.2.1: IHDR comes first, with width and height.
    const [width, height] = [body.readUInt32BE(16), body.readUInt32BE(20)]
    if (width === 0 || height === 0 || width > maxPixels || height > maxPixels) {
      return refuse(`has ${width} × ${height} pixels; at most ${maxPixels} × ${maxPixels} are shown`)
    }
    return { body, kind: 'png' }
  }
  const text = body.toString('utf8')
  if (!/^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg\b/s.test(text))
    return refuse('is neither SVG nor PNG')
  if (activeSvg.test(text)) return refuse('must hold nothing but an image: no script, no address, no entity')
  return { body, kind: 'svg' }
}
