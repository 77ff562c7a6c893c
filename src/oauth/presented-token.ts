/**
 * Access tokens as requests present them (RFC 6750 §2, RFC 9449 §7) and what a refused one is answered. Every endpoint
 * that takes one reads it here, so that a scheme or a check that comes later is there for all of them.
 */
import type { TokenValidationResult } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import { dpopAlgorithms } from './dpop/proof.ts'
import { type DpopProofs, nonceDescription, proofDescriptions } from './dpop/verify.ts'
import { OAuthError, type OAuthErrorCode } from './errors.ts'
import type { Standing } from './gate.ts'
import { findAccessToken, type TokenReaders } from './token/look-up.ts'
import type { AccessToken } from './token/token.ts'

export interface PresentedToken {
  /** How it came: under which scheme, or in a form (RFC 6750 §2.2), which counts as `Bearer`. */
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
}

export interface PresentedTokens {
  /** Whether a token is good for the way it came: in time, not taken back, and with a proof when it is bound to a key. */
  find(presented: PresentedToken, request: TokenBearingRequest, now: Instant): Promise<TokenFinding>
}

export interface TokenBearingRequest {
  readonly method: string
  /** Path of the endpoint below the issuer. */
  readonly path: string
  /** The `DPoP` header field. */
  readonly proof: string | undefined
}

export type TokenFinding =
  | { readonly kind: 'good'; readonly token: AccessToken; readonly standing: Standing }
  | {
      readonly kind: 'refused'
      readonly result: Exclude<TokenValidationResult, 'valid'>
      readonly error: OAuthError
    }

/** The realm of every challenge. */
const realm = 'authgate'
const algorithms = `algs="${dpopAlgorithms.join(' ')}"`

/**
 * The token of an `Authorization` header. The scheme has no case (RFC 9110 §11.1).
 * @param options.bare whether the header may be the token alone.
 * @returns `undefined` when the header is absent, malformed or of another scheme.
 */
export function tokenOfHeader(
  authorization: string | undefined,
  options: { bare?: boolean } = {},
): PresentedToken | undefined {
  const match = authorization === undefined ? null : /^(?:([A-Za-z]+) +)?(\S+)$/.exec(authorization.trim())
  if (match === null) return undefined
  const [, scheme, token = ''] = match
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      return { scheme: 'Bearer', token }
    case 'dpop':
      return { scheme: 'DPoP', token }
    case undefined:
      // The word alone is a scheme without a token, not a token of that name.
      return options.bare === true && !/^(?:bearer|dpop)$/i.test(token)
        ? { scheme: 'Bearer', token }
        : undefined
    default:
      return undefined
  }
}

export function createPresentedTokens(dependencies: {
  read: TokenReaders
  proofs: Pick<DpopProofs, 'verify'>
}): PresentedTokens {
  const { read, proofs } = dependencies

  /** `undefined` when the holder of the token's key made the request. */
  const problemOfProof = async (
    jkt: string,
    token: AccessToken,
    { proof, method, path }: TokenBearingRequest,
  ): Promise<OAuthError | undefined> => {
    const verdict =
      proof === undefined
        ? ({ kind: 'invalid', problem: 'missing' } as const)
        : await proofs.verify({ field: proof, method, path, token: { digest: token.digest, jkt } })
    switch (verdict.kind) {
      case 'holds':
        return undefined
      case 'nonce_wanted':
        return refusedToken('use_dpop_nonce', nonceDescription, {
          scheme: 'DPoP',
          headers: { 'dpop-nonce': verdict.nonce },
        })
      case 'invalid':
        return refusedToken('invalid_dpop_proof', proofDescriptions[verdict.problem], {
          scheme: 'DPoP',
          reason: `dpop_${verdict.problem}`,
        })
    }
  }

  return {
    async find({ scheme, token: presented }, request, now) {
      const found = await findAccessToken(read, presented, now)
      if (found === undefined || found.result !== 'valid') {
        const error = refusedToken('invalid_token', 'the token is invalid or expired', { scheme })
        return { kind: 'refused', result: found?.result === 'expired' ? 'expired' : 'invalid', error }
      }
      const { token, standing } = found
      const { dpopJkt } = token
      if (scheme === 'Bearer') {
        if (dpopJkt === undefined) return { kind: 'good', token, standing }
        // RFC 9449 §7.2: "MUST NOT accept" a bound token as a bearer token, or its binding would be worth nothing.
        const error = refusedToken('invalid_token', 'the token is bound to a key and needs a DPoP proof', {
          alsoDpop: true,
        })
        return { kind: 'refused', result: 'invalid', error }
      }
      // §7.1: the token's binding is what the proof is held against.
      const error =
        dpopJkt === undefined
          ? refusedToken('invalid_token', 'the token is not bound to a key', { scheme })
          : await problemOfProof(dpopJkt, token, request)
      return error === undefined
        ? { kind: 'good', token, standing }
        : { kind: 'refused', result: 'invalid', error }
    },
  }
}

/** RFC 6750 §3: a challenge without an error, for a request that brought no token at all; RFC 9449 §7.1 adds the other. */
export const bareChallenge: Readonly<Record<string, string>> = {
  'www-authenticate': `Bearer realm="${realm}", DPoP ${algorithms}`,
}

interface RefusalOptions {
  /** Scope that would have been enough. */
  scope?: string
  scheme?: PresentedToken['scheme']
  /** Tells who came with `Bearer` that the other scheme is wanted. */
  alsoDpop?: boolean
  headers?: Readonly<Record<string, string>>
  reason?: string
}

/** The error a refused token is answered with, in the body and in its challenge (RFC 6750 §3, §3.1; RFC 9449 §7.1). */
export function refusedToken(
  code: Extract<
    OAuthErrorCode,
    'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof' | 'use_dpop_nonce'
  >,
  description: string,
  { scope, scheme = 'Bearer', alsoDpop, headers, reason }: RefusalOptions = {},
): OAuthError {
  const parts = [`realm="${realm}"`, `error="${code}"`, `error_description="${description}"`]
  if (scope !== undefined) parts.push(`scope="${scope}"`)
  if (scheme === 'DPoP') parts.push(algorithms)
  const other = alsoDpop === true ? `, DPoP ${algorithms}` : ''
  const isAboutProof = code === 'invalid_dpop_proof' || code === 'use_dpop_nonce'
  return new OAuthError(code, {
    description,
    ...(isAboutProof ? { status: 401 } : {}),
    ...(reason === undefined ? {} : { reason }),
    headers: { ...headers, 'www-authenticate': `${scheme} ${parts.join(', ')}${other}` },
  })
}
