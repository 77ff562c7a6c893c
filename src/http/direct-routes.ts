/**
 * The short way to endpoints with a fixed path that are there from the start: body read here, no routing. It saves a
 * request what routing and body parsing of a general framework cost, which is more than some of these endpoints cost
 * themselves, and it answers before the framework is loaded. Everything else about the request is the same: the same
 * edge answers it.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Edge, Service } from './edge.ts'

const noParams = Object.freeze({})

/** What a body would mean with these is defined nowhere (RFC 9110 §9.3.1); Node.js reads past it. */
const bodiless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A body up to this many times too large is read to its end, so that its connection stays usable. */
const patience = 16

/** An endpoint in service, and where. */
export interface MountedService {
  /** With the path of `BASE_URL` before it, where the endpoint is below that. */
  readonly path: string
  readonly methods: readonly string[]
  readonly service: Service
}

/** @returns whether it took the request: one to a known path, with no query and no slash at its end. */
export type DirectRoutes = (request: IncomingMessage, response: ServerResponse) => boolean

export function createDirectRoutes(
  edge: Edge,
  services: readonly MountedService[],
  bodyLimitBytes: number,
): DirectRoutes {
  const byMethod = new Map<string, Map<string, Service>>()
  for (const { path, methods, service } of services) {
    if (path.includes(':')) continue
    for (const method of methods) {
      const byPath = byMethod.get(method) ?? new Map<string, Service>()
      byMethod.set(method, byPath.set(path, service))
    }
  }
  return (request, response) => {
    const service = byMethod.get(request.method!)?.get(request.url!)
    if (service === undefined) return false
    if (bodiless.has(request.method!)) {
      void edge.serve(service, request, response, noParams, '')
      return true
    }
    // So much is not even read, and nothing can follow it on this connection.
    if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes * patience) {
      response.shouldKeepAlive = false
      edge.refuse(service, request, response, 413)
      return true
    }
    readBody(request, bodyLimitBytes, (body) => {
      if (typeof body === 'number') edge.refuse(service, request, response, body)
      else void edge.serve(service, request, response, noParams, body)
    })
    return true
  }
}

/**
 * The text of a body, or `undefined` when its bytes are not UTF-8 (RFC 6749 appendix B): decoding would put other
 * characters in the place of those, and two different values could become one.
 */
export function bodyText(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/**
 * Reads the body as text, or gives the status to refuse it with. A body over the limit is read to its end, within
 * reason, so that the client gets an answer; a request whose connection breaks is never given.
 */
function readBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: string | 400 | 413) => void,
): void {
  let first: Buffer | undefined
  let more: Buffer[] | undefined
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > limitBytes) {
      first = undefined
      more = undefined
      // What goes on without end is cut off instead of read.
      if (size > limitBytes * patience) request.destroy()
    } else if (first === undefined) first = chunk
    else if (more === undefined) more = [first, chunk]
    else more.push(chunk)
  })
  request.on('end', () => {
    if (size > limitBytes) done(413)
    else if (first === undefined) done('')
    else done(bodyText(more === undefined ? first : Buffer.concat(more)) ?? 400)
  })
  // Without a listener a connection that breaks in the middle would be an uncaught error.
  request.on('error', () => undefined)
}
