/**
 * From a page to the bytes of an HTML document. Markup is escaped by the renderer; nothing here or in any page
 * inserts raw markup.
 */
import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { type Reader, ReaderContext } from './reader.tsx'

/**
 * Characters no page of ours contains, and which shown input could use to deceive: control characters, and the
 * Unicode controls that reorder or hide neighboring text (UAX #9 embeddings, overrides and isolates). Tab and
 * line breaks stay. Joiners stay too: names in several scripts, and emoji, need them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this expression is for
const deceptive = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g

/**
 * Renders one whole document, doctype included. Deceptive characters come out as U+FFFD, wherever they stood, so
 * that no page has to remember it.
 */
export function renderPage(page: ComponentChild, reader: Reader): string {
  const document = h(ReaderContext.Provider, { value: reader, children: page })
  return `<!doctype html>${renderToString(document).replace(deceptive, '\uFFFD')}`
}
