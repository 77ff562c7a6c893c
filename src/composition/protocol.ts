/** The protocol: its flows wired to what they need, and their endpoints. */

import { authenticationContexts } from '../accounts/authentication.ts'
import { relyingPartyOf } from '../accounts/factors/webauthn.ts'
import { createClientCache } from '../cache/clients.ts'
import type { RateLimitPolicy } from '../events/catalogue.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { deviceAuthorizationEndpoint } from '../http/oauth/device-authorization.ts'
import { givingNonces } from '../http/oauth/dpop-nonce.ts'
import { introspectEndpoint } from '../http/oauth/introspect.ts'
import { metadataEndpoints } from '../http/oauth/metadata.ts'
import { pushedAuthorizationEndpoint } from '../http/oauth/pushed-authorization.ts'
import { registrationEndpoints } from '../http/oauth/register.ts'
import { revokeEndpoint } from '../http/oauth/revoke.ts'
import { tokenEndpoint } from '../http/oauth/token.ts'
import { tokenInfoEndpoint } from '../http/oauth/token-info.ts'
import { userinfoEndpoints } from '../http/oauth/userinfo.ts'
import { createAuthorizationCodeGrant } from '../oauth/authorization/code-grant.ts'
import { createKeptRequests } from '../oauth/authorization/kept-request.ts'
import { createPushedAuthorizations } from '../oauth/authorization/push.ts'
import { createClientAssertions } from '../oauth/client-assertion.ts'
import { createClientAuthenticator } from '../oauth/client-authentication.ts'
import { createClientCredentialsGrant } from '../oauth/client-credentials/grant.ts'
import type { ClientDocuments } from '../oauth/client-documents/documents.ts'
import { createClientKeys } from '../oauth/client-keys.ts'
import { createDeviceAuthorizationIssuer } from '../oauth/device-authorization/issue.ts'
import { createDeviceCodeGrant } from '../oauth/device-authorization/poll.ts'
import { createDpopNonces } from '../oauth/dpop/nonces.ts'
import { createDpopProofs } from '../oauth/dpop/verify.ts'
import { createIntrospection } from '../oauth/introspection.ts'
import type { MetadataSource } from '../oauth/metadata.ts'
import { createUserinfo } from '../oauth/openid/userinfo.ts'
import { createPresentedTokens, type PresentedTokens } from '../oauth/presented-token.ts'
import { createRefreshTokenGrant } from '../oauth/refresh-token/grant.ts'
import { createRegistrationManagement } from '../oauth/registration/manage.ts'
import { metadataRules } from '../oauth/registration/metadata-rules.ts'
import { createRegistration } from '../oauth/registration/register.ts'
import type { RegistrationRules } from '../oauth/registration/request.ts'
import { createRequestLimit, type RequestLimit } from '../oauth/request-limit.ts'
import { anyOpenToDiscovered } from '../oauth/resources/open.ts'
import { createRevocation } from '../oauth/revocation.ts'
import { createTokenEndpoint } from '../oauth/token/dispatch.ts'
import type { GrantHandler } from '../oauth/token/grant-handler.ts'
import { createTokenMinter } from '../oauth/token/issue.ts'
import { createTokenExchangeGrant } from '../oauth/token-exchange/grant.ts'
import { createTokenInfo } from '../oauth/token-info.ts'
import type { ClientId } from '../shared/ids.ts'
import { type Parts, userCodeKey } from './parts.ts'

/** What the product declares its tokens may carry; clients may be given more. */
const advertisedScopes = ['openid', 'profile', 'email', 'offline_access', 'read', 'write']

/** A client changes itself rarely. */
const registrationChangesPerMinute = 60

export interface Protocol {
  readonly endpoints: Endpoint[]
  metadata(): Promise<MetadataSource>
  readonly presentedTokens: PresentedTokens
  /** The endpoint, telling clients which nonce their next proof needs. */
  withNonces(endpoint: Endpoint): Endpoint
}

/** Everything that speaks OAuth or OpenID Connect to clients, and what it says of itself. */
export function createProtocol(parts: Parts, documents: ClientDocuments): Protocol {
  const { config, clock, random, ids, storage, bus, observers, signingKeys, limiter } = parts
  const { issuer, basePath } = config.server
  const limits = config.limits
  const unlessOff = (perMinute: number): number | undefined => (limits.enabled ? perMinute : undefined)
  const limit = (policy: RateLimitPolicy, limitPerMinute: number | undefined): RequestLimit =>
    createRequestLimit({ limiter, publisher: bus, clock, policy, limitPerMinute })

  const { clientTtlSeconds: ttlSeconds } = config.caches
  const { clients } = storage.read
  const cache = createClientCache({ clients, clock, ttlSeconds, observer: observers.clientCache })
  const changes = [
    'client.deleted',
    'client.updated',
    'client.secret_replaced',
    'client.approved',
    'client.rejected',
    'client.deactivated',
    'client.activated',
    'client_document.changed',
    'client_document.pinned',
  ] as const
  for (const change of changes) {
    bus.on(change, ({ clientId }) => cache.forget(clientId as ClientId))
  }
  const rememberedClients = documents.permitted(ttlSeconds > 0 ? cache : clients)
  const authenticator = createClientAuthenticator({
    storage,
    clients: rememberedClients,
    assertions: createClientAssertions({
      storage,
      keys: createClientKeys({ outbound: parts.outbound, clock }),
      clock,
      issuer,
      // RFC 9126 §2 has the pushed authorization request endpoint accept all three.
      endpoints: [`${issuer}/oauth/token`, `${issuer}/oauth/par`],
    }),
    failureLimit: limit('token_failures', limits.tokenFailures),
    publisher: bus,
    clock,
  })
  const nonces = config.dpop.nonceRequired
    ? createDpopNonces({ key: parts.encryption.macKey('dpop nonce'), clock })
    : undefined
  const proofs = createDpopProofs({ storage, clock, issuer, nonces })
  const { accounts, accessTokens, refreshTokens, grants: families } = storage.read
  const read = { accounts, accessTokens, refreshTokens, grants: families, clients: rememberedClients }
  const presentedTokens = createPresentedTokens({ read, proofs })
  const minter = createTokenMinter({
    issuer,
    resources: storage.read.resources,
    settings: config.tokens,
    signingKeys,
    clock,
    random,
    ids,
  })
  const shared = { storage, minter, publisher: bus, clock }
  const grants: GrantHandler[] = [
    createDeviceCodeGrant({ ...shared, refreshEnabled: config.tokens.refreshEnabled }),
    createAuthorizationCodeGrant({ ...shared, refreshEnabled: config.tokens.refreshEnabled }),
    ...(config.tokens.refreshEnabled
      ? [
          createRefreshTokenGrant({
            ...shared,
            graceSeconds: config.tokens.refreshGracePeriodSeconds,
            rotationEnabled: config.tokens.rotationEnabled,
          }),
        ]
      : []),
    createTokenExchangeGrant(shared),
    createClientCredentialsGrant({ ...shared, accessTtlSeconds: config.tokens.clientCredentialsTtlSeconds }),
  ]
  const tokens = createTokenEndpoint({
    grants,
    authenticator,
    proofs,
    limit: limit('token', unlessOff(limits.token)),
    settings: { extraClaims: config.extraClaims, privateClaimPrefix: config.tokens.privateClaimPrefix },
  })
  const deviceAuthorization = createDeviceAuthorizationIssuer({
    storage,
    authenticator,
    proofs,
    publisher: bus,
    clock,
    random,
    ids,
    userCodeKey: userCodeKey(parts.encryption),
    issuer,
    codeTtlSeconds: config.device.codeTtlSeconds,
    pollIntervalSeconds: config.device.pollIntervalSeconds,
  })
  const pushedAuthorizations = createPushedAuthorizations({
    storage,
    authenticator,
    proofs,
    keptRequests: createKeptRequests({ storage, clock, random, ids }),
    limit: limit('authorization', unlessOff(limits.authorization)),
    publisher: bus,
    clock,
    settings: config.authorization,
  })
  const registrationAvailable = async (): Promise<boolean> =>
    config.registration.enabled ?? anyOpenToDiscovered(storage.read.resources)
  const takingProofs = [
    tokenEndpoint(tokens),
    pushedAuthorizationEndpoint(pushedAuthorizations),
    deviceAuthorizationEndpoint({
      issuer: deviceAuthorization,
      limit: limit('device_code', unlessOff(limits.deviceCode)),
      publisher: bus,
      clock,
    }),
    tokenInfoEndpoint(createTokenInfo({ tokens: presentedTokens, publisher: bus, clock, issuer })),
    ...userinfoEndpoints(
      createUserinfo({
        storage,
        tokens: presentedTokens,
        signingKeys,
        publisher: bus,
        clock,
        issuer,
        defaultAudience: config.tokens.audience,
      }),
    ),
  ]
  // What depends on what is registered at the moment is asked for each time.
  const metadata = async (): Promise<MetadataSource> => ({
    issuer,
    grantTypes: tokens.grantTypes,
    scopes: advertisedScopes,
    // The last one wants passkeys, which browsers make for names only.
    authenticationContexts:
      relyingPartyOf(issuer, '') === undefined ? authenticationContexts.slice(0, -1) : authenticationContexts,
    signingAlgorithms: signingKeys.algorithms(),
    clientDocuments: await documents.available(),
    registration: await registrationAvailable(),
  })
  const withNonces = (endpoint: Endpoint): Endpoint => givingNonces(endpoint, nonces)
  const endpoints = [
    ...takingProofs.map(withNonces),
    introspectEndpoint(
      createIntrospection({
        read,
        authenticator,
        limit: limit('introspect', limits.introspect),
        signingKeys,
        publisher: bus,
        clock,
        issuer,
      }),
    ),
    revokeEndpoint(createRevocation({ storage, authenticator, publisher: bus, clock })),
    ...(config.registration.enabled === false ? [] : registrationOf(parts, registrationAvailable, limit)),
    ...metadataEndpoints(metadata, signingKeys, basePath),
  ]
  return { endpoints, metadata, presentedTokens, withNonces }
}

function registrationOf(
  parts: Parts,
  available: () => Promise<boolean>,
  limit: (policy: RateLimitPolicy, perMinute: number | undefined) => RequestLimit,
): Endpoint[] {
  const { config, clock, random, ids, storage, bus } = parts
  const { enabled, registration: perMinute } = config.limits
  const rules: RegistrationRules = { ...metadataRules(config), scopes: advertisedScopes }
  const shared = { storage, publisher: bus, clock, random, issuer: config.server.issuer, rules }
  return registrationEndpoints({
    available,
    registration: createRegistration({ ...shared, ids, settings: config.registration }),
    management: createRegistrationManagement({
      ...shared,
      limit: limit('registration', registrationChangesPerMinute),
      needsApproval: config.registration.needsApproval,
    }),
    limit: limit('registration', enabled ? perMinute : undefined),
    publisher: bus,
    clock,
  })
}
