/** Fastify as the router of everything that is not recognized by its address alone. */
import type { IncomingMessage } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import { bodyText, type MountedService } from './direct-routes.ts'
import type { Edge } from './edge.ts'

/** @returns the framework, ready to route requests of a server that is not its own. */
export async function createFramework(
  edge: Edge,
  services: readonly MountedService[],
  bodyLimitBytes: number,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    // Endpoints read and write text themselves: without these the framework would load two schema compilers.
    schemaController: {
      compilersFactory: { buildValidator: () => noSchemas, buildSerializer: () => noSchemas },
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 400
      edge.answerUnmatched(request.raw, reply.hijack().raw, status)
    },
  }) as unknown as FastifyInstance

  // Bodies are read as text whatever their type says; the endpoint that parses one decides whether it fits.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => {
    const text = bodyText(bytes as Buffer)
    if (text === undefined) done(new Error('the body is not UTF-8'))
    else done(null, text)
  })
  for (const { path, methods, service } of services) {
    app.route({
      method: [...methods],
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
  await app.ready()
  return app
}

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

function noSchemas(): never {
  throw new Error('no route here has a schema')
}
