/** `GET /api/v1/openapi.json`: what the Admin API is, for programs. Anybody may read it, as they may the source. */
import { apiPath } from '../../oauth/api-scopes.ts'
import { type Endpoint, json } from '../endpoint.ts'
import type { OpenApiDocument } from './document.ts'

export const documentPath = `${apiPath}/openapi.json`

export function documentEndpoint(document: () => OpenApiDocument): Endpoint {
  return {
    method: 'GET',
    path: documentPath,
    kind: 'document',
    handle: () => json(200, document(), { 'cache-control': 'public, max-age=300' }),
  }
}
