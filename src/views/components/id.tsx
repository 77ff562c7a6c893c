import { Icon } from './icons.tsx'

const longestWhole = 16

export interface IdProps {
  value: string
  /** What the id is of, for people who hear the copy button without seeing its place. */
  what: string
  /** Shows all of it: for an id that people may have to read out or copy by hand. */
  whole?: boolean
}

/**
 * An identifier, shortened in the middle when long, whole on hover and in the clipboard. The copy button appears
 * only where the page script runs, since it cannot work without.
 */
export function Id({ value, what, whole = false }: IdProps) {
  const shown = !whole && value.length > longestWhole ? `${value.slice(0, 8)}…${value.slice(-4)}` : value
  return (
    <span class="id">
      <code title={value}>
        <bdi>{shown}</bdi>
      </code>
      <button type="button" class="copy" data-copy={value} hidden>
        <Icon name="copy" />
        <span data-copy-label>Copy</span>
        <span class="visually-hidden"> {what}</span>
      </button>
    </span>
  )
}
