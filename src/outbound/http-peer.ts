/** {@link Peer} over HTTP, with a circuit breaker. */
import http, { type RequestOptions } from 'node:http'
import https from 'node:https'
import type { Clock } from '../shared/clock.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { asOutboundError, isPlain, readBody, rejectOn, responseTo } from './exchange.ts'
import { OutboundError } from './outbound.ts'
import { type Peer, type PeerAnswer, type PeerRequest, PeerSuspended } from './peer.ts'

export interface HttpPeerOptions {
  /** Names this product to whoever is asked. */
  readonly userAgent: string
  /** Accepts any certificate, because an operator said so. */
  readonly insecureSkipVerify: boolean
  readonly clock: Pick<Clock, 'monotonicSeconds'>
}

const maxHeaderBytes = 16 * 1024

export function createHttpPeer({ userAgent, insecureSkipVerify, clock }: HttpPeerOptions): Peer {
  const breaker = createCircuitBreaker(clock)

  const exchange = async (request: PeerRequest): Promise<PeerAnswer> => {
    const url = new URL(request.url)
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)))
    const late = rejectOn(signal)
    const body = request.body === undefined ? undefined : Buffer.from(request.body)
    const options: RequestOptions & https.RequestOptions = {
      method: request.method,
      // An agent of its own: no connection is kept, shared or sent through a proxy of the environment.
      agent: false,
      headers: {
        ...request.headers,
        'user-agent': userAgent,
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': String(body.length) }),
      },
      maxHeaderSize: maxHeaderBytes,
      insecureHTTPParser: false,
      rejectUnauthorized: !insecureSkipVerify,
      minVersion: 'TLSv1.2',
    }
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, options)
    try {
      const response = await Promise.race([responseTo(outgoing, body), late])
      if (!isPlain(response.headers)) throw new OutboundError('media_type')
      const read = await Promise.race([readBody(response, request.maxBytes), late])
      return { status: response.statusCode ?? 0, headers: joined(response.headers), body: read }
    } catch (error) {
      throw asOutboundError(error, signal)
    } finally {
      outgoing.destroy()
    }
  }

  return {
    async exchange(request) {
      const report = breaker.enter()
      if (report === undefined) throw new PeerSuspended()
      try {
        const answer = await exchange(request)
        report(answer.status >= 500 ? 'failure' : 'success')
        return answer
      } catch (error) {
        report('failure')
        throw error
      }
    },
  }
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  )
}
