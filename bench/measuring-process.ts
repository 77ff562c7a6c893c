/** Measurements of AuthGate's own modules, each in a compiled program of its own that prints its result as JSON. */
import { spawn } from 'node:child_process'
import { killAtExit } from './clean-up.ts'
import { root } from './root.ts'

export const measuringPrograms = {
  recording: `${root}dist/bench/recording.js`,
  largeStore: `${root}dist/bench/large-store.js`,
} as const

const timeoutMs = 300_000

/**
 * Runs one of them to its end.
 *
 * @typeParam Result what the program prints
 * @throws {Error} with what it said, when it fails or takes longer than five minutes
 */
export async function runMeasuring<Result>(
  program: keyof typeof measuringPrograms,
  programArguments: readonly string[] = [],
): Promise<Result> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--max-semi-space-size=16', measuringPrograms[program], ...programArguments],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs },
  )
  killAtExit(child)
  let output = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (status !== 0) throw new Error(`${program} ended with status ${status}:\n${complaints}${output}`)
  return JSON.parse(output) as Result
}
