/** `/admin/tokens`: tokens of everybody, one of them, and the forms that take them out of use or put them back. */
import { actorOf } from '../../accounts/sessions.ts'
import type { TokenAdministration } from '../../administration/tokens.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { TokenOutcome } from '../../oauth/token/control.ts'
import {
  type ListedToken,
  maxListedClients,
  type TokenFilter,
  tokenStatus,
  tokenStatuses,
} from '../../oauth/token/token-list.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import { type AccountId, type ClientId, isUuid } from '../../shared/ids.ts'
import type { ListPage, ListTotal } from '../../shared/listing.ts'
import type { Storage } from '../../storage/storage.ts'
import {
  RevokeTokensPage,
  returnField,
  type ShownToken,
  TokenPage,
  type TokensNotice,
  TokensPage,
  tokenFieldPrefix,
  tokensNotices,
} from '../../views/pages/tokens.tsx'
import { type Endpoint, type HttpAnswer, PageError } from '../endpoint.ts'
import { type ListRequest, readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'

const path = '/admin/tokens'
const kinds = ['access', 'refresh'] as const
const noTokens: { page: ListPage<ListedToken>; total: ListTotal } = {
  page: { entries: [], previous: null, next: null },
  total: { count: 0, atLeast: false },
}

export function createTokenEndpoints(dependencies: {
  kit: PageKit
  tokens: TokenAdministration
  storage: Storage
  clock: Clock
}): Endpoint[] {
  const { kit, tokens, storage, clock } = dependencies

  const back = (form: Parameters, notice: TokensNotice): HttpAnswer => {
    const query = new URLSearchParams(returnQueryOf(form.get(returnField)))
    query.set('notice', notice)
    return kit.goTo(`${path}?${query}`)
  }

  const act = (name: 'revoke' | 'disable' | 'enable', notice: TokensNotice): Endpoint =>
    kit.adminPost({
      path: `${path}/:id/${name}`,
      returnTo: () => path,
      async handle({ request, account }, form) {
        const { id } = request.params
        if (id === undefined || !isUuid(id)) throw new PageError(404)
        const outcome: TokenOutcome = await tokens[name](id, actorOf(account), request.context)
        if (outcome === 'not_found') throw new PageError(404)
        return back(form, outcome === 'done' ? notice : 'unchanged')
      },
    })

  return [
    kit.adminGet({
      path,
      async handle({ request, props }) {
        const list = readListRequest(request)
        const now = clock.now()
        const kind = list.choice('category', kinds) || 'access'
        const filters = {
          status: list.choice('status', tokenStatuses[kind]),
          client: list.text('client'),
          user: list.text('user'),
          id: list.text('id'),
        }
        const { filter, onlyClients } = await filterOf(storage, kind, filters)
        const found =
          filter === undefined
            ? noTokens
            : await storage.read.tokenLists.list(filter, now, { ...list.window, limit: pageSizeOf(list) })
        return page(200, TokensPage, {
          ...props,
          now,
          kind,
          tokens: found.page.entries.map((token) => shownToken(token, now)),
          paging: list.paging(kit.site, path, found.page, found.total),
          filters,
          statuses: tokenStatuses[kind],
          onlyClients,
          returnQuery: returnQueryOf(request.query),
          notice: noticeOf(list),
        })
      },
    }),
    kit.adminPost({
      path: `${path}/revoke`,
      returnTo: () => path,
      async handle({ request, account, props }, form) {
        const ids = form
          .names()
          .filter((name) => name.startsWith(tokenFieldPrefix))
          .map((name) => name.slice(tokenFieldPrefix.length))
          .filter(isUuid)
        if (ids.length === 0) return back(form, 'none_selected')
        if (form.get('confirmed') === 'true') {
          const revoked = await tokens.revokeMany(ids, actorOf(account), request.context)
          return back(form, revoked === 0 ? 'unchanged' : revoked === 1 ? 'revoked' : 'many_revoked')
        }
        const now = clock.now()
        const chosen = await Promise.all(ids.map((id) => findShown(storage, id, now)))
        return page(200, RevokeTokensPage, {
          ...props,
          now,
          tokens: chosen.filter((token) => token !== undefined),
          returnQuery: returnQueryOf(form.get(returnField)),
        })
      },
    }),
    kit.adminGet({
      path: `${path}/:id`,
      async handle({ request, props }) {
        const list = readListRequest(request)
        const now = clock.now()
        const { id } = request.params
        const token = id !== undefined && isUuid(id) ? await findShown(storage, id, now) : undefined
        if (token === undefined) throw new PageError(404)
        const returnQuery = returnQueryOf(new URLSearchParams(request.query).get(returnField) ?? undefined)
        return page(200, TokenPage, { ...props, now, token, returnQuery, notice: noticeOf(list) })
      },
    }),
    act('revoke', 'revoked'),
    act('disable', 'disabled'),
    act('enable', 'enabled'),
  ]
}

/** Each row has a box, and a form at most 100 fields. */
const maxPageSize = 50

function pageSizeOf({ window }: ListRequest): number {
  return Math.min(window.limit, maxPageSize)
}

function noticeOf(list: ListRequest): TokensNotice | null {
  return list.choice('notice', tokensNotices) || null
}

/** Names of what the address of the list may say. */
const listParameters = ['category', 'status', 'client', 'user', 'id', 'page_size', 'after', 'before']
const maxReturnLength = 4000

/** The query of the list that a form goes back to: what the list understands, written anew. */
function returnQueryOf(query: string | undefined): string {
  if (query === undefined || query.length > maxReturnLength) return ''
  const given = new URLSearchParams(query)
  const kept = listParameters.flatMap((name) => {
    const value = given.get(name)
    return value === null || value === '' || /\p{Cc}/u.test(value) ? [] : [[name, value]]
  })
  return new URLSearchParams(kept).toString()
}

/** What is asked of the store; no filter when somebody or something is named that is not there. */
async function filterOf(
  { read }: Storage,
  kind: TokenFilter['kind'],
  asked: { status: TokenFilter['status'] | ''; client: string; user: string; id: string },
): Promise<{ filter: TokenFilter | undefined; onlyClients: number | null }> {
  const accountId = asked.user === '' ? undefined : await findAccount(read, asked.user)
  const clients = asked.client === '' ? undefined : await findClients(read, asked.client)
  const missing =
    (asked.user !== '' && accountId === undefined) ||
    clients?.length === 0 ||
    (asked.id !== '' && !isUuid(asked.id))
  return {
    filter: missing
      ? undefined
      : {
          kind,
          status: asked.status || undefined,
          clientIds: clients?.slice(0, maxListedClients),
          accountId,
          id: asked.id || undefined,
        },
    onlyClients: clients !== undefined && clients.length > maxListedClients ? maxListedClients : null,
  }
}

async function findAccount(read: Storage['read'], text: string): Promise<AccountId | undefined> {
  const account =
    (await read.accounts.find(text as AccountId)) ??
    (await read.accounts.findByUsername(text.toLowerCase())) ??
    (await read.accounts.findByEmail(text))
  return account?.id
}

/** One by its id, or those whose name begins so, and one more than are listed. */
async function findClients(read: Storage['read'], text: string): Promise<readonly ClientId[]> {
  const { entries } = await read.clients.page({ search: text }, { limit: maxListedClients + 1 })
  // A client that is gone still has tokens.
  return entries.length === 0 && isUuid(text) ? [text as ClientId] : entries.map(({ id }) => id)
}

async function findShown({ read }: Storage, id: string, now: Instant): Promise<ShownToken | undefined> {
  for (const kind of kinds) {
    const { page: found } = await read.tokenLists.list({ kind, id }, now, { limit: 1 })
    if (found.entries[0] !== undefined) return shownToken(found.entries[0], now)
  }
  return undefined
}

function shownToken(token: ListedToken, now: Instant): ShownToken {
  const { id, kind, clientId, clientName, accountId, username, grantId, scopes, issuedAt, expiresAt } = token
  return {
    id,
    kind,
    clientId,
    clientName,
    user: accountId === undefined ? null : { id: accountId, username: username ?? accountId },
    grantId: grantId ?? null,
    scopes,
    issuedAt,
    expiresAt,
    status: tokenStatus(token, now),
  }
}
