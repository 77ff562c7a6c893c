/**
 * What can be asked of a server: each operation prepares its requests, checks one answer completely, and
 * returns the load to be measured. Preparing happens before the measured window.
 */

import { authorizationRequest, codeVerifier, obtainCodes } from './authorization.ts'
import { dpopProof } from './dpop-proof.ts'
import { countSamples, routesOf, scrapeAccept } from './exposition.ts'
import { logIn } from './login.ts'
import { type RunningServer, redirectUri } from './servers.ts'
import { type LoadResult, replay, type Shot } from './wrk.ts'

/** Makes load for a window. `connections` are keep-alive connections, or people for the login. */
export type Load = (seconds: number, connections: number) => Promise<LoadResult>

export interface Operation {
  readonly title: string
  /** @param connections how many of them the load will be given. */
  prepare(server: RunningServer, connections: number): Promise<Load>
}

export type OperationId =
  | 'cc-es256'
  | 'cc-opaque'
  | 'dpop'
  | 'device'
  | 'poll'
  | 'introspect'
  | 'par'
  | 'code'
  | 'login'
  | 'scrape'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const clientCredentials = 'grant_type=client_credentials&scope=read'
/** For oidc-provider: naming a resource is what makes it issue a JWT. AuthGate issues one without being asked. */
const forResource = `&resource=${encodeURIComponent('https://api.example.com')}`
const introspectedTokens = 200
/** As many as AuthGate answers in about half a second; each is polled once, well inside its interval. */
const polledCodes = 4000
/** A second's worth, so that none has run out when it is used. */
const proofs = 4000
const exchangedCodes = 2000
/** oidc-provider's memory holds 1,000 entries, and a code takes two. It knows no slow_down, so codes are reused. */
const reusedCodes = 300

export const operations: Readonly<Record<OperationId, Operation>> = {
  'cc-es256': {
    title: 'client_credentials, ES256 JWT',
    async prepare(server) {
      const body = jwtRequest(server)
      const { access_token: token } = await post(server, server.kind.paths.token, body)
      if (jwtAlgorithm(token) !== 'ES256')
        throw new Error(`${server.kind.title}: not an ES256 token: ${token}`)
      return wrkLoad(await shot(server, server.kind.paths.token, [body]))
    },
  },
  'cc-opaque': {
    title: 'client_credentials, opaque',
    async prepare(server) {
      const { access_token: token } = await post(server, server.kind.paths.token, clientCredentials)
      if (typeof token !== 'string' || token.includes('.')) throw new Error(`not opaque: ${token}`)
      return wrkLoad(await shot(server, server.kind.paths.token, [clientCredentials]))
    },
  },
  dpop: {
    title: 'client_credentials with a DPoP proof, ES256 JWT',
    async prepare(server) {
      const body = jwtRequest(server)
      const uri = server.url + server.kind.paths.token
      const { token_type: type } = await post(server, server.kind.paths.token, body, { DPoP: dpopProof(uri) })
      if (type !== 'DPoP') throw new Error(`${server.kind.title}: not bound to the key: ${type}`)
      // Made at once: a proof is good for seconds, and once.
      const values = Array.from({ length: proofs }, () => dpopProof(uri))
      const bodies = values.map(() => body)
      const request = await shot(server, server.kind.paths.token, bodies)
      return wrkLoad({ ...request, varying: { name: 'DPoP', values }, once: true })
    },
  },
  device: {
    title: 'device authorization',
    async prepare(server) {
      const body = await deviceRequest(server)
      const { device_code: code, user_code: shown } = await post(server, server.kind.paths.device, body)
      if (typeof code !== 'string' || typeof shown !== 'string') throw new Error('no device code')
      return wrkLoad(await shot(server, server.kind.paths.device, [body]))
    },
  },
  poll: {
    title: 'poll of a pending device code',
    async prepare(server) {
      const once = isAuthgate(server)
      const request = await deviceRequest(server)
      const { id } = await server.client()
      const bodies = await many(once ? polledCodes : reusedCodes, async () => {
        const { device_code: code } = await post(server, server.kind.paths.device, request)
        return `grant_type=${encodeURIComponent(deviceGrant)}&device_code=${code}&client_id=${encodeURIComponent(id)}`
      })
      const poll = await shot(server, server.kind.paths.token, bodies)
      return wrkLoad({ ...poll, expectedError: 'authorization_pending', once })
    },
  },
  introspect: {
    title: 'introspection of a live token',
    async prepare(server) {
      const request = isAuthgate(server) ? jwtRequest(server) : clientCredentials
      const bodies = await many(introspectedTokens, async () => {
        const { access_token: token } = await post(server, server.kind.paths.token, request)
        return `token=${encodeURIComponent(String(token))}`
      })
      const { active } = await post(server, server.kind.paths.introspection, bodies[0]!)
      if (active !== true) throw new Error(`${server.kind.title}: a fresh token is not active`)
      return wrkLoad(await shot(server, server.kind.paths.introspection, bodies))
    },
  },
  par: {
    title: 'pushed authorization request',
    async prepare(server) {
      const body = authorizationRequest((await server.client()).id).toString()
      const { request_uri: uri } = await post(server, server.kind.paths.par, body)
      if (typeof uri !== 'string') throw new Error(`${server.kind.title}: no request_uri`)
      return wrkLoad(await shot(server, server.kind.paths.par, [body]))
    },
  },
  code: {
    title: 'authorization code exchange, with ID token',
    async prepare(server) {
      const client = await server.client()
      const codes = await obtainCodes(server, client, exchangedCodes)
      const bodies = codes.map((code) =>
        new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
        }).toString(),
      )
      const { id_token: idToken } = await post(server, server.kind.paths.token, bodies.pop()!)
      if (jwtAlgorithm(idToken) !== 'ES256') throw new Error(`${server.kind.title}: no ES256 ID token`)
      return wrkLoad({ ...(await shot(server, server.kind.paths.token, bodies)), once: true })
    },
  },
  login: {
    title: 'login (page, then Argon2id)',
    async prepare(server, connections) {
      // Everybody as themselves: attempts for one account at the same time are delayed on purpose.
      const people = await server.accounts(connections)
      return (seconds) => logIn(server.url, people, seconds)
    },
  },
  scrape: {
    title: 'scrape of /metrics',
    async prepare(server) {
      await visitRoutes(server.url)
      return wrkLoad({
        method: 'GET',
        url: `${server.url}/metrics`,
        headers: { Accept: scrapeAccept },
        bodies: [''],
      })
    },
  },
}

/** Series in one scrape of a server. */
export async function countSeries(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { Accept: scrapeAccept } })
  if (response.status !== 200) throw new Error(`scrape answered ${response.status}`)
  return countSamples(await response.text())
}

/**
 * A server in use has answered on all its routes, and to scanners where it has none; each that did is a histogram of
 * its own in the scrape.
 */
async function visitRoutes(url: string): Promise<void> {
  const response = await fetch(`${url}/metrics`)
  const unknown = ['GET', 'HEAD', 'POST'].map((method) => ({ method, path: '/none' }))
  for (const { method, path } of [...routesOf(await response.text()), ...unknown]) {
    const address = url + path.replace(/:\w+/g, 'none')
    await (await fetch(address, { method, redirect: 'manual' })).arrayBuffer()
  }
}

function isAuthgate(server: RunningServer): boolean {
  return server.kind.id.startsWith('authgate')
}

function jwtRequest(server: RunningServer): string {
  return isAuthgate(server) ? clientCredentials : clientCredentials + forResource
}

async function deviceRequest(server: RunningServer): Promise<string> {
  const { id } = await server.client()
  return `client_id=${encodeURIComponent(id)}&scope=read`
}

function wrkLoad(request: Shot): Load {
  return (seconds, connections) => replay(request, seconds, connections)
}

async function formHeaders(server: RunningServer): Promise<Record<string, string>> {
  return {
    Authorization: await server.authorization(),
    'Content-Type': 'application/x-www-form-urlencoded',
  }
}

async function shot(server: RunningServer, path: string, bodies: readonly string[]): Promise<Shot> {
  return { method: 'POST', url: server.url + path, headers: await formHeaders(server), bodies }
}

/** One authenticated form request whose answer must be a success. */
async function post(
  server: RunningServer,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { ...(await formHeaders(server)), ...headers },
    body,
  })
  const text = await response.text()
  if (response.status !== 200 && response.status !== 201) {
    throw new Error(`${server.kind.title}: POST ${path} answered ${response.status}: ${text.slice(0, 500)}`)
  }
  return JSON.parse(text) as Record<string, unknown>
}

/** The results of `count` calls, up to 16 at a time. */
async function many<T>(count: number, call: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let started = 0
  const worker = async () => {
    while (started < count) {
      started += 1
      results.push(await call())
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return results
}

function jwtAlgorithm(token: unknown): unknown {
  const [header = '', ...rest] = String(token).split('.')
  if (rest.length !== 2) return undefined
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown }).alg
}
