/**
 * The `claims` parameter (OpenID Connect Core 1.0 §5.5): single claims, asked for one by one, in userinfo or in the ID
 * token. Pure. Members this server does not know are ignored, as §5.5 wants.
 */
import type { Client } from '../client.ts'
import { OAuthError } from '../errors.ts'
import { type ClaimName, isClaimName, scopeOfClaim } from './claims.ts'

/** One member of `userinfo` or `id_token` (§5.5.1). */
export interface RequestedClaim {
  readonly essential: boolean
  /** The values that would do, the preferred first; empty when any would. */
  readonly values: readonly unknown[]
}

export interface ClaimsRequest {
  readonly userinfo: ReadonlyMap<string, RequestedClaim>
  readonly idToken: ReadonlyMap<string, RequestedClaim>
}

/** Enough for every claim there is, with values; stored with each grant. */
const maxLength = 4096
const maxClaims = 50
const maxValues = 20

const nothing: ClaimsRequest = { userinfo: new Map(), idToken: new Map() }

/**
 * @param text value of the parameter; `undefined` when there was none.
 * @throws {OAuthError} invalid_request when it is too large or does not have the shape of §5.5.
 */
export function parseClaimsRequest(text: string | undefined): ClaimsRequest {
  if (text === undefined) return nothing
  if (text.length > maxLength) throw malformed('is too long')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('is not valid JSON')
  }
  if (!isObject(value)) throw malformed('must be a JSON object')
  return { userinfo: parseMember(value.userinfo), idToken: parseMember(value.id_token) }
}

function parseMember(member: unknown): ReadonlyMap<string, RequestedClaim> {
  if (member === undefined || member === null) return nothing.userinfo
  if (!isObject(member)) throw malformed('must hold JSON objects')
  const entries = Object.entries(member)
  if (entries.length > maxClaims) throw malformed('asks for too many claims')
  return new Map(entries.map(([name, wish]) => [name, parseWish(wish)]))
}

/** §5.5.1: `null` asks for the claim "in the default manner"; an object may say how much it matters, and which values. */
function parseWish(wish: unknown): RequestedClaim {
  if (wish === null) return { essential: false, values: [] }
  if (!isObject(wish)) throw malformed('must describe each claim by null or an object')
  const { essential = false, value, values = [] } = wish
  if (typeof essential !== 'boolean') throw malformed('must say true or false for essential')
  if (!Array.isArray(values) || values.length > maxValues) throw malformed('must list few values in an array')
  return { essential, values: value === undefined ? values : [value] }
}

/**
 * The claims about a person that a request asks for and its client may hear: those of scopes the client is registered
 * for. A client that was never given `email` does not get the address by another way.
 */
export function grantableClaims(
  wishes: ReadonlyMap<string, RequestedClaim>,
  client: Pick<Client, 'scopes'>,
): readonly ClaimName[] {
  return [...wishes.keys()].filter(isClaimName).filter((name) => client.scopes.includes(scopeOfClaim(name)))
}

/**
 * The scopes whose claims a request asks for one by one: what a person should be asked about as if the scope itself
 * had been requested.
 */
export function scopesOfClaims(request: ClaimsRequest, client: Pick<Client, 'scopes'>): readonly string[] {
  const names = [...grantableClaims(request.userinfo, client), ...grantableClaims(request.idToken, client)]
  return [...new Set(names.map(scopeOfClaim))]
}

/**
 * The parameter without the claims of scopes that are not among `scopes`: what remains of it when its person allows
 * less than was asked.
 * @param text a value that {@link parseClaimsRequest} takes.
 */
export function limitClaims(text: string | undefined, scopes: readonly string[]): string | undefined {
  if (text === undefined) return undefined
  const request = JSON.parse(text) as Record<string, unknown>
  const members = ['userinfo', 'id_token'].filter((member) => isObject(request[member]))
  return JSON.stringify(
    Object.fromEntries(
      members.map((member) => [
        member,
        Object.fromEntries(
          Object.entries(request[member] as object).filter(
            ([name]) => !isClaimName(name) || scopes.includes(scopeOfClaim(name)),
          ),
        ),
      ]),
    ),
  )
}

/**
 * The only person the answer may be about, when the request names one. §5.5.1: with a `value` for `sub`, the server
 * "MUST NOT reply with an ID Token or Access Token for a different user".
 */
export function requestedSubjects(request: ClaimsRequest): readonly string[] | undefined {
  const values = [request.idToken, request.userinfo].flatMap((wishes) => wishes.get('sub')?.values ?? [])
  return values.length === 0 ? undefined : values.filter((value) => typeof value === 'string')
}

/**
 * How the request wants its person to sign in: values of `acr`, the preferred first, and whether none but those will do.
 * §5.5.1.1: when such values are essential and cannot be had, the server "MUST treat that outcome as a failed
 * authentication attempt".
 */
export function wantedContexts(request: ClaimsRequest): { essential: boolean; values: readonly unknown[] } {
  const acr = request.idToken.get('acr')
  return acr === undefined
    ? { essential: false, values: [] }
    : { essential: acr.essential && acr.values.length > 0, values: acr.values }
}

/**
 * The claims parameter with what `acr_values` asks for, which "requests the acr Claim as a Voluntary Claim" (§3.1.2.1). A
 * claims parameter that speaks of it itself stands.
 * @param text a value that {@link parseClaimsRequest} takes.
 */
export function withAcrValues(text: string | undefined, acrValues: string | undefined): string | undefined {
  const values = acrValues?.split(' ').filter((value) => value !== '') ?? []
  if (values.length === 0) return text
  const request = text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>)
  const idToken = isObject(request.id_token) ? request.id_token : {}
  if (Object.hasOwn(idToken, 'acr')) return text
  return JSON.stringify({
    ...request,
    id_token: { ...idToken, acr: { values: values.slice(0, maxValues) } },
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(problem: string): OAuthError {
  return new OAuthError('invalid_request', { description: `claims ${problem}`, reason: 'malformed_claims' })
}
