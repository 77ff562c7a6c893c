/** Operations on protected resources. */
import type { ResourceAdministration } from '../../administration/resources.ts'
import { apiPath } from '../../oauth/api-scopes.ts'
import type { Resource } from '../../oauth/resources/resource.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { answer, flag, input, list, named, nullable, optional, text, time, uuid, whole } from './schema.ts'

const resourceSchema = named(
  'Resource',
  answer({
    resource_id: uuid(),
    identifier: text({ description: 'As the resource server publishes it; what its tokens carry as `aud`.' }),
    name: text(),
    scopes: list(
      answer({
        name: text(),
        description: text(),
        by_default: flag({ description: 'Given when a request names no scope of the resource.' }),
        for_discovered: flag({ description: 'Whether clients that nobody vouches for may have it.' }),
      }),
    ),
    open_to_discovered: flag({ description: 'Whether clients that nobody vouches for may ask for it.' }),
    token_lifetime_seconds: nullable(whole({ minimum: 60, description: '`null` leaves it to the client.' })),
    created_at: time(),
    updated_at: time(),
  }),
)

const decided = {
  name: text({ maxLength: 100 }),
  scopes: optional(list(input({ name: text({ maxLength: 200 }), description: text({ maxLength: 200 }) }))),
  default_scopes: optional(list(text({ maxLength: 200 }))),
  discovered_scopes: optional(list(text({ maxLength: 200 }))),
  open_to_discovered: optional(flag()),
  token_lifetime_seconds: optional(
    nullable(
      whole({ minimum: 60, description: 'Access tokens for it live no longer; `null` takes it back.' }),
    ),
  ),
}

export function resourceOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  resources: ResourceAdministration
  issuer: string
}): Operation[] {
  const { storage, resources, issuer } = dependencies
  const { read } = storage

  const find = async (id: string | undefined): Promise<Resource> => {
    const resource = (await read.resources.list()).find((each) => each.id === id)
    if (resource === undefined) throw gone()
    return resource
  }

  return [
    operation('GET /resources', {
      id: 'listResources',
      group: 'resources',
      summary: 'List protected resources',
      answer: named('Resources', answer({ items: list(resourceSchema, { maxItems: 10_000 }) })),
      run: async () => ({ answer: { items: (await read.resources.list()).map(encodeResource) } }),
    }),
    operation('POST /resources', {
      id: 'createResource',
      group: 'resources',
      summary: 'Register a protected resource',
      body: input({
        identifier: text({ maxLength: 1024, example: 'https://files.example.com/mcp' }),
        ...decided,
      }),
      status: 201,
      answer: resourceSchema,
      refusals: [409],
      async run({ body, by }) {
        const resource = await resources.create(
          { identifier: body.identifier, ...changeOf(body), name: body.name },
          ...by,
        )
        return {
          answer: encodeResource(resource),
          headers: { location: `${issuer}${apiPath}/resources/${resource.id}` },
        }
      },
    }),
    operation('GET /resources/{resource_id}', {
      id: 'getResource',
      group: 'resources',
      summary: 'Look at a protected resource',
      answer: resourceSchema,
      run: async ({ params }) => ({ answer: encodeResource(await find(params.resource_id)) }),
    }),
    operation('PATCH /resources/{resource_id}', {
      id: 'updateResource',
      group: 'resources',
      summary: 'Change a protected resource',
      description: 'Members that are left out stay as they are. Tokens that were issued before do too.',
      body: input({ ...decided, name: optional(decided.name) }),
      answer: resourceSchema,
      async run({ params, body, by }) {
        const { identifier } = await find(params.resource_id)
        const resource = await resources.update(identifier, changeOf(body), ...by)
        if (resource === undefined) throw gone()
        return { answer: encodeResource(resource) }
      },
    }),
    operation('DELETE /resources/{resource_id}', {
      id: 'deleteResource',
      group: 'resources',
      summary: 'Delete a protected resource',
      status: 204,
      async run({ params, by }) {
        const { identifier } = await find(params.resource_id)
        if (!(await resources.delete(identifier, ...by))) throw gone()
        return { answer: undefined }
      },
    }),
  ]
}

function gone(): ApiProblem {
  return new ApiProblem(404, 'there is no such resource')
}

interface ResourceBody {
  readonly name?: string | undefined
  readonly scopes?: readonly { readonly name: string; readonly description: string }[] | undefined
  readonly default_scopes?: readonly string[] | undefined
  readonly discovered_scopes?: readonly string[] | undefined
  readonly open_to_discovered?: boolean | undefined
  readonly token_lifetime_seconds?: number | null | undefined
}

function changeOf(body: ResourceBody) {
  const { name, scopes, open_to_discovered: open, token_lifetime_seconds: lifetime } = body
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(open === undefined ? {} : { openToDiscovered: open }),
    ...(lifetime === undefined ? {} : { tokenLifetimeSeconds: lifetime ?? ('default' as const) }),
    defaultScopes: body.default_scopes,
    discoveredScopes: body.discovered_scopes,
  }
}

function encodeResource(resource: Resource) {
  return {
    resource_id: resource.id,
    identifier: resource.identifier,
    name: resource.name,
    scopes: resource.scopes.map(({ name, description, byDefault, forDiscovered }) => ({
      name,
      description,
      by_default: byDefault,
      for_discovered: forDiscovered,
    })),
    open_to_discovered: resource.openToDiscovered,
    token_lifetime_seconds: resource.tokenLifetimeSeconds ?? null,
    created_at: new Date(resource.createdAt).toISOString(),
    updated_at: new Date(resource.updatedAt).toISOString(),
  }
}
