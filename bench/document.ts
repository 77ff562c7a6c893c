/** docs/performance.md, written by the benchmark from what it just measured. Pure. */
import { renderMarkdown, type Table } from './report.ts'

export interface Circumstances {
  readonly date: string
  readonly machine: string
  readonly node: string
  readonly rounds: number
  readonly seconds: number
  /** Share of the machine's CPU time that its hypervisor gave to others during the run. */
  readonly stolenPercent: number
  readonly minutes: number
}

export function performanceDocument(at: Circumstances, tables: readonly Table[]): string {
  const head = `<!-- Written by \`npm run bench\`. Change the benchmark, not this page. -->
# Performance

Measured on ${at.date} with Node ${at.node} on ${at.machine}, in ${at.minutes.toFixed(0)} minutes, during which the
hypervisor gave ${at.stolenPercent.toFixed(1)} % of the CPU time to others. \`npm run bench\` measures again and rewrites this page.

How it is measured:

- AuthGate runs as an operator would run it: SQLite on disk (WAL, answer after commit), metrics, audit log and rate
  limits on, the limits raised above what is sent. oidc-provider 9 runs beside it, once with its own in-memory
  store, which forgets everything at the end and keeps at most 1,000 entries, and once with a small SQLite
  adapter (WAL, one commit per write).
- Load comes from wrk, one thread: 64 connections keep a server saturated, 2 show what a lone caller waits. It runs
  on the same machine as the servers and takes its share of it.
- ${at.rounds} rounds of ${at.seconds} s windows after a warm-up. Every round holds every case and begins at another one. Ratios are
  taken inside each round and their median is given, with the least and the most; compare ratios and CPU time per
  request, not requests per second of different days.
- CPU time per request is user plus system time of the server's process and its children during the window, divided
  by the requests answered. A case with a single unexpected answer is marked and takes no part in ratios.
- A poll asks for a code that nobody has approved yet. AuthGate gets each of 4,000 codes once, so that its answer is
  \`authorization_pending\` and never \`slow_down\`; oidc-provider, which has no \`slow_down\`, gets 300 codes again and again.
- Introspection asks for 200 live tokens in turn: AuthGate's are ES256 JWTs, oidc-provider's opaque, because it does not
  introspect JWTs. A login fetches the page and then sends the form; only the form is timed, both count as CPU.
- Start is from spawning the process to its first good answer (\`/readyz\`; for oidc-provider, which has none, its
  discovery document), on a database that exists. AuthGate's launcher keeps compiled code on disk between starts, the
  peer is started plainly. Memory is resident memory, after the rounds for "after load".
- The cost of metrics is measured on two AuthGates that differ only in \`METRICS_ENABLED\`. They are started anew
  several times, because two processes of one program already differ by more than 3 %; each launch gives the median of
  blocks of windows on, off, off, on, and the range is that of the launches: where it is wider than the floor's 3 %, the
  machine was too busy to tell, and more \`--rounds\` help. "Two equal windows" says how far apart
  windows without any difference were, "quietest windows" compares the best window of each side.
`
  return `${[head.trimEnd(), ...tables.map(renderMarkdown)].join('\n\n')}\n`
}
