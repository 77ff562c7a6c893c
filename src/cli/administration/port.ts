/**
 * Port: what the administrative commands ask, of the configured database (`local/`) or of a server (`remote/`). Both
 * answer in the same shapes, so that a command prints the same either way. A mistake of the caller is thrown as
 * `InvalidInput`, `AlreadyExists` or `CommandError`; what is not there is an answer.
 */
import type { NewAccount } from '../../administration/accounts.ts'
import type { ClientInput } from '../../administration/client-rules.ts'
import type { NewResource, ResourceChange } from '../../administration/resources.ts'
import type { Instant } from '../../shared/clock.ts'

/** A client without what nobody is shown. Words such as its status are text: a newer server may know more of them. */
export interface ShownClient {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly type: string
  readonly status: string
  readonly origin: string
  readonly grants: readonly string[]
  readonly scope: string
  readonly redirectUris: readonly string[]
  readonly allowedResources: readonly string[]
  readonly introspectAny: boolean
  readonly project: string | undefined
  readonly serviceAccount: string | undefined
  readonly securityProfile: string | undefined
  /** Members of its registration by their own names (RFC 7591 §2). */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly idTokenClaims: boolean
  readonly extraClaims: boolean
  readonly tokenExchangeSubjects: readonly string[]
  readonly createdAt: Instant
}

/** What is kept of the document by which a client describes itself. */
export interface ShownDocument {
  /** In hexadecimal. */
  readonly sha256: string
  readonly firstSeenAt: Instant
  readonly fetchedAt: Instant
  readonly approvedAt: Instant | undefined
  readonly pinnedAt: Instant | undefined
  readonly withdrawnAt: Instant | undefined
}

export type ClientMove = 'approve' | 'reject' | 'activate' | 'deactivate'

export interface Clients {
  /** Newest first. */
  list(): Promise<readonly ShownClient[]>
  /** With its document, if it is one that describes itself. */
  find(id: string): Promise<{ client: ShownClient; document: ShownDocument | undefined } | undefined>
  /** @returns the secret of a client that has one: the only time it can be seen. */
  create(input: ClientInput): Promise<{ client: ShownClient; secret: string | undefined }>
  /** @returns `done`, the status of a client that is not to be moved so, or `undefined` when there is none. */
  move(id: string, move: ClientMove): Promise<'done' | { status: string } | undefined>
  /** Makes another secret; the one before stops working at once. */
  replaceSecret(id: string): Promise<{ secret: string } | 'has_none' | undefined>
  /** @returns false when there is none. */
  delete(id: string): Promise<boolean>
}

export interface ShownUser {
  readonly id: string
  readonly username: string
  readonly email: string
  readonly emailVerified: boolean
  readonly fullName: string
  readonly role: string
  readonly status: string
  readonly authSource: string
  readonly createdAt: Instant
}

export interface UserFilter {
  readonly search?: string | undefined
  readonly role?: 'admin' | 'user' | undefined
  readonly status?: 'active' | 'disabled' | undefined
  readonly source?: string | undefined
}

export interface Users {
  /** Newest first. */
  list(filter: UserFilter): Promise<readonly ShownUser[]>
  /** @param username in any case. */
  find(username: string): Promise<ShownUser | undefined>
  /** @returns the password if it was generated: the only time it can be seen. */
  create(input: NewAccount): Promise<{ user: ShownUser; password: string | undefined }>
  /** @returns false when the account is so already. */
  disable(user: ShownUser): Promise<boolean>
  enable(user: ShownUser): Promise<boolean>
  /** @returns false when it is gone already. */
  delete(user: ShownUser): Promise<boolean>
  /** @returns the new password if it was generated. */
  resetPassword(user: ShownUser, password: string | undefined): Promise<string | undefined>
  /** @returns false when there was no second factor. */
  removeFactors(user: ShownUser): Promise<boolean>
}

export interface ShownKey {
  readonly kid: string
  readonly algorithm: string
  readonly state: string
  readonly createdAt: Instant
  readonly activatedAt: Instant | undefined
  readonly supersededAt: Instant | undefined
  readonly retiredAt: Instant | undefined
  /** What time alone makes of it. */
  readonly next: { readonly state: string; readonly at: Instant } | undefined
}

export interface Keys {
  /** Those in the JWK set, newest first, then the retired ones if they are wanted. */
  list(options: { retiredToo: boolean }): Promise<readonly ShownKey[]>
  /** @returns the next keys, or with `immediately` those that sign now. */
  rotate(request: { algorithm: string | undefined; immediately: boolean }): Promise<readonly ShownKey[]>
  retire(kid: string, options: { force: boolean }): Promise<RetiredKey>
}

export type RetiredKey =
  | { readonly outcome: 'retired' | 'unknown' | 'current' | 'already_retired' }
  /** Access tokens issued while it signed are good. */
  | { readonly outcome: 'in_use'; readonly livingTokens: number }

export interface ShownResource {
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly {
    readonly name: string
    readonly description: string
    readonly byDefault: boolean
    readonly forDiscovered: boolean
  }[]
  readonly openToDiscovered: boolean
  readonly tokenLifetimeSeconds: number | undefined
  readonly createdAt: Instant
}

export interface Resources {
  /** By name. */
  list(): Promise<readonly ShownResource[]>
  create(input: NewResource): Promise<ShownResource>
  /** @returns `undefined` when none has this identifier. */
  update(identifier: string, change: ResourceChange): Promise<ShownResource | undefined>
  /** @returns false when none has this identifier. */
  delete(identifier: string): Promise<boolean>
}

export interface ShownToken {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly clientId: string
  readonly clientName: string
  readonly username: string | undefined
  readonly scopes: readonly string[]
  readonly issuedAt: Instant
  readonly expiresAt: Instant
}

export interface ListedTokens {
  readonly type: 'access' | 'refresh'
  readonly status: string | undefined
  readonly clientId: string | undefined
  readonly userId: string | undefined
  readonly limit: number
}

export type TokenMove = 'revoke' | 'disable' | 'enable'

export interface Tokens {
  /** The newest that fit, as many as are wanted. */
  list(wanted: ListedTokens): Promise<readonly ShownToken[]>
  /** @returns `done`, the status of a token that is not to be moved so, or `undefined` when there is none. */
  move(id: string, move: TokenMove): Promise<'done' | { status: string } | undefined>
}

export interface Administration {
  readonly issuer: string
  readonly clients: Clients
  readonly users: Users
  readonly keys: Keys
  readonly resources: Resources
  readonly tokens: Tokens
}
