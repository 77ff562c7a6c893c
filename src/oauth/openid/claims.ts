/**
 * What this server can say about a person (OpenID Connect Core 1.0 §5.1), and which scope lets a client hear it
 * (§5.4). Pure. A claim nobody has a value for is left out, never empty (§5.3.2).
 */
import type { Account } from '../../accounts/account.ts'
import { epochSeconds } from '../../shared/clock.ts'

/** The scopes that speak about a person, and the claims each of them stands for. */
export const scopeClaims = {
  profile: ['name', 'preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type ClaimScope = keyof typeof scopeClaims
export type ClaimName = (typeof scopeClaims)[ClaimScope][number]

export const claimScopes = Object.keys(scopeClaims) as readonly ClaimScope[]

const scopeByClaim = new Map<string, ClaimScope>(
  claimScopes.flatMap((scope) => scopeClaims[scope].map((claim) => [claim, scope])),
)

export function isClaimName(name: string): name is ClaimName {
  return scopeByClaim.has(name)
}

/** The scope whose claims this one is among. */
export function scopeOfClaim(name: ClaimName): ClaimScope {
  return scopeByClaim.get(name)!
}

export function claimsOfScopes(scopes: readonly string[]): readonly ClaimName[] {
  return claimScopes.filter((scope) => scopes.includes(scope)).flatMap((scope) => scopeClaims[scope])
}

const readers: { readonly [Name in ClaimName]: (account: Account) => string | number | boolean } = {
  name: (account) => account.fullName,
  preferred_username: (account) => account.username,
  updated_at: (account) => epochSeconds(account.updatedAt),
  email: (account) => account.email,
  email_verified: (account) => (account.email === '' ? '' : account.emailVerified),
}

/** The values of `names` that this person has. */
export function claimsOf(account: Account, names: Iterable<ClaimName>): Record<string, unknown> {
  const claims: Record<string, unknown> = {}
  for (const name of names) {
    const value = readers[name](account)
    if (value !== '') claims[name] = value
  }
  return claims
}
