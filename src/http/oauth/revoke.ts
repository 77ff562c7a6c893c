/** `POST /oauth/revoke` (RFC 7009 §2). */
import { parseForm } from '../../oauth/parameters.ts'
import type { Revocation } from '../../oauth/revocation.ts'
import { type Endpoint, json } from '../endpoint.ts'

export function revokeEndpoint(revocation: Revocation): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/revoke',
    kind: 'protocol',
    crossOrigin: true,
    async handle(request) {
      const parameters = parseForm(request.body, request.headers['content-type'])
      await revocation.revoke(request.headers.authorization, parameters, request.context)
      // RFC 7009 §2.2 leaves the body open; some client libraries read every answer as JSON.
      return json(200, {})
    },
  }
}
