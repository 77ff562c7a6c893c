/** What an answer to a poll means and when to ask again (RFC 8628 §3.5). Pure. */
import { members, positiveNumberOf, type Reply, retryAfterSeconds, textOf } from './http.ts'

/** RFC 8628 §3.2: the interval when the server names none. */
export const DEFAULT_INTERVAL_SECONDS = 5
/** RFC 8628 §3.5: `slow_down` raises the interval by five seconds for this and all later polls. */
const SLOW_DOWN_SECONDS = 5
/** A longer lifetime is as good as for ever, and may be beyond what a date can say. */
const LONGEST_TOKEN_LIFETIME_SECONDS = 100 * 365 * 24 * 3600
/** Back-off stops doubling here: someone may be waiting in front of the screen. */
const LONGEST_BACK_OFF_SECONDS = 60

/** How long before a code's end the last poll is sent, so that its answer still counts. */
const LAST_POLL_SECONDS = 1

export interface IssuedToken {
  accessToken: string
  tokenType: string
  refreshToken: string | undefined
  /** The granted scope; `undefined` when it equals the requested one (RFC 6749 §5.1). */
  scope: string | undefined
  expiresInSeconds: number | undefined
}

/** Answers after which polling goes on. */
export type Unfinished =
  | { kind: 'pending' }
  | { kind: 'slow_down' }
  /** No answer, a broken server or too many requests: nothing was said about the code itself. */
  | { kind: 'no_answer'; retryAfterSeconds: number | undefined }

export type PollAnswer =
  | Unfinished
  | { kind: 'token'; token: IssuedToken }
  | { kind: 'denied' }
  | { kind: 'expired' }
  | { kind: 'refused'; error: string; description: string | undefined }
  | { kind: 'not_understood' }

/** Reads an answer of the token endpoint. Some servers send errors with status 200, so the body speaks first. */
export function readPollAnswer(reply: Reply, nowMs: number): PollAnswer {
  const body = members(reply.json)
  const error = textOf(body.error)
  switch (error) {
    case 'authorization_pending':
      return { kind: 'pending' }
    case 'slow_down':
      return { kind: 'slow_down' }
    case 'access_denied':
      return { kind: 'denied' }
    case 'expired_token':
      return { kind: 'expired' }
  }
  if (reply.status === 429 || reply.status >= 500) {
    return { kind: 'no_answer', retryAfterSeconds: retryAfterSeconds(reply.headers, nowMs) }
  }
  if (error !== undefined) return { kind: 'refused', error, description: textOf(body.error_description) }
  const accessToken = textOf(body.access_token)
  const expiresInSeconds = positiveNumberOf(body.expires_in)
  if (reply.status !== 200 || accessToken === undefined) return { kind: 'not_understood' }
  return {
    kind: 'token',
    token: {
      accessToken,
      tokenType: textOf(body.token_type) ?? 'Bearer',
      refreshToken: textOf(body.refresh_token),
      scope: textOf(body.scope),
      expiresInSeconds: expiresInSeconds && Math.min(expiresInSeconds, LONGEST_TOKEN_LIFETIME_SECONDS),
    },
  }
}

export interface PollSchedule {
  intervalSeconds: number
  /** Polls without an answer since the last one with. */
  misses: number
}

/**
 * The schedule after an answer, and the seconds to wait before the next poll. A missing answer doubles the wait
 * each time (RFC 8628 §3.5) and any answer ends that; a longer `Retry-After` is kept to.
 */
export function schedulePoll(
  schedule: PollSchedule,
  answer: Unfinished,
): { schedule: PollSchedule; waitSeconds: number } {
  const { intervalSeconds } = schedule
  switch (answer.kind) {
    case 'pending':
      return { schedule: { intervalSeconds, misses: 0 }, waitSeconds: intervalSeconds }
    case 'slow_down': {
      const slower = intervalSeconds + SLOW_DOWN_SECONDS
      return { schedule: { intervalSeconds: slower, misses: 0 }, waitSeconds: slower }
    }
    case 'no_answer': {
      const misses = schedule.misses + 1
      const longest = Math.max(intervalSeconds, LONGEST_BACK_OFF_SECONDS)
      const backOff = Math.min(intervalSeconds * 2 ** misses, longest)
      return {
        schedule: { intervalSeconds, misses },
        waitSeconds: Math.max(backOff, answer.retryAfterSeconds ?? 0),
      }
    }
  }
}

/**
 * A wait cut to what is left of the code's lifetime. The last poll that fits comes as late as it may: with the interval
 * alone, an answer given after it would be lost, and a poll that came early would only be told to slow down.
 */
export function waitWithin(secondsLeft: number, waitSeconds: number, intervalSeconds: number): number {
  if (waitSeconds >= secondsLeft) return Math.max(0, secondsLeft)
  const untilLast = secondsLeft - LAST_POLL_SECONDS
  return waitSeconds + intervalSeconds <= untilLast ? waitSeconds : Math.max(waitSeconds, untilLast)
}
