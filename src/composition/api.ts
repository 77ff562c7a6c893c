/** The Admin API: its operations wired to the flows that the pages use, its document, and the pages of that. */
import { passwordHasher } from '../accounts/password.ts'
import { createAccountAdministration, passwordRulesOf } from '../administration/accounts.ts'
import { publishingAnnouncer } from '../administration/announcer.ts'
import { createApiAccess } from '../administration/api-access.ts'
import { createClientAdministration } from '../administration/clients.ts'
import { createResourceAdministration } from '../administration/resources.ts'
import { createSigningKeyAdministration } from '../administration/signing-keys.ts'
import { createTokenAdministration } from '../administration/tokens.ts'
import { type OpenApiDocument, openApiDocument } from '../http/api/document.ts'
import { documentEndpoint } from '../http/api/document-endpoint.ts'
import { apiEndpoints } from '../http/api/endpoints.ts'
import { apiOperations } from '../http/api/operations.ts'
import { apiReferenceEndpoint } from '../http/docs/api-reference.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { PageKit } from '../http/page.ts'
import { createMemoryRateLimiter } from '../limits/memory.ts'
import type { PresentedTokens } from '../oauth/presented-token.ts'
import { createRequestLimit } from '../oauth/request-limit.ts'
import { version } from '../version.ts'
import type { Parts } from './parts.ts'

export function adminApiEndpoints(
  parts: Parts,
  protocol: { presentedTokens: PresentedTokens; withNonces: (endpoint: Endpoint) => Endpoint },
  kit: PageKit,
): Endpoint[] {
  const { config, clock, random, ids, storage, bus, encryption, signingKeys } = parts
  if (!config.api.enabled) return []
  const { issuer, basePath } = config.server
  const administration = { storage, announcer: publishingAnnouncer(bus), clock, random, ids }
  const operations = apiOperations({
    storage,
    publisher: bus,
    clock,
    issuer,
    encryption,
    signingKeys,
    clients: createClientAdministration(administration),
    accounts: createAccountAdministration({
      ...administration,
      hashPassword: passwordHasher.hash,
      passwordRules: passwordRulesOf(config),
    }),
    tokens: createTokenAdministration(administration),
    keys: createSigningKeyAdministration(administration),
    resources: createResourceAdministration({
      ...administration,
      maxTokenLifetimeSeconds: config.tokens.accessTtlMaxSeconds,
    }),
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
      limiter: createMemoryRateLimiter(clock),
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
