/**
 * What metrics cost: two AuthGates that differ only in METRICS_ENABLED, on fresh databases of equal history.
 *
 * A few percent is less than two processes of the same program may differ by, so the pair is started anew
 * several times; inside a block the order is on, off, off, on, which cancels a steady drift; and the two
 * windows without metrics tell how far apart two equal windows are.
 */
import { type OperationId, operations } from './operations.ts'
import { measure, type Window } from './rounds.ts'
import { type RunningServer, serverKind, start } from './servers.ts'
import { type Spread, spread } from './statistics.ts'

export interface MetricsCost {
  readonly operation: OperationId
  /** CPU per request with metrics, of that without. */
  readonly ratio: Spread
  /** How much CPU per request metrics add, microseconds. */
  readonly addedMicroseconds: Spread
  /** Ratio of two windows that differ in nothing, the greater to the smaller. */
  readonly noise: Spread
  readonly failures: number
}

export interface CostOptions {
  readonly launches: number
  readonly blocks: number
  readonly seconds: number
  readonly say: (line: string) => void
}

interface Block {
  ratio: number
  added: number
  noise: number
  failures: number
}

const connections = 64

export async function measureMetricsCost(
  measured: readonly OperationId[],
  { launches, blocks, seconds, say }: CostOptions,
): Promise<MetricsCost[]> {
  const collected = new Map<OperationId, Block[]>(measured.map((operation) => [operation, []]))
  for (let launch = 0; launch < launches; launch += 1) {
    const on = await start(serverKind('authgate'))
    const off = await start(serverKind('authgate-metrics-off'))
    for (const server of [on, off]) {
      for (const operation of measured) await window(server, operation, 2)
    }
    for (let block = 0; block < blocks; block += 1) {
      for (const operation of measured) {
        const outer = block % 2 === 0 ? [on, off] : [off, on]
        const [first, second] = outer as [RunningServer, RunningServer]
        const windows: [RunningServer, Window][] = []
        for (const server of [first, second, second, first]) {
          windows.push([server, await window(server, operation, seconds)])
        }
        const of = (server: RunningServer) =>
          windows.filter(([owner]) => owner === server).map(([, each]) => each)
        const result = summarize(of(on), of(off))
        collected.get(operation)!.push(result)
        say(
          `metrics cost  launch ${launch + 1}/${launches} block ${block + 1}/${blocks}` +
            `  ${operations[operation].title}: x${result.ratio.toFixed(3)}`,
        )
      }
    }
    await on.stopAndForget()
    await off.stopAndForget()
  }
  return [...collected].map(([operation, results]) => ({
    operation,
    ratio: spread(results.map((block) => block.ratio))!,
    addedMicroseconds: spread(results.map((block) => block.added))!,
    noise: spread(results.map((block) => block.noise))!,
    failures: results.reduce((sum, block) => sum + block.failures, 0),
  }))
}

async function window(server: RunningServer, operation: OperationId, seconds: number): Promise<Window> {
  return measure(server, await operations[operation].prepare(server), seconds, connections)
}

/** CPU per request is weighed over both windows of each side, so the longer one counts more. */
function summarize(on: readonly Window[], off: readonly Window[]): Block {
  const perRequest = (windows: readonly Window[]) => {
    const requests = windows.reduce((sum, each) => sum + each.requests, 0)
    return windows.reduce((sum, each) => sum + each.cpuMicroseconds * each.requests, 0) / requests
  }
  const quiet = off.map((each) => each.cpuMicroseconds)
  return {
    ratio: perRequest(on) / perRequest(off),
    added: perRequest(on) - perRequest(off),
    noise: Math.max(...quiet) / Math.min(...quiet),
    failures: [...on, ...off].reduce((sum, each) => sum + each.failures, 0),
  }
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
export async function measureNormalLoad(seconds: number): Promise<NormalLoad> {
  const requestsPerSecond = 100
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
  await run(5, false)
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
