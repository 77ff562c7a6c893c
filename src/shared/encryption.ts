/**
 * Encryption at rest: AES-256-GCM under keys the operator holds. The first key encrypts, any of them decrypts, so
 * that keys can be exchanged. Each use has a key of its own, derived with HKDF (RFC 5869) from the operator's.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Random } from './random.ts'

export interface Encryption {
  /** @param purpose binds the ciphertext to its use: it cannot be decrypted for another. */
  encrypt(plaintext: Buffer, purpose: string): Buffer
  /** @throws {DecryptionError} when no key opens it. */
  decrypt(ciphertext: Buffer, purpose: string): Buffer
  /**
   * What an older key encrypted, under the first one.
   * @returns `undefined` when the first one opens it. @throws {DecryptionError} when no key does.
   */
  renew(ciphertext: Buffer, purpose: string): Buffer | undefined
  /** Whether there is an older key, under which something may still be encrypted. */
  readonly hasOlderKeys: boolean
  /** A key for HMACs, derived from the first operator key. */
  macKey(purpose: string): KeyObject
}

export class DecryptionError extends Error {}

const keyLength = 32
const nonceLength = 12
const tagLength = 16
const version = 1

/** Reads a comma list of base64 keys. @throws {Error} saying what is wrong, without repeating a key. */
export function parseEncryptionKeys(text: string): Buffer[] {
  const keys = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => Buffer.from(part, 'base64'))
  if (keys.length === 0 || keys.some((key) => key.length !== keyLength)) {
    throw new Error(
      'must be 32 bytes in base64 (several separated by commas); make one with: openssl rand -base64 32',
    )
  }
  if (keys.some((key) => key.every((byte) => byte === key[0]))) {
    throw new Error('is not random; make one with: openssl rand -base64 32')
  }
  return keys
}

export function createEncryption(operatorKeys: readonly Buffer[], random: Random): Encryption {
  const derive = (key: Buffer, info: string): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `authgate ${info}`, keyLength)))
  const first = operatorKeys[0]
  if (first === undefined) throw new Error('at least one encryption key is needed')

  const encrypt: Encryption['encrypt'] = (plaintext, purpose) => {
    const nonce = random.bytes(nonceLength)
    const cipher = createCipheriv('aes-256-gcm', derive(first, `encrypt ${purpose}`), nonce)
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([Buffer.from([version]), nonce, body, cipher.getAuthTag()])
  }

  const open = (ciphertext: Buffer, purpose: string): { plaintext: Buffer; key: Buffer } => {
    if (ciphertext[0] !== version || ciphertext.length < 1 + nonceLength + tagLength) {
      throw new DecryptionError('not a ciphertext of this version')
    }
    const nonce = ciphertext.subarray(1, 1 + nonceLength)
    const body = ciphertext.subarray(1 + nonceLength, -tagLength)
    for (const key of operatorKeys) {
      const decipher = createDecipheriv('aes-256-gcm', derive(key, `encrypt ${purpose}`), nonce)
      decipher.setAuthTag(ciphertext.subarray(-tagLength))
      try {
        return { plaintext: Buffer.concat([decipher.update(body), decipher.final()]), key }
      } catch {
        // Wrong key: another may open it.
      }
    }
    throw new DecryptionError('no encryption key opens what is stored')
  }

  return {
    encrypt,
    decrypt: (ciphertext, purpose) => open(ciphertext, purpose).plaintext,
    renew(ciphertext, purpose) {
      const { plaintext, key } = open(ciphertext, purpose)
      return key === first ? undefined : encrypt(plaintext, purpose)
    },
    hasOlderKeys: operatorKeys.length > 1,
    macKey: (purpose) => derive(first, `mac ${purpose}`),
  }
}
