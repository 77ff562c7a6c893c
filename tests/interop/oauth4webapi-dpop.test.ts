/** oauth4webapi with DPoP (RFC 9449): it makes the proofs, follows nonces, and reads what we make of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { callback, webClient } from '../support/authorization.ts'
import { startListening } from '../support/listening.ts'

const http = { [oauth.allowInsecureRequests]: true }

describe('oauth4webapi with DPoP', () => {
  for (const [algorithm, required] of [
    ['ES256', 'false'],
    ['PS256', 'true'],
    ['Ed25519', 'false'],
  ] as const) {
    it(`pushed request, code, userinfo, refresh with ${algorithm}, nonces required: ${required}`, async (t) => {
      const server = await startListening({ DPOP_NONCE_REQUIRED: required })
      t.after(() => server.close())
      const issuer = new URL(server.url)
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
      const { id } = await webClient(server.test, {
        type: 'public',
        metadata: { dpopBoundAccessTokens: true },
      })
      const client: oauth.Client = { client_id: id }
      const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(algorithm))
      const options = { ...http, DPoP }
      let nonceErrors = 0
      const retrying = async <T>(ask: () => Promise<T>): Promise<T> => {
        server.synchronize()
        try {
          return await ask()
        } catch (error) {
          if (!oauth.isDPoPNonceError(error)) throw error
          nonceErrors++
          return ask()
        }
      }

      const verifier = oauth.generateRandomCodeVerifier()
      const nonce = oauth.generateRandomNonce()
      const parameters = {
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid',
        nonce,
        dpop_jkt: await DPoP.calculateThumbprint(),
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }
      const pushed = await retrying(async () =>
        oauth.processPushedAuthorizationResponse(
          as,
          client,
          await oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, options),
        ),
      )
      const url = new URL(as.authorization_endpoint!)
      url.search = new URLSearchParams({ client_id: id, request_uri: pushed.request_uri }).toString()
      const sent = oauth.validateAuthResponse(as, client, await server.allow(url), oauth.expectNoState)
      const tokens = await retrying(async () =>
        oauth.processAuthorizationCodeResponse(
          as,
          client,
          await oauth.authorizationCodeGrantRequest(
            as,
            client,
            oauth.None(),
            sent,
            callback,
            verifier,
            options,
          ),
          { expectedNonce: nonce },
        ),
      )
      assert.equal(tokens.token_type, 'dpop')
      const subject = oauth.getValidatedIdTokenClaims(tokens)!.sub
      const userinfo = (accessToken: string) =>
        retrying(async () =>
          oauth.processUserInfoResponse(
            as,
            client,
            subject,
            await oauth.userInfoRequest(as, client, accessToken, options),
          ),
        )
      assert.equal((await userinfo(tokens.access_token)).sub, subject)
      const refreshed = await retrying(async () =>
        oauth.processRefreshTokenResponse(
          as,
          client,
          await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, options),
        ),
      )
      assert.equal(refreshed.token_type, 'dpop')
      assert.equal((await userinfo(refreshed.access_token)).sub, subject)
      // Once: whatever answered since has said which nonce to use.
      assert.equal(nonceErrors, required === 'true' ? 1 : 0)

      // Its validator for resource servers agrees (RFC 9068, RFC 9449 §7.1).
      const seen: Request[] = []
      await oauth.protectedResourceRequest(
        refreshed.access_token,
        'GET',
        new URL('http://resource.example/orders'),
        undefined,
        null,
        {
          ...options,
          [oauth.customFetch]: async (
            address: string,
            { method, headers }: { method: string; headers: Record<string, string> },
          ) => {
            seen.push(new Request(address, { method, headers }))
            return new Response()
          },
        },
      )
      const claims = await oauth.validateJwtAccessToken(as, seen[0]!, server.url, http)
      assert.deepEqual(claims.cnf, { jkt: await DPoP.calculateThumbprint() })
    })
  }
})
