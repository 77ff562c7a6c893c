/**
 * What is measured, as data: the cases, and the comparisons and floors drawn from them. To measure something
 * new, add a row here (and an operation, if the request itself is new).
 */
import { type OperationId, operations } from './operations.ts'
import { type ServerId, serverKind } from './servers.ts'
import type { Limit } from './statistics.ts'

export interface Case {
  readonly id: string
  readonly title: string
  readonly operation: OperationId
  readonly server: ServerId
  readonly connections: number
}

/** Enough to keep a server busy without pause. */
export const saturated = 64
/** Too few to queue: what a lone caller waits. */
const unloaded = 2

const rows: readonly (readonly [OperationId, ServerId, number])[] = [
  ['cc-es256', 'authgate', saturated],
  ['cc-es256', 'oidc-memory', saturated],
  ['cc-opaque', 'oidc-memory', saturated],
  ['cc-es256', 'oidc-sqlite', saturated],
  ['cc-opaque', 'oidc-sqlite', saturated],
  ['device', 'authgate', saturated],
  ['device', 'oidc-memory', saturated],
  ['device', 'oidc-sqlite', saturated],
  ['poll', 'authgate', saturated],
  ['poll', 'oidc-memory', saturated],
  ['introspect', 'authgate', saturated],
  ['introspect', 'oidc-memory', saturated],
  ['introspect', 'oidc-sqlite', saturated],
  ['cc-es256', 'authgate', unloaded],
  ['cc-es256', 'oidc-memory', unloaded],
  ['cc-opaque', 'oidc-memory', unloaded],
  ['device', 'authgate', unloaded],
  ['device', 'oidc-memory', unloaded],
  ['introspect', 'authgate', unloaded],
  ['introspect', 'oidc-memory', unloaded],
  ['dpop', 'authgate', saturated],
  ['dpop', 'oidc-memory', saturated],
  ['par', 'authgate', saturated],
  ['par', 'oidc-memory', saturated],
  ['code', 'authgate', saturated],
  ['code', 'oidc-sqlite', saturated],
  ['login', 'authgate', 8],
  ['scrape', 'authgate', 1],
]

export const cases: readonly Case[] = rows.map(([operation, server, connections]) => ({
  id: caseId(operation, server, connections),
  title: `${serverKind(server).title}: ${operations[operation].title}`,
  operation,
  server,
  connections,
}))

export function caseId(operation: OperationId, server: ServerId, connections: number): string {
  return `${operation}/${server}/${connections}`
}

export type Figure = 'cpu' | 'throughput' | 'p50' | 'p99'

/** A ratio of two cases, taken inside each round. Without a limit it is only reported. */
export interface Comparison {
  readonly title: string
  readonly figure: Figure
  readonly dividend: string
  readonly divisor: string
  readonly limit?: Limit
}

/** How many times AuthGate's work the peer's is: CPU time per request is the gate, requests per second is told. */
function against(ours: OperationId, peer: OperationId, server: ServerId, limit?: Limit): Comparison[] {
  const authgate = caseId(ours, 'authgate', saturated)
  const other = caseId(peer, server, saturated)
  const title = `${operations[ours].title}, against ${serverKind(server).title}${peer === ours ? '' : ` (${operations[peer].title})`}`
  return [
    {
      title: `CPU per request: ${title}`,
      figure: 'cpu',
      dividend: other,
      divisor: authgate,
      ...(limit === undefined ? {} : { limit }),
    },
    { title: `requests/s: ${title}`, figure: 'throughput', dividend: authgate, divisor: other },
  ]
}

function unloadedLatency(ours: OperationId, peer: OperationId, limit?: Limit): Comparison {
  return {
    title: `p99 at ${unloaded} connections: ${operations[ours].title}, of oidc-provider's${peer === ours ? '' : ` (${operations[peer].title})`}`,
    figure: 'p99',
    dividend: caseId(ours, 'authgate', unloaded),
    divisor: caseId(peer, 'oidc-memory', unloaded),
    ...(limit === undefined ? {} : { limit }),
  }
}

export const comparisons: readonly Comparison[] = [
  ...against('cc-es256', 'cc-es256', 'oidc-memory', { atLeast: 2.5 }),
  ...against('cc-es256', 'cc-opaque', 'oidc-memory', { atLeast: 2 }),
  ...against('device', 'device', 'oidc-memory', { atLeast: 3 }),
  ...against('introspect', 'introspect', 'oidc-memory', { atLeast: 2.5 }),
  ...against('code', 'code', 'oidc-sqlite'),
  ...against('par', 'par', 'oidc-memory'),
  ...against('dpop', 'dpop', 'oidc-memory'),
  ...against('poll', 'poll', 'oidc-memory'),
  ...against('cc-es256', 'cc-es256', 'oidc-sqlite'),
  ...against('cc-es256', 'cc-opaque', 'oidc-sqlite'),
  ...against('device', 'device', 'oidc-sqlite'),
  ...against('introspect', 'introspect', 'oidc-sqlite'),
  unloadedLatency('cc-es256', 'cc-es256', { atMost: 0.5 }),
  unloadedLatency('device', 'device', { atMost: 0.5 }),
  unloadedLatency('introspect', 'introspect', { atMost: 0.5 }),
  unloadedLatency('cc-es256', 'cc-opaque'),
]

/** Floors on figures that are not ratios of two cases. */
export const floors = {
  /** Spawn to ready on an existing database, of oidc-provider's. */
  startRatio: { atMost: 0.6 },
  /** Resident memory after the same kinds of load, of oidc-provider's. */
  memoryRatio: { atMost: 0.75 },
  scrapeSeries: { atLeast: 1000 },
  scrapeMs: { atMost: 5 },
  /** CPU per request with metrics on, of that with metrics off. */
  metricsCost: { atMost: 1.03 },
  /** All a request pays for being measured: a tenth of the 1 ms promised for the HTTP middleware. */
  middlewareMs: { atMost: 0.1 },
  /** One recorded event: a tenth of the 0.1 ms promised for a recording. */
  recordingMicroseconds: { atMost: 10 },
  /** An event and an HTTP request recorded, of the CPU time a whole request takes. */
  recordingPercent: { atMost: 3 },
  /** Heap of a filled registry; 1 to 2 MB are promised. */
  storageMebibytes: { atMost: 2 },
  /** Share of one core that metrics cost at 100 requests/s. */
  normalLoadPercent: { atMost: 1 },
} as const satisfies Record<string, Limit>

/** The operations whose cost of being measured is told. */
export const costOperations = ['cc-es256', 'introspect'] as const satisfies readonly OperationId[]
