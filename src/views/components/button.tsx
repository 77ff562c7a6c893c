/** Buttons that submit their form, and links that look like them. */
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'quiet'

export interface ButtonProps {
  /** For scripts that walk through pages, which should not depend on words. */
  id?: string
  kind?: ButtonKind
  icon?: IconName
  /** Sent with the form when this button is the one pressed. */
  name?: string
  value?: string
  children: ComponentChildren
  /** Takes the whole width of its container. */
  wide?: boolean
  /** What the button acts on, for people who hear it without seeing its row: "End session" + "Firefox on Linux". */
  about?: string
}

function className(kind: ButtonKind, wide: boolean): string {
  return `button button-${kind}${wide ? ' button-wide' : ''}`
}

export function Button({
  id,
  kind = 'primary',
  icon,
  name,
  value,
  children,
  wide = false,
  about,
}: ButtonProps) {
  return (
    <button type="submit" id={id} class={className(kind, wide)} name={name} value={value}>
      {icon && <Icon name={icon} />}
      <span>
        {children}
        {about !== undefined && (
          <span class="visually-hidden">
            : <bdi>{about}</bdi>
          </span>
        )}
      </span>
    </button>
  )
}

export interface LinkButtonProps {
  href: string
  kind?: ButtonKind
  children: ComponentChildren
  wide?: boolean
  /** Marks a link for the page script: it takes along whether the person wants to be remembered. */
  enhance?: 'remember-me'
}

export function LinkButton({ href, kind = 'secondary', children, wide = false, enhance }: LinkButtonProps) {
  return (
    <a href={href} class={className(kind, wide)} data-enhance={enhance}>
      {children}
    </a>
  )
}
