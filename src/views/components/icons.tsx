/** A small set of line icons. Each stands beside words, so none of them speaks to a screen reader. */

const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11m0-11l-11 11',
  warning: 'M12 4.5l8.5 15h-17zM12 10.5v4m0 2.5v.01',
  info: 'M12 11v5.5M12 7.5v.01M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z',
  screen: 'M4 5.5h16v10.5H4zM9 20h6m-3-4v4',
  terminal: 'M4 5h16v14H4zM7.5 9.5l3 2.5-3 2.5m5.5.5h4',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  lock: 'M6 10.5h12v9.5H6zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5M12 14v2.5',
  leave: 'M14 4.5h5v15h-5M10 8l-4 4 4 4m-4-4h9',
  menu: 'M4 7h16M4 12h16M4 17h16',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
  back: 'M14.5 6l-6 6 6 6',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5',
  shield: 'M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z',
  grid: 'M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h6v6h-6z',
  book: 'M12 6c-2-1.5-4.5-1.7-7.5-1v13.5c3-.7 5.5-.5 7.5 1 2-1.5 4.5-1.7 7.5-1V5c-3-.7-5.5-.5-7.5 1zm0 0v13.5',
  chart: 'M4.5 4.5v15h15M8.5 15.5v-4m4 4v-7m4 7v-5',
  people:
    'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19.5c.6-3.200 3.200-5 6.5-5s5.900 1.800 6.5 5M16 5.300a3.300 3.300 0 0 1 0 6.400m2 3c1.900.8 3.100 2.400 3.5 4.800',
  coin: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9 9h6m-3 0v6.5',
  log: 'M6 3.5h12v17H6zM9 8h6m-6 4h6m-6 4h3.5',
  key: 'M4 12a4 4 0 1 0 8 0 4 4 0 1 0-8 0m8 0h8.5v3.5M16.5 12v3',
  sliders: 'M4 7.5h9m5 0h2M4 16.5h2m5 0h9M15.5 5v5m-7 4v5',
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
