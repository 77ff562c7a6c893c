/**
 * Where signed-in people can go. An entry is shown once the server has a page at its path (`Site.places`), so that
 * adding the endpoint is all there is to do.
 */
import type { IconName } from './components/icons.tsx'
import type { Text } from './languages/languages.ts'

export interface NavigationEntry {
  readonly path: string
  readonly word: keyof Text['navigation']['places']
  readonly icon: IconName
}

export interface NavigationSection {
  readonly title: 'account' | 'apps' | 'admin'
  /** Seen by administrators alone. */
  readonly admin?: true
  readonly entries: readonly NavigationEntry[]
}

export const navigation = [
  {
    title: 'account',
    entries: [
      { path: '/account/sessions', word: 'sessions', icon: 'screen' },
      { path: '/account/authorizations', word: 'authorizations', icon: 'check' },
      { path: '/account/connections', word: 'connections', icon: 'link' },
      { path: '/account/security', word: 'security', icon: 'shield' },
      { path: '/account/profile', word: 'profile', icon: 'person' },
    ],
  },
  {
    title: 'apps',
    entries: [
      { path: '/device', word: 'device', icon: 'terminal' },
      { path: '/apps', word: 'myApps', icon: 'grid' },
      { path: '/docs', word: 'docs', icon: 'book' },
    ],
  },
  {
    title: 'admin',
    admin: true,
    entries: [
      { path: '/admin', word: 'dashboard', icon: 'chart' },
      { path: '/admin/clients', word: 'clients', icon: 'grid' },
      { path: '/admin/users', word: 'users', icon: 'people' },
      { path: '/admin/tokens', word: 'tokens', icon: 'coin' },
      { path: '/admin/audit', word: 'audit', icon: 'log' },
      { path: '/admin/keys', word: 'keys', icon: 'key' },
      { path: '/admin/settings', word: 'settings', icon: 'sliders' },
    ],
  },
] as const satisfies readonly NavigationSection[]

/** A path of the navigation: where a page is. */
export type Place = (typeof navigation)[number]['entries'][number]['path']

const paths: readonly string[] = navigation.flatMap(({ entries }) => entries.map(({ path }) => path))

/** The paths of the navigation that are among `mounted`. */
export function placesOf(mounted: Iterable<{ method: string; path: string }>): ReadonlySet<string> {
  const places = new Set<string>()
  for (const { method, path } of mounted) {
    if (method === 'GET' && paths.includes(path)) places.add(path)
  }
  return places
}
