/**
 * Storage: all ports behind one door. Reads go through {@link Storage.read} and see committed data only; every write
 * happens inside {@link Storage.transaction}.
 */
import type { FactorReader, FactorStore } from '../accounts/factors/factor.ts'
import type { MailedLinkReader, MailedLinkStore } from '../accounts/mailed-link.ts'
import type { PendingSignInReader, PendingSignInStore } from '../accounts/pending-sign-in.ts'
import type { AccountReader, AccountStore, SessionReader, SessionStore } from '../accounts/store.ts'
import type { AnnouncementReader, AnnouncementStore } from '../events/announcements.ts'
import type { IdentityConnectionReader, IdentityConnectionStore } from '../identity-providers/store.ts'
import type {
  AuthorizationCodeReader,
  AuthorizationCodeStore,
  AuthorizationRequestReader,
  AuthorizationRequestStore,
  ConsentReader,
  ConsentStore,
} from '../oauth/authorization/store.ts'
import type { ClientOrigin } from '../oauth/client.ts'
import type { ClientDocumentReader, ClientDocumentStore } from '../oauth/client-documents/store.ts'
import type { ClientReader, ClientStore } from '../oauth/client-store.ts'
import type { DeviceGrantReader, DeviceGrantStore } from '../oauth/device-authorization/store.ts'
import type { LogoutOutbox, LogoutOutboxReader } from '../oauth/openid/logout-outbox.ts'
import type { ClientRegistrationReader, ClientRegistrationStore } from '../oauth/registration/store.ts'
import type { ReplayStore } from '../oauth/replay-store.ts'
import type { ResourceReader, ResourceStore } from '../oauth/resources/store.ts'
import type { SigningKeyReader, SigningKeyStore } from '../oauth/token/signing-key.ts'
import type {
  AccessTokenReader,
  AccessTokenStore,
  GrantReader,
  GrantStore,
  RefreshTokenReader,
  RefreshTokenStore,
} from '../oauth/token/store.ts'
import type { TokenListReader } from '../oauth/token/token-list.ts'
import type { AuditReader, AuditStore } from '../observability/audit-record.ts'
import type { RollupReader, RollupStore } from '../observability/rollup-record.ts'
import type { Instant } from '../shared/clock.ts'
import type { ListTotal } from '../shared/listing.ts'

export interface Readers {
  readonly accounts: AccountReader
  readonly sessions: SessionReader
  readonly identityConnections: IdentityConnectionReader
  readonly factors: FactorReader
  readonly pendingSignIns: PendingSignInReader
  readonly mailedLinks: MailedLinkReader
  readonly clients: ClientReader
  readonly clientDocuments: ClientDocumentReader
  readonly clientRegistrations: ClientRegistrationReader
  readonly authorizationRequests: AuthorizationRequestReader
  readonly authorizationCodes: AuthorizationCodeReader
  readonly consents: ConsentReader
  readonly deviceGrants: DeviceGrantReader
  readonly grants: GrantReader
  readonly accessTokens: AccessTokenReader
  readonly refreshTokens: RefreshTokenReader
  readonly tokenLists: TokenListReader
  readonly resources: ResourceReader
  readonly signingKeys: SigningKeyReader
  readonly audit: AuditReader
  readonly rollup: RollupReader
  readonly directory: DirectoryReader
  readonly announcements: AnnouncementReader
  readonly logoutOutbox: LogoutOutboxReader
}

export interface Stores extends Readers {
  readonly accounts: AccountStore
  readonly sessions: SessionStore
  readonly identityConnections: IdentityConnectionStore
  readonly factors: FactorStore
  readonly pendingSignIns: PendingSignInStore
  readonly mailedLinks: MailedLinkStore
  readonly clients: ClientStore
  readonly clientDocuments: ClientDocumentStore
  readonly clientRegistrations: ClientRegistrationStore
  readonly authorizationRequests: AuthorizationRequestStore
  readonly authorizationCodes: AuthorizationCodeStore
  readonly consents: ConsentStore
  readonly deviceGrants: DeviceGrantStore
  readonly grants: GrantStore
  readonly accessTokens: AccessTokenStore
  readonly refreshTokens: RefreshTokenStore
  readonly usedValues: ReplayStore
  readonly resources: ResourceStore
  readonly signingKeys: SigningKeyStore
  readonly audit: AuditStore
  readonly rollup: RollupStore
  readonly announcements: AnnouncementStore
  readonly logoutOutbox: LogoutOutbox
}

/** How many accounts and clients there are, counted up to a limit only. */
export interface DirectoryCounts {
  accounts: { all: ListTotal; admins: ListTotal; disabled: ListTotal }
  clients: { active: ListTotal; pending: ListTotal }
}

export interface DirectoryReader {
  count(): Promise<DirectoryCounts>
}

/** What the gauges show, counted in one consistent look at the store. */
export interface StoreCounts {
  deviceCodesActive: number
  deviceCodesPending: number
  accessTokensActive: number
  refreshTokensActive: number
  sessionsActive: number
  clients: Readonly<Record<ClientOrigin, number>>
}

export interface Storage {
  readonly driver: 'sqlite' | 'postgres'
  readonly read: Readers
  /**
   * Runs `body` atomically and resolves after the commit. The body awaits only calls on `tx`: sign, hash and call out
   * before it. It may be run a second time, when another body in its commit has failed, so it does nothing else either.
   * When the body throws, nothing it did is kept and the error comes out; other bodies that share its
   * commit are not affected. After a call on `tx` has failed the body must let the error out: PostgreSQL keeps nothing
   * of such a transaction.
   */
  transaction<T>(body: (tx: Stores) => Promise<T>): Promise<T>
  /** Counts for the gauges, without blocking the event loop. */
  count(now: Instant): Promise<StoreCounts>
  /** Resolves when the database answers, rejects otherwise. */
  ping(): Promise<void>
  /** Runs `body` while no other process migrates or seeds. */
  exclusively<T>(body: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A unique value is taken. */
export class AlreadyExists extends Error {
  readonly what: string

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} already exists`, options)
    this.name = 'AlreadyExists'
    this.what = what
  }
}
