/** The Admin API: its operations wired to the flows that the pages use, its document, and the pages of that. */
import { createApiAccess } from '../administration/api-access.ts'
import { type OpenApiDocument, openApiDocument } from '../http/api/document.ts'
import { documentEndpoint } from '../http/api/document-endpoint.ts'
import { apiEndpoints } from '../http/api/endpoints.ts'
import { apiOperations } from '../http/api/operations.ts'
import { apiReferenceEndpoint } from '../http/docs/api-reference.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { PageKit } from '../http/page.ts'
import { createRequestLimit } from '../oauth/request-limit.ts'
import { rotationPolicy } from '../oauth/token/key-rotation.ts'
import { version } from '../version.ts'
import type { Administration } from './administration.ts'
import type { Parts } from './parts.ts'
import type { Protocol } from './protocol.ts'

export function adminApiEndpoints(
  parts: Parts,
  protocol: Protocol,
  kit: PageKit,
  administration: Administration,
): Endpoint[] {
  const { config, clock, storage, bus, encryption, signingKeys } = parts
  if (!config.api.enabled) return []
  const { issuer, basePath } = config.server
  const operations = apiOperations({
    storage,
    publisher: bus,
    clock,
    issuer,
    encryption,
    rotation: rotationPolicy(config),
    signingKeys,
    ...administration,
  })
  const endpoints = apiEndpoints({
    operations,
    access: createApiAccess({
      tokens: protocol.presentedTokens,
      publisher: bus,
      clock,
      issuer,
      defaultAudience: config.tokens.audience,
    }),
    limit: createRequestLimit({
      limiter: parts.limiter,
      publisher: bus,
      clock,
      policy: 'api',
      limitPerMinute: config.limits.enabled ? config.limits.api : undefined,
    }),
    basePath,
  })
  // Few read it: it is made when somebody does.
  let document: OpenApiDocument | undefined
  const read = (): OpenApiDocument => {
    document ??= openApiDocument({ issuer, operations, version })
    return document
  }
  return [
    documentEndpoint(read),
    apiReferenceEndpoint({ kit, document: read }),
    ...endpoints.map(protocol.withNonces),
  ]
}
