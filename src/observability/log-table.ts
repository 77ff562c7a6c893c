/**
 * What the log says about each event. `debug` for what happens all the time, `info` for what a person did, `warn` for
 * what an operator may want to look into, `error` for what calls for it. Names of fields are snake case, as on the wire.
 */
import type { EventOf, EventType } from '../events/catalogue.ts'

export type EventLogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogRule<Type extends EventType> {
  readonly level: EventLogLevel | ((event: EventOf<Type>) => EventLogLevel)
  readonly message: string
  fields(event: EventOf<Type>): Record<string, unknown>
}

export const logRules: { readonly [Type in EventType]: LogRule<Type> | null } = {
  'device_authorization.issued': {
    level: 'debug',
    message: 'device code issued',
    fields: (event) => ({ client_id: event.clientId, device_grant_id: event.deviceGrantId }),
  },
  'device_authorization.refused': {
    level: 'info',
    message: 'device code refused',
    fields: (event) => ({ client_id: event.clientId, error: event.error }),
  },
  'device_authorization.approved': {
    level: 'info',
    message: 'device allowed',
    fields: (event) => ({ client_id: event.clientId, device_grant_id: event.deviceGrantId }),
  },
  'device_authorization.denied': {
    level: 'info',
    message: 'device refused',
    fields: (event) => ({ client_id: event.clientId, device_grant_id: event.deviceGrantId }),
  },
  'device_authorization.polled': {
    level: 'debug',
    message: 'device polled',
    fields: (event) => ({ client_id: event.clientId, result: event.result }),
  },
  'authorization_request.pushed': {
    level: 'debug',
    message: 'authorization request pushed',
    fields: (event) => ({ client_id: event.clientId, result: event.result, error: event.error }),
  },
  'authorization.approved': {
    level: 'info',
    message: 'authorization code issued',
    fields: (event) => ({ client_id: event.clientId, account_id: event.accountId, asked: event.asked }),
  },
  'authorization.denied': {
    level: 'info',
    message: 'authorization denied',
    fields: (event) => ({ client_id: event.clientId, account_id: event.accountId }),
  },
  'authorization.refused': {
    level: 'info',
    message: 'authorization request refused',
    fields: (event) => ({
      client_id: event.clientId,
      error: event.error,
      reason: event.reason,
      detail: event.detail,
    }),
  },
  'authorization_code.reused': {
    level: 'error',
    message: 'an authorization code was used again: what it gave was ended, the code may have been stolen',
    fields: (event) => ({
      client_id: event.clientId,
      account_id: event.accountId,
      grant_id: event.grantId,
      tokens_revoked: event.tokensRevoked,
    }),
  },
  'consent.withdrawn': {
    level: 'info',
    message: 'consent withdrawn',
    fields: (event) => ({ client_id: event.clientId, account_id: event.accountId }),
  },
  'token.issued': {
    level: 'debug',
    message: 'tokens issued',
    fields: (event) => ({
      client_id: event.clientId,
      account_id: event.accountId,
      grant_type: event.grantType,
      access_token_id: event.accessTokenId,
      refresh_token_id: event.refreshTokenId,
    }),
  },
  'token.refreshed': {
    level: (event) => (event.result === 'success' ? 'debug' : 'info'),
    message: 'refresh answered',
    fields: (event) => ({
      client_id: event.clientId,
      result: event.result,
      error: event.error,
      within_grace: event.withinGrace,
    }),
  },
  'token.revoked': {
    level: (event) => (event.reason === 'rotation' ? 'debug' : 'info'),
    message: 'tokens revoked',
    fields: (event) => ({
      reason: event.reason,
      client_id: event.clientId,
      account_id: event.accountId,
      grant_id: event.grantId,
      access_tokens: event.accessTokens,
      refresh_tokens: event.refreshTokens,
      token_id: event.tokenId,
    }),
  },
  'token.disabled': { level: 'info', message: 'token disabled', fields: oneToken },
  'token.enabled': { level: 'info', message: 'token enabled', fields: oneToken },
  'refresh_token.reused': {
    level: 'error',
    message: 'a refresh token was used again: its family was ended, the token may have been stolen',
    fields: (event) => ({
      client_id: event.clientId,
      account_id: event.accountId,
      grant_id: event.grantId,
      refresh_token_id: event.refreshTokenId,
      tokens_revoked: event.tokensRevoked,
    }),
  },
  'token.validated': {
    level: 'debug',
    message: 'token validated',
    fields: (event) => ({ endpoint: event.endpoint, result: event.result }),
  },
  'introspection.refused': {
    level: 'warn',
    message: 'a client asked about a token it may not see',
    fields: (event) => ({ client_id: event.clientId, token_client_id: event.tokenClientId }),
  },
  'client.authentication_failed': {
    level: 'warn',
    message: 'client authentication failed',
    fields: (event) => ({ client_id: event.clientId, reason: event.reason }),
  },
  'login.succeeded': {
    level: 'info',
    message: 'signed in',
    fields: (event) => ({ account_id: event.accountId, auth_source: event.authSource }),
  },
  'login.failed': {
    level: 'warn',
    message: 'sign-in failed',
    fields: (event) => ({
      account_id: event.accountId,
      auth_source: event.authSource,
      reason: event.reason,
    }),
  },
  'identity_provider.callback': {
    level: (event) => (event.result === 'success' ? 'info' : 'warn'),
    message: 'identity provider called back',
    fields: (event) => ({
      provider: event.provider,
      result: event.result,
      reason: event.reason,
      detail: event.detail,
    }),
  },
  'identity_provider.requested': {
    level: (event) => (event.problem === undefined ? 'debug' : 'warn'),
    message: 'identity provider asked',
    fields: (event) => ({
      provider: event.provider,
      step: event.step,
      problem: event.problem,
      duration_seconds: event.durationSeconds,
    }),
  },
  'external_api.called': {
    level: (event) => (event.problem === undefined ? 'debug' : 'warn'),
    message: 'external authentication API called',
    fields: (event) => ({
      provider: event.provider,
      problem: event.problem,
      duration_seconds: event.durationSeconds,
    }),
  },
  'identity_connection.linked': {
    level: 'info',
    message: 'identity connected',
    fields: (event) => ({ account_id: event.accountId, source: event.source, by: event.by }),
  },
  'identity_connection.unlinked': {
    level: 'info',
    message: 'identity disconnected',
    fields: (event) => ({ account_id: event.accountId, source: event.source }),
  },
  'session.created': {
    level: 'debug',
    message: 'session began',
    fields: (event) => ({ session_id: event.sessionId, account_id: event.accountId }),
  },
  'session.ended': {
    level: (event) => (event.reason === 'fingerprint_mismatch' ? 'warn' : 'info'),
    message: 'session ended',
    fields: (event) => ({
      session_id: event.sessionId,
      account_id: event.accountId,
      reason: event.reason,
    }),
  },
  'backchannel_logout.delivered': {
    level: 'debug',
    message: 'client told of the end of a session',
    fields: (event) => ({
      client_id: event.clientId,
      session_id: event.sessionId,
      attempt: event.attempt,
      duration_seconds: event.durationSeconds,
    }),
  },
  'backchannel_logout.failed': {
    level: (event) => (event.willRetry ? 'info' : 'warn'),
    message: 'client could not be told of the end of a session',
    fields: (event) => ({
      client_id: event.clientId,
      session_id: event.sessionId,
      attempt: event.attempt,
      duration_seconds: event.durationSeconds,
      problem: event.problem,
      will_retry: event.willRetry,
    }),
  },
  'client.created': {
    level: 'info',
    message: 'client created',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.registered': {
    level: 'info',
    message: 'client registered itself',
    fields: (event) => ({
      client_id: event.clientId,
      client_name: event.clientName,
      redirect_hosts: event.redirectHosts.join(' '),
      needs_approval: event.needsApproval,
    }),
  },
  'client.registration_refused': {
    level: 'info',
    message: 'registration refused',
    fields: (event) => ({ error: event.error, reason: event.reason }),
  },
  'client.updated': {
    level: 'info',
    message: 'client changed',
    fields: (event) => ({
      client_id: event.clientId,
      client_name: event.clientName,
      redirect_hosts: event.redirectHosts.join(' '),
      changes: event.changes.join(' '),
      needs_approval: event.needsApproval,
    }),
  },
  'client.secret_replaced': {
    level: 'info',
    message: 'client secret replaced',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.rejected': {
    level: 'info',
    message: 'client rejected',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.deactivated': {
    level: 'info',
    message: 'client switched off',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.activated': {
    level: 'info',
    message: 'client switched on',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.access_ended': {
    level: 'warn',
    message: 'everything a client was given was ended',
    fields: (event) => ({
      client_id: event.clientId,
      client_name: event.clientName,
      access_tokens: event.accessTokens,
      refresh_tokens: event.refreshTokens,
      consents: event.consents,
    }),
  },
  'client.approved': {
    level: 'info',
    message: 'client approved',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client.deleted': {
    level: 'info',
    message: 'client deleted',
    fields: (event) => ({ client_id: event.clientId, client_name: event.clientName }),
  },
  'client_document.fetched': {
    level: ({ result }) =>
      result === 'ok' || result === 'not_modified' ? 'debug' : result === 'denied' ? 'info' : 'warn',
    message: 'client document asked for',
    fields: (event) => ({
      client_id: event.clientId,
      result: event.result,
      detail: event.detail,
      duration_seconds: event.durationSeconds,
    }),
  },
  'client_document.used': {
    level: 'debug',
    message: 'client document used',
    fields: (event) => ({ client_id: event.clientId, cache: event.cache }),
  },
  'client_document.discovered': {
    level: 'info',
    message: 'client seen for the first time, by its document',
    fields: (event) => ({
      client_id: event.clientId,
      client_name: event.clientName,
      redirect_hosts: event.redirectHosts.join(' '),
      needs_approval: event.needsApproval,
    }),
  },
  'client_document.changed': {
    level: 'info',
    message: 'client document says something else',
    fields: (event) => ({
      client_id: event.clientId,
      changes: event.changes.join(' '),
      redirect_hosts: event.redirectHosts.join(' '),
      needs_approval: event.needsApproval,
    }),
  },
  'client_document.pinned': {
    level: 'info',
    message: 'client document pinned',
    fields: (event) => ({ client_id: event.clientId, redirect_hosts: event.redirectHosts.join(' ') }),
  },
  'client_document.unpinned': {
    level: 'info',
    message: 'client document unpinned',
    fields: (event) => ({ client_id: event.clientId }),
  },
  'client_document.withdrawn': {
    level: 'warn',
    message: 'client document is gone or describes no client',
    fields: (event) => ({ client_id: event.clientId, detail: event.detail }),
  },
  'resource.created': {
    level: 'info',
    message: 'resource registered',
    fields: (event) => ({ resource: event.identifier, name: event.name, open: event.openToDiscovered }),
  },
  'resource.updated': {
    level: 'info',
    message: 'resource changed',
    fields: (event) => ({ resource: event.identifier, name: event.name, open: event.openToDiscovered }),
  },
  'resource.deleted': {
    level: 'info',
    message: 'resource deleted',
    fields: (event) => ({ resource: event.identifier, name: event.name }),
  },
  'account.created': {
    level: 'info',
    message: 'account created',
    fields: (event) => ({ account_id: event.accountId, username: event.username, role: event.role }),
  },
  'account.disabled': {
    level: 'info',
    message: 'account disabled',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'account.enabled': {
    level: 'info',
    message: 'account enabled',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'account.updated': {
    level: 'info',
    message: 'account changed',
    fields: (event) => ({
      account_id: event.accountId,
      username: event.username,
      changes: event.changes.join(' '),
    }),
  },
  'account.deleted': {
    level: 'info',
    message: 'account deleted',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'account.password_reset': {
    level: 'info',
    message: 'password reset',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'account.password_changed': {
    level: 'info',
    message: 'password changed',
    fields: (event) => ({
      account_id: event.accountId,
      username: event.username,
      occasion: event.occasion,
    }),
  },
  'account.recovery_requested': {
    level: 'info',
    message: 'link to choose a new password asked for',
    fields: (event) => ({ account_id: event.accountId, username: event.username, mailed: event.mailed }),
  },
  'account.profile_changed': {
    level: 'info',
    message: 'profile changed',
    fields: (event) => ({ account_id: event.accountId, username: event.username, changed: event.changed }),
  },
  'account.email_verified': {
    level: 'info',
    message: 'e-mail address verified',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'second_factor.added': {
    level: 'info',
    message: 'second factor added',
    fields: (event) => ({ account_id: event.accountId, username: event.username, factor: event.factor }),
  },
  'second_factor.removed': {
    level: 'info',
    message: 'second factor removed',
    fields: (event) => ({ account_id: event.accountId, username: event.username, factor: event.factor }),
  },
  'passkey.renamed': {
    level: 'info',
    message: 'passkey renamed',
    fields: (event) => ({
      account_id: event.accountId,
      username: event.username,
      passkey_id: event.passkeyId,
    }),
  },
  'second_factor.reset': {
    level: 'warn',
    message: 'second factors removed by somebody else',
    fields: (event) => ({
      account_id: event.accountId,
      username: event.username,
      totp: event.totp,
      passkeys: event.passkeys,
    }),
  },
  'recovery_codes.created': {
    level: 'info',
    message: 'recovery codes created',
    fields: (event) => ({ account_id: event.accountId, username: event.username }),
  },
  'second_factor.tried': {
    level: (event) => (event.reason === 'copied' ? 'error' : 'info'),
    message: 'second factor presented',
    fields: (event) => ({
      account_id: event.accountId,
      factor: event.factor,
      result: event.result,
      reason: event.reason,
    }),
  },
  'session.confirmed': {
    level: 'info',
    message: 'identity asked for again',
    fields: (event) => ({
      session_id: event.sessionId,
      account_id: event.accountId,
      result: event.result,
    }),
  },
  'mail.sent': {
    level: (event) => (event.result === 'success' ? 'info' : 'error'),
    message: 'mail handed to the mail server',
    fields: (event) => ({
      account_id: event.accountId,
      kind: event.kind,
      result: event.result,
      problem: event.problem,
    }),
  },
  // One line for each request of a flood would be a second flood; the audit log has a row a minute, metrics the number.
  'audit_log.exported': {
    level: 'warn',
    message: 'audit log exported',
    fields: (event) => ({ format: event.format, rows: event.rows, complete: event.complete }),
  },
  'rate_limit.exceeded': {
    level: 'debug',
    message: 'request turned away by a limit',
    fields: (event) => ({ policy: event.policy, limit_per_minute: event.limitPerMinute }),
  },
  'csrf.rejected': {
    level: 'warn',
    message: 'form without a valid token rejected',
    fields: (event) => ({ account_id: event.accountId }),
  },
  'signing_key.created': {
    level: 'info',
    message: 'signing key created',
    fields: (event) => ({ key_id: event.keyId, algorithm: event.algorithm }),
  },
  'signing_key.activated': {
    level: 'info',
    message: 'signing key activated',
    fields: (event) => ({
      key_id: event.keyId,
      algorithm: event.algorithm,
      superseded_key_id: event.supersededKeyId,
    }),
  },
  'signing_key.retired': {
    level: 'info',
    message: 'signing key retired',
    fields: (event) => ({ key_id: event.keyId, algorithm: event.algorithm }),
  },
}

function oneToken(event: EventOf<'token.disabled' | 'token.enabled'>): Record<string, unknown> {
  return {
    token_id: event.tokenId,
    token_type: event.tokenType,
    client_id: event.clientId,
    account_id: event.accountId,
  }
}
