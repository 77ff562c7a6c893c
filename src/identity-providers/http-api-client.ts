/**
 * The external authentication API, asked whether a name and a password belong together: one `POST` of both as JSON,
 * again when the API is not there or not well. Whatever comes back that is no clear yes or no is neither.
 */
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpApiConfig } from '../config/sign-in-sources.ts'
import type { Publisher } from '../events/bus.ts'
import { OutboundError } from '../outbound/outbound.ts'
import { type Peer, type PeerAnswer, PeerSuspended } from '../outbound/peer.ts'
import { type Clock, epochSeconds } from '../shared/clock.ts'
import type { Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'

/** A person as the API describes them. */
export interface ExternalPerson {
  /** Never reassigned there. */
  readonly userId: string
  readonly email: string | undefined
  readonly fullName: string | undefined
}

export type ExternalVerdict =
  | { readonly kind: 'accepted'; readonly person: ExternalPerson }
  | { readonly kind: 'rejected' }
  /** Says nothing about name and password. */
  | { readonly kind: 'unavailable' }

export interface HttpApiClient {
  ask(username: string, password: string): Promise<ExternalVerdict>
}

/** A yes or no with a name and an address needs far less. */
const maxAnswerBytes = 64 * 1024
const maxTextLength = 255
/** Of a delay, so much less or more, so that many who wait do not come back together. */
const jitter = 0.25

export function createHttpApiClient(dependencies: {
  peer: Peer
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  settings: HttpApiConfig
  /** Waits so many seconds; real time unless a test stands in for it. */
  pause?: (seconds: number) => Promise<unknown>
}): HttpApiClient {
  const { peer, publisher, clock, random, ids, settings } = dependencies
  const pause = dependencies.pause ?? ((seconds: number) => sleep(seconds * 1000))

  /** One HTTP exchange. @returns `undefined` when there was no answer, with the problem announced. */
  const exchange = async (
    body: string,
    timeoutSeconds: number,
  ): Promise<PeerAnswer | 'suspended' | undefined> => {
    const startedAt = clock.monotonicSeconds()
    const announce = (problem: string | undefined): void => {
      const durationSeconds = clock.monotonicSeconds() - startedAt
      publisher.publish({
        type: 'external_api.called',
        at: clock.now(),
        actor: { type: 'system' },
        provider: 'http_api',
        problem,
        durationSeconds,
      })
    }
    try {
      const answer = await peer.exchange({
        method: 'POST',
        url: settings.url,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...callerHeaders(settings, body, clock, ids),
        },
        body,
        timeoutMs: timeoutSeconds * 1000,
        maxBytes: maxAnswerBytes,
      })
      announce(answer.status < 500 ? undefined : `status_${answer.status}`)
      return answer
    } catch (error) {
      if (error instanceof PeerSuspended) return 'suspended'
      if (!(error instanceof OutboundError)) throw error
      announce(error.problem)
      return undefined
    }
  }

  const delayBefore = (retry: number, answer: PeerAnswer | undefined): number => {
    const { retryDelaySeconds, maxRetryDelaySeconds } = settings
    const spread = 1 - jitter + (2 * jitter * random.below(1001)) / 1000
    const own = retryDelaySeconds * 2 ** (retry - 1) * spread
    const asked = answer === undefined ? undefined : retryAfterSeconds(answer.headers['retry-after'], clock)
    return Math.min(maxRetryDelaySeconds, asked ?? own)
  }

  return {
    async ask(username, password) {
      const body = JSON.stringify({ username, password })
      const deadline = clock.monotonicSeconds() + settings.timeoutSeconds
      for (let retry = 0; ; retry++) {
        const left = deadline - clock.monotonicSeconds()
        const answer = await exchange(body, Math.min(settings.attemptTimeoutSeconds, left))
        if (answer === 'suspended') return { kind: 'unavailable' }
        const mayRetry = answer === undefined || answer.status >= 500 || answer.status === 429
        if (!mayRetry) return readAnswer(answer)
        if (retry >= settings.maxRetries) return { kind: 'unavailable' }
        const wait = delayBefore(retry + 1, answer)
        // Whoever waits for the answer gets one in time, and there must be time left to ask.
        if (clock.monotonicSeconds() + wait >= deadline) return { kind: 'unavailable' }
        if (wait > 0) await pause(wait)
      }
    },
  }
}

/** How this server proves itself, as `HTTP_API_AUTH_MODE` says. */
function callerHeaders(
  { url, callerAuthentication: caller }: HttpApiConfig,
  body: string,
  clock: Clock,
  ids: Ids,
): Record<string, string> {
  switch (caller.mode) {
    case 'none':
      return {}
    case 'simple':
      return { [caller.header]: caller.secret.reveal() }
    case 'hmac': {
      const timestamp = String(epochSeconds(clock.now()))
      const { pathname, search } = new URL(url)
      const signed = `${timestamp}POST${pathname}${search}${body}`
      return {
        'X-Timestamp': timestamp,
        'X-Nonce': ids.next(),
        'X-Signature': createHmac('sha256', caller.secret.reveal()).update(signed).digest('hex'),
      }
    }
  }
}

/**
 * A success with `success` and `user_id` is a yes; `success: false`, or a refusal that says `message`, a no. Anything
 * else means that the API and this server do not understand each other.
 */
function readAnswer({ status, body }: PeerAnswer): ExternalVerdict {
  const answer = readObject(body)
  const isSuccess = status >= 200 && status < 300
  if (answer?.success === false && (isSuccess || isRefusal(status))) return { kind: 'rejected' }
  if (isRefusal(status) && typeof answer?.message === 'string') return { kind: 'rejected' }
  const person = isSuccess && answer?.success === true ? readPerson(answer) : undefined
  return person === undefined ? { kind: 'unavailable' } : { kind: 'accepted', person }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408
}

function readObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function readPerson(answer: Readonly<Record<string, unknown>>): ExternalPerson | undefined {
  const { user_id: userId, email = null, full_name: fullName = null } = answer
  if (!isLine(userId) || userId.trim() === '') return undefined
  if (!(email === null || isLine(email)) || !(fullName === null || isLine(fullName))) return undefined
  return {
    userId: userId.trim(),
    email: email?.trim() || undefined,
    fullName: fullName?.trim() || undefined,
  }
}

/** No database takes every control character, and no page shows one. */
function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTextLength && !/\p{Cc}/u.test(value)
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterSeconds(text: string | undefined, clock: Clock): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - clock.now()) / 1000)
}
