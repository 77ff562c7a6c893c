/**
 * Values that travel through a browser and come back as they were: encrypted, bound to their use, and good for a while.
 * For what would be a row otherwise, of which most are never used.
 */
import { addSeconds, type Clock, type Instant } from './clock.ts'
import { DecryptionError, type Encryption } from './encryption.ts'

export interface Sealer {
  /** @param value anything JSON can say. */
  seal(purpose: string, value: unknown, lifeSeconds: number): string
  /** @returns `undefined` when it is none of ours, was sealed for something else, or is too old. */
  open<T>(purpose: string, text: string): { value: T; expiresAt: Instant } | undefined
}

export function createSealer(encryption: Encryption, clock: Clock): Sealer {
  return {
    seal(purpose, value, lifeSeconds) {
      const plaintext = JSON.stringify([addSeconds(clock.now(), lifeSeconds), value])
      return encryption.encrypt(Buffer.from(plaintext), `sealed ${purpose}`).toString('base64url')
    },
    open<T>(purpose: string, text: string) {
      let plaintext: Buffer
      try {
        plaintext = encryption.decrypt(Buffer.from(text, 'base64url'), `sealed ${purpose}`)
      } catch (error) {
        if (error instanceof DecryptionError) return undefined
        throw error
      }
      const [expiresAt, value] = JSON.parse(plaintext.toString()) as [Instant, T]
      return clock.now() < expiresAt ? { value, expiresAt } : undefined
    },
  }
}
