/** Lists as their addresses say them: filters, the page, how many rows; and the addresses of the pages around. */
import type { ListPage, ListTotal, ListWindow } from '../shared/listing.ts'
import type { ListPaging } from '../views/components/list.tsx'
import { localHref, type Site } from '../views/props.ts'
import type { HttpRequest } from './endpoint.ts'

/** Rows of one page, as people may choose them (`page_size`). */
const pageSizes = [20, 50, 100] as const
const maxFilterLength = 255

export interface ListRequest {
  window: ListWindow
  /** A filter that stands in the address; empty when it does not, is too long or holds what no value can. */
  text(name: string): string
  /** A filter that is one of a few words, else empty. */
  choice<Value extends string>(name: string, values: readonly Value[]): Value | ''
  /** Addresses of the neighboring pages, with every filter kept. */
  paging(site: Site, path: string, page: ListPage<unknown>, total: ListTotal): ListPaging
}

/** @param list names one of several lists on a page: its pages stand in the address beside those of the others. */
export function readListRequest({ query }: Pick<HttpRequest, 'query'>, list?: string): ListRequest {
  const parameters = new URLSearchParams(query)
  const size = Number(parameters.get('page_size'))
  const limit = pageSizes.find((known) => known === size) ?? pageSizes[0]
  const named = (way: 'before' | 'after'): string => (list === undefined ? way : `${list}_${way}`)
  const text = (name: string): string => {
    const value = parameters.get(name)?.trim() ?? ''
    return value.length > maxFilterLength || /\p{Cc}/u.test(value) ? '' : value
  }
  return {
    window: {
      limit,
      after: parameters.get(named('after')) ?? undefined,
      before: parameters.get(named('before')) ?? undefined,
    },
    text,
    choice(name, values) {
      const value = text(name)
      return values.find((known) => known === value) ?? ''
    },
    paging(site, path, { previous, next }, total) {
      const href = (way: 'before' | 'after', cursor: string | null): string | null => {
        if (cursor === null) return null
        const around = new URLSearchParams(parameters)
        for (const name of [named('before'), named('after'), 'notice']) around.delete(name)
        around.set(named(way), cursor)
        return localHref(site, `${path}?${around}`)
      }
      return { total, previousHref: href('before', previous), nextHref: href('after', next) }
    },
  }
}
