import { Icon } from './icons.tsx'

const longestWhole = 16

/**
 * An identifier, shortened in the middle when long, whole on hover and in the clipboard. The copy button appears
 * only where the page script runs, since it cannot work without.
 */
export function Id({ value, what }: { value: string; what: string }) {
  const shown = value.length > longestWhole ? `${value.slice(0, 8)}…${value.slice(-4)}` : value
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
