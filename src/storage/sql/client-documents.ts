/** {@link ClientDocumentStore} in SQL. */
import type { ClientDocument, ClientDocumentStore, UnseenLimits } from '../../oauth/client-documents/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import { type Executor, statement } from './statement.ts'

interface Row {
  client_id: ClientId
  etag: string | null
  last_modified: string | null
  digest: string
  first_seen_at: Instant
  fetched_at: Instant
  fresh_until: Instant
  ask_again_since: Instant | null
  withdrawn_at: Instant | null
  approved_at: Instant | null
  pinned_at: Instant | null
}

const columns = [
  'client_id',
  'etag',
  'last_modified',
  'digest',
  'first_seen_at',
  'fetched_at',
  'fresh_until',
  'ask_again_since',
  'withdrawn_at',
  'approved_at',
  'pinned_at',
] as const satisfies readonly (keyof Row)[]

// Primary key.
const find = statement<{ client_id: ClientId }, Row>(
  'client_documents.find',
  `select ${columns} from client_documents where client_id = :client_id`,
)

// client_documents_withdrawn, from its start.
const listWithdrawn = statement<{ before: Instant; limit: number }, { client_id: ClientId }>(
  'client_documents.list_withdrawn',
  `select client_id from client_documents where withdrawn_at is not null and withdrawn_at < :before
  order by withdrawn_at limit :limit`,
)

type Limits = { now: Instant; never_allowed: Instant; pending: Instant; allowed: Instant }

const unneeded = `d.approved_at is null and d.pinned_at is null
  and (d.fetched_at < :allowed
    or d.fetched_at < :never_allowed
      and not exists (select 1 from consents where consents.client_id = d.client_id)
      and (d.fetched_at < :pending
        or not exists (select 1 from clients c where c.id = d.client_id and c.status = 'pending')))
  and not exists (
    select 1 from grants g where g.client_id = d.client_id and g.ended_at is null and g.expires_at > :now
  )`

// client_documents_fetched, from its start; consents_client; grants_client; primary key of clients.
const listUnneeded = statement<Limits & { limit: number }, { client_id: ClientId }>(
  'client_documents.list_unneeded',
  `select d.client_id from client_documents d where ${unneeded} order by d.fetched_at limit :limit`,
)

// Primary keys; consents_client; grants_client.
const isUnneeded = statement<Limits & { client_id: ClientId }, { found: number }>(
  'client_documents.is_unneeded',
  `select 1 as found from client_documents d where d.client_id = :client_id and ${unneeded}`,
)

// Primary key.
const put = statement<Row>(
  'client_documents.put',
  `insert into client_documents (${columns}) values (${columns.map((column) => `:${column}`).join(', ')})
  on conflict (client_id) do update set etag = excluded.etag, last_modified = excluded.last_modified,
    digest = excluded.digest, fetched_at = excluded.fetched_at, fresh_until = excluded.fresh_until,
    ask_again_since = excluded.ask_again_since, withdrawn_at = excluded.withdrawn_at`,
)

// Primary key.
const withdraw = statement<{ client_id: ClientId; at: Instant }>(
  'client_documents.withdraw',
  `update client_documents set withdrawn_at = :at
  where client_id = :client_id and withdrawn_at is null and pinned_at is null`,
)

// Primary key.
const setApproved = statement<{ client_id: ClientId; at: Instant | null }>(
  'client_documents.set_approved',
  'update client_documents set approved_at = :at where client_id = :client_id',
)

// Primary key.
const pin = statement<{ client_id: ClientId; at: Instant }>(
  'client_documents.pin',
  'update client_documents set pinned_at = :at where client_id = :client_id',
)

// Primary key.
const unpin = statement<{ client_id: ClientId; at: Instant }>(
  'client_documents.unpin',
  `update client_documents set pinned_at = null, fresh_until = :at
  where client_id = :client_id and pinned_at is not null`,
)

export class SqlClientDocumentStore implements ClientDocumentStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async find(clientId: ClientId): Promise<ClientDocument | undefined> {
    const row = await this.#sql.one(find, { client_id: clientId })
    return (
      row && {
        clientId: row.client_id,
        etag: row.etag ?? undefined,
        lastModified: row.last_modified ?? undefined,
        digest: row.digest,
        firstSeenAt: row.first_seen_at,
        fetchedAt: row.fetched_at,
        freshUntil: row.fresh_until,
        askAgainSince: row.ask_again_since ?? undefined,
        withdrawnAt: row.withdrawn_at ?? undefined,
        approvedAt: row.approved_at ?? undefined,
        pinnedAt: row.pinned_at ?? undefined,
      }
    )
  }

  async listWithdrawn(before: Instant, limit: number): Promise<ClientId[]> {
    return (await this.#sql.all(listWithdrawn, { before, limit })).map((row) => row.client_id)
  }

  async listUnneeded(limits: UnseenLimits, limit: number): Promise<ClientId[]> {
    const rows = await this.#sql.all(listUnneeded, { ...fromLimits(limits), limit })
    return rows.map((row) => row.client_id)
  }

  async isUnneeded(clientId: ClientId, limits: UnseenLimits): Promise<boolean> {
    const row = await this.#sql.one(isUnneeded, { ...fromLimits(limits), client_id: clientId })
    return row !== undefined
  }

  async put(document: ClientDocument): Promise<void> {
    await this.#sql.run(put, {
      client_id: document.clientId,
      etag: document.etag ?? null,
      last_modified: document.lastModified ?? null,
      digest: document.digest,
      first_seen_at: document.firstSeenAt,
      fetched_at: document.fetchedAt,
      fresh_until: document.freshUntil,
      ask_again_since: document.askAgainSince ?? null,
      withdrawn_at: document.withdrawnAt ?? null,
      approved_at: document.approvedAt ?? null,
      pinned_at: document.pinnedAt ?? null,
    })
  }

  async setApproved(clientId: ClientId, at: Instant | undefined): Promise<void> {
    await this.#sql.run(setApproved, { client_id: clientId, at: at ?? null })
  }

  async pin(clientId: ClientId, at: Instant): Promise<void> {
    await this.#sql.run(pin, { client_id: clientId, at })
  }

  async unpin(clientId: ClientId, at: Instant): Promise<boolean> {
    return (await this.#sql.run(unpin, { client_id: clientId, at })) === 1
  }

  async withdraw(clientId: ClientId, at: Instant): Promise<boolean> {
    return (await this.#sql.run(withdraw, { client_id: clientId, at })) === 1
  }
}

function fromLimits(limits: UnseenLimits): Limits {
  const { now, neverAllowedBefore, pendingBefore, allowedBefore } = limits
  return { now, never_allowed: neverAllowedBefore, pending: pendingBefore, allowed: allowedBefore }
}
