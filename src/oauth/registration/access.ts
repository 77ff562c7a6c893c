/**
 * Who may register, and who may manage a registration: both by a bearer token (RFC 7591 §3, RFC 7592 §2, RFC 6750). The
 * registration access token carries the client's id, so that its row is found by primary key.
 */
import type { ClientId } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import {
  type IssuedSelectorSecret,
  issueSelectorSecret,
  parseSelectorSecret,
  type SelectorSecret,
} from '../../shared/selector-secret.ts'
import { OAuthError } from '../errors.ts'

const prefix = 'agm_'

export function issueRegistrationAccessToken(id: ClientId, random: Random): IssuedSelectorSecret<ClientId> {
  return issueSelectorSecret(prefix, id, random)
}

export function parseRegistrationAccessToken(presented: string): SelectorSecret<ClientId> | undefined {
  return parseSelectorSecret<ClientId>(prefix, presented)
}

/** @throws {OAuthError} invalid_token with a bare challenge: RFC 6750 §3.1 has no code for a request without one. */
export function requireBearer(authorization: string | undefined): string {
  const match = authorization === undefined ? null : /^bearer +([\w.~+/=-]+) *$/i.exec(authorization)
  if (match === null) {
    throw new OAuthError('invalid_token', {
      description: 'a bearer token is required',
      reason: 'missing_token',
      headers: { 'www-authenticate': 'Bearer realm="authgate"' },
    })
  }
  return match[1]!
}

/** RFC 6750 §3.1: 401, whatever was wrong with the token. */
export function invalidToken(): OAuthError {
  const description = 'the token is invalid'
  return new OAuthError('invalid_token', {
    description,
    headers: {
      'www-authenticate': `Bearer realm="authgate", error="invalid_token", error_description="${description}"`,
    },
  })
}
