/** What a client of OpenID Connect does, as the tests do it, and clients with metadata that no command makes yet. */
import assert from 'node:assert/strict'
import { createLocalJWKSet, type JWTPayload, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import type { Account } from '../../src/accounts/account.ts'
import type { Session } from '../../src/accounts/session.ts'
import type { Client } from '../../src/oauth/client.ts'
import { refreshTokenPrefix } from '../../src/oauth/token/issue.ts'
import { authenticationOf, type Grant } from '../../src/oauth/token/token.ts'
import { createIds, type RefreshTokenId } from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { issueSelectorSecret } from '../../src/shared/selector-secret.ts'
import { newClient, newGrant, newRefreshToken } from '../../src/storage/conformance/fixtures.ts'
import { refresh } from './oauth-client.ts'
import type { TestApp } from './test-app.ts'

export const issuer = 'http://localhost:8080'

/** A public client with the given metadata, put into the database as it is. */
export async function registerClient(test: TestApp, given: Partial<Client> = {}): Promise<Client> {
  const client = newClient({
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    createdAt: test.clock.now(),
    updatedAt: test.clock.now(),
    ...given,
  })
  await test.app.storage.transaction((tx) => tx.clients.insert(client))
  return client
}

export async function accountOf(test: TestApp, username: string): Promise<Account> {
  return (await test.app.storage.read.accounts.findByUsername(username))!
}

/** The newest live session of a person. */
export async function sessionOf(test: TestApp, username = 'admin'): Promise<Session> {
  const { id } = await accountOf(test, username)
  const [session] = await test.app.storage.read.sessions.listLive(id, test.clock.now(), 1)
  return session!
}

/** What a person allowed a client, with a refresh token to make its tokens with. */
export async function giveGrant(
  test: TestApp,
  client: Client,
  given: Partial<Grant> & { session?: Session } = {},
): Promise<{ grant: Grant; refreshToken: string }> {
  const { session, ...members } = given
  const now = test.clock.now()
  const random = createSystemRandom()
  const grant = newGrant({
    clientId: client.id,
    accountId: session?.accountId ?? (await accountOf(test, 'admin')).id,
    grantType: 'authorization_code',
    scopes: ['openid', 'offline_access'],
    authentication: session && authenticationOf(session),
    createdAt: now,
    expiresAt: (now + 90 * 86_400_000) as typeof now,
    lastUsedAt: now,
    ...members,
  })
  const secret = issueSelectorSecret(
    refreshTokenPrefix,
    createIds(test.clock, random).next<RefreshTokenId>(),
    random,
  )
  await test.app.storage.transaction(async (tx) => {
    await tx.grants.insert(grant)
    await tx.refreshTokens.insert(
      newRefreshToken({
        id: secret.id,
        digest: secret.digest,
        grantId: grant.id,
        clientId: client.id,
        accountId: grant.accountId,
        issuedAt: now,
        expiresAt: grant.expiresAt,
      }),
    )
  })
  return { grant, refreshToken: secret.plaintext }
}

export interface OpenIdTokens {
  access_token: string
  refresh_token: string
  id_token: string
}

/** Tokens of a grant that is made for them. */
export async function tokensFor(
  test: TestApp,
  client: Client,
  given: Parameters<typeof giveGrant>[2] = {},
): Promise<OpenIdTokens> {
  const { refreshToken } = await giveGrant(test, client, given)
  const answer = await refresh(test, refreshToken, { client_id: client.id })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

/** Checks a JWT of this server as a client does, against the published keys. */
export async function verifyJwt(
  test: TestApp,
  jwt: string,
  expected: { audience: string; typ?: string; algorithm?: string },
): Promise<{ claims: JWTPayload; header: ProtectedHeaderParameters }> {
  const { keys } = (await test.get('/.well-known/jwks.json')).body
  const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet({ keys }), {
    issuer,
    audience: expected.audience,
    typ: expected.typ ?? 'JWT',
    algorithms: [expected.algorithm ?? 'RS256'],
    currentDate: new Date(test.clock.now()),
  })
  assert.equal(typeof protectedHeader.kid, 'string')
  return { claims: payload, header: protectedHeader }
}

export async function userinfo(test: TestApp, accessToken: string): ReturnType<TestApp['get']> {
  return test.get('/oauth/userinfo', { authorization: `Bearer ${accessToken}` })
}
