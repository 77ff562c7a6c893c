/** {@link SigningKeyStore} in SQL. The table has a handful of rows; reading it needs no index. */
import type { SigningKeyStore, StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type { Instant } from '../../shared/clock.ts'
import { fromSigningKey, type SigningKeyRow, signingKeyColumns, toSigningKey } from './signing-key-rows.ts'
import { type Executor, insertStatement, type NoParams, statement } from './statement.ts'

const find = statement<{ kid: string }, SigningKeyRow>(
  'signing_keys.find',
  `select ${signingKeyColumns} from signing_keys where kid = :kid`,
)

const list = statement<NoParams, SigningKeyRow>(
  'signing_keys.list',
  `select ${signingKeyColumns} from signing_keys where state <> 'retired' order by created_at desc, kid`,
)

const listRetired = statement<{ limit: number }, SigningKeyRow>(
  'signing_keys.list_retired',
  `select ${signingKeyColumns} from signing_keys where state = 'retired'
  order by retired_at desc, kid limit :limit`,
)

const insert = insertStatement<SigningKeyRow>('signing_keys', signingKeyColumns)

// The lock keeps the current key current until this commits; signing_keys_next decides between two that came for it.
const insertNext = statement<SigningKeyRow & { current_kid: string }>(
  'signing_keys.insert_next',
  `with held as materialized (
    select kid from signing_keys where kid = :current_kid and state = 'current' for update
  )
  insert into signing_keys (${signingKeyColumns})
  select ${signingKeyColumns.map((column) => `:${column}`)} from held where true
  on conflict do nothing`,
)

// Both rows are locked, always in one order, before either changes; whoever waited for them finds none in its old state.
const activate = statement<{ next_kid: string; current_kid: string; at: Instant }>(
  'signing_keys.activate',
  `with held as materialized (
    select kid from signing_keys
    where (kid = :next_kid and state = 'next') or (kid = :current_kid and state = 'current')
    order by kid for update
  )
  update signing_keys set
    state = case when kid = :next_kid then 'current' else 'previous' end,
    activated_at = case when kid = :next_kid then cast(:at as bigint) else activated_at end,
    superseded_at = case when kid = :next_kid then null else cast(:at as bigint) end
  where kid in (select kid from held) and (select count(*) from held) = 2`,
)

const retire = statement<{ kid: string; at: Instant; nothing: Uint8Array }>(
  'signing_keys.retire',
  `update signing_keys set state = 'retired', retired_at = :at, encrypted_private_key = :nothing
  where kid = :kid and state in ('next', 'previous')`,
)

const deleteRetired = statement<{ before: Instant; limit: number }>(
  'signing_keys.delete_retired',
  `with picked as (
    select kid from signing_keys where state = 'retired' and retired_at < :before
    order by retired_at limit :limit for update skip locked
  )
  delete from signing_keys where kid in (select kid from picked)`,
)

export class SqlSigningKeyStore implements SigningKeyStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(kid: string): Promise<StoredSigningKey | undefined> {
    const row = await this.#sql.one(find, { kid })
    return row && toSigningKey(row)
  }

  async list(): Promise<StoredSigningKey[]> {
    return (await this.#sql.all(list, {})).map(toSigningKey)
  }

  async listRetired(limit: number): Promise<StoredSigningKey[]> {
    return (await this.#sql.all(listRetired, { limit })).map(toSigningKey)
  }

  async insert(key: StoredSigningKey): Promise<void> {
    await this.#sql.run(insert, fromSigningKey(key))
  }

  async insertNext(key: StoredSigningKey, currentKid: string): Promise<'inserted' | 'lost'> {
    const row = { ...fromSigningKey(key), current_kid: currentKid }
    return (await this.#sql.run(insertNext, row)) === 1 ? 'inserted' : 'lost'
  }

  async activate(nextKid: string, currentKid: string, at: Instant): Promise<'activated' | 'lost'> {
    const changed = await this.#sql.run(activate, { next_kid: nextKid, current_kid: currentKid, at })
    return changed === 2 ? 'activated' : 'lost'
  }

  async retire(kid: string, at: Instant): Promise<'retired' | 'lost'> {
    const changed = await this.#sql.run(retire, { kid, at, nothing: Buffer.alloc(0) })
    return changed === 1 ? 'retired' : 'lost'
  }

  async deleteRetired(before: Instant, limit: number): Promise<number> {
    return this.#sql.run(deleteRetired, { before, limit })
  }
}
