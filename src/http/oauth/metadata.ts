/** The well-known documents: RFC 8414 §3, OpenID Connect Discovery 1.0 §4, and the JWK set (RFC 7517 §5). */
import {
  authorizationServerMetadata,
  type MetadataSource,
  openidConfiguration,
} from '../../oauth/metadata.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import { type Endpoint, json } from '../endpoint.ts'

const cacheControl = { 'cache-control': 'public, max-age=300' }

export function metadataEndpoints(source: MetadataSource, signingKeys: SigningKeys): Endpoint[] {
  const document = (path: string, content: () => unknown): Endpoint => ({
    method: 'GET',
    path,
    kind: 'document',
    handle: () => json(200, content(), cacheControl),
  })
  return [
    document('/.well-known/oauth-authorization-server', () => authorizationServerMetadata(source)),
    document('/.well-known/openid-configuration', () => openidConfiguration(source)),
    document('/.well-known/jwks.json', () => signingKeys.jwks()),
  ]
}
