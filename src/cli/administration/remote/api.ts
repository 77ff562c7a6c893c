/**
 * The Admin API of one server: requests carry the token, lists are read page by page, and answers member by member. What
 * is said of one that refuses is in `refusal.ts`.
 */
import { apiPath } from '../../../oauth/api-scopes.ts'
import type { Clock } from '../../../shared/clock.ts'
import { CommandError } from '../../command-error.ts'
import { type Http, NoAnswer, type Reply } from '../../login/http.ts'
import { printable } from '../../login/words.ts'
import type { Credentials } from './credentials.ts'
import { type Members, membersOf, NotUnderstood } from './read.ts'
import { Busy, isJson, isProblem, refusal, strangeAnswer, withoutAnswer } from './refusal.ts'

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the API, with every id in it encoded. */
  path: string
  query?: Readonly<Record<string, string | number | undefined>>
  /** Members that are `undefined` are left out. */
  body?: Readonly<Record<string, unknown>>
}

export interface Api {
  /**
   * @returns the answer; `undefined` where there is nothing under this address.
   * @throws {CommandError} | {InvalidInput} | {LoginFailure}
   */
  ask<T>(request: ApiRequest, read: (answer: Members) => T): Promise<T | undefined>
  /** The same for what cannot be missing. */
  get<T>(request: ApiRequest, read: (answer: Members) => T): Promise<T>
  /** For acts without an answer. @returns false where there is nothing under this address. */
  act(request: ApiRequest): Promise<boolean>
  /** The first `limit` entries of a list. */
  list<T>(
    path: string,
    query: ApiRequest['query'],
    read: (entry: Members) => T,
    limit?: number,
  ): Promise<readonly T[]>
}

/** Pauses within a list that are taken before it is given up: how long, and how often for one page. */
const longestPauseSeconds = 60
const pausesPerPage = 5

/** The largest page there is. */
const pageSize = 100
/** Nobody reads more at a terminal; a server that never ends its list is not followed for ever. */
const maxEntries = 1_000_000

export function createApi(dependencies: {
  http: Http
  clock: Clock
  server: string
  credentials: Credentials
  /** Resolves after a pause that the server wants in the middle of a list. */
  pause: (seconds: number) => Promise<void>
}): Api {
  const { http, clock, server, credentials, pause } = dependencies

  const send = async ({ method, path, query = {}, body }: ApiRequest): Promise<Reply> => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value))
    }
    const url = `${server}${apiPath}${path}${search.size === 0 ? '' : `?${search}`}`
    const once = async (): Promise<Reply> => {
      const authorization = `Bearer ${await credentials.token()}`
      try {
        return await http.send(method, url, { headers: { authorization }, json: body })
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        throw withoutAnswer(server, method, error)
      }
    }
    const reply = await once()
    // A refused request was not done: with another token it may be sent again.
    return reply.status === 401 && isProblem(reply) && (await credentials.renew()) ? await once() : reply
  }

  const understood = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      throw new CommandError(
        `the answer of ${server} is not what the Admin API of AuthGate says (${printable(error.message)})`,
        { cause: error },
      )
    }
  }

  /** @returns `undefined` for a 404 of the API itself. */
  const answered = async (request: ApiRequest): Promise<Reply | undefined> => {
    if (!leadsBelow(request.path)) return undefined
    const reply = await send(request)
    const ok = reply.status >= 200 && reply.status < 300
    if (ok && (reply.status === 204 || isJson(reply))) return reply
    if (ok || !isProblem(reply)) throw strangeAnswer(server, reply)
    if (reply.status === 404) return undefined
    throw refusal(reply, { server, credentials, method: request.method, now: clock.now() })
  }

  const ask: Api['ask'] = async (request, read) => {
    const reply = await answered(request)
    return reply && understood(() => read(membersOf(reply.json)))
  }

  const get: Api['get'] = async (request, read) => {
    const answer = await ask(request, read)
    if (answer === undefined) throw new CommandError(`${server} has no ${request.path} in its Admin API`)
    return answer
  }

  /** Half a list is of no use: where the server says how long it wants a pause, it gets that. */
  const patiently = async <T>(next: () => Promise<T>): Promise<T> => {
    for (let pauses = 0; ; pauses++) {
      try {
        return await next()
      } catch (error) {
        if (!(error instanceof Busy) || error.seconds === undefined) throw error
        if (error.seconds > longestPauseSeconds || pauses >= pausesPerPage) throw error
        await pause(Math.max(1, Math.ceil(error.seconds)))
      }
    }
  }

  return {
    ask,
    get,
    act: async (request) => (await answered(request)) !== undefined,

    async list(path, query, read, limit = maxEntries) {
      const entries: ReturnType<typeof read>[] = []
      let after: string | undefined
      for (;;) {
        const page = {
          method: 'GET',
          path,
          query: { ...query, page_size: Math.min(pageSize, limit - entries.length), after },
        } as const
        const fetched = () =>
          get(page, (answer) => {
            const items = answer.objects('items')
            if (items.length > pageSize) throw new NotUnderstood('items are more than a page')
            return { items: items.map(read), next: answer.textOrNone('next') }
          })
        const { items, next } = await (after === undefined ? fetched() : patiently(fetched))
        entries.push(...items)
        const cursor = next === undefined ? undefined : cursorOf(next)
        if (cursor === undefined || cursor === after || items.length === 0 || entries.length >= limit) {
          return entries.slice(0, limit)
        }
        after = cursor
      }
    },
  }
}

/** Whether every id in a path is one: `..` or nothing would lead to another operation. */
function leadsBelow(path: string): boolean {
  return !/\/(?:\/|$)/.test(path) && new URL(path, 'http://localhost').pathname === path
}

/** Of the address of the next page nothing but the cursor counts: the token goes to no address that an answer names. */
function cursorOf(next: string): string | undefined {
  return URL.canParse(next) ? (new URL(next).searchParams.get('after') ?? undefined) : undefined
}
