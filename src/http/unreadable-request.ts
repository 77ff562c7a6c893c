/** The answer to bytes that are no HTTP request, which no route ever sees and no metric counts. */
import type { Socket } from 'node:net'

/** What the parser of Node.js calls the problems that have a status of their own; everything else is a bad request. */
const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Answers in the words of the other endpoints and hangs up: where the next request would begin is unknown.
 * @param headers as name, value, name, value ….
 */
export function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  headers: readonly string[],
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable) {
    const body = JSON.stringify({ error: 'invalid_request' })
    const own = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)]
    const all = [...headers, ...own, 'connection', 'close']
    let head = `HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}\r\n`
    for (let index = 0; index < all.length; index += 2) head += `${all[index]}: ${all[index + 1]}\r\n`
    socket.write(`${head}\r\n${body}`)
  }
  socket.destroy(error)
}
