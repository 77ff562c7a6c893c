/**
 * What the stand-ins of identity providers have in common: a server that speaks their endpoints over HTTP, with codes
 * that are good once, for one client, one redirect URI and one PKCE verifier; and a person there who allows or cancels.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const standInClient = { id: 'authgate-at-provider', secret: 'the secret of authgate there' }

export interface SeenRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

export type Route = (request: SeenRequest, response: ServerResponse) => void | Promise<void>

export interface StandIn {
  /** Its address, without a final slash. */
  readonly url: string
  /** Every request since the start. */
  readonly seen: SeenRequest[]
  /** Answers a path otherwise from now on; `undefined` as before. */
  override(path: string, listener: RequestListener | undefined): void
  /** What the person there does with an authorization request. @returns where their browser is sent. */
  decide(authorizationUrl: string, decision?: 'allow' | 'cancel'): Promise<URL>
  close(): Promise<void>
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}

/** Starts it on a free port. @param routes by method and path. */
export async function startStandIn(
  routesAt: (url: string) => Readonly<Record<string, Route>>,
): Promise<StandIn> {
  const seen: SeenRequest[] = []
  const overrides = new Map<string, RequestListener>()
  let routes: Readonly<Record<string, Route>> = {}
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://stand-in')
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    const { method = '', headers } = request
    const asked = { method, path: pathname, query: searchParams, headers, body }
    seen.push(asked)
    const override = overrides.get(pathname)
    if (override !== undefined) {
      override(request, response)
      return
    }
    const route = routes[`${method} ${pathname}`]
    if (route === undefined) sendJson(response, 404, { message: 'Not Found' })
    else await route(asked, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  routes = routesAt(url)
  return {
    url,
    seen,
    override: (path, listener) =>
      listener === undefined ? overrides.delete(path) : overrides.set(path, listener),
    async decide(authorizationUrl, decision = 'allow') {
      const address = new URL(authorizationUrl)
      address.searchParams.set('stand_in_decision', decision)
      const response = await fetch(address, { redirect: 'manual' })
      await response.body?.cancel()
      const location = response.headers.get('location')
      if (location === null) throw new Error(`the provider answered ${response.status}`)
      return new URL(location)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Issued {
  redirectUri: string
  challenge: string
  scopes: string
  nonce: string | null
}

/** Codes and access tokens of one stand-in. */
export interface Desk {
  /** The authorization endpoint: answers at once, as a person who is signed in there and decides without thinking. */
  authorize: Route
  /** Redeems the code of a token request. @returns what is wrong, or what the code was for. */
  redeem(request: SeenRequest): 'client' | 'code' | 'redirect_uri' | 'verifier' | Issued
  issueToken(): string
  /** Whether a request carries a token of {@link issueToken}. */
  isBearer(request: SeenRequest): boolean
}

export function createDesk(cancelled: Readonly<Record<string, string>>): Desk {
  const codes = new Map<string, Issued>()
  const tokens = new Set<string>()
  return {
    authorize({ query }, response) {
      const redirectUri = query.get('redirect_uri') ?? ''
      const back = new URL(redirectUri)
      back.searchParams.set('state', query.get('state') ?? '')
      if (query.get('client_id') !== standInClient.id || query.get('response_type') !== 'code') {
        response.writeHead(400).end()
        return
      }
      if (query.get('stand_in_decision') === 'cancel') {
        for (const [name, value] of Object.entries(cancelled)) back.searchParams.set(name, value)
      } else {
        const code = randomBytes(10).toString('hex')
        codes.set(code, {
          redirectUri,
          challenge: query.get('code_challenge_method') === 'S256' ? (query.get('code_challenge') ?? '') : '',
          scopes: query.get('scope') ?? '',
          nonce: query.get('nonce'),
        })
        back.searchParams.set('code', code)
      }
      response.writeHead(302, { location: back.href }).end()
    },
    redeem({ body, headers }) {
      const form = new URLSearchParams(body)
      const basic = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
      const [id = form.get('client_id'), secret = form.get('client_secret')] =
        basic === '' ? [] : basic.split(':').map(decodeURIComponent)
      if (id !== standInClient.id || secret !== standInClient.secret) return 'client'
      const code = form.get('code') ?? ''
      const issued = codes.get(code)
      codes.delete(code)
      if (issued === undefined) return 'code'
      if (issued.redirectUri !== form.get('redirect_uri')) return 'redirect_uri'
      const verifier = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      return issued.challenge === verifier ? issued : 'verifier'
    },
    issueToken() {
      const token = randomBytes(20).toString('hex')
      tokens.add(token)
      return token
    },
    isBearer: ({ headers }) => tokens.has(headers.authorization?.replace(/^[Bb]earer /, '') ?? ''),
  }
}

/** The settings with which a server under test signs people in there. */
export function settingsFor(prefix: string, more: Record<string, string>): Record<string, string> {
  return {
    [`${prefix}_OAUTH_ENABLED`]: 'true',
    [`${prefix}_CLIENT_ID`]: standInClient.id,
    [`${prefix}_CLIENT_SECRET`]: standInClient.secret,
    ...more,
  }
}
