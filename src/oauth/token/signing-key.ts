/** Signing keys as they are kept: the private part encrypted, the public part as published in the JWKS (RFC 7517). */
import type { JWK } from 'jose'
import type { Instant } from '../../shared/clock.ts'

/**
 * One key for each algorithm: an RSA key could sign with RS256 and PS256, but RFC 8725 §3.1 wants it used with one, and
 * its JWK can then say which (RFC 7517 §4.4).
 */
export const keyAlgorithms = ['ES256', 'RS256', 'PS256'] as const
export type SigningAlgorithm = (typeof keyAlgorithms)[number]
/** `current` signs; `next` is published before it signs; `previous` still verifies; `retired` is kept for the record. */
export type SigningKeyState = 'next' | 'current' | 'previous' | 'retired'

export interface StoredSigningKey {
  /** RFC 7638 thumbprint. */
  kid: string
  algorithm: SigningAlgorithm
  state: SigningKeyState
  publicJwk: JWK
  /** PKCS#8 DER, encrypted with the server's encryption key. Empty once the key is retired. */
  encryptedPrivateKey: Buffer
  createdAt: Instant
  /** When it became `current`. */
  activatedAt: Instant | undefined
  /** When another took its place. */
  supersededAt: Instant | undefined
  retiredAt: Instant | undefined
}

export interface SigningKeyReader {
  find(kid: string): Promise<StoredSigningKey | undefined>
  /** Every key that is not retired, newest first. */
  list(): Promise<StoredSigningKey[]>
  /** The `limit` keys that were retired last, latest first. */
  listRetired(limit: number): Promise<StoredSigningKey[]>
}

export interface SigningKeyStore extends SigningKeyReader {
  insert(key: StoredSigningKey): Promise<void>
  /**
   * Inserts the `next` key of an algorithm, unless it has one already or `currentKid` is no longer its current key: of
   * any number of concurrent calls one gets `inserted`.
   */
  insertNext(key: StoredSigningKey, currentKid: string): Promise<'inserted' | 'lost'>
  /**
   * Makes the `next` key current and the current one previous, both or neither: of any number of concurrent calls one
   * gets `activated`.
   */
  activate(nextKid: string, currentKid: string, at: Instant): Promise<'activated' | 'lost'>
  /** Retires a `next` or `previous` key and erases its private part, for exactly one caller. */
  retire(kid: string, at: Instant): Promise<'retired' | 'lost'>
  /** Deletes at most `limit` keys that were retired before `before`. @returns how many. */
  deleteRetired(before: Instant, limit: number): Promise<number>
}
