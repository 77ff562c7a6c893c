/**
 * {@link TokenListReader} in SQL. The tables of tokens are the largest and the most written, and have no index for the
 * sake of lists. A list without a client and a person is one of these: all tokens, along the primary key, which grows
 * with time; those that are rare, along an index of them alone; those that live or have run out, along the index by
 * expiry. A client's or a person's tokens are found through their grants while they are few, and met often along the
 * primary key when they are many.
 */
import type { TokenType } from '../../events/catalogue.ts'
import type { RefreshTokenState } from '../../oauth/token/token.ts'
import {
  type ListedToken,
  type LiveTokens,
  maxListedClients,
  type TokenFilter,
  type TokenListReader,
  type TokenStatus,
} from '../../oauth/token/token-list.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccessTokenId, AccountId, ClientId, GrantId, RefreshTokenId } from '../../shared/ids.ts'
import {
  countLimit,
  type ListPage,
  type ListTotal,
  type ListWindow,
  listTotal,
} from '../../shared/listing.ts'
import { mapPage, readCursor, toPage } from './listing.ts'
import { type Executor, type SqlValue, type Statement, statement } from './statement.ts'
import { toScopes } from './values.ts'

interface Row {
  kind: TokenType
  id: AccessTokenId | RefreshTokenId
  client_id: ClientId
  client_name: string
  account_id: AccountId | null
  username: string | null
  grant_id: GrantId | null
  scopes: string
  issued_at: Instant
  expires_at: Instant
  state: RefreshTokenState
  superseded_at: Instant | null
  /** What a list by expiry is ordered by; of the few of a client or a person, how many there are. */
  place: number
}

type Params = Record<string, SqlValue>
type Way = 'first' | 'before' | 'after'

/** How a list is found. */
type Plan = 'by_id' | 'by_expiry' | 'by_grants'

const tables = { access: 'access_tokens', refresh: 'refresh_tokens' } as const

/** What a list by expiry goes along: access_tokens_expiry, refresh_tokens_active. */
const expiryColumns = { access: 't.expiry_minute', refresh: 't.expires_at' } as const

const clientParameters = Array.from(
  { length: maxListedClients },
  (_, index) => `client_${String.fromCharCode(97 + index)}`,
)
const oneOfClients = `in (${clientParameters.map((name) => `:${name}`).join(', ')})`

/** One is compared by itself: of a list of ten PostgreSQL expects ten times as much. */
function isClient(clientIds: TokenFilter['clientIds']): string {
  return clientIds?.length === 1 ? '= :client_a' : oneOfClients
}

/** A client or a person has few tokens when there are no more than these, and no more grants. */
const few = 2000

/** Literal states, so that the indexes of one state alone are found. */
function statusCondition(kind: TokenType, status: TokenStatus, along: Plan): string {
  if (status !== 'active' && status !== 'expired') return `t.state = '${status}'`
  const living = status === 'active'
  const compared = `t.expires_at ${living ? '>' : '<='} :now`
  if (along !== 'by_expiry' || kind === 'refresh') return `t.state = 'active' and ${compared}`
  return `t.state = 'active' and ${compared}
    and t.expiry_minute ${living ? '>=' : '<='} cast(:now as bigint) / 60000`
}

/** Where the tokens of a client, a person or both are: ways that have no token in common, and every token is on one. */
function waysTo(kind: TokenType, { accountId, clientIds }: TokenFilter): { from: string; where: string[] }[] {
  const table = tables[kind]
  const ofClient = clientIds === undefined ? [] : [`t.client_id ${isClient(clientIds)}`]
  const ofPerson = accountId === undefined ? [] : ['t.account_id = :account']
  const grants = [
    ...(accountId === undefined ? [] : ['g.account_id = :account']),
    ...(clientIds === undefined ? [] : [`g.client_id ${isClient(clientIds)}`]),
  ]
  // grants_account or grants_client, then access_tokens_grant or refresh_tokens_grant. There are no more grants than the
  // limit; it keeps PostgreSQL from beginning with the tokens.
  const limited = `(select g.id from grants g where ${grants.join(' and ')} limit ${few + 1}) g`
  const families = { from: `${limited} join ${table} t on t.grant_id = g.id`, where: [] as string[] }
  if (kind === 'refresh') return [families]
  const alone =
    accountId === undefined
      ? // access_tokens_client; those out of use are below.
        [{ from: `${table} t`, where: [...ofClient, 't.grant_id is null', "t.state = 'active'"] }]
      : // access_tokens_account, access_tokens_account_out.
        ["t.state = 'active'", "t.state <> 'active'"].map((state) => ({
          from: `${table} t`,
          where: [...ofPerson, ...ofClient, 't.grant_id is null', 't.account_id is not null', state],
        }))
  // A person's families hold what was exchanged for it, too; a client's hold what others exchanged.
  if (clientIds === undefined) return [families, ...alone]
  const exchanged = accountId === undefined ? '(t.grant_id is null or t.exchanged = 1)' : 't.exchanged = 1'
  return [
    { ...families, where: ['t.exchanged = 0'] },
    ...alone,
    // access_tokens_exchanged, access_tokens_client_out.
    {
      from: `${table} t`,
      where: [...ofClient, ...ofPerson, 't.exchanged = 1', 't.grant_id is not null', "t.state = 'active'"],
    },
    { from: `${table} t`, where: [...ofClient, ...ofPerson, ...outOfUse(exchanged)] },
  ]
}

/** As access_tokens_client_out is defined. */
function outOfUse(exchanged: string): string[] {
  const defined = '(t.grant_id is null or t.exchanged = 1)'
  return [defined, "t.state <> 'active'", ...(exchanged === defined ? [] : [exchanged])]
}

/** How many tokens the ways lead to, and how many grants there are on the way, each looked at up to a limit. */
function sizeStatement(filter: TokenFilter): string {
  const grants = [
    ...(filter.accountId === undefined ? [] : ['account_id = :account']),
    ...(filter.clientIds === undefined ? [] : [`client_id ${isClient(filter.clientIds)}`]),
  ]
  // Without a look at the rows of their tokens.
  const [families, ...others] = waysTo(filter.kind, filter)
  return `select ${[
    selectFrom('1', 'grants', grants),
    selectFrom('1', families!.from, []),
    ...others.map(({ from, where }) => selectFrom('1', from, where)),
  ]
    .map((some) => `(select count(*) from (${some} limit :limit) found)`)
    .join('\n + ')} as found`
}

/** Ids of the tokens that fit, without order. */
function foundBy(plan: Plan, filter: TokenFilter): string {
  const { kind, status, id, clientIds, accountId } = filter
  const conditions = [
    ...(status === undefined ? [] : [statusCondition(kind, status, plan)]),
    ...(id === undefined ? [] : ['t.id = :id']),
  ]
  if (plan === 'by_grants') {
    return waysTo(kind, filter)
      .map(({ from, where }) => selectFrom('t.id', from, [...where, ...conditions]))
      .join('\n union all ')
  }
  if (clientIds !== undefined) conditions.push(`t.client_id ${isClient(clientIds)}`)
  if (accountId !== undefined) conditions.push('t.account_id = :account')
  return selectFrom('t.id', `${tables[kind]} t`, conditions)
}

function selectFrom(what: string, from: string, conditions: readonly string[]): string {
  return `select ${what} from ${from}${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`}`
}

/** Everything a list says of the tokens that `picked` names. Crossed, so that they come first. */
function rowsOf(kind: TokenType, place: string, picked: string, sorted: string): string {
  const refresh = kind === 'refresh'
  return `select '${kind}' as kind, t.id, t.client_id, coalesce(c.name, t.client_id) as client_name, t.account_id,
    a.username, t.grant_id, ${refresh ? "coalesce(g.scopes, '')" : 't.scopes'} as scopes, t.issued_at, t.expires_at,
    t.state, ${refresh ? 't.superseded_at' : 'null'} as superseded_at, ${place} as place
  from (${picked}) picked cross join ${tables[kind]} t
    left join clients c on c.id = t.client_id left join accounts a on a.id = t.account_id
    ${refresh ? 'left join grants g on g.id = t.grant_id' : ''}
  where t.id = picked.id
  order by ${sorted}`
}

function pageStatement(plan: Plan, filter: TokenFilter, way: Way): string {
  const found = foundBy(plan, filter)
  const [compare, direction] = way === 'before' ? ['>', 'asc'] : ['<', 'desc']
  if (plan === 'by_grants') {
    const all = `select f.id, count(*) over () as total from (${found}) f`
    const bound = way === 'first' ? '' : ` where id ${compare} :start_a`
    const picked = `select id, total from (${all}) counted${bound} order by id ${direction} limit :limit`
    return rowsOf(filter.kind, 'picked.total', picked, `t.id ${direction}`)
  }
  const and = found.includes(' where ') ? ' and ' : ' where '
  if (plan === 'by_id') {
    const bound = way === 'first' ? '' : `${and}t.id ${compare} :start_a`
    const picked = `${found}${bound} order by t.id ${direction} limit :limit`
    return rowsOf(filter.kind, '0', picked, `t.id ${direction}`)
  }
  const expiry = expiryColumns[filter.kind]
  const bound = way === 'first' ? '' : `${and}(${expiry}, t.id) ${compare} (:start_a, :start_b)`
  const sorted = `${expiry} ${direction}, t.id ${direction}`
  return rowsOf(filter.kind, expiry, `${found}${bound} order by ${sorted} limit :limit`, sorted)
}

/** How many fit among some of the list without a client and a person, and how many of those were looked at. */
function countAmongStatement(plan: Plan, filter: TokenFilter): string {
  const { kind, status, clientIds, accountId } = filter
  const looked = status === undefined ? '' : ` where ${statusCondition(kind, status, plan)}`
  const fits = [
    ...(clientIds === undefined ? [] : [`client_id ${isClient(clientIds)}`]),
    ...(accountId === undefined ? [] : ['account_id = :account']),
  ].join(' and ')
  return `select cast(coalesce(sum(case when ${fits} then 1 else 0 end), 0) as bigint) as found, count(*) as looked_at from (
    select t.client_id, t.account_id from ${tables[kind]} t${looked} limit :limit
  ) among`
}

const made = new Map<string, Statement<Params, never>>()

/** Made once for each set of filters that is asked for. */
function prepared<R extends object>(name: string, sql: () => string): Statement<Params, R> {
  const known = made.get(name)
  if (known !== undefined) return known
  const fresh = statement<Params, never>(name, sql())
  made.set(name, fresh)
  return fresh
}

/** Names a statement by the filters that have a value. */
function nameOf(plan: Plan, filter: TokenFilter): string {
  const clients = filter.clientIds && (filter.clientIds.length === 1 ? 'o' : 'c')
  const asked = [clients, filter.accountId && 'a', filter.id && 'i'].filter(Boolean).join('')
  return `token_list.${filter.kind}.${plan}.${filter.status ?? 'any'}.${asked}`
}

function paramsOf(filter: TokenFilter, now: Instant): Params {
  const { clientIds, accountId, id } = filter
  const clients = clientParameters.map((name, index) => [name, clientIds?.[index] ?? clientIds?.at(-1)])
  return { ...Object.fromEntries(clients), account: accountId, id, now }
}

function simplePlan({ status, id }: TokenFilter): Plan {
  return id === undefined && (status === 'active' || status === 'expired') ? 'by_expiry' : 'by_id'
}

const grantColumns = `t.id, t.client_id, t.account_id, t.grant_id, t.issued_at, t.expires_at, t.state`

// grants, then access_tokens_grant and refresh_tokens_grant: one family, of which few live.
const ofGrant = `select 'access' as kind, ${grantColumns}, t.scopes, cast(null as bigint) as superseded_at
    from access_tokens t where t.grant_id = :grant and t.state in ('active', 'disabled') and t.expires_at > :now
  union all
  select 'refresh' as kind, ${grantColumns}, g.scopes, t.superseded_at
    from refresh_tokens t join grants g on g.id = t.grant_id
    where t.grant_id = :grant and t.state in ('active', 'disabled') and t.expires_at > :now`

function pageOfGrantStatement(way: Way): string {
  const [compare, direction] = way === 'before' ? ['>', 'asc'] : ['<', 'desc']
  const bound = way === 'first' ? '' : `where t.id ${compare} :start_a`
  return `select t.*, coalesce(c.name, t.client_id) as client_name, a.username, 0 as place
    from (${ofGrant}) t left join clients c on c.id = t.client_id left join accounts a on a.id = t.account_id
    ${bound} order by t.id ${direction} limit :limit`
}

const countOfGrant = statement<Params, { found: number }>(
  'token_list.count_of_grant',
  `select count(*) as found from (select 1 from (${ofGrant}) t limit :limit) counted`,
)

/** How many tokens are looked at to count those of a client or a person with many. */
const lookedAt = 10_000

export class SqlTokenLists implements TokenListReader {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async list(
    filter: TokenFilter,
    now: Instant,
    window: ListWindow,
  ): Promise<{ page: ListPage<ListedToken>; total: ListTotal }> {
    if (!isScoped(filter)) {
      const plan = simplePlan(filter)
      const { page } = await this.#page(plan, filter, now, window)
      return { page, total: await this.#count(plan, filter, now) }
    }
    if (await this.#areFew(filter, now)) {
      const { page, rows } = await this.#page('by_grants', filter, now, window)
      const found = rows[0]?.place
      return {
        page,
        total: found === undefined ? await this.#count('by_grants', filter, now) : listTotal(found),
      }
    }
    const { page } = await this.#page(simplePlan(filter), filter, now, window)
    return { page, total: await this.#countAmong(filter, now) }
  }

  async pageOfGrant(grantId: GrantId, now: Instant, window: ListWindow): Promise<ListPage<ListedToken>> {
    const { way, params, limit } = startOf(window, 1)
    const query = prepared<Row>(`token_list.of_grant.${way}`, () => pageOfGrantStatement(way))
    const rows = await this.#sql.all(query, { grant: grantId, now, ...params, limit: limit + 1 })
    return mapPage(
      toPage(rows, limit, way, ({ id }) => [id]),
      toListed,
    )
  }

  async countOfGrant(grantId: GrantId, now: Instant): Promise<ListTotal> {
    return this.#total(countOfGrant, { grant: grantId, now })
  }

  async liveOf(whose: Pick<TokenFilter, 'clientIds' | 'accountId'>, now: Instant): Promise<LiveTokens> {
    const total = async (kind: TokenType): Promise<ListTotal> => {
      const filter = { ...whose, kind, status: 'active' } as const
      return (await this.#areFew(filter, now))
        ? this.#count('by_grants', filter, now)
        : this.#countAmong(filter, now)
    }
    return { accessTokens: await total('access'), refreshTokens: await total('refresh') }
  }

  /** Whether a client or a person has few tokens and few grants. */
  async #areFew(filter: TokenFilter, now: Instant): Promise<boolean> {
    const size = prepared<{ found: number }>(
      `${nameOf('by_grants', { ...filter, status: undefined })}.size`,
      () => sizeStatement(filter),
    )
    const { found } = (await this.#sql.one(size, { ...paramsOf(filter, now), limit: few + 1 }))!
    return found <= few
  }

  /** Of a client or a person with many. */
  async #countAmong(filter: TokenFilter, now: Instant): Promise<ListTotal> {
    const plan = simplePlan(filter)
    const among = prepared<{ found: number; looked_at: number }>(`${nameOf(plan, filter)}.among`, () =>
      countAmongStatement(plan, filter),
    )
    const params = { ...paramsOf(filter, now), limit: lookedAt + 1 }
    const { found, looked_at } = (await this.#sql.one(among, params))!
    return { count: found, atLeast: looked_at > lookedAt }
  }

  async #page(plan: Plan, filter: TokenFilter, now: Instant, window: ListWindow) {
    const { way, params, limit } = startOf(window, plan === 'by_expiry' ? 2 : 1)
    const query = prepared<Row>(`${nameOf(plan, filter)}.${way}`, () => pageStatement(plan, filter, way))
    const rows = await this.#sql.all(query, { ...paramsOf(filter, now), ...params, limit: limit + 1 })
    const keyOf = (row: Row) => (plan === 'by_expiry' ? [row.place, row.id] : [row.id])
    return { rows, page: mapPage(toPage(rows, limit, way, keyOf), toListed) }
  }

  #count(plan: Plan, filter: TokenFilter, now: Instant): Promise<ListTotal> {
    const query = prepared<{ found: number }>(
      `${nameOf(plan, filter)}.count`,
      () => `select count(*) as found from (select 1 from (${foundBy(plan, filter)}) f limit :limit) counted`,
    )
    return this.#total(query, paramsOf(filter, now))
  }

  async #total(query: Statement<Params, { found: number }>, params: Params): Promise<ListTotal> {
    return listTotal((await this.#sql.one(query, { ...params, limit: countLimit + 1 }))?.found ?? 0)
  }
}

function isScoped({ clientIds, accountId, id }: TokenFilter): boolean {
  return id === undefined && (clientIds !== undefined || accountId !== undefined)
}

function startOf({ after, before, limit }: ListWindow, length: number) {
  const start = readCursor(after ?? before, length)
  const way: Way = start === undefined ? 'first' : after === undefined ? 'before' : 'after'
  return { way, limit, params: { start_a: start?.[0], start_b: start?.[1] } as Params }
}

function toListed(row: Row): ListedToken {
  return {
    kind: row.kind,
    id: row.id,
    clientId: row.client_id,
    clientName: row.client_name,
    accountId: row.account_id ?? undefined,
    username: row.username ?? undefined,
    grantId: row.grant_id ?? undefined,
    scopes: toScopes(row.scopes),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    state: row.state,
    supersededAt: row.superseded_at ?? undefined,
  }
}
