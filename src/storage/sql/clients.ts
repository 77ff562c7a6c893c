/** {@link ClientStore} in SQL. */
import type { Client } from '../../oauth/client.ts'
import type { ClientStore } from '../../oauth/client-store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, ClientId } from '../../shared/ids.ts'
import { type ClientRow, clientColumns, fromClient, toClient } from './client-rows.ts'
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

// clients_created, from its end: few people make clients, and nobody asks for this often.
const listCreatedBy = statement<{ account: AccountId; limit: number }, ClientRow>(
  'clients.list_created_by',
  `select ${clientColumns} from clients where created_by = :account
  order by created_at desc, id desc limit :limit`,
)

const any = statement<NoParams, { found: number }>('clients.any', 'select 1 as found from clients limit 1')

const insert = insertStatement<ClientRow>('clients', clientColumns)

// Primary key.
const replaceSecretHash = statement<{ id: ClientId; previous: string; next: string }>(
  'clients.replace_secret_hash',
  'update clients set secret_hash = :next where id = :id and secret_hash = :previous',
)

// Reads the table: asked when a person is looked at or deleted.
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
  'id' | 'name' | 'type' | 'secret_hash' | 'grants' | 'scopes' | 'redirect_uris' | 'metadata' | 'updated_at'
>

// Primary key.
const replaceRegistration = statement<RegistrationRow>(
  'clients.replace_registration',
  `update clients set name = :name, type = :type, secret_hash = :secret_hash, grants = :grants, scopes = :scopes,
    redirect_uris = :redirect_uris, metadata = :metadata, updated_at = :updated_at
  where id = :id`,
)

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

  async listCreatedBy(account: AccountId, limit: number): Promise<Client[]> {
    return (await this.#sql.all(listCreatedBy, { account, limit })).map(toClient)
  }

  async countOwnedBy(owner: AccountId): Promise<number> {
    return (await this.#sql.one(countOwnedBy, { owner }))!.count
  }

  async disown(owner: AccountId): Promise<number> {
    return this.#sql.run(disown, { owner })
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
