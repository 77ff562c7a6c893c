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

/** A client or a person has few tokens when there are no more than these, and no more grants. More are not looked at. */
const few = 2000

/** How many tokens, and grants on the way, are looked at where they are only counted. */
const counted = 500

/** Literal states, so that the indexes of one state alone are found; of access tokens the minute is in most indexes. */
function statusCondition(kind: TokenType, status: TokenStatus, along: Plan): string {
  if (!isByTime(status)) {
    // No token has the other state: it hides the index of all that are disabled, or revoked, each of which would be held
    // against each grant.
    return along === 'by_grants' ? `t.state in ('${status}', '')` : `t.state = '${status}'`
  }
  const living = status === 'active'
  const compared = `t.state = 'active' and t.expires_at ${living ? '>' : '<='} :now`
  if (along === 'by_id' || kind === 'refresh') return compared
  return `${compared} and t.expiry_minute ${living ? '>=' : '<='} cast(:now as bigint) / 60000`
}

/** Whether nothing but time takes a token from one to the other. */
function isByTime(status: TokenStatus | undefined): boolean {
  return status === 'active' || status === 'expired'
}

/** A way to tokens: where they are, and what holds of those that are on no other way. */
interface Path {
  from: string
  where: readonly string[]
  /** Whether the state of all of them is `active`, or of none; either when it is not said. */
  active?: boolean
}

/**
 * Where the tokens of a client, a person or both are: ways that have no token in common, and every token that may have
 * the status is on one. The first one leads through the grants, the newest first.
 * @param mostGrants the limit of grants; it keeps PostgreSQL from beginning with the tokens.
 */
function waysTo(filter: TokenFilter, mostGrants: string): Path[] {
  const { kind, status, accountId, clientIds } = filter
  const table = tables[kind]
  const ofClient = clientIds === undefined ? [] : [`t.client_id ${isClient(clientIds)}`]
  const ofPerson = accountId === undefined ? [] : ['t.account_id = :account']
  // grants_account or grants_client, then access_tokens_grant or refresh_tokens_grant.
  const limited = `(${grantsOf('g.id', filter)} limit ${mostGrants}) g`
  const families: Path = { from: `${limited} join ${table} t on t.grant_id = g.id`, where: [] }
  if (kind === 'refresh') return [families]
  const isOfUse = ({ active }: Path) =>
    active === undefined || status === undefined || active === isByTime(status)
  const alone: Path[] =
    accountId === undefined
      ? // access_tokens_client; those out of use are below.
        [
          {
            from: `${table} t`,
            where: [...ofClient, 't.grant_id is null', "t.state = 'active'"],
            active: true,
          },
        ]
      : // access_tokens_account, access_tokens_account_out.
        [true, false].map((active) => ({
          from: `${table} t`,
          where: [
            ...ofPerson,
            ...ofClient,
            't.grant_id is null',
            't.account_id is not null',
            `t.state ${active ? '=' : '<>'} 'active'`,
          ],
          active,
        }))
  // A person's families hold what was exchanged for it, too; a client's hold what others exchanged.
  if (clientIds === undefined) return [families, ...alone.filter(isOfUse)]
  const exchanged = accountId === undefined ? '(t.grant_id is null or t.exchanged = 1)' : 't.exchanged = 1'
  // access_tokens_exchanged, access_tokens_client_out.
  const others: Path[] = [
    {
      from: `${table} t`,
      where: [...ofClient, ...ofPerson, 't.exchanged = 1', 't.grant_id is not null', "t.state = 'active'"],
      active: true,
    },
    { from: `${table} t`, where: [...ofClient, ...ofPerson, ...outOfUse(exchanged)], active: false },
  ]
  return [{ ...families, where: ['t.exchanged = 0'] }, ...[...alone, ...others].filter(isOfUse)]
}

/** Grants of a client, a person or both, the newest first where an index has them in that order. */
function grantsOf(
  what: string,
  { accountId, clientIds }: Pick<TokenFilter, 'accountId' | 'clientIds'>,
): string {
  const conditions = [
    ...(accountId === undefined ? [] : ['g.account_id = :account']),
    ...(clientIds === undefined ? [] : [`g.client_id ${isClient(clientIds)}`]),
  ]
  const inOrder = accountId !== undefined || clientIds?.length === 1
  return `${selectFrom(what, 'grants g', conditions)}${inOrder ? ' order by g.id desc' : ''}`
}

/** As access_tokens_client_out is defined. */
function outOfUse(exchanged: string): string[] {
  const defined = '(t.grant_id is null or t.exchanged = 1)'
  return [defined, "t.state <> 'active'", ...(exchanged === defined ? [] : [exchanged])]
}

interface Size {
  grants: number
  tokens: number
}

/** Whether the index that leads from a grant to its tokens tells them by this status. */
function isIndexed(kind: TokenType, status: TokenStatus | undefined): status is TokenStatus {
  return status !== undefined && (kind === 'refresh' || isByTime(status))
}

/** How many grants and tokens the ways lead to, each looked at up to a limit. */
function sizeStatement(filter: TokenFilter): string {
  const { kind, status } = filter
  const asked = isIndexed(kind, status)
  const conditions = asked ? [statusCondition(kind, status, 'by_grants')] : []
  const tokens = waysTo(asked ? filter : { ...filter, status: undefined }, ':limit').map(({ from, where }) =>
    selectFrom('1', from, [...where, ...conditions]),
  )
  return `select (select count(*) from (${grantsOf('1', filter)} limit :limit) g) as grants,
    (select count(*) from (${tokens.join('\n union all ')} limit :limit) found) as tokens`
}

/** Ids of the tokens that fit, without order. */
function foundBy(plan: Plan, filter: TokenFilter): string {
  const { kind, status, id, clientIds, accountId } = filter
  const conditions = [
    ...(status === undefined ? [] : [statusCondition(kind, status, plan)]),
    ...(id === undefined ? [] : ['t.id = :id']),
  ]
  if (plan === 'by_grants') {
    return waysTo(filter, String(few))
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

/** How many fit among the newest of those that an act took out of use, and how many of those were looked at. */
function countAmongStatement({ kind, status, clientIds, accountId }: TokenFilter): string {
  const fits = [
    ...(clientIds === undefined ? [] : [`client_id ${isClient(clientIds)}`]),
    ...(accountId === undefined ? [] : ['account_id = :account']),
  ].join(' and ')
  return `select cast(coalesce(sum(case when ${fits} then 1 else 0 end), 0) as bigint) as found, count(*) as looked_at from (
    select t.client_id, t.account_id from ${tables[kind]} t where t.state = '${status}' order by t.id desc limit :limit
  ) among`
}

const made = new Map<string, Statement<Params, never>>()

/** Made once for each set of filters that is asked for. */
function prepared<R extends object>(
  name: string,
  sql: () => string,
  planned: Statement<Params, R>['planned'] = 'once',
): Statement<Params, R> {
  const known = made.get(name)
  if (known !== undefined) return known
  const fresh = statement<Params, never>(name, sql(), planned)
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
    const size = await this.#size(filter, now, few)
    if (!isFew(size)) {
      const { page } = await this.#page(simplePlan(filter), filter, now, window)
      return { page, total: await this.#countOfMany(filter, now, size, page.entries.length) }
    }
    const { page, rows } = await this.#page('by_grants', filter, now, window)
    const found = rows[0]?.place
    return {
      page,
      total: found === undefined ? await this.#count('by_grants', filter, now) : listTotal(found),
    }
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
      const { grants, tokens } = await this.#size({ ...whose, kind, status: 'active' }, now, counted)
      return { count: Math.min(tokens, counted), atLeast: Math.max(grants, tokens) > counted }
    }
    const [accessTokens, refreshTokens] = await Promise.all([total('access'), total('refresh')])
    return { accessTokens, refreshTokens }
  }

  /** Each counted up to one beyond `most`. */
  async #size(filter: TokenFilter, now: Instant, most: number): Promise<Size> {
    const status = isIndexed(filter.kind, filter.status) ? filter.status : undefined
    const asked = { ...filter, status }
    const size = prepared<Size>(`${nameOf('by_grants', asked)}.size`, () => sizeStatement(asked))
    return (await this.#sql.one(size, { ...paramsOf(filter, now), limit: most + 1 }))!
  }

  /** Of a client or a person with many: those among the ones that were looked at, and at least those that are shown. */
  async #countOfMany(filter: TokenFilter, now: Instant, size: Size, shown: number): Promise<ListTotal> {
    if (filter.status !== 'disabled' && filter.status !== 'revoked') {
      return { count: Math.max(Math.min(size.tokens, few), shown), atLeast: true }
    }
    const among = prepared<{ found: number; looked_at: number }>(`${nameOf('by_id', filter)}.among`, () =>
      countAmongStatement(filter),
    )
    const { found, looked_at } = (await this.#sql.one(among, { ...paramsOf(filter, now), limit: few + 1 }))!
    return { count: Math.max(found, shown), atLeast: looked_at > few }
  }

  async #page(plan: Plan, filter: TokenFilter, now: Instant, window: ListWindow) {
    const { way, params, limit } = startOf(window, plan === 'by_expiry' ? 2 : 1)
    const query = prepared<Row>(
      `${nameOf(plan, filter)}.${way}`,
      () => pageStatement(plan, filter, way),
      // Not knowing the instants, PostgreSQL expects a handful between them, and sorts tens of thousands.
      plan === 'by_expiry' ? 'each_time' : 'once',
    )
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

function isFew({ grants, tokens }: Size): boolean {
  return grants <= few && tokens <= few
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
