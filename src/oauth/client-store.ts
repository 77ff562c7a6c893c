/** Port: where clients are kept. */
import type { Instant } from '../shared/clock.ts'
import type { AccountId, ClientId } from '../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../shared/listing.ts'
import type { Client, ClientOrigin, ClientStatus, ClientType } from './client.ts'

/** Which clients a list holds; what is left out is not asked. */
export interface ClientFilter {
  status?: ClientStatus | undefined
  origin?: ClientOrigin | undefined
  type?: ClientType | undefined
  /** Made by this person, or given to them. */
  owner?: AccountId | undefined
  /** The beginning of a name, in any case, or a whole client id. */
  search?: string | undefined
}

export interface ClientReader {
  find(id: ClientId): Promise<Client | undefined>
  /** Every client, newest first; at most `limit`, after the one with id `after` when given. */
  list(options: { limit: number; after?: ClientId | undefined }): Promise<Client[]>
  /** How many clients a person owns. */
  countOwnedBy(owner: AccountId): Promise<number>
  /** One page of those that fit, newest first. */
  page(filter: ClientFilter, window: ListWindow): Promise<ListPage<Client>>
  count(filter: ClientFilter): Promise<ListTotal>
  /** Whether there is any client at all. */
  any(): Promise<boolean>
}

export interface ClientStore extends ClientReader {
  /** @throws {AlreadyExists} when a client has this id. */
  insert(client: Client): Promise<void>
  /**
   * Whether the client is active; if so it stays until the transaction ends.
   */
  holdActive(id: ClientId): Promise<boolean>
  /** Whether there is such a client, of any status; if so nobody else changes or uses it until the transaction ends. */
  lock(id: ClientId): Promise<boolean>
  /** Keeps what a registration says (RFC 7591 §2) in the place of what it said before. */
  replaceRegistration(client: Client): Promise<void>
  /** Keeps what a client is now in the place of what it was; its origin and when it was made stay. */
  replace(client: Client): Promise<void>
  /** @returns false when there is none, or it has this status already. */
  setStatus(id: ClientId, status: Client['status'], at: Instant): Promise<boolean>
  /** Replaces the stored secret, if the client still has `previous`. */
  replaceSecretHash(id: ClientId, previous: string, next: string): Promise<boolean>
  /** Leaves the clients of a person without an owner. @returns how many. */
  disown(owner: AccountId): Promise<number>
  /** @returns false when there was none. Its tokens are revoked by the flow, not here. */
  delete(id: ClientId): Promise<boolean>
}
