/** What every HTTP exchange that goes out has in common: an answer that is waited for and read within bounds. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { OutboundError } from './outbound.ts'

/** Errors of Node's TLS that mean the other side is not who it should be, or speaks no TLS. */
const tlsError = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/

export function responseTo(
  outgoing: ClientRequest,
  body: string | Buffer | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve)
    // Also after the answer has begun: an error without a listener would end the process.
    outgoing.on('error', reject)
    // Neither a switch of protocols nor an early hint was asked for.
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new OutboundError('status', { status: 101 }))
    })
    outgoing.end(body)
  })
}

export function isPlain(headers: IncomingMessage['headers']): boolean {
  return (headers['content-encoding']?.trim().toLowerCase() ?? 'identity') === 'identity'
}

/** Stops at the first byte too many, whatever `Content-Length` promised. */
export async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw new OutboundError('too_large')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new OutboundError('too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Rejects when the time is up, and never otherwise. */
export function rejectOn(signal: AbortSignal): Promise<never> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new OutboundError('timeout')), { once: true })
  })
  // It may come when nobody waits any more.
  late.catch(() => undefined)
  return late
}

export function asOutboundError(error: unknown, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error
  if (signal.aborted) return new OutboundError('timeout', { cause: error })
  const code = (error as { code?: unknown }).code
  const isTls = typeof code === 'string' && tlsError.test(code)
  return new OutboundError(isTls ? 'tls' : 'connection', { cause: error })
}
