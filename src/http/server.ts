/**
 * The framework's edge: mounts endpoints, gives every answer its headers and request id, measures it, and turns what
 * was thrown into the answer its kind of endpoint gives. Endpoints themselves know nothing of it.
 */
import { readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Config } from '../config/load.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { OAuthError } from '../oauth/errors.ts'
import type { Clock } from '../shared/clock.ts'
import type { Random } from '../shared/random.ts'
import { clientAddresses } from './client-address.ts'
import { type Endpoint, type EndpointKind, type HttpAnswer, json, PageError } from './endpoint.ts'
import { answerUnreadable } from './unreadable-request.ts'

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

export interface HttpServerDependencies {
  endpoints: readonly Endpoint[]
  server: Pick<Config['server'], 'basePath' | 'secure' | 'trustedProxies' | 'tls'>
  clock: Clock
  random: Random
  observer: HttpObserver
  /** Told of every answered request, for the access log. */
  onAnswered(request: AnsweredRequest): void
  /** Told of faults: errors that are no protocol error and no page error. */
  onFault(error: unknown, context?: RequestContext): void
  onUntrustedForwardedFor(peer: string): void
  /** Renders an error for a person. */
  errorPage(error: {
    status: number
    variant?: 'csrf' | undefined
    retryAfterSeconds?: number | undefined
    requestId: string
  }): HttpAnswer
}

/** Largest request body: codes, credentials and forms are far smaller. */
const bodyLimitBytes = 64 * 1024
const maxUserAgentLength = 512

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}
const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const documentPolicy = "default-src 'none'; frame-ancestors 'none'"

const kindHeaders: Record<EndpointKind, Record<string, string>> = {
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
    // RFC 8414 and JWKS documents are public; any origin may read them, without credentials.
    'access-control-allow-origin': '*',
  },
  page: { ...commonHeaders, 'content-security-policy': pagePolicy, 'cache-control': 'no-store' },
  system: { ...commonHeaders, 'content-security-policy': documentPolicy, 'cache-control': 'no-store' },
}

function noSchemas(): never {
  throw new Error('no route here has a schema')
}

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

export function createHttpServer(dependencies: HttpServerDependencies): FastifyInstance {
  const { server, clock, random, observer } = dependencies
  const { tls } = server
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 120_000,
    // Requests on open connections are still served while the server drains; their connection is then closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // Endpoints read and write text themselves: without these the framework would load two schema compilers.
    schemaController: {
      compilersFactory: { buildValidator: () => noSchemas, buildSerializer: () => noSchemas },
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, kindHeaders.system),
    frameworkErrors: (error, request, reply) => {
      answerUnmatched(request, reply, (error as { statusCode?: number }).statusCode ?? 400)
    },
    ...(tls === undefined
      ? { http: { headersTimeout: 10_000 } }
      : {
          https: {
            cert: readFileSync(tls.certFile),
            key: readFileSync(tls.keyFile),
            minVersion: 'TLSv1.2',
            headersTimeout: 10_000,
          },
        }),
  }) as unknown as FastifyInstance

  // Requests are told apart by a random start and a counter: unique across replicas, nearly free to make.
  const idPrefix = random.base64url(9)
  let requestCount = 0
  const addressOf = clientAddresses(server.trustedProxies, dependencies.onUntrustedForwardedFor)
  const contextOf = (request: FastifyRequest): RequestContext => {
    const { url, headers, socket } = request.raw
    const queryStart = url!.indexOf('?')
    return {
      requestId: `${idPrefix}-${(++requestCount).toString(36)}`,
      ip: addressOf(socket, headers['x-forwarded-for']),
      userAgent: (headers['user-agent'] ?? '').slice(0, maxUserAgentLength),
      method: request.method,
      path: queryStart === -1 ? url! : url!.slice(0, queryStart),
    }
  }

  const headersOfKind = Object.fromEntries(
    Object.entries(kindHeaders).map(([kind, headers]) => [
      kind,
      server.secure
        ? { ...headers, 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
        : headers,
    ]),
  ) as Record<EndpointKind, Record<string, string>>

  let draining = false
  app.addHook('preClose', async () => {
    draining = true
  })

  /** Writes the answer to the connection itself: the framework's own way costs a request a tenth of its time more. */
  const send = (reply: FastifyReply, kind: EndpointKind, requestId: string, answer: HttpAnswer): void => {
    const { raw } = reply.hijack()
    const body = answer.body ?? ''
    raw.writeHead(answer.status, {
      ...headersOfKind[kind],
      ...answer.headers,
      'x-request-id': requestId,
      'content-length': Buffer.byteLength(body),
      ...(draining ? { connection: 'close' } : undefined),
    } as OutgoingHttpHeaders)
    raw.end(body)
  }

  const answerError = (error: unknown, kind: EndpointKind, context: RequestContext): HttpAnswer => {
    if (error instanceof OAuthError) {
      if (error.cause !== undefined) dependencies.onFault(error.cause, context)
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
        requestId: context.requestId,
      })
    }
    return json(500, new OAuthError('server_error').body())
  }

  /** An error of the framework itself: a body too large, a malformed content type. */
  const answerFrameworkError = (status: number, kind: EndpointKind, context: RequestContext): HttpAnswer => {
    if (kind === 'page') return dependencies.errorPage({ status, requestId: context.requestId })
    const description = status === 413 ? 'the body is too large' : 'the request is malformed'
    return json(status, { error: 'invalid_request', error_description: description })
  }

  const answerUnmatched = (request: FastifyRequest, reply: FastifyReply, status: number): void => {
    const startedAt = clock.monotonicSeconds()
    const method = standardMethods.has(request.method) ? request.method : 'OTHER'
    const route = observer.unmatched(method)
    route.requestStarted()
    const context = contextOf(request)
    const wantsPage = request.headers.accept?.includes('text/html') === true
    const answer = wantsPage
      ? dependencies.errorPage({ status, requestId: context.requestId })
      : json(status, {
          error: status === 404 ? 'not_found' : status >= 500 ? 'server_error' : 'invalid_request',
        })
    send(reply, wantsPage ? 'page' : 'system', context.requestId, answer)
    const seconds = clock.monotonicSeconds() - startedAt
    route.requestFinished(answer.status, seconds)
    dependencies.onAnswered({ method, route: 'unknown', status: answer.status, seconds, context })
  }

  const mount = (endpoint: Endpoint): void => {
    const { kind, path } = endpoint
    const methods = endpoint.method === 'GET' ? ['GET', 'HEAD'] : [endpoint.method]
    const observers = new Map(
      endpoint.unobserved === true ? [] : methods.map((method) => [method, observer.route(method, path)]),
    )
    const handle = async (
      request: FastifyRequest,
      reply: FastifyReply,
      respond: (context: RequestContext, receivedAt: number) => Promise<HttpAnswer> | HttpAnswer,
    ): Promise<void> => {
      const receivedAt = clock.monotonicSeconds()
      const route = observers.get(request.method)
      route?.requestStarted()
      const context = contextOf(request)
      let answer: HttpAnswer
      try {
        answer = await respond(context, receivedAt)
      } catch (error) {
        answer = answerError(error, kind, context)
      }
      send(reply, kind, context.requestId, answer)
      const seconds = clock.monotonicSeconds() - receivedAt
      route?.requestFinished(answer.status, seconds)
      if (route === undefined && answer.status < 400) return
      dependencies.onAnswered({
        method: request.method,
        route: path,
        status: answer.status,
        seconds,
        context,
      })
    }
    app.route({
      method: methods,
      url: endpoint.atRoot === true ? path : server.basePath + path,
      handler: (request, reply) =>
        handle(request, reply, (context, receivedAt) => {
          const url = request.raw.url!
          const queryStart = url.indexOf('?')
          return endpoint.handle({
            method: request.method,
            query: queryStart === -1 ? '' : url.slice(queryStart + 1),
            params: request.params as Record<string, string>,
            headers: request.raw.headers,
            body: typeof request.body === 'string' ? request.body : '',
            context,
            receivedAt,
          })
        }),
      errorHandler: (error, request, reply) =>
        handle(request, reply, (context) => {
          const status = (error as { statusCode?: number }).statusCode ?? 500
          if (status >= 500) throw error
          endpoint.unreadable?.(context)
          return answerFrameworkError(status === 415 ? 400 : status, kind, context)
        }),
    })
  }

  // Bodies are read as text whatever their type says; the endpoint that parses one decides whether it fits.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  for (const endpoint of dependencies.endpoints) mount(endpoint)
  // Requests that no route took can fail before they are found missing: a body too large, a method that wants one.
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number }
    if (statusCode >= 500) dependencies.onFault(error)
    answerUnmatched(request, reply, statusCode)
  })
  app.setNotFoundHandler((request, reply) => answerUnmatched(request, reply, 404))
  return app
}
