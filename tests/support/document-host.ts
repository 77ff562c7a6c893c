/** A site that apps publish their own descriptions at: TLS, names of its own, and answers a test decides on. */
import { once } from 'node:events'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, BlockList } from 'node:net'
import { createGuardedOutbound } from '../../src/outbound/guarded-outbound.ts'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { createCertificate } from './certificate.ts'

const hosts = ['app.example.com', 'other.example.org']

export interface DocumentHost {
  /** The way out of a server under test: these names lead here, every other one to `127.0.0.2`. */
  outbound: Outbound
  /** What a server under test is started with, so that it may ask here. */
  environment: Record<string, string>
  /** The address of `path`. */
  at(path: string, host?: string): string
  /** Decides what a path is answered: a document, or whatever a listener does. */
  serve(path: string, answer: object | RequestListener): void
  /** Every request since the last look. */
  seen(): { path: string; headers: IncomingHttpHeaders }[]
  close(): void
}

export async function startDocumentHost(options: { timeoutMs?: number } = {}): Promise<DocumentHost> {
  const { cert, key } = createCertificate(hosts)
  const answers = new Map<string, object | RequestListener>()
  let requests: { path: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer({ cert, key }, (request, response) => {
    const path = request.url!
    requests.push({ path, headers: request.headers })
    const answer = answers.get(path)
    if (typeof answer === 'function') {
      ;(answer as RequestListener)(request, response)
      return
    }
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(answer === undefined ? '{}' : JSON.stringify(answer))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const networks = new BlockList()
  networks.addAddress('127.0.0.1', 'ipv4')
  return {
    outbound: createGuardedOutbound({
      userAgent: 'AuthGate/test',
      allowedNetworks: networks,
      loopbackAllowed: false,
      ca: cert,
      resolve: async (host) => [{ address: hosts.includes(host) ? '127.0.0.1' : '127.0.0.2', family: 4 }],
      timeoutMs: options.timeoutMs ?? 2000,
    }),
    environment: { CIMD_PORTS: String(port) },
    at: (path, host = hosts[0]!) => `https://${host}:${port}${path}`,
    serve: (path, answer) => answers.set(path, answer),
    seen() {
      const before = requests
      requests = []
      return before
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
