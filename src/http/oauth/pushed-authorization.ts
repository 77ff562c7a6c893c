/** `POST /oauth/par` (RFC 9126 §2). */
import type { PushedAuthorizations } from '../../oauth/authorization/push.ts'
import { parseForm } from '../../oauth/parameters.ts'
import { type Endpoint, json, singleField } from '../endpoint.ts'

export function pushedAuthorizationEndpoint(pushed: PushedAuthorizations): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/par',
    kind: 'protocol',
    crossOrigin: true,
    async handle({ body, headers, context }) {
      const parameters = parseForm(body, headers['content-type'])
      return json(
        201,
        await pushed.push(headers.authorization, parameters, context, singleField(headers.dpop)),
      )
    },
  }
}
