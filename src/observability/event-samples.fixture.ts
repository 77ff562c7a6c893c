/** One event of every type, for the tests of the observers; the compiler insists on all of them. */
import type { EventOf, EventType, RequestContext } from '../events/catalogue.ts'
import { instant } from '../shared/clock.ts'

export const sampleRequest: RequestContext = {
  requestId: 'request-1',
  ip: '192.0.2.7',
  userAgent: 'Mozilla/5.0',
  method: 'POST',
  path: '/oauth/token',
}

const base = {
  at: instant(1_750_000_000_000),
  actor: { type: 'account', id: 'account-1', name: 'ada' },
  request: sampleRequest,
} as const
const client = { clientId: 'client-1', clientName: 'Build robot' } as const
const deviceGrant = { ...client, deviceGrantId: 'device-grant-1' } as const
const account = { accountId: 'account-1', username: 'ada' } as const

export const sampleEvents: { readonly [Type in EventType]: EventOf<Type> } = {
  'device_authorization.issued': {
    ...base,
    ...deviceGrant,
    type: 'device_authorization.issued',
    scopes: ['a'],
  },
  'device_authorization.refused': {
    ...base,
    type: 'device_authorization.refused',
    clientId: 'client-1',
    error: 'invalid_scope',
  },
  'device_authorization.approved': {
    ...base,
    ...deviceGrant,
    type: 'device_authorization.approved',
    scopes: ['a'],
    durationSeconds: 45,
  },
  'device_authorization.denied': { ...base, ...deviceGrant, type: 'device_authorization.denied' },
  'device_authorization.polled': {
    ...base,
    type: 'device_authorization.polled',
    clientId: 'client-1',
    result: 'slow_down',
  },
  'token.issued': {
    ...base,
    ...client,
    type: 'token.issued',
    grantType: 'device_code',
    accountId: 'account-1',
    accessTokenId: 'access-token-1',
    refreshTokenId: 'refresh-token-1',
    grantId: 'grant-1',
    scopes: ['a', 'b'],
    durationSeconds: 0.5,
  },
  'token.refreshed': {
    ...base,
    type: 'token.refreshed',
    clientId: 'client-1',
    result: 'error',
    error: 'invalid_grant',
  },
  'token.revoked': {
    ...base,
    type: 'token.revoked',
    reason: 'admin',
    clientId: 'client-1',
    accountId: 'account-1',
    grantId: 'grant-1',
    accessTokens: 3,
    refreshTokens: 2,
  },
  'refresh_token.reused': {
    ...base,
    type: 'refresh_token.reused',
    clientId: 'client-1',
    accountId: 'account-1',
    grantId: 'grant-1',
    refreshTokenId: 'refresh-token-1',
    tokensRevoked: 5,
  },
  'token.validated': {
    ...base,
    type: 'token.validated',
    endpoint: 'introspection',
    result: 'expired',
    durationSeconds: 0.125,
  },
  'introspection.refused': {
    ...base,
    type: 'introspection.refused',
    clientId: 'client-1',
    tokenClientId: 'client-2',
  },
  'client.authentication_failed': {
    ...base,
    type: 'client.authentication_failed',
    clientId: 'client-1',
    reason: 'wrong_secret',
  },
  'login.succeeded': {
    ...base,
    type: 'login.succeeded',
    method: 'local',
    authSource: 'local',
    accountId: 'account-1',
    durationSeconds: 0.25,
  },
  'login.failed': {
    ...base,
    actor: { type: 'anonymous' },
    type: 'login.failed',
    method: 'local',
    authSource: 'local',
    reason: 'unknown_account',
    accountId: undefined,
    durationSeconds: 0.25,
  },
  'identity_provider.callback': {
    ...base,
    type: 'identity_provider.callback',
    provider: 'github',
    result: 'error',
    reason: 'state_mismatch',
  },
  'external_api.called': {
    ...base,
    type: 'external_api.called',
    provider: 'http_api',
    durationSeconds: 0.5,
  },
  'session.created': {
    ...base,
    type: 'session.created',
    sessionId: 'session-1',
    accountId: 'account-1',
    authSource: 'local',
  },
  'session.ended': {
    ...base,
    type: 'session.ended',
    sessionId: 'session-1',
    accountId: 'account-1',
    reason: 'logout',
    byOwnLogout: true,
    durationSeconds: 90,
  },
  'client.created': {
    ...base,
    ...client,
    type: 'client.created',
    clientType: 'public',
    grantTypes: ['device_code'],
    scopes: ['a'],
  },
  'client.deleted': { ...base, ...client, type: 'client.deleted' },
  'account.created': { ...base, ...account, type: 'account.created', role: 'user' },
  'account.disabled': { ...base, ...account, type: 'account.disabled' },
  'account.password_reset': { ...base, ...account, type: 'account.password_reset' },
  'rate_limit.exceeded': { ...base, type: 'rate_limit.exceeded', policy: 'token', limitPerMinute: 600 },
  'csrf.rejected': { ...base, type: 'csrf.rejected', accountId: 'account-1' },
  'signing_key.created': {
    ...base,
    actor: { type: 'system' },
    type: 'signing_key.created',
    keyId: 'key-1',
    algorithm: 'ES256',
  },
}
