/**
 * Whether a DPoP proof holds (RFC 9449 §4.3): made for this very request, now, by the holder of its key, and not seen
 * before. One place for the token endpoint, pushed requests and everything that takes an access token.
 */
import { addSeconds, type Clock, instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { Storage } from '../../storage/storage.ts'
import { OAuthError } from '../errors.ts'
import { replayDigest } from '../replay-store.ts'
import { type DpopNonces, nonceLifeSeconds } from './nonces.ts'
import { checkDpopProof, type DpopProblem, type DpopProof, lastSecondOf, parseDpopProof } from './proof.ts'

export interface ProofUse {
  /** The `DPoP` header field. */
  readonly field: string
  readonly method: string
  /** Path of the endpoint below the issuer. */
  readonly path: string
  /** The access token that came along, and the key it is bound to. */
  readonly token?: { readonly digest: SecretDigest; readonly jkt: string }
}

export type ProofVerdict =
  /** @property jkt RFC 7638 thumbprint of the key. */
  | { readonly kind: 'holds'; readonly jkt: string }
  | { readonly kind: 'invalid'; readonly problem: DpopProblem }
  /** To be made again with this nonce (§8). */
  | { readonly kind: 'nonce_wanted'; readonly nonce: string }

export interface DpopProofs {
  /** Uses the proof up when it holds: of any number of requests with one proof, one is told so. */
  verify(use: ProofUse): Promise<ProofVerdict>
  /**
   * The thumbprint of the key that a client proves to hold at an endpoint of the authorization server; `undefined`
   * when it brought no proof.
   * @throws {OAuthError} invalid_dpop_proof or use_dpop_nonce.
   */
  keyOf(field: string | undefined, path: string): Promise<string | undefined>
}

export function createDpopProofs(dependencies: {
  storage: Pick<Storage, 'transaction'>
  clock: Clock
  issuer: string
  /** `undefined`: no proof needs one. */
  nonces: DpopNonces | undefined
}): DpopProofs {
  const { storage, clock, issuer, nonces } = dependencies

  /** What costs least comes first; nobody can use up the proof of somebody else. */
  const verify = async ({ field, method, path, token }: ProofUse): Promise<ProofVerdict> => {
    const proof = parseDpopProof(field)
    if (typeof proof === 'string') return { kind: 'invalid', problem: proof }
    const now = clock.now()
    const { nonce } = proof
    const nonceHolds = nonces !== undefined && nonce !== undefined && nonces.accepts(nonce)
    const tokenDigest = token?.digest
    const wantsNonce = nonces !== undefined && !nonceHolds
    const problem = checkDpopProof(proof, {
      method,
      url: issuer + path,
      tokenDigest,
      // Where nonces are wanted the time is that of the nonce.
      iatCounts: nonces === undefined,
      now,
    })
    if (problem !== undefined) return { kind: 'invalid', problem }
    const jkt = await thumbprintOf(proof)
    if (token !== undefined && token.jkt !== jkt) return { kind: 'invalid', problem: 'other_key' }
    if (wantsNonce) return { kind: 'nonce_wanted', nonce: nonces.current() }
    if (!(await isSignedByItsKey(proof))) return { kind: 'invalid', problem: 'signature' }
    // §11.1: remembered for as long as it would hold again.
    const expiresAt = nonceHolds
      ? addSeconds(now, nonceLifeSeconds)
      : instant((lastSecondOf(proof) + 1) * 1000)
    const digest = replayDigest('dpop_proof', jkt, proof.jti)
    const use = await storage.transaction((tx) => tx.usedValues.use(digest, expiresAt))
    return use === 'first' ? { kind: 'holds', jkt } : { kind: 'invalid', problem: 'replayed' }
  }

  return {
    verify,
    async keyOf(field, path) {
      if (field === undefined) return undefined
      const verdict = await verify({ field, method: 'POST', path })
      if (verdict.kind === 'holds') return verdict.jkt
      if (verdict.kind === 'nonce_wanted') throw nonceWanted(verdict.nonce)
      throw invalidProof(verdict.problem)
    },
  }
}

/** §5: "the authorization server … MUST reject the request with invalid_dpop_proof". */
export function invalidProof(problem: DpopProblem): OAuthError {
  return new OAuthError('invalid_dpop_proof', {
    description: proofDescriptions[problem],
    reason: `dpop_${problem}`,
  })
}

/** §8: 400 with the nonce to use. */
function nonceWanted(nonce: string): OAuthError {
  return new OAuthError('use_dpop_nonce', {
    description: nonceDescription,
    headers: { 'dpop-nonce': nonce, 'cache-control': 'no-store' },
  })
}

export const nonceDescription = 'the DPoP proof needs the nonce of the DPoP-Nonce header'

/** What a client is told, so that its author can mend it; nothing of it helps anybody else. */
export const proofDescriptions: Readonly<Record<DpopProblem, string>> = {
  missing: 'a DPoP proof is required',
  repeated: 'there must be one DPoP header',
  malformed: 'the DPoP proof is no signed JWT',
  type: 'typ of the DPoP proof must be dpop+jwt',
  algorithm: 'alg of the DPoP proof is not supported',
  key: 'jwk of the DPoP proof must be a public key that fits alg',
  claims: 'the DPoP proof lacks jti, htm, htu or iat',
  method: 'htm of the DPoP proof is not the method of the request',
  uri: 'htu of the DPoP proof is not the address of the request',
  time: 'iat of the DPoP proof is too far from now',
  token_hash: 'ath of the DPoP proof is not the hash of the access token',
  other_key: 'the access token is bound to another key',
  signature: 'the signature of the DPoP proof does not hold',
  replayed: 'the DPoP proof has been used',
}

async function thumbprintOf({ jwk }: DpopProof): Promise<string> {
  const { calculateJwkThumbprint } = await import('jose')
  return calculateJwkThumbprint(jwk, 'sha256')
}

/** §4.3, 6: "The JWT signature verifies with the public key contained in the jwk JOSE Header Parameter". */
async function isSignedByItsKey({ text, jwk, algorithm }: DpopProof): Promise<boolean> {
  const { compactVerify, importJWK } = await import('jose')
  try {
    await compactVerify(text, await importJWK(jwk, algorithm), { algorithms: [algorithm] })
    return true
  } catch {
    // Whatever is wrong with a key or a signature comes from the client: a point that is on no curve, for one.
    return false
  }
}
