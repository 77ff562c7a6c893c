/** `/admin/users/:id/connections`: the identities that lead to a person's account, for administrators. */
import { actorOf } from '../../accounts/sessions.ts'
import type { IdentityConnection } from '../../identity-providers/connection.ts'
import { type IdentityConnectionId, isUuid } from '../../shared/ids.ts'
import { type UserConnection, UserConnectionsPage } from '../../views/pages/user-connections.tsx'
import { type Endpoint, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { page } from '../page.ts'
import { type UserPagesDependencies, userOf } from './users.ts'

const path = '/admin/users/:id/connections'

export function userConnections({ kit, connections, storage, clock }: UserPagesDependencies): Endpoint[] {
  const pathOf = (id: string): string => path.replace(':id', encodeURIComponent(id))
  return [
    kit.adminGet({
      path,
      async handle({ request, props }) {
        const user = await userOf(storage, request)
        return page(200, UserConnectionsPage, {
          ...props,
          now: clock.now(),
          user: { id: user.id, username: user.username },
          connections: (await connections.listOf(user)).map(shown),
          notice: readListRequest(request).choice('notice', ['disconnected']) || null,
        })
      },
    }),
    kit.adminPost({
      path: `${path}/:connection/delete`,
      returnTo: (_, { params }) => pathOf(params.id ?? ''),
      async handle({ request, account }) {
        const user = await userOf(storage, request)
        const { connection } = request.params
        if (connection === undefined || !isUuid(connection)) throw new PageError(404)
        const id = connection as string as IdentityConnectionId
        if (!(await connections.remove(user, id, actorOf(account), request.context))) throw new PageError(404)
        return kit.goTo(`${pathOf(user.id)}?notice=disconnected`)
      },
    }),
  ]
}

function shown({ id, source, username, email, linkedAt, lastUsedAt }: IdentityConnection): UserConnection {
  return {
    id,
    source,
    username: username ?? null,
    email: email ?? null,
    linkedAt,
    lastUsedAt: lastUsedAt ?? null,
    removable: source !== 'http_api',
  }
}
