import type { ComponentChildren } from 'preact'

/** A short word about a row's state. The word carries the meaning; the color only repeats it. */
export function Badge({ children }: { children: ComponentChildren }) {
  return <span class="badge">{children}</span>
}
