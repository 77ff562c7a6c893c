/** What the pages of the guides show, and what their files hold. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Compiled, this file is three folders below the root of the repository. */
const folder = fileURLToPath(new URL('../../../src/views/guides/', import.meta.url))

export interface Snippet {
  /** First word behind the fence. */
  language: string
  /** Second word; empty when there is none. */
  name: string
  code: string
}

/** The code that a page shows, as a browser would copy it. */
export function shownSnippets(html: string): Snippet[] {
  const pattern =
    /<div class="snippet" data-language="([^"]*)"(?: data-snippet="([^"]*)")?>.*?<pre tabindex="0"><code>(.*?)<\/code>/gs
  return [...html.matchAll(pattern)].map(([, language = '', name = '', code = '']) => ({
    language,
    name,
    code: unescaped(code),
  }))
}

/** The code of a guide as its file has it, with the names of values in their places. */
export function writtenSnippets(language: string, slug: string): Snippet[] {
  const text = readFileSync(join(folder, language, `${slug}.md`), 'utf8')
  return [...text.matchAll(/^```(\S*) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language = '', name = '', code = '']) => ({
      language,
      name,
      code,
    }),
  )
}

/** The languages and the guides there are files for. */
export function guideFiles(): string[] {
  return globSync('*/*.md', { cwd: folder }).sort()
}

export function unescaped(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
