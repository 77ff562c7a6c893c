/** The OpenAPI document in the order people read it: what each operation takes and gives, as rows. Pure. */
import type { OpenApiDocument } from './document.ts'

/** A parameter, or a member of a body. */
export interface ReferenceRow {
  /** With the way to it: `items[].client_id`. */
  name: string
  type: string
  required: boolean
  /** May hold code between backticks. */
  description: string
}

export interface ReferenceOperation {
  id: string
  method: string
  path: string
  scope: string
  summary: string
  description: string
  parameters: readonly ReferenceRow[]
  body: readonly ReferenceRow[]
  status: number
  answer: readonly ReferenceRow[]
  /** Media type of an answer that is no JSON. */
  produces: string | undefined
  refusals: readonly number[]
  /** A request for the shell. */
  example: string
}

export interface ReferenceGroup {
  name: string
  description: string
  operations: readonly ReferenceOperation[]
}

export interface ApiReference {
  address: string
  /** Paragraphs; code stands between backticks. */
  introduction: readonly string[]
  scopes: readonly { name: string; description: string }[]
  groups: readonly ReferenceGroup[]
  refusals: readonly { status: number; description: string }[]
}

interface JsonSchemaView {
  $ref?: string
  type?: string | readonly string[]
  format?: string
  enum?: readonly string[]
  description?: string
  properties?: Readonly<Record<string, JsonSchemaView>>
  required?: readonly string[]
  items?: JsonSchemaView
  anyOf?: readonly JsonSchemaView[]
  minimum?: number
  maximum?: number
  examples?: readonly unknown[]
}

interface ContentView {
  content?: Readonly<Record<string, { schema: JsonSchemaView }>>
  description: string
}

interface OperationView {
  operationId: string
  tags: readonly [string]
  summary: string
  description?: string
  security: readonly [{ authgate: readonly [string] }]
  parameters: readonly {
    name: string
    in: string
    required?: boolean
    description?: string
    schema: JsonSchemaView
  }[]
  requestBody?: ContentView
  responses: Readonly<Record<string, ContentView>>
}

interface DocumentView {
  info: { description: string }
  servers: readonly [{ url: string }]
  tags: readonly { name: string; description: string }[]
  paths: Readonly<Record<string, Readonly<Record<string, OperationView>>>>
  components: {
    schemas: Readonly<Record<string, JsonSchemaView>>
    securitySchemes: {
      authgate: { flows: { clientCredentials: { scopes: Readonly<Record<string, string>> } } }
    }
  }
}

/** Deeper members are shown by the schema of the document only. */
const maxDepth = 3

export function apiReference(document: OpenApiDocument): ApiReference {
  const view = document as unknown as DocumentView
  const { schemas, securitySchemes } = view.components
  const [{ url: address }] = view.servers
  const refusals = new Map<number, string>()

  const resolved = (schema: JsonSchemaView): JsonSchemaView =>
    schema.$ref === undefined ? schema : resolved(schemas[schema.$ref.split('/').at(-1)!]!)

  const rowsOf = (schema: JsonSchemaView, way = '', depth = 0): ReferenceRow[] => {
    const { properties = {}, required = [] } = resolved(schema)
    if (depth >= maxDepth) return []
    return Object.entries(properties).flatMap(([name, member]) => {
      const { inner, suffix } = insideOf(member)
      return [
        {
          name: `${way}${name}`,
          type: typeOf(member),
          required: required.includes(name),
          description: member.description ?? '',
        },
        ...(inner === undefined ? [] : rowsOf(inner, `${way}${name}${suffix}.`, depth + 1)),
      ]
    })
  }
  /** The object in a member, or in the entries of one. */
  const insideOf = (member: JsonSchemaView): { inner: JsonSchemaView | undefined; suffix: string } => {
    const own = resolved(member)
    if (own.properties !== undefined) return { inner: own, suffix: '' }
    const item = own.items === undefined ? undefined : resolved(own.items)
    return item?.properties === undefined ? { inner: undefined, suffix: '' } : { inner: item, suffix: '[]' }
  }

  const operationOf = (path: string, method: string, operation: OperationView): ReferenceOperation => {
    const answers = Object.entries(operation.responses)
    const [status, good] = answers.find(([code]) => code.startsWith('2'))!
    const refused = answers.filter(([code]) => !code.startsWith('2'))
    for (const [code, { description }] of refused) refusals.set(Number(code), description)
    const body = operation.requestBody?.content?.['application/json']?.schema
    const [produces] = Object.keys(good.content ?? {})
    const answer = good.content?.['application/json']?.schema
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      scope: operation.security[0].authgate[0],
      summary: operation.summary,
      description: operation.description ?? '',
      parameters: operation.parameters.map(({ name, in: place, required, description, schema }) => ({
        name,
        type: place === 'query' ? typeOf(schema) : place,
        required: required ?? false,
        description: description ?? '',
      })),
      body: body === undefined ? [] : rowsOf(body),
      status: Number(status),
      answer: answer === undefined ? [] : rowsOf(answer),
      produces: answer === undefined ? produces : undefined,
      refusals: refused.map(([code]) => Number(code)),
      example: exampleOf({ address, path, method, body: body && sampleOf(body, resolved) }),
    }
  }

  const operations = Object.entries(view.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      group: operation.tags[0],
      operation: operationOf(path, method, operation),
    })),
  )
  return {
    address,
    introduction: view.info.description.split('\n\n'),
    scopes: Object.entries(securitySchemes.authgate.flows.clientCredentials.scopes).map(
      ([name, description]) => ({ name, description }),
    ),
    groups: view.tags.map(({ name, description }) => ({
      name,
      description,
      operations: operations.filter(({ group }) => group === name).map(({ operation }) => operation),
    })),
    refusals: [...refusals]
      .map(([status, description]) => ({ status, description }))
      .sort((one, other) => one.status - other.status),
  }
}

function typeOf(schema: JsonSchemaView): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)!
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.items !== undefined) return `array of ${typeOf(schema.items)}`
  const type = [schema.type ?? 'object'].flat().join(' or ')
  return schema.format === undefined ? type : `${type} (${schema.format})`
}

/** The least that the body may be, or its first member. */
function sampleOf(
  schema: JsonSchemaView,
  resolved: (schema: JsonSchemaView) => JsonSchemaView,
): Record<string, unknown> {
  const { properties = {}, required = [] } = schema
  const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1)
  return Object.fromEntries(names.map((name) => [name, sampleValue(name, resolved(properties[name]!))]))
}

const samples: Readonly<Record<string, unknown>> = {
  client_name: 'Reports',
  username: 'ada',
  email: 'ada@example.com',
  full_name: 'Ada Lovelace',
  password: 'correct horse battery staple',
  name: 'Files',
}

function sampleValue(name: string, { type, examples, enum: values }: JsonSchemaView): unknown {
  if (examples?.[0] !== undefined) return examples[0]
  if (Object.hasOwn(samples, name)) return samples[name]
  if (values !== undefined) return values[0]
  return type === 'boolean' ? true : type === 'integer' ? 1 : type === 'array' ? [] : 'text'
}

function exampleOf(request: {
  address: string
  path: string
  method: string
  body: Record<string, unknown> | undefined
}): string {
  const { address, path, body } = request
  const method = request.method.toUpperCase()
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "${address}${filled}"`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined ? [] : [`--json '${JSON.stringify(body)}'`]),
  ].join(' \\\n  ')
}
