/** The well-known documents: RFC 8414 §3, OpenID Connect Discovery 1.0 §4, and the JWK set (RFC 7517 §5). */
import { metadataMaxAgeSeconds } from '../../config/fixed-times.ts'
import {
  authorizationServerMetadata,
  type MetadataSource,
  openidConfiguration,
} from '../../oauth/metadata.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import { digestOf } from '../../shared/digest.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, json } from '../endpoint.ts'

const cacheControl = { 'cache-control': `public, max-age=${metadataMaxAgeSeconds}` }

/**
 * @param current what is true at the moment.
 * @param basePath path of the issuer. RFC 8414 §3.1 puts the well-known part before it, OpenID Connect Discovery §4
 *   behind it; both forms are served.
 */
export function metadataEndpoints(
  current: () => Promise<MetadataSource>,
  signingKeys: Pick<SigningKeys, 'jwks'>,
  basePath: string,
): Endpoint[] {
  const documents: [string, () => unknown][] = [
    ['/.well-known/oauth-authorization-server', async () => authorizationServerMetadata(await current())],
    ['/.well-known/openid-configuration', async () => openidConfiguration(await current())],
    ['/.well-known/jwks.json', () => signingKeys.jwks()],
  ]
  return documents.flatMap(([path, content]) => {
    const endpoint: Endpoint = {
      method: 'GET',
      path,
      kind: 'document',
      crossOrigin: true,
      handle: async (request) => answer(request, await content()),
    }
    return basePath === '' ? [endpoint] : [endpoint, { ...endpoint, path: path + basePath, atRoot: true }]
  })
}

/** The document, or that the client's copy is still good (RFC 9110 §13.1.2). */
function answer({ headers }: HttpRequest, content: unknown): HttpAnswer {
  const whole = json(200, content, cacheControl)
  const etag = `"${digestOf(String(whole.body))}"`
  const known = headers['if-none-match']
  if (known !== undefined && holds(known, etag)) return { status: 304, headers: { ...cacheControl, etag } }
  return { ...whole, headers: { ...whole.headers, etag } }
}

/** §8.8.3.2: compared weakly, since proxies that compress make tags weak. */
function holds(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag)
}
