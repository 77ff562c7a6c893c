/**
 * What metrics cost: two AuthGates that differ only in METRICS_ENABLED, on fresh databases of equal history.
 *
 * A few percent is less than two processes of the very same program differ by, and less than what neighbors on
 * the machine do to a window. So the pair is started anew several times and each launch gives one ratio, the
 * median of its blocks; inside a block the order is on, off, off, on, which cancels a steady drift; and the two
 * windows without metrics tell how far apart two equal windows are.
 */
import { type OperationId, operations } from './operations.ts'
import { measure, type Window } from './rounds.ts'
import { type RunningServer, serverKind, start } from './servers.ts'
import { median, type Spread, spread } from './statistics.ts'

export interface MetricsCost {
  readonly operation: OperationId
  /** CPU per request with metrics, of that without; one value per launch. */
  readonly ratio: Spread
  /** The same for the quietest window of each side, over all launches. */
  readonly quietestRatio: number
  /** How much CPU per request metrics add, microseconds; one value per launch. */
  readonly addedMicroseconds: Spread
  /** Ratio of two windows that differ in nothing, the greater to the smaller. */
  readonly noise: Spread
  readonly failures: number
}

export interface CostOptions {
  readonly launches: number
  readonly blocks: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly say: (line: string) => void
}

/** Two windows with metrics and two without, taken in turns. */
export interface Block {
  readonly on: readonly Window[]
  readonly off: readonly Window[]
}

const connections = 64

export async function measureMetricsCost(
  measured: readonly OperationId[],
  { launches, blocks, seconds, warmUpSeconds, say }: CostOptions,
): Promise<MetricsCost[]> {
  const collected = new Map<OperationId, Block[][]>(measured.map((operation) => [operation, []]))
  for (let launch = 0; launch < launches; launch += 1) {
    const on = await start(serverKind('authgate'))
    const off = await start(serverKind('authgate-metrics-off'))
    for (const operation of measured) {
      collected.get(operation)!.push([])
      for (const server of [on, off]) await window(server, operation, warmUpSeconds)
    }
    for (let block = 0; block < blocks; block += 1) {
      for (const operation of measured) {
        const windows = new Map<RunningServer, Window[]>([
          [on, []],
          [off, []],
        ])
        const order = block % 2 === 0 ? [on, off, off, on] : [off, on, on, off]
        for (const server of order) windows.get(server)!.push(await window(server, operation, seconds))
        const result = { on: windows.get(on)!, off: windows.get(off)! }
        collected.get(operation)!.at(-1)!.push(result)
        say(
          `metrics cost  launch ${launch + 1}/${launches} block ${block + 1}/${blocks}` +
            `  ${operations[operation].title}: x${(cpu(result.on) / cpu(result.off)).toFixed(3)}`,
        )
      }
    }
    await on.stopAndForget()
    await off.stopAndForget()
  }
  return [...collected].map(([operation, launched]) => summarizeCost(operation, launched))
}

async function window(server: RunningServer, operation: OperationId, seconds: number): Promise<Window> {
  return measure(server, await operations[operation].prepare(server, connections), seconds, connections)
}

/** Pure. `launched` holds the blocks of each launch. */
export function summarizeCost(operation: OperationId, launched: readonly (readonly Block[])[]): MetricsCost {
  const blocks = launched.flat()
  const least = (windows: readonly Window[]) => Math.min(...windows.map((each) => each.cpuMicroseconds))
  const most = (windows: readonly Window[]) => Math.max(...windows.map((each) => each.cpuMicroseconds))
  const perLaunch = (figure: (block: Block) => number) =>
    spread(launched.map((each) => median(each.map(figure))))!
  return {
    operation,
    ratio: perLaunch(({ on, off }) => cpu(on) / cpu(off)),
    quietestRatio: least(blocks.flatMap(({ on }) => on)) / least(blocks.flatMap(({ off }) => off)),
    addedMicroseconds: perLaunch(({ on, off }) => cpu(on) - cpu(off)),
    noise: spread(blocks.map(({ off }) => most(off) / least(off)))!,
    failures: blocks.flatMap(({ on, off }) => [...on, ...off]).reduce((sum, each) => sum + each.failures, 0),
  }
}

/** CPU per request over all the windows together. */
function cpu(windows: readonly Window[]): number {
  const requests = windows.reduce((sum, each) => sum + each.requests, 0)
  return windows.reduce((sum, each) => sum + each.cpuMicroseconds * each.requests, 0) / requests
}

export interface NormalLoad {
  /** Requests per second each server was given. */
  readonly requestsPerSecond: number
  /** Share of one core, in percent. */
  readonly onPercent: number
  readonly offPercent: number
  readonly failures: number
}

/**
 * Both servers under the same modest load at the same time; the one with metrics is also scraped every 15 s, at
 * the beginning of each such period, and keeps its gauges warm.
 */
export async function measureNormalLoad({
  seconds,
  warmUpSeconds,
  say,
}: Pick<CostOptions, 'seconds' | 'warmUpSeconds' | 'say'>): Promise<NormalLoad> {
  const requestsPerSecond = 100
  say(`normal load: ${requestsPerSecond} requests/s for ${seconds} s`)
  const on = await start(serverKind('authgate'))
  const off = await start(serverKind('authgate-metrics-off'))
  let failures = 0
  const tokenRequest = async (server: RunningServer) => {
    const authorization = await server.authorization()
    return async () => {
      const response = await fetch(server.url + server.kind.paths.token, {
        method: 'POST',
        headers: { Authorization: authorization, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=read',
      })
      await response.arrayBuffer()
      if (response.status !== 200) failures += 1
    }
  }
  const scrape = async () => {
    const response = await fetch(`${on.url}/metrics`)
    await response.arrayBuffer()
    if (response.status !== 200) failures += 1
  }
  const requests = [await tokenRequest(on), await tokenRequest(off)]
  const run = async (runSeconds: number, scraped: boolean) => {
    const under: Promise<void>[] = []
    const began = performance.now()
    for (let sent = 0; sent < runSeconds * requestsPerSecond; sent += 1) {
      const due = began + (sent * 1000) / requestsPerSecond
      const early = due - performance.now()
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      if (scraped && sent % (15 * requestsPerSecond) === 0) under.push(scrape())
      under.push(...requests.map((request) => request()))
    }
    await Promise.all(under)
    return (performance.now() - began) / 1000
  }
  // Under full load, since at this rate compiling would go on for minutes; then the rate itself, to settle.
  for (const server of [on, off]) await window(server, 'cc-es256', warmUpSeconds)
  await run(warmUpSeconds, false)
  const before = [on.cpuSeconds(), off.cpuSeconds()] as const
  const took = await run(seconds, true)
  const result: NormalLoad = {
    requestsPerSecond,
    onPercent: ((on.cpuSeconds() - before[0]) / took) * 100,
    offPercent: ((off.cpuSeconds() - before[1]) / took) * 100,
    failures,
  }
  await on.stopAndForget()
  await off.stopAndForget()
  return result
}
