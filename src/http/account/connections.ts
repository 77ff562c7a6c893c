/** `/account/connections`: the identities that lead to a person's account, and the forms that add one and take one away. */
import type { Account } from '../../accounts/account.ts'
import type { IdentityConnection } from '../../identity-providers/connection.ts'
import type { Connections } from '../../identity-providers/connections.ts'
import type { Clock } from '../../shared/clock.ts'
import { type IdentityConnectionId, isUuid } from '../../shared/ids.ts'
import {
  AccountConnectionsPage,
  type ConnectableProvider,
  type Connection,
  connectionNotices,
} from '../../views/pages/account-connections.tsx'
import { type Endpoint, PageError } from '../endpoint.ts'
import { leavesThisServer, type PageKit, page } from '../page.ts'
import { providerNames } from './provider-names.ts'
import { type ProviderVisits, connectionsPath as path } from './provider-sign-in.ts'

export function createConnectionsEndpoints(dependencies: {
  kit: PageKit
  visits: ProviderVisits
  connections: Connections
  clock: Clock
}): Endpoint[] {
  const { kit, visits, connections, clock } = dependencies
  // Where nobody else is asked there is nothing to connect.
  if (visits.providers.length === 0) return []
  const returnTo = () => path

  const listFor = async (account: Account): Promise<ConnectableProvider[]> => {
    const all = await connections.listOf(account)
    const shown = (connection: IdentityConnection): Connection => ({
      id: connection.id,
      username: connection.username ?? null,
      email: connection.email ?? null,
      linkedAt: connection.linkedAt,
      lastUsedAt: connection.lastUsedAt ?? null,
      spare: connections.isSpare(account, connection, all),
    })
    const offered = visits.providers.map(({ name, displayName }) => {
      const connection = all.find(({ source }) => source === name)
      return {
        name,
        label: displayName,
        enabled: true,
        connection: connection === undefined ? null : shown(connection),
      }
    })
    const others = all.flatMap((connection) => {
      const { source } = connection
      if (source === 'http_api' || offered.some(({ name }) => name === source)) return []
      return [{ name: source, label: providerNames[source], enabled: false, connection: shown(connection) }]
    })
    return [...offered, ...others]
  }

  return [
    kit.signedInGet({
      path,
      async handle({ request, account, props }) {
        const code = new URLSearchParams(request.query).get('notice')
        return page(
          200,
          AccountConnectionsPage,
          {
            ...props,
            now: clock.now(),
            providers: await listFor(account),
            notice: connectionNotices.find((notice) => notice === code) ?? null,
          },
          // Its forms end at the providers.
          leavesThisServer,
        )
      },
    }),
    kit.signedInPost({
      path: `${path}/:provider/connect`,
      returnTo,
      handle: ({ request, session, account }) =>
        visits.leaveFor(visits.find(request.params.provider), request, {
          link: { accountId: account.id, sessionId: session.id },
        }),
    }),
    kit.signedInPost({
      path: `${path}/:id/disconnect`,
      returnTo,
      async handle({ request, account }) {
        const { id } = request.params
        if (id === undefined || !isUuid(id)) throw new PageError(404)
        const outcome = await connections.disconnect(
          account,
          id as string as IdentityConnectionId,
          request.context,
        )
        if (outcome === 'not_found') throw new PageError(404)
        return kit.goTo(`${path}?notice=${outcome}`)
      },
    }),
  ]
}
