/** Refusals of the Admin API: problem details (RFC 9457), with the id under which the log has the request. */
import { ActRefused, InvalidInput } from '../../administration/invalid-input.ts'
import { OAuthError } from '../../oauth/errors.ts'
import { AlreadyExists } from '../../storage/storage.ts'
import type { HttpAnswer, HttpHeaders } from '../endpoint.ts'
import { answer, list, type MemberProblem, named, optional, text, whole } from './schema.ts'

/** What each status means here, as the document says it. */
export const problemStatuses = {
  400: 'The request cannot be read: malformed JSON, another media type, or a parameter that is not known.',
  401: 'There is no access token, or it is not good here. The challenge is in `WWW-Authenticate`.',
  403: 'The token lacks the scope, its client was not given it by an operator, or its person is no administrator.',
  404: 'There is nothing under this id.',
  409: 'What is there now does not allow it.',
  412: 'Somebody else changed it since the version that `If-Match` names.',
  413: 'The body is too large.',
  422: 'Values cannot be used; `problems` has every one of them.',
  429: 'Too many requests; `Retry-After` says when the next one is welcome.',
  500: 'The server failed. Its log has the reason, under the id of the request.',
} as const
export type ProblemStatus = keyof typeof problemStatuses

const titles: Record<ProblemStatus, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal server error',
}

export const problemSchema = named(
  'Problem',
  answer({
    type: text({ description: '`about:blank`: the status says what kind of problem it is.' }),
    title: text(),
    status: whole({ minimum: 400, maximum: 599 }),
    detail: optional(text({ description: 'What is wrong with this request.' })),
    request_id: text({ description: 'Also in `X-Request-Id`, the log and the audit log.' }),
    error: optional(text({ description: 'The error code of OAuth (RFC 6750 §3.1), for 401, 403 and 429.' })),
    problems: optional(
      list(
        answer({
          member: text({ description: 'Which value, such as `redirect_uris` or `scopes[2].name`.' }),
          message: text(),
        }),
        { description: 'Every value that cannot be used.' },
      ),
    ),
  }),
)

/** An operation that is not done. */
export class ApiProblem extends Error {
  readonly status: ProblemStatus
  readonly problems: readonly MemberProblem[]

  constructor(status: ProblemStatus, detail: string, problems: readonly MemberProblem[] = []) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.problems = problems
  }
}

/** What {@link InvalidInput} calls the values of a client that have another name here. */
const memberOfField: Readonly<Record<string, string>> = {
  name: 'client_name',
  grant: 'grant_types',
  'redirect-uri': 'redirect_uris',
  resource: 'allowed_resources',
  type: 'client_type',
  'token-exchange-subject': 'token_exchange_subjects',
  profile: 'security_profile',
  owner: 'owner_id',
  'token-lifetime': 'token_lifetime_seconds',
  'default-scope': 'default_scopes',
  'discovered-scope': 'discovered_scopes',
}

/**
 * @param fields what values are called in the group of the operation where that differs.
 * @returns `undefined` for a fault.
 */
export function problemAnswer(
  error: unknown,
  requestId: string,
  fields: Readonly<Record<string, string>> = {},
): HttpAnswer | undefined {
  if (error instanceof ApiProblem) {
    const { problems } = error
    return problem(error.status, requestId, {
      detail: error.message,
      ...(problems.length === 0 ? {} : { problems }),
    })
  }
  if (error instanceof OAuthError && error.cause === undefined && error.code !== 'server_error') {
    const { description } = error
    return problem(
      error.status as ProblemStatus,
      requestId,
      { ...(description === undefined ? {} : { detail: description }), error: error.code },
      error.headers,
    )
  }
  if (error instanceof ActRefused) {
    return problem(error.refusal === 'gone' ? 404 : 409, requestId, {
      detail: `the account ${error.problems[0]!.what}`,
    })
  }
  if (error instanceof AlreadyExists) {
    return problem(409, requestId, { detail: `${error.what} is taken` })
  }
  if (error instanceof InvalidInput) {
    const named = (field: string): string =>
      fields[field] ?? memberOfField[field] ?? field.replaceAll('-', '_')
    const problems = error.problems.map(({ field, what }) => ({ member: named(field), message: what }))
    return problem(422, requestId, {
      detail: problems.map(({ member, message }) => `${member}: ${message}`).join('; '),
      problems,
    })
  }
  return undefined
}

export function problem(
  status: ProblemStatus,
  requestId: string,
  members: Readonly<Record<string, unknown>>,
  headers: HttpHeaders = {},
): HttpAnswer {
  const body = { type: 'about:blank', title: titles[status], status, ...members, request_id: requestId }
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  }
}
