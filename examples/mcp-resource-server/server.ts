/**
 * An MCP server behind AuthGate, as small as it can be: Node's own HTTP server and `jose`. What is of interest is how it
 * tells clients where to get a token (RFC 9728 §5.1), and how it checks the one it is shown (RFC 9068 §4). The tools
 * themselves keep notes in memory.
 *
 * Run it with: RESOURCE=http://127.0.0.1:3000/mcp ISSUER=http://localhost:8080 node server.ts
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

export interface ResourceServerOptions {
  /** The identifier that is registered at the authorization server: exactly what people type into their clients. */
  resource: string
  /** The authorization server, exactly as its metadata has it: no final slash is added. */
  issuer: string
}

/** What each tool needs. A client is told of all of it at once, and the broader scope implies the narrower one. */
const tools = {
  list_notes: { description: 'Lists the notes', scopes: ['notes:read'] },
  add_note: { description: 'Adds a note', scopes: ['notes:read', 'notes:write'] },
} as const
const implied: Readonly<Record<string, readonly string[]>> = { 'notes:write': ['notes:read'] }
/** What a first request needs. Asking for little lets people see what more a later step wants. */
const firstScopes = ['notes:read']

const maxBodyBytes = 256 * 1024
const clockSkewSeconds = 60

export function createResourceServer({ resource, issuer }: ResourceServerOptions): Server {
  const { origin, pathname } = new URL(resource)
  // RFC 9728 §3.1: the well-known part goes between the host and the path.
  const metadataPath = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  const metadataUrl = origin + metadataPath
  // One fetch, then from memory; a key nobody knows yet is looked for again, but not more often than this.
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), { cooldownDuration: 30_000 })
  const notes: string[] = []

  /** One challenge, `Bearer` first: clients look no further. */
  const challenge = (response: ServerResponse, status: 401 | 403, fields: Record<string, string>): void => {
    const all = { ...fields, resource_metadata: metadataUrl }
    const text = Object.entries(all).map(([name, value]) => `${name}="${value}"`)
    response.writeHead(status, { 'www-authenticate': `Bearer ${text.join(', ')}`, ...cors }).end()
  }

  /** The scopes of the token a request carries; `undefined` when it has been answered. */
  const authorize = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<ReadonlySet<string> | undefined> => {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) {
      // RFC 6750 §3.1: without a token there is no error, only what is needed.
      challenge(response, 401, { scope: firstScopes.join(' ') })
      return undefined
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        // The one check that keeps a token for another service from working here.
        audience: resource,
        // Not an ID token, which is for the client alone.
        typ: 'at+jwt',
        algorithms: ['ES256', 'RS256'],
        clockTolerance: clockSkewSeconds,
        requiredClaims: ['exp', 'sub', 'client_id'],
      })
      const scopes = typeof payload.scope === 'string' ? payload.scope.split(' ') : []
      return new Set(scopes.flatMap((scope) => [scope, ...(implied[scope] ?? [])]))
    } catch (error) {
      // That the keys cannot be had is no fault of the token.
      if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout) {
        response.writeHead(503, { 'retry-after': '5', ...cors }).end()
        return undefined
      }
      challenge(response, 401, { error: 'invalid_token', scope: firstScopes.join(' ') })
      return undefined
    }
  }

  const call = (name: keyof typeof tools, text: unknown): unknown => {
    if (name === 'add_note') notes.push(String(text))
    return { content: [{ type: 'text', text: name === 'add_note' ? 'added' : notes.join('\n') }] }
  }

  /** The few methods of MCP that a client needs to find and use two tools (JSON-RPC 2.0). */
  const answer = (method: string, params: Record<string, unknown>): unknown => {
    switch (method) {
      case 'initialize':
        return {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'notes', version: '1.0.0' },
        }
      case 'ping':
        return {}
      case 'tools/list':
        return {
          tools: Object.entries(tools).map(([name, { description }]) => ({
            name,
            description,
            inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
          })),
        }
      case 'tools/call':
        return isTool(params.name)
          ? call(params.name, (params.arguments as { text?: unknown } | undefined)?.text)
          : undefined
      default:
        return undefined
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url!.split('?', 1)[0]
    // Browsers ask without a token whether they may send one.
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...cors, ...preflight }).end()
      return
    }
    if (path === metadataPath) {
      // What `authgate resource show` prints.
      const document = {
        resource,
        authorization_servers: [issuer],
        scopes_supported: firstScopes,
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
      }
      sendJson(response, document, { 'cache-control': 'public, max-age=300' })
      return
    }
    if (path !== pathname) {
      response.writeHead(404, { 'content-type': 'application/json', ...cors }).end('{"error":"not_found"}')
      return
    }
    const granted = await authorize(request, response)
    if (granted === undefined) return
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST, OPTIONS', ...cors }).end()
      return
    }
    const {
      id,
      method,
      params = {},
    } = JSON.parse(await readBody(request)) as {
      id?: number | string
      method: string
      params?: Record<string, unknown>
    }
    const needed = method === 'tools/call' && isTool(params.name) ? tools[params.name].scopes : []
    if (!needed.every((scope) => granted.has(scope))) {
      challenge(response, 403, { error: 'insufficient_scope', scope: needed.join(' ') })
      return
    }
    if (id === undefined) {
      response.writeHead(202, cors).end()
      return
    }
    const result = answer(method, params)
    sendJson(response, {
      jsonrpc: '2.0',
      id,
      ...(result === undefined ? { error: { code: -32_601, message: 'Method not found' } } : { result }),
    })
  }

  return createServer((request, response) => {
    handle(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else response.writeHead(400, cors).end()
    })
  })
}

/** Any origin may call: what counts is the token, which no browser sends by itself. */
const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'WWW-Authenticate' }
const preflight = {
  'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version, Mcp-Session-Id',
  'access-control-allow-methods': 'POST, OPTIONS',
}

function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...cors, ...headers })
  response.end(JSON.stringify(value))
}

function isTool(name: unknown): name is keyof typeof tools {
  return typeof name === 'string' && Object.hasOwn(tools, name)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

if (import.meta.main) {
  const { RESOURCE: resource = 'http://127.0.0.1:3000/mcp', ISSUER: issuer = 'http://localhost:8080' } =
    process.env
  const { hostname, port } = new URL(resource)
  createResourceServer({ resource, issuer }).listen(Number(port), hostname, () => {
    console.log(`${resource}, with tokens of ${issuer}`)
  })
}
