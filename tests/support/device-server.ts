/**
 * A small authorization server that speaks RFC 8628 from a script: what each poll is answered is decided by the
 * test. It shares no code with the product, so a mistake cannot agree with itself.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** A string is sent as it is, anything else as JSON. */
  body: unknown
}

/** `hang` answers nothing, `reset` breaks the connection. */
export type Scripted = Answer | 'hang' | 'reset'

export interface SeenRequest {
  method: string
  path: string
  authorization: string | undefined
  userAgent: string | undefined
  form: Record<string, string>
}

export interface DeviceServerScript {
  /** Added to the origin to make the issuer, such as `/realms/demo`. */
  issuerPath?: string
  /** Answers by path, before everything else. */
  routes?: Record<string, Scripted>
  /** Changes to the metadata; `null` for a server without any. */
  metadata?: Record<string, unknown> | null
  /** Changes to the device authorization response. */
  code?: Record<string, unknown>
  /** One per poll, in order; the last one repeats. */
  polls?: Scripted[]
}

export interface DeviceServer {
  /** The issuer: what to pass as the server. */
  url: string
  requests: SeenRequest[]
  close(): Promise<void>
}

export const pending: Answer = { status: 400, body: { error: 'authorization_pending' } }
export const slowDown: Answer = { status: 400, body: { error: 'slow_down' } }
export const token: Answer = {
  body: {
    access_token: 'access-token-of-the-test',
    refresh_token: 'refresh-token-of-the-test',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'openid profile',
  },
}

export async function startDeviceServer(script: DeviceServerScript = {}): Promise<DeviceServer> {
  const requests: SeenRequest[] = []
  const polls = script.polls ?? [token]
  let polled = 0
  let issuer = ''

  function answer(path: string): Scripted {
    const routed = script.routes?.[path]
    if (routed !== undefined) return routed
    const local = path.startsWith(script.issuerPath ?? '') ? path.slice((script.issuerPath ?? '').length) : ''
    switch (local) {
      case '/oauth/device/code':
        return {
          body: {
            device_code: 'device-code-of-the-test',
            user_code: 'WDJB-MJHT',
            verification_uri: `${issuer}/device`,
            verification_uri_complete: `${issuer}/device?user_code=WDJB-MJHT`,
            expires_in: 1800,
            interval: 5,
            ...script.code,
          },
        }
      case '/oauth/token':
        return polls[Math.min(polled++, polls.length - 1)] ?? { status: 500, body: '' }
      case '/oauth/userinfo':
        return { body: { sub: 'user-1', name: 'Ana Smith', preferred_username: 'ana' } }
      case '/oauth/tokeninfo':
        return { body: { active: true, user_id: 'user-1' } }
    }
    const wellKnown = `/.well-known/oauth-authorization-server${script.issuerPath ?? ''}`
    if (path === wellKnown && script.metadata !== null) {
      return {
        body: {
          issuer,
          device_authorization_endpoint: `${issuer}/oauth/device/code`,
          token_endpoint: `${issuer}/oauth/token`,
          userinfo_endpoint: `${issuer}/oauth/userinfo`,
          ...script.metadata,
        },
      }
    }
    return { status: 404, body: 'not found' }
  }

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    requests.push({
      method: request.method ?? '',
      path,
      authorization: request.headers.authorization,
      userAgent: request.headers['user-agent'],
      form: Object.fromEntries(new URLSearchParams(await readBody(request))),
    })
    send(response, answer(path))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}${script.issuerPath ?? ''}`
  return {
    url: issuer,
    requests,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

function send(response: ServerResponse, answer: Scripted): void {
  if (answer === 'hang') return
  if (answer === 'reset') {
    response.destroy()
    return
  }
  const text = typeof answer.body === 'string'
  response.writeHead(answer.status ?? 200, {
    'content-type': text ? 'text/html' : 'application/json',
    ...answer.headers,
  })
  response.end(text ? answer.body : JSON.stringify(answer.body))
}
