/** From figures to tables: the same ones for the terminal and for docs/performance.md. Pure. */
import { type Case, caseId, comparisons, costOperations, type Figure, floors, saturated } from './cases.ts'
import type { LargeStore } from './large-store.ts'
import type { MetricsCost, NormalLoad } from './metrics-cost.ts'
import { type OperationId, operations } from './operations.ts'
import type { RecordingCost } from './recording.ts'
import { compare, figureOf, type Results } from './rounds.ts'
import type { ServerId, ServerKind } from './servers.ts'
import { judge, type Limit, pairedRatios, type Spread, spread } from './statistics.ts'

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Everything one run measured; what it did not measure is absent. */
export interface Measured {
  readonly selected: readonly Case[]
  readonly results: Results
  readonly starts: ReadonlyMap<ServerId, readonly number[]>
  /** Resident mebibytes before the first request and after the last round. */
  readonly memory: ReadonlyMap<ServerId, { readonly idle: number; readonly loaded: number }>
  readonly scrapedSeries?: number
  readonly metricsCost: readonly MetricsCost[]
  readonly normalLoad?: NormalLoad
  readonly recording?: RecordingCost
  readonly largeStore?: LargeStore
}

/** A figure held against its floor. */
export interface Finding {
  readonly title: string
  readonly value?: Spread
  readonly unit: string
  readonly limit: Limit
  readonly note?: string
}

export function verdictOf({ value, limit }: Finding): 'pass' | 'MISS' | 'not measured' {
  if (value === undefined) return 'not measured'
  return judge(value.median, limit) === 'pass' ? 'pass' : 'MISS'
}

/** One line for everything that was answered otherwise than expected, or not at all. */
export function wrongAnswers({ selected, results, metricsCost, normalLoad }: Measured): string[] {
  const lines = selected.flatMap(({ id, title, connections }) => {
    const windows = (results.get(id) ?? []).filter((window) => window !== undefined)
    const requests = windows.reduce((sum, window) => sum + window.requests, 0)
    const failures = windows.reduce((sum, window) => sum + window.failures, 0)
    if (windows.some((window) => window.requests === 0))
      return [`${title}, ${connections}: a window without answers`]
    return failures === 0 ? [] : [`${title}, ${connections}: ${failures} of ${requests} answers were wrong`]
  })
  for (const { operation, failures } of metricsCost) {
    if (failures > 0) lines.push(`cost of metrics, ${operations[operation].title}: ${failures} wrong answers`)
  }
  if (normalLoad !== undefined && normalLoad.failures > 0) {
    lines.push(`normal load: ${normalLoad.failures} wrong answers`)
  }
  return lines
}

/** Every floor, in the order they are told. */
export function findings(measured: Measured): Finding[] {
  const { results, starts, memory, metricsCost, normalLoad, recording, scrapedSeries } = measured
  const gated = comparisons.flatMap((comparison) =>
    comparison.limit === undefined
      ? []
      : [
          {
            title: comparison.title,
            unit: 'x',
            limit: comparison.limit,
            ...valued(compare(results, comparison)),
          },
        ],
  )
  const scrapes = (results.get('scrape/authgate/1') ?? []).flatMap((window) =>
    window === undefined || window.failures > 0 ? [] : [window],
  )
  const peerMemory = memory.get('oidc-memory')?.loaded
  const ownMemory = memory.get('authgate')?.loaded
  const middleware = metricsCost.map((cost) => cost.addedMicroseconds.median / 1000)
  const metricsShare =
    normalLoad === undefined || normalLoad.failures > 0 ? [] : [normalLoad.onPercent - normalLoad.offPercent]
  return [
    ...gated,
    ...metricsCost.map((cost) => ({
      title: `CPU per request, metrics on, of metrics off: ${operations[cost.operation].title}`,
      unit: 'x',
      limit: floors.metricsCost,
      note: `quietest windows x${cost.quietestRatio.toFixed(3)}; two equal windows differ by x${cost.noise.median.toFixed(3)}`,
      ...valued(cost.failures > 0 ? undefined : cost.ratio),
    })),
    ...costOperations.map((operation) => ({
      title: `share of a request that recording takes: ${operations[operation].title}`,
      unit: ' %',
      limit: floors.recordingPercent,
      note: 'one event and one HTTP request recorded, measured apart, of the CPU per request of the case',
      ...valued(recording && recordingShare(recording, results, operation)),
    })),
    {
      title: 'recording one event',
      unit: ' µs',
      limit: floors.recordingMicroseconds,
      note: 'promised: under 0.1 ms; the floor is a tenth of it',
      ...valued(recording && spread([recording.eventNanoseconds / 1000])),
    },
    {
      title: 'heap of a filled registry',
      unit: ' MiB',
      limit: floors.storageMebibytes,
      ...(recording && { note: `${figure(recording.series)} series` }),
      ...valued(recording && spread([recording.retainedMebibytes])),
    },
    {
      title: 'HTTP middleware: all metrics work of one request (CPU, worst operation)',
      unit: ' ms',
      limit: floors.middlewareMs,
      note: 'promised: under 1 ms; the floor is a tenth of it',
      ...valued(middleware.length === 0 ? undefined : spread([Math.max(...middleware)])),
    },
    {
      title: 'CPU of metrics at 100 requests/s, gauges and scrapes included (share of one core)',
      unit: ' %',
      limit: floors.normalLoadPercent,
      ...valued(spread(metricsShare)),
    },
    {
      title: 'series in one scrape',
      unit: '',
      limit: floors.scrapeSeries,
      ...valued(scrapedSeries === undefined ? undefined : spread([scrapedSeries])),
    },
    {
      title: 'scrape of a served snapshot, one scraper (p50 of each round)',
      unit: ' ms',
      limit: floors.scrapeMs,
      ...valued(spread(scrapes.map((window) => window.p50Ms))),
    },
    {
      title: 'start on an existing database, of oidc-provider in memory',
      unit: 'x',
      limit: floors.startRatio,
      ...valued(spread(pairedRatios(starts.get('authgate') ?? [], starts.get('oidc-memory') ?? []))),
    },
    {
      title: 'resident memory after load, of oidc-provider in memory',
      unit: 'x',
      limit: floors.memoryRatio,
      ...valued(
        ownMemory === undefined || peerMemory === undefined ? undefined : spread([ownMemory / peerMemory]),
      ),
    },
  ]
}

/** Percent of the CPU time per request that went into recording it, one value per round. */
function recordingShare(
  { eventNanoseconds, requestNanoseconds }: RecordingCost,
  results: Results,
  operation: OperationId,
): Spread | undefined {
  const windows = (results.get(caseId(operation, 'authgate', saturated)) ?? []).flatMap((window) =>
    window === undefined || window.failures > 0 ? [] : [window],
  )
  const microseconds = (eventNanoseconds + requestNanoseconds) / 1000
  return spread(windows.map(({ cpuMicroseconds }) => (microseconds / cpuMicroseconds) * 100))
}

/** One sentence for every floor that was missed. */
export function missedSentences(found: readonly Finding[]): string[] {
  return found.flatMap((finding) => {
    const { title, value, unit, limit } = finding
    if (value === undefined || verdictOf(finding) !== 'MISS') return []
    const bound = 'atLeast' in limit ? 'at least' : 'at most'
    const range = value.count > 1 ? ` (${figure(value.min)} to ${figure(value.max)})` : ''
    return [
      `${title[0]?.toUpperCase()}${title.slice(1)}: ${figure(value.median)}${unit}${range} where ${bound} ${figure(limitValue(limit))}${unit} is wanted.`,
    ]
  })
}

function valued(value: Spread | undefined): { value?: Spread } {
  return value === undefined ? {} : { value }
}

/** All tables of a run, leaving out those it did not measure. */
export function tables(measured: Measured, kinds: readonly ServerKind[]): Table[] {
  return [
    floorTable(findings(measured)),
    caseTable(measured),
    ratioTable(measured.results),
    serverTable(measured, kinds),
    costTable(measured),
    recordingTable(measured),
    largeStoreTable(measured),
  ].filter((table) => table.rows.length > 0)
}

function floorTable(found: readonly Finding[]): Table {
  return {
    title: 'Floors',
    head: ['figure', 'measured', 'floor', 'verdict', 'note'],
    rows: found.map((finding) => [
      finding.title,
      ranged(finding.value, finding.unit),
      `${'atLeast' in finding.limit ? '≥ ' : '≤ '}${figure(limitValue(finding.limit))}${finding.unit}`,
      verdictOf(finding),
      finding.note ?? '',
    ]),
  }
}

function caseTable({ selected, results }: Measured): Table {
  return {
    title: 'Cases',
    head: [
      'case',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU µs/request',
      'least',
      'wrong answers',
    ],
    rows: selected.map((each) => {
      const windows = (results.get(each.id) ?? []).filter((window) => window !== undefined)
      const over = (name: Figure) => spread(windows.map((window) => figureOf(window, name)))
      const cpu = over('cpu')
      return [
        each.title,
        String(each.connections),
        ranged(over('throughput'), ''),
        figure(over('p50')?.median),
        figure(over('p99')?.median),
        figure(cpu?.median),
        figure(cpu?.min),
        String(windows.reduce((sum, window) => sum + window.failures, 0)),
      ]
    }),
  }
}

function ratioTable(results: Results): Table {
  const measured = comparisons.flatMap((comparison) => {
    const ratio = compare(results, comparison)
    return ratio === undefined ? [] : [[comparison.title, ranged(ratio, 'x')]]
  })
  return {
    title: 'Ratios, paired inside each round',
    head: ['comparison', 'median (least to most)'],
    rows: measured,
  }
}

function serverTable({ starts, memory }: Measured, kinds: readonly ServerKind[]): Table {
  return {
    title: 'Start and memory',
    head: ['server', 'start ms', 'memory idle MiB', 'memory after load MiB'],
    rows: kinds.flatMap(({ id, title }) => {
      const times = spread(starts.get(id) ?? [])
      const used = memory.get(id)
      if (times === undefined && used === undefined) return []
      return [[title, ranged(times, ''), figure(used?.idle), figure(used?.loaded)]]
    }),
  }
}

function costTable({ metricsCost, normalLoad }: Measured): Table {
  const rows = metricsCost.map(({ operation, ratio, quietestRatio, addedMicroseconds, noise }) => [
    operations[operation].title,
    ranged(ratio, 'x'),
    `${figure(quietestRatio)}x`,
    ranged(addedMicroseconds, ' µs'),
    ranged(noise, 'x'),
  ])
  if (normalLoad !== undefined) {
    const { requestsPerSecond, onPercent, offPercent } = normalLoad
    rows.push([
      `${requestsPerSecond} requests/s: CPU of the process with metrics ${figure(onPercent)} %, without ${figure(offPercent)} %`,
      '',
      '',
      '',
      '',
    ])
  }
  return {
    title: 'What metrics cost',
    head: ['operation', 'CPU on, of off', 'quietest windows', 'added per request', 'two equal windows'],
    rows,
  }
}

function recordingTable({ recording }: Measured): Table {
  const head = ['recording, measured apart', 'figure']
  const title = 'What recording takes'
  if (recording === undefined) return { title, head, rows: [] }
  return {
    title,
    head,
    rows: [
      ['CPU for one event', `${figure(recording.eventNanoseconds)} ns`],
      ['CPU for one HTTP request, start and end', `${figure(recording.requestNanoseconds)} ns`],
      ['series in the registry', recording.series.toLocaleString('en-US')],
      ['heap the registry keeps', `${figure(recording.retainedMebibytes)} MiB`],
      ['writing one scrape of it', `${figure(recording.scrapeMs)} ms`],
    ],
  }
}

function largeStoreTable({ largeStore }: Measured): Table {
  const head = ['SQLite', 'figure']
  if (largeStore === undefined) return { title: 'A large store', head, rows: [] }
  const whole = (count: number) => count.toLocaleString('en-US')
  const { rows, window, firstRate, lastRate, firstCpuMicroseconds, lastCpuMicroseconds } = largeStore
  return {
    title: `A store of ${whole(rows)} access tokens`,
    head,
    rows: [
      [`rows/s, first ${whole(window)}`, figure(firstRate)],
      [`rows/s, last ${whole(window)}`, figure(lastRate)],
      ['write rate at the end, of that at the beginning', `${figure(lastRate / firstRate)}x`],
      [`CPU per row, first ${whole(window)}`, `${figure(firstCpuMicroseconds)} µs`],
      [`CPU per row, last ${whole(window)}`, `${figure(lastCpuMicroseconds)} µs`],
      ['inserting all of them', `${figure(largeStore.insertSeconds)} s`],
      ['one count for the gauges', `${figure(largeStore.countMs)} ms`],
      ['greatest delay of the event loop while it counts', `${figure(largeStore.countingDelayMs)} ms`],
      ['the same while it does nothing', `${figure(largeStore.idleDelayMs)} ms`],
    ],
  }
}

function limitValue(limit: Limit): number {
  return 'atLeast' in limit ? limit.atLeast : limit.atMost
}

function ranged(value: Spread | undefined, unit: string): string {
  if (value === undefined) return '–'
  const range = value.count > 1 ? ` (${figure(value.min)}–${figure(value.max)})` : ''
  return `${figure(value.median)}${unit}${range}`
}

/** Three significant digits, grouped thousands. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function renderTerminal({ title, head, rows }: Table): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [title, line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

export function renderMarkdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
