import type { ComponentChildren } from 'preact'
import type { Tone } from './alert.tsx'

/** A short word about a row's state. The word carries the meaning; the color only repeats it. */
export function Badge({
  tone = 'accent',
  children,
}: {
  tone?: Tone | 'accent' | 'quiet'
  children: ComponentChildren
}) {
  return <span class={`badge badge-${tone}`}>{children}</span>
}
