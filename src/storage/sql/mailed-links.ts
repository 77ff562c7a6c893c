/** {@link MailedLinkStore} in SQL. */
import type { LinkPurpose, MailedLink, MailedLinkStore } from '../../accounts/mailed-link.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, MailedLinkId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'

interface Row {
  id: MailedLinkId
  digest: SecretDigest
  account_id: AccountId
  purpose: LinkPurpose
  email: string
  created_at: Instant
  expires_at: Instant
}

const columns = [
  'id',
  'digest',
  'account_id',
  'purpose',
  'email',
  'created_at',
  'expires_at',
] as const satisfies readonly (keyof Row)[]

// Primary key.
const find = statement<{ id: MailedLinkId }, Row>(
  'mailed_links.find',
  `select ${columns} from mailed_links where id = :id`,
)

// mailed_links_account; a person has one or two.
const newestOf = statement<{ account_id: AccountId; purpose: LinkPurpose }, { created_at: Instant }>(
  'mailed_links.newest_of',
  `select created_at from mailed_links where account_id = :account_id and purpose = :purpose
  order by created_at desc limit 1`,
)

const insert = insertStatement<Row>('mailed_links', columns)

// mailed_links_account; a person has one or two.
const deleteOlder = statement<{ account_id: AccountId; purpose: LinkPurpose }>(
  'mailed_links.delete_older',
  'delete from mailed_links where account_id = :account_id and purpose = :purpose',
)

// Primary key.
const take = statement<{ id: MailedLinkId }, Row>(
  'mailed_links.take',
  `delete from mailed_links where id = :id returning ${columns}`,
)

// mailed_links_account.
const deleteAllOf = statement<{ account_id: AccountId }>(
  'mailed_links.delete_all_of',
  'delete from mailed_links where account_id = :account_id',
)

// mailed_links_expiry, from its start.
const deleteExpired = statement<{ before: Instant; limit: number }>(
  'mailed_links.delete_expired',
  `with picked as (
    select id from mailed_links where expires_at < :before
    order by expires_at limit :limit for update skip locked
  )
  delete from mailed_links where id in (select id from picked)`,
)

export class SqlMailedLinkStore implements MailedLinkStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(id: MailedLinkId): Promise<MailedLink | undefined> {
    const row = await this.#sql.one(find, { id })
    return row && fromRow(row)
  }

  async newestOf(accountId: AccountId, purpose: LinkPurpose): Promise<Instant | undefined> {
    return (await this.#sql.one(newestOf, { account_id: accountId, purpose }))?.created_at
  }

  async insert(link: MailedLink): Promise<void> {
    await this.#sql.run(deleteOlder, { account_id: link.accountId, purpose: link.purpose })
    await this.#sql.run(insert, {
      id: link.id,
      digest: link.digest,
      account_id: link.accountId,
      purpose: link.purpose,
      email: link.email,
      created_at: link.createdAt,
      expires_at: link.expiresAt,
    })
  }

  async take(id: MailedLinkId): Promise<MailedLink | undefined> {
    const row = await this.#sql.one(take, { id })
    return row && fromRow(row)
  }

  async deleteAllOf(accountId: AccountId): Promise<void> {
    await this.#sql.run(deleteAllOf, { account_id: accountId })
  }

  async deleteExpired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteExpired, { before, limit })
  }
}

function fromRow(row: Row): MailedLink {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    purpose: row.purpose,
    email: row.email,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
