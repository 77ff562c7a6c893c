/**
 * Long lists in SQL: one statement for each set of filters that is asked for, made once, always in one fixed order,
 * newest first, and found by keys instead of by number.
 */
import {
  countLimit,
  type ListPage,
  type ListTotal,
  type ListWindow,
  listTotal,
} from '../../shared/listing.ts'
import { type Executor, type SqlValue, type Statement, statement } from './statement.ts'

export interface ListingDefinition<Filter extends string> {
  /** Names the statements; unique. */
  name: string
  columns: readonly string[]
  /** A table, or several with their joins. */
  from: string
  /**
   * Columns that order the list and together are unique, each descending: an id, and before it whole numbers if any. An index has them in this order behind the
   * columns that the filters hold fixed.
   */
  order: readonly string[]
  /** What each filter asks, with its value as the parameter of its own name: `status: 'status = :status'`. */
  filters: Readonly<Record<Filter, string>>
}

/** Filters without a value are not asked. */
export type FilterValues<Filter extends string> = Readonly<Partial<Record<Filter, SqlValue>>>

export interface Listing<Row extends object, Filter extends string> {
  page(sql: Executor, filters: FilterValues<Filter>, window: ListWindow): Promise<ListPage<Row>>
  count(sql: Executor, filters: FilterValues<Filter>): Promise<ListTotal>
}

type Params = Record<string, SqlValue>

/** @typeParam Row its columns, those of the order among them under their bare names. */
export function createListing<Row extends object, Filter extends string>(
  definition: ListingDefinition<Filter>,
): Listing<Row, Filter> {
  const { name, columns, from, order, filters } = definition
  const names = (Object.keys(filters) as Filter[]).sort()
  const made = new Map<string, Statement<Params, never>>()

  const prepared = <R extends object>(key: string, sql: () => string): Statement<Params, R> => {
    const known = made.get(key)
    if (known !== undefined) return known
    const fresh = statement<Params, never>(key, sql())
    made.set(key, fresh)
    return fresh
  }

  /** The filters that have a value, as bits in the statement's name: prepared names are short. */
  const asked = (values: FilterValues<Filter>) => {
    const present = names.filter((filter) => values[filter] !== undefined)
    const bits = present.reduce((sum, filter) => sum + 2 ** names.indexOf(filter), 0)
    const params: Params = Object.fromEntries(present.map((filter) => [filter, values[filter]]))
    return { bits, params, conditions: present.map((filter) => `(${filters[filter]})`) }
  }

  const where = (conditions: readonly string[]): string =>
    conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`

  return {
    async page(sql, values, { limit, after, before }) {
      const { bits, params, conditions } = asked(values)
      const start = readCursor(after ?? before, order.length)
      const backwards = start !== undefined && after === undefined
      const way = start === undefined ? 'first' : backwards ? 'before' : 'after'
      const page = prepared<Row>(`${name}.page_${way}_${bits}`, () => {
        const keys = order.map((_, index) => `:start_${'abc'[index]}`).join(', ')
        const bound = `(${order.join(', ')}) ${backwards ? '>' : '<'} (${keys})`
        const sorted = order.map((column) => `${column} ${backwards ? 'asc' : 'desc'}`).join(', ')
        const all = start === undefined ? conditions : [...conditions, bound]
        return `select ${columns.join(', ')} from ${from}${where(all)} order by ${sorted} limit :limit`
      })
      const bounds = Object.fromEntries((start ?? []).map((value, index) => [`start_${'abc'[index]}`, value]))
      const rows = await sql.all(page, { ...params, ...bounds, limit: limit + 1 })
      return toPage(rows, limit, way, (row) => order.map((column) => columnValue(row, column)))
    },

    async count(sql, values) {
      const { bits, params, conditions } = asked(values)
      const count = prepared<{ found: number }>(
        `${name}.count_${bits}`,
        () =>
          `select count(*) as found from (select 1 from ${from}${where(conditions)} limit :limit) as counted`,
      )
      return listTotal((await sql.one(count, { ...params, limit: countLimit + 1 }))?.found ?? 0)
    },
  }
}

/**
 * A page from its rows and one more, if there is one, in the order they were found in.
 * @param way `before` when they were looked for backwards.
 * @param keyOf where a row stands in the order of the list.
 */
export function toPage<Row extends object>(
  rows: readonly Row[],
  limit: number,
  way: 'first' | 'before' | 'after',
  keyOf: (row: Row) => readonly (string | number)[],
): ListPage<Row> {
  const more = rows.length > limit
  const entries = rows.slice(0, limit)
  if (way === 'before') entries.reverse()
  const cursor = (row: Row | undefined): string | null => (row === undefined ? null : writeCursor(keyOf(row)))
  return {
    entries,
    previous: (way === 'before' ? more : way === 'after') ? cursor(entries[0]) : null,
    next: (way === 'before' ? true : more) ? cursor(entries.at(-1)) : null,
  }
}

/** The value of a column that may be named with its table. */
function columnValue(row: object, column: string): string | number {
  return (row as Record<string, string | number>)[column.slice(column.indexOf('.') + 1)]!
}

/** The same page of what its rows mean. */
export function mapPage<Row, Entry>(page: ListPage<Row>, entryOf: (row: Row) => Entry): ListPage<Entry> {
  return { ...page, entries: page.entries.map(entryOf) }
}

export function writeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** Longer than any key of ours. */
const maxCursorLength = 3000

/** @returns `undefined` for what is no cursor of `length` values: whole numbers, and an id at the end. */
export function readCursor(cursor: string | undefined, length: number): (string | number)[] | undefined {
  if (cursor === undefined || cursor.length > maxCursorLength) return undefined
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const fits =
      Array.isArray(values) &&
      values.length === length &&
      values.every((value, index) =>
        index === length - 1
          ? typeof value === 'string' && !value.includes('\0')
          : Number.isSafeInteger(value),
      )
    return fits ? values : undefined
  } catch {
    return undefined
  }
}
