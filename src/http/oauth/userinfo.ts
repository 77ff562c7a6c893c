/** `GET /oauth/userinfo`, `POST /oauth/userinfo` (OpenID Connect Core 1.0 §5.3.1). */
import type { Userinfo } from '../../oauth/openid/userinfo.ts'
import { parseForm } from '../../oauth/parameters.ts'
import { type PresentedToken, refusedToken, tokenOfHeader } from '../../oauth/presented-token.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, json, singleField } from '../endpoint.ts'

export function userinfoEndpoints(userinfo: Userinfo): Endpoint[] {
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    const answer = await userinfo.describe(
      presentedToken(request),
      request.context,
      singleField(request.headers.dpop),
    )
    if (answer.kind === 'json') return json(200, answer.claims)
    return { status: 200, headers: { 'content-type': 'application/jwt' }, body: answer.jwt }
  }
  const endpoint = { path: '/oauth/userinfo', kind: 'protocol', crossOrigin: true, handle } as const
  return [
    { ...endpoint, method: 'GET' },
    { ...endpoint, method: 'POST' },
  ]
}

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/**
 * The token of the header or of the form (RFC 6750 §2.1, §2.2); never of the query, which ends up in logs.
 * @throws {OAuthError} invalid_request when both bring one.
 */
function presentedToken({ method, headers, body }: HttpRequest): PresentedToken | undefined {
  const inHeader = tokenOfHeader(headers.authorization)
  // §2.2: in the body only where it is a form.
  const isForm = method === 'POST' && formType.test(headers['content-type'] ?? '')
  const inForm = isForm ? parseForm(body, headers['content-type']).get('access_token') : undefined
  if (inHeader !== undefined && inForm !== undefined) {
    // §2: "Clients MUST NOT use more than one method to transmit the token in each request."
    throw refusedToken('invalid_request', 'the token must come once')
  }
  return inForm === undefined ? inHeader : { scheme: 'Bearer', token: inForm }
}
