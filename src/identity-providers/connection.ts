/**
 * A connection: an identity at an outside source, and the account of ours that its owner signs in to. Several
 * identities may lead to one account, one of each source; an identity leads to one account.
 */
import type { AuthSource } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { AccountId, IdentityConnectionId } from '../shared/ids.ts'

/** Whoever vouches for people beside this server itself. */
export type IdentitySource = Exclude<AuthSource, 'local'>

/** Who somebody is at a source: a subject means nothing without its source and issuer. */
export interface Identity {
  readonly source: IdentitySource
  /** Whose word it is: the issuer identifier, for Microsoft that of the tenant; the address of a Git server. */
  readonly issuer: string
  /** Never reassigned there, unlike a user name or an address. */
  readonly subject: string
}

export interface IdentityConnection extends Identity {
  readonly id: IdentityConnectionId
  readonly accountId: AccountId
  /** What the source called them last; only shown. */
  readonly username: string | undefined
  readonly email: string | undefined
  readonly linkedAt: Instant
  /** When somebody last signed in with it. */
  readonly lastUsedAt: Instant | undefined
}
