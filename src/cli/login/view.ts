/** How a sign-in shows itself: what every view must be able to say, and the words two of them share. */
import type { Clock, Instant } from '../../shared/clock.ts'
import { secondsBetween } from '../../shared/clock.ts'
import type { DeviceCode } from './device-flow.ts'
import type { Person } from './person.ts'
import type { IssuedToken } from './polling.ts'
import type { Problem } from './problem.ts'
import type { Style } from './style.ts'
import { printable, roughDuration, wrapWords } from './words.ts'

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
  /** After polls that had no answer one had: polling is as usual again. */
  answered(): void
  signedIn(result: SignedIn): void
  failed(problem: Problem): void
  /** Gives the terminal back as it was. Harmless when called again. */
  close(): void
}

/**
 * Lines that name who, where and until when.
 * @param columns of the window, where there is one: longer lines are wrapped.
 */
export function signedInLines(result: SignedIn, clock: Clock, style: Style, columns = Infinity): string[] {
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
    ...details.flatMap(([label, text]) => detail(label, text, style, columns)),
  ]
}

/**
 * What happened, why, and what to try: three lines, or more where the window is narrower than they are long.
 * @param columns of the window, where there is one.
 */
export function problemLines(problem: Problem, style: Style, columns = Infinity): string[] {
  return [
    `${style.red(style.failed)} ${problem.what}`,
    ...detail('Why', problem.why, style, columns),
    ...detail('Try', problem.remedy, style, columns),
  ]
}

const labelWidth = 7

/** A labeled line; what does not fit goes on below the text, not below the label. */
function detail(label: string, text: string, style: Style, columns: number): string[] {
  const indent = 2 + labelWidth
  const [first, ...rest] = wrapWords(text, columns - indent - 1)
  return [
    `  ${style.dim(label.padEnd(labelWidth))}${first}`,
    ...rest.map((line) => ' '.repeat(indent) + line),
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
