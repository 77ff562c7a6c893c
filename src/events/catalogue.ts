/**
 * The catalogue of domain events: everything that happens here and that somebody may want to count, record or log.
 * An event is a past fact, announced after the commit that made it true. It carries ids, outcomes, reasons,
 * durations and who asked; never a secret, a code or a token. Metrics, audit log and log lines are tables over this
 * union (`src/observability/`), so that a new member asks every observer what it does with it.
 */
import type { Instant } from '../shared/clock.ts'

/** The request behind an event; `undefined` where an act has none (a sweep, the command line). */
export interface RequestContext {
  readonly requestId: string
  readonly ip: string
  readonly userAgent: string
  readonly method: string
  /** Path without its query string. */
  readonly path: string
}

/** Who did it: a person, a client acting for itself, the command line, or this server. */
export type Actor =
  | { readonly type: 'account'; readonly id: string; readonly name: string }
  | { readonly type: 'client'; readonly id: string; readonly name: string }
  | { readonly type: 'command_line'; readonly name: string }
  | { readonly type: 'system' }
  | { readonly type: 'anonymous' }

interface Base<Type extends string> {
  readonly type: Type
  readonly at: Instant
  readonly actor: Actor
  readonly request?: RequestContext | undefined
}

export type TokenType = 'access' | 'refresh'
export type GrantType =
  | 'device_code'
  | 'refresh_token'
  | 'authorization_code'
  | 'client_credentials'
  | 'token_exchange'
export type DevicePollResult = 'success' | 'pending' | 'slow_down' | 'expired' | 'denied' | 'invalid'
export type RevocationReason = 'user_request' | 'admin' | 'rotation' | 'security'
export type TokenValidationResult = 'valid' | 'invalid' | 'expired'
export type AuthMethod = 'local' | 'http_api' | 'oauth'
export type AuthSource = 'local' | 'http_api' | 'microsoft' | 'github' | 'gitea' | 'gitlab' | 'oidc'
export type IdentityProviderName = 'microsoft' | 'github' | 'gitea' | 'gitlab' | 'oidc'
export type SessionExpiryReason = 'timeout' | 'idle_timeout' | 'logout' | 'fingerprint_mismatch'
export type SessionInvalidationReason = 'security' | 'admin'
export type SessionEndReason = SessionExpiryReason | SessionInvalidationReason
export type LoginFailureReason =
  | 'bad_credentials'
  | 'unknown_account'
  | 'account_disabled'
  | 'second_factor_failed'
  | 'second_factor_abandoned'
  | 'account_locked'
  | 'unavailable'
  /** The source vouched for somebody whose name, address or identity belongs to another account here. */
  | 'account_conflict'
  /** The source vouched for somebody it says too little about to make an account. */
  | 'profile_incomplete'
  | IdentityProviderFailure
/** Why a request to the callback of an identity provider did not lead where its person wanted to go. */
export type IdentityProviderFailure =
  /** It belongs to no sign-in of this browser. */
  | 'state_missing'
  | 'state_mismatch'
  | 'state_expired'
  | 'cancelled'
  /** The provider says that something is wrong, and what. */
  | 'provider_error'
  /** The provider did not accept the code, or what it gave for it does not hold. */
  | 'exchange_failed'
  /** The provider cannot be reached. */
  | 'unavailable'
  | 'no_email'
  | 'email_taken'
  | 'registration_off'
  | 'account_disabled'
  /** Whoever began to connect an identity is not who is signed in now. */
  | 'session_changed'
  /** The identity leads to another account. */
  | 'identity_taken'
  /** The account has another identity of the same provider. */
  | 'already_connected'
/** One request to an identity provider on the way of a sign-in. */
export type IdentityProviderStep = 'discovery' | 'token' | 'keys' | 'profile' | 'emails'
export type RateLimitPolicy =
  | 'login'
  | 'device_code'
  | 'token'
  | 'token_failures'
  | 'authorization'
  | 'device_verify'
  | 'device_verify_failures'
  | 'introspect'
  | 'client_document'
  | 'registration'
  | 'account_login'
  | 'api'
  | 'password_recovery'

/** What stands beside a password. A recovery code stands in for one of them. */
export type SecondFactor = 'totp' | 'passkey'
export type FactorUse = SecondFactor | 'recovery_code'
export type MailKind =
  | 'password_reset'
  | 'email_verification'
  | 'password_changed'
  | 'email_changed'
  | 'second_factor_changed'

/** Whom an access token is for: a resource that its request named, or whom every token of this server is for. */
export type TokenAudience = 'resource' | 'issuer'

/** What became of one look at a client's document (OAuth Client ID Metadata Document). */
export type ClientDocumentFetchResult =
  | 'ok'
  | 'not_modified'
  | 'blocked_address'
  | 'connection'
  | 'denied'
  | 'dns'
  | 'invalid'
  | 'rate_limited'
  | 'redirect'
  | 'status'
  | 'timeout'
  | 'tls'
  | 'too_large'
  | 'type'
export type ClientDocumentUse = 'fresh' | 'revalidated' | 'stale' | 'miss'
export type AccountChange = 'email' | 'email_verified' | 'full_name' | 'role'
export type ClientDocumentChange = 'redirect_hosts' | 'authentication' | 'keys' | 'name'

/** A device authorization request was answered with a code (RFC 8628 §3.2). */
export interface DeviceAuthorizationIssued extends Base<'device_authorization.issued'> {
  readonly deviceGrantId: string
  readonly clientId: string
  readonly clientName: string
  readonly scopes: readonly string[]
}

/** A device authorization request was answered with an error; one stopped by a rate limit is not announced here. */
export interface DeviceAuthorizationRefused extends Base<'device_authorization.refused'> {
  readonly clientId: string | undefined
  readonly error: string
}

/** A person allowed a device (RFC 8628 §3.3). */
export interface DeviceAuthorizationApproved extends Base<'device_authorization.approved'> {
  readonly deviceGrantId: string
  readonly clientId: string
  readonly clientName: string
  readonly scopes: readonly string[]
  /** Seconds from issue to approval. */
  readonly durationSeconds: number
}

/** A person refused a device. */
export interface DeviceAuthorizationDenied extends Base<'device_authorization.denied'> {
  readonly deviceGrantId: string
  readonly clientId: string
  readonly clientName: string
}

/** A token request with the device grant, a `device_code` and a client’s name was answered (RFC 8628 §3.5). */
export interface DeviceAuthorizationPolled extends Base<'device_authorization.polled'> {
  /** Empty when that client did not prove itself. */
  readonly clientId: string
  readonly result: DevicePollResult
}

/** A client pushed an authorization request (RFC 9126), or tried to. */
export interface AuthorizationRequestPushed extends Base<'authorization_request.pushed'> {
  readonly clientId: string | undefined
  readonly result: 'success' | 'error'
  /** The error code sent, on `error`. */
  readonly error: string | undefined
}

/** A client was given an authorization code (RFC 6749 §4.1.2). */
export interface AuthorizationApproved extends Base<'authorization.approved'> {
  readonly clientId: string
  readonly clientName: string
  readonly accountId: string
  readonly scopes: readonly string[]
  /** Whether the person was asked, or had allowed as much before. */
  readonly asked: boolean
}

/** A person denied an authorization request. */
export interface AuthorizationDenied extends Base<'authorization.denied'> {
  readonly clientId: string
  readonly clientName: string
  readonly accountId: string
}

/** An authorization request was answered with an error, sent to its client or shown to its person. */
export interface AuthorizationRefused extends Base<'authorization.refused'> {
  readonly clientId: string | undefined
  readonly error: string
  readonly reason: string | undefined
  /** The value that was wrong, where knowing it is half of mending it: a resource nobody registered. */
  readonly detail?: string | undefined
}

/** A code that had been redeemed came back (RFC 6749 §4.1.2); what it gave has been ended. */
export interface AuthorizationCodeReused extends Base<'authorization_code.reused'> {
  readonly clientId: string
  readonly accountId: string
  readonly grantId: string
  readonly tokensRevoked: number
}

/** What a person had allowed a client was taken back, by them or by an administrator. */
export interface ConsentWithdrawn extends Base<'consent.withdrawn'> {
  readonly clientId: string
  readonly accountId: string
}

/** Tokens were committed. */
export interface TokenIssued extends Base<'token.issued'> {
  readonly grantType: GrantType
  readonly clientId: string
  readonly clientName: string
  /** The person the tokens speak for; `undefined` for a client acting for itself. */
  readonly accountId: string | undefined
  readonly accessTokenId: string
  readonly refreshTokenId: string | undefined
  readonly grantId: string | undefined
  readonly scopes: readonly string[]
  readonly audience: TokenAudience
  /** Seconds from the decision to issue until the tokens were committed. */
  readonly durationSeconds: number
}

/** A token request with the refresh grant and a `refresh_token` was answered. */
export interface TokenRefreshed extends Base<'token.refreshed'> {
  readonly clientId: string | undefined
  readonly result: 'success' | 'error'
  /** The error code sent, on `error`. */
  readonly error?: string | undefined
  /** Whether the grace window redeemed an already superseded token. */
  readonly withinGrace?: boolean
}

/** Tokens stopped being usable by an act, not by time. */
export interface TokenRevoked extends Base<'token.revoked'> {
  readonly reason: RevocationReason
  readonly clientId: string | undefined
  readonly accountId: string | undefined
  readonly grantId: string | undefined
  readonly accessTokens: number
  readonly refreshTokens: number
  /** The one token that was meant, where it was one; the counts are zero when it was disabled before. */
  readonly tokenId?: string | undefined
  readonly tokenType?: TokenType | undefined
}

interface OneToken {
  readonly tokenId: string
  readonly tokenType: TokenType
  readonly clientId: string
  readonly accountId: string | undefined
  readonly grantId: string | undefined
}

/** A token was taken out of use until somebody enables it again. */
export interface TokenDisabled extends Base<'token.disabled'>, OneToken {}

/** A disabled token was put back into use. */
export interface TokenEnabled extends Base<'token.enabled'>, OneToken {}

/** A superseded refresh token of a family in use came back (RFC 9700 §4.14.2); the family has been ended. */
export interface RefreshTokenReused extends Base<'refresh_token.reused'> {
  readonly clientId: string
  readonly accountId: string | undefined
  readonly grantId: string
  readonly refreshTokenId: string
  readonly tokensRevoked: number
}

/** An authorized caller presented a token for inspection. */
export interface TokenValidated extends Base<'token.validated'> {
  readonly endpoint: 'tokeninfo' | 'userinfo' | 'introspection' | 'api'
  readonly result: TokenValidationResult
  readonly durationSeconds: number
}

/** A client asked to inspect a token it may not see; it was told that the token is inactive (RFC 7662 §2.2). */
export interface IntrospectionRefused extends Base<'introspection.refused'> {
  readonly clientId: string
  readonly tokenClientId: string
}

/** A client failed to authenticate (RFC 6749 §2.3). */
export interface ClientAuthenticationFailed extends Base<'client.authentication_failed'> {
  readonly clientId: string | undefined
  readonly reason: string
}

/** An attempt to sign in succeeded. */
export interface LoginSucceeded extends Base<'login.succeeded'> {
  readonly method: AuthMethod
  readonly authSource: AuthSource
  readonly accountId: string
  readonly durationSeconds: number
}

/** An attempt to sign in failed. */
export interface LoginFailed extends Base<'login.failed'> {
  readonly method: AuthMethod
  readonly authSource: AuthSource
  readonly reason: LoginFailureReason
  readonly accountId: string | undefined
  readonly durationSeconds: number
}

/** A request reached the callback of an identity provider; announced when it is known what came of the sign-in. */
export interface IdentityProviderCallback extends Base<'identity_provider.callback'> {
  readonly provider: IdentityProviderName
  /** `success`: a session began, or the identity was connected to the account of who asked for it. */
  readonly result: 'success' | 'error'
  /** `second_factor`: the identity held; what this server asks for besides was wrong, or never came. */
  readonly reason?: IdentityProviderFailure | 'second_factor' | undefined
  /** What exactly was wrong: an error code of the provider, a kind of network failure, a check that failed. */
  readonly detail?: string | undefined
}

/** One HTTP exchange with an identity provider ended. */
export interface IdentityProviderRequested extends Base<'identity_provider.requested'> {
  readonly provider: IdentityProviderName
  readonly step: IdentityProviderStep
  /** Why there was no answer; `undefined` when there was one. */
  readonly problem: string | undefined
  readonly durationSeconds: number
}

/** An identity at an outside source leads to an account from now on. */
export interface IdentityConnectionLinked extends Base<'identity_connection.linked'> {
  readonly connectionId: string
  readonly accountId: string
  readonly source: Exclude<AuthSource, 'local'>
  /** Who decided: the account’s owner, the e-mail address that both know to be theirs, or that the account is new. */
  readonly by: 'owner' | 'email' | 'registration'
}

/** An identity at an outside source leads nowhere any more. */
export interface IdentityConnectionUnlinked extends Base<'identity_connection.unlinked'> {
  readonly connectionId: string
  readonly accountId: string
  readonly source: Exclude<AuthSource, 'local'>
}

/** One HTTP exchange with the external authentication API ended; each retry is one. */
export interface ExternalApiCalled extends Base<'external_api.called'> {
  readonly provider: 'http_api'
  /** Why there was no answer; `undefined` when there was one. */
  readonly problem: string | undefined
  readonly durationSeconds: number
}

/** A browser session began. */
export interface SessionCreated extends Base<'session.created'> {
  readonly sessionId: string
  readonly accountId: string
  readonly authSource: AuthSource
}

/** A browser session ended, once, for one reason. */
export interface SessionEnded extends Base<'session.ended'> {
  readonly sessionId: string
  readonly accountId: string
  readonly reason: SessionEndReason
  /** True only for the sign-out of the very session that asked for it. */
  readonly byOwnLogout: boolean
  /** Seconds from creation to the instant it ended. */
  readonly durationSeconds: number
}

interface LogoutAttempt {
  readonly clientId: string
  readonly clientName: string
  readonly accountId: string
  readonly sessionId: string
  /** 1 for the first. */
  readonly attempt: number
  readonly durationSeconds: number
}

/** A client was told of the end of a session (OpenID Connect Back-Channel Logout 1.0 §2.5) and accepted it. */
export interface BackchannelLogoutDelivered extends Base<'backchannel_logout.delivered'>, LogoutAttempt {}

/** A client could not be told of the end of a session, or refused to hear. */
export interface BackchannelLogoutFailed extends Base<'backchannel_logout.failed'>, LogoutAttempt {
  /** One word of a closed set, such as `timeout` or `status`. */
  readonly problem: string
  /** Whether it will be tried again. */
  readonly willRetry: boolean
}

/** A client was made, by an administrator or by a person for themselves. */
export interface ClientCreated extends Base<'client.created'> {
  readonly clientId: string
  readonly clientName: string
  readonly clientType: 'public' | 'confidential'
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  /** Whether it waits for an administrator. */
  readonly needsApproval: boolean
}

/** A client registered itself (RFC 7591 §3.2.1). */
export interface ClientRegistered extends Base<'client.registered'> {
  readonly clientId: string
  readonly clientName: string
  readonly clientType: 'public' | 'confidential'
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  /** Where its responses go: hosts, or the scheme of an app. */
  readonly redirectHosts: readonly string[]
  /** Whether it waits for an administrator. */
  readonly needsApproval: boolean
}

/** A registration was refused; one stopped by a rate limit is not announced here. */
export interface ClientRegistrationRefused extends Base<'client.registration_refused'> {
  /** The error code sent. */
  readonly error: string
  /** Which member was wrong, or what else; never what was sent. */
  readonly reason: string | undefined
}

/** A client was changed: by itself (RFC 7592 §2.2), by its owner or by an administrator. */
export interface ClientUpdated extends Base<'client.updated'> {
  readonly clientId: string
  readonly clientName: string
  readonly clientType: 'public' | 'confidential'
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly redirectHosts: readonly string[]
  /** What is different now, such as `redirect_uris`; never the values. */
  readonly changes: readonly string[]
  /** Whether it waits for an administrator, as it does again where one had approved something else. */
  readonly needsApproval: boolean
}

/** A client was given another secret, and the one before stopped working. */
export interface ClientSecretReplaced extends Base<'client.secret_replaced'> {
  readonly clientId: string
  readonly clientName: string
}

/** An administrator let a client work that waited for it. */
export interface ClientApproved extends Base<'client.approved'> {
  readonly clientId: string
  readonly clientName: string
}

/** An administrator decided that a client which waited shall not work. */
export interface ClientRejected extends Base<'client.rejected'> {
  readonly clientId: string
  readonly clientName: string
}

/** A client was switched off, and what it was given ended. */
export interface ClientDeactivated extends Base<'client.deactivated'> {
  readonly clientId: string
  readonly clientName: string
}

/** A client that had been switched off may work again. */
export interface ClientActivated extends Base<'client.activated'> {
  readonly clientId: string
  readonly clientName: string
}

/** Everything a client was given was ended at once, and what people had allowed it forgotten; it may ask again. */
export interface ClientAccessEnded extends Base<'client.access_ended'> {
  readonly clientId: string
  readonly clientName: string
  readonly accessTokens: number
  readonly refreshTokens: number
  readonly consents: number
}

/** A client was deleted. */
export interface ClientDeleted extends Base<'client.deleted'> {
  readonly clientId: string
  readonly clientName: string
}

/** The document of a client was asked for, or was not because a limit or the policy stood in the way. */
export interface ClientDocumentFetched extends Base<'client_document.fetched'> {
  readonly clientId: string
  readonly result: ClientDocumentFetchResult
  readonly durationSeconds: number
  /** What exactly was wrong, such as a status. */
  readonly detail: string | undefined
}

/** An authorization request was given a client that a document describes, from a copy or not. */
export interface ClientDocumentUsed extends Base<'client_document.used'> {
  readonly clientId: string
  readonly cache: ClientDocumentUse
}

/** A client was seen for the first time, by its document. */
export interface ClientDocumentDiscovered extends Base<'client_document.discovered'> {
  readonly clientId: string
  readonly clientName: string
  readonly clientType: 'public' | 'confidential'
  readonly redirectHosts: readonly string[]
  /** Whether it waits for an administrator. */
  readonly needsApproval: boolean
}

/** The document of a client says something else than before. */
export interface ClientDocumentChanged extends Base<'client_document.changed'> {
  readonly clientId: string
  readonly clientName: string
  readonly changes: readonly ClientDocumentChange[]
  readonly redirectHosts: readonly string[]
  /** Whether it waits for an administrator. */
  readonly needsApproval: boolean
}

/** An operator wrote the document of a client down, to be used without asking its host. */
export interface ClientDocumentPinned extends Base<'client_document.pinned'> {
  readonly clientId: string
  readonly clientName: string
  readonly redirectHosts: readonly string[]
}

/** The document of a client is asked for at its host again. */
export interface ClientDocumentUnpinned extends Base<'client_document.unpinned'> {
  readonly clientId: string
  readonly clientName: string
}

/** The document of a client is gone, or describes none any more: it can no longer ask people for anything. */
export interface ClientDocumentWithdrawn extends Base<'client_document.withdrawn'> {
  readonly clientId: string
  readonly clientName: string
  readonly detail: string
}

/** A protected resource was registered. */
export interface ResourceCreated extends Base<'resource.created'> {
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly openToDiscovered: boolean
  /** Seconds that access tokens for it live at most; `undefined` when that is left to the client. */
  readonly tokenLifetimeSeconds: number | undefined
}

/** A protected resource was changed; what it is now. */
export interface ResourceUpdated extends Base<'resource.updated'> {
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly openToDiscovered: boolean
  readonly tokenLifetimeSeconds: number | undefined
}

/** A protected resource was deleted. */
export interface ResourceDeleted extends Base<'resource.deleted'> {
  readonly identifier: string
  readonly name: string
}

/** An account was made. */
export interface AccountCreated extends Base<'account.created'> {
  readonly accountId: string
  readonly username: string
  readonly role: 'admin' | 'user'
}

/** An account was disabled. */
export interface AccountDisabled extends Base<'account.disabled'> {
  readonly accountId: string
  readonly username: string
}

/** A disabled account was enabled again. */
export interface AccountEnabled extends Base<'account.enabled'> {
  readonly accountId: string
  readonly username: string
}

/** An administrator changed an account. */
export interface AccountUpdated extends Base<'account.updated'> {
  readonly accountId: string
  readonly username: string
  readonly changes: readonly AccountChange[]
  /** What it is now. */
  readonly role: 'admin' | 'user'
}

/** An account was deleted, with what its person had. */
export interface AccountDeleted extends Base<'account.deleted'> {
  readonly accountId: string
  readonly username: string
  /** How many clients are left without an owner. */
  readonly ownedClients: number
}

/** An account was given a new password by somebody else than its owner. */
export interface AccountPasswordReset extends Base<'account.password_reset'> {
  readonly accountId: string
  readonly username: string
}

/** Somebody took rows of the audit log out of this server. */
export interface AuditLogExported extends Base<'audit_log.exported'> {
  readonly format: 'csv' | 'jsonl'
  /** What was asked for, by the names of the filters. */
  readonly filters: Readonly<Record<string, string>>
  /** How many rows went out. */
  readonly rows: number
  /** Whether those were all, or the one who asked went away before. */
  readonly complete: boolean
}
/** A person chose a new password: on their own, because they had to, or with a link that was mailed to them. */
export interface AccountPasswordChanged extends Base<'account.password_changed'> {
  readonly accountId: string
  readonly username: string
  readonly occasion: 'own_wish' | 'required' | 'recovery'
}

/** Somebody asked for a link to choose a new password; whether anybody was mailed one is not told to them. */
export interface AccountRecoveryRequested extends Base<'account.recovery_requested'> {
  readonly accountId: string | undefined
  readonly username: string | undefined
  readonly mailed: boolean
}

/** A person changed what this server says about them. */
export interface AccountProfileChanged extends Base<'account.profile_changed'> {
  readonly accountId: string
  readonly username: string
  readonly changed: readonly ('full_name' | 'email')[]
}

/** A person showed that they get mail at their address. */
export interface AccountEmailVerified extends Base<'account.email_verified'> {
  readonly accountId: string
  readonly username: string
}

/** A person set up another way to prove who they are. */
export interface SecondFactorAdded extends Base<'second_factor.added'> {
  readonly accountId: string
  readonly username: string
  readonly factor: SecondFactor
}

/** A person removed one. */
export interface SecondFactorRemoved extends Base<'second_factor.removed'> {
  readonly accountId: string
  readonly username: string
  readonly factor: SecondFactor
}

/** A person gave a passkey of theirs another name. */
export interface PasskeyRenamed extends Base<'passkey.renamed'> {
  readonly accountId: string
  readonly username: string
  readonly passkeyId: string
}

/** An administrator removed all of them, for somebody who lost theirs. */
export interface SecondFactorsReset extends Base<'second_factor.reset'> {
  readonly accountId: string
  readonly username: string
  readonly totp: boolean
  readonly passkeys: number
}

/** Somebody was given new recovery codes; those before them are void. */
export interface RecoveryCodesCreated extends Base<'recovery_codes.created'> {
  readonly accountId: string
  readonly username: string
}

/** A code or a passkey was presented, at sign-in or after it. */
export interface SecondFactorTried extends Base<'second_factor.tried'> {
  readonly accountId: string | undefined
  readonly factor: FactorUse
  readonly result: 'success' | 'failure'
  /** `replayed`: right, and taken before. `copied`: a passkey counted less than it had, so that there are two of it. */
  readonly reason: 'wrong' | 'replayed' | 'copied' | undefined
}

/** A signed-in person was asked once more to prove who they are. */
export interface SessionConfirmed extends Base<'session.confirmed'> {
  readonly sessionId: string
  readonly accountId: string
  readonly result: 'success' | 'failure'
}

/** A mail was handed to the mail server, or was not. */
export interface MailSent extends Base<'mail.sent'> {
  readonly accountId: string
  readonly kind: MailKind
  readonly result: 'success' | 'error'
  /** What the mail server or the way to it said, on `error`. */
  readonly problem: string | undefined
  readonly durationSeconds: number
}

/** A request was turned away by a limit. */
export interface RateLimitExceeded extends Base<'rate_limit.exceeded'> {
  readonly policy: RateLimitPolicy
  readonly limitPerMinute: number
}

/** A form came without the token that proves it was ours. */
export interface CsrfRejected extends Base<'csrf.rejected'> {
  readonly accountId: string | undefined
}

/** A signing key was made. */
export interface SigningKeyCreated extends Base<'signing_key.created'> {
  readonly keyId: string
  readonly algorithm: string
}

/** A signing key took the place of another: it signs from now on, the other one is published until its tokens expire. */
export interface SigningKeyActivated extends Base<'signing_key.activated'> {
  readonly keyId: string
  readonly algorithm: string
  readonly supersededKeyId: string
}

/** A signing key is published no longer; its private part is erased. */
export interface SigningKeyRetired extends Base<'signing_key.retired'> {
  readonly keyId: string
  readonly algorithm: string
}

export type DomainEvent =
  | DeviceAuthorizationIssued
  | DeviceAuthorizationRefused
  | DeviceAuthorizationApproved
  | DeviceAuthorizationDenied
  | DeviceAuthorizationPolled
  | AuthorizationRequestPushed
  | AuthorizationApproved
  | AuthorizationDenied
  | AuthorizationRefused
  | AuthorizationCodeReused
  | ConsentWithdrawn
  | TokenIssued
  | TokenRefreshed
  | TokenRevoked
  | TokenDisabled
  | TokenEnabled
  | RefreshTokenReused
  | TokenValidated
  | IntrospectionRefused
  | ClientAuthenticationFailed
  | LoginSucceeded
  | LoginFailed
  | IdentityProviderCallback
  | IdentityProviderRequested
  | ExternalApiCalled
  | IdentityConnectionLinked
  | IdentityConnectionUnlinked
  | SessionCreated
  | SessionEnded
  | BackchannelLogoutDelivered
  | BackchannelLogoutFailed
  | ClientCreated
  | ClientRegistered
  | ClientRegistrationRefused
  | ClientUpdated
  | ClientSecretReplaced
  | ClientApproved
  | ClientRejected
  | ClientDeactivated
  | ClientActivated
  | ClientAccessEnded
  | ClientDeleted
  | ClientDocumentFetched
  | ClientDocumentUsed
  | ClientDocumentDiscovered
  | ClientDocumentChanged
  | ClientDocumentWithdrawn
  | ClientDocumentPinned
  | ClientDocumentUnpinned
  | ResourceCreated
  | ResourceUpdated
  | ResourceDeleted
  | AccountCreated
  | AccountDisabled
  | AccountEnabled
  | AccountUpdated
  | AccountDeleted
  | AccountPasswordReset
  | AuditLogExported
  | AccountPasswordChanged
  | AccountRecoveryRequested
  | AccountProfileChanged
  | AccountEmailVerified
  | SecondFactorAdded
  | SecondFactorRemoved
  | PasskeyRenamed
  | SecondFactorsReset
  | RecoveryCodesCreated
  | SecondFactorTried
  | SessionConfirmed
  | MailSent
  | RateLimitExceeded
  | CsrfRejected
  | SigningKeyCreated
  | SigningKeyActivated
  | SigningKeyRetired

export type EventType = DomainEvent['type']
export type EventOf<Type extends EventType> = Extract<DomainEvent, { type: Type }>

/** What one observer does with each event; `null` is a decision, made visible. */
export type EventHandlers = { readonly [Type in EventType]: ((event: EventOf<Type>) => void) | null }
