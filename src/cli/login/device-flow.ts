/** The device's side of RFC 8628: ask for a code (§3.1), then ask for the token until there is an end (§3.4). */
import { addSeconds, type Clock, type Instant, secondsBetween } from '../../shared/clock.ts'
import { type Http, members, NoAnswer, positiveNumberOf, retryAfterSeconds, textOf } from './http.ts'
import {
  DEFAULT_INTERVAL_SECONDS,
  type IssuedToken,
  type PollAnswer,
  type PollSchedule,
  readPollAnswer,
  schedulePoll,
  waitWithin,
} from './polling.ts'
import { LoginFailure, problems } from './problem.ts'

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** No code is waited for longer than this, whatever its server says. */
const LONGEST_LIFETIME_SECONDS = 24 * 3600

/** No server is asked more often than this, even if it says it may be: a fraction is a mistake, not an invitation. */
const SHORTEST_INTERVAL_SECONDS = 1

export interface DeviceCode {
  deviceCode: string
  userCode: string
  verificationUri: string
  verificationUriComplete: string | undefined
  expiresInSeconds: number
  intervalSeconds: number
}

/** Resolves after `seconds`; rejects with the signal's reason when it is aborted first. */
export type Sleep = (seconds: number, signal: AbortSignal) => Promise<void>

/**
 * Reads a device authorization response (RFC 8628 §3.2).
 *
 * @returns `undefined` when a required member is missing, an address is not http(s), or the code holds
 *   characters that nobody could type.
 */
export function parseDeviceCode(json: unknown): DeviceCode | undefined {
  const body = members(json)
  const deviceCode = textOf(body.device_code)
  const userCode = textOf(body.user_code)
  // `verification_url` is what drafts of the RFC called it; servers of that age are still in use.
  const verificationUri = webAddress(body.verification_uri ?? body.verification_url)
  const expiresInSeconds = positiveNumberOf(body.expires_in)
  if (deviceCode === undefined || userCode === undefined || !/^[\x20-\x7e]{1,64}$/.test(userCode))
    return undefined
  if (verificationUri === undefined || expiresInSeconds === undefined) return undefined
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: webAddress(body.verification_uri_complete),
    expiresInSeconds: Math.min(expiresInSeconds, LONGEST_LIFETIME_SECONDS),
    intervalSeconds: Math.max(
      SHORTEST_INTERVAL_SECONDS,
      positiveNumberOf(body.interval) ?? DEFAULT_INTERVAL_SECONDS,
    ),
  }
}

/** An http(s) address in plain characters: what a browser would show, so that no look-alike letter passes. */
function webAddress(value: unknown): string | undefined {
  const text = textOf(value)
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  return /^[\x21-\x7e]+$/.test(text) ? text : url.href
}

/** @throws {LoginFailure} when the server gives no usable code. */
export async function requestDeviceCode(
  http: Http,
  clock: Clock,
  endpoint: string,
  client: { clientId: string; scope: string | undefined },
): Promise<DeviceCode> {
  const reply = await http
    .postForm(endpoint, { client_id: client.clientId, scope: client.scope })
    .catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error
      throw new LoginFailure(problems.unreachable(endpoint, error.message), { cause: error })
    })
  if (reply.status === 429) {
    throw new LoginFailure(problems.busy(retryAfterSeconds(reply.headers, clock.now())))
  }
  const error = textOf(members(reply.json).error)
  if (error !== undefined) {
    throw new LoginFailure(problems.refused(error, textOf(members(reply.json).error_description)))
  }
  if (reply.status === 404 || reply.status === 405) throw new LoginFailure(problems.noDeviceFlow(endpoint))
  const code = reply.status === 200 ? parseDeviceCode(reply.json) : undefined
  if (code === undefined) {
    throw new LoginFailure(
      problems.notUnderstood(
        endpoint,
        `Status ${reply.status}, and not a device code as RFC 8628 §3.2 has it.`,
      ),
    )
  }
  return code
}

/**
 * Polls until the person has answered or the code has expired.
 *
 * @param onDelay called when the next poll is later than usual, with the reason and the seconds until it.
 * @param onAnswer called when, after polls without an answer, the person is waited for as before.
 * @throws {LoginFailure} for every end but a token.
 */
export async function awaitToken(options: {
  http: Http
  clock: Clock
  sleep: Sleep
  signal: AbortSignal
  endpoint: string
  clientId: string
  code: DeviceCode
  expiresAt: Instant
  onDelay: (reason: 'slow_down' | 'no_answer', seconds: number) => void
  onAnswer: () => void
}): Promise<IssuedToken> {
  const { http, clock, sleep, signal, endpoint, clientId, code, expiresAt, onDelay, onAnswer } = options
  let schedule: PollSchedule = { intervalSeconds: code.intervalSeconds, misses: 0 }
  let waitSeconds = code.intervalSeconds
  for (;;) {
    const secondsLeft = secondsBetween(clock.now(), expiresAt)
    await sleep(waitWithin(secondsLeft, waitSeconds, schedule.intervalSeconds), signal)
    if (clock.now() >= expiresAt) throw new LoginFailure(problems.expired())
    const answer = await poll(http, clock, endpoint, { clientId, deviceCode: code.deviceCode })
    switch (answer.kind) {
      case 'token':
        return answer.token
      case 'denied':
        throw new LoginFailure(problems.denied())
      case 'expired':
        throw new LoginFailure(problems.expired())
      case 'refused':
        throw new LoginFailure(problems.refused(answer.error, answer.description))
      case 'not_understood':
        throw new LoginFailure(problems.notUnderstood(endpoint, 'It is neither a token nor an OAuth error.'))
    }
    const missed = schedule.misses > 0
    const next = schedulePoll(schedule, answer)
    schedule = next.schedule
    waitSeconds = next.waitSeconds
    if (answer.kind !== 'pending') onDelay(answer.kind, waitSeconds)
    else if (missed) onAnswer()
  }
}

async function poll(
  http: Http,
  clock: Clock,
  endpoint: string,
  request: { clientId: string; deviceCode: string },
): Promise<PollAnswer> {
  try {
    const reply = await http.postForm(endpoint, {
      grant_type: DEVICE_CODE_GRANT,
      device_code: request.deviceCode,
      client_id: request.clientId,
    })
    return readPollAnswer(reply, clock.now())
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: 'no_answer', retryAfterSeconds: undefined }
    throw error
  }
}

/** When the code stops working, counted from the moment its request was sent: never later than the server does. */
export function codeExpiry(requestedAt: Instant, code: DeviceCode): Instant {
  return addSeconds(requestedAt, code.expiresInSeconds)
}
