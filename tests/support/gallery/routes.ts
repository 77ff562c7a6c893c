/** Which page of the server a state of the gallery is one of, by the template of its route. */
import type { App } from '../../../src/app.ts'
import type { State } from './scene.ts'

/** The templates of every page that GET answers. */
export async function pageRoutes(app: Pick<App, 'website'>): Promise<string[]> {
  const { endpoints } = await app.website()
  return endpoints.filter(({ method, kind }) => method === 'GET' && kind === 'page').map(({ path }) => path)
}

/** @returns the template that answers an address; `undefined` when none does. */
export function routeAt(address: string, routes: readonly string[]): string | undefined {
  const { pathname } = new URL(address, 'http://localhost')
  const fitting = routes.filter((route) =>
    new RegExp(`^${route.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname),
  )
  // As the framework does: what is spelled out comes before what stands for anything.
  return fitting.find((route) => !route.includes(':')) ?? fitting[0]
}

/** @returns the route a state is said to show; `undefined` when nothing is said. */
export function claimedRoute(state: State, routes: readonly string[]): string | undefined {
  if (state.at !== undefined) return state.at ?? undefined
  return typeof state.open === 'string' ? routeAt(state.open, routes) : undefined
}
