/**
 * `/apps`: what people made for themselves: list, make, look at, change, delete. Somebody else's is answered as one that
 * does not exist, so that nobody learns which there are.
 */
import type { OwnClientSettings, OwnClients } from '../../administration/own-clients.ts'
import type { Client } from '../../oauth/client.ts'
import type { ClientFilter } from '../../oauth/client-store.ts'
import { AppsFullPage } from '../../views/pages/apps-full.tsx'
import { clientLines } from '../../views/pages/client-form.tsx'
import { ClientsPage } from '../../views/pages/clients.tsx'
import { ownInputOf, readValues } from '../clients/form.ts'
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

const list = '/apps'

export function createAppsEndpoints(
  dependencies: ClientPagesDependencies & {
    ownClients: OwnClients
    settings: Pick<OwnClientSettings, 'needsApproval'>
  },
): Endpoint[] {
  const { kit, storage, clock, ownClients, settings } = dependencies
  const waits = ({ account }: Visit): boolean => settings.needsApproval && account.role !== 'admin'
  const pages = createClientPages({
    ...dependencies,
    audience: 'owner',
    approval: waits,
    mayClaim: ({ account }) => settings.needsApproval || account.role === 'admin',
  })

  /** @throws {PageError} 404 for a client that is not theirs as for one that is not there. */
  const find = async (visit: Visit): Promise<Client> => {
    const client = await ownClients.find(visit.account, clientIdOf(visit))
    if (client === undefined) throw new PageError(404)
    return client
  }
  const returnTo = (_form: unknown, { params }: HttpRequest): string => pages.pathOf(params.id)
  const get = (rest: string, show: (visit: Visit, client: Client) => HttpAnswer | Promise<HttpAnswer>) =>
    kit.signedInGet({
      path: `${list}/:id${rest}`,
      handle: async (visit) => show(visit, await find(visit)),
    })

  return [
    kit.signedInGet({
      path: list,
      async handle(visit) {
        const { request, account, props } = visit
        const asked = readListRequest(request)
        const search = asked.text('search')
        const filter: ClientFilter = { owner: account.id, search: search || undefined }
        const [found, total] = await Promise.all([
          storage.read.clients.page(filter, asked.window),
          storage.read.clients.count(filter),
        ])
        const owners = await ownersOf(storage, found.entries)
        const { text } = props.reader.language
        return page(200, ClientsPage, {
          ...props,
          now: clock.now(),
          audience: 'owner',
          clients: found.entries.map((client) => listedClient(client, owners)),
          paging: asked.paging(kit.site, list, found, total),
          filters: [
            {
              kind: 'search',
              name: 'search',
              label: text.list.search,
              value: search,
              help: text.clients.filters.searchHelp,
            },
          ],
          tabs: [],
          filtered: search !== '',
          notice: readNotice(visit),
        })
      },
    }),
    kit.signedInGet({ path: `${list}/new`, handle: (visit) => pages.fresh(visit) }),
    kit.signedInPost({
      path: list,
      lines: clientLines,
      returnTo: () => `${list}/new`,
      handle(visit, form) {
        const values = readValues(form)
        const create = async (): Promise<HttpAnswer> => {
          const input = ownInputOf(values, undefined)
          const outcome = await ownClients.create(visit.account, input, visit.request.context)
          if (outcome.kind === 'too_many') return page(403, AppsFullPage, visit.props)
          return pages.goToReady(visit, outcome.client, outcome.secret, true)
        }
        return orRefuse(visit, create, (problems) =>
          pages.form(visit, undefined, { kind: kindOf(form), values, problems }),
        )
      },
    }),
    get('', (visit, client) => pages.detail(visit, client)),
    get('/created', (visit, client) => pages.ready(visit, client, true)),
    get('/secret', (visit, client) => pages.ready(visit, client, false)),
    get('/edit', (visit, client) => pages.form(visit, client)),
    kit.signedInPost({
      path: `${list}/:id`,
      lines: clientLines,
      returnTo,
      async handle(visit, form) {
        const client = await find(visit)
        const values = readValues(form)
        const { account, request } = visit
        return pages.change(visit, client, { kind: kindOf(form), values }, () =>
          ownClients.update(account, client.id, ownInputOf(values, client), versionOf(form), request.context),
        )
      },
    }),
    kit.signedInPost({
      path: `${list}/:id/regenerate-secret`,
      returnTo,
      async handle(visit) {
        const client = await find(visit)
        const secret = await ownClients.replaceSecret(visit.account, client.id, visit.request.context)
        return secret === undefined
          ? pages.goTo(client.id, 'gone')
          : pages.goToReady(visit, client, secret, false)
      },
    }),
    kit.signedInPost({
      path: `${list}/:id/delete`,
      returnTo: () => list,
      async handle(visit) {
        const client = await find(visit)
        const deleted = await ownClients.delete(visit.account, client.id, visit.request.context)
        return kit.goTo(`${list}?notice=${deleted ? 'deleted' : 'gone'}`)
      },
    }),
  ]
}
