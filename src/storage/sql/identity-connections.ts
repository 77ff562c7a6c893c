/** {@link IdentityConnectionStore} in SQL. */
import type { Identity, IdentityConnection, IdentitySource } from '../../identity-providers/connection.ts'
import type { IdentityConnectionStore } from '../../identity-providers/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId, IdentityConnectionId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'

interface Row {
  id: IdentityConnectionId
  account_id: AccountId
  source: IdentitySource
  issuer: string
  subject: string
  username: string | null
  email: string | null
  linked_at: Instant
  last_used_at: Instant | null
}

const columns = [
  'id',
  'account_id',
  'source',
  'issuer',
  'subject',
  'username',
  'email',
  'linked_at',
  'last_used_at',
] as const satisfies readonly (keyof Row)[]

// Unique index on source, issuer and subject.
const find = statement<{ source: string; issuer: string; subject: string }, Row>(
  'identity_connections.find',
  `select ${columns} from identity_connections
  where source = :source and issuer = :issuer and subject = :subject`,
)

// Unique index on account and source; a person has few.
const listOf = statement<{ account_id: AccountId }, Row>(
  'identity_connections.list_of',
  `select ${columns} from identity_connections where account_id = :account_id order by linked_at, id`,
)

// The same.
const holdOf = statement<{ account_id: AccountId }, Row>(
  'identity_connections.hold_of',
  `select ${columns} from identity_connections where account_id = :account_id order by linked_at, id for update`,
)

const insert = insertStatement<Row>('identity_connections', columns)

// Primary key.
const noteUse = statement<{
  id: IdentityConnectionId
  username: string | undefined
  email: string | undefined
  at: Instant
}>(
  'identity_connections.note_use',
  'update identity_connections set username = :username, email = :email, last_used_at = :at where id = :id',
)

// Primary key.
const deleteConnection = statement<{ id: IdentityConnectionId }>(
  'identity_connections.delete',
  'delete from identity_connections where id = :id',
)

export class SqlIdentityConnectionStore implements IdentityConnectionStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find({ source, issuer, subject }: Identity): Promise<IdentityConnection | undefined> {
    const row = await this.#sql.one(find, { source, issuer, subject })
    return row && toConnection(row)
  }

  async listOf(accountId: AccountId): Promise<IdentityConnection[]> {
    return (await this.#sql.all(listOf, { account_id: accountId })).map(toConnection)
  }

  async holdOf(accountId: AccountId): Promise<IdentityConnection[]> {
    return (await this.#sql.all(holdOf, { account_id: accountId })).map(toConnection)
  }

  async insert(connection: IdentityConnection): Promise<void> {
    await this.#sql.run(insert, {
      id: connection.id,
      account_id: connection.accountId,
      source: connection.source,
      issuer: connection.issuer,
      subject: connection.subject,
      username: connection.username ?? null,
      email: connection.email ?? null,
      linked_at: connection.linkedAt,
      last_used_at: connection.lastUsedAt ?? null,
    })
  }

  async noteUse(
    id: IdentityConnectionId,
    { username, email }: Pick<IdentityConnection, 'username' | 'email'>,
    at: Instant,
  ): Promise<void> {
    await this.#sql.run(noteUse, { id, username, email, at })
  }

  async delete(id: IdentityConnectionId): Promise<boolean> {
    return (await this.#sql.run(deleteConnection, { id })) === 1
  }
}

function toConnection(row: Row): IdentityConnection {
  return {
    id: row.id,
    accountId: row.account_id,
    source: row.source,
    issuer: row.issuer,
    subject: row.subject,
    username: row.username ?? undefined,
    email: row.email ?? undefined,
    linkedAt: row.linked_at,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}
