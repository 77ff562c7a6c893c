/** Small pieces of text: what may be shown of a stranger's text, and durations in plain words. */

// C0 and C1 controls, and the marks that reorder text: a server must not be able to drive the terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to remove.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Text from a server made safe to print: control and reordering characters removed, length bounded. */
export function printable(text: string, maxLength = 200): string {
  const clean = text.replace(unsafe, ' ').trim()
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean
}

/** JSON with the same characters escaped: whoever parses it gets them back, and a terminal that shows it does not. */
export function printableJson(value: unknown, indent = 0): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  // JSON holds line ends only between its tokens, and has those of its texts escaped already.
  return JSON.stringify(value, undefined, indent).replace(unsafe, (character) =>
    character === '\n' ? character : escaped(character),
  )
}

/**
 * Breaks text at spaces into lines of at most `width` columns. A word longer than that stays whole, on a line of its
 * own: a path must remain one to be copied.
 */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** `29:41`, or `1:02:03` from an hour on. Never negative. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** `45 seconds`, `30 minutes`, `10 hours`, `3 days`: the largest unit that still says something true. */
export function roughDuration(seconds: number): string {
  for (const [unit, size, from] of [
    ['day', 86_400, 2 * 86_400],
    ['hour', 3600, 2 * 3600],
    ['minute', 60, 2 * 60],
  ] as const) {
    if (seconds >= from) return `${Math.round(seconds / size)} ${unit}s`
  }
  const whole = Math.max(0, Math.round(seconds))
  return whole === 1 ? '1 second' : `${whole} seconds`
}
