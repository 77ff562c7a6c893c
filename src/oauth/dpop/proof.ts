/**
 * DPoP proofs (RFC 9449 §4): what one says, and the rules of §4.3 that need no key and no memory. Pure. Signature and
 * single use are checked by `verify.ts`.
 */
import type { JWK } from 'jose'
import { epochSeconds, type Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import { comparableUri } from './htu.ts'

/**
 * FAPI 2.0 §5.4.1 leaves out RSASSA-PKCS1-v1_5, which every client can do without. `Ed25519` is what RFC 9864 calls the one
 * curve of `EdDSA` that is used; libraries sign under either name.
 */
export const dpopAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const
export type DpopAlgorithm = (typeof dpopAlgorithms)[number]

/** Which check a proof failed, for the log. */
export type DpopProblem =
  | 'missing'
  | 'repeated'
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'claims'
  | 'method'
  | 'uri'
  | 'time'
  | 'token_hash'
  | 'other_key'
  | 'signature'
  | 'replayed'

export interface DpopProof {
  readonly text: string
  readonly algorithm: DpopAlgorithm
  /** The key it was made with: the members of a public key and no others. */
  readonly jwk: JWK
  readonly jti: string
  readonly htm: string
  readonly htu: string
  /** Seconds. */
  readonly iat: number
  /** Hash of the access token it goes with. */
  readonly ath: string | undefined
  readonly nonce: string | undefined
}

/** Public members by `kty` and algorithm (RFC 7518 §6, RFC 8037 §2). */
const keyShapes: Record<DpopAlgorithm, { kty: string; crv?: string; members: readonly string[] }> = {
  ES256: { kty: 'EC', crv: 'P-256', members: ['x', 'y'] },
  PS256: { kty: 'RSA', members: ['n', 'e'] },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', members: ['x'] },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', members: ['x'] },
}
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const base64url = /^[A-Za-z0-9_-]+$/
/** Of an RSA modulus, in bytes: smaller ones are broken, larger ones cost us more than anybody gains. */
const modulusBytes = { min: 256, max: 512 }
const maxExponentBytes = 4

/** What the header field says; anything it does not say is a {@link DpopProblem}. */
export function parseDpopProof(field: string): DpopProof | DpopProblem {
  // §4.3, 1: "There is not more than one DPoP HTTP request header field". Several arrive joined by commas.
  if (field.includes(',')) return 'repeated'
  // §4.3, 2: "a single and well-formed JWT".
  const [headerPart, claimsPart, signature, ...rest] = field.split('.')
  const header = jsonObject(headerPart)
  const claims = jsonObject(claimsPart)
  const isSigned = signature !== undefined && base64url.test(signature)
  if (header === undefined || claims === undefined || rest.length > 0) return 'malformed'
  // §4.3, 4. Extensions marked critical are for those who know them (RFC 7515 §4.1.11).
  if (header.typ !== 'dpop+jwt' || 'crit' in header) return 'type'
  // §4.3, 5: "a registered asymmetric digital signature algorithm …, is not none, is supported by the application".
  const algorithm = dpopAlgorithms.find((known) => known === header.alg)
  if (algorithm === undefined) return 'algorithm'
  if (!isSigned) return 'malformed'
  const jwk = publicKey(header.jwk, algorithm)
  if (jwk === undefined) return 'key'
  // §4.3, 3: all required claims. Others, `exp` and `nbf` among them, mean nothing here (§4.2).
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || typeof htm !== 'string' || typeof htu !== 'string')
    return 'claims'
  if (typeof iat !== 'number' || !isOptionalText(ath) || !isOptionalText(nonce)) return 'claims'
  return { text: field, algorithm, jwk, jti, htm, htu, iat, ath, nonce }
}

export interface ProofFacts {
  readonly method: string
  /** The address clients know the endpoint by; where a proxy sends the request does not matter. */
  readonly url: string
  /** SHA-256 of the access token that came along. */
  readonly tokenDigest: SecretDigest | undefined
  /** Whether its own time decides; a fresh nonce of ours says when it was made better than that (§4.3, 11). */
  readonly iatCounts: boolean
  readonly now: Instant
}

/** Other people's clocks, and the time a request is under way. */
const leewaySeconds = 10

/** The last second in which {@link checkDpopProof} takes a proof for new without a nonce. */
export function lastSecondOf({ iat }: DpopProof): number {
  return Math.ceil(iat) + leewaySeconds
}

export function checkDpopProof(proof: DpopProof, facts: ProofFacts): DpopProblem | undefined {
  // §4.3, 8: methods have a case (RFC 9110 §9.1).
  if (proof.htm !== facts.method) return 'method'
  // §4.3, 9.
  const uri = comparableUri(proof.htu)
  if (uri === undefined || uri !== comparableUri(facts.url)) return 'uri'
  // §4.3, 11: "within an acceptable window", in whole seconds as `iat` is one.
  if (facts.iatCounts && !(Math.abs(epochSeconds(facts.now) - proof.iat) <= leewaySeconds)) return 'time'
  // §4.3, 12: "ensure that the value of the ath claim equals the hash of that access token".
  if (facts.tokenDigest !== undefined && proof.ath !== facts.tokenDigest) return 'token_hash'
  return undefined
}

/** §4.3, 7: "the jwk JOSE Header Parameter does not contain a private key". */
function publicKey(value: unknown, algorithm: DpopAlgorithm): JWK | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const given = value as Record<string, unknown>
  if (secretMembers.some((member) => member in given)) return undefined
  const { kty, crv, members } = keyShapes[algorithm]
  if (given.kty !== kty || (crv !== undefined && given.crv !== crv)) return undefined
  const jwk: Record<string, string> = crv === undefined ? { kty } : { kty, crv }
  for (const member of members) {
    const text = given[member]
    if (typeof text !== 'string' || !base64url.test(text)) return undefined
    jwk[member] = text
  }
  if (kty === 'RSA') {
    const size = significantBytes(jwk.n!)
    if (size < modulusBytes.min || size > modulusBytes.max) return undefined
    if (significantBytes(jwk.e!) > maxExponentBytes) return undefined
  }
  return jwk as JWK
}

function significantBytes(number: string): number {
  const bytes = Buffer.from(number, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : bytes.length - first
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function jsonObject(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined || !base64url.test(part)) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
