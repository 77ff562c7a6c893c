/** HTTP/1.1 byte by byte: for what an ordinary client would never send, or would hide. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

export interface RawConnection {
  socket: Socket
  write(data: string | Buffer): void
  /** The next answer, `100 Continue` included. @throws when the connection ends first, or after five seconds. */
  answer(options?: { ofHead?: boolean }): Promise<RawAnswer>
  /** Resolves when the server has closed the connection. */
  closed(): Promise<void>
}

const patienceMs = 5000

export async function connectRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  let ended = false
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
  })
  socket.on('close', () => {
    ended = true
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const change = async (): Promise<void> => {
    if (ended) throw new Error(`the connection ended after: ${received.toString()}`)
    const signal = AbortSignal.timeout(patienceMs)
    await Promise.race([once(socket, 'data', { signal }), once(socket, 'close', { signal })])
  }
  return {
    socket,
    write: (data) => socket.write(data),
    async answer({ ofHead = false } = {}) {
      for (;;) {
        const end = received.indexOf('\r\n\r\n')
        if (end !== -1) {
          const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
          const headers: Record<string, string> = {}
          for (const line of lines) {
            const colon = line.indexOf(':')
            headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
          }
          const bodyEnd = end + 4 + (ofHead ? 0 : Number(headers['content-length'] ?? 0))
          if (received.length >= bodyEnd) {
            const body = received.subarray(end + 4, bodyEnd).toString()
            received = received.subarray(bodyEnd)
            return { status: Number(statusLine.split(' ')[1]), headers, body }
          }
        }
        await change()
      }
    },
    async closed() {
      if (!ended) await once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) })
    },
  }
}

/** A `POST` as text, ready to be sent. */
export function rawPost(path: string, body: string, headers: Record<string, string> = {}): string {
  const all = {
    host: '127.0.0.1',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
