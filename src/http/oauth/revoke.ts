/** `POST /oauth/revoke` (RFC 7009 §2). */
import { parseForm } from '../../oauth/parameters.ts'
import type { Revocation } from '../../oauth/revocation.ts'
import type { Endpoint } from '../endpoint.ts'

export function revokeEndpoint(revocation: Revocation): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/revoke',
    kind: 'protocol',
    async handle(request) {
      const parameters = parseForm(request.body, request.headers['content-type'])
      await revocation.revoke(request.headers.authorization, parameters, request.context)
      return { status: 200 }
    },
  }
}
