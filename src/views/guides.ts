/**
 * The guides for developers: Markdown in `guides/<language>/<slug>.md`, read and parsed when somebody first asks for
 * one and kept from then on, as a template that takes the reader's own values. The library that parses it is loaded
 * then, too: a start has nothing to do with guides.
 */
import { readFile } from 'node:fs/promises'
import type { LanguageTag } from '../shared/language-tags.ts'
import type { Markup, Template } from './markup.ts'

/** In the order in which they are read. */
export const guideSlugs = [
  'getting-started',
  'auth-code-flow',
  'device-flow',
  'client-credentials',
  'oidc',
  'jwt-verification',
  'tokens',
  'errors',
  'mcp',
  'security',
] as const
export type GuideSlug = (typeof guideSlugs)[number]

export function isGuideSlug(text: string): text is GuideSlug {
  return (guideSlugs as readonly string[]).includes(text)
}

/** What a guide may name in double braces, such as `{{token_endpoint}}`. */
export const guideValueNames = [
  'issuer',
  'discovery_document',
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
  'verification_uri',
  'pushed_authorization_request_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
  'jwks_uri',
  'token_info_endpoint',
  'access_token_algorithm',
  /** Of access tokens that are bound to no resource. */
  'audience',
  'client_id',
  'redirect_uri',
  /** The same as a part of a query. */
  'redirect_uri_encoded',
  /** What links from guide to guide carry along: the chosen app. */
  'query',
  /** Words of the copy button. */
  'copy',
  'copied',
] as const
export type GuideValueName = (typeof guideValueNames)[number]
export type GuideValues = Readonly<Record<GuideValueName, string>>

/** What stands alone in a line, in double braces, and is drawn by a component. */
export const guideBlocks = ['endpoints', 'errors'] as const
export type GuideBlock = (typeof guideBlocks)[number]

export interface GuideHeading {
  /** The anchor. */
  id: string
  title: string
}

export interface Guide {
  parts: readonly (GuideBlock | Template<GuideValueName>)[]
  /** Those of the second level, which the table of contents has. */
  headings: readonly GuideHeading[]
}

/** A guide filled in, as its page draws it. */
export type FilledPart = GuideBlock | { markup: Markup }

const loaded = new Map<string, Promise<Guide>>()

/** The guide as it is written; parsed once. */
export function loadGuide(language: LanguageTag, slug: GuideSlug): Promise<Guide> {
  const name = `${language}/${slug}`
  let guide = loaded.get(name)
  if (guide === undefined) {
    guide = read(name)
    loaded.set(name, guide)
    // A file that could not be read once may be there the next time.
    guide.catch(() => loaded.delete(name))
  }
  return guide
}

async function read(name: string): Promise<Guide> {
  const [text, { parseGuide }] = await Promise.all([
    readFile(new URL(`./guides/${name}.md`, import.meta.url), 'utf8'),
    import('./guide-markdown.ts'),
  ])
  return parseGuide(text)
}

export function fillGuide(guide: Guide, values: GuideValues): FilledPart[] {
  return guide.parts.map((part) => (typeof part === 'string' ? part : { markup: part.fill(values) }))
}
