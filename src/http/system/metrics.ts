/** `GET /metrics`: the scrape. */
import { equalInConstantTime } from '../../shared/digest.ts'
import type { Secret } from '../../shared/secret.ts'
import { type Endpoint, type HttpAnswer, json } from '../endpoint.ts'

export function metricsEndpoint(dependencies: {
  token: Secret | undefined
  /** The metrics page in the format the `Accept` header asks for. */
  exposition(accept: string | undefined): Promise<{ contentType: string; body: string }>
}): Endpoint {
  const { token, exposition } = dependencies
  return {
    method: 'GET',
    path: '/metrics',
    kind: 'system',
    atRoot: true,
    unobserved: true,
    async handle({ headers }) {
      if (token !== undefined) {
        const match = /^bearer +(.+)$/i.exec(headers.authorization ?? '')
        if (match === null) return unauthorized('Bearer token required')
        if (!equalInConstantTime(match[1]!, token.reveal())) return unauthorized('Invalid token')
      }
      const { contentType, body } = await exposition(headers.accept)
      return { status: 200, headers: { 'content-type': contentType }, body }
    },
  }
}

function unauthorized(message: string): HttpAnswer {
  return json(401, { error: 'unauthorized', message }, { 'www-authenticate': 'Bearer realm="Metrics"' })
}
