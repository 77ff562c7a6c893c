/** {@link ClientStore} in SQL. */
import type { Client } from '../../oauth/client.ts'
import type { ClientFilter, ClientStore } from '../../oauth/client-store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import { type ListPage, type ListTotal, type ListWindow, listTotal } from '../../shared/listing.ts'
import { type ClientRow, clientColumns, fromClient, nameKey, toClient } from './client-rows.ts'
import { createListing } from './listing.ts'
import { type Executor, insertStatement, type NoParams, statement } from './statement.ts'

// Primary key.
const find = statement<{ id: ClientId }, ClientRow>(
  'clients.find',
  `select ${clientColumns} from clients where id = :id`,
)

// clients_created, from its end.
const list = statement<{ limit: number }, ClientRow>(
  'clients.list',
  `select ${clientColumns} from clients order by created_at desc, id desc limit :limit`,
)

// clients_created, from where the last page stopped.
const listAfter = statement<{ limit: number; after: ClientId }, ClientRow>(
  'clients.list_after',
  `select ${clientColumns} from clients
  where (created_at, id) < (select created_at, id from clients where id = :after)
  order by created_at desc, id desc limit :limit`,
)

const any = statement<NoParams, { found: number }>('clients.any', 'select 1 as found from clients limit 1')

const insert = insertStatement<ClientRow>('clients', clientColumns)

// Primary key.
const replaceSecretHash = statement<{ id: ClientId; previous: string; next: string }>(
  'clients.replace_secret_hash',
  'update clients set secret_hash = :next where id = :id and secret_hash = :previous',
)

// clients_owner: asked when a person is looked at or deleted.
const countOwnedBy = statement<{ owner: AccountId }, { count: number }>(
  'clients.count_owned_by',
  'select count(*) as count from clients where created_by = :owner',
)

// The same.
const disown = statement<{ owner: AccountId }>(
  'clients.disown',
  'update clients set created_by = null where created_by = :owner',
)

// Primary key.
const deleteClient = statement<{ id: ClientId }>('clients.delete', 'delete from clients where id = :id')

// Primary key.
const holdActive = statement<{ id: ClientId }, { found: number }>(
  'clients.hold_active',
  "select 1 as found from clients where id = :id and status = 'active' for share",
)

// Primary key.
const lock = statement<{ id: ClientId }, { found: number }>(
  'clients.lock',
  'select 1 as found from clients where id = :id for update',
)

type RegistrationRow = Pick<
  ClientRow,
  | 'id'
  | 'name'
  | 'name_key'
  | 'type'
  | 'secret_hash'
  | 'grants'
  | 'scopes'
  | 'redirect_uris'
  | 'metadata'
  | 'updated_at'
>

// Primary key.
const replaceRegistration = statement<RegistrationRow>(
  'clients.replace_registration',
  `update clients set name = :name, name_key = :name_key, type = :type, secret_hash = :secret_hash, grants = :grants,
    scopes = :scopes, redirect_uris = :redirect_uris, metadata = :metadata, updated_at = :updated_at
  where id = :id`,
)

const keptColumns: readonly string[] = ['id', 'origin', 'created_at']

// Primary key.
const replace = statement<ClientRow>(
  'clients.replace',
  `update clients set ${clientColumns
    .filter((column) => !keptColumns.includes(column))
    .map((column) => `${column} = :${column}`)
    .join(', ')}
  where id = :id`,
)

/**
 * clients_status, clients_origin, clients_owner, else clients_created; with a search clients_name. What begins with a
 * text sorts behind it, and before the text followed by the last character of Unicode.
 */
const listing = createListing<ClientRow, Exclude<keyof ClientFilter, 'search'> | 'name'>({
  name: 'clients',
  columns: clientColumns,
  from: 'clients',
  order: ['created_at', 'id'],
  filters: {
    status: 'status = :status',
    origin: 'origin = :origin',
    type: 'type = :type',
    owner: 'created_by = :owner',
    name: "(name_key >= :name and name_key < :name || '\u{10FFFF}')",
  },
})

// Primary key.
const setStatus = statement<{ id: ClientId; status: Client['status']; at: Instant }>(
  'clients.set_status',
  'update clients set status = :status, updated_at = :at where id = :id and status <> :status',
)

export class SqlClientStore implements ClientStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: ClientId): Promise<Client | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && toClient(row)
  }

  async list(options: { limit: number; after?: ClientId | undefined }): Promise<Client[]> {
    const { limit, after } = options
    const rows =
      after === undefined
        ? await this.#sql.all(list, { limit })
        : await this.#sql.all(listAfter, { limit, after })
    return rows.map(toClient)
  }

  async countOwnedBy(owner: AccountId): Promise<number> {
    return (await this.#sql.one(countOwnedBy, { owner }))!.count
  }

  async disown(owner: AccountId): Promise<number> {
    return this.#sql.run(disown, { owner })
  }

  async page(filter: ClientFilter, window: ListWindow): Promise<ListPage<Client>> {
    const named = await this.#named(filter)
    if (named !== undefined) return { entries: [named], previous: null, next: null }
    const { entries, ...around } = await listing.page(this.#sql, filterValues(filter), window)
    return { entries: entries.map(toClient), ...around }
  }

  async count(filter: ClientFilter): Promise<ListTotal> {
    const named = await this.#named(filter)
    return named === undefined ? listing.count(this.#sql, filterValues(filter)) : listTotal(1)
  }

  /** The client whose id is searched for, if it fits the rest. */
  async #named({ search, status, origin, type, owner }: ClientFilter): Promise<Client | undefined> {
    const client = search === undefined ? undefined : await this.find(search as ClientId)
    if (client === undefined) return undefined
    const fits =
      client.status === (status ?? client.status) &&
      client.origin === (origin ?? client.origin) &&
      client.type === (type ?? client.type) &&
      client.createdBy === (owner ?? client.createdBy)
    return fits ? client : undefined
  }

  async any(): Promise<boolean> {
    return (await this.#sql.one(any, {})) !== undefined
  }

  async insert(client: Client): Promise<void> {
    await this.#sql.run(insert, fromClient(client))
  }

  async holdActive(id: ClientId): Promise<boolean> {
    return (await this.#sql.one(holdActive, { id })) !== undefined
  }

  async lock(id: ClientId): Promise<boolean> {
    return (await this.#sql.one(lock, { id })) !== undefined
  }

  async replaceRegistration(client: Client): Promise<void> {
    await this.#sql.run(replaceRegistration, fromClient(client))
  }

  async replace(client: Client): Promise<void> {
    await this.#sql.run(replace, fromClient(client))
  }

  async setStatus(id: ClientId, status: Client['status'], at: Instant): Promise<boolean> {
    return (await this.#sql.run(setStatus, { id, status, at })) === 1
  }

  async replaceSecretHash(id: ClientId, previous: string, next: string): Promise<boolean> {
    return (await this.#sql.run(replaceSecretHash, { id, previous, next })) === 1
  }

  async delete(id: ClientId): Promise<boolean> {
    return (await this.#sql.run(deleteClient, { id })) === 1
  }
}

function filterValues({ search, ...rest }: ClientFilter) {
  return search === undefined ? rest : { ...rest, name: nameKey(search) }
}
