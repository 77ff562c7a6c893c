/**
 * What an HTTP endpoint is: a method, a path, a kind, and a function from a request to an answer. Endpoints know
 * nothing of the framework; `server.ts` mounts them, measures them and turns what they throw into answers.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestContext } from '../events/catalogue.ts'

export interface HttpRequest {
  readonly method: string
  /** Raw query string without its question mark; empty when there is none. */
  readonly query: string
  readonly params: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  /** The body as UTF-8 text, empty when there is none. Bounded by the server; its type is not checked yet. */
  readonly body: string
  readonly context: RequestContext
  /** When the request arrived, on the monotonic clock, in seconds. */
  readonly receivedAt: number
}

export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>

export interface HttpAnswer {
  readonly status: number
  readonly headers?: HttpHeaders
  /**
   * Left out for an empty body. Content type goes into the headers. Pieces that are made one after the other are sent
   * as fast as they are read; none is made for HEAD, and the rest is not once the reader has gone.
   */
  readonly body?: string | Buffer | AsyncIterable<string>
}

/**
 * How an endpoint's answers and errors look:
 * `protocol` JSON, never cached, errors as RFC 6749 §5.2; `document` JSON metadata that may be cached; `page` HTML with a strict content security policy, errors as pages; `system` health and metrics;
 * `api` JSON, never cached, errors as problem details (RFC 9457).
 */
export type EndpointKind = 'protocol' | 'document' | 'page' | 'system' | 'api'

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Answers GET and not HEAD: asking for its headers alone would do what it does (RFC 9110 §9.2.1). */
  readonly withoutHead?: true
  /** Route template, such as `/account/sessions/:id/end`; also the `path` label of the metrics. */
  readonly path: string
  /** Mounted as it stands, not below the path of `BASE_URL`: for probes, and for well-known documents of that form. */
  readonly atRoot?: true
  readonly kind: EndpointKind
  /** Scripts of other origins may call it, as far as `CORS_ENABLED` lets them. */
  readonly crossOrigin?: true
  /** Left out of the request metrics and, unless refused, of the access log; only the scrape itself is. */
  readonly unobserved?: true
  /** @throws {OAuthError | PageError} for answers that are errors; anything else thrown is a fault. */
  handle(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer
  /** Told when a request was refused before `handle` could see it: its body is too large or malformed. */
  unreadable?(context: RequestContext): void
}

/** `csrf`: the form is not of this session; `csrf_kept`: what was typed into it is kept for the next try. */
export type PageErrorVariant = 'csrf' | 'csrf_kept'

/** An error a person sees. The page says what happened and what to do; `headers` travel along. */
export class PageError extends Error {
  readonly status: 400 | 403 | 404 | 413 | 429 | 503
  /** Which words the page uses, where the status alone does not say. */
  readonly variant: PageErrorVariant | undefined
  readonly retryAfterSeconds: number | undefined
  readonly headers: HttpHeaders

  constructor(
    status: PageError['status'],
    options: {
      variant?: PageErrorVariant
      retryAfterSeconds?: number
      headers?: HttpHeaders
      cause?: unknown
    } = {},
  ) {
    super(`page error ${status}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PageError'
    this.status = status
    this.variant = options.variant
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers ?? {}
  }
}

/** 303 (RFC 9110 §15.4.4): the browser follows with GET whatever the method was. */
export function redirect(location: string, headers: HttpHeaders = {}): HttpAnswer {
  return { status: 303, headers: { ...headers, location } }
}

/** A header field as the protocol reads it: of several the joined text, as Node.js does with most names. */
export function singleField(field: string | readonly string[] | undefined): string | undefined {
  return typeof field === 'object' ? field.join(', ') : field
}

export function json(status: number, value: unknown, headers: HttpHeaders = {}): HttpAnswer {
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  }
}

export function html(status: number, body: string, headers: HttpHeaders = {}): HttpAnswer {
  return { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body }
}
