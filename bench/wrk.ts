/** Load with wrk: one thread, keep-alive connections, prepared requests replayed by `wrk/replay.lua`. */
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { killAtExit, makeTemporaryFolder, removeFolder } from './clean-up.ts'
import { root } from './root.ts'

/** What one window of load measured, whichever generator made it. */
export interface LoadResult {
  readonly requests: number
  /** Time during which requests were being made. */
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that were not what the case expects, and requests without an answer. */
  readonly failures: number
}

/** Requests to the same path that differ only in their bodies and at most one header field. */
export interface Shot {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Taken in turn; a single empty string for requests without a body. */
  readonly bodies: readonly string[]
  /** A field that each request has another value of, as many as there are bodies. */
  readonly varying?: { readonly name: string; readonly values: readonly string[] }
  /** Set when the right answer is an OAuth error (status 400 and this code) rather than a success. */
  readonly expectedError?: string
  /** Use each body at most once, ending the window early. */
  readonly once?: boolean
}

/** The JSON line that `replay.lua` prints. */
interface WrkOutput {
  requests: number
  seconds: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  socketErrors: number
  /** Answers with a status of 400 and above. */
  statusErrors: number
  timeouts: number
  /** Answers whose body was looked at, and those that held the expected text. */
  bodiesSeen: number
  bodiesMatched: number
}

/** Not compiled: found in the sources from wherever this runs. */
const script = `${root}bench/wrk/replay.lua`

export function wrkInstalled(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined
}

/** Replays the requests of a shot for whole seconds and waits for the end. */
export async function replay(shot: Shot, seconds: number, connections: number): Promise<LoadResult> {
  const folder = makeTemporaryFolder()
  const bodies = `${folder}/bodies`
  writeFileSync(bodies, `${shot.bodies.join('\n')}\n`)
  const values = `${folder}/values`
  if (shot.varying !== undefined) writeFileSync(values, `${shot.varying.values.join('\n')}\n`)
  const headers = Object.entries(shot.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const child = spawn(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, ...headers, shot.url],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        BENCH_METHOD: shot.method,
        BENCH_BODIES: bodies,
        BENCH_CONNECTIONS: String(connections),
        ...(shot.expectedError === undefined ? {} : { BENCH_EXPECT: `"${shot.expectedError}"` }),
        ...(shot.once === true ? { BENCH_ONCE: '1' } : {}),
        ...(shot.varying === undefined
          ? {}
          : { BENCH_HEADER: shot.varying.name, BENCH_HEADER_VALUES: values }),
      },
    },
  )
  killAtExit(child)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  removeFolder(folder)
  if (status !== 0) throw new Error(`wrk ended with status ${status}:\n${output}`)
  return parseWrk(output, shot.expectedError !== undefined)
}

/**
 * Reads the line that `replay.lua` prints among wrk's own report.
 *
 * @param errorExpected whether the right answer has an error status and the expected text in its body
 * @throws {Error} when the line is missing, with what was printed instead
 */
export function parseWrk(output: string, errorExpected: boolean): LoadResult {
  const line = output.split('\n').find((candidate) => candidate.startsWith('{"requests"'))
  if (line === undefined) throw new Error(`wrk printed no result:\n${output}`)
  const result = JSON.parse(line) as WrkOutput
  const wrongStatus = errorExpected ? result.requests - result.statusErrors : result.statusErrors
  const wrongBody = result.bodiesSeen - result.bodiesMatched
  return {
    requests: result.requests,
    seconds: result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    failures: Math.max(wrongStatus, wrongBody, 0) + result.socketErrors + result.timeouts,
  }
}
