/** The event of an act that ends tokens, whichever act it is. */
import type { EventOf } from '../../events/catalogue.ts'
import type { RevokedCounts } from './store.ts'

/** @returns no event when no token was usable any more: then nothing happened. */
export function tokensRevoked(
  { accessTokens, refreshTokens }: RevokedCounts,
  act: Omit<EventOf<'token.revoked'>, 'type' | keyof RevokedCounts>,
): EventOf<'token.revoked'>[] {
  if (accessTokens + refreshTokens === 0) return []
  return [{ ...act, type: 'token.revoked', accessTokens, refreshTokens }]
}
