/** A sign-in between two steps: the person has proved one thing and must still show another. Never a session. */
import type { AuthMethod, AuthSource } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { SecretDigest } from '../shared/digest.ts'
import type { AccountId, PendingSignInId } from '../shared/ids.ts'
import type { Proof } from './authentication.ts'

export interface PendingSignIn {
  id: PendingSignInId
  /** Of the whole cookie value. */
  digest: SecretDigest
  accountId: AccountId
  authSource: AuthSource
  method: AuthMethod
  /** What was proved so far. */
  methods: readonly Proof[]
  /** Of the password hash that was compared. */
  passwordDigest: SecretDigest
  rememberMe: boolean
  wrongCodes: number
  beganAt: Instant
  expiresAt: Instant
  ip: string
  userAgent: string
}

/** How long all steps together may take. */
export const pendingSignInSeconds = 300
/** Wrong codes after which it has failed. */
export const maxWrongCodes = 5

export interface PendingSignInReader {
  find(id: PendingSignInId): Promise<PendingSignIn | undefined>
}

export interface PendingSignInStore extends PendingSignInReader {
  insert(pending: PendingSignIn): Promise<void>
  /** Takes it away, for exactly one caller: whoever gets it announces how the sign-in ended. */
  take(id: PendingSignInId): Promise<PendingSignIn | undefined>
  /** Notes what is proved now, and the password hash it holds for. @returns false when it is gone. */
  prove(id: PendingSignInId, methods: readonly Proof[], passwordDigest: SecretDigest): Promise<boolean>
  /** Counts a wrong code. @returns how many there were; `undefined` when it is gone. */
  countWrongCode(id: PendingSignInId): Promise<number | undefined>
  /** Takes away at most `limit` whose time was over at `now`, each for exactly one caller. */
  takeExpired(now: Instant, limit: number): Promise<PendingSignIn[]>
}
