/** Port: connections of accounts with identities at outside sources. */
import type { Instant } from '../shared/clock.ts'
import type { AccountId, IdentityConnectionId } from '../shared/ids.ts'
import type { Identity, IdentityConnection } from './connection.ts'

export interface IdentityConnectionReader {
  find(identity: Identity): Promise<IdentityConnection | undefined>
  /** Of one account, the oldest first. There is at most one of each source. */
  listOf(accountId: AccountId): Promise<IdentityConnection[]>
}

export interface IdentityConnectionStore extends IdentityConnectionReader {
  /**
   * @throws {AlreadyExists} `identity` when it leads to an account already, `connection of this source` when the
   * account has one with the source.
   */
  insert(connection: IdentityConnection): Promise<void>
  /** As {@link IdentityConnectionReader.listOf}; nobody else changes them until the transaction ends. */
  holdOf(accountId: AccountId): Promise<IdentityConnection[]>
  /** Notes that somebody signed in with it, and what the source calls them now. */
  noteUse(
    id: IdentityConnectionId,
    known: Pick<IdentityConnection, 'username' | 'email'>,
    at: Instant,
  ): Promise<void>
  /** @returns false when it was gone already. */
  delete(id: IdentityConnectionId): Promise<boolean>
}
