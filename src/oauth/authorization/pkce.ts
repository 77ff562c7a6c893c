/** Proof key for code exchange (RFC 7636), with the one method OAuth 2.1 keeps: S256. Pure. */
import { hash } from 'node:crypto'
import { equalInConstantTime } from '../../shared/digest.ts'
import { OAuthError } from '../errors.ts'

/** RFC 7636 §4.2: base64url without padding of a SHA-256, so 43 characters. */
const challengePattern = /^[A-Za-z0-9_-]{43}$/
/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
const verifierPattern = /^[A-Za-z0-9\-._~]{43,128}$/

/**
 * The challenge of an authorization request; `undefined` when it has none.
 * @throws {OAuthError} invalid_request for another method than S256, and for what is no S256 challenge (§4.4.1).
 */
export function parseCodeChallenge(
  challenge: string | undefined,
  method: string | undefined,
): string | undefined {
  if (challenge === undefined && method === undefined) return undefined
  // §4.3: without a method it would be `plain`, which shows the verifier to whoever sees the request.
  if (method !== 'S256') {
    throw new OAuthError('invalid_request', {
      description: 'code_challenge_method must be S256',
      reason: 'pkce',
    })
  }
  if (challenge === undefined || !challengePattern.test(challenge)) {
    throw new OAuthError('invalid_request', {
      description: 'code_challenge must be a SHA-256 in base64url without padding',
      reason: 'pkce',
    })
  }
  return challenge
}

/** §4.6: whether `verifier` is what `challenge` was made from. */
export function verifierMatches(verifier: string, challenge: string): boolean {
  return (
    verifierPattern.test(verifier) && equalInConstantTime(hash('sha256', verifier, 'base64url'), challenge)
  )
}
