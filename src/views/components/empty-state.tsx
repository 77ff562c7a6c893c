import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

/** What stands where a list has nothing yet: what would be here, and how it gets here. */
export function EmptyState(props: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  )
}
