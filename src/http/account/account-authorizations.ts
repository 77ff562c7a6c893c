/** `/account/authorizations`: what a person allowed apps, and the form that takes it back. */
import type { Consents } from '../../oauth/authorization/consents.ts'
import type { ConsentOverview } from '../../oauth/authorization/store.ts'
import { type Resource, scopeWords } from '../../oauth/resources/resource.ts'
import type { Clock } from '../../shared/clock.ts'
import { type ConsentId, isUuid } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { AccountAuthorizationsPage, type AllowedApp } from '../../views/pages/account-authorizations.tsx'
import { localHref } from '../../views/props.ts'
import { type Endpoint, PageError } from '../endpoint.ts'
import { type PageKit, page } from '../page.ts'

const path = '/account/authorizations'
const pageSize = 50

export function createAccountAuthorizationsEndpoints(dependencies: {
  kit: PageKit
  consents: Consents
  storage: Storage
  clock: Clock
}): Endpoint[] {
  const { kit, consents, storage, clock } = dependencies
  return [
    kit.signedInGet({
      path,
      async handle({ request, account, props }) {
        const query = new URLSearchParams(request.query)
        const before = query.get('before')
        const rows = await storage.read.consents.listOf(account.id, {
          limit: pageSize + 1,
          before: before !== null && isUuid(before) ? (before as ConsentId) : undefined,
        })
        const shown = rows.slice(0, pageSize)
        const resources = await storage.read.resources.list()
        const last = rows.length > pageSize ? shown.at(-1)!.consent.id : undefined
        return page(200, AccountAuthorizationsPage, {
          ...props,
          now: clock.now(),
          apps: shown.map((row) => allowedApp(row, resources)),
          nextHref:
            last === undefined
              ? null
              : localHref(kit.site, `${path}?${new URLSearchParams({ before: last })}`),
          notice: query.get('success') === 'revoked' ? 'revoked' : null,
        })
      },
    }),
    kit.signedInPost({
      path: `${path}/:id/revoke`,
      returnTo: () => path,
      async handle({ request, account }) {
        const { id } = request.params
        if (id === undefined || !isUuid(id)) throw new PageError(404)
        const outcome = await consents.withdraw(account, id as ConsentId, request.context)
        if (outcome === 'not_found') throw new PageError(404)
        return kit.goTo(`${path}?success=revoked`)
      },
    }),
  ]
}

function allowedApp({ consent, clientName }: ConsentOverview, resources: readonly Resource[]): AllowedApp {
  const { id, clientId, grantedAt, updatedAt } = consent
  const permissions = consent.permissions.map(({ resource, scopes }) => {
    const known = resources.find(({ identifier }) => identifier === resource)
    return { resource, resourceName: known?.name ?? null, scopes, scopeWords: scopeWords(known) }
  })
  return { id, clientId, clientName, permissions, grantedAt, updatedAt }
}
