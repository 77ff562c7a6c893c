/** Protected resources of a server. */
import type { ResourceChange } from '../../../administration/resources.ts'
import type { Resources, ShownResource } from '../port.ts'
import type { Api } from './api.ts'
import type { Members } from './read.ts'

export function remoteResources(api: Api): Resources {
  const list = () =>
    api.get({ method: 'GET', path: '/resources' }, (answer) =>
      answer.objects('items').map((each) => ({ id: each.text('resource_id'), resource: readResource(each) })),
    )
  /** The API knows them by an id of its own. */
  const pathOf = async (identifier: string): Promise<string | undefined> => {
    const found = (await list()).find(({ resource }) => resource.identifier === identifier)
    return found && `/resources/${encodeURIComponent(found.id)}`
  }

  return {
    list: async () => (await list()).map(({ resource }) => resource),

    create: (input) =>
      api.get(
        {
          method: 'POST',
          path: '/resources',
          body: { identifier: input.identifier, ...encodeChange(input) },
        },
        readResource,
      ),

    async update(identifier, change) {
      const path = await pathOf(identifier)
      if (path === undefined) return undefined
      return api.ask({ method: 'PATCH', path, body: encodeChange(change) }, readResource)
    },

    async delete(identifier) {
      const path = await pathOf(identifier)
      return path !== undefined && (await api.act({ method: 'DELETE', path }))
    },
  }
}

function encodeChange(change: ResourceChange): Record<string, unknown> {
  const { tokenLifetimeSeconds: lifetime } = change
  return {
    name: change.name,
    scopes: change.scopes,
    default_scopes: change.defaultScopes,
    discovered_scopes: change.discoveredScopes,
    open_to_discovered: change.openToDiscovered,
    token_lifetime_seconds: lifetime === 'default' ? null : lifetime,
  }
}

function readResource(resource: Members): ShownResource {
  return {
    identifier: resource.text('identifier'),
    name: resource.text('name'),
    scopes: resource.objects('scopes').map((scope) => ({
      name: scope.text('name'),
      description: scope.text('description'),
      byDefault: scope.flag('by_default'),
      forDiscovered: scope.flag('for_discovered'),
    })),
    openToDiscovered: resource.flag('open_to_discovered'),
    tokenLifetimeSeconds: resource.numberOrNone('token_lifetime_seconds'),
    createdAt: resource.instant('created_at'),
  }
}
