/** The external authentication API, as somebody else runs it: right, slow, wrong, down or hostile. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ApiPerson {
  password: string
  user_id: string
  email?: string | undefined
  full_name?: string | undefined
}

export interface SeenCall {
  headers: IncomingHttpHeaders
  path: string
  body: string
}

export interface HttpApi {
  url: string
  /** By user name. */
  people: Map<string, ApiPerson>
  /** Every request since the start. */
  seen: SeenCall[]
  /** Answers the next requests in place of the API, one each; the API answers when there are none left. */
  instead: RequestListener[]
  settings: Record<string, string>
  close(): Promise<void>
}

/** An answer of a status and a body. */
export function answering(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

export async function startHttpApi(): Promise<HttpApi> {
  const people = new Map<string, ApiPerson>()
  const seen: SeenCall[] = []
  const instead: RequestListener[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    seen.push({ headers: request.headers, path: request.url!, body })
    const other = instead.shift()
    if (other !== undefined) {
      other(request, response)
      return
    }
    const { username, password } = JSON.parse(body) as { username: string; password: string }
    const person = people.get(username)
    const { password: right, ...rest } = person ?? { password: undefined }
    const answer =
      right === password ? { success: true, ...rest } : { success: false, message: 'invalid credentials' }
    answering(200, answer)(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/authenticate?realm=staff`
  return {
    url,
    people,
    seen,
    instead,
    settings: {
      AUTH_MODE: 'http_api',
      HTTP_API_URL: url,
      HTTP_API_TIMEOUT: '2s',
      HTTP_API_ATTEMPT_TIMEOUT: '200ms',
      HTTP_API_MAX_RETRIES: '0',
      HTTP_API_RETRY_DELAY: '0s',
      HTTP_API_MAX_RETRY_DELAY: '50ms',
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
