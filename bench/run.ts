/** `npm run bench`: measures AuthGate beside its peers. `--help` lists the options. */
import { writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cases, costOperations } from './cases.ts'
import { cleanUpAtExit, makeTemporaryFolder, removeFolder } from './clean-up.ts'
import { performanceDocument } from './document.ts'
import type { LargeStore } from './large-store.ts'
import { runMeasuring } from './measuring-process.ts'
import { measureMetricsCost, measureNormalLoad } from './metrics-cost.ts'
import { countSeries } from './operations.ts'
import { machineCpu } from './process-tree.ts'
import type { RecordingCost } from './recording.ts'
import { findings, type Measured, missedSentences, renderTerminal, tables, wrongAnswers } from './report.ts'
import { root } from './root.ts'
import { runRounds } from './rounds.ts'
import {
  missingProgram,
  type RunningServer,
  type ServerId,
  serverKind,
  serverKinds,
  start,
} from './servers.ts'
import { measureStarts } from './start-time.ts'
import { wrkInstalled } from './wrk.ts'

/** What is measured beside the cases. `--case` selects these by name too. */
const parts = ['start', 'metrics-cost', 'normal-load', 'recording', 'large-store'] as const

const usage = `Usage: npm run bench -- [options]

  --rounds N      interleaved rounds (default 5), and one launch more for the cost of metrics
  --seconds N     length of one window in whole seconds (default 2)
  --warm-up N     seconds of load for every case and server before it is measured (default 4)
  --case TEXT     only cases and parts whose id holds TEXT, such as "introspect" or "cc-es256/authgate"; may be
                  repeated. The parts: ${parts.join(', ')}
  --server ID     only these servers: ${serverKinds.map((kind) => kind.id).join(', ')}; may be repeated
  --quick         two rounds of 1 s, few repetitions and rows, to see that everything works
  --no-write      print only; docs/performance.md stays as it is (as with --quick, --case and --server)
`

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    case: { type: 'string', multiple: true },
    server: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const rounds = wholeNumber('--rounds', options.rounds ?? (options.quick ? '2' : '5'))
const seconds = wholeNumber('--seconds', options.seconds ?? (options.quick ? '1' : '2'))
const warmUpSeconds = wholeNumber('--warm-up', options['warm-up'] ?? (options.quick ? '1' : '4'))
const partial = options.case !== undefined || options.server !== undefined
const wanted = serverKinds.filter(({ id }) => options.server?.includes(id) ?? true)
const selected = cases.filter((each) => wanted.some(({ id }) => id === each.server) && isWanted(each.id))
const selectedParts = new Set<string>(parts.filter(isWanted))

if (!wrkInstalled()) stopWith('wrk is not installed; on Debian and Ubuntu: apt-get install wrk')
const missing = missingProgram(wanted)
if (missing !== undefined) stopWith(`${missing} is missing; build first: npm run build`)
if (selected.length + selectedParts.size === 0) stopWith('nothing is left by --case and --server')

cleanUpAtExit()
const began = performance.now()
const cpuBefore = machineCpu()
const measured = await measureAll()
const cpuAfter = machineCpu()
const minutes = (performance.now() - began) / 60_000

const printed = tables(measured, serverKinds)
for (const table of printed) process.stdout.write(`\n${renderTerminal(table)}\n`)

const wrong = wrongAnswers(measured)
for (const line of wrong) process.stderr.write(`\nFAILED: ${line}\n`)
const missed = missedSentences(findings(measured))
process.stdout.write(
  missed.length === 0
    ? '\nNo measured floor was missed.\n'
    : `\nMissed floors: ${missed.length}\n${missed.map((sentence) => `  ${sentence}\n`).join('')}`,
)

if (options.write && !options.quick && !partial) {
  const file = `${root}docs/performance.md`
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()} ${arch()}`
  const circumstances = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    node: process.versions.node,
    rounds,
    seconds,
    warmUpSeconds,
    stolenPercent: ((cpuAfter.stolen - cpuBefore.stolen) / (cpuAfter.total - cpuBefore.total)) * 100,
    minutes,
  }
  writeFileSync(file, performanceDocument(circumstances, missed, printed))
  process.stdout.write(`\nWritten: ${file}\n`)
}
process.exit(wrong.length === 0 ? 0 : 1)

/** The phases, each with no more servers running than it needs. */
async function measureAll(): Promise<Measured> {
  const ids = wanted.map(({ id }) => id)
  const timed = (['authgate', 'oidc-memory', 'oidc-sqlite'] as const).filter((id) => ids.includes(id))
  const starts = selectedParts.has('start')
    ? await measureStarts(timed, { turns: options.quick ? 3 : 9, say })
    : new Map<ServerId, number[]>()

  const servers = new Map<ServerId, RunningServer>()
  for (const id of new Set(selected.map((each) => each.server))) {
    servers.set(id, await start(serverKind(id)))
  }
  await sleep(1000)
  const idle = new Map([...servers].map(([id, server]) => [id, server.residentMebibytes()]))
  const results = await runRounds(servers, { selected, rounds, seconds, warmUpSeconds, say })
  await sleep(1000)
  const memory = new Map(
    [...servers].map(([id, server]) => [id, { idle: idle.get(id) ?? 0, loaded: server.residentMebibytes() }]),
  )
  const own = servers.get('authgate')
  const scraped = selected.some(({ operation }) => operation === 'scrape')
  const scrapedSeries = own !== undefined && scraped ? await countSeries(own.url) : undefined
  for (const server of servers.values()) await server.stopAndForget()

  const both = ids.includes('authgate') && ids.includes('authgate-metrics-off')
  const metricsCost =
    both && selectedParts.has('metrics-cost')
      ? await measureMetricsCost(costOperations, {
          launches: options.quick ? 1 : rounds + 1,
          blocks: options.quick ? 2 : 4,
          seconds: 1,
          warmUpSeconds,
          say,
        })
      : []
  const normalLoad =
    both && selectedParts.has('normal-load')
      ? await measureNormalLoad({ seconds: options.quick ? 5 : 30, warmUpSeconds, say })
      : undefined
  const recording =
    ids.includes('authgate') && selectedParts.has('recording') ? await measureRecording() : undefined
  const largeStore =
    ids.includes('authgate') && selectedParts.has('large-store')
      ? await measureLargeStore(options.quick ? 50_000 : 1_000_000)
      : undefined
  return {
    selected,
    results,
    starts,
    memory,
    metricsCost,
    ...(scrapedSeries === undefined ? {} : { scrapedSeries }),
    ...(normalLoad === undefined ? {} : { normalLoad }),
    ...(recording === undefined ? {} : { recording }),
    ...(largeStore === undefined ? {} : { largeStore }),
  }
}

function measureRecording(): Promise<RecordingCost> {
  say('recording, apart from a server')
  return runMeasuring<RecordingCost>('recording')
}

async function measureLargeStore(rows: number): Promise<LargeStore> {
  say(`a store of ${rows.toLocaleString('en-US')} access tokens`)
  const folder = makeTemporaryFolder()
  const result = await runMeasuring<LargeStore>('largeStore', [folder, String(rows)])
  removeFolder(folder)
  return result
}

/** Whether `--case`, if given, asks for a case or part of this id. */
function isWanted(id: string): boolean {
  return options.case?.some((text) => id.includes(text)) ?? true
}

/** Progress, apart from the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) stopWith(`${name} takes a whole number from 1 on, not "${text}"`)
  return Number(text)
}

function stopWith(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
