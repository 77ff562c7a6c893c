/** `POST /oauth/token` (RFC 6749 §3.2). */
import { parseForm } from '../../oauth/parameters.ts'
import type { TokenEndpoint } from '../../oauth/token/dispatch.ts'
import { type Endpoint, json, singleField } from '../endpoint.ts'

export function tokenEndpoint(tokens: TokenEndpoint): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/token',
    kind: 'protocol',
    crossOrigin: true,
    async handle(request) {
      const parameters = parseForm(request.body, request.headers['content-type'])
      const { authorization, dpop } = request.headers
      return json(200, await tokens.handle(authorization, parameters, request.context, singleField(dpop)))
    },
  }
}
