/**
 * JWTs this server signs, in the compact serialization (RFC 7515 §7.1). Each kind says in its `typ` what it is, so
 * that one is never taken for another (RFC 8725 §3.11).
 */
import type { Signer } from './signing-keys.ts'

/**
 * Access tokens (RFC 9068 §2.1), ID tokens and userinfo, logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4),
 * answers of introspection (RFC 9701 §5).
 */
export type JwtType = 'at+jwt' | 'JWT' | 'logout+jwt' | 'token-introspection+jwt'

const headers: Record<JwtType, WeakMap<Signer, string>> = {
  'at+jwt': new WeakMap(),
  JWT: new WeakMap(),
  'logout+jwt': new WeakMap(),
  'token-introspection+jwt': new WeakMap(),
}

function protectedHeader(typ: JwtType, signer: Signer): string {
  let header = headers[typ].get(signer)
  if (header === undefined) {
    const { algorithm: alg, kid } = signer
    header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString('base64url')
    headers[typ].set(signer, header)
  }
  return header
}

export async function signJwt(
  typ: JwtType,
  claims: Readonly<Record<string, unknown>>,
  signer: Signer,
): Promise<string> {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const input = `${protectedHeader(typ, signer)}.${payload}`
  return `${input}.${await signer.sign(input)}`
}
