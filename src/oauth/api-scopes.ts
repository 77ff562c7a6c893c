/**
 * The scopes of this server's own API, and who may have them: clients that an operator made, and gave them. They begin
 * with a word that no scope of a resource and no client of somebody else's may begin with. Pure.
 */
import type { Client } from './client.ts'

/** `authgate:admin` is everything that `authgate:read` is, and more. */
export const apiScopes = ['authgate:read', 'authgate:admin'] as const
export type ApiScope = (typeof apiScopes)[number]

/** Where the API is, below the issuer; together they are the resource (RFC 8707) that a token can be bound to. */
export const apiPath = '/api/v1'

export function isReservedScope(scope: string): boolean {
  return scope.startsWith('authgate:')
}

export function holdsReservedScope({ scopes }: Pick<Client, 'scopes'>): boolean {
  return scopes.some(isReservedScope)
}

/**
 * What a request gets that names no scope: everything the client may have but power over this server, which is asked for
 * by name; a client that has nothing else gets it.
 */
export function usualScopes(scopes: readonly string[]): readonly string[] {
  const usual = scopes.filter((scope) => !isReservedScope(scope))
  return usual.length === 0 ? scopes : usual
}

/** Whether whoever has `scopes` may do what `needed` is for. */
export function covers(scopes: readonly string[], needed: ApiScope): boolean {
  return scopes.includes('authgate:admin') || scopes.includes(needed)
}

/** Whether a token reaches what an operation needs, its client being what it is now. */
export function reaches(scopes: readonly string[], client: Client, needed: ApiScope): boolean {
  const held = apiScopes.filter(
    (scope) => client.origin === 'operator' && client.scopes.includes(scope) && scopes.includes(scope),
  )
  return covers(held, needed)
}
