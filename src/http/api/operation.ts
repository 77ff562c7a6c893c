/**
 * What an operation of the Admin API is. The routes, the checks, the published document and its pages are all made from
 * the same list of them, so that none can say what another does not do.
 */
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import type { ApiScope } from '../../oauth/api-scopes.ts'
import type { HttpAnswer } from '../endpoint.ts'
import type { ProblemStatus } from './problem.ts'
import type { ObjectOf, Schema } from './schema.ts'

export const apiGroups = ['overview', 'clients', 'users', 'tokens', 'audit', 'keys', 'resources'] as const
export type ApiGroup = (typeof apiGroups)[number]

/** Parameters of the query, all of which may be left out. */
export type QueryMembers = Readonly<Record<string, Schema<unknown>>>

/** One request, read and let in. */
export interface Call<Query extends QueryMembers, Body> {
  /** Of the path, as they are named there. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Partial<ObjectOf<Query>>
  readonly body: Body
  /** Entity tag of the version the request is about (RFC 9110 §13.1.1); `undefined` for whichever there is. */
  readonly ifMatch: string | undefined
  /** In whose name it is done, and by which request: what every act is told. */
  readonly by: readonly [actor: Actor, request: RequestContext]
  /** The query as it came, for the addresses of neighboring pages. */
  readonly search: URLSearchParams
}

export interface Reply<Answer> {
  readonly answer: Answer
  readonly headers?: Readonly<Record<string, string>>
}

export interface Operation {
  /** Name of the method in generated clients. */
  readonly id: string
  readonly group: ApiGroup
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string
  readonly scope: ApiScope
  readonly summary: string
  readonly description: string | undefined
  readonly query: QueryMembers
  readonly body: Schema<unknown> | undefined
  /** Whether `If-Match` says which version is changed. */
  readonly takesIfMatch: boolean
  readonly status: 200 | 201 | 204
  /** `undefined` for an answer without a body. */
  readonly answer: Schema<unknown> | undefined
  /** The media type of an answer that is no JSON object. */
  readonly produces: string | undefined
  /** What it can be refused with, beside what every operation can. */
  readonly refusals: readonly ProblemStatus[]
  run(call: Call<QueryMembers, unknown>): Promise<Reply<unknown> | HttpAnswer>
}

interface Told<Query extends QueryMembers, Body, Answer> {
  id: string
  group: ApiGroup
  summary: string
  description?: string
  query?: Query
  body?: Schema<Body>
  takesIfMatch?: true
  status?: 200 | 201 | 204
  answer?: Schema<Answer>
  produces?: string
  refusals?: readonly ProblemStatus[]
  run(call: Call<Query, Body>): Promise<Reply<Answer> | HttpAnswer>
}

/** An operation whose handler the compiler holds to what its schemas say. */
export function operation<
  const Query extends QueryMembers = Record<never, never>,
  Body = undefined,
  Answer = undefined,
>(line: `${Operation['method']} /${string}`, told: Told<Query, Body, Answer>): Operation {
  const [method, path] = line.split(' ') as [Operation['method'], string]
  return {
    method,
    path,
    scope: method === 'GET' ? 'authgate:read' : 'authgate:admin',
    id: told.id,
    group: told.group,
    summary: told.summary,
    description: told.description,
    query: told.query ?? {},
    body: told.body,
    takesIfMatch: told.takesIfMatch ?? false,
    status: told.status ?? 200,
    answer: told.answer,
    produces: told.produces,
    refusals: told.refusals ?? [],
    run: told.run as unknown as Operation['run'],
  }
}

/** Names of the parameters in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
}
