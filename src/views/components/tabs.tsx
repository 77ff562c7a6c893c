import type { ComponentChildren } from 'preact'
import { useNumber } from '../reader.tsx'

export interface Tab {
  label: ComponentChildren
  /** Base path included. */
  href: string
  current: boolean
  /** How many entries are behind it. */
  count?: number
}

/** Views of one thing, or states of one list: each is a page with an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const number = useNumber()
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map(({ href, label, current, count }) => (
          <li key={href}>
            <a href={href} aria-current={current ? 'page' : undefined}>
              {label}
              {count !== undefined && <span class="tab-count"> {number(count)}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
