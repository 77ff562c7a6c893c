/**
 * Where a server's endpoints are: its own description (RFC 8414, OpenID Connect Discovery 1.0) when it has one,
 * else the paths AuthGate uses.
 */
import { type Http, members, NoAnswer, type Reply, textOf } from './http.ts'
import { LoginFailure, problems } from './problem.ts'
import { requireSafeTransport } from './server-address.ts'

export interface Endpoints {
  deviceAuthorization: string
  token: string
  userinfo: string | undefined
}

/**
 * Addresses where the description may be, the most exact first. With a path in the issuer RFC 8414 §3.1 puts the
 * well-known part before it, OpenID Connect after it; both are in use for both documents.
 */
export function metadataUrls(server: string): string[] {
  const { origin, pathname } = new URL(server)
  const documents = ['oauth-authorization-server', 'openid-configuration']
  if (pathname === '/') return documents.map((name) => `${origin}/.well-known/${name}`)
  return [
    ...documents.map((name) => `${origin}/.well-known/${name}${pathname}`),
    ...documents.map((name) => `${origin}${pathname}/.well-known/${name}`),
  ]
}

/**
 * @throws {LoginFailure} when the server cannot be reached, redirects, calls itself by another name than the one
 *   asked (RFC 8414 §3.3: the metadata MUST NOT be used), or names an endpoint that is not encrypted.
 */
export async function discover(http: Http, server: string, allowInsecure: boolean): Promise<Endpoints> {
  let found: Readonly<Record<string, unknown>> = {}
  for (const url of metadataUrls(server)) {
    const reply = await ask(http, url)
    const document = members(reply.json)
    // Anything but a JSON object is no description: many servers answer unknown paths with a page.
    if (reply.status !== 200 || Object.keys(document).length === 0) continue
    const issuer = textOf(document.issuer) ?? ''
    if (issuer.replace(/\/+$/, '') !== server) throw new LoginFailure(problems.issuerMismatch(server, issuer))
    // The two documents may differ; the first to name the device endpoint is complete enough.
    found = { ...document, ...found }
    if (textOf(document.device_authorization_endpoint) !== undefined) break
  }
  const endpoint = (name: string) => {
    const url = textOf(found[name])
    if (url === undefined) return undefined
    if (!URL.canParse(url))
      throw new LoginFailure(problems.notUnderstood(server, `${name} is not an address.`))
    requireSafeTransport(url, allowInsecure)
    // As a URL writes it: the text may hold characters that drive a terminal, and the trace prints the address.
    return new URL(url).href
  }
  return {
    deviceAuthorization: endpoint('device_authorization_endpoint') ?? `${server}/oauth/device/code`,
    token: endpoint('token_endpoint') ?? `${server}/oauth/token`,
    userinfo: endpoint('userinfo_endpoint'),
  }
}

async function ask(http: Http, url: string): Promise<Reply> {
  try {
    const reply = await http.getJson(url)
    if (reply.status >= 300 && reply.status < 400) {
      throw new LoginFailure(problems.redirected(url, reply.headers.get('location')))
    }
    return reply
  } catch (error) {
    if (error instanceof NoAnswer) {
      throw new LoginFailure(problems.unreachable(url, error.message), { cause: error })
    }
    throw error
  }
}
