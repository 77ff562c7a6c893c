/**
 * Client secrets: 256 random bits, kept as SHA-256 (a guess cannot be sped up against such a secret, so a slow hash
 * would only cost the server). Imported bcrypt hashes still verify and are then replaced.
 */
import { digestOf, sameDigest } from '../shared/digest.ts'
import type { Random } from '../shared/random.ts'

const prefix = 'sha256:'

export function issueClientSecret(random: Random): { plaintext: string; hash: string } {
  const plaintext = `ago_${random.base64url(32)}`
  return { plaintext, hash: hashClientSecret(plaintext) }
}

export function hashClientSecret(plaintext: string): string {
  return `${prefix}${digestOf(plaintext)}`
}

export type SecretVerdict = 'match' | 'match_outdated' | 'mismatch'

/** Whether comparing against this hash costs so much that it has to be limited before it is tried. */
export function isExpensive(stored: string): boolean {
  return stored.startsWith('$2')
}

/** `match_outdated`: right, but kept under a scheme that should be replaced by {@link hashClientSecret}. */
export function verifyClientSecret(
  presented: string,
  stored: string,
): SecretVerdict | Promise<SecretVerdict> {
  if (stored.startsWith(prefix)) {
    return sameDigest(hashClientSecret(presented), stored) ? 'match' : 'mismatch'
  }
  return isExpensive(stored) ? verifyImported(presented, stored) : 'mismatch'
}

async function verifyImported(presented: string, stored: string): Promise<SecretVerdict> {
  const { verify } = await import('@node-rs/bcrypt')
  return (await verify(presented, stored)) ? 'match_outdated' : 'mismatch'
}
