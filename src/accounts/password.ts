/**
 * Passwords: Argon2id with the parameters OWASP recommends, computed off the event loop in a bounded queue, so that a
 * burst of sign-ins makes people wait or come back instead of taking the server down. Imported bcrypt hashes verify
 * too and are then replaced.
 */
import { availableParallelism } from 'node:os'
import { createBoundedQueue } from '../shared/bounded-queue.ts'

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. Argon2id is the library's default variant. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
const argon2idPrefix = '$argon2id$v=19$'

/**
 * What the password of an unknown name is compared with, so that it costs what a known one costs. The parameters are
 * ours; the digest is 32 zero bytes, which no known password has.
 */
const dummyHash = `${argon2idPrefix}m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(43)}`

/** A person types no more; hashing more would let a few requests keep a core busy. */
export const maxPasswordBytes = 1024

/** Each verification holds 19 MiB while it runs; one that waits holds nothing. */
const maxWaiting = 128

/** `match_outdated`: right, but kept under a scheme or parameters that should be replaced by a fresh hash. */
export type PasswordVerdict = 'match' | 'match_outdated' | 'mismatch' | 'unavailable'

export interface Passwords {
  /** The hash to keep, as a PHC string; `undefined` when too many passwords wait already. */
  hash(password: string): Promise<string | undefined>
  /**
   * Compares a password with what is kept. Costs the same when there is nothing to compare it with; only an imported
   * bcrypt hash, until its first successful use, takes a time of its own.
   */
  verify(password: string, kept: string | undefined): Promise<PasswordVerdict>
}

/** The two slow operations; a parameter so that tests can count them. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  verify(kept: string, password: string): Promise<boolean>
}

/** Both libraries are loaded when they are first needed: a start has no use for them. */
export const passwordHasher: PasswordHasher = {
  async hash(password) {
    const argon2 = await import('@node-rs/argon2')
    return argon2.hash(password, parameters)
  },
  async verify(kept, password) {
    if (isBcrypt(kept)) {
      const bcrypt = await import('@node-rs/bcrypt')
      return bcrypt.verify(password, kept)
    }
    const argon2 = await import('@node-rs/argon2')
    return argon2.verify(kept, password)
  },
}

/**
 * How many passwords are hashed at once: one core stays free for everything else, and so does one of the four threads
 * that Node.js shares between hashing, files and name look-ups.
 */
export function passwordConcurrency(cores: number = availableParallelism()): number {
  return Math.max(1, Math.min(cores, 4) - 1)
}

export function createPasswords(
  options: { concurrency?: number; maxWaiting?: number; hasher?: PasswordHasher } = {},
): Passwords {
  const hasher = options.hasher ?? passwordHasher
  const queue = createBoundedQueue({
    concurrency: options.concurrency ?? passwordConcurrency(),
    maxWaiting: options.maxWaiting ?? maxWaiting,
  })
  return {
    async hash(password) {
      return queue.run(() => hasher.hash(password))
    },
    async verify(password, kept) {
      if (password === '' || Buffer.byteLength(password) > maxPasswordBytes) return 'mismatch'
      const matches = await queue.run(() => hasher.verify(kept ?? dummyHash, password))
      if (matches === undefined) return 'unavailable'
      if (!matches || kept === undefined) return 'mismatch'
      return isOutdated(kept) ? 'match_outdated' : 'match'
    },
  }
}

function isBcrypt(kept: string): boolean {
  return kept.startsWith('$2')
}

function isOutdated(kept: string): boolean {
  const [, memoryCost, timeCost] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(kept) ?? []
  if (memoryCost === undefined || timeCost === undefined) return true
  return Number(memoryCost) < parameters.memoryCost || Number(timeCost) < parameters.timeCost
}
