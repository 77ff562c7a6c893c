/** The answer to bytes that are no HTTP request, which no route ever sees and no metric counts. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

/** What the parser of Node.js calls the problems that have a status of their own; everything else is a bad request. */
const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Answers in the words of the other endpoints and hangs up: where the next request would begin is unknown. */
export function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  headers: OutgoingHttpHeaders,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable) {
    const status = statusLines[error.code ?? ''] ?? '400 Bad Request'
    const body = JSON.stringify({ error: 'invalid_request' })
    const lines = Object.entries({
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
  }
  socket.destroy(error)
}
