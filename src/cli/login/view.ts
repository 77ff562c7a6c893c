/** How a sign-in shows itself: what every view must be able to say, and the words two of them share. */
import type { Clock, Instant } from '../../shared/clock.ts'
import { secondsBetween } from '../../shared/clock.ts'
import type { DeviceCode } from './device-flow.ts'
import type { Person } from './person.ts'
import type { IssuedToken } from './polling.ts'
import type { Problem } from './problem.ts'
import type { Style } from './style.ts'
import { printable, roughDuration } from './words.ts'

export interface SignedIn {
  server: string
  clientId: string
  person: Person | undefined
  scope: string
  tokenFile: string
  expiresAt: Instant | undefined
  token: IssuedToken
}

export interface LoginView {
  /** The code is there; from now on somebody may answer. */
  code(server: string, code: DeviceCode, expiresAt: Instant): void
  /** The next poll is later than usual. */
  delayed(reason: 'slow_down' | 'no_answer', seconds: number): void
  signedIn(result: SignedIn): void
  failed(problem: Problem): void
  /** Gives the terminal back as it was. Harmless when called again. */
  close(): void
}

/** Lines that name who, where and until when. */
export function signedInLines(result: SignedIn, clock: Clock, style: Style): string[] {
  const { person, expiresAt, token } = result
  const host = new URL(result.server).host
  const who = person?.name ?? person?.id
  const details: [string, string][] = []
  if (person?.name !== undefined && person.id !== undefined) details.push(['Id', person.id])
  if (result.scope !== '') details.push(['Scope', printable(result.scope)])
  details.push(['Token', result.tokenFile])
  details.push(['Until', `${untilWhen(expiresAt, clock)}${token.refreshToken ? ', renewable' : ''}`])
  return [
    `${style.green(style.done)} Signed in to ${host}${who === undefined ? '' : ` as ${style.bold(who)}`}`,
    ...details.map(([label, text]) => `  ${style.dim(label.padEnd(7))}${text}`),
  ]
}

/** Three lines: what happened, why, and what to try. */
export function problemLines(problem: Problem, style: Style): string[] {
  return [
    `${style.red(style.failed)} ${problem.what}`,
    `  ${style.dim('Why'.padEnd(7))}${problem.why}`,
    `  ${style.dim('Try'.padEnd(7))}${problem.remedy}`,
  ]
}

export const delayWords = {
  slow_down: (seconds: number) => `The server asks for patience; asking every ${Math.ceil(seconds)} s`,
  no_answer: (seconds: number) => `No answer from the server; trying again in ${Math.ceil(seconds)} s`,
} as const

function untilWhen(expiresAt: Instant | undefined, clock: Clock): string {
  if (expiresAt === undefined) return 'the server did not say'
  const when = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' }).format(expiresAt)
  return `${when} (in ${roughDuration(secondsBetween(clock.now(), expiresAt))})`
}
