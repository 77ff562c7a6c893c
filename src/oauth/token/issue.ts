/**
 * Making tokens. {@link TokenMinter.mint} does everything that can fail or takes time (claims, signature, digests) and
 * returns the rows; the grant's flow stores them in the transaction that uses up what they are issued for, and
 * announces them after the commit.
 */
import type { Account } from '../../accounts/account.ts'
import type { TokenAudience } from '../../events/catalogue.ts'
import { addSeconds, type Clock, type Instant } from '../../shared/clock.ts'
import { digestOf } from '../../shared/digest.ts'
import type { AccessTokenId, AccountId, GrantId, Ids, RefreshTokenId } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import { issueSelectorSecret } from '../../shared/selector-secret.ts'
import type { Client } from '../client.ts'
import { encodeIdTokenClaims, type IdTokenRequest, idTokenAlgorithm } from '../openid/id-token.ts'
import type { ResourceReader } from '../resources/store.ts'
import { formatScope } from '../scope.ts'
import { mustNotSign } from '../security-profile.ts'
import { type Actor, encodeAccessTokenClaims } from './access-token.ts'
import type { ExtraClaims } from './extra-claims.ts'
import { signJwt } from './jwt.ts'
import { accessTokenTtl, limitedByResources, refreshTokenExpiry, type TokenSettings } from './lifetimes.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { AccessToken, Grant, RefreshToken } from './token.ts'

export const refreshTokenPrefix = 'agr_'

/** A successful token response (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3). */
export interface TokenResponse {
  access_token: string
  token_type: 'Bearer' | 'DPoP'
  expires_in: number
  scope: string
  refresh_token?: string
  id_token?: string
  /** RFC 8693 §2.2.1. */
  issued_token_type?: string
}

export interface MintRequest {
  client: Client
  /** The person the tokens speak for; `undefined` when the client speaks for itself. */
  account: Account | undefined
  grantId: GrantId | undefined
  scopes: readonly string[]
  /** The resources the token is bound to; empty means the configured default audience. */
  resources: readonly string[]
  /** What the client would get; a resource may allow less. */
  accessTtlSeconds: number
  extraClaims: ExtraClaims | undefined
  /** Thumbprint of the key the request proved to hold, which alone may use the access token (RFC 9449 §5). */
  dpopJkt: string | undefined
  /** Who acts for the subject. */
  actor?: Actor | undefined
  now: Instant
  /** Set to issue a refresh token as well. */
  refresh?:
    | {
        grantId: GrantId
        accountId: AccountId
        familyExpiresAt: Instant
        predecessorId: RefreshTokenId | undefined
      }
    | undefined
  /** What an ID token says about the sign-in behind the grant; one comes along when `openid` is among the scopes. */
  idToken?: IdTokenRequest | undefined
}

export interface MintedTokens {
  accessToken: AccessToken
  refreshToken: RefreshToken | undefined
  response: TokenResponse
  /** Whom the access token is for, as it is announced. */
  audience: TokenAudience
}

export interface TokenMinter {
  mint(request: MintRequest): Promise<MintedTokens>
  accessTtlSeconds(client: Client): number
  /** A new family, living at most the configured absolute life. */
  newGrant(
    grant: Pick<
      Grant,
      | 'clientId'
      | 'accountId'
      | 'grantType'
      | 'scopes'
      | 'resources'
      | 'authentication'
      | 'claimsRequest'
      | 'dpopJkt'
      | 'requestIp'
      | 'requestUserAgent'
    > &
      Partial<Pick<Grant, 'clientProved'>>,
    now: Instant,
  ): Grant
}

export function createTokenMinter(dependencies: {
  issuer: string
  resources: ResourceReader
  settings: TokenSettings
  signingKeys: SigningKeys
  clock: Clock
  random: Random
  ids: Ids
}): TokenMinter {
  const { issuer, resources, settings, signingKeys, random, ids } = dependencies
  const defaultAudience = settings.audience.length > 0 ? settings.audience : [issuer]

  const mintRefreshToken = (client: Client, refresh: NonNullable<MintRequest['refresh']>, now: Instant) => {
    const issued = issueSelectorSecret(refreshTokenPrefix, ids.next<RefreshTokenId>(), random)
    const row: RefreshToken = {
      id: issued.id,
      digest: issued.digest,
      grantId: refresh.grantId,
      clientId: client.id,
      accountId: refresh.accountId,
      predecessorId: refresh.predecessorId,
      issuedAt: now,
      expiresAt: refreshTokenExpiry(client, settings, refresh.familyExpiresAt, now),
      state: 'active',
      supersededAt: undefined,
    }
    return { plaintext: issued.plaintext, row }
  }

  /** OpenID Connect Core 1.0 §3.1.2.1: without the scope `openid` a request is none of OpenID Connect. */
  const mintIdToken = async (
    { idToken, account, client, scopes, now }: MintRequest,
    accessToken: string,
  ): Promise<string | undefined> => {
    if (idToken === undefined || account === undefined || !scopes.includes('openid')) return undefined
    const claims = encodeIdTokenClaims({ ...idToken, issuer, client, account, scopes, accessToken, now })
    return signJwt('JWT', claims, signingKeys.signer(idTokenAlgorithm(client)))
  }

  return {
    async mint(request) {
      const { client, account, scopes, now } = request
      const audience = request.resources.length > 0 ? request.resources : defaultAudience
      // Here, where every grant passes: none can forget it.
      const ttlSeconds =
        request.resources.length > 0
          ? limitedByResources(request.accessTtlSeconds, audience, await resources.list())
          : request.accessTtlSeconds
      const id = ids.next<AccessTokenId>()
      // Whole seconds, so that the row, the `exp` claim and `expires_in` agree.
      const issuedAt = (Math.floor(now / 1000) * 1000) as Instant
      const expiresAt = addSeconds(issuedAt, Math.floor(ttlSeconds))
      const claims = encodeAccessTokenClaims({
        issuer,
        client,
        account,
        scopes,
        audience,
        id,
        issuedAt,
        expiresAt,
        privateClaimPrefix: settings.privateClaimPrefix,
        domain: settings.domain,
        extraClaims: request.extraClaims,
        actor: request.actor,
        dpopJkt: request.dpopJkt,
      })
      const usual = signingKeys.accessTokenSigner()
      const signer = mustNotSign(client, usual.algorithm) ? signingKeys.signer('ES256') : usual
      const jwt = await signJwt('at+jwt', claims, signer)
      const refresh =
        request.refresh === undefined ? undefined : mintRefreshToken(client, request.refresh, now)
      const response: TokenResponse = {
        access_token: jwt,
        token_type: request.dpopJkt === undefined ? 'Bearer' : 'DPoP',
        expires_in: Math.max(1, Math.floor((expiresAt - now) / 1000)),
        scope: formatScope(scopes),
      }
      if (refresh !== undefined) response.refresh_token = refresh.plaintext
      const idToken = await mintIdToken(request, jwt)
      if (idToken !== undefined) response.id_token = idToken
      return {
        accessToken: {
          id,
          digest: digestOf(jwt),
          clientId: client.id,
          accountId: account?.id,
          grantId: request.grantId,
          scopes,
          audience,
          dpopJkt: request.dpopJkt,
          exchanged: request.actor !== undefined,
          issuedAt: now,
          expiresAt,
          state: 'active',
        },
        refreshToken: refresh?.row,
        response,
        audience: request.resources.length > 0 ? 'resource' : 'issuer',
      }
    },
    accessTtlSeconds: (client) => accessTokenTtl(client, settings, random),
    newGrant: (grant, now) => ({
      clientProved: false,
      ...grant,
      id: ids.next<GrantId>(),
      createdAt: now,
      expiresAt: addSeconds(now, settings.refreshTtlMaxSeconds),
      lastUsedAt: now,
      endedAt: undefined,
    }),
  }
}
