/** A small set of line icons. Each stands beside words, so none of them speaks to a screen reader. */

const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11m0-11l-11 11',
  warning: 'M12 4.5l8.5 15h-17zM12 10.5v4m0 2.5v.01',
  info: 'M12 11v5.5M12 7.5v.01M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z',
  screen: 'M4 5.5h16v10.5H4zM9 20h6m-3-4v4',
  terminal: 'M4 5h16v14H4zM7.5 9.5l3 2.5-3 2.5m5.5.5h4',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  leave: 'M14 4.5h5v15h-5M10 8l-4 4 4 4m-4-4h9',
  menu: 'M4 7h16M4 12h16M4 17h16',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}

/** The mark of the product: a gate, open. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="logo-ground" width="32" height="32" rx="8" />
      <path class="logo-gate" d="M7.5 24.5V15a8.5 8.5 0 0 1 17 0v9.5M13 24.5V16a3 3 0 0 1 6 0v8.5" />
    </svg>
  )
}
