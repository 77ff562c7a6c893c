/**
 * The `extra_claims` parameter: claims a client asks to have put into its access token, as the Go AuthGate takes them
 * (RFC 7519 §4.3, private claims). Only for clients that an operator allowed it: what a token says is this server's
 * word. Pure.
 */
import type { Config } from '../../config/load.ts'
import type { Client } from '../client.ts'
import { OAuthError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'

export type ExtraClaims = Readonly<Record<string, unknown>>

/** Names with a meaning of their own: what a resource server decides by is never a client's to say. */
const reservedNames = new Set([
  // RFC 7519, RFC 9068, OpenID Connect Core
  ...[
    'iss',
    'sub',
    'aud',
    'exp',
    'nbf',
    'iat',
    'jti',
    'client_id',
    'scope',
    'auth_time',
    'acr',
    'amr',
    'azp',
  ],
  ...['nonce', 'at_hash', 'c_hash', 's_hash', 'sid', 'events', 'groups', 'roles', 'entitlements'],
  // RFC 7800, RFC 8693, RFC 9396
  ...['cnf', 'act', 'may_act', 'authorization_details'],
  ...['username', 'preferred_username', 'email', 'email_verified', 'phone_number', 'phone_number_verified'],
  // Ours
  ...['type', 'user_id', 'domain', 'project', 'service_account', 'uid'],
])
/** Objects list such names before all others, also before the `jti` by which a token is found. */
const indexName = /^(?:0|[1-9]\d*)$/
const prefixedNames = ['domain', 'project', 'service_account', 'uid']
/** The prefix everybody knows stays reserved also where another one is configured. */
const commonPrefix = 'extra'

/**
 * What the request asks for; `undefined` when it asks for nothing.
 * @throws {OAuthError} invalid_request when the client may not, or the value is no object within the bounds.
 */
export function parseExtraClaims(
  parameters: Parameters,
  client: Client,
  settings: Config['extraClaims'],
  privateClaimPrefix: string,
): ExtraClaims | undefined {
  const text = parameters.get('extra_claims')
  if (text === undefined) return undefined
  if (!settings.enabled || client.metadata.extraClaims !== true) {
    throw invalid('extra_claims is not allowed for this client')
  }
  if (exceeds(Buffer.byteLength(text), settings.maxRawBytes)) {
    throw invalid(`extra_claims is longer than ${settings.maxRawBytes} bytes`)
  }
  const claims = parseObject(text)
  if (claims === undefined) return undefined
  const entries = Object.entries(claims)
  if (exceeds(entries.length, settings.maxKeys)) {
    throw invalid(`extra_claims has more than ${settings.maxKeys} members`)
  }
  for (const [name, value] of entries) {
    if (isReserved(name, privateClaimPrefix)) throw invalid('extra_claims holds a reserved claim')
    if (exceeds(Buffer.byteLength(JSON.stringify(value)), settings.maxValueBytes)) {
      throw invalid(`a value in extra_claims is longer than ${settings.maxValueBytes} bytes`)
    }
  }
  return entries.length === 0 ? undefined : claims
}

function isReserved(name: string, prefix: string): boolean {
  if (name === '' || name === '__proto__' || indexName.test(name) || reservedNames.has(name)) return true
  return [prefix, commonPrefix].some((known) => prefixedNames.some((suffix) => name === `${known}_${suffix}`))
}

/** Numbers keep the digits they were sent with: an id of twenty digits is not a floating-point number. */
const keepDigits = (_key: string, value: unknown, { source }: { source?: string } = {}): unknown =>
  typeof value === 'number' && source !== undefined ? rawJson(source) : value
const rawJson = (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON

function parseObject(text: string): ExtraClaims | undefined {
  let value: unknown
  try {
    value = JSON.parse(text, keepDigits)
  } catch {
    throw invalid('extra_claims is not valid JSON')
  }
  if (value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value) || !text.trimStart().startsWith('{')) {
    throw invalid('extra_claims must be a JSON object')
  }
  return value as ExtraClaims
}

/** 0 means no bound. */
function exceeds(size: number, bound: number): boolean {
  return bound > 0 && size > bound
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', { description, reason: 'extra_claims' })
}
