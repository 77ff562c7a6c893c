/** Interleaved rounds: every case once per round for a short window, each round beginning at another case. */
import type { Case, Comparison, Figure } from './cases.ts'
import { type Load, operations } from './operations.ts'
import type { RunningServer, ServerId } from './servers.ts'
import { pairedRatios, rotated, type Spread, spread } from './statistics.ts'

/** One case's window of load. */
export interface Window {
  readonly requests: number
  readonly failures: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
}

/** Per case id, one entry per round; `undefined` where the round gave nothing usable. */
export type Results = Map<string, (Window | undefined)[]>

/** Runs one window and relates the server's CPU time to it. Waits for nothing but the load itself. */
export async function measure(
  server: RunningServer,
  load: Load,
  seconds: number,
  connections: number,
): Promise<Window> {
  const before = server.cpuSeconds()
  const result = await load(seconds, connections)
  server.assertAlive()
  const cpu = server.cpuSeconds() - before
  return {
    requests: result.requests,
    failures: result.failures,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicroseconds: (cpu / result.requests) * 1e6,
  }
}

export interface RoundsOptions {
  readonly selected: readonly Case[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly say: (line: string) => void
}

/** Warms every case up, then runs the rounds. */
export async function runRounds(
  servers: ReadonlyMap<ServerId, RunningServer>,
  { selected, rounds, seconds, warmUpSeconds, say }: RoundsOptions,
): Promise<Results> {
  const results: Results = new Map(selected.map((each) => [each.id, []]))
  const run = async (each: Case, windowSeconds: number) => {
    const server = servers.get(each.server)!
    const load = await operations[each.operation].prepare(server, each.connections)
    return measure(server, load, windowSeconds, each.connections)
  }
  for (const each of selected) {
    say(`warming up  ${each.title}`)
    const began = performance.now()
    // Again where a window ends before its time, because its requests were used up.
    do await run(each, warmUpSeconds)
    while (performance.now() - began < warmUpSeconds * 1000)
  }
  // A step that shares no factor with most lengths, so that neighbors change places too.
  const step = 7
  for (let round = 0; round < rounds; round += 1) {
    for (const each of rotated(selected, round * step)) {
      const window = await run(each, seconds)
      results.get(each.id)!.push(window)
      say(`round ${round + 1}/${rounds}  ${each.title}, ${each.connections}: ${describe(window)}`)
    }
  }
  return results
}

function describe({ requestsPerSecond, cpuMicroseconds, failures }: Window): string {
  const wrong = failures === 0 ? '' : `  WRONG ANSWERS: ${failures}`
  return `${requestsPerSecond.toFixed(0)}/s, ${cpuMicroseconds.toFixed(0)} µs CPU${wrong}`
}

export function figureOf(window: Window, figure: Figure): number {
  switch (figure) {
    case 'cpu':
      return window.cpuMicroseconds
    case 'throughput':
      return window.requestsPerSecond
    case 'p50':
      return window.p50Ms
    case 'p99':
      return window.p99Ms
  }
}

/** The paired ratio of a comparison over the rounds; a window with a wrong answer counts as missing. */
export function compare(results: Results, { figure, dividend, divisor }: Comparison): Spread | undefined {
  const side = (id: string) =>
    (results.get(id) ?? []).map((window) =>
      window === undefined || window.failures > 0 ? undefined : figureOf(window, figure),
    )
  return spread(pairedRatios(side(dividend), side(divisor)))
}
