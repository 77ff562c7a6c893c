/** Digests of secrets: only these are stored, never the secret. */
import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a high-entropy secret, as 43 base64url characters. */
export type SecretDigest = string & { readonly __brand: 'SecretDigest' }
/** Keyed digest (HMAC-SHA-256) of a guessable value such as a user code, as 43 base64url characters. */
export type KeyedDigest = string & { readonly __brand: 'KeyedDigest' }

export function digestOf(secret: string): SecretDigest {
  return hash('sha256', secret, 'base64url') as SecretDigest
}

export function keyedDigestOf(key: KeyObject, value: string): KeyedDigest {
  return createHmac('sha256', key).update(value).digest('base64url') as KeyedDigest
}

/** Compares two texts in time that depends on their lengths only. */
export function equalInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * Compares two digests, looking at every character. Nobody can steer a digest towards another, so its comparison has
 * nothing to hide; this form needs no buffers, on paths every request takes.
 */
export function sameDigest(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  }
  return difference === 0
}
