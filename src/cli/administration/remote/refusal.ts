/**
 * What is said of a server that does not do what it is asked, in one line with what to do about it. What the server itself
 * says is text of a stranger until it is printed safely.
 */
import { type InputProblem, type InvalidInput, InvalidInputs } from '../../../administration/invalid-input.ts'
import { type ApiScope, apiScopes, covers } from '../../../oauth/api-scopes.ts'
import type { Instant } from '../../../shared/clock.ts'
import { bearerChallenge } from '../../challenge.ts'
import { CommandError } from '../../command-error.ts'
import { members, type NoAnswer, type Reply, retryAfterSeconds, textOf } from '../../login/http.ts'
import { printable } from '../../login/words.ts'
import type { Credentials } from './credentials.ts'

/** The server does not do it in the state that things are in (409). */
export class Conflict extends CommandError {}

/** The server asks for a pause (429). */
export class Busy extends CommandError {
  /** `undefined` when the server did not say for how long. */
  readonly seconds: number | undefined

  constructor(message: string, seconds: number | undefined) {
    super(message)
    this.seconds = seconds
  }
}

const maxDetail = 2000

/** A refusal of the Admin API: problem details, read. */
export function refusal(
  reply: Reply,
  asked: { server: string; credentials: Credentials; method: string; now: Instant },
): CommandError | InvalidInput {
  const { server, credentials, method, now } = asked
  const problem = members(reply.json)
  const detail = printable(textOf(problem.detail) ?? textOf(problem.title) ?? '', maxDetail)
  const said = detail === '' ? '' : `: ${detail}`
  switch (reply.status) {
    case 401:
      return new CommandError(
        `${server} does not take the token (401${said}): ${credentials.signInCommand(neededScope(reply, method))}`,
      )
    case 403: {
      const needed = neededScope(reply, method)
      const scopes = credentials.scopes()
      const lacks = scopes === undefined ? 'if the token lacks' : 'the token lacks'
      // A token that has the scope is refused because of its client or its person: another would be too.
      const remedy = covers(scopes ?? [], needed)
        ? ''
        : `; ${lacks} ${needed}: ${credentials.signInCommand(needed)}`
      return new CommandError(`${server} does not allow it (403${said})${remedy}`)
    }
    case 409:
      return new Conflict(detail === '' ? 'it is not possible now (409)' : detail)
    case 422:
      return invalidInput(problem, detail)
    case 429: {
      const wait = retryAfterSeconds(reply.headers, now)
      const when = wait === undefined ? 'in a minute' : `in ${Math.ceil(wait)} seconds`
      return new Busy(`${server} asks to slow down (429): run the command again ${when}`, wait)
    }
    case 500: {
      const id = textOf(problem.request_id)
      const where = id === undefined ? '' : `; its log has the reason under ${printable(id)}`
      return new CommandError(`${server} failed (500)${where}`)
    }
    default:
      return new CommandError(`${server} refuses it (${reply.status}${said})`)
  }
}

/** What answers there is not the Admin API. */
export function strangeAnswer(server: string, reply: Reply): CommandError {
  const { status } = reply
  if (status >= 300 && status < 400) {
    const target = reply.headers.get('location')
    const to = target === null ? '' : ` to ${printable(target)}`
    return new CommandError(`${server} sends the request elsewhere${to}: pass the server's own address`)
  }
  if (status >= 502 && status <= 504) {
    return new CommandError(`${server} is out of order (${status}, from what stands before it): try later`)
  }
  return new CommandError(
    `${server} does not answer as the Admin API of AuthGate does (${status}): check the address, and that the server has not switched it off (API_ENABLED)`,
  )
}

/** The request did not get as far as a server. */
const unreachedCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** The server did not answer, or not to the end. */
export function withoutAnswer(server: string, method: string, error: NoAnswer): CommandError {
  const { code } = (error.cause as { cause?: NodeJS.ErrnoException } | undefined)?.cause ?? {}
  const neverArrived = code !== undefined && unreachedCodes.has(code)
  const done =
    method === 'GET' || neverArrived ? '' : ' Whether it was done is not known: look before repeating it.'
  return new CommandError(`no answer from ${server}: ${printable(error.message)}${done}`, { cause: error })
}

export function isJson({ headers, json }: Reply): boolean {
  return mediaTypeOf(headers) === 'application/json' && json !== undefined
}

/** Problem details (RFC 9457), which is how the API refuses. */
export function isProblem({ headers, json, status }: Reply): boolean {
  return (
    status >= 400 &&
    mediaTypeOf(headers) === 'application/problem+json' &&
    Object.keys(members(json)).length > 0
  )
}

function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}

/** As the challenge says (RFC 6750 §3), or as the API has it for the method. */
function neededScope({ headers }: Reply, method: string): ApiScope {
  const said = bearerChallenge(headers.get('www-authenticate'))?.parameters.get('scope')
  const usual = method === 'GET' ? 'authgate:read' : 'authgate:admin'
  return apiScopes.find((scope) => scope === said) ?? usual
}

/** What options are called whose member of the API has another name. */
const optionOfMember: Readonly<Record<string, string>> = {
  client_name: 'name',
  grant_types: 'grant',
  redirect_uris: 'redirect-uri',
  allowed_resources: 'resource',
  client_type: 'type',
  token_exchange_subjects: 'token-exchange-subject',
  security_profile: 'profile',
  token_lifetime_seconds: 'token-lifetime',
  scopes: 'scope',
  default_scopes: 'default-scope',
  discovered_scopes: 'discovered-scope',
}

/** Every value that the server cannot use, in the words of whoever typed the command. */
function invalidInput(
  problem: Readonly<Record<string, unknown>>,
  detail: string,
): InvalidInput | CommandError {
  const listed = Array.isArray(problem.problems) ? problem.problems.map(members) : []
  const [first, ...others] = listed.flatMap(({ member, message }): InputProblem[] => {
    const name = textOf(member)
    const what = textOf(message)
    if (name === undefined || what === undefined) return []
    const [, head = name, rest = ''] = /^([a-z_]+)(.*)$/s.exec(name) ?? []
    const field = optionOfMember[head] ?? head.replaceAll('_', '-')
    return [{ field: printable(`${field}${rest}`), what: printable(what, maxDetail) }]
  })
  if (first === undefined) return new CommandError(detail === '' ? 'values cannot be used (422)' : detail)
  return new InvalidInputs([first, ...others])
}
