/** `POST /oauth/token` (RFC 6749 §3.2). */
import { parseForm } from '../../oauth/parameters.ts'
import type { TokenEndpoint } from '../../oauth/token/dispatch.ts'
import { type Endpoint, json } from '../endpoint.ts'

export function tokenEndpoint(tokens: TokenEndpoint): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/token',
    kind: 'protocol',
    crossOrigin: true,
    async handle(request) {
      const parameters = parseForm(request.body, request.headers['content-type'])
      return json(200, await tokens.handle(request.headers.authorization, parameters, request.context))
    },
  }
}
