import type { Markup } from '../markup.ts'

/**
 * Puts markup into a page as it is: the only component that does. Preact escapes everything else, and cannot make
 * elements of the HTML that Markdown becomes. What comes in is `Markup`, which `markup.ts` alone makes: our own guides,
 * written without HTML, with every value of a reader or a client escaped.
 */
export function Prose({ markup }: { markup: Markup }) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: see above
  return <div class="prose" dangerouslySetInnerHTML={{ __html: markup }} />
}
