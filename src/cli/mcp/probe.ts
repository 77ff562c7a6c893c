/**
 * Requests to servers that are being looked at: nothing they answer is an error here, every answer has a time limit and
 * a size limit, and redirects are reported rather than followed, since clients differ in whether they follow them.
 */

export type Fetch = typeof globalThis.fetch

export interface Answer {
  readonly kind: 'answer'
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** The body as JSON; `undefined` when it is not JSON. */
  readonly json: unknown
}

export interface NoAnswer {
  readonly kind: 'none'
  readonly url: string
  /** What happened instead, in a few words. */
  readonly problem: string
}

export type Reply = Answer | NoAnswer

export interface Request {
  readonly url: string
  readonly method?: 'GET' | 'POST' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Probe = (request: Request) => Promise<Reply>

const timeoutMs = 10_000
const maxBodyBytes = 1024 * 1024

/** @param userAgent says to the people at the server which program asks (RFC 9110 §10.1.5). */
export function createProbe(options: { fetch: Fetch; userAgent: string; timeoutMs?: number }): Probe {
  const { fetch, userAgent } = options
  const limitMs = options.timeoutMs ?? timeoutMs
  return async ({ url, method = 'GET', headers = {}, body }) => {
    try {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': userAgent, ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(limitMs),
        ...(body === undefined ? {} : { body }),
      })
      const text = await readBounded(response)
      return { kind: 'answer', url, status: response.status, headers: response.headers, json: parse(text) }
    } catch (error) {
      return { kind: 'none', url, problem: problemOf(error, limitMs) }
    }
  }
}

/** What comes after the limit is left unread: an event stream never ends, and no document is that long. */
async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return ''
  if (/^text\/event-stream/i.test(response.headers.get('content-type') ?? '')) {
    await response.body.cancel()
    return ''
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > maxBodyBytes) break
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemOf(error: unknown, limitMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${limitMs / 1000} s`
  // fetch says only "fetch failed"; the reason is the cause, or the first of several attempts (IPv6, IPv4).
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause
  return cause instanceof Error ? cause.message : error.message
}
