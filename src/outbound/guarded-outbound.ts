/**
 * {@link Outbound} with a guard against server-side request forgery. A host is resolved once, every address it
 * resolves to must be allowed, and the connection goes to one of those very addresses: a second look-up, which a
 * hostile name server could answer otherwise (DNS rebinding), never happens. TLS still checks the host's name.
 */
import { isUtf8 } from 'node:buffer'
import { lookup } from 'node:dns/promises'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type AddressPolicy, mayConnectTo } from './address-policy.ts'
import { asOutboundError, isPlain, readBody, rejectOn, responseTo } from './exchange.ts'
import {
  type Freshness,
  type Outbound,
  OutboundError,
  type OutboundTarget,
  type Validators,
} from './outbound.ts'
import { createSlots } from './slots.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export interface GuardedOutboundOptions extends AddressPolicy {
  /** Names this product to whoever is asked. */
  readonly userAgent: string
  /** Certificate authorities beside the built-in ones are for tests. */
  readonly ca?: string
  /** How a host becomes addresses; the operating system's resolver unless a test stands in for it. */
  readonly resolve?: (host: string) => Promise<readonly ResolvedAddress[]>
  /** Milliseconds one request may take in all, waiting, connecting and reading included. */
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 5000
const maxUrlLength = 2048
const maxHeaderBytes = 16 * 1024
/** Of what a `POST` is answered, so much is read and thrown away before the connection is cut. */
const maxIgnoredBytes = 64 * 1024
const limits = { perHost: 4, total: 16, waiting: 256 }

export function createGuardedOutbound(options: GuardedOutboundOptions): Outbound {
  const { userAgent, timeoutMs = defaultTimeoutMs } = options
  const resolve = options.resolve ?? ((host) => lookup(host, { all: true, verbatim: true }))
  // Slow hosts that strangers registered must not use up what an operator's own clients need.
  const slots = { trusted: createSlots(limits), untrusted: createSlots(limits) }

  const addressesOf = async (host: string, trusted: boolean): Promise<readonly ResolvedAddress[]> => {
    const family = isIP(host)
    let addresses: readonly ResolvedAddress[]
    try {
      addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
    } catch (error) {
      throw new OutboundError('dns', { cause: error })
    }
    if (addresses.length === 0) throw new OutboundError('dns')
    if (!trusted && !addresses.every(({ address }) => mayConnectTo(address, options))) {
      throw new OutboundError('address_refused')
    }
    return addresses
  }

  /** One exchange; `read` is given the answer's head and body. */
  const exchange = async <T>(
    { url: text, trusted }: OutboundTarget,
    request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> => {
    const url = readUrl(text, trusted, options.loopbackAllowed)
    const signal = AbortSignal.timeout(timeoutMs)
    const late = rejectOn(signal)
    try {
      return await (trusted ? slots.trusted : slots.untrusted).run(url.host, signal, async () => {
        const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
        const addresses = await Promise.race([addressesOf(host, trusted), late])
        const sent: RequestOptions & https.RequestOptions = {
          method: request.method,
          // An agent of its own: no connection is kept, shared or sent through a proxy of the environment.
          agent: false,
          lookup: answering(addresses),
          headers: { ...request.headers, 'user-agent': userAgent, 'accept-encoding': 'identity' },
          maxHeaderSize: maxHeaderBytes,
          insecureHTTPParser: false,
          // Whatever the environment says: an answer by anybody is worth nothing.
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2',
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        }
        const outgoing = (url.protocol === 'https:' ? https : http).request(url, sent)
        try {
          const response = await Promise.race([responseTo(outgoing, request.body), late])
          return await Promise.race([read(response), late])
        } finally {
          outgoing.destroy()
        }
      })
    } catch (error) {
      throw asOutboundError(error, signal)
    }
  }

  return {
    getDocument: ({ maxBytes, validators, ...target }) =>
      exchange(target, { method: 'GET', headers: conditional(validators) }, async (response) => {
        const freshness = freshnessOf(response.headers)
        const asked = validators?.etag !== undefined || validators?.lastModified !== undefined
        if (asked && response.statusCode === 304) return { kind: 'unchanged', freshness }
        checkStatus(response, (status) => status === 200)
        if (!isJson(response.headers)) throw new OutboundError('media_type')
        const body = await readBody(response, maxBytes)
        return { kind: 'document', body, validators: validatorsOf(response.headers), freshness }
      }),
    getJson: ({ maxBytes, ...target }) =>
      exchange(target, { method: 'GET', headers: { accept: 'application/json' } }, async (response) => {
        checkStatus(response, (status) => status === 200)
        if (!isJson(response.headers)) throw new OutboundError('media_type')
        return parseJson(await readBody(response, maxBytes))
      }),
    getBytes: ({ maxBytes, accept, ...target }) =>
      exchange(target, { method: 'GET', headers: { accept } }, async (response) => {
        checkStatus(response, (status) => status === 200)
        if (!isPlain(response.headers)) throw new OutboundError('media_type')
        return readBody(response, maxBytes)
      }),
    postForm(target, fields) {
      const body = new URLSearchParams(fields).toString()
      const headers = {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
      }
      return exchange(target, { method: 'POST', headers, body }, async (response) => {
        checkStatus(response, (status) => status >= 200 && status < 300)
        await readBody(response, maxIgnoredBytes)
      })
    },
  }
}

/**
 * The address to ask. Parsed once, so that what is checked is what is asked: the parser writes hosts such as
 * `0x7f.1` or `2130706433` as the addresses they are.
 */
function readUrl(text: string, trusted: boolean, loopbackAllowed: boolean): URL {
  const url = text.length <= maxUrlLength && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.hostname === '') {
    throw new OutboundError('address_refused')
  }
  if (url.protocol === 'https:') return url
  const plainAllowed = trusted || (loopbackAllowed && isLoopbackHost(url.hostname))
  if (url.protocol !== 'http:' || !plainAllowed) throw new OutboundError('address_refused')
  return url
}

function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** A resolver that knows one answer: the addresses that were checked. */
function answering(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    if (all === true) callback(null, addresses as { address: string; family: number }[])
    else callback(null, addresses[0]!.address, addresses[0]!.family)
  }
}

function checkStatus({ statusCode = 0 }: IncomingMessage, isGood: (status: number) => boolean): void {
  if (isGood(statusCode)) return
  const problem = statusCode >= 300 && statusCode < 400 ? 'redirect' : 'status'
  throw new OutboundError(problem, { status: statusCode })
}

/** `application/json` or `application/<something>+json` (RFC 6839 §3.1), as it was sent and not compressed. */
function isJson(headers: IncomingMessage['headers']): boolean {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return /^application\/(?:[\w.!#$&^-]+\+)?json$/.test(mediaType) && isPlain(headers)
}

function conditional(validators: Validators | undefined): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (validators?.etag !== undefined) headers['if-none-match'] = validators.etag
  if (validators?.lastModified !== undefined) headers['if-modified-since'] = validators.lastModified
  return headers
}

/** Longer ones are none: they would have to be kept, and sent again. */
const maxValidatorLength = 256

function validatorsOf(headers: IncomingMessage['headers']): Validators {
  const bounded = (value: string | undefined): string | undefined =>
    value === undefined || value.length > maxValidatorLength ? undefined : value
  return { etag: bounded(headers.etag), lastModified: bounded(headers['last-modified']) }
}

function freshnessOf({ expires, date, age, ...headers }: IncomingMessage['headers']): Freshness {
  return { cacheControl: headers['cache-control'], expires, date, age }
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new OutboundError('malformed')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new OutboundError('malformed', { cause: error })
  }
}
