/**
 * Metric families whose samples live in typed-array slots. A series is bound once, when a route or an observer is set
 * up, and moving it is one addition; hashing label objects for every increment costs fifty times as much. The names of
 * the methods a {@link Collector} has are prom-client's, which writes the exposition.
 */
import {
  isOpenLabel,
  type Labels,
  type LabelValues,
  type MetricDefinition,
  type MetricType,
} from './metric-definitions.ts'

/** A value for each label: one of its closed list, or any text where the list is open. */
export type LabelSet<L extends Labels> = {
  readonly [K in keyof L]: L[K] extends readonly (infer V extends string)[] ? V : string
}

/** What prom-client's registry asks of a metric, and no more. */
export interface Collector {
  /** prom-client takes `_total` off the names of an OpenMetrics registry's counters by writing here. */
  name: string
  readonly help: string
  readonly type: MetricType
  get(): Promise<CollectedFamily>
}

interface CollectedFamily {
  name: string
  help: string
  type: MetricType
  values: Sample[]
  aggregator: 'sum'
}

/**
 * One line of the exposition. All labels are handed over as `sharedLabels`, whose text prom-client remembers per
 * object, so that a scrape formats numbers only.
 */
interface Sample {
  /** Only on the lines of a histogram; prom-client names the others after the family. */
  metricName?: string
  readonly labels: Readonly<Record<string, never>>
  readonly sharedLabels: Readonly<Record<string, string | number>>
  value: number
}

export class CounterSeries {
  readonly #slots = new Float64Array(1)

  /** @param amount not negative: a counter never goes down. */
  inc(amount = 1): void {
    this.#slots[0]! += amount
  }

  get value(): number {
    return this.#slots[0]!
  }
}

export class GaugeSeries {
  readonly #slots = new Float64Array(1)

  set(value: number): void {
    this.#slots[0] = value
  }

  inc(): void {
    this.#slots[0]!++
  }

  dec(): void {
    this.#slots[0]!--
  }

  get value(): number {
    return this.#slots[0]!
  }
}

export class HistogramSeries {
  readonly #bounds: Float64Array
  /** Observations per bucket, not cumulative; the last one is above every bound. */
  readonly #counts: Float64Array
  readonly #sum = new Float64Array(1)

  constructor(bounds: Float64Array) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sum[0]! += value
  }

  get sum(): number {
    return this.#sum[0]!
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0)
  }

  /** Writes the cumulative buckets, `+Inf`, the sum and the count into the samples of this series. */
  fill(samples: readonly Sample[], from: number): void {
    let total = 0
    let at = from
    for (const count of this.#counts) {
      total += count
      samples[at++]!.value = total
    }
    samples[at++]!.value = this.sum
    samples[at]!.value = total
  }
}

interface SeriesByType {
  counter: CounterSeries
  gauge: GaugeSeries
  histogram: HistogramSeries
}

export class MetricFamily<Type extends MetricType = MetricType, L extends Labels = Labels> {
  readonly definition: MetricDefinition<Type, L>
  readonly #fallbacks: Readonly<Record<string, string>>
  readonly #bounds: Float64Array
  readonly #series = new Map<string, SeriesByType[Type]>()
  readonly #samples: Sample[] = []
  /** Leaves the family without samples while its values are not known; HELP and TYPE stay. */
  hidden = false

  /**
   * Makes the family with every combination of closed label values at 0. A family with an open label starts empty.
   * @param fallbacks what a label shows for a value outside its closed list, where that is not `other`.
   */
  constructor(definition: MetricDefinition<Type, L>, fallbacks: { readonly [K in keyof L]?: string } = {}) {
    this.definition = definition
    this.#fallbacks = fallbacks as Record<string, string>
    this.#bounds = Float64Array.from(definition.buckets ?? [])
    for (const labels of closedCombinations(definition.labels)) this.bind(labels as LabelSet<L>)
  }

  /** The series with these labels, the same one each time; values outside a closed list become `other`. */
  bind(labels: LabelSet<L>): SeriesByType[Type] {
    const values: Record<string, string> = {}
    for (const [name, allowed] of Object.entries(this.definition.labels)) {
      const value = (labels as Readonly<Record<string, string>>)[name]!
      values[name] =
        isOpenLabel(allowed) || allowed.includes(value) ? value : (this.#fallbacks[name] ?? 'other')
    }
    const key = JSON.stringify(Object.values(values))
    let series = this.#series.get(key)
    if (series === undefined) {
      series = this.#create()
      this.#series.set(key, series)
      this.#addSamples(values)
    }
    return series
  }

  /**
   * The series of every value of one closed label, the other labels given.
   * @returns a lookup that never fails: an unknown value gives the series `other`.
   */
  bindEach<K extends keyof L & string>(
    label: K,
    rest: Omit<LabelSet<L>, K>,
  ): (value: LabelSet<L>[K]) => SeriesByType[Type] {
    const bound = new Map<string, SeriesByType[Type]>()
    const bindOne = (value: string): SeriesByType[Type] =>
      this.bind({ ...rest, [label]: value } as LabelSet<L>)
    const allowed: LabelValues = this.definition.labels[label]!
    if (!isOpenLabel(allowed)) for (const value of allowed) bound.set(value, bindOne(value))
    return (value) => bound.get(value) ?? bindOne(value)
  }

  /** A view of this family for one registry; every registry needs its own, see {@link Collector.name}. */
  collector(): Collector {
    const { name, help, type } = this.definition
    const collector: Collector = {
      name,
      help,
      type,
      get: async () => ({
        name: collector.name,
        help,
        type,
        values: this.hidden ? [] : this.#fill(),
        aggregator: 'sum',
      }),
    }
    return collector
  }

  #create(): SeriesByType[Type] {
    const make: { readonly [T in MetricType]: () => SeriesByType[T] } = {
      counter: () => new CounterSeries(),
      gauge: () => new GaugeSeries(),
      histogram: () => new HistogramSeries(this.#bounds),
    }
    return make[this.definition.type]()
  }

  #addSamples(values: Readonly<Record<string, string>>): void {
    const add = (suffix: string, labels: Readonly<Record<string, string | number>>): void => {
      const sample: Sample = { labels: {}, sharedLabels: labels, value: 0 }
      if (suffix !== '') sample.metricName = this.definition.name + suffix
      this.#samples.push(sample)
    }
    if (this.definition.type !== 'histogram') {
      add('', values)
      return
    }
    for (const bound of this.#bounds) add('_bucket', { le: bound, ...values })
    add('_bucket', { le: '+Inf', ...values })
    add('_sum', values)
    add('_count', values)
  }

  #fill(): Sample[] {
    let at = 0
    for (const series of this.#series.values()) {
      if (series instanceof HistogramSeries) {
        series.fill(this.#samples, at)
        at += this.#bounds.length + 3
      } else {
        this.#samples[at++]!.value = series.value
      }
    }
    return this.#samples
  }
}

function closedCombinations(labels: Labels): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}]
  for (const [name, values] of Object.entries(labels)) {
    if (isOpenLabel(values)) return []
    combinations = combinations.flatMap((partial) => values.map((value) => ({ ...partial, [name]: value })))
  }
  return combinations
}
