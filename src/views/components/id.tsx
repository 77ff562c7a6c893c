import { useText } from '../reader.tsx'
import { Icon } from './icons.tsx'

const longestWhole = 16

/** Copies a text, for people who hear it as "Copy request id". Appears only where the page script runs. */
export function CopyButton({ value, what }: { value: string; what: string }) {
  const { copy: text } = useText()
  return (
    <button type="button" class="copy" data-copy={value} data-copied={text.copied} hidden>
      <Icon name="copy" />
      <span data-copy-label>{text.copy}</span>
      <span class="visually-hidden"> {what}</span>
    </button>
  )
}

export interface IdProps {
  value: string
  /** What the id is of, for people who hear the copy button without seeing its place. */
  what: string
  /** Shows all of it: for an id that people may have to read out or copy by hand. */
  whole?: boolean
}

/** An identifier, shortened in the middle when long, whole on hover and in the clipboard. */
export function Id({ value, what, whole = false }: IdProps) {
  const shown = !whole && value.length > longestWhole ? `${value.slice(0, 8)}…${value.slice(-4)}` : value
  return (
    <span class="id">
      <code title={value}>
        <bdi>{shown}</bdi>
      </code>
      <CopyButton value={value} what={what} />
    </span>
  )
}
