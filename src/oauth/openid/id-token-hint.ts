/**
 * ID tokens that come back as a hint (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2): proof that a
 * client once knew who signed in. One that expired is as good as new, since it is no credential.
 */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { signingAlgorithms } from '../client-metadata.ts'

export interface IdTokenHint {
  readonly clientId: string
  readonly subject: string
  /** `undefined` when the token did not say. */
  readonly sessionId: string | undefined
}

export interface IdTokenHints {
  /** @returns `undefined` when the text is no ID token of ours. */
  verify(hint: string): Promise<IdTokenHint | undefined>
}

/** Ours are a fifth of it. */
const maxLength = 8192

/** @param dependencies.findPublicKey any key that signed ID tokens, also one that signs no more. */
export function createIdTokenHints(dependencies: {
  issuer: string
  findPublicKey(kid: string): JWK | undefined | Promise<JWK | undefined>
}): IdTokenHints {
  const { issuer, findPublicKey } = dependencies
  return {
    async verify(hint) {
      if (hint.length > maxLength) return undefined
      try {
        const { alg, kid, typ } = decodeProtectedHeader(hint)
        // Access tokens and logout tokens are signed with the same keys and say so here (RFC 8725 §3.11).
        if (typ !== undefined && typ.toUpperCase() !== 'JWT') return undefined
        const algorithm = signingAlgorithms.find((known) => known === alg)
        if (algorithm === undefined || kid === undefined) return undefined
        const jwk = await findPublicKey(kid)
        if (jwk === undefined || (jwk.alg ?? algorithm) !== algorithm) return undefined
        const key = await importJWK(jwk, algorithm)
        const { payload } = await compactVerify(hint, key, { algorithms: [algorithm] })
        return readClaims(JSON.parse(Buffer.from(payload).toString('utf8')), issuer)
      } catch {
        // Whatever the library or the parser did not like about it, it is none of ours.
        return undefined
      }
    },
  }
}

function readClaims(claims: Record<string, unknown>, issuer: string): IdTokenHint | undefined {
  const { iss, sub, aud, exp, sid } = claims
  // Signed userinfo has everything of an ID token but `exp`.
  if (iss !== issuer || typeof sub !== 'string' || typeof aud !== 'string' || typeof exp !== 'number') {
    return undefined
  }
  return { clientId: aud, subject: sub, sessionId: typeof sid === 'string' ? sid : undefined }
}
