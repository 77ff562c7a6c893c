/**
 * The Admin API as endpoints: a token is looked at, then the request is read by the schemas of its operation, then the
 * operation runs. No cookie is read here, so that no other site's page can have a browser do anything.
 */
import type { ApiAccess } from '../../administration/api-access.ts'
import { apiPath } from '../../oauth/api-scopes.ts'
import { tokenOfHeader } from '../../oauth/presented-token.ts'
import type { RequestLimit } from '../../oauth/request-limit.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, json, singleField } from '../endpoint.ts'
import type { Operation, QueryMembers } from './operation.ts'
import { pathParameters } from './operation.ts'
import { ApiProblem, problemAnswer } from './problem.ts'
import type { MemberProblem } from './schema.ts'

export function apiEndpoints(dependencies: {
  operations: readonly Operation[]
  access: ApiAccess
  limit: RequestLimit
  /** Path of the issuer, which its requests have in front. */
  basePath: string
}): Endpoint[] {
  const { operations, access, limit, basePath } = dependencies

  const answerTo = async (operation: Operation, request: HttpRequest): Promise<HttpAnswer> => {
    const { context, headers } = request
    await limit.take(context.ip, context)
    const actor = await access.admit(
      tokenOfHeader(headers.authorization),
      operation.scope,
      { path: context.path.slice(basePath.length), proof: singleField(headers.dpop) },
      context,
    )
    const search = new URLSearchParams(request.query)
    const query = readQuery(search, operation.query)
    const body = operation.body === undefined ? undefined : readBody(request, operation)
    const reply = await operation.run({
      params: request.params,
      query,
      body,
      ifMatch: singleField(headers['if-match']),
      by: [actor, context],
      search,
    })
    if ('status' in reply) return reply
    if (operation.status === 204) return { status: 204, ...(reply.headers && { headers: reply.headers }) }
    return json(operation.status, reply.answer, reply.headers)
  }

  return operations.map((operation) => ({
    method: operation.method,
    path: `${apiPath}${routeOf(operation.path)}`,
    kind: 'api',
    async handle(request) {
      try {
        return await answerTo(operation, request)
      } catch (error) {
        const fields =
          operation.group === 'clients'
            ? undefined
            : { name: 'name', scope: scopeMember[operation.group] ?? 'scope' }
        const refusal = problemAnswer(error, request.context.requestId, fields)
        if (refusal === undefined) throw error
        return refusal
      }
    },
  }))
}

const scopeMember: Readonly<Record<string, string>> = { resources: 'scopes' }

/** As the framework writes templates. */
function routeOf(path: string): string {
  return pathParameters(path).reduce((route, name) => route.replace(`{${name}}`, `:${name}`), path)
}

/** @throws {ApiProblem} for parameters that are not known, come twice or cannot be used: a filter that is not there would widen the answer. */
function readQuery(search: URLSearchParams, members: QueryMembers): Record<string, unknown> {
  const problems: MemberProblem[] = []
  const read: Record<string, unknown> = {}
  for (const name of new Set(search.keys())) {
    const schema = Object.hasOwn(members, name) ? members[name] : undefined
    const values = search.getAll(name)
    if (schema === undefined) problems.push({ member: name, message: 'is no parameter of this operation' })
    else if (values.length > 1) problems.push({ member: name, message: 'comes more than once' })
    else read[name] = schema.read(typed(values[0]!, schema.json.type), name, problems)
  }
  if (problems.length > 0) throw new ApiProblem(400, sentence(problems), problems)
  return read
}

/** A parameter is text; those that are no text are written as in JSON. */
function typed(value: string, type: unknown): unknown {
  if (type === 'integer') return /^\d{1,15}$/.test(value) ? Number(value) : value
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

const jsonType = /^application\/(?:merge-patch\+)?json\s*(?:;|$)/i

/** @throws {ApiProblem} */
function readBody({ body, headers }: HttpRequest, { body: schema, method }: Operation): unknown {
  if (body !== '' && !jsonType.test(headers['content-type'] ?? '')) {
    throw new ApiProblem(
      400,
      `the body must be application/json${method === 'PATCH' ? ' or application/merge-patch+json' : ''}`,
    )
  }
  let value: unknown = {}
  try {
    if (body !== '') value = JSON.parse(body)
  } catch {
    throw new ApiProblem(400, 'the body is no JSON')
  }
  const problems: MemberProblem[] = []
  const read = schema!.read(value, '', problems)
  if (problems.length > 0) throw new ApiProblem(422, sentence(problems), problems)
  return read
}

function sentence(problems: readonly MemberProblem[]): string {
  return problems.map(({ member, message }) => `${member} ${message}`).join('; ')
}
