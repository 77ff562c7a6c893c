/** `/admin/users`: the people who can sign in here, one of them, and what they allowed apps. */
import type { Account } from '../../accounts/account.ts'
import type { AccountAdministration } from '../../administration/accounts.ts'
import type { Connections } from '../../identity-providers/connections.ts'
import type { ConsentOverview } from '../../oauth/authorization/store.ts'
import type { Clock } from '../../shared/clock.ts'
import { type AccountId, isUuid } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { UserPage } from '../../views/pages/user.tsx'
import { type AllowedClient, UserAuthorizationsPage } from '../../views/pages/user-authorizations.tsx'
import { type PeopleSource, userRefusals, usersNotices } from '../../views/pages/user-words.ts'
import { type ListedUser, UsersPage } from '../../views/pages/users.tsx'
import { browserSession } from '../account/account-sessions.ts'
import { type Endpoint, type HttpRequest, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import type { OneTimeSecrets } from '../one-time-secret.ts'
import { type PageKit, page } from '../page.ts'
import { userActs } from './user-acts.ts'
import { userConnections } from './user-connections.ts'
import { userForms } from './user-forms.ts'

export interface UserPagesDependencies {
  kit: PageKit
  accounts: AccountAdministration
  connections: Connections
  secrets: OneTimeSecrets
  storage: Storage
  clock: Clock
}

const path = '/admin/users'
const roles = ['admin', 'user'] as const
const statuses = ['active', 'disabled'] as const
const sources = [
  'local',
  'http_api',
  'microsoft',
  'github',
  'gitea',
  'gitlab',
  'oidc',
] as const satisfies readonly PeopleSource[]

export function createUserEndpoints(dependencies: UserPagesDependencies): Endpoint[] {
  const { kit, connections, storage, clock } = dependencies
  return [
    kit.adminGet({
      path,
      async handle({ request, props }) {
        const list = readListRequest(request)
        const filters = {
          search: list.text('search'),
          role: list.choice('role', roles),
          status: list.choice('status', statuses),
          source: list.choice('auth_source', sources),
        }
        const filter = {
          search: filters.search || undefined,
          role: filters.role || undefined,
          status: filters.status || undefined,
          authSource: filters.source || undefined,
        }
        const [users, total] = await Promise.all([
          storage.read.accounts.page(filter, list.window),
          storage.read.accounts.count(filter),
        ])
        return page(200, UsersPage, {
          ...props,
          now: clock.now(),
          users: users.entries.map(listedUser),
          paging: list.paging(kit.site, path, users, total),
          filters,
          notice: list.choice('notice', usersNotices) || null,
        })
      },
    }),
    ...userForms(dependencies),
    kit.adminGet({
      path: `${path}/:id`,
      async handle({ request, account, props }) {
        const user = await userOf(storage, request)
        const now = clock.now()
        const list = readListRequest(request)
        const { sessions, tokenLists, consents, clients, factors } = storage.read
        const [live, sessionCount, tokens, consentCount, ownedClients, [latest], enrolled, linked] =
          await Promise.all([
            sessions.page(user.id, now, list.window),
            sessions.count(user.id, now),
            tokenLists.liveOf({ accountId: user.id }, now),
            consents.countOf(user.id),
            clients.countOwnedBy(user.id),
            sessions.listLive(user.id, now, 1),
            factors.enrolledOf(user.id),
            connections.listOf(user),
          ])
        return page(200, UserPage, {
          ...props,
          now,
          user: { ...listedUser(user), updatedAt: user.updatedAt },
          lastSeenAt: latest?.lastSeenAt ?? null,
          sessions: live.entries.map((session) => browserSession(session, undefined)),
          sessionPaging: list.paging(kit.site, `${path}/${user.id}`, live, sessionCount),
          has: { ...tokens, consents: consentCount, ownedClients, connections: linked.length },
          factors: { totp: enrolled.totp !== undefined, passkeys: enrolled.passkeys.length },
          own: user.id === account.id,
          notice: list.choice('notice', usersNotices) || null,
          refusal: list.choice('refusal', userRefusals) || null,
        })
      },
    }),
    kit.adminGet({
      path: `${path}/:id/authorizations`,
      async handle({ request, props }) {
        const user = await userOf(storage, request)
        const list = readListRequest(request)
        const [allowed, total] = await Promise.all([
          storage.read.consents.pageOf(user.id, list.window),
          storage.read.consents.countOf(user.id),
        ])
        return page(200, UserAuthorizationsPage, {
          ...props,
          now: clock.now(),
          user: { id: user.id, username: user.username },
          allowed: allowed.entries.map(allowedClient),
          paging: list.paging(kit.site, `${path}/${user.id}/authorizations`, allowed, total),
          notice: list.choice('notice', ['consent_withdrawn']) || null,
        })
      },
    }),
    ...userConnections(dependencies),
    ...userActs(dependencies),
  ]
}

/** @throws {PageError} 404 when the path names nobody. */
export async function userOf(storage: Storage, { params }: HttpRequest): Promise<Account> {
  const { id } = params
  const account =
    id !== undefined && isUuid(id) ? await storage.read.accounts.find(id as AccountId) : undefined
  if (account === undefined) throw new PageError(404)
  return account
}

function listedUser(account: Account): ListedUser {
  const { id, username, fullName, email, emailVerified, role, status, authSource, createdAt } = account
  return { id, username, fullName, email, emailVerified, role, status, source: authSource, createdAt }
}

function allowedClient({ consent, clientName }: ConsentOverview): AllowedClient {
  const { id, clientId, permissions, grantedAt } = consent
  return { id, clientId, clientName, permissions, grantedAt }
}
