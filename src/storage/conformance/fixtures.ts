/** Rows for the suites: each builder makes a new valid one, and takes what a test cares about. */
import { createSecretKey } from 'node:crypto'
import type { Account } from '../../accounts/account.ts'
import type { Passkey } from '../../accounts/factors/factor.ts'
import type { Session } from '../../accounts/session.ts'
import type { IdentityConnection } from '../../identity-providers/connection.ts'
import type {
  AuthorizationCode,
  Consent,
  StoredAuthorizationRequest,
} from '../../oauth/authorization/store.ts'
import type { Client } from '../../oauth/client.ts'
import type { DeviceGrant } from '../../oauth/device-authorization/grant.ts'
import type { Resource } from '../../oauth/resources/resource.ts'
import type { StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type { AccessToken, Authentication, Grant, RefreshToken } from '../../oauth/token/token.ts'
import type { AuditRecord } from '../../observability/audit-record.ts'
import { addSeconds, type Instant, instant } from '../../shared/clock.ts'
import { digestOf, type KeyedDigest, keyedDigestOf } from '../../shared/digest.ts'
import {
  type AccessTokenId,
  type AccountId,
  type AuthorizationCodeId,
  type AuthorizationRequestId,
  type ClientId,
  type ConsentId,
  createIds,
  type DeviceGrantId,
  type GrantId,
  type IdentityConnectionId,
  type PasskeyId,
  type RefreshTokenId,
  type ResourceId,
  type SessionId,
} from '../../shared/ids.ts'
import { createSystemRandom } from '../../shared/random.ts'

/** Where the suites' time stands: 2026-02-03T04:05:06.789Z. */
export const now: Instant = instant(1_770_091_506_789)
export const hour = 3600
export const day = 24 * hour

const random = createSystemRandom()
export const ids = createIds({ now: () => now, monotonicSeconds: () => 0 }, random)

/** Text that tests what survives a round trip: several scripts, quotes, markup, an emoji of several code points. */
export const strangeText = `Zoë “O'Brien” <b>&amp;</b> \\ 漢字 עברית 👩‍💻 \u{10FFFD}\n\ttabbed`

const userCodeKey = createSecretKey(Buffer.alloc(32, 7))

export function newUserCode(): KeyedDigest {
  return keyedDigestOf(userCodeKey, random.base64url(8))
}

export function newDigest(): ReturnType<typeof digestOf> {
  return digestOf(random.base64url(32))
}

export function newAccount(given: Partial<Account> = {}): Account {
  const id = ids.next<AccountId>()
  return {
    id,
    username: `user-${id}`,
    email: `user-${id}@example.com`,
    emailVerified: true,
    fullName: 'Ada Lovelace',
    role: 'user',
    status: 'active',
    authSource: 'local',
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
    passwordChangeRequired: false,
    createdAt: now,
    updatedAt: now,
    ...given,
  }
}

/** Of an account that is there. */
export function newIdentityConnection(
  accountId: AccountId,
  given: Partial<IdentityConnection> = {},
): IdentityConnection {
  const id = ids.next<IdentityConnectionId>()
  return {
    id,
    accountId,
    source: 'github',
    issuer: 'https://github.com',
    subject: `subject-${id}`,
    username: 'octocat',
    email: 'octocat@example.com',
    linkedAt: now,
    lastUsedAt: undefined,
    ...given,
  }
}
export function newPasskey(given: Partial<Passkey> = {}): Passkey {
  return {
    id: ids.next<PasskeyId>(),
    accountId: ids.next<AccountId>(),
    credentialId: random.base64url(32),
    publicKey: random.bytes(77),
    counter: 0,
    transports: ['internal', 'hybrid'],
    syncable: true,
    name: strangeText,
    createdAt: now,
    lastUsedAt: undefined,
    ...given,
  }
}

export function newSession(given: Partial<Session> = {}): Session {
  return {
    id: ids.next<SessionId>(),
    digest: newDigest(),
    accountId: ids.next<AccountId>(),
    authSource: 'local',
    createdAt: now,
    authenticatedAt: now,
    methods: ['pwd'],
    lastSeenAt: now,
    expiresAt: addSeconds(now, 12 * hour),
    idleTimeoutSeconds: 1800,
    fingerprint: 'fingerprint',
    ip: '192.0.2.1',
    userAgent: 'Mozilla/5.0',
    endedAt: undefined,
    endReason: undefined,
    ...given,
  }
}

export function newClient(given: Partial<Client> = {}): Client {
  return {
    id: ids.next<ClientId>(),
    name: 'Command line',
    description: '',
    type: 'public',
    secretHash: undefined,
    status: 'active',
    grants: ['device_code', 'refresh_token'],
    scopes: ['openid', 'profile'],
    redirectUris: [],
    allowedResources: [],
    tokenProfile: 'standard',
    project: undefined,
    serviceAccount: undefined,
    introspectAny: false,
    origin: 'operator',
    metadata: {},
    createdBy: undefined,
    createdAt: now,
    updatedAt: now,
    ...given,
  }
}

export function newDeviceGrant(given: Partial<DeviceGrant> = {}): DeviceGrant {
  return {
    id: ids.next<DeviceGrantId>(),
    deviceCodeDigest: newDigest(),
    clientId: ids.next<ClientId>(),
    scopes: ['openid', 'profile'],
    resources: [],
    state: 'pending',
    accountId: undefined,
    authentication: undefined,
    issuedAt: now,
    expiresAt: addSeconds(now, 1800),
    decidedAt: undefined,
    intervalSeconds: 5,
    lastPollAt: undefined,
    requestIp: '192.0.2.1',
    requestUserAgent: 'authgate/1.0',
    ...given,
  }
}

/** Somebody who decides about a device. */
export function newDecider(): { accountId: AccountId; authentication: Authentication } {
  return {
    accountId: ids.next<AccountId>(),
    authentication: {
      sessionId: ids.next<SessionId>(),
      authenticatedAt: addSeconds(now, -hour),
      methods: ['pwd', 'otp'],
    },
  }
}

export function newGrant(given: Partial<Grant> = {}): Grant {
  return {
    id: ids.next<GrantId>(),
    clientId: ids.next<ClientId>(),
    accountId: ids.next<AccountId>(),
    grantType: 'device_code',
    scopes: ['openid', 'offline_access'],
    resources: [],
    authentication: { sessionId: ids.next<SessionId>(), authenticatedAt: now, methods: ['pwd'] },
    claimsRequest: undefined,
    dpopJkt: undefined,
    clientProved: false,
    createdAt: now,
    expiresAt: addSeconds(now, 90 * day),
    lastUsedAt: now,
    requestIp: '192.0.2.1',
    requestUserAgent: 'authgate/1.0',
    endedAt: undefined,
    ...given,
  }
}

export function newAuthorizationRequest(
  given: Partial<StoredAuthorizationRequest> = {},
): StoredAuthorizationRequest {
  return {
    id: ids.next<AuthorizationRequestId>(),
    digest: newDigest(),
    clientId: ids.next<ClientId>(),
    origin: 'browser',
    parameters: { response_type: 'code' },
    dpopJkt: undefined,
    createdAt: now,
    expiresAt: addSeconds(now, 600),
    consumedAt: undefined,
    ...given,
  }
}

export function newAuthorizationCode(given: Partial<AuthorizationCode> = {}): AuthorizationCode {
  return {
    id: ids.next<AuthorizationCodeId>(),
    digest: newDigest(),
    clientId: ids.next<ClientId>(),
    accountId: ids.next<AccountId>(),
    authentication: {
      sessionId: ids.next<SessionId>(),
      authenticatedAt: addSeconds(now, -hour),
      methods: ['pwd', 'otp'],
    },
    redirectUri: undefined,
    scopes: ['openid', 'profile'],
    resources: [],
    codeChallenge: undefined,
    nonce: undefined,
    claimsRequest: undefined,
    dpopJkt: undefined,
    issuedAt: now,
    expiresAt: addSeconds(now, 60),
    requestIp: '192.0.2.1',
    requestUserAgent: 'Mozilla/5.0',
    redeemedAt: undefined,
    grantId: undefined,
    ...given,
  }
}

export function newConsent(given: Partial<Consent> = {}): Consent {
  return {
    id: ids.next<ConsentId>(),
    accountId: ids.next<AccountId>(),
    clientId: ids.next<ClientId>(),
    permissions: [{ resource: null, scopes: ['openid', 'profile'] }],
    grantedAt: now,
    updatedAt: now,
    ...given,
  }
}

export function newResource(given: Partial<Resource> = {}): Resource {
  const id = ids.next<ResourceId>()
  return {
    id,
    identifier: `https://mcp.example.com/${id}`,
    name: 'Notes',
    scopes: [
      { name: 'notes:read', description: 'Read your notes', byDefault: true, forDiscovered: true },
      { name: 'notes:write', description: 'Change your notes', byDefault: false, forDiscovered: true },
      { name: 'notes:purge', description: 'Delete all notes', byDefault: false, forDiscovered: false },
    ],
    openToDiscovered: true,
    tokenLifetimeSeconds: undefined,
    createdAt: now,
    updatedAt: now,
    ...given,
  }
}

export function newAccessToken(given: Partial<AccessToken> = {}): AccessToken {
  return {
    id: ids.next<AccessTokenId>(),
    digest: newDigest(),
    clientId: ids.next<ClientId>(),
    accountId: undefined,
    grantId: undefined,
    scopes: ['read', 'write'],
    audience: ['https://auth.example.com'],
    dpopJkt: undefined,
    exchanged: false,
    issuedAt: now,
    expiresAt: addSeconds(now, hour),
    state: 'active',
    ...given,
  }
}

export function newRefreshToken(given: Partial<RefreshToken> = {}): RefreshToken {
  return {
    id: ids.next<RefreshTokenId>(),
    digest: newDigest(),
    grantId: ids.next<GrantId>(),
    clientId: ids.next<ClientId>(),
    accountId: ids.next<AccountId>(),
    predecessorId: undefined,
    issuedAt: now,
    expiresAt: addSeconds(now, 30 * day),
    state: 'active',
    supersededAt: undefined,
    ...given,
  }
}

/** An access and a refresh token of `grant`, as a sign-in gives them. */
export function newTokensOf(
  grant: Grant,
  given: { access?: Partial<AccessToken>; refresh?: Partial<RefreshToken> } = {},
): { access: AccessToken; refresh: RefreshToken } {
  const owner = { grantId: grant.id, clientId: grant.clientId, accountId: grant.accountId }
  return {
    access: newAccessToken({ ...owner, ...given.access }),
    refresh: newRefreshToken({ ...owner, ...given.refresh }),
  }
}

export function newSigningKey(given: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    kid: random.base64url(32),
    algorithm: 'ES256',
    state: 'current',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' },
    encryptedPrivateKey: random.bytes(138),
    createdAt: now,
    activatedAt: now,
    supersededAt: undefined,
    retiredAt: undefined,
    ...given,
  }
}

export function newAuditRecord(given: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: ids.next(),
    eventType: 'LOGIN_SUCCEEDED',
    at: now,
    severity: 'INFO',
    actorId: undefined,
    actorName: undefined,
    actorIp: undefined,
    resourceType: undefined,
    resourceId: undefined,
    resourceName: undefined,
    action: 'Signed in',
    details: undefined,
    success: true,
    errorMessage: undefined,
    requestId: undefined,
    userAgent: undefined,
    requestPath: undefined,
    requestMethod: undefined,
    ...given,
  }
}
