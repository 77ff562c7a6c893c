/**
 * Charts, drawn on the server: shapes in a plot that stretches with the page, words that do not, and the numbers as a
 * table behind each. Colors come from classes, and never carry a meaning alone.
 */
import type { ComponentChildren } from 'preact'
import type { Instant } from '../../shared/clock.ts'
import { useReader, useText } from '../reader.tsx'
import { axisTop, barPitch, linePieces, place, plotHeight, rounded, stackedBars } from './scale.ts'

/** How a series looks; the stylesheet has a color for each. */
export type Ink = 'good' | 'bad' | 'quiet' | 'first' | 'second' | 'third' | 'fourth' | 'fifth'

export interface Series<Value> {
  label: string
  ink: Ink
  values: readonly Value[]
}

interface Frame {
  /** Unique in its page. */
  id: string
  title: string
  /** When each value begins. */
  times: readonly Instant[]
}

/** Height in pixels of the drawing; the plot lies between its labels. */
const height = 172
const plotTop = 16
const plotPixels = 132

export interface BarChartProps extends Frame {
  series: readonly Series<number>[]
}

/** Numbers by time: bars from zero, those of one time standing on each other. */
export function BarChart({ id, title, times, series }: BarChartProps) {
  const { charts, number } = useText().operations
  const totals = series.map(({ values }) => values.reduce((sum, value) => sum + value, 0))
  const stacks = times.map((_, index) => series.reduce((sum, { values }) => sum + values[index]!, 0))
  const top = axisTop(Math.max(0, ...stacks))
  const nothing = totals.every((total) => total === 0)
  const bars = stackedBars(
    series.map(({ values }) => values),
    top,
  )
  const summary = series.map(({ label }, index) => `${label} ${number(totals[index]!)}`).join(', ')
  return (
    <Figure id={id} title={title}>
      <Key items={series.map(({ label, ink }, index) => ({ ink, label, value: number(totals[index]!) }))} />
      <Drawing title={`${title}: ${summary}`} times={times} top={top} unit={(value) => number(value)}>
        {bars.map(({ series: of, x, y, width, height: tall }) => (
          <rect key={`${x} ${of}`} class={`ink-${series[of]!.ink}`} x={x} y={y} width={width} height={tall} />
        ))}
      </Drawing>
      {nothing && <p class="muted">{charts.nothing}</p>}
      <Numbers
        id={id}
        title={title}
        times={times}
        columns={series.map(({ label, values }) => ({
          label,
          cell: (index: number) => number(values[index]!),
        }))}
      />
    </Figure>
  )
}

export interface LineChartProps extends Frame {
  series: readonly Series<number | undefined>[]
  /** A value with its unit. */
  unit(value: number): string
  /** What to say where there is no value at all. */
  nothing: string
}

/** Values by time as lines from zero, each named where it ends. */
export function LineChart({ id, title, times, series, unit, nothing }: LineChartProps) {
  const known = series.flatMap(({ values }) => values.filter((value) => value !== undefined))
  const top = axisTop(Math.max(0, ...known))
  const ends = series.map(({ values }) => values.findLast((value) => value !== undefined))
  const summary = series
    .map(({ label }, index) => `${label} ${ends[index] === undefined ? '–' : unit(ends[index])}`)
    .join(', ')
  const named = series.flatMap(({ label, ink }, index) => {
    const end = ends[index]
    return end === undefined ? [] : [{ text: `${label} ${unit(end)}`, ink, y: pixels(end, top) - 6 }]
  })
  return (
    <Figure id={id} title={title}>
      <Drawing
        title={`${title}: ${known.length === 0 ? nothing : summary}`}
        times={times}
        top={top}
        unit={unit}
        labels={apart(named).map(({ text, ink, y }) => (
          <text key={text} class={`label-${ink}`} x="100%" y={y} text-anchor="end">
            {text}
          </text>
        ))}
      >
        {series.flatMap(({ values, ink }) =>
          linePieces(values, top).map((points) => (
            <polyline
              key={`${ink} ${points}`}
              class={`line-${ink}`}
              points={points}
              fill="none"
              vector-effect="non-scaling-stroke"
            />
          )),
        )}
      </Drawing>
      {known.length === 0 && <p class="muted">{nothing}</p>}
      <Numbers
        id={id}
        title={title}
        times={times}
        columns={series.map(({ label, values }) => ({
          label,
          cell: (index: number) => (values[index] === undefined ? '–' : unit(values[index])),
        }))}
      />
    </Figure>
  )
}

export interface FunnelStep {
  label: string
  count: number
  ink: Ink
}

export interface FunnelProps {
  id: string
  title: string
  steps: readonly FunnelStep[]
  /** What happened beside the steps. */
  children?: ComponentChildren
}

/** How many of the first came through to each later step: one bar below the other, from zero. */
export function Funnel({ id, title, steps, children }: FunnelProps) {
  const { charts, number } = useText().operations
  // More may be decided in a time than were asked for in it.
  const widest = Math.max(1, ...steps.map(({ count }) => count))
  const pitch = 48
  return (
    <Figure id={id} title={title}>
      <svg
        class="chart-drawing"
        width="100%"
        height={steps.length * pitch}
        role="img"
        aria-label={`${title}: ${steps.map(({ label, count }) => `${label} ${number(count)}`).join(', ')}`}
      >
        {steps.map(({ label, count, ink }, index) => (
          <g key={label}>
            <text x="0" y={index * pitch + 14}>
              {label}
            </text>
            <text x="100%" y={index * pitch + 14} text-anchor="end">
              {number(count)}
            </text>
            <rect class="chart-ground" x="0" y={index * pitch + 20} width="100%" height="14" />
            <rect
              class={`ink-${ink}`}
              x="0"
              y={index * pitch + 20}
              width={`${rounded((count / widest) * 100)}%`}
              height="14"
            />
          </g>
        ))}
      </svg>
      {children}
      <details class="more chart-numbers">
        <summary>
          {charts.asTable}
          <span class="visually-hidden">: {title}</span>
        </summary>
        <table>
          <caption class="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{charts.deviceStep}</th>
              <th scope="col" class="numeric">
                {charts.count}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ label, count }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="numeric">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Figure>
  )
}

function Figure({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <figure class="chart" aria-labelledby={`${id}-title`}>
      <figcaption>
        <h3 id={`${id}-title`}>{title}</h3>
      </figcaption>
      {children}
    </figure>
  )
}

function Key({ items }: { items: readonly { ink: Ink; label: string; value: string }[] }) {
  return (
    <ul class="chart-key">
      {items.map(({ ink, label, value }) => (
        <li key={label}>
          <svg width="12" height="12" aria-hidden="true" focusable="false">
            <rect class={`ink-${ink}`} width="12" height="12" rx="2" />
          </svg>
          {label} <strong>{value}</strong>
        </li>
      ))}
    </ul>
  )
}

interface DrawingProps {
  /** What the picture shows, for those who do not see it. */
  title: string
  times: readonly Instant[]
  top: number
  unit(value: number): string
  labels?: ComponentChildren
  children: ComponentChildren
}

/** Lines at half and at the top of the axis, each with its value; times below; the plot between them. */
function Drawing({ title, times, top, unit, labels, children }: DrawingProps) {
  const { language } = useReader()
  const clock = timeFormat(language.tag, times)
  const middle = times[Math.floor(times.length / 2)]
  return (
    <svg class="chart-drawing" width="100%" height={height} role="img" aria-label={title}>
      {[top, top / 2, 0].map((value) => (
        <line
          key={value}
          class="chart-grid"
          x1="0"
          x2="100%"
          y1={pixels(value, top)}
          y2={pixels(value, top)}
        />
      ))}
      <svg
        aria-hidden="true"
        x="0"
        y={plotTop}
        width="100%"
        height={plotPixels}
        viewBox={`0 0 ${times.length * barPitch} ${plotHeight}`}
        preserveAspectRatio="none"
      >
        {children}
      </svg>
      {(top === 1 ? [top] : [top, top / 2]).map((value) => (
        <text key={value} class="chart-axis" x="0" y={pixels(value, top) - 3}>
          {unit(value)}
        </text>
      ))}
      {labels}
      {times[0] !== undefined && middle !== undefined && (
        <g class="chart-axis">
          <text x="0" y={height - 6}>
            {clock.format(times[0])}
          </text>
          <text x="50%" y={height - 6} text-anchor="middle">
            {clock.format(middle)}
          </text>
          <text x="100%" y={height - 6} text-anchor="end">
            {clock.format(times.at(-1))}
          </text>
        </g>
      )}
    </svg>
  )
}

interface NumbersProps extends Frame {
  columns: readonly { label: string; cell(index: number): string }[]
}

/** The numbers behind a drawing, the newest first. */
function Numbers({ title, times, columns }: NumbersProps) {
  const { charts } = useText().operations
  const { language } = useReader()
  const clock = timeFormat(language.tag, times)
  return (
    <details class="more chart-numbers">
      <summary>
        {charts.asTable}
        <span class="visually-hidden">: {title}</span>
      </summary>
      <table>
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{charts.time}</th>
            {columns.map(({ label }) => (
              <th key={label} scope="col" class="numeric">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((at, index) => (
              <tr key={at}>
                <th scope="row">
                  <time datetime={new Date(at).toISOString()}>{clock.format(at)}</time>
                </th>
                {columns.map(({ label, cell }) => (
                  <td key={label} class="numeric">
                    {cell(index)}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </details>
  )
}

const day = 86_400_000

/** By language, and whether they say the day. Making one costs more than all it formats in a chart. */
const timeFormats = new Map<string, Intl.DateTimeFormat>()

/** The time of day, and the day as well where the times are of several. */
function timeFormat(tag: string, times: readonly Instant[]): Intl.DateTimeFormat {
  const several = times.length > 0 && times.at(-1)! - times[0]! > day
  const key = `${tag} ${several}`
  let format = timeFormats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(tag, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone: 'UTC',
      ...(several ? { month: 'short', day: 'numeric' } : {}),
    })
    timeFormats.set(key, format)
  }
  return format
}

/** Where a value lies in the whole drawing. */
function pixels(value: number, top: number): number {
  return Math.round(plotTop + (place(value, top) / plotHeight) * plotPixels)
}

const labelHeight = 16

/** Labels that would cover each other move apart, and none leaves the plot. */
function apart<Label extends { y: number }>(labels: readonly Label[]): Label[] {
  const sorted = [...labels].sort((a, b) => b.y - a.y)
  let limit = plotTop + plotPixels - 4
  return sorted.map((label, index) => {
    // Room for those that come above it.
    const highest = 12 + (sorted.length - 1 - index) * labelHeight
    const y = Math.max(Math.min(label.y, limit), highest)
    limit = y - labelHeight
    return { ...label, y }
  })
}
