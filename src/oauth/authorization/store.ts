/** Ports: authorization requests that wait, codes, and what people allowed before. */
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type {
  AccountId,
  AuthorizationCodeId,
  AuthorizationRequestId,
  ClientId,
  ConsentId,
  GrantId,
} from '../../shared/ids.ts'
import type { ListPage, ListTotal, ListWindow } from '../../shared/listing.ts'
import type { Authentication } from '../token/token.ts'
import type { Permission } from './permissions.ts'

/** Parameters of a request by name; those that may repeat hold every value. */
export type StoredParameters = Readonly<Record<string, string | readonly string[]>>

/**
 * An authorization request kept for later: pushed by its client (RFC 9126), or brought by a browser whose person has
 * to sign in or decide first. Either is taken up again by its `request_uri`, of which only the digest is kept.
 */
export interface StoredAuthorizationRequest {
  id: AuthorizationRequestId
  digest: SecretDigest
  clientId: ClientId
  origin: 'pushed' | 'browser'
  parameters: StoredParameters
  /** The key of the DPoP proof it was pushed with (RFC 9449 §10.1). */
  dpopJkt: string | undefined
  createdAt: Instant
  expiresAt: Instant
  /** When it was answered; it cannot be used again after. */
  consumedAt: Instant | undefined
}

export interface AuthorizationRequestReader {
  find(id: AuthorizationRequestId): Promise<StoredAuthorizationRequest | undefined>
}

export interface AuthorizationRequestStore extends AuthorizationRequestReader {
  insert(request: StoredAuthorizationRequest): Promise<void>
  /** Lets a request that is neither expired nor answered live until `until`. */
  extend(id: AuthorizationRequestId, until: Instant, now: Instant): Promise<void>
  /** Marks an unexpired request answered, for exactly one caller. */
  consume(id: AuthorizationRequestId, now: Instant): Promise<'consumed' | 'lost'>
  /** Deletes at most `limit` requests that expired before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}

/** An authorization code (RFC 6749 §4.1.2), kept as its digest, with all its tokens will say. */
export interface AuthorizationCode {
  id: AuthorizationCodeId
  digest: SecretDigest
  clientId: ClientId
  accountId: AccountId
  authentication: Authentication
  /** As the request named it; `undefined` when it named none. */
  redirectUri: string | undefined
  scopes: readonly string[]
  resources: readonly string[]
  /** The S256 challenge (RFC 7636 §4.2); `undefined` when none was sent. */
  codeChallenge: string | undefined
  nonce: string | undefined
  claimsRequest: string | undefined
  /** The key that must be proved to redeem it (RFC 9449 §10). */
  dpopJkt: string | undefined
  issuedAt: Instant
  expiresAt: Instant
  /** The browser of the person who allowed it. */
  requestIp: string
  requestUserAgent: string
  redeemedAt: Instant | undefined
  /** What it was redeemed for. */
  grantId: GrantId | undefined
}

export interface AuthorizationCodeReader {
  find(id: AuthorizationCodeId): Promise<AuthorizationCode | undefined>
}

export interface AuthorizationCodeStore extends AuthorizationCodeReader {
  insert(code: AuthorizationCode): Promise<void>
  /**
   * Moves an unexpired code to redeemed, for exactly one caller: of any number of concurrent calls one gets
   * `redeemed`, the others `lost`.
   */
  redeem(id: AuthorizationCodeId, grantId: GrantId, now: Instant): Promise<'redeemed' | 'lost'>
  /** Makes the unredeemed codes of a person useless, all or those for one client. @returns how many. */
  expireUnredeemedOf(accountId: AccountId, clientId: ClientId | undefined, now: Instant): Promise<number>
  /** The same, of everybody's for one client. */
  expireUnredeemedOfClient(clientId: ClientId, now: Instant): Promise<number>
  /** Deletes at most `limit` codes that expired before `before`. @returns how many. */
  deleteExpired(before: Instant, limit: number): Promise<number>
}

/** What a person allowed a client, remembered (RFC 6749 §10.2 wants it asked, not how often). */
export interface Consent {
  id: ConsentId
  accountId: AccountId
  clientId: ClientId
  permissions: readonly Permission[]
  grantedAt: Instant
  updatedAt: Instant
}

/** A consent with what its owner wants to know about it. */
export interface ConsentOverview {
  consent: Consent
  clientName: string
}

/** A consent as whoever runs the server sees it. */
export interface ConsentOfClient {
  consent: Consent
  /** `undefined` when the person is gone. */
  person: { username: string; fullName: string; email: string } | undefined
}

export interface ConsentReader {
  find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined>
  findById(id: ConsentId): Promise<Consent | undefined>
  /** Consents of a person, newest first. */
  listOf(
    accountId: AccountId,
    options: { limit: number; before?: ConsentId | undefined },
  ): Promise<ConsentOverview[]>
  /** The same in pages. */
  pageOf(accountId: AccountId, window: ListWindow): Promise<ListPage<ConsentOverview>>
  countOf(accountId: AccountId): Promise<ListTotal>
  /** One page of what people allowed a client, newest first. */
  pageOfClient(clientId: ClientId, window: ListWindow): Promise<ListPage<ConsentOfClient>>
  countOfClient(clientId: ClientId): Promise<ListTotal>
}

export interface ConsentStore extends ConsentReader {
  /** As {@link ConsentReader.find}; what it finds stays as it is until the transaction ends. */
  hold(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined>
  /** Remembers a consent in the place of an earlier one for the same pair, whose id and `grantedAt` stay. */
  remember(consent: Consent): Promise<void>
  /** @returns whether there was one. */
  forget(id: ConsentId): Promise<boolean>
  /** Forgets everything a person allowed. @returns how many. */
  forgetAllOf(accountId: AccountId): Promise<number>
  /** Forgets what everybody allowed a client. @returns how many. */
  forgetAllOfClient(clientId: ClientId): Promise<number>
}
