/** From numbers to places in a drawing. Pure. */

/** How high a plot is, in units of its own; it is stretched to the room there is. */
export const plotHeight = 100
/** How wide the place of one bar is. */
export const barPitch = 10

/** The least of 1, 2, 5, 10, 20, 50 … that is not below `greatest`: where an axis from zero ends. */
export function axisTop(greatest: number): number {
  if (!(greatest > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(greatest))
  // Numbers such as 0.1 + 0.2 are a hair above what they stand for.
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= greatest * (1 - 1e-9))!
}

/** At most three digits that matter, and none that does not. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

export interface Bar {
  series: number
  x: number
  y: number
  width: number
  height: number
}

/** Bars that stand on each other, from zero, the first series at the bottom; nothing is drawn for zero. */
export function stackedBars(series: readonly (readonly number[])[], top: number): Bar[] {
  const bars: Bar[] = []
  for (let index = 0; index < (series[0]?.length ?? 0); index++) {
    let below = 0
    for (const [number, values] of series.entries()) {
      const value = values[index]!
      if (value <= 0) continue
      below += value
      bars.push({
        series: number,
        x: index * barPitch + 1,
        y: place(below, top),
        width: barPitch - 2,
        height: rounded((value / top) * plotHeight),
      })
    }
  }
  return bars
}

/** A line through the middles of its bars, in pieces: it ends where there is no value, and goes on where there is. */
export function linePieces(values: readonly (number | undefined)[], top: number): string[] {
  const pieces: string[][] = []
  let open = false
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      open = false
      continue
    }
    if (!open) pieces.push([])
    open = true
    pieces.at(-1)!.push(`${index * barPitch + barPitch / 2},${place(value, top)}`)
  }
  // A lone point is a line to itself, which a round cap makes visible.
  return pieces.map((points) => (points.length === 1 ? [points[0], points[0]] : points).join(' '))
}

/** The height of a value, counted from above as drawings are. */
export function place(value: number, top: number): number {
  return rounded(plotHeight - (value / top) * plotHeight)
}
