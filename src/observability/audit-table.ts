/**
 * What the audit log says about each event: the kinds of rows, and the table from events to rows. Not recorded are
 * reads that happen all the time and change nothing: polls still pending, validations, successful introspections.
 * `docs/audit.md` is generated from both tables.
 */
import type { DomainEvent, EventOf, EventType } from '../events/catalogue.ts'
import type { AuditAction } from './audit-actions.ts'
import type { AuditResourceType, AuditSeverity } from './audit-record.ts'

export interface AuditRowKind {
  readonly severity: AuditSeverity
  readonly resourceType: AuditResourceType | undefined
  readonly success: boolean
  /** When such a row is written, for the documentation. */
  readonly when: string
}

export const auditRowKinds = {
  DEVICE_CODE_GENERATED: {
    severity: 'INFO',
    resourceType: 'DEVICE_CODE',
    success: true,
    when: 'A device was given a code.',
  },
  DEVICE_CODE_AUTHORIZED: {
    severity: 'INFO',
    resourceType: 'DEVICE_CODE',
    success: true,
    when: 'A person allowed a device.',
  },
  DEVICE_CODE_DENIED: {
    severity: 'INFO',
    resourceType: 'DEVICE_CODE',
    success: true,
    when: 'A person refused a device.',
  },
  AUTHORIZATION_CODE_GENERATED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A person allowed a client, or had before, and the client was given an authorization code.',
  },
  AUTHORIZATION_DENIED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A person denied an authorization request.',
  },
  AUTHORIZATION_REFUSED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: false,
    when: 'A client asked for a resource it cannot have, or what describes it could not be used; which and why is in the details: of one address at most 20 rows a minute, and one with the number of the others.',
  },
  CONSENT_WITHDRAWN: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'What a person had allowed a client was taken back, by them or by an administrator.',
  },
  ACCESS_TOKEN_ISSUED: {
    severity: 'INFO',
    resourceType: 'TOKEN',
    success: true,
    when: 'A grant that speaks for a person gave tokens; one row names the access token and the refresh token.',
  },
  CLIENT_CREDENTIALS_TOKEN_ISSUED: {
    severity: 'INFO',
    resourceType: 'TOKEN',
    success: true,
    when: 'A client was given an access token that speaks for itself.',
  },
  TOKEN_REFRESHED: {
    severity: 'INFO',
    resourceType: 'TOKEN',
    success: true,
    when: 'A refresh token was exchanged for new tokens.',
  },
  TOKEN_REFRESH_FAILED: {
    severity: 'WARNING',
    resourceType: 'TOKEN',
    success: false,
    when: 'A refresh token was refused.',
  },
  TOKEN_REVOKED: {
    severity: 'INFO',
    resourceType: 'TOKEN',
    success: true,
    when: 'Tokens were ended by their owner, an administrator or a security rule; a rotation is in `TOKEN_REFRESHED`.',
  },
  TOKEN_DISABLED: {
    severity: 'WARNING',
    resourceType: 'TOKEN',
    success: true,
    when: 'A token was taken out of use until somebody enables it again.',
  },
  TOKEN_ENABLED: {
    severity: 'INFO',
    resourceType: 'TOKEN',
    success: true,
    when: 'A disabled token was put back into use.',
  },
  SUSPICIOUS_ACTIVITY: {
    severity: 'CRITICAL',
    resourceType: 'TOKEN',
    success: false,
    when: 'A refresh token that had been replaced, or an authorization code that had been redeemed, came back, so that what it gave was ended.',
  },
  INTROSPECTION_REFUSED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: false,
    when: 'A client asked about a token it may not see.',
  },
  CLIENT_AUTHENTICATION_FAILED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: false,
    when: 'A client could not prove who it is: of one address at most 20 rows a minute, and one with the number of the others.',
  },
  AUTHENTICATION_SUCCESS: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person signed in.',
  },
  AUTHENTICATION_FAILURE: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: false,
    when: 'An attempt to sign in failed, also for a name nobody has.',
  },
  OAUTH_AUTHENTICATION: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'An identity provider sent a person back and a session began.',
  },
  OAUTH_AUTHENTICATION_FAILED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: false,
    when: 'A request to the callback of an identity provider led to no session.',
  },
  IDENTITY_LINKED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'An identity at an outside source was connected to an account: by its owner, by an e-mail address both know to be verified, or with the account itself.',
  },
  IDENTITY_UNLINKED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'An identity at an outside source was disconnected from an account.',
  },
  SESSION_CREATED: {
    severity: 'INFO',
    resourceType: 'SESSION',
    success: true,
    when: 'A browser session began.',
  },
  LOGOUT: {
    severity: 'INFO',
    resourceType: 'SESSION',
    success: true,
    when: 'A person signed out of the session that asked for it.',
  },
  SESSION_ENDED: {
    severity: 'INFO',
    resourceType: 'SESSION',
    success: true,
    when: 'A browser session ended in any other way; the reason is in the details.',
  },
  BACKCHANNEL_LOGOUT_DELIVERED: {
    severity: 'INFO',
    resourceType: 'SESSION',
    success: true,
    when: 'A client was told that a session ended, and accepted it.',
  },
  BACKCHANNEL_LOGOUT_FAILED: {
    severity: 'WARNING',
    resourceType: 'SESSION',
    success: false,
    when: 'A client could not be told that a session ended, after the last attempt.',
  },
  CLIENT_CREATED: { severity: 'INFO', resourceType: 'CLIENT', success: true, when: 'A client was made.' },
  CLIENT_REGISTERED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client registered itself.',
  },
  CLIENT_UPDATED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client was changed, by itself, its owner or an administrator.',
  },
  CLIENT_APPROVED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'An administrator let a client work that waited for it.',
  },
  CLIENT_REJECTED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'An administrator decided that a client which waited shall not work.',
  },
  CLIENT_DEACTIVATED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client was switched off, and what it was given ended.',
  },
  CLIENT_ACTIVATED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client that had been switched off may work again.',
  },
  CLIENT_SECRET_REGENERATED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client was given another secret, and the one before stopped working.',
  },
  CLIENT_TOKENS_REVOKED_ALL: {
    severity: 'CRITICAL',
    resourceType: 'CLIENT',
    success: true,
    when: 'Every token of a client was ended at once, and what people had allowed it forgotten.',
  },
  CLIENT_DELETED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client was deleted.',
  },
  CLIENT_DISCOVERED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A client was seen for the first time, by the document at the address that is its id.',
  },
  CLIENT_DOCUMENT_CHANGED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: true,
    when: 'The document of a client says something else than before; what changed is in the details.',
  },
  CLIENT_DOCUMENT_WITHDRAWN: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: false,
    when: 'The document of a client is gone, or describes no client any more.',
  },
  CLIENT_DOCUMENT_PINNED: {
    severity: 'WARNING',
    resourceType: 'CLIENT',
    success: true,
    when: 'An operator wrote down the document of a client, to be used without asking its host.',
  },
  CLIENT_DOCUMENT_UNPINNED: {
    severity: 'INFO',
    resourceType: 'CLIENT',
    success: true,
    when: 'A document that was written down is asked for at its host again.',
  },
  RESOURCE_CREATED: {
    severity: 'INFO',
    resourceType: 'RESOURCE',
    success: true,
    when: 'A protected resource was registered.',
  },
  RESOURCE_UPDATED: {
    severity: 'WARNING',
    resourceType: 'RESOURCE',
    success: true,
    when: 'A protected resource was changed.',
  },
  RESOURCE_DELETED: {
    severity: 'WARNING',
    resourceType: 'RESOURCE',
    success: true,
    when: 'A protected resource was deleted.',
  },
  USER_CREATED: { severity: 'INFO', resourceType: 'USER', success: true, when: 'An account was made.' },
  USER_DISABLED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'An account was disabled.',
  },
  USER_ENABLED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A disabled account was enabled again.',
  },
  USER_UPDATED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'An administrator changed an account; what is in the details.',
  },
  USER_DELETED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'An account was deleted, with its sessions, tokens and consents.',
  },
  USER_PASSWORD_RESET: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'An account was given a new password by somebody else.',
  },
  AUDIT_LOG_EXPORTED: {
    severity: 'WARNING',
    resourceType: undefined,
    success: true,
    when: 'An administrator took rows of this log out of the server; how many, and which, is in the details.',
  },
  USER_PASSWORD_CHANGED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person chose a new password; on what occasion is in the details.',
  },
  USER_RECOVERY_REQUESTED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'Somebody asked for a link to choose a new password, also for a name nobody has.',
  },
  USER_PROFILE_CHANGED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person changed their name or e-mail address.',
  },
  USER_EMAIL_VERIFIED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person showed that they get mail at their address.',
  },
  SECOND_FACTOR_ADDED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person set up an authenticator app or a passkey.',
  },
  SECOND_FACTOR_REMOVED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'A person removed an authenticator app or a passkey.',
  },
  PASSKEY_RENAMED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person gave a passkey another name.',
  },
  SECOND_FACTORS_RESET: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'An administrator removed every second factor of somebody.',
  },
  RECOVERY_CODES_CREATED: {
    severity: 'INFO',
    resourceType: 'USER',
    success: true,
    when: 'A person was given new recovery codes; those before them are void.',
  },
  RECOVERY_CODE_USED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: true,
    when: 'A recovery code was used in the place of a second factor.',
  },
  SECOND_FACTOR_FAILED: {
    severity: 'WARNING',
    resourceType: 'USER',
    success: false,
    when: 'A code or a passkey was wrong, or had been used before.',
  },
  PASSKEY_COPIED: {
    severity: 'CRITICAL',
    resourceType: 'USER',
    success: false,
    when: 'A passkey counted less than it had before, so that there may be two of it; it was refused.',
  },
  SESSION_CONFIRMED: {
    severity: 'INFO',
    resourceType: 'SESSION',
    success: true,
    when: 'A signed-in person proved once more who they are.',
  },
  SESSION_CONFIRMATION_FAILED: {
    severity: 'WARNING',
    resourceType: 'SESSION',
    success: false,
    when: 'Somebody at a signed-in browser could not prove who they are.',
  },
  MAIL_FAILED: {
    severity: 'ERROR',
    resourceType: 'USER',
    success: false,
    when: 'A mail to a person was not taken by the mail server.',
  },
  RATE_LIMIT_EXCEEDED: {
    severity: 'WARNING',
    resourceType: undefined,
    success: false,
    when: 'A limit turned requests away: at most one row per policy and address in a minute, with their number.',
  },
  CSRF_REJECTED: {
    severity: 'WARNING',
    resourceType: undefined,
    success: false,
    when: 'A form came without the token that proves this server made it: of one address at most 20 rows a minute, and one with the number of the others.',
  },
  SIGNING_KEY_CREATED: {
    severity: 'INFO',
    resourceType: 'KEY',
    success: true,
    when: 'A key to sign tokens with was made.',
  },
  SIGNING_KEY_ACTIVATED: {
    severity: 'INFO',
    resourceType: 'KEY',
    success: true,
    when: 'A key began to sign in the place of another, which is named in the details.',
  },
  SIGNING_KEY_RETIRED: {
    severity: 'INFO',
    resourceType: 'KEY',
    success: true,
    when: 'A key was taken out of the JWK set and its private part erased.',
  },
} as const satisfies Readonly<Record<string, AuditRowKind>>

export type AuditRowName = keyof typeof auditRowKinds

/** The part of a record that its event decides; actor, request and time are the same for all. */
export interface AuditEntry {
  row: AuditRowName
  /** What happened, in one plain sentence. */
  action: AuditAction
  resourceId?: string | undefined
  resourceName?: string | undefined
  details?: Readonly<Record<string, unknown>>
  errorMessage?: string | undefined
}

export interface AuditRule<Type extends EventType> {
  /** The rows such an event can become. */
  readonly rows: readonly AuditRowName[]
  /**
   * @param occurrences how many such events the row stands for.
   * @returns `undefined` when this one is not recorded.
   */
  describe(event: EventOf<Type>, occurrences: number): AuditEntry | undefined
}

export const auditRules: { readonly [Type in EventType]: AuditRule<Type> | null } = {
  'device_authorization.issued': {
    rows: ['DEVICE_CODE_GENERATED'],
    describe: (event) => ({
      row: 'DEVICE_CODE_GENERATED',
      action: 'A device code was issued.',
      resourceId: event.deviceGrantId,
      resourceName: event.clientName,
      details: { client_id: event.clientId, scopes: event.scopes },
    }),
  },
  // Nothing was given. A client that could not authenticate has a row of its own.
  'device_authorization.refused': null,
  'device_authorization.approved': {
    rows: ['DEVICE_CODE_AUTHORIZED'],
    describe: (event) => ({
      row: 'DEVICE_CODE_AUTHORIZED',
      action: 'A device was allowed.',
      resourceId: event.deviceGrantId,
      resourceName: event.clientName,
      details: {
        client_id: event.clientId,
        scopes: event.scopes,
        seconds_since_issue: event.durationSeconds,
      },
    }),
  },
  'device_authorization.denied': {
    rows: ['DEVICE_CODE_DENIED'],
    describe: (event) => ({
      row: 'DEVICE_CODE_DENIED',
      action: 'A device was refused.',
      resourceId: event.deviceGrantId,
      resourceName: event.clientName,
      details: { client_id: event.clientId },
    }),
  },
  // A device asks every few seconds; what comes of it is recorded as the decision and the tokens.
  'device_authorization.polled': null,
  // What comes of it is recorded as the decision.
  'authorization_request.pushed': null,
  'authorization.approved': {
    rows: ['AUTHORIZATION_CODE_GENERATED'],
    describe: (event) => ({
      row: 'AUTHORIZATION_CODE_GENERATED',
      action: event.asked
        ? 'A client was allowed.'
        : 'A client that had been allowed before was given a code.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: { account_id: event.accountId, scopes: event.scopes, asked: event.asked },
    }),
  },
  'authorization.denied': {
    rows: ['AUTHORIZATION_DENIED'],
    describe: (event) => ({
      row: 'AUTHORIZATION_DENIED',
      action: 'A client was denied.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: { account_id: event.accountId },
    }),
  },
  // Other mistakes of clients and of strangers are in the log, and counted.
  'authorization.refused': {
    rows: ['AUTHORIZATION_REFUSED'],
    describe: (event, occurrences) =>
      event.detail === undefined
        ? undefined
        : {
            row: 'AUTHORIZATION_REFUSED',
            action: 'An authorization request was refused.',
            resourceId: event.clientId,
            errorMessage: event.reason ?? event.error,
            details: { detail: event.detail, ...(occurrences > 1 ? { occurrences } : {}) },
          },
  },
  'authorization_code.reused': {
    rows: ['SUSPICIOUS_ACTIVITY'],
    describe: (event) => ({
      row: 'SUSPICIOUS_ACTIVITY',
      action: 'An authorization code was used again, and what it gave was ended.',
      resourceId: event.grantId,
      details: {
        client_id: event.clientId,
        account_id: event.accountId,
        grant_id: event.grantId,
        tokens_revoked: event.tokensRevoked,
      },
    }),
  },
  'consent.withdrawn': {
    rows: ['CONSENT_WITHDRAWN'],
    describe: (event) => ({
      row: 'CONSENT_WITHDRAWN',
      action: 'A client’s access was taken back.',
      resourceId: event.clientId,
      details: { account_id: event.accountId },
    }),
  },
  'token.issued': {
    rows: ['ACCESS_TOKEN_ISSUED', 'CLIENT_CREDENTIALS_TOKEN_ISSUED', 'TOKEN_REFRESHED'],
    describe: (event) => ({
      ...issueWords(event),
      resourceId: event.accessTokenId,
      resourceName: event.clientName,
      details: {
        client_id: event.clientId,
        grant_type: event.grantType,
        grant_id: event.grantId,
        account_id: event.accountId,
        access_token_id: event.accessTokenId,
        refresh_token_id: event.refreshTokenId,
        scopes: event.scopes,
      },
    }),
  },
  'token.refreshed': {
    rows: ['TOKEN_REFRESH_FAILED'],
    describe: (event) =>
      event.result === 'success'
        ? undefined // The tokens it gave are recorded as `TOKEN_REFRESHED`.
        : {
            row: 'TOKEN_REFRESH_FAILED',
            action: 'A refresh token was refused.',
            details: { client_id: event.clientId },
            errorMessage: event.error,
          },
  },
  'token.revoked': {
    rows: ['TOKEN_REVOKED'],
    describe: (event) =>
      event.reason === 'rotation'
        ? undefined // One row per refresh is enough: `TOKEN_REFRESHED`.
        : {
            row: 'TOKEN_REVOKED',
            action: 'Tokens were revoked.',
            resourceId: event.tokenId ?? event.grantId,
            details: {
              reason: event.reason,
              client_id: event.clientId,
              account_id: event.accountId,
              ...(event.tokenId === undefined
                ? {}
                : { token_id: event.tokenId, token_type: event.tokenType, grant_id: event.grantId }),
              access_tokens: event.accessTokens,
              refresh_tokens: event.refreshTokens,
            },
          },
  },
  'token.disabled': {
    rows: ['TOKEN_DISABLED'],
    describe: (event) => ({ row: 'TOKEN_DISABLED', action: 'A token was disabled.', ...oneToken(event) }),
  },
  'token.enabled': {
    rows: ['TOKEN_ENABLED'],
    describe: (event) => ({ row: 'TOKEN_ENABLED', action: 'A token was enabled.', ...oneToken(event) }),
  },
  'refresh_token.reused': {
    rows: ['SUSPICIOUS_ACTIVITY'],
    describe: (event) => ({
      row: 'SUSPICIOUS_ACTIVITY',
      action: 'A refresh token was used again, and its family was ended.',
      resourceId: event.refreshTokenId,
      details: {
        client_id: event.clientId,
        account_id: event.accountId,
        grant_id: event.grantId,
        tokens_revoked: event.tokensRevoked,
      },
    }),
  },
  // Every request to an API asks; a row for each would bury the rest.
  'token.validated': null,
  'introspection.refused': {
    rows: ['INTROSPECTION_REFUSED'],
    describe: (event) => ({
      row: 'INTROSPECTION_REFUSED',
      action: 'A client asked about a token it may not see.',
      resourceId: event.clientId,
      details: { token_client_id: event.tokenClientId },
    }),
  },
  'client.authentication_failed': {
    rows: ['CLIENT_AUTHENTICATION_FAILED'],
    describe: (event, occurrences) => ({
      row: 'CLIENT_AUTHENTICATION_FAILED',
      action: 'A client failed to authenticate.',
      resourceId: event.clientId,
      errorMessage: event.reason,
      ...severalTimes(occurrences),
    }),
  },
  'login.succeeded': {
    rows: ['AUTHENTICATION_SUCCESS'],
    describe: (event) => ({
      row: 'AUTHENTICATION_SUCCESS',
      action: 'A person signed in.',
      resourceId: event.accountId,
      resourceName: event.actor.type === 'account' ? event.actor.name : undefined,
      details: { method: event.method, auth_source: event.authSource },
    }),
  },
  'login.failed': {
    rows: ['AUTHENTICATION_FAILURE'],
    describe: (event) => ({
      row: 'AUTHENTICATION_FAILURE',
      action: 'An attempt to sign in failed.',
      resourceId: event.accountId,
      details: { method: event.method, auth_source: event.authSource },
      errorMessage: event.reason,
    }),
  },
  'identity_provider.callback': {
    rows: ['OAUTH_AUTHENTICATION', 'OAUTH_AUTHENTICATION_FAILED'],
    describe: (event) => ({
      ...(event.result === 'success'
        ? { row: 'OAUTH_AUTHENTICATION', action: 'An identity provider vouched for a person.' }
        : {
            row: 'OAUTH_AUTHENTICATION_FAILED',
            action: 'A sign-in through an identity provider failed.',
            errorMessage: event.reason,
          }),
      details: { provider: event.provider, ...(event.detail === undefined ? {} : { detail: event.detail }) },
    }),
  },
  // Parts of a sign-in, which is recorded.
  'identity_provider.requested': null,
  'external_api.called': null,
  'identity_connection.linked': {
    rows: ['IDENTITY_LINKED'],
    describe: (event) => ({
      row: 'IDENTITY_LINKED',
      action: 'An identity was connected to an account.',
      resourceId: event.accountId,
      details: { connection_id: event.connectionId, source: event.source, by: event.by },
    }),
  },
  'identity_connection.unlinked': {
    rows: ['IDENTITY_UNLINKED'],
    describe: (event) => ({
      row: 'IDENTITY_UNLINKED',
      action: 'An identity was disconnected from an account.',
      resourceId: event.accountId,
      details: { connection_id: event.connectionId, source: event.source },
    }),
  },
  'session.created': {
    rows: ['SESSION_CREATED'],
    describe: (event) => ({
      row: 'SESSION_CREATED',
      action: 'A browser session began.',
      resourceId: event.sessionId,
      details: { account_id: event.accountId, auth_source: event.authSource },
    }),
  },
  'session.ended': {
    rows: ['LOGOUT', 'SESSION_ENDED'],
    describe: (event) => ({
      ...(event.byOwnLogout
        ? { row: 'LOGOUT', action: 'A person signed out.' }
        : { row: 'SESSION_ENDED', action: 'A browser session ended.' }),
      resourceId: event.sessionId,
      details: {
        account_id: event.accountId,
        reason: event.reason,
        duration_seconds: event.durationSeconds,
      },
    }),
  },
  'backchannel_logout.delivered': {
    rows: ['BACKCHANNEL_LOGOUT_DELIVERED'],
    describe: (event) => ({
      row: 'BACKCHANNEL_LOGOUT_DELIVERED',
      action: 'A client was told that a session ended.',
      resourceId: event.sessionId,
      resourceName: event.clientName,
      details: { client_id: event.clientId, account_id: event.accountId, attempt: event.attempt },
    }),
  },
  'backchannel_logout.failed': {
    rows: ['BACKCHANNEL_LOGOUT_FAILED'],
    describe: (event) =>
      event.willRetry
        ? undefined // What comes of the next attempt is recorded.
        : {
            row: 'BACKCHANNEL_LOGOUT_FAILED',
            action: 'A client could not be told that a session ended.',
            resourceId: event.sessionId,
            resourceName: event.clientName,
            details: { client_id: event.clientId, account_id: event.accountId, attempts: event.attempt },
            errorMessage: event.problem,
          },
  },
  'client.created': {
    rows: ['CLIENT_CREATED'],
    describe: (event) => ({
      row: 'CLIENT_CREATED',
      action: 'A client was created.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        client_type: event.clientType,
        grant_types: event.grantTypes,
        scopes: event.scopes,
        needs_approval: event.needsApproval,
      },
    }),
  },
  'client.registered': {
    rows: ['CLIENT_REGISTERED'],
    describe: (event) => ({
      row: 'CLIENT_REGISTERED',
      action: 'A client registered itself.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        client_type: event.clientType,
        grant_types: event.grantTypes,
        scopes: event.scopes,
        redirect_hosts: event.redirectHosts,
        needs_approval: event.needsApproval,
      },
    }),
  },
  // Nothing came of it, and anybody can cause it; the log has a line, the metrics the number.
  'client.registration_refused': null,
  'client.updated': {
    rows: ['CLIENT_UPDATED'],
    describe: (event) => ({
      row: 'CLIENT_UPDATED',
      action: 'A client was changed.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        client_type: event.clientType,
        grant_types: event.grantTypes,
        scopes: event.scopes,
        redirect_hosts: event.redirectHosts,
        changes: event.changes,
        needs_approval: event.needsApproval,
      },
    }),
  },
  'client.secret_replaced': {
    rows: ['CLIENT_SECRET_REGENERATED'],
    describe: (event) => ({
      row: 'CLIENT_SECRET_REGENERATED',
      action: 'A client was given a new secret.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'client.rejected': {
    rows: ['CLIENT_REJECTED'],
    describe: (event) => ({
      row: 'CLIENT_REJECTED',
      action: 'A client was rejected.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'client.deactivated': {
    rows: ['CLIENT_DEACTIVATED'],
    describe: (event) => ({
      row: 'CLIENT_DEACTIVATED',
      action: 'A client was switched off.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'client.activated': {
    rows: ['CLIENT_ACTIVATED'],
    describe: (event) => ({
      row: 'CLIENT_ACTIVATED',
      action: 'A client was switched on.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'client.access_ended': {
    rows: ['CLIENT_TOKENS_REVOKED_ALL'],
    describe: (event) => ({
      row: 'CLIENT_TOKENS_REVOKED_ALL',
      action: 'Everything a client was given was ended.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        access_tokens: event.accessTokens,
        refresh_tokens: event.refreshTokens,
        consents: event.consents,
      },
    }),
  },
  'client.approved': {
    rows: ['CLIENT_APPROVED'],
    describe: (event) => ({
      row: 'CLIENT_APPROVED',
      action: 'A client was approved.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'client.deleted': {
    rows: ['CLIENT_DELETED'],
    describe: (event) => ({
      row: 'CLIENT_DELETED',
      action: 'A client was deleted.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  // What an authorization request that failed by it led to is recorded there.
  'client_document.fetched': null,
  'client_document.used': null,
  'client_document.discovered': {
    rows: ['CLIENT_DISCOVERED'],
    describe: (event) => ({
      row: 'CLIENT_DISCOVERED',
      action: 'A client was seen for the first time.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        client_type: event.clientType,
        redirect_hosts: event.redirectHosts,
        needs_approval: event.needsApproval,
      },
    }),
  },
  'client_document.changed': {
    rows: ['CLIENT_DOCUMENT_CHANGED'],
    describe: (event) => ({
      row: 'CLIENT_DOCUMENT_CHANGED',
      action: 'A client describes itself anew.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: {
        changes: event.changes,
        redirect_hosts: event.redirectHosts,
        needs_approval: event.needsApproval,
      },
    }),
  },
  'client_document.withdrawn': {
    rows: ['CLIENT_DOCUMENT_WITHDRAWN'],
    describe: (event) => ({
      row: 'CLIENT_DOCUMENT_WITHDRAWN',
      action: 'A client no longer describes itself.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      errorMessage: event.detail,
    }),
  },
  'client_document.pinned': {
    rows: ['CLIENT_DOCUMENT_PINNED'],
    describe: (event) => ({
      row: 'CLIENT_DOCUMENT_PINNED',
      action: 'The document of a client was written down.',
      resourceId: event.clientId,
      resourceName: event.clientName,
      details: { redirect_hosts: event.redirectHosts },
    }),
  },
  'client_document.unpinned': {
    rows: ['CLIENT_DOCUMENT_UNPINNED'],
    describe: (event) => ({
      row: 'CLIENT_DOCUMENT_UNPINNED',
      action: 'The document of a client is asked for again.',
      resourceId: event.clientId,
      resourceName: event.clientName,
    }),
  },
  'resource.created': {
    rows: ['RESOURCE_CREATED'],
    describe: (event) => ({
      row: 'RESOURCE_CREATED',
      action: 'A resource was registered.',
      resourceId: event.identifier,
      resourceName: event.name,
      details: resourceDetails(event),
    }),
  },
  'resource.updated': {
    rows: ['RESOURCE_UPDATED'],
    describe: (event) => ({
      row: 'RESOURCE_UPDATED',
      action: 'A resource was changed.',
      resourceId: event.identifier,
      resourceName: event.name,
      details: resourceDetails(event),
    }),
  },
  'resource.deleted': {
    rows: ['RESOURCE_DELETED'],
    describe: (event) => ({
      row: 'RESOURCE_DELETED',
      action: 'A resource was deleted.',
      resourceId: event.identifier,
      resourceName: event.name,
    }),
  },
  'account.created': {
    rows: ['USER_CREATED'],
    describe: (event) => ({
      row: 'USER_CREATED',
      action: 'An account was created.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { role: event.role },
    }),
  },
  'account.disabled': {
    rows: ['USER_DISABLED'],
    describe: (event) => ({
      row: 'USER_DISABLED',
      action: 'An account was disabled.',
      resourceId: event.accountId,
      resourceName: event.username,
    }),
  },
  'account.enabled': {
    rows: ['USER_ENABLED'],
    describe: (event) => ({
      row: 'USER_ENABLED',
      action: 'An account was enabled.',
      resourceId: event.accountId,
      resourceName: event.username,
    }),
  },
  'account.updated': {
    rows: ['USER_UPDATED'],
    describe: (event) => ({
      row: 'USER_UPDATED',
      action: 'An account was changed.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { changes: event.changes, role: event.role },
    }),
  },
  'account.deleted': {
    rows: ['USER_DELETED'],
    describe: (event) => ({
      row: 'USER_DELETED',
      action: 'An account was deleted.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { clients_without_owner: event.ownedClients },
    }),
  },
  'account.password_reset': {
    rows: ['USER_PASSWORD_RESET'],
    describe: (event) => ({
      row: 'USER_PASSWORD_RESET',
      action: 'The password of an account was reset.',
      resourceId: event.accountId,
      resourceName: event.username,
    }),
  },
  'audit_log.exported': {
    rows: ['AUDIT_LOG_EXPORTED'],
    describe: (event) => ({
      row: 'AUDIT_LOG_EXPORTED',
      action: event.complete ? 'The audit log was exported.' : 'An export of the audit log was broken off.',
      details: { format: event.format, filters: event.filters, rows: event.rows, complete: event.complete },
    }),
  },
  'account.password_changed': {
    rows: ['USER_PASSWORD_CHANGED'],
    describe: (event) => ({
      row: 'USER_PASSWORD_CHANGED',
      action: 'A person chose a new password.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { occasion: event.occasion },
    }),
  },
  'account.recovery_requested': {
    rows: ['USER_RECOVERY_REQUESTED'],
    describe: (event) => ({
      row: 'USER_RECOVERY_REQUESTED',
      action: 'A link to choose a new password was asked for.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { mailed: event.mailed },
    }),
  },
  'account.profile_changed': {
    rows: ['USER_PROFILE_CHANGED'],
    describe: (event) => ({
      row: 'USER_PROFILE_CHANGED',
      action: 'A person changed their profile.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { changed: event.changed },
    }),
  },
  'account.email_verified': {
    rows: ['USER_EMAIL_VERIFIED'],
    describe: (event) => ({
      row: 'USER_EMAIL_VERIFIED',
      action: 'An e-mail address was verified.',
      resourceId: event.accountId,
      resourceName: event.username,
    }),
  },
  'second_factor.added': {
    rows: ['SECOND_FACTOR_ADDED'],
    describe: (event) => ({
      row: 'SECOND_FACTOR_ADDED',
      action: 'A second factor was set up.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { factor: event.factor },
    }),
  },
  'second_factor.removed': {
    rows: ['SECOND_FACTOR_REMOVED'],
    describe: (event) => ({
      row: 'SECOND_FACTOR_REMOVED',
      action: 'A second factor was removed.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { factor: event.factor },
    }),
  },
  'passkey.renamed': {
    rows: ['PASSKEY_RENAMED'],
    describe: (event) => ({
      row: 'PASSKEY_RENAMED',
      action: 'A passkey was renamed.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { passkey_id: event.passkeyId },
    }),
  },
  'second_factor.reset': {
    rows: ['SECOND_FACTORS_RESET'],
    describe: (event) => ({
      row: 'SECOND_FACTORS_RESET',
      action: 'The second factors of an account were removed.',
      resourceId: event.accountId,
      resourceName: event.username,
      details: { authenticator_app: event.totp, passkeys: event.passkeys },
    }),
  },
  'recovery_codes.created': {
    rows: ['RECOVERY_CODES_CREATED'],
    describe: (event) => ({
      row: 'RECOVERY_CODES_CREATED',
      action: 'Recovery codes were made.',
      resourceId: event.accountId,
      resourceName: event.username,
    }),
  },
  'second_factor.tried': {
    rows: ['RECOVERY_CODE_USED', 'SECOND_FACTOR_FAILED', 'PASSKEY_COPIED'],
    describe(event) {
      const about = { resourceId: event.accountId, details: { factor: event.factor } }
      if (event.reason === 'copied') {
        return { ...about, row: 'PASSKEY_COPIED', action: 'A passkey that may have been copied was refused.' }
      }
      if (event.result === 'failure') {
        return {
          ...about,
          row: 'SECOND_FACTOR_FAILED',
          action: 'A second factor was refused.',
          errorMessage: event.reason,
        }
      }
      // What the others led to is recorded as the sign-in or the confirmation.
      if (event.factor !== 'recovery_code') return undefined
      return { ...about, row: 'RECOVERY_CODE_USED', action: 'A recovery code was used.' }
    },
  },
  'session.confirmed': {
    rows: ['SESSION_CONFIRMED', 'SESSION_CONFIRMATION_FAILED'],
    describe: (event) => ({
      ...(event.result === 'success'
        ? { row: 'SESSION_CONFIRMED', action: 'A person proved once more who they are.' }
        : {
            row: 'SESSION_CONFIRMATION_FAILED',
            action: 'Who is at a signed-in browser could not be proved.',
          }),
      resourceId: event.sessionId,
      details: { account_id: event.accountId },
    }),
  },
  'mail.sent': {
    rows: ['MAIL_FAILED'],
    describe: (event) =>
      event.result === 'success'
        ? undefined
        : {
            row: 'MAIL_FAILED',
            action: 'A mail could not be sent.',
            resourceId: event.accountId,
            details: { kind: event.kind },
            errorMessage: event.problem,
          },
  },
  'rate_limit.exceeded': {
    rows: ['RATE_LIMIT_EXCEEDED'],
    describe: (event, occurrences) => ({
      row: 'RATE_LIMIT_EXCEEDED',
      action: 'A limit turned requests away.',
      details: { policy: event.policy, requests_per_minute: event.limitPerMinute, occurrences },
    }),
  },
  'csrf.rejected': {
    rows: ['CSRF_REJECTED'],
    describe: (event, occurrences) => ({
      row: 'CSRF_REJECTED',
      action: 'A form without a valid token was rejected.',
      resourceId: event.accountId,
      ...severalTimes(occurrences),
    }),
  },
  'signing_key.created': {
    rows: ['SIGNING_KEY_CREATED'],
    describe: (event) => ({
      row: 'SIGNING_KEY_CREATED',
      action: 'A signing key was created.',
      resourceId: event.keyId,
      details: { algorithm: event.algorithm },
    }),
  },
  'signing_key.activated': {
    rows: ['SIGNING_KEY_ACTIVATED'],
    describe: (event) => ({
      row: 'SIGNING_KEY_ACTIVATED',
      action: 'A signing key was activated.',
      resourceId: event.keyId,
      details: { algorithm: event.algorithm, superseded_key_id: event.supersededKeyId },
    }),
  },
  'signing_key.retired': {
    rows: ['SIGNING_KEY_RETIRED'],
    describe: (event) => ({
      row: 'SIGNING_KEY_RETIRED',
      action: 'A signing key was retired.',
      resourceId: event.keyId,
      details: { algorithm: event.algorithm },
    }),
  },
}

function resourceDetails(event: EventOf<'resource.created' | 'resource.updated'>): Record<string, unknown> {
  const { scopes, openToDiscovered, tokenLifetimeSeconds } = event
  return {
    scopes,
    open_to_discovered_clients: openToDiscovered,
    ...(tokenLifetimeSeconds === undefined ? {} : { token_lifetime_seconds: tokenLifetimeSeconds }),
  }
}

/** Which token an act was about. */
function oneToken(
  event: EventOf<'token.disabled' | 'token.enabled'>,
): Pick<AuditEntry, 'resourceId' | 'details'> {
  const { tokenId, tokenType, clientId, accountId, grantId } = event
  return {
    resourceId: tokenId,
    details: { token_type: tokenType, client_id: clientId, account_id: accountId, grant_id: grantId },
  }
}

/** For a row that stands for several events. */
function severalTimes(occurrences: number): Pick<AuditEntry, 'details'> {
  return occurrences > 1 ? { details: { occurrences } } : {}
}

function issueWords(event: EventOf<'token.issued'>): Pick<AuditEntry, 'row' | 'action'> {
  if (event.grantType === 'refresh_token') return { row: 'TOKEN_REFRESHED', action: 'Tokens were refreshed.' }
  if (event.grantType === 'client_credentials') {
    return {
      row: 'CLIENT_CREDENTIALS_TOKEN_ISSUED',
      action: 'An access token was issued to a client itself.',
    }
  }
  return { row: 'ACCESS_TOKEN_ISSUED', action: 'Tokens were issued.' }
}

/** What the audit log says about an event; `undefined` when nothing. */
export function describeForAudit(event: DomainEvent, occurrences: number): AuditEntry | undefined {
  // The table is keyed by the event's own type, which the compiler cannot see through the union.
  const rule = auditRules[event.type] as AuditRule<EventType> | null
  return rule?.describe(event, occurrences)
}
