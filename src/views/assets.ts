/**
 * The static files of the pages. Each is read once, when this module loads, and its address carries a digest of
 * its content, so that browsers may keep it for ever and still get every change.
 */
import { readFileSync } from 'node:fs'
import { namedByDigest } from './asset-name.ts'

const contentTypes = {
  'app.css': 'text/css; charset=utf-8',
  'administration.css': 'text/css; charset=utf-8',
  'guides.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'passkeys.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml; charset=utf-8',
} as const

export type AssetName = keyof typeof contentTypes

export interface StaticAsset {
  readonly body: Buffer
  readonly contentType: string
}

function load(name: AssetName): { url: string; body: Buffer } {
  const body = readFileSync(new URL(`./static/${name}`, import.meta.url))
  return { url: namedByDigest(name, body), body }
}

const names = Object.keys(contentTypes) as AssetName[]
const loaded = new Map(names.map((name) => [name, load(name)]))

/** Path of a static file, to be prefixed with the site's base path. */
export function asset(name: AssetName): string {
  return loaded.get(name)!.url
}

/** Every static file by its path: what the static route serves, and nothing else. */
export const staticAssets: ReadonlyMap<string, StaticAsset> = new Map(
  [...loaded].map(([name, { url, body }]) => [url, { body, contentType: contentTypes[name] }]),
)
