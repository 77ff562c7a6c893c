/** `GET /oauth/tokeninfo`. */
import type { TokenInfo } from '../../oauth/token-info.ts'
import { type Endpoint, json, singleField } from '../endpoint.ts'

export function tokenInfoEndpoint(tokenInfo: TokenInfo): Endpoint {
  return {
    method: 'GET',
    path: '/oauth/tokeninfo',
    kind: 'protocol',
    crossOrigin: true,
    async handle(request) {
      const { authorization, dpop } = request.headers
      return json(200, await tokenInfo.describe(authorization, request.context, singleField(dpop)))
    },
  }
}
