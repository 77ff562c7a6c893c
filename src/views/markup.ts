/**
 * Markup that is already markup. It is made here alone, from text of ours with values of anybody's in it, which are
 * escaped; `components/prose.tsx` is the one place that puts it into a page.
 */

/** HTML that may stand in a page as it is. */
export type Markup = string & { readonly __markup: unique symbol }

export interface Template<Name extends string> {
  /** The markup with every value in its place. */
  fill(values: Readonly<Record<Name, string>>): Markup
}

/**
 * @param html markup of ours, with names in double braces where values go: in text and in quoted attributes.
 * @throws {Error} when it names something else than `names`.
 */
export function markupTemplate<Name extends string>(html: string, names: readonly Name[]): Template<Name> {
  // Text and name by turns.
  const pieces = html.split(/\{\{(\w+)\}\}/)
  for (let index = 1; index < pieces.length; index += 2) {
    const name = pieces[index]!
    if (!names.includes(name as Name)) throw new Error(`there is no value named ${name}`)
  }
  return {
    fill(values) {
      let filled = ''
      for (let index = 0; index < pieces.length; index++) {
        filled += index % 2 === 0 ? pieces[index]! : escapeMarkup(values[pieces[index] as Name])
      }
      return filled as Markup
    },
  }
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it is written between tags and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character]!)
}
