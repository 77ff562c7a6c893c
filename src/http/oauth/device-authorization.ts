/** `POST /oauth/device/code`: the device authorization endpoint (RFC 8628 §3.1). */
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { addressKey } from '../../limits/address-key.ts'
import { compatibility } from '../../oauth/compatibility.ts'
import type { DeviceAuthorizationIssuer } from '../../oauth/device-authorization/issue.ts'
import { OAuthError } from '../../oauth/errors.ts'
import { type Parameters, parseForm, parseJson } from '../../oauth/parameters.ts'
import type { RequestLimit } from '../../oauth/request-limit.ts'
import type { Clock } from '../../shared/clock.ts'
import { type Endpoint, type HttpRequest, json, singleField } from '../endpoint.ts'

/** Of what a stranger claims to be, this much goes into the records. */
const maxClientIdLength = 512

export function deviceAuthorizationEndpoint(dependencies: {
  issuer: DeviceAuthorizationIssuer
  /** Counts per address. */
  limit: RequestLimit
  publisher: Publisher
  clock: Clock
}): Endpoint {
  const { issuer, limit, publisher, clock } = dependencies
  const announceRefusal = (clientId: string | undefined, error: string, context: RequestContext): void => {
    publisher.publish({
      type: 'device_authorization.refused',
      at: clock.now(),
      actor: { type: 'anonymous' },
      request: context,
      clientId,
      error,
    })
  }
  return {
    method: 'POST',
    path: '/oauth/device/code',
    kind: 'protocol',
    crossOrigin: true,
    async handle(request) {
      await limit.take(addressKey(request.context.ip), request.context)
      let parameters: Parameters | undefined
      try {
        parameters = parse(request)
        const { authorization, dpop } = request.headers
        const proof = singleField(dpop)
        return json(200, await issuer.issue(authorization, parameters, request.context, proof))
      } catch (error) {
        if (!(error instanceof OAuthError) || error.code !== compatibility.rateLimitError) {
          const code = error instanceof OAuthError ? error.code : 'server_error'
          announceRefusal(parameters?.get('client_id')?.slice(0, maxClientIdLength), code, request.context)
        }
        throw error
      }
    },
    unreadable: (context) => announceRefusal(undefined, 'invalid_request', context),
  }
}

function parse({ body, headers }: HttpRequest): Parameters {
  const contentType = headers['content-type']
  const looksLikeJson = contentType?.startsWith('application/json') === true || /^\s*\{/.test(body)
  if (compatibility.deviceAuthorizationAcceptsJson && looksLikeJson) return parseJson(body)
  return parseForm(body, contentType)
}
