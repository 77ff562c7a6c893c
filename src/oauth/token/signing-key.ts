/** Signing keys as they are kept: the private part encrypted, the public part as published in the JWKS (RFC 7517). */
import type { JWK } from 'jose'
import type { Instant } from '../../shared/clock.ts'

export type SigningAlgorithm = 'ES256' | 'RS256'
/** `current` signs; `next` is published before it signs; `previous` still verifies; `retired` is kept for the record. */
export type SigningKeyState = 'next' | 'current' | 'previous' | 'retired'

export interface StoredSigningKey {
  /** RFC 7638 thumbprint. */
  kid: string
  algorithm: SigningAlgorithm
  state: SigningKeyState
  publicJwk: JWK
  /** PKCS#8 DER, encrypted with the server's encryption key. */
  encryptedPrivateKey: Buffer
  createdAt: Instant
  activatedAt: Instant | undefined
  retiredAt: Instant | undefined
}

export interface SigningKeyReader {
  /** Every key that is not retired, newest first. */
  list(): Promise<StoredSigningKey[]>
}

export interface SigningKeyStore extends SigningKeyReader {
  insert(key: StoredSigningKey): Promise<void>
}
