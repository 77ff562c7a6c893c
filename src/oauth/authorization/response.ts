/**
 * The answer to an authorization request (RFC 6749 §4.1.2, §4.1.2.1), always with the issuer it comes from (RFC 9207
 * §2), so that a client with several servers cannot be made to hand a code to the wrong one. Pure.
 */
import type { OAuthError } from '../errors.ts'
import type { ResponseMode, ResponseTarget } from './request.ts'

export interface AuthorizationResponse {
  readonly clientName: string
  readonly redirectUri: string
  readonly mode: ResponseMode
  readonly fields: Readonly<Record<string, string>>
}

export function codeResponse(target: ResponseTarget, code: string, issuer: string): AuthorizationResponse {
  return respond(target, { code }, issuer)
}

export function errorResponse(
  target: ResponseTarget,
  error: OAuthError,
  issuer: string,
): AuthorizationResponse {
  return respond(target, error.body(), issuer)
}

function respond(
  target: ResponseTarget,
  outcome: Readonly<Record<string, string>>,
  iss: string,
): AuthorizationResponse {
  const { client, redirectUri, responseMode, state } = target
  // RFC 6749 §4.1.2: `state` exactly as received, and only when it was.
  const fields = state === undefined ? { ...outcome, iss } : { ...outcome, state, iss }
  return { clientName: client.name, redirectUri, mode: responseMode, fields }
}

/** The address that carries a response of mode `query`; the redirect URI keeps a query of its own (RFC 6749 §3.1.2). */
export function responseLocation({ redirectUri, fields }: AuthorizationResponse): string {
  const query = Object.entries(fields)
    // Not `+` for a space: not every client reads the query as a form.
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}
