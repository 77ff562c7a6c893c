/**
 * Requests to a server that is not trusted yet: every answer has a time limit and a size limit, redirects are
 * reported rather than followed (a POST may carry a code), and nothing of a body reaches the trace.
 */
import type { Clock } from '../../shared/clock.ts'
import { LoginFailure, problems } from './problem.ts'

export type Fetch = typeof globalThis.fetch

export interface HttpLimits {
  timeoutMs: number
  maxBodyBytes: number
}

export const defaultHttpLimits: HttpLimits = { timeoutMs: 10_000, maxBodyBytes: 1024 * 1024 }

export interface Reply {
  url: string
  status: number
  headers: Headers
  /** The body as JSON; `undefined` when it is not JSON. */
  json: unknown
}

export interface Http {
  getJson(url: string, headers?: Record<string, string>): Promise<Reply>
  postForm(url: string, fields: Record<string, string | undefined>): Promise<Reply>
  /** @param request.json the body; `undefined` sends none. */
  send(
    method: string,
    url: string,
    request: { headers: Record<string, string>; json: unknown },
  ): Promise<Reply>
}

/** The server gave no answer: a timeout, a refused or broken connection. Worth another try while polling. */
export class NoAnswer extends Error {
  readonly url: string

  constructor(url: string, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'NoAnswer'
    this.url = url
  }
}

/**
 * @param userAgent says to the person at the server which program asks (RFC 9110 §10.1.5).
 * @param signal ends every request in flight; its reason is rethrown as it is.
 * @param trace receives one line per request: method, address, status and milliseconds.
 */
export function httpClient(options: {
  fetch: Fetch
  clock: Clock
  userAgent: string
  signal: AbortSignal
  limits: HttpLimits
  trace: (line: string) => void
}): Http {
  const { fetch, clock, userAgent, signal, limits, trace } = options
  const common = { accept: 'application/json', 'user-agent': userAgent }

  async function ask(method: string, url: string, init: RequestInit): Promise<Reply> {
    const startedAt = clock.monotonicSeconds()
    const took = () => `${Math.round((clock.monotonicSeconds() - startedAt) * 1000)} ms`
    try {
      const response = await fetch(url, {
        ...init,
        method,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]),
      })
      const text = await readBounded(response, url, limits.maxBodyBytes)
      trace(`${method} ${url} ${response.status} ${took()}`)
      return { url, status: response.status, headers: response.headers, json: parseJson(text) }
    } catch (error) {
      trace(`${method} ${url} failed after ${took()}`)
      if (error instanceof LoginFailure) throw error
      signal.throwIfAborted()
      throw new NoAnswer(url, describeNetworkError(error, limits.timeoutMs), { cause: error })
    }
  }

  return {
    getJson: (url, headers = {}) => ask('GET', url, { headers: { ...common, ...headers } }),
    postForm: (url, fields) => {
      const body = new URLSearchParams()
      for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, value)
      return ask('POST', url, { headers: common, body })
    },
    send: (method, url, { headers, json }) =>
      ask(method, url, {
        headers: {
          ...common,
          ...headers,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
  }
}

async function readBounded(response: Response, url: string, maxBytes: number): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    // Leaving the loop cancels the body, which closes the connection.
    if (size > maxBytes) throw new LoginFailure(problems.tooLarge(url))
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describeNetworkError(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `It did not answer within ${timeoutMs / 1000} seconds.`
  // fetch says only "fetch failed"; the reason is the cause, or the first of several attempts (IPv6, IPv4).
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause
  return cause instanceof Error ? cause.message : error.message
}

/** A JSON object's members, or none when the value is anything else. */
export function members(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : {}
}

/** A non-empty string, or `undefined`. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A positive number; servers exist that send numbers as strings of digits. */
export function positiveNumberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}

/**
 * Seconds a server asks to wait: a number of seconds or a date (RFC 9110 §10.2.3).
 *
 * @returns `undefined` without the header or when it says neither.
 */
export function retryAfterSeconds(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000)
}
