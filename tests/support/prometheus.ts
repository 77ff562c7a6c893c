/** A real Prometheus for tests: its own port and storage, scraping every second. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { endProcess, untilReady } from './process.ts'

const executable = process.env.TEST_PROMETHEUS

/** For a test's `skip` option: false when there is a Prometheus, else the reason there is none. */
export const skipWithoutPrometheus: string | false =
  executable === undefined ? 'TEST_PROMETHEUS is not set; `npm test` finds or installs Prometheus' : false

export interface Sample {
  metric: Record<string, string>
  value: number
}

export interface Prometheus {
  url: string
  /** An instant query. A scalar comes back as one sample without labels. */
  query(expression: string): Promise<Sample[]>
  /**
   * Asks until the answer is accepted; by default, until there is one.
   *
   * @throws {Error} with the last answer when the time is up.
   */
  queryUntil(
    expression: string,
    accept?: (samples: Sample[]) => boolean,
    timeoutMs?: number,
  ): Promise<Sample[]>
  stop(): Promise<void>
}

/** Either a configuration of our own making, or a file to be used as it is. */
export type PrometheusOptions =
  | {
      /** Members of `scrape_configs`, in Prometheus' own words. */
      scrapeConfigs: readonly object[]
      ruleFiles?: readonly string[]
    }
  | { configFile: string }

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  if (executable === undefined) throw new Error(String(skipWithoutPrometheus))
  const folder = mkdtempSync(join(tmpdir(), 'authgate-prometheus-'))
  const port = await freePort()
  const child = spawn(
    executable,
    [
      `--config.file=${'configFile' in options ? options.configFile : writeConfig(folder, options)}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.on('data', (chunk) => {
    log = `${log}${chunk}`.slice(-10_000)
  })
  const stop = async () => {
    await endProcess(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(
      child,
      async () => (await fetch(`${url}/-/ready`)).ok,
      () => log,
    )
  } catch (error) {
    await stop()
    throw error
  }

  async function query(expression: string): Promise<Sample[]> {
    const response = await fetch(`${url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
    })
    const answer = (await response.json()) as QueryAnswer
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`)
    if (answer.data.resultType === 'scalar') return [{ metric: {}, value: Number(answer.data.result[1]) }]
    if (answer.data.resultType !== 'vector')
      throw new Error(`${expression} gives a ${answer.data.resultType}`)
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  return {
    url,
    query,
    queryUntil: async (expression, accept = (samples) => samples.length > 0, timeoutMs = 20_000) => {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const samples = await query(expression)
        if (accept(samples)) return samples
        if (performance.now() > deadline) {
          throw new Error(`${expression} still gives ${JSON.stringify(samples)}`)
        }
        await delay(200)
      }
    },
    stop,
  }
}

type QueryAnswer =
  | { status: 'error'; error: string }
  | {
      status: 'success'
      data:
        | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
        | { resultType: 'scalar'; result: [number, string] }
        | { resultType: 'matrix' | 'string' }
    }

function writeConfig(
  folder: string,
  options: { scrapeConfigs: readonly object[]; ruleFiles?: readonly string[] },
): string {
  const path = join(folder, 'prometheus.yml')
  // JSON is YAML, and needs no care for indentation.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: options.ruleFiles ?? [],
    scrape_configs: options.scrapeConfigs,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}
