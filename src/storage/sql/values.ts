/**
 * What the columns of several tables hold. Instants are milliseconds, yes and no 1 and 0, scopes one space-separated
 * text (RFC 6749 §3.3 allows no space inside a scope) and other lists JSON.
 */
import type { Proof } from '../../accounts/authentication.ts'
import type { Authentication } from '../../oauth/token/token.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SessionId } from '../../shared/ids.ts'

export function fromScopes(scopes: readonly string[]): string {
  return scopes.join(' ')
}

export function toScopes(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

/** The form in which names are searched for: whatever their case, and however their characters are composed. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

export function fromList(list: readonly string[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list)
}

export function toList<T extends string>(text: string): T[] {
  return text === '[]' ? [] : (JSON.parse(text) as T[])
}

export function fromProofs(methods: readonly Proof[]): string {
  return methods.join(' ')
}

export function toProofs(text: string): Proof[] {
  return text === '' ? [] : (text.split(' ') as Proof[])
}

/** How somebody signed in, in the three columns that several tables have for it. */
export interface AuthenticationColumns {
  session_id: SessionId | null
  authenticated_at: Instant | null
  authentication_methods: string | null
}

export function fromAuthentication(authentication: Authentication | undefined): AuthenticationColumns {
  return {
    session_id: authentication?.sessionId ?? null,
    authenticated_at: authentication?.authenticatedAt ?? null,
    authentication_methods: authentication === undefined ? null : fromProofs(authentication.methods),
  }
}

export function toAuthentication(row: AuthenticationColumns): Authentication | undefined {
  if (row.session_id === null || row.authenticated_at === null) return undefined
  return {
    sessionId: row.session_id,
    authenticatedAt: row.authenticated_at,
    methods: toProofs(row.authentication_methods ?? ''),
  }
}
