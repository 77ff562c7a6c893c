/** Reads a metrics page, and says which samples of the founding metrics differ between two of them. */

export interface MetricsPage {
  /** Values by the text in front of them: `name` or `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
}

export interface Move {
  /** Text of the sample; of a histogram, that of its `_count`. */
  readonly sample: string
  readonly family: string
  readonly type: string
  readonly from: number
  readonly to: number
  /** Of a histogram: how much its `_sum` grew, in seconds. */
  readonly seconds?: number
}

/** The metrics every AuthGate has; `authgate_…`, `process_…` and others come and go. */
const founding = /^(oauth|auth|http_request|session)/
const added = /^authgate_/

export function readMetrics(text: string): MetricsPage {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (name !== undefined && type !== undefined) types.set(name, type)
    if (line === '' || line.startsWith('#')) continue
    const space = line.lastIndexOf(' ')
    samples.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  return { samples, types }
}

export function foundingFamilies(page: MetricsPage): string[] {
  return [...page.types.keys()].filter((name) => founding.test(name) && !added.test(name))
}

/** In the order of the page. A sample that was not there counts as 0, as for Prometheus' `increase` over both. */
export function movesBetween(before: MetricsPage, after: MetricsPage): Move[] {
  const value = (page: MetricsPage, sample: string) => page.samples.get(sample) ?? 0
  return foundingFamilies(after).flatMap((family) => {
    const type = after.types.get(family)!
    const name = type === 'histogram' ? `${family}_count` : family
    return [...after.samples.keys()]
      .filter((sample) => sample === name || sample.startsWith(`${name}{`))
      .map((sample): Move => {
        const move = { sample, family, type, from: value(before, sample), to: value(after, sample) }
        if (type !== 'histogram') return move
        const sum = `${family}_sum${sample.slice(name.length)}`
        return { ...move, seconds: value(after, sum) - value(before, sum) }
      })
      .filter(({ from, to }) => from !== to)
  })
}
