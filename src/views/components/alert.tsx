/** A message about what just happened, at the top of the content it concerns. */
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

export type Tone = 'good' | 'info' | 'warning' | 'danger'

const icons = {
  good: 'check',
  info: 'info',
  warning: 'warning',
  danger: 'warning',
} as const satisfies Record<Tone, IconName>

export interface AlertProps {
  tone: Tone
  title: string
  /** What to do now. */
  children?: ComponentChildren
  /**
   * Moves the keyboard and the screen reader here when the page opens: for the answer to a form. One per page,
   * and then no field asks for the focus.
   */
  focused?: boolean
}

export function Alert({ tone, title, children, focused = false }: AlertProps) {
  return (
    <div
      class={`alert alert-${tone}`}
      role={tone === 'danger' ? 'alert' : 'status'}
      tabindex={focused ? -1 : undefined}
      autofocus={focused}
    >
      <Icon name={icons[tone]} />
      <div class="alert-text">
        <p class="alert-title">{title}</p>
        {children}
      </div>
    </div>
  )
}
