/** A person's record. */
import type { AuthSource } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { AccountId } from '../shared/ids.ts'

export interface Account {
  id: AccountId
  /** Lower-case; unique. */
  username: string
  /** Unique without regard to case. */
  email: string
  /**
   * Whether the address is known to be theirs: somebody checked it, or the provider they sign in with says so. An
   * address that was merely typed in is not.
   */
  emailVerified: boolean
  fullName: string
  role: 'admin' | 'user'
  status: 'active' | 'disabled'
  authSource: AuthSource
  /** PHC string of Argon2id, or an imported `$2…` bcrypt hash; `undefined` when the password is kept elsewhere. */
  passwordHash: string | undefined
  /** Whether its person has to choose a password before anything else: somebody else knows this one. */
  passwordChangeRequired: boolean
  createdAt: Instant
  updatedAt: Instant
}
