/** `POST /oauth/introspect` (RFC 7662 §2), as JSON or signed (RFC 9701 §4, §5). */
import type { Introspection } from '../../oauth/introspection.ts'
import { parseForm } from '../../oauth/parameters.ts'
import { type Endpoint, json } from '../endpoint.ts'

const signedType = 'application/token-introspection+jwt'

export function introspectEndpoint(introspection: Introspection): Endpoint {
  return {
    method: 'POST',
    path: '/oauth/introspect',
    kind: 'protocol',
    async handle(request) {
      const { authorization, accept } = request.headers
      const parameters = parseForm(request.body, request.headers['content-type'])
      const signed = wantsSigned(accept)
      const answer = await introspection.introspect(authorization, parameters, request.context, { signed })
      if (answer.kind === 'json') return json(200, answer.body)
      return { status: 200, headers: { 'content-type': signedType }, body: answer.jwt }
    },
  }
}

/**
 * Whether an `Accept` header asks for the signed form (RFC 9701 §4): it is named, and JSON is not preferred (RFC 9110
 * §12.5.1). Whoever takes anything gets JSON, as ever.
 */
function wantsSigned(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const weights = new Map<string, number>()
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    weights.set(type, weight === undefined ? 1 : Number(weight))
  }
  const signed = weights.get(signedType) ?? 0
  return signed > 0 && signed >= (weights.get('application/json') ?? 0)
}
