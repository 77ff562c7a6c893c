/** Rows of accounts and sessions, and what they mean. */
import type { Account } from '../../accounts/account.ts'
import type { Session } from '../../accounts/session.ts'
import type { EndedSession } from '../../accounts/store.ts'
import type { AuthSource, SessionEndReason } from '../../events/catalogue.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, SessionId } from '../../shared/ids.ts'
import { fromProofs, nameKey, toProofs } from './values.ts'

export interface AccountRow {
  id: AccountId
  username: string
  email: string
  /** The address in lower case: what is unique. The databases' own `lower` disagree outside ASCII. */
  email_key: string
  email_verified: number
  full_name: string
  /** As it is searched for. */
  full_name_key: string
  role: Account['role']
  status: Account['status']
  auth_source: AuthSource
  password_hash: string | null
  password_change_required: number
  created_at: Instant
  updated_at: Instant
}

export const accountColumns = [
  'id',
  'username',
  'email',
  'email_key',
  'email_verified',
  'full_name',
  'full_name_key',
  'role',
  'status',
  'auth_source',
  'password_hash',
  'password_change_required',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof AccountRow)[]

export function fromAccount(account: Account): AccountRow {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    email_key: account.email.toLowerCase(),
    email_verified: account.emailVerified ? 1 : 0,
    full_name: account.fullName,
    full_name_key: nameKey(account.fullName),
    role: account.role,
    status: account.status,
    auth_source: account.authSource,
    password_hash: account.passwordHash ?? null,
    password_change_required: account.passwordChangeRequired ? 1 : 0,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  }
}

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerified: row.email_verified === 1,
    fullName: row.full_name,
    role: row.role,
    status: row.status,
    authSource: row.auth_source,
    passwordHash: row.password_hash ?? undefined,
    passwordChangeRequired: row.password_change_required === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface SessionRow {
  id: SessionId
  digest: SecretDigest
  account_id: AccountId
  auth_source: AuthSource
  created_at: Instant
  authenticated_at: Instant
  methods: string
  last_seen_at: Instant
  expires_at: Instant
  idle_timeout_seconds: number
  fingerprint: string | null
  ip: string
  user_agent: string
  ended_at: Instant | null
  end_reason: SessionEndReason | null
}

export const sessionColumns = [
  'id',
  'digest',
  'account_id',
  'auth_source',
  'created_at',
  'authenticated_at',
  'methods',
  'last_seen_at',
  'expires_at',
  'idle_timeout_seconds',
  'fingerprint',
  'ip',
  'user_agent',
  'ended_at',
  'end_reason',
] as const satisfies readonly (keyof SessionRow)[]

export function fromSession(session: Session): SessionRow {
  return {
    id: session.id,
    digest: session.digest,
    account_id: session.accountId,
    auth_source: session.authSource,
    created_at: session.createdAt,
    authenticated_at: session.authenticatedAt,
    methods: fromProofs(session.methods),
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    idle_timeout_seconds: session.idleTimeoutSeconds,
    fingerprint: session.fingerprint ?? null,
    ip: session.ip,
    user_agent: session.userAgent,
    ended_at: session.endedAt ?? null,
    end_reason: session.endReason ?? null,
  }
}

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    authSource: row.auth_source,
    createdAt: row.created_at,
    authenticatedAt: row.authenticated_at,
    methods: toProofs(row.methods),
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    idleTimeoutSeconds: row.idle_timeout_seconds,
    fingerprint: row.fingerprint ?? undefined,
    ip: row.ip,
    userAgent: row.user_agent,
    endedAt: row.ended_at ?? undefined,
    endReason: row.end_reason ?? undefined,
  }
}

export interface EndedSessionRow {
  id: SessionId
  account_id: AccountId
  created_at: Instant
  ended_at: Instant
  end_reason: SessionEndReason
}

export function toEndedSession(row: EndedSessionRow): EndedSession {
  return {
    id: row.id,
    accountId: row.account_id,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    reason: row.end_reason,
  }
}
