/**
 * `private_key_jwt`: a client proves itself with a JWT it signed for this server (RFC 7521 §4.2, RFC 7523 §2.2 and §3,
 * OpenID Connect Core 1.0 §9). Reading one and the rules about its claims are here; its signature is checked with
 * `client-keys.ts`.
 */
import { addSeconds, type Clock, type Instant, instant } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { Client } from './client.ts'
import type { ClientKeys, KeyProblem } from './client-keys.ts'
import { type ClientSigningAlgorithm, clientSigningAlgorithms } from './client-metadata.ts'
import { compatibility } from './compatibility.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { replayDigest } from './replay-store.ts'
import { isFapi } from './security-profile.ts'

export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What an assertion says, before anybody checked who says it. */
export interface ClientAssertion {
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

export type AssertionProblem =
  | 'assertion_algorithm'
  | 'assertion_audience'
  | 'assertion_expired'
  | 'assertion_issuer'
  | 'assertion_jti'
  | 'assertion_lifetime'
  | 'assertion_not_yet_valid'
  | 'assertion_replayed'
  | 'assertion_type'
  | KeyProblem

export interface ClientAssertions {
  /** Whether the client holds a key of its own and made this assertion for us, now, for this one request. */
  verify(assertion: ClientAssertion, client: Client): Promise<AssertionProblem | undefined>
}

const maxLength = 16 * 1024
/** How far ahead an assertion may expire: long ones are credentials to steal. */
const maxLifetimeSeconds = 600
/** Other people's clocks. */
const leewaySeconds = 10
/** `JWT` or the type that tells an assertion from other JWTs a client signs; none at all is as common. */
const acceptedTypes = new Set(['jwt', 'client-authentication+jwt'])

/**
 * @returns the assertion a request carries, `undefined` when it carries none, `malformed` when it is no JWT.
 * @throws {OAuthError} invalid_request when half of it is missing.
 */
export function readClientAssertion(parameters: Parameters): ClientAssertion | 'malformed' | undefined {
  const type = parameters.get('client_assertion_type')
  const text = parameters.get('client_assertion')
  if (type === undefined && text === undefined) return undefined
  // RFC 7521 §4.2: both are required.
  if (type === undefined || text === undefined) {
    throw new OAuthError('invalid_request', {
      description: 'client_assertion and client_assertion_type belong together',
    })
  }
  if (type !== clientAssertionType || text.length > maxLength) return 'malformed'
  const [headerPart, claimsPart, signature, ...rest] = text.split('.')
  const header = jsonObject(headerPart)
  const claims = jsonObject(claimsPart)
  if (header === undefined || claims === undefined || !signature || rest.length > 0) return 'malformed'
  return { text, header, claims }
}

/** RFC 7523 §3: for client authentication the subject is the client; `undefined` when it cannot be one. */
export function assertedClientId({ claims }: ClientAssertion): string | undefined {
  return typeof claims.sub === 'string' && claims.sub !== '' ? claims.sub : undefined
}

export interface ClaimFacts {
  readonly clientId: ClientId
  readonly issuer: string
  /** Beside the issuer, where nothing stricter is asked: URLs of ours that stand for us. */
  readonly endpoints: readonly string[]
  /** The audience is the issuer alone, as FAPI 2.0 §5.3.2.1 wants it. */
  readonly strict: boolean
  readonly now: Instant
}

/** What is wrong with the claims, without regard to who signed them. */
export function checkAssertionClaims(
  claims: ClientAssertion['claims'],
  { clientId, issuer, endpoints, strict, now }: ClaimFacts,
): AssertionProblem | undefined {
  // RFC 7523 §3, 1 and 2: issuer and subject are the client.
  if (claims.iss !== clientId || claims.sub !== clientId) return 'assertion_issuer'
  // §3, 3: it names us.
  if (!isForUs(claims.aud, issuer, endpoints, strict)) return 'assertion_audience'
  // §3, 4: it expires.
  const expiresAt = numericDate(claims.exp)
  if (expiresAt === undefined) return 'assertion_lifetime'
  if (expiresAt <= addSeconds(now, -leewaySeconds)) return 'assertion_expired'
  if (expiresAt > addSeconds(now, maxLifetimeSeconds + leewaySeconds)) return 'assertion_lifetime'
  // §3, 5 and 6: neither claim is required, and neither may lie ahead.
  for (const claim of [claims.nbf, claims.iat]) {
    if (claim === undefined) continue
    const at = numericDate(claim)
    if (at === undefined || at > addSeconds(now, leewaySeconds)) return 'assertion_not_yet_valid'
  }
  // OpenID Connect Core §9 requires what RFC 7523 §3, 7 leaves open.
  if (typeof claims.jti !== 'string' || claims.jti === '') return 'assertion_jti'
  return undefined
}

/** The algorithms a client's assertions may be signed with. */
export function assertionAlgorithms(client: Pick<Client, 'metadata'>): readonly ClientSigningAlgorithm[] {
  // FAPI 2.0 §5.4.1 leaves out RSASSA-PKCS1-v1_5.
  const allowed = clientSigningAlgorithms.filter((algorithm) => !isFapi(client) || algorithm !== 'RS256')
  const pinned = client.metadata.tokenEndpointAuthSigningAlg
  return pinned === undefined
    ? allowed
    : allowed.filter((algorithm) => curveNamed(algorithm) === curveNamed(pinned))
}

/** RFC 9864 §2.2: two names of one algorithm, so that a client pinned to one may sign under the other. */
function curveNamed(algorithm: ClientSigningAlgorithm): ClientSigningAlgorithm {
  return algorithm === 'EdDSA' ? 'Ed25519' : algorithm
}

export function createClientAssertions(dependencies: {
  storage: Pick<Storage, 'transaction'>
  keys: ClientKeys
  clock: Clock
  issuer: string
  /** URLs of ours that an assertion may name in place of the issuer. */
  endpoints: readonly string[]
}): ClientAssertions {
  const { storage, keys, clock, issuer, endpoints } = dependencies
  return {
    // What costs least comes first; a signature is checked only for claims that could hold.
    async verify({ text, header, claims }, client) {
      const algorithms = assertionAlgorithms(client)
      if (!algorithms.some((algorithm) => algorithm === header.alg)) return 'assertion_algorithm'
      const { typ } = header
      if (typ !== undefined && !(typeof typ === 'string' && acceptedTypes.has(typ.toLowerCase()))) {
        return 'assertion_type'
      }
      const strict = isFapi(client)
      const now = clock.now()
      const problem = checkAssertionClaims(claims, { clientId: client.id, issuer, endpoints, strict, now })
      if (problem !== undefined) return problem
      const keyProblem = await keys.verify(client, text, algorithms)
      if (keyProblem !== undefined) return keyProblem
      // Last of all, so that nobody but its maker can use an assertion up (RFC 7523 §3, 7).
      const digest = replayDigest('client_assertion', client.id, claims.jti as string)
      const expiresAt = addSeconds(numericDate(claims.exp)!, leewaySeconds)
      const use = await storage.transaction((tx) => tx.usedValues.use(digest, expiresAt))
      return use === 'first' ? undefined : 'assertion_replayed'
    },
  }
}

function isForUs(aud: unknown, issuer: string, endpoints: readonly string[], strict: boolean): boolean {
  if (strict) return aud === issuer
  const accepted = [issuer, ...endpoints]
  if (compatibility.assertionAudienceMayEndInSlash) accepted.push(`${issuer}/`)
  const named: unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.some((audience) => typeof audience === 'string' && accepted.includes(audience))
}

/** RFC 7519 §2: seconds, which may have a fraction. */
function numericDate(value: unknown): Instant | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? instant(Math.round(value * 1000)) : undefined
}

function jsonObject(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined || !/^[A-Za-z0-9_-]+$/.test(part)) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
