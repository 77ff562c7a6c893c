/** docs/performance.md, written by the benchmark from what it just measured. Pure. */
import { renderMarkdown, type Table } from './report.ts'

export interface Circumstances {
  readonly date: string
  readonly machine: string
  readonly node: string
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Share of the machine's CPU time that its hypervisor gave to others during the run. */
  readonly stolenPercent: number
  readonly minutes: number
}

/** @param missed a sentence for every floor that was not reached. */
export function performanceDocument(
  at: Circumstances,
  missed: readonly string[],
  tables: readonly Table[],
): string {
  const head = `<!-- Written by \`npm run bench\`. Change the benchmark, not this page. -->
# Performance

Measured on ${at.date} with Node ${at.node} on ${at.machine}, in ${at.minutes.toFixed(0)} minutes, during which the
hypervisor gave ${at.stolenPercent.toFixed(1)} % of the CPU time to others. \`npm run bench\` measures again and rewrites this page.

How it is measured:

- AuthGate runs as an operator would run it, with everything on: SQLite on disk (WAL, answer after commit), metrics,
  audit log, access log (\`LOG_LEVEL=info\`, JSON into a file) and rate limits, raised above what is sent.
  oidc-provider 9 runs beside it and has none of these; once with its own in-memory store, which forgets everything
  at the end and keeps at most 1,000 entries, and once with a small SQLite adapter (WAL, one commit per write).
- Load comes from wrk, one thread: 64 connections keep a server saturated, 2 show what a lone caller waits. It runs
  on the same machine as the servers and takes its share of it.
- Before it is measured, every case and server has had ${at.warmUpSeconds} s of the very load, so that its code is compiled. Then
  come ${at.rounds} rounds of ${at.seconds} s windows. Every round holds every case and begins at another one. Ratios are
  taken inside each round and their median is given, with the least and the most.
- The gate is the table of floors, by the median of each row. Against oidc-provider it looks at CPU time per request,
  the time a lone caller waits, start and memory; requests per second depend on what else the machine does and are
  told without a floor. The run fails on wrong answers. A missed floor does not fail it: it is told under "Not reached".
- CPU time per request is user plus system time of the server's process and its children during the window, divided
  by the requests answered. A case with a single unexpected answer is marked and takes no part in ratios.
- A poll asks for a code that nobody has approved yet. AuthGate gets each of 4,000 codes once, so that its answer is
  \`authorization_pending\` and never \`slow_down\`; oidc-provider, which has no \`slow_down\`, gets 300 codes again and again.
- Introspection asks for 200 live tokens in turn: AuthGate's are ES256 JWTs, oidc-provider's opaque, because it does not
  introspect JWTs. A login fetches the page and then sends the form; only the form is timed, both count as CPU.
- An authorization code is exchanged once, with PKCE, for an access token and an ES256 ID token; 2,000 codes of one person
  who allowed the client are made before each window. The peer of this case is the one with SQLite, since 1,000 entries
  of memory do not hold them. A DPoP proof is good once, so each of 4,000 requests has its own, made just before.
- Start is from spawning the process to its first good answer (\`/readyz\`; for oidc-provider, which has none, its
  discovery document), on a database that exists. AuthGate's launcher keeps compiled code on disk between starts, the
  peer is started plainly. Memory is resident memory, after the rounds for "after load".
- The cost of metrics is measured on two AuthGates that differ only in \`METRICS_ENABLED\`. They are started anew
  several times, because two processes of one program already differ by more than 3 %; each launch gives the median of
  blocks of windows on, off, off, on, and the range is that of the launches: where it is wider than the floor's 3 %, the
  machine was too busy to tell, and more \`--rounds\` help. "Two equal windows" says how far apart
  windows without any difference were, "quietest windows" compares the best window of each side.
- The second witness for those 3 % needs no pair: recording is measured apart, in a process that only records, and
  held against the CPU time of a whole request ("share of a request that recording takes"). An event there is one of
  four frequent ones in turn, a request is counted at its start and its end, and the heap of a registry is what stays
  after collecting garbage, the median of several registries that have each been scraped. This leaves out timing the
  request and announcing the event, which only the pair sees.
- The large store is a SQLite file of its own, filled in transactions of one access token, 512 at a time. It is
  counted the way the gauges are; the greatest delay of the event loop meanwhile stands beside that of an equally
  long time without work, which is the machine's own.
`
  const notReached = missed.length === 0 ? ['Nothing: every measured floor was kept.'] : missed.map(listed)
  const parts = [head.trimEnd(), `## Not reached\n\n${notReached.join('\n')}`, ...tables.map(renderMarkdown)]
  return `${parts.join('\n\n')}\n`
}

function listed(sentence: string): string {
  return `- ${sentence}`
}
