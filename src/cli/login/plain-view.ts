/** The view for pipes, logs and terminals without abilities: one line per thing that happens, nothing redrawn. */
import { type Clock, type Instant, secondsBetween } from '../../shared/clock.ts'
import type { DeviceCode } from './device-flow.ts'
import { exitCodes } from './problem.ts'
import type { Style } from './style.ts'
import { delayWords, type LoginView, problemLines, signedInLines } from './view.ts'
import { roughDuration } from './words.ts'

export interface PlainOutput {
  write(text: string): void
  writeError(text: string): void
}

export function plainView(output: PlainOutput, clock: Clock, style: Style): LoginView {
  const print = (lines: string[]) => output.write(`${lines.join('\n')}\n`)
  return {
    code(server: string, code: DeviceCode, expiresAt: Instant) {
      print([
        `Sign in to ${new URL(server).host}: open this address and enter the code.`,
        `  ${'Address'.padEnd(9)}${code.verificationUri}`,
        `  ${'Code'.padEnd(9)}${code.userCode}`,
        ...(code.verificationUriComplete === undefined
          ? []
          : [`  ${'In one'.padEnd(9)}${code.verificationUriComplete}`]),
        `Waiting for your answer; the code works for ${roughDuration(secondsBetween(clock.now(), expiresAt))}.`,
      ])
    },
    delayed(reason, seconds) {
      print([`${delayWords[reason](seconds)}.`])
    },
    answered() {
      print(['The server answers again.'])
    },
    signedIn(result) {
      print(signedInLines(result, clock, style))
    },
    failed(problem) {
      if (problem.exitCode === exitCodes.interrupted) return
      output.writeError(`${problemLines(problem, style).join('\n')}\n`)
    },
    close() {},
  }
}
