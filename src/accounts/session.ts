/** A browser session: rules for when it ends by itself, and what it is. Pure. */
import { createHash } from 'node:crypto'
import type { AuthSource, SessionEndReason } from '../events/catalogue.ts'
import { addSeconds, type Instant } from '../shared/clock.ts'
import type { SecretDigest } from '../shared/digest.ts'
import type { AccountId, SessionId } from '../shared/ids.ts'
import type { Account } from './account.ts'
import type { Proof } from './authentication.ts'

export interface Session {
  id: SessionId
  /** Of the whole cookie value. */
  digest: SecretDigest
  accountId: AccountId
  authSource: AuthSource
  createdAt: Instant
  /** When its person last proved who they are: at its start, or since. */
  authenticatedAt: Instant
  /** By what. */
  methods: readonly Proof[]
  lastSeenAt: Instant
  /** Absolute end. */
  expiresAt: Instant
  /** Ends when unused for this long; 0 never. */
  idleTimeoutSeconds: number
  fingerprint: string | undefined
  ip: string
  userAgent: string
  endedAt: Instant | undefined
  endReason: SessionEndReason | undefined
}

/** When a session runs out by itself, and why: the earlier of its two limits. */
export function naturalEnd(session: Pick<Session, 'expiresAt' | 'lastSeenAt' | 'idleTimeoutSeconds'>): {
  at: Instant
  reason: 'timeout' | 'idle_timeout'
} {
  if (session.idleTimeoutSeconds > 0) {
    const idleEnd = addSeconds(session.lastSeenAt, session.idleTimeoutSeconds)
    if (idleEnd < session.expiresAt) return { at: idleEnd, reason: 'idle_timeout' }
  }
  return { at: session.expiresAt, reason: 'timeout' }
}

/**
 * What a browser is recognized by: its User-Agent without version numbers, so that an update does not sign anybody
 * out, and its address when `ip` is given.
 */
export function fingerprintOf(userAgent: string, ip: string | undefined): string {
  const stable = userAgent.replace(/\d+(?:[._]\d+)*/g, '')
  return createHash('sha256')
    .update(ip === undefined ? stable : `${ip}|${stable}`)
    .digest('base64url')
}

/** A person, and the browser session they are in. */
export interface SignedInPerson {
  account: Account
  session: Session
}
