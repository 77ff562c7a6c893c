/** Durations as the settings write them: Go's grammar (`1h30m`, `500ms`, `0`), since existing `.env` files use it. */

const unitSeconds: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/** Seconds, or `undefined` when the text is no duration. A bare number other than `0` is none; there is no day unit. */
export function parseDuration(text: string): number | undefined {
  let rest = text
  let sign = 1
  if (rest.startsWith('-') || rest.startsWith('+')) {
    if (rest[0] === '-') sign = -1
    rest = rest.slice(1)
  }
  if (rest === '0') return 0
  if (rest === '') return undefined
  let seconds = 0
  part.lastIndex = 0
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest)
    if (match === null) return undefined
    seconds += Number(match[1]) * unitSeconds[match[2] as string]!
  }
  return sign * seconds
}

/** The shortest Go-style text for whole milliseconds: `1h30m`, `45s`, `500ms`, `0s`. */
export function formatDuration(seconds: number): string {
  let milliseconds = Math.round(seconds * 1000)
  if (milliseconds === 0) return '0s'
  const sign = milliseconds < 0 ? '-' : ''
  milliseconds = Math.abs(milliseconds)
  const hours = Math.floor(milliseconds / 3_600_000)
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000)
  const wholeSeconds = Math.floor((milliseconds % 60_000) / 1000)
  const rest = milliseconds % 1000
  return (
    sign +
    (hours > 0 ? `${hours}h` : '') +
    (minutes > 0 ? `${minutes}m` : '') +
    (wholeSeconds > 0 ? `${wholeSeconds}s` : '') +
    (rest > 0 ? `${rest}ms` : '')
  )
}
