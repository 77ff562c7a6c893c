/** The ID token of a provider: who signed in, for whom, when, and whether it is the provider who says so. */
import * as oauth from 'oauth4webapi'
import { asProviderError, type ProviderExchange } from './exchange.ts'
import type { AuthorizationSecrets } from './provider.ts'

/**
 * Checks an ID token by OpenID Connect Core §3.1.3.7: issuer, audience, authorized party, times, nonce, and its
 * signature against the keys the provider publishes.
 * @throws {ProviderError}
 */
export async function identityOf(
  exchange: ProviderExchange,
  server: oauth.AuthorizationServer,
  response: Response,
  { nonce }: Pick<AuthorizationSecrets, 'nonce'>,
): Promise<{ claims: oauth.IDToken; accessToken: string }> {
  try {
    const result = await oauth.processAuthorizationCodeResponse(server, exchange.client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(server, response, {
      ...exchange.options('keys', server.issuer),
      [oauth.jwksCache]: exchange.keys,
    })
    return { claims: oauth.getValidatedIdTokenClaims(result)!, accessToken: result.access_token }
  } catch (error) {
    throw asProviderError(error)
  }
}
