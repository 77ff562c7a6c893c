/** The OpenAPI 3.1 document of the Admin API, made from its operations. */
import { apiPath, type apiScopes } from '../../oauth/api-scopes.ts'
import { apiGroups, type Operation, pathParameters } from './operation.ts'
import { type ProblemStatus, problemSchema, problemStatuses } from './problem.ts'
import type { JsonSchema } from './schema.ts'

export type OpenApiDocument = Readonly<Record<string, unknown>>

/** What every operation can be refused with. */
const always: readonly ProblemStatus[] = [400, 401, 403, 429, 500]

const scopeSentences: Record<(typeof apiScopes)[number], string> = {
  'authgate:read': 'See everything an administrator sees',
  'authgate:admin': 'Do everything an administrator does',
}

export const groupSentences: Record<(typeof apiGroups)[number], string> = {
  overview: 'How much there is.',
  clients: 'OAuth clients, and what people allowed them.',
  users: 'The people who can sign in here.',
  tokens: 'Access and refresh tokens, by their ids; never the tokens themselves.',
  audit: 'Who did what, when, from where.',
  keys: 'The keys that sign tokens.',
  resources: 'Protected resources (RFC 8707) that tokens are for.',
}

const parameterSentences: Readonly<Record<string, string>> = {
  client_id: 'Id of the client, percent-encoded where it is an address.',
  user_id: 'Id of the user.',
  token_id: 'Id of the token, which is the `jti` of an access token.',
  authorization_id: 'Id of what a person allowed.',
  kid: 'Key id (RFC 7638 thumbprint).',
  resource_id: 'Id of the resource.',
}

const introduction = `What administrators do on the pages, for programs.

Every request carries an access token of this server (\`Authorization: Bearer …\`, or \`DPoP …\` for one that is bound to a key) with a scope of the API: \`authgate:read\` for \`GET\`, \`authgate:admin\` for everything. The client must be one that an operator made and gave the scope, which has to be asked for by name. A token of a person needs that person to be an active administrator; a token of a client for itself acts in the name of the client. The token is bound to no resource, or to the address of this API.

Bodies are JSON, times RFC 3339 in UTC. Refusals are problem details (RFC 9457). Lists are read page by page along \`next\`. Secrets are shown once, in the answer that made them. Acts that find things as they are to be change nothing and answer the same.`

export function openApiDocument(options: {
  issuer: string
  operations: readonly Operation[]
  version: string
}): OpenApiDocument {
  const { issuer, operations, version } = options
  const schemas: Record<string, JsonSchema> = { ...problemSchema.definitions }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    Object.assign(schemas, operation.body?.definitions, operation.answer?.definitions)
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: described(operation),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AuthGate Admin API',
      version,
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${issuer}${apiPath}` }],
    tags: apiGroups.map((name) => ({ name, description: groupSentences[name] })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        authgate: {
          type: 'oauth2',
          description: 'An access token of this server, as a bearer token or bound to a key (DPoP).',
          flows: {
            clientCredentials: { tokenUrl: `${issuer}/oauth/token`, scopes: scopeSentences },
            authorizationCode: {
              authorizationUrl: `${issuer}/oauth/authorize`,
              tokenUrl: `${issuer}/oauth/token`,
              scopes: scopeSentences,
            },
          },
        },
      },
    },
  }
}

function described(operation: Operation): Record<string, unknown> {
  return {
    operationId: operation.id,
    tags: [operation.group],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: [{ authgate: [operation.scope] }],
    parameters: parametersOf(operation),
    ...(operation.body === undefined ? {} : { requestBody: bodyOf(operation) }),
    responses: responsesOf(operation),
  }
}

function parametersOf(operation: Operation): unknown[] {
  return [
    ...pathParameters(operation.path).map((name) => ({
      name,
      in: 'path',
      required: true,
      description: parameterSentences[name],
      schema: { type: 'string' },
    })),
    ...Object.entries(operation.query).map(([name, { json }]) => {
      const { description, ...schema } = json
      return { name, in: 'query', ...(description === undefined ? {} : { description }), schema }
    }),
    ...(operation.takesIfMatch
      ? [
          {
            name: 'If-Match',
            in: 'header',
            description: 'The `ETag` of the version that is changed; another one since answers 412.',
            schema: { type: 'string' },
          },
        ]
      : []),
  ]
}

function bodyOf({ body, method }: Operation): unknown {
  const content = { schema: body!.json }
  return {
    required: (body!.json.required as unknown[] | undefined)?.length !== undefined,
    content: {
      'application/json': content,
      ...(method === 'PATCH' ? { 'application/merge-patch+json': content } : {}),
    },
  }
}

export function refusalsOf(operation: Operation): ProblemStatus[] {
  const own: ProblemStatus[] = [
    ...(pathParameters(operation.path).length === 0 ? [] : [404 as const]),
    ...(operation.body === undefined ? [] : [413 as const, 422 as const]),
    ...(operation.takesIfMatch ? [412 as const] : []),
  ]
  return [...new Set([...always, ...own, ...operation.refusals])].sort((one, other) => one - other)
}

function responsesOf(operation: Operation): Record<string, unknown> {
  const { status, answer, produces } = operation
  const content =
    answer !== undefined
      ? { 'application/json': { schema: answer.json } }
      : produces !== undefined
        ? { [produces]: { schema: { type: 'string' } } }
        : undefined
  const refusals = refusalsOf(operation).map((refusal) => [
    String(refusal),
    {
      description: problemStatuses[refusal],
      ...headersOf(refusal),
      content: { 'application/problem+json': { schema: problemSchema.json } },
    },
  ])
  return {
    [status]: {
      description: status === 204 ? 'Done.' : status === 201 ? 'Created.' : 'The answer.',
      ...(content === undefined ? {} : { content }),
    },
    ...Object.fromEntries(refusals),
  }
}

function headersOf(status: ProblemStatus): { headers?: Record<string, unknown> } {
  if (status === 401 || status === 403) {
    const description = 'The challenge (RFC 6750 §3, RFC 9449 §7.1).'
    return { headers: { 'WWW-Authenticate': { description, required: true, schema: { type: 'string' } } } }
  }
  if (status === 429) {
    return {
      headers: {
        'Retry-After': { description: 'Seconds to wait.', required: true, schema: { type: 'string' } },
      },
    }
  }
  return {}
}
