/** Lists of the Admin API: one page of entries, the addresses of those around it, and how many there are. */
import { apiPath } from '../../oauth/api-scopes.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import { answer, flag, list, nullable, optional, type Schema, text, whole } from './schema.ts'

const maxPageSize = 100
const usualPageSize = 20

/** Parameters of every list. */
export const pageQuery = {
  page_size: optional(
    whole({
      minimum: 1,
      maximum: maxPageSize,
      description: `Entries of a page; ${usualPageSize} unless it is said.`,
    }),
  ),
  after: optional(text({ description: 'Cursor of the page behind, as `next` has it.' })),
  before: optional(text({ description: 'Cursor of the page in front, as `previous` has it.' })),
}

const total = answer({
  count: whole({ minimum: 0, description: 'Counted up to 10,000.' }),
  at_least: flag({ description: 'Whether there are more than that.' }),
})

export const totalSchema = total

/** Longer than any page. */
const maxEntries = 500

export function pageOf<T>(entry: Schema<T>) {
  return answer({
    items: list(entry, { maxItems: maxEntries }),
    total,
    next: nullable(
      text({ description: 'Address of the page behind; `null` on the last one.', format: 'uri' }),
    ),
    previous: nullable(
      text({ description: 'Address of the page in front; `null` on the first one.', format: 'uri' }),
    ),
  })
}

export function windowOf(query: {
  page_size?: number | undefined
  after?: string | undefined
  before?: string | undefined
}): ListWindow {
  return { limit: query.page_size ?? usualPageSize, after: query.after, before: query.before }
}

export function encodeTotal({ count, atLeast }: ListTotal): { count: number; at_least: boolean } {
  return { count, at_least: atLeast }
}

/** @param path of the list, below the API. */
export function encodePage<Entry, T>(
  { issuer, path, search }: { issuer: string; path: string; search: URLSearchParams },
  page: ListPage<Entry>,
  count: ListTotal,
  encode: (entry: Entry) => T,
) {
  const address = (way: 'after' | 'before', cursor: string | null): string | null => {
    if (cursor === null) return null
    const around = new URLSearchParams(search)
    around.delete('after')
    around.delete('before')
    around.set(way, cursor)
    return `${issuer}${apiPath}${path}?${around}`
  }
  return {
    items: page.entries.map(encode),
    total: encodeTotal(count),
    next: address('after', page.next),
    previous: address('before', page.previous),
  }
}
