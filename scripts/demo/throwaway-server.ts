/** A server of its own for the demo: free port, folder that is deleted afterwards, settings of nobody else. */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../tests/support/free-port.ts'
import { endProcess, untilReady } from '../../tests/support/process.ts'
import { type MetricsPage, readMetrics } from './samples.ts'

export interface ThrowawayServer {
  readonly origin: string
  readonly pid: number
  /** What the first start wrote into `authgate-credentials.txt`. */
  readonly credentials: { readonly username: string; readonly password: string; readonly client_id: string }
  /** Runs `authgate` with these arguments on the server's database, and returns what it printed. */
  command(...args: string[]): Promise<string>
  /** The metrics page, with gauges counted after this call began. */
  metrics(): Promise<MetricsPage>
  /** Ends the process and deletes the folder. */
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../bin/authgate', import.meta.url))
const longestCountSeconds = 10

/** @throws {Error} when it does not start, with what it printed; nothing is left then. */
export async function startThrowawayServer(signal: AbortSignal): Promise<ThrowawayServer> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'authgate-demo-'))
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    DATA_DIR: folder,
    DATABASE_PATH: join(folder, 'authgate.db'),
    SERVER_ADDR: `127.0.0.1:${port}`,
    BASE_URL: origin,
    METRICS_ENABLED: 'true',
    METRICS_GAUGE_UPDATE_INTERVAL: '1s',
    LOG_FORMAT: 'json',
  }
  const child = spawn(process.execPath, [program, 'server'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed = `${printed}${chunk}`.slice(-4000)
    })
  }
  const stop = async () => {
    await endProcess(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(
      child,
      async () => {
        signal.throwIfAborted()
        return (await fetch(`${origin}/readyz`, { signal })).ok
      },
      () => printed,
    )
    signal.throwIfAborted()
    const text = readFileSync(join(folder, 'authgate-credentials.txt'), 'utf8')
    const read = (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(text)?.[1] ?? ''
    return {
      origin,
      pid: child.pid!,
      credentials: { username: read('username'), password: read('password'), client_id: read('client_id') },
      async command(...args) {
        const run = promisify(execFile)
        const { stdout } = await run(process.execPath, [program, ...args], { cwd: folder, env, signal })
        return stdout
      },
      async metrics() {
        const since = performance.now()
        for (;;) {
          const askedAt = performance.now()
          const response = await fetch(`${origin}/metrics`, { signal })
          const page = readMetrics(await response.text())
          // Gauges are a count that may be a second old: one taken after this call began tells the present.
          const age = page.samples.get('authgate_gauge_snapshot_age_seconds') ?? Number.POSITIVE_INFINITY
          if (askedAt - age * 1000 >= since) return page
          if (askedAt - since > longestCountSeconds * 1000) throw new Error('the gauges are not counted')
          await delay(40, undefined, { signal })
        }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
