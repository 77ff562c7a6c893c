/** What was measured, as Markdown. Pure. */
import { percentile } from '../statistics.ts'

export interface MeasuredPage {
  page: string
  what: string
  /** Milliseconds, one for each time it was asked. */
  times: readonly number[]
}

export interface MeasuredDatabase {
  /** In words, with its version. */
  title: string
  fillSeconds: number
  /** Processes that wanted to run at a time, by the system's own average, when it was filled and at the end. */
  load: { before: number; after: number }
  pages: readonly MeasuredPage[]
}

export interface Circumstances {
  date: string
  machine: string
  processors: number
  node: string
  times: number
  /** Rows of each table, in words. */
  rows: string
}

/** What every page has to keep, at the 95th of a hundred times. */
export const wantedMs = 50

export function misses({ pages }: MeasuredDatabase): readonly MeasuredPage[] {
  return pages.filter(({ times }) => percentile(times, 0.95) > wantedMs)
}

export function pagesDocument(circumstances: Circumstances, databases: readonly MeasuredDatabase[]): string {
  const { date, machine, processors, node, times, rows } = circumstances
  return `<!-- Written by \`npm run bench:pages\`. Change the benchmark, not this page. -->
# How fast pages answer

Measured on ${date} with Node ${node} on ${machine}. \`npm run bench:pages\` measures again and rewrites this page.

- The database holds ${rows}.
- Each page is asked ${times} times, in rounds in which every page has its turn, of a server that has answered each before. One
  person is signed in at a time and one request is under way. What is measured lies between sending it and the last byte of the
  answer, on one machine; of an export it is the first byte.
- Wanted are at most ${wantedMs} ms at the 95th percentile; what misses that is marked.
- PostgreSQL has its own defaults and runs on the same machine.
- The load is the average of a minute that the system gives, on ${processors} processors: above that number, what is measured
  includes waiting for others, and the fastest of the ${times} answers comes closest to what the page takes by itself.
${databases.map(section).join('')}`
}

function section(database: MeasuredDatabase): string {
  const { title, fillSeconds, load, pages } = database
  const missed = misses(database).length
  const kept =
    missed === 0
      ? `Every one of ${pages.length} keeps ${wantedMs} ms.`
      : `${pages.length - missed} of ${pages.length} keep ${wantedMs} ms.`
  return `
## ${title}

${kept} Filling took ${fillSeconds.toFixed(0)} s. Load: ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after.

| page | what | fastest ms | p50 ms | p95 ms | max ms | verdict |
| --- | --- | ---: | ---: | ---: | ---: | --- |
${pages.map(row).join('\n')}
`
}

function row({ page, what, times }: MeasuredPage): string {
  const [fastest, p50, p95, max] = [0, 0.5, 0.95, 1].map((share) => percentile(times, share))
  const cells = [
    `\`${page}\``,
    what,
    ...[fastest, p50, p95, max].map((ms) => ms!.toFixed(1)),
    p95! > wantedMs ? '**MISS**' : '',
  ]
  return `| ${cells.join(' | ')} |`
}
