/**
 * Pages of long lists. A page is found by the entry it stands beside, not by its number, so that the last one costs
 * what the first one does; totals are counted up to a limit only.
 */

/** Which page of a list: the first one unless it stands after or before an entry. */
export interface ListWindow {
  limit: number
  /** Cursor of a page seen before, from {@link ListPage}. One that makes no sense leads to the first page. */
  after?: string | undefined
  before?: string | undefined
}

export interface ListPage<Entry> {
  entries: readonly Entry[]
  /** Cursor for `before`; `null` on the first page. */
  previous: string | null
  /** Cursor for `after`; `null` on the last page. */
  next: string | null
}

/** How many entries a list has; counting stops at {@link countLimit}. */
export interface ListTotal {
  count: number
  /** Whether there are more. */
  atLeast: boolean
}

export const countLimit = 10_000

/** @param found counted up to one beyond {@link countLimit}. */
export function listTotal(found: number): ListTotal {
  return { count: Math.min(found, countLimit), atLeast: found > countLimit }
}
