/** The tests' own count of answered requests, by the routes as the documents name them. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { observed } from './founding-metrics.ts'

const routes: Record<string, readonly string[]> = {
  '/': ['GET'],
  '/login': ['GET', 'POST'],
  '/logout': ['GET', 'POST'],
  '/account/sessions': ['GET'],
  '/account/sessions/:id/end': ['POST'],
  '/account/sessions/end-others': ['POST'],
  '/account/sessions/revoke-all': ['POST'],
  '/account/grants/:id/revoke': ['POST'],
  '/device': ['GET'],
  '/device/done': ['GET'],
  '/device/verify': ['POST'],
  '/oauth/device/code': ['POST', 'OPTIONS'],
  '/oauth/token': ['POST', 'OPTIONS'],
  '/oauth/tokeninfo': ['GET', 'OPTIONS'],
  '/oauth/userinfo': ['GET', 'POST', 'OPTIONS'],
  '/oauth/end_session': ['GET', 'POST'],
  '/oauth/end_session/confirm': ['POST'],
  '/oauth/end_session/done': ['GET'],
  '/oauth/introspect': ['POST'],
  '/oauth/revoke': ['POST', 'OPTIONS'],
  '/.well-known/jwks.json': ['GET', 'OPTIONS'],
  '/.well-known/oauth-authorization-server': ['GET', 'OPTIONS'],
  '/.well-known/openid-configuration': ['GET', 'OPTIONS'],
  '/static/:file': ['GET'],
  '/favicon.ico': ['GET'],
  '/health': ['GET'],
  '/livez': ['GET'],
  '/readyz': ['GET'],
}
const standardMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/

export interface HttpTally {
  onAnswered(request: InjectOptions, response: LightMyRequestResponse): void
  /** What the two metrics with a `path` label must show, when every answer took no time. */
  samples(): Record<string, number>
}

export function createHttpTally(): HttpTally {
  const counts = new Map<string, { method: string; path: string; byStatus: Map<number, number> }>()
  return {
    onAnswered(request, response) {
      const asked = request.method ?? 'GET'
      const url = String(request.url).split('?', 1)[0]!
      // The scrape does not count itself.
      if (url === '/metrics') return
      const path = routeOf(asked, url)
      const method = standardMethods.includes(asked) ? asked : 'OTHER'
      const key = `${method} ${path}`
      const { byStatus } = counts.get(key) ?? { byStatus: new Map<number, number>() }
      byStatus.set(response.statusCode, (byStatus.get(response.statusCode) ?? 0) + 1)
      counts.set(key, { method, path, byStatus })
    },
    samples() {
      const samples: Record<string, number> = {}
      for (const { method, path, byStatus } of counts.values()) {
        let requests = 0
        for (const [status, count] of byStatus) {
          samples[`http_requests_total{method="${method}",path="${path}",status="${status}"}`] = count
          requests += count
        }
        const instantly = Array<number>(requests).fill(0)
        Object.assign(samples, observed('http_request_duration_seconds', instantly, { method, path }))
      }
      return samples
    },
  }
}

function routeOf(method: string, url: string): string {
  const template = url
    .replace(uuid, ':id')
    .replace(/^\/static\/.*$/, '/static/:file')
    .replace(/(?<=.)\/$/, '')
  const allowed = Object.hasOwn(routes, template) ? routes[template]! : []
  return allowed.includes(method === 'HEAD' ? 'GET' : method) ? template : 'unknown'
}
