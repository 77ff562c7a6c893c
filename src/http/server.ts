/**
 * The HTTP server: Fastify routes requests to endpoints, and `edge.ts` answers them. Protocol endpoints with a fixed
 * path, which machines call thousands of times a second, are recognized before the framework and skip it.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Config } from '../config/load.ts'
import { preflights } from './cors.ts'
import { bodyText, createDirectRoutes } from './direct-routes.ts'
import { createEdge, type EdgeDependencies } from './edge.ts'
import type { Endpoint } from './endpoint.ts'
import { answerUnreadable } from './unreadable-request.ts'

export interface HttpServerDependencies extends EdgeDependencies {
  endpoints: readonly Endpoint[]
  server: EdgeDependencies['server'] & Pick<Config['server'], 'basePath' | 'tls'>
}

/** Largest request body: codes, credentials and forms are far smaller. */
const bodyLimitBytes = 64 * 1024

export function createHttpServer(dependencies: HttpServerDependencies): FastifyInstance {
  const { server } = dependencies
  const edge = createEdge(dependencies)
  const pathOf = (endpoint: Endpoint): string =>
    endpoint.atRoot === true ? endpoint.path : server.basePath + endpoint.path
  const endpoints = [...dependencies.endpoints, ...preflights(edge.cors, dependencies.endpoints)]
  const services = endpoints.map((endpoint) => {
    const answersHead = endpoint.method === 'GET' && endpoint.withoutHead !== true
    const methods = answersHead ? ['GET', 'HEAD'] : [endpoint.method]
    return { path: pathOf(endpoint), methods, service: edge.open(endpoint, methods) }
  })
  const direct = createDirectRoutes(edge, services, bodyLimitBytes)

  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    // Requests on open connections are still served while the server drains; their connection is then closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // Endpoints read and write text themselves: without these the framework would load two schema compilers.
    schemaController: {
      compilersFactory: { buildValidator: () => noSchemas, buildSerializer: () => noSchemas },
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, edge.systemHeaders),
    frameworkErrors: (error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 400
      edge.answerUnmatched(request.raw, reply.hijack().raw, status)
    },
    serverFactory: (framework) =>
      listener(server.tls, (request, response) => {
        if (!direct(request, response)) framework(request, response)
        // Node.js would answer these itself, and nobody would count it (RFC 9110 §10.1.1).
      }).on('checkExpectation', (request, response) => edge.answerUnmatched(request, response, 417)),
  }) as unknown as FastifyInstance

  app.addHook('preClose', async () => edge.drain())
  // Bodies are read as text whatever their type says; the endpoint that parses one decides whether it fits.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => {
    const text = bodyText(bytes as Buffer)
    if (text === undefined) done(new Error('the body is not UTF-8'))
    else done(null, text)
  })
  for (const { path, methods, service } of services) {
    app.route({
      method: methods,
      url: path,
      handler(request, reply) {
        const params = request.params as Record<string, string>
        const body = typeof request.body === 'string' ? request.body : ''
        return edge.serve(service, request.raw, reply.hijack().raw, params, body)
      },
      errorHandler(error, request, reply) {
        // Only reading a request can fail here, since endpoints' errors are answered by the edge.
        const { raw } = reply.hijack()
        if (!isGone(request.raw)) edge.refuse(service, request.raw, raw, statusOf(error))
      },
    })
  }
  // Requests that no route took can fail before they are found missing: a body too large, a method that wants one.
  app.setErrorHandler((error, request, reply) => {
    const { raw } = reply.hijack()
    if (!isGone(request.raw)) edge.answerUnmatched(request.raw, raw, statusOf(error))
  })
  const methodsAt = allowedMethods(services)
  app.setNotFoundHandler((request, reply) => {
    const { raw } = reply.hijack()
    const allowed = methodsAt(request.raw.url!.split('?', 1)[0]!)
    // Counted under no route: what a path does not offer is nothing of its endpoints.
    if (allowed.length === 0) edge.answerUnmatched(request.raw, raw, 404)
    else edge.answerUnmatched(request.raw, raw, 405, allowed)
  })
  return app
}

/** Required, not imported: an import of node:http loads all it can export, a whole HTTP client among it. */
const requireBuiltin = createRequire(import.meta.url)

/** Whether nobody is left to answer: a request that broke off in the middle is no request, and is not counted. */
function isGone({ socket }: IncomingMessage): boolean {
  return socket.destroyed
}

/** Which methods the endpoints of a path take, found by their templates as the framework does; only asked after a miss. */
function allowedMethods(
  services: readonly { path: string; methods: readonly string[] }[],
): (path: string) => string[] {
  const templates = services.map(({ path, methods }) => {
    const literal = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')
    return { expression: new RegExp(`^${literal === '/' ? '' : literal}/?$`), methods }
  })
  return (path) => [
    ...new Set(templates.flatMap(({ expression, methods }) => (expression.test(path) ? methods : []))),
  ]
}

function statusOf(error: unknown): 400 | 413 {
  return (error as { statusCode?: number }).statusCode === 413 ? 413 : 400
}

/**
 * Of TLS 1.2 the suites RFC 9325 §4.2 recommends, which FAPI 2.0 §5.2.2 has no others beside: ephemeral keys and AES-GCM.
 * Every browser of the last ten years has one of them. Those of TLS 1.3 are all good.
 */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')

function listener(
  tls: Config['server']['tls'],
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const timeouts = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 120_000 }
  if (tls === undefined) {
    const http: typeof import('node:http') = requireBuiltin('node:http')
    return http.createServer(timeouts, onRequest)
  }
  const https: typeof import('node:https') = requireBuiltin('node:https')
  const cert = readFileSync(tls.certFile)
  const key = readFileSync(tls.keyFile)
  return https.createServer({ ...timeouts, cert, key, minVersion: 'TLSv1.2', ciphers }, onRequest)
}

function noSchemas(): never {
  throw new Error('no route here has a schema')
}
