/** {@link ConsentStore} in SQL. */
import type {
  Consent,
  ConsentOfClient,
  ConsentOverview,
  ConsentStore,
} from '../../oauth/authorization/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId, ConsentId } from '../../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import { createListing, mapPage } from './listing.ts'
import { type Executor, statement } from './statement.ts'

interface Row {
  id: ConsentId
  account_id: AccountId
  client_id: ClientId
  permissions: string
  granted_at: Instant
  updated_at: Instant
}

const columns = [
  'id',
  'account_id',
  'client_id',
  'permissions',
  'granted_at',
  'updated_at',
] as const satisfies readonly (keyof Row)[]

function toRow(consent: Consent): Row {
  return {
    id: consent.id,
    account_id: consent.accountId,
    client_id: consent.clientId,
    permissions: JSON.stringify(consent.permissions),
    granted_at: consent.grantedAt,
    updated_at: consent.updatedAt,
  }
}

function fromRow(row: Row): Consent {
  return {
    id: row.id,
    accountId: row.account_id,
    clientId: row.client_id,
    permissions: JSON.parse(row.permissions) as Consent['permissions'],
    grantedAt: row.granted_at,
    updatedAt: row.updated_at,
  }
}

function toConsentOfClient(row: RowOfClient): ConsentOfClient {
  const { username, full_name: fullName, email } = row
  const person =
    username === null || fullName === null || email === null ? undefined : { username, fullName, email }
  return { consent: fromRow(row), person }
}

// The unique pair.
const find = statement<{ account_id: AccountId; client_id: ClientId }, Row>(
  'consents.find',
  `select ${columns} from consents where account_id = :account_id and client_id = :client_id`,
)

// The unique pair.
const hold = statement<{ account_id: AccountId; client_id: ClientId }, Row>(
  'consents.hold',
  `select ${columns} from consents where account_id = :account_id and client_id = :client_id for update`,
)

// Primary key.
const findById = statement<{ id: ConsentId }, Row>(
  'consents.find_by_id',
  `select ${columns} from consents where id = :id`,
)

// The unique pair, by its first half: one person's consents are few. Selected, the person is nobody PostgreSQL knows: of
// one with many it expects some soon along the primary key, and reads all that came after them.
const listOf = statement<
  { account_id: AccountId; before: string; limit: number },
  Row & { client_name: string }
>(
  'consents.list_of',
  `select ${columns.map((column) => `k.${column}`)}, coalesce(c.name, k.client_id) as client_name
  from consents k left join clients c on c.id = k.client_id
  where k.account_id = (select :account_id) and k.id < :before
  order by k.id desc limit :limit`,
)

// As above.
const listing = createListing<Row & { client_name: string }, 'account'>({
  name: 'consents.of_account',
  columns: [...columns.map((column) => `k.${column}`), 'coalesce(c.name, k.client_id) as client_name'],
  from: 'consents k left join clients c on c.id = k.client_id',
  order: ['k.id'],
  filters: { account: 'k.account_id = (select :account)' },
})

/** Greater than every id, byte by byte. */
const pastEveryId = '~'

// The unique pair.
const remember = statement<Row>(
  'consents.remember',
  `insert into consents (${columns}) values (${columns.map((column) => `:${column}`)})
  on conflict (account_id, client_id)
  do update set permissions = excluded.permissions, updated_at = excluded.updated_at`,
)

// Primary key.
const forget = statement<{ id: ConsentId }>('consents.forget', 'delete from consents where id = :id')

// The unique pair, by its first half.
const forgetAllOf = statement<{ account_id: AccountId }>(
  'consents.forget_all_of',
  'delete from consents where account_id = :account_id',
)
type RowOfClient = Row & { username: string | null; full_name: string | null; email: string | null }

// consents_client, from its end; the client as above.
const ofClient = createListing<RowOfClient, 'client_id'>({
  name: 'consents_of_client',
  columns: [...columns.map((column) => `c.${column}`), 'a.username', 'a.full_name', 'a.email'],
  from: 'consents c left join accounts a on a.id = c.account_id',
  order: ['c.id'],
  filters: { client_id: 'c.client_id = (select :client_id)' },
})

// consents_client.
const forgetAllOfClient = statement<{ client_id: ClientId }>(
  'consents.forget_all_of_client',
  'delete from consents where client_id = :client_id',
)

export class SqlConsentStore implements ConsentStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined> {
    const row = await this.#sql.one(find, { account_id: accountId, client_id: clientId })
    return row && fromRow(row)
  }

  async hold(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined> {
    const row = await this.#sql.one(hold, { account_id: accountId, client_id: clientId })
    return row && fromRow(row)
  }

  async findById(id: ConsentId): Promise<Consent | undefined> {
    const row = await this.#sql.one(findById, { id })
    return row && fromRow(row)
  }

  async listOf(
    accountId: AccountId,
    { limit, before }: { limit: number; before?: ConsentId | undefined },
  ): Promise<ConsentOverview[]> {
    const rows = await this.#sql.all(listOf, {
      account_id: accountId,
      before: before ?? pastEveryId,
      limit,
    })
    return rows.map(toOverview)
  }

  async pageOf(accountId: AccountId, window: ListWindow): Promise<ListPage<ConsentOverview>> {
    return mapPage(await listing.page(this.#sql, { account: accountId }, window), toOverview)
  }

  async countOf(accountId: AccountId): Promise<ListTotal> {
    return listing.count(this.#sql, { account: accountId })
  }

  async pageOfClient(clientId: ClientId, window: ListWindow): Promise<ListPage<ConsentOfClient>> {
    const { entries, ...around } = await ofClient.page(this.#sql, { client_id: clientId }, window)
    return { entries: entries.map(toConsentOfClient), ...around }
  }

  async countOfClient(clientId: ClientId): Promise<ListTotal> {
    return ofClient.count(this.#sql, { client_id: clientId })
  }

  async remember(consent: Consent): Promise<void> {
    await this.#sql.run(remember, toRow(consent))
  }

  async forget(id: ConsentId): Promise<boolean> {
    return (await this.#sql.run(forget, { id })) === 1
  }

  async forgetAllOf(accountId: AccountId): Promise<number> {
    return this.#sql.run(forgetAllOf, { account_id: accountId })
  }

  async forgetAllOfClient(clientId: ClientId): Promise<number> {
    return this.#sql.run(forgetAllOfClient, { client_id: clientId })
  }
}

function toOverview(row: Row & { client_name: string }): ConsentOverview {
  return { consent: fromRow(row), clientName: row.client_name }
}
