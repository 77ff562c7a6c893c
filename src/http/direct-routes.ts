/**
 * The short way to the protocol endpoints: `POST` to a fixed path, body read here. It saves a request what routing and
 * body parsing of a general framework cost, which is more than some of these endpoints cost themselves. Everything
 * else about the request is the same: the same edge answers it.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Edge, Service } from './edge.ts'

/** A body may be this many times too large and still be read to its end. */
const patience = 16

const noParams = Object.freeze({})

/** @returns whether it took the request. */
export type DirectRoutes = (request: IncomingMessage, response: ServerResponse) => boolean

export function createDirectRoutes(
  edge: Edge,
  services: readonly { path: string; methods: readonly string[]; service: Service }[],
  bodyLimitBytes: number,
): DirectRoutes {
  const byPath = new Map(
    services
      .filter(({ path, service }) => isDirect(service) && !path.includes(':'))
      .map(({ path, service }) => [path, service]),
  )
  return (request, response) => {
    if (request.method !== 'POST') return false
    const service = byPath.get(request.url!)
    if (service === undefined) return false
    if (Number(request.headers['content-length']) > bodyLimitBytes * patience) {
      // Nobody waits for such a body to come to its end, nor for the next request behind it.
      response.setHeader('connection', 'close')
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

function isDirect({ endpoint }: Service): boolean {
  return endpoint.method === 'POST' && endpoint.kind === 'protocol'
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
