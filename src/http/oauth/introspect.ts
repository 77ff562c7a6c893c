/** `POST /oauth/introspect` (RFC 7662 §2). */
import type { Introspection } from '../../oauth/introspection.ts'
import { parseForm } from '../../oauth/parameters.ts'
import { type Endpoint, json } from '../endpoint.ts'

export function introspectEndpoint(introspection: Introspection): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/introspect',
    kind: 'protocol',
    async handle(request) {
      const parameters = parseForm(request.body, request.headers['content-type'])
      return json(
        200,
        await introspection.introspect(request.headers.authorization, parameters, request.context),
      )
    },
  }
}
