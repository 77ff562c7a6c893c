/** The well-known documents: RFC 8414 §3, OpenID Connect Discovery 1.0 §4, and the JWK set (RFC 7517 §5). */
import { metadataMaxAgeSeconds } from '../../config/fixed-times.ts'
import {
  authorizationServerMetadata,
  type MetadataSource,
  openidConfiguration,
} from '../../oauth/metadata.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import { type Endpoint, json } from '../endpoint.ts'

const cacheControl = { 'cache-control': `public, max-age=${metadataMaxAgeSeconds}` }

/**
 * @param basePath path of the issuer. RFC 8414 §3.1 puts the well-known part before it, OpenID Connect Discovery §4
 *   behind it; both forms are served.
 */
export function metadataEndpoints(
  source: MetadataSource,
  signingKeys: SigningKeys,
  basePath: string,
): Endpoint[] {
  const documents: [string, () => unknown][] = [
    ['/.well-known/oauth-authorization-server', () => authorizationServerMetadata(source)],
    ['/.well-known/openid-configuration', () => openidConfiguration(source, signingKeys.algorithms())],
    ['/.well-known/jwks.json', () => signingKeys.jwks()],
  ]
  return documents.flatMap(([path, content]) => {
    const endpoint: Endpoint = {
      method: 'GET',
      path,
      kind: 'document',
      handle: () => json(200, content(), cacheControl),
    }
    return basePath === '' ? [endpoint] : [endpoint, { ...endpoint, path: path + basePath, atRoot: true }]
  })
}
