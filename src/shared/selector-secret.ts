/**
 * Secrets that carry their own row's key: `<prefix><selector>.<secret>`. The selector is the row's UUIDv7, so that a
 * presented secret is found by primary key and no index over random values has to be written; the row keeps the
 * SHA-256 of the whole text, which is compared with what is presented.
 */
import { digestOf, type SecretDigest, sameDigest } from './digest.ts'
import { compactUuid, expandUuid } from './ids.ts'
import type { Random } from './random.ts'

const secretBytes = 32

export interface SelectorSecret<Id extends string> {
  id: Id
  digest: SecretDigest
}

export interface IssuedSelectorSecret<Id extends string> extends SelectorSecret<Id> {
  /** What the holder keeps. Never stored, never logged. */
  plaintext: string
}

/** Makes a secret of 256 random bits for the row `id`. `prefix` tells people (and secret scanners) what they found. */
export function issueSelectorSecret<Id extends string>(
  prefix: string,
  id: Id,
  random: Random,
): IssuedSelectorSecret<Id> {
  const plaintext = `${prefix}${compactUuid(id)}.${random.base64url(secretBytes)}`
  return { id, plaintext, digest: digestOf(plaintext) }
}

/** Reads a presented secret; `undefined` when it cannot be one of ours. Finding the row and comparing is left to do. */
export function parseSelectorSecret<Id extends string>(
  prefix: string,
  presented: string,
): SelectorSecret<Id> | undefined {
  // 22 characters of selector, a dot, 43 characters of secret.
  if (presented.length !== prefix.length + 22 + 1 + 43) return undefined
  if (!presented.startsWith(prefix) || presented[prefix.length + 22] !== '.') return undefined
  const id = expandUuid<Id>(presented.slice(prefix.length, prefix.length + 22))
  if (id === undefined) return undefined
  return { id, digest: digestOf(presented) }
}

export function matchesDigest(presented: SelectorSecret<string>, stored: SecretDigest): boolean {
  return sameDigest(presented.digest, stored)
}
