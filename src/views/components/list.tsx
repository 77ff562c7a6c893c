/** What stands around a long list: its filters, how much there is, and the way to its neighboring pages. */
import type { ListTotal } from '../../shared/listing.ts'
import { localHref, type Site } from '../props.ts'
import { useText } from '../reader.tsx'
import { Button } from './button.tsx'

export interface ListPaging {
  total: ListTotal
  /** `null` at the ends of the list. */
  previousHref: string | null
  nextHref: string | null
}

/** How many there are, and links to the neighboring pages. @param what names the list for screen readers. */
export function ListFooter({ paging, what }: { paging: ListPaging; what: string }) {
  const { list: text } = useText()
  const { total, previousHref, nextHref } = paging
  return (
    <nav class="paging" aria-label={text.pagesOf(what)}>
      {previousHref !== null && (
        <a class="button button-secondary" href={previousHref} rel="prev">
          {text.previous}
        </a>
      )}
      <span class="muted">{total.atLeast ? text.totalAtLeast(total.count) : text.total(total.count)}</span>
      {nextHref !== null && (
        <a class="button button-secondary" href={nextHref} rel="next">
          {text.next}
        </a>
      )}
    </nav>
  )
}

export type ListFilter =
  | {
      kind: 'search'
      name: string
      label: string
      value: string
      /** What is looked at, and how: "Starts with, or the whole id". */
      help?: string
    }
  | {
      kind: 'choice'
      name: string
      label: string
      value: string
      /** Without the one that leaves all in. */
      options: readonly { value: string; label: string }[]
    }
  | { kind: 'time'; name: string; label: string; value: string }

export interface ListFiltersProps {
  site: Site
  /** Path of the list, without the base path. */
  path: string
  filters: readonly ListFilter[]
  /** What the address says besides, and goes on saying: which of several lists it is. */
  kept?: Readonly<Record<string, string>>
}

/** How many filters a list shows at once; further ones are behind a button, so that phones show the list as well. */
const atOnce = 4

/** A form that asks with GET, so that filters are in the address and can be kept and shared. */
export function ListFilters({ site, path, filters, kept = {} }: ListFiltersProps) {
  const { list: text } = useText()
  const active = filters.some(({ value }) => value !== '')
  const first = filters.length > atOnce ? filters.slice(0, atOnce) : filters
  const others = filters.slice(first.length)
  const bare = Object.keys(kept).length === 0 ? path : `${path}?${new URLSearchParams(kept)}`
  return (
    <search>
      <form method="get" action={localHref(site, path)} class="filters">
        {Object.entries(kept).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Filters filters={first} />
        {others.length > 0 && (
          <details class="more-filters" open={others.some(({ value }) => value !== '')}>
            <summary class="button button-quiet">{text.moreFilters}</summary>
            <div class="filters">
              <Filters filters={others} />
            </div>
          </details>
        )}
        <div class="filter-actions">
          <Button kind="secondary">{text.apply}</Button>
          {active && (
            <a class="button button-quiet" href={localHref(site, bare)}>
              {text.reset}
            </a>
          )}
        </div>
      </form>
    </search>
  )
}

function Filters({ filters }: Pick<ListFiltersProps, 'filters'>) {
  return (
    <>
      {filters.map((filter) => (
        <div class="filter" key={filter.name}>
          <label for={`filter-${filter.name}`}>{filter.label}</label>
          <FilterInput {...filter} />
          {filter.kind === 'search' && filter.help !== undefined && (
            <p class="field-help" id={`filter-${filter.name}-help`}>
              {filter.help}
            </p>
          )}
        </div>
      ))}
    </>
  )
}

function FilterInput(filter: ListFilter) {
  const { list: text } = useText()
  const { name, value } = filter
  const id = `filter-${name}`
  if (filter.kind === 'choice') {
    return (
      <select id={id} name={name}>
        <option value="">{text.any}</option>
        {filter.options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    )
  }
  if (filter.kind === 'time') return <input id={id} name={name} value={value} type="datetime-local" />
  const describedBy = filter.help === undefined ? undefined : `${id}-help`
  return (
    <input
      id={id}
      name={name}
      value={value}
      type="search"
      maxlength={255}
      autocapitalize="none"
      autocomplete="off"
      spellcheck={false}
      aria-describedby={describedBy}
    />
  )
}
