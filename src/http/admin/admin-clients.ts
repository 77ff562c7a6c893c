/** `/admin/clients`: every client, for administrators: find, make, look at, change, decide, and end what it holds. */

import { actorOf } from '../../accounts/sessions.ts'
import type { ClientAdministration } from '../../administration/clients.ts'
import { InvalidInput } from '../../administration/invalid-input.ts'
import { type Client, clientOrigins, clientStatuses, clientTypes } from '../../oauth/client.ts'
import type { ClientFilter } from '../../oauth/client-store.ts'
import { type AccountId, type ConsentId, isUuid } from '../../shared/ids.ts'
import { clientLines } from '../../views/pages/client-form.tsx'
import { ClientPeoplePage } from '../../views/pages/client-people.tsx'
import { type ClientNotice, ClientsPage } from '../../views/pages/clients.tsx'
import { localHref } from '../../views/props.ts'
import { inputOf, readValues } from '../clients/form.ts'
import {
  type ClientPagesDependencies,
  clientIdOf,
  createClientPages,
  kindOf,
  orRefuse,
  readNotice,
  versionOf,
} from '../clients/pages.ts'
import { listedClient, ownersOf } from '../clients/shown.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { page, type Visit } from '../page.ts'

const list = '/admin/clients'

export function createAdminClientsEndpoints(
  dependencies: ClientPagesDependencies & { administration: ClientAdministration },
): Endpoint[] {
  const { kit, storage, clock, administration } = dependencies
  const pages = createClientPages({
    ...dependencies,
    audience: 'admin',
    approval: () => false,
    mayClaim: () => true,
  })

  /** @throws {PageError} 404 */
  const find = async (visit: Visit): Promise<Client> => {
    const client = await storage.read.clients.find(clientIdOf(visit))
    if (client === undefined) throw new PageError(404)
    return client
  }
  const by = ({ account, request }: Visit) => [actorOf(account), request.context] as const
  const returnTo = (_form: unknown, { params }: HttpRequest): string => pages.pathOf(params.id)

  /** One button: an act that is done, or that another had made impossible. */
  const act = (
    name: string,
    notice: ClientNotice,
    run: (visit: Visit, client: Client) => Promise<boolean>,
  ): Endpoint =>
    kit.adminPost({
      path: `${list}/:id/${name}`,
      returnTo,
      async handle(visit) {
        const client = await find(visit)
        return pages.goTo(client.id, (await run(visit, client)) ? notice : 'gone')
      },
    })

  const showList = async (visit: Visit): Promise<HttpAnswer> => {
    const { request, props } = visit
    const asked = readListRequest(request)
    const search = asked.text('search')
    const status = asked.choice('status', clientStatuses)
    const type = asked.choice('type', clientTypes)
    const origin = asked.choice('origin', clientOrigins)
    const rest: ClientFilter = {
      search: search || undefined,
      type: type || undefined,
      origin: origin || undefined,
    }
    const filter: ClientFilter = { ...rest, status: status || undefined }
    const [found, total, pending] = await Promise.all([
      storage.read.clients.page(filter, asked.window),
      storage.read.clients.count(filter),
      storage.read.clients.count({ ...rest, status: 'pending' }),
    ])
    const owners = await ownersOf(storage, found.entries)
    const text = props.reader.language.text.clients
    const tabHref = (of: string): string => {
      const query = new URLSearchParams(request.query)
      for (const name of ['before', 'after', 'notice', 'status']) query.delete(name)
      if (of !== 'all') query.set('status', of)
      return localHref(kit.site, query.size === 0 ? list : `${list}?${query}`)
    }
    return page(200, ClientsPage, {
      ...props,
      now: clock.now(),
      audience: 'admin',
      clients: found.entries.map((client) => listedClient(client, owners)),
      paging: asked.paging(kit.site, list, found, total),
      filters: [
        {
          kind: 'search',
          name: 'search',
          label: props.reader.language.text.list.search,
          value: search,
          help: text.filters.searchHelp,
        },
        {
          kind: 'choice',
          name: 'type',
          label: text.filters.type,
          value: type,
          options: clientTypes.map((value) => ({ value, label: text.types[value] })),
        },
        {
          kind: 'choice',
          name: 'origin',
          label: text.filters.origin,
          value: origin,
          options: clientOrigins.map((value) => ({ value, label: text.origins[value] })),
        },
      ],
      tabs: (['all', 'pending', 'active', 'inactive'] as const).map((of) => ({
        status: of,
        href: tabHref(of),
        current: of === (status || 'all'),
        ...(of === 'pending' ? { count: pending.count } : {}),
      })),
      filtered: search + status + type + origin !== '',
      notice: readNotice(visit),
    })
  }

  const showPeople = async (visit: Visit): Promise<HttpAnswer> => {
    const client = await find(visit)
    const asked = readListRequest(visit.request)
    const [found, total] = await Promise.all([
      storage.read.consents.pageOfClient(client.id, asked.window),
      storage.read.consents.countOfClient(client.id),
    ])
    return page(200, ClientPeoplePage, {
      ...visit.props,
      now: clock.now(),
      client: { id: client.id, name: client.name },
      people: found.entries.map(({ consent, person }) => ({
        consentId: consent.id,
        person: person ?? null,
        accountId: consent.accountId,
        permissions: consent.permissions,
        since: consent.grantedAt,
      })),
      paging: asked.paging(kit.site, pages.pathOf(client.id, '/authorizations'), found, total),
      notice: new URLSearchParams(visit.request.query).get('notice') === 'revoked' ? 'revoked' : null,
    })
  }

  return [
    kit.adminGet({ path: list, handle: showList }),
    kit.adminGet({ path: `${list}/new`, handle: (visit) => pages.fresh(visit) }),
    kit.adminPost({
      path: list,
      lines: clientLines,
      returnTo: () => `${list}/new`,
      handle(visit, form) {
        const values = readValues(form)
        const create = async (): Promise<HttpAnswer> => {
          const input = { ...inputOf(values, undefined), createdBy: visit.account.id }
          const { client, secret } = await administration.create(input, ...by(visit))
          return pages.goToReady(visit, client, secret, true)
        }
        return orRefuse(visit, create, (problems) =>
          pages.form(visit, undefined, { kind: kindOf(form), values, problems }),
        )
      },
    }),
    kit.adminGet({
      path: `${list}/:id`,
      handle: async (visit) => pages.detail(visit, await find(visit)),
    }),
    kit.adminGet({
      path: `${list}/:id/created`,
      handle: async (visit) => pages.ready(visit, await find(visit), true),
    }),
    kit.adminGet({
      path: `${list}/:id/secret`,
      handle: async (visit) => pages.ready(visit, await find(visit), false),
    }),
    kit.adminGet({
      path: `${list}/:id/edit`,
      async handle(visit) {
        const client = await find(visit)
        return client.origin === 'metadata_document'
          ? kit.goTo(pages.pathOf(client.id))
          : pages.form(visit, client)
      },
    }),
    kit.adminPost({
      path: `${list}/:id`,
      lines: clientLines,
      returnTo,
      async handle(visit, form) {
        const client = await find(visit)
        const values = readValues(form)
        return pages.change(visit, client, { kind: kindOf(form), values }, () =>
          administration.update(client.id, inputOf(values, client), versionOf(form), ...by(visit)),
        )
      },
    }),
    kit.adminPost({
      path: `${list}/:id/regenerate-secret`,
      returnTo,
      async handle(visit) {
        const client = await find(visit)
        const secret = await administration.replaceSecret(client.id, ...by(visit))
        return secret === undefined
          ? pages.goTo(client.id, 'gone')
          : pages.goToReady(visit, client, secret, false)
      },
    }),
    act('approve', 'approved', (visit, { id }) => administration.approve(id, ...by(visit))),
    act('reject', 'rejected', (visit, { id }) => administration.reject(id, ...by(visit))),
    act('deactivate', 'deactivated', (visit, { id }) => administration.deactivate(id, ...by(visit))),
    act('activate', 'activated', (visit, { id }) => administration.activate(id, ...by(visit))),
    act(
      'revoke-all',
      'access_ended',
      async (visit, { id }) => (await administration.endAccess(id, ...by(visit))) !== undefined,
    ),
    kit.adminPost({
      path: `${list}/:id/owner`,
      returnTo,
      async handle(visit, form) {
        const client = await find(visit)
        const name = form.get('owner')?.trim() ?? ''
        const owner = name === '' ? undefined : await storage.read.accounts.findByUsername(name)
        if (name !== '' && owner === undefined) return pages.detail(visit, client, name)
        try {
          const assigned = await administration.assignOwner(
            client.id,
            owner?.id as AccountId | undefined,
            ...by(visit),
          )
          return pages.goTo(client.id, assigned ? 'owner' : 'gone')
        } catch (error) {
          if (!(error instanceof InvalidInput)) throw error
          return pages.detail(visit, client, name)
        }
      },
    }),
    kit.adminPost({
      path: `${list}/:id/delete`,
      returnTo: () => list,
      async handle(visit) {
        const client = await find(visit)
        const deleted = await administration.delete(client.id, ...by(visit))
        return kit.goTo(`${list}?notice=${deleted ? 'deleted' : 'gone'}`)
      },
    }),
    kit.adminGet({ path: `${list}/:id/authorizations`, handle: showPeople }),
    kit.adminPost({
      path: `${list}/:id/authorizations/:consent/revoke`,
      returnTo: (_form, { params }) => pages.pathOf(params.id, '/authorizations'),
      async handle(visit) {
        const client = await find(visit)
        const { consent } = visit.request.params
        if (consent === undefined || !isUuid(consent)) throw new PageError(404)
        const withdrawn = await administration.withdrawConsent(client.id, consent as ConsentId, ...by(visit))
        if (!withdrawn) throw new PageError(404)
        return kit.goTo(pages.pathOf(client.id, '/authorizations?notice=revoked'))
      },
    }),
  ]
}
