/**
 * Cross-origin resource sharing (WHATWG Fetch §3.2): which endpoints scripts of other origins may call, and what a
 * browser is told about it. Never with credentials: none of these endpoints reads a cookie. Pages and the
 * authorization endpoint are not among them, since a browser goes there by itself.
 */
import type { Config } from '../config/load.ts'
import type { Endpoint, HttpHeaders } from './endpoint.ts'

/** Request headers a script may send beyond those that need no leave. */
const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Accept',
  'DPoP',
  // Model Context Protocol clients send these with every request, discovery included.
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
]

/** Answer headers a script may read: challenges, nonces, when to try again, versions of documents. */
const exposedHeaders = ['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After', 'ETag']

export interface Cors {
  /** Headers of every answer to `origin`, errors included, as name, value, name, value …. */
  headersFor(origin: string | undefined): readonly string[]
  /** Whether {@link Cors.headersFor} says the same to every origin. */
  readonly sameForAll: boolean
  /** Answers preflights for one path. */
  preflight(path: string, methods: readonly string[], like: Endpoint): Endpoint
}

const none: readonly string[] = []

export function createCors(settings: Config['cors']): Cors {
  const { origins } = settings
  const grant = (origin: string): readonly string[] => [
    'access-control-allow-origin',
    origin,
    'access-control-expose-headers',
    exposedHeaders.join(', '),
  ]
  const toAny = origins === 'any' ? grant('*') : none
  // What is said depends on who asks, which caches must know also of answers that say nothing (RFC 9110 §12.5.5).
  const vary = ['vary', 'Origin']
  const toListed = new Map(
    origins === 'any' ? [] : origins.map((origin) => [origin, [...grant(origin), ...vary]]),
  )
  const toOthers = toListed.size === 0 ? none : vary
  const maxAge = String(Math.floor(settings.maxAgeSeconds))
  const headerNames = [...allowedHeaders, ...settings.extraHeaders].join(', ')

  const headersFor = (origin: string | undefined): readonly string[] =>
    origins === 'any' ? toAny : ((origin === undefined ? undefined : toListed.get(origin)) ?? toOthers)

  return {
    headersFor,
    sameForAll: toListed.size === 0,
    preflight: (path, methods, like) => {
      const allowed = [...methods, 'OPTIONS'].join(', ')
      // Before authentication and limits (Fetch §4.8: a preflight carries no credentials).
      const handle: Endpoint['handle'] = ({ headers }) => {
        const answer: HttpHeaders = { allow: allowed }
        if (!headersFor(headers.origin).includes('access-control-allow-origin')) {
          return { status: 204, headers: answer }
        }
        return {
          status: 204,
          headers: {
            ...answer,
            'access-control-allow-methods': methods.join(', '),
            'access-control-allow-headers': headerNames,
            'access-control-max-age': maxAge,
          },
        }
      }
      const { kind, atRoot } = like
      return {
        method: 'OPTIONS',
        path,
        kind,
        crossOrigin: true,
        handle,
        ...(atRoot === undefined ? {} : { atRoot }),
      }
    },
  }
}

/** An `OPTIONS` endpoint for each path that scripts of other origins may call. */
export function preflights(cors: Cors, endpoints: readonly Endpoint[]): Endpoint[] {
  const byPath = Map.groupBy(
    endpoints.filter(({ crossOrigin }) => crossOrigin === true),
    ({ path, atRoot }) => `${atRoot === true} ${path}`,
  )
  return [...byPath.values()].map((group) => {
    const first = group[0]!
    const methods = group.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    return cors.preflight(first.path, methods, first)
  })
}
