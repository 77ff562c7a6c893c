/** Device authorization request (RFC 8628 §3.1, §3.2): codes for a device, and where its person enters them. */
import type { KeyObject } from 'node:crypto'
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { DeviceGrantId, Ids } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import { issueSelectorSecret } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import type { ClientAuthenticator } from '../client-authentication.ts'
import type { DpopProofs } from '../dpop/verify.ts'
import { OAuthError } from '../errors.ts'
import { requireGrant } from '../gate.ts'
import type { Parameters } from '../parameters.ts'
import { selectResources } from '../resource-indicator.ts'
import { narrowScopes, parseScope } from '../scope.ts'
import type { DeviceGrant } from './grant.ts'
import { digestUserCode, formatUserCode, generateUserCode } from './user-code.ts'

export const deviceCodePrefix = 'agd_'

/** RFC 8628 §3.2. */
export interface DeviceAuthorizationResponse {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/** Of 31^8 codes a clash with an undecided one is rare; a few tries settle it. */
const attempts = 5

export interface DeviceAuthorizationIssuer {
  /**
   * @param proof the `DPoP` header field. It binds nothing yet, since RFC 8628 has no word for it: the tokens are bound
   *   to the key that asks for them. One that does not hold is refused here, where its maker still looks.
   * @throws {OAuthError} invalid_client, invalid_dpop_proof, unauthorized_client, invalid_scope, invalid_target or invalid_request.
   */
  issue(
    authorization: string | undefined,
    parameters: Parameters,
    context: RequestContext,
    proof: string | undefined,
  ): Promise<DeviceAuthorizationResponse>
}

export function createDeviceAuthorizationIssuer(dependencies: {
  storage: Storage
  authenticator: ClientAuthenticator
  proofs: Pick<DpopProofs, 'keyOf'>
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  userCodeKey: KeyObject
  issuer: string
  codeTtlSeconds: number
  pollIntervalSeconds: number
}): DeviceAuthorizationIssuer {
  const { storage, authenticator, proofs, publisher, clock, random, ids, userCodeKey, issuer } = dependencies

  return {
    async issue(authorization, parameters, context, proof) {
      const { client } = await authenticator.authenticate(authorization, parameters, context)
      requireGrant(client, 'device_code')
      const scopes = narrowScopes(parseScope(parameters.get('scope')), client.scopes)
      const resources = selectResources(
        parameters.all('resource'),
        client.allowedResources,
        'a requested resource is not allowed for this client',
      )
      await proofs.keyOf(proof, '/oauth/device/code')
      const now = clock.now()
      const code = issueSelectorSecret(deviceCodePrefix, ids.next<DeviceGrantId>(), random)
      const grant: DeviceGrant = {
        id: code.id,
        deviceCodeDigest: code.digest,
        clientId: client.id,
        scopes,
        resources,
        state: 'pending',
        accountId: undefined,
        authentication: undefined,
        issuedAt: now,
        expiresAt: addSeconds(now, dependencies.codeTtlSeconds),
        decidedAt: undefined,
        intervalSeconds: dependencies.pollIntervalSeconds,
        lastPollAt: undefined,
        requestIp: context.ip,
        requestUserAgent: context.userAgent,
      }
      const userCode = await storage.transaction(async (tx) => {
        for (let attempt = 0; attempt < attempts; attempt++) {
          const candidate = generateUserCode(random)
          const outcome = await tx.deviceGrants.insert(grant, digestUserCode(userCodeKey, candidate))
          if (outcome === 'inserted') return candidate
        }
        throw new OAuthError('server_error', { reason: 'user_codes_exhausted' })
      })
      publisher.publish({
        type: 'device_authorization.issued',
        at: now,
        actor: { type: 'client', id: client.id, name: client.name },
        request: context,
        deviceGrantId: grant.id,
        clientId: client.id,
        clientName: client.name,
        scopes,
      })
      const shown = formatUserCode(userCode)
      return {
        device_code: code.plaintext,
        user_code: shown,
        verification_uri: `${issuer}/device`,
        verification_uri_complete: `${issuer}/device?user_code=${shown}`,
        expires_in: Math.floor(dependencies.codeTtlSeconds),
        interval: dependencies.pollIntervalSeconds,
      }
    },
  }
}
