/**
 * What every request passes through, whatever carries it: a context and an id, the endpoint, the answer its kind of
 * endpoint gives to what was thrown, headers, counting and the access log. Knows Node's HTTP and no framework.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config/load.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { OAuthError } from '../oauth/errors.ts'
import type { Clock } from '../shared/clock.ts'
import type { Random } from '../shared/random.ts'
import { problem } from './api/problem.ts'
import { clientAddresses } from './client-address.ts'
import { type Cors, createCors } from './cors.ts'
import { type Endpoint, type EndpointKind, type HttpAnswer, json, PageError } from './endpoint.ts'
import type { ErrorToShow } from './error-page.ts'
import { begun, isStreamed, sendStreamed } from './streamed-body.ts'

/** Counts and times the requests of one route. */
export interface RouteObserver {
  requestStarted(): void
  requestFinished(status: number, seconds: number): void
}

export interface HttpObserver {
  /** Called once per method and route when it is mounted. */
  route(method: string, path: string): RouteObserver
  /** For requests that no route took. */
  unmatched(method: string): RouteObserver
}

export interface AnsweredRequest {
  method: string
  /** Route template, or `unknown`. */
  route: string
  status: number
  seconds: number
  context: RequestContext
}

export interface EdgeDependencies {
  server: Pick<Config['server'], 'secure' | 'trustedProxies'>
  cors: Config['cors']
  clock: Clock
  random: Random
  observer: HttpObserver
  /** Told of every answered request, for the access log. */
  onAnswered(request: AnsweredRequest): void
  /** Told of faults: errors that are no protocol error and no page error. */
  onFault(error: unknown, context: RequestContext): void
  onUntrustedForwardedFor(peer: string): void
  /** Renders an error for a person. */
  errorPage(error: ErrorToShow): HttpAnswer
}

/** An endpoint in service: what it answers with, and where its requests are counted. */
export interface Service {
  readonly endpoint: Endpoint
  /** Headers of every answer to a request, as name, value, name, value …. */
  headersFor(request: IncomingMessage): readonly string[]
  readonly observers: ReadonlyMap<string, RouteObserver>
}

export interface Edge {
  /** What an answer outside of every endpoint carries, as name, value, name, value …. */
  readonly systemHeaders: readonly string[]
  readonly cors: Cors
  /** @param methods every method the endpoint is mounted for. */
  open(endpoint: Endpoint, methods: readonly string[]): Service
  /** Answers a request with an endpoint. Never rejects. */
  serve(
    service: Service,
    request: IncomingMessage,
    response: ServerResponse,
    params: Readonly<Record<string, string>>,
    body: string,
  ): Promise<void>
  /** Answers a request for an endpoint that could not be read: too large, malformed. */
  refuse(service: Service, request: IncomingMessage, response: ServerResponse, status: number): void
  /**
   * Answers a request that no endpoint took.
   * @param allowed the methods that its path has endpoints for; none: its path is unknown.
   */
  answerUnmatched(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    allowed?: readonly string[],
  ): void
  /** From now on every answer is the last of its connection. */
  drain(): void
}

const maxUserAgentLength = 512

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}
/** What a page may load and do; without scripts or styles in the page itself. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const documentPolicy = "default-src 'none'; frame-ancestors 'none'"

export const kindHeaders: Record<EndpointKind, Record<string, string>> = {
  // RFC 6749 §5.1: `Cache-Control: no-store` on every answer that may hold a token or a credential.
  protocol: {
    ...commonHeaders,
    'content-security-policy': documentPolicy,
    'cache-control': 'no-store',
    pragma: 'no-cache',
  },
  document: {
    ...commonHeaders,
    'content-security-policy': documentPolicy,
  },
  page: { ...commonHeaders, 'content-security-policy': pagePolicy, 'cache-control': 'no-store' },
  system: { ...commonHeaders, 'content-security-policy': documentPolicy, 'cache-control': 'no-store' },
  api: { ...commonHeaders, 'content-security-policy': documentPolicy, 'cache-control': 'no-store' },
}

/** What HEAD is sent of a body that is made while it is sent. */
const noPieces = async function* (): AsyncGenerator<string> {}

/** Methods of RFC 9110 and RFC 5789; any other is counted as `OTHER`. */
const standardMethods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

export function createEdge(dependencies: EdgeDependencies): Edge {
  const { server, clock, random, observer } = dependencies
  const headersOfKind = flatHeaders(server.secure)
  const cors = createCors(dependencies.cors)
  const addressOf = clientAddresses(server.trustedProxies, dependencies.onUntrustedForwardedFor)
  let draining = false

  // Requests are told apart by a random start and a counter: unique across replicas, nearly free to make.
  const idPrefix = random.base64url(9)
  let requestCount = 0
  const contextOf = ({ url, headers, socket, method }: IncomingMessage): RequestContext => {
    const queryStart = url!.indexOf('?')
    return {
      requestId: `${idPrefix}-${(++requestCount).toString(36)}`,
      ip: addressOf(socket, headers['x-forwarded-for']),
      userAgent: (headers['user-agent'] ?? '').slice(0, maxUserAgentLength),
      method: method!,
      path: queryStart === -1 ? url! : url!.slice(0, queryStart),
    }
  }

  const send = (
    response: ServerResponse,
    ownHeaders: readonly string[],
    requestId: string,
    { status, headers, body = '' }: HttpAnswer,
  ): void => {
    const isWhole = !isStreamed(body)
    const all: (string | readonly string[])[] = ['x-request-id', requestId]
    // RFC 9110 §8.6: none with 204, and with 304 only that of the body it stands for.
    if (isWhole && status !== 204 && status !== 304) {
      all.push('content-length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.length))
    }
    let kept = ownHeaders
    if (headers !== undefined) {
      // An answer's own headers stand in the place of its endpoint's.
      kept = withoutOverridden(kept, headers)
      for (const name in headers) all.push(name, headers[name]!)
    }
    if (draining) all.push('connection', 'close')
    response.writeHead(status, kept.concat(all as string[]))
    if (isWhole) response.end(body)
  }

  const answerError = (
    error: unknown,
    kind: EndpointKind,
    context: RequestContext,
    request: IncomingMessage,
  ): HttpAnswer => {
    if (error instanceof OAuthError) {
      const isFault = error.cause !== undefined || error.code === 'server_error'
      if (isFault) dependencies.onFault(error.cause ?? error, context)
      return json(error.status, error.body(), error.headers ?? {})
    }
    const status = error instanceof PageError ? error.status : 500
    if (status === 500) dependencies.onFault(error, context)
    if (kind === 'page') {
      const page = error instanceof PageError ? error : undefined
      return dependencies.errorPage({
        status,
        variant: page?.variant,
        retryAfterSeconds: page?.retryAfterSeconds,
        own: page?.headers,
        requestId: context.requestId,
        request,
      })
    }
    if (kind === 'api') return problem(500, context.requestId, {})
    return json(500, new OAuthError('server_error').body())
  }

  const headersOf = ({ kind, crossOrigin }: Endpoint): Service['headersFor'] => {
    const own = headersOfKind[kind]
    if (crossOrigin !== true) return () => own
    if (cors.sameForAll) {
      const all = [...own, ...cors.headersFor(undefined)]
      return () => all
    }
    return ({ headers }) => [...own, ...cors.headersFor(headers.origin)]
  }

  const finish = (
    service: Service,
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
    receivedAt: number,
    answer: HttpAnswer,
  ): void => {
    const { endpoint, observers } = service
    let { status } = answer
    const headers = service.headersFor(request)
    try {
      send(response, headers, context.requestId, answer)
    } catch (error) {
      // A header holds what HTTP cannot carry (RFC 9110 §5.5): nothing was written yet, and somebody waits.
      const instead = answerError(error, endpoint.kind, context, request)
      status = instead.status
      send(response, headers, context.requestId, instead)
    }
    const record = (): void => {
      const seconds = clock.monotonicSeconds() - receivedAt
      const route = observers.get(request.method!)
      route?.requestFinished(status, seconds)
      if (route === undefined && status < 400) return
      dependencies.onAnswered({ method: request.method!, route: endpoint.path, status, seconds, context })
    }
    if (!isStreamed(answer.body) || status !== answer.status) {
      record()
      return
    }
    sendStreamed(response, request.method === 'HEAD' ? noPieces() : answer.body)
      .catch((error: unknown) => {
        // The head has gone out, but this is no good answer, and is counted as what it is.
        status = 500
        dependencies.onFault(error, context)
      })
      .finally(record)
  }

  // Answers of one turn of the event loop leave together. One that leaves alone wakes its reader for itself, which can
  // cost the kernel as much as everything else about the request costs.
  let outbox: (() => void)[] = []
  const sendAll = (): void => {
    const leaving = outbox
    outbox = []
    for (const send of leaving) send()
  }

  return {
    systemHeaders: headersOfKind.system,
    cors,

    open: (endpoint, methods) => ({
      endpoint,
      headersFor: headersOf(endpoint),
      observers: new Map(
        endpoint.unobserved === true
          ? []
          : methods.map((method) => [method, observer.route(method, endpoint.path)]),
      ),
    }),

    async serve(service, request, response, params, body) {
      const receivedAt = clock.monotonicSeconds()
      service.observers.get(request.method!)?.requestStarted()
      const context = contextOf(request)
      const { url, headers } = request
      let answer: HttpAnswer
      try {
        answer = await service.endpoint.handle({
          method: request.method!,
          query: url!.slice(context.path.length + 1),
          params,
          headers,
          body,
          context,
          receivedAt,
        })
        if (isStreamed(answer.body) && request.method !== 'HEAD') {
          answer = { ...answer, body: await begun(answer.body) }
        }
      } catch (error) {
        answer = answerError(error, service.endpoint.kind, context, request)
      }
      if (outbox.length === 0) setImmediate(sendAll)
      outbox.push(() => finish(service, request, response, context, receivedAt, answer))
    },

    refuse(service, request, response, status) {
      const receivedAt = clock.monotonicSeconds()
      service.observers.get(request.method!)?.requestStarted()
      const context = contextOf(request)
      service.endpoint.unreadable?.(context)
      const description = status === 413 ? 'the body is too large' : 'the request is malformed'
      const answer =
        service.endpoint.kind === 'page'
          ? dependencies.errorPage({ status, requestId: context.requestId, request })
          : service.endpoint.kind === 'api'
            ? problem(status === 413 ? 413 : 400, context.requestId, { detail: description })
            : json(status, { error: 'invalid_request', error_description: description })
      finish(service, request, response, context, receivedAt, answer)
    },

    answerUnmatched(request, response, status, allowed) {
      const startedAt = clock.monotonicSeconds()
      const method = standardMethods.has(request.method!) ? request.method! : 'OTHER'
      const route = observer.unmatched(method)
      route.requestStarted()
      const context = contextOf(request)
      // Clients try several addresses of a document, and take a page for the end of it (RFC 8414 §3.2).
      const wantsPage =
        request.headers.accept?.includes('text/html') === true && !context.path.includes('/.well-known/')
      const answer = wantsPage
        ? dependencies.errorPage({ status, requestId: context.requestId, request })
        : json(status, { error: status === 404 ? 'not_found' : 'invalid_request' })
      // RFC 9110 §15.5.6: with 405 the answer "MUST generate an Allow header field".
      const headers =
        allowed === undefined ? answer.headers : { ...answer.headers, allow: allowed.join(', ') }
      const kind = wantsPage ? 'page' : 'system'
      send(response, headersOfKind[kind], context.requestId, { ...answer, headers: headers ?? {} })
      const seconds = clock.monotonicSeconds() - startedAt
      route.requestFinished(answer.status, seconds)
      dependencies.onAnswered({ method, route: 'unknown', status: answer.status, seconds, context })
    },

    drain() {
      draining = true
    },
  }
}

/** Headers as name, value, name, value …: the form Node writes without looking anything up. */
function flatHeaders(secure: boolean): Record<EndpointKind, string[]> {
  const hsts = secure ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}
  return Object.fromEntries(
    Object.entries(kindHeaders).map(([kind, headers]) => [
      kind,
      Object.entries({ ...headers, ...hsts }).flat(),
    ]),
  ) as Record<EndpointKind, string[]>
}

function withoutOverridden(
  flat: readonly string[],
  overriding: Readonly<Record<string, unknown>>,
): readonly string[] {
  let kept = flat
  for (const name in overriding) {
    const index = kept.indexOf(name)
    if (index !== -1) kept = kept.toSpliced(index, 2)
  }
  return kept
}
