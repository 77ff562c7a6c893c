/**
 * The HTTP server. What machines call thousands of times a second, and what asks whether the server runs, is known by
 * its address and answered at once; everything else is routed by the framework, which is loaded, with the endpoints
 * that only it serves, when the first request needs it or when the server has begun to listen.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/load.ts'
import { preflights } from './cors.ts'
import { createDirectRoutes, type MountedService } from './direct-routes.ts'
import { createEdge, type EdgeDependencies } from './edge.ts'
import type { Endpoint } from './endpoint.ts'
import { answerUnreadable } from './unreadable-request.ts'

/** What is loaded later: endpoints, and the page of errors that only they and unknown addresses have. */
export interface LaterEndpoints {
  readonly endpoints: readonly Endpoint[]
  readonly errorPage: EdgeDependencies['errorPage']
}

export interface HttpServerDependencies extends Omit<EdgeDependencies, 'errorPage'> {
  /** None of kind `page`: these are answered before there is a page to answer with. */
  endpoints: readonly Endpoint[]
  /** Called once. */
  loadLater(): Promise<LaterEndpoints>
  server: EdgeDependencies['server'] & Pick<Config['server'], 'basePath' | 'tls'>
}

export interface HttpServer {
  /** Node's own, which listens. */
  readonly server: Server
  /** @throws when the address is taken or is none of this machine. */
  listen(address: { host: string; port: number }): Promise<void>
  /** The framework with every endpoint, loaded when first asked for. @throws what {@link HttpServerDependencies.loadLater} throws. */
  framework(): Promise<FastifyInstance>
  /** Takes no more connections and resolves when the requests under way have been answered. */
  close(): Promise<void>
}

/** Largest request body: codes, credentials and forms are far smaller. */
const bodyLimitBytes = 64 * 1024

export function createHttpServer(dependencies: HttpServerDependencies): HttpServer {
  const { server } = dependencies
  let errorPage: EdgeDependencies['errorPage'] | undefined
  const edge = createEdge({ ...dependencies, errorPage: (error) => errorPage!(error) })
  const open = (endpoints: readonly Endpoint[]): MountedService[] =>
    [...endpoints, ...preflights(edge.cors, endpoints)].map((endpoint) => {
      const answersHead = endpoint.method === 'GET' && endpoint.withoutHead !== true
      const methods = answersHead ? ['GET', 'HEAD'] : [endpoint.method]
      const path = endpoint.atRoot === true ? endpoint.path : server.basePath + endpoint.path
      return { path, methods, service: edge.open(endpoint, methods) }
    })
  const atOnce = open(dependencies.endpoints)
  const direct = createDirectRoutes(edge, atOnce, bodyLimitBytes)

  const load = async (): Promise<FastifyInstance> => {
    const [{ createFramework }, later] = await Promise.all([
      import('./framework.ts'),
      dependencies.loadLater(),
    ])
    errorPage = later.errorPage
    return createFramework(edge, [...atOnce, ...open(later.endpoints)], bodyLimitBytes)
  }
  let loading: Promise<FastifyInstance> | undefined
  let loaded: FastifyInstance | undefined
  const framework = (): Promise<FastifyInstance> => {
    loading ??= load().then((instance) => {
      loaded = instance
      return instance
    })
    return loading
  }
  /** Serves a request with the framework as soon as it is there; whoever starts the server learns why it is not. */
  const route = (serve: (framework: FastifyInstance) => void, request: IncomingMessage): void => {
    if (loaded !== undefined) serve(loaded)
    else {
      framework().then(
        (instance) => {
          if (!request.socket.destroyed) serve(instance)
        },
        () => request.destroy(),
      )
    }
  }

  const listener = createListener(server.tls, (request, response) => {
    if (!direct(request, response)) route((instance) => instance.routing(request, response), request)
  })
  // Node.js would answer these itself, and nobody would count it (RFC 9110 §10.1.1).
  listener.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    route(() => edge.answerUnmatched(request, response, 417), request)
  })
  listener.on('clientError', (error, socket) => answerUnreadable(error, socket as Socket, edge.systemHeaders))

  return {
    server: listener,
    framework,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        listener.once('error', reject)
        listener.listen({ host, port }, () => {
          listener.off('error', reject)
          resolve()
        })
      }),
    close() {
      edge.drain()
      // Requests on open connections are still served; those without one are closed.
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}

/** Required, not imported: an import of node:http loads all it can export, a whole HTTP client among it. */
const requireBuiltin = createRequire(import.meta.url)

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

function createListener(
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
