/** What a terminal can show: color, and characters beyond ASCII. Every style is plain text without color. */
import { styleText } from 'node:util'

export interface Style {
  color: boolean
  unicode: boolean
  /** What large letters are made of. */
  ink: string
  /** Which modules of a QR code are drawn; see `fitQrCode`. */
  qrInk: 'dark' | 'light'
  /** Spinner frames, all of one column. */
  frames: readonly string[]
  done: string
  failed: string
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
  qr(text: string): string
}

type Env = Readonly<Record<string, string | undefined>>

export function terminalStyle(capabilities: { color: boolean; unicode: boolean }): Style {
  const { color, unicode } = capabilities
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    color && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return {
    color,
    unicode,
    ink: unicode ? '█' : '#',
    qrInk: color ? 'dark' : 'light',
    frames: unicode ? ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] : ['|', '/', '-', '\\'],
    done: unicode ? '✓' : 'OK:',
    failed: unicode ? '✗' : 'Error:',
    bold: paint('bold'),
    dim: paint('dim'),
    green: paint('green'),
    yellow: paint('yellow'),
    red: paint('red'),
    // True black on white whatever the theme calls black: scanners need the contrast.
    qr: (text) => (color ? `\u001b[38;5;16;48;5;231m${text}\u001b[0m` : text),
  }
}

/** `NO_COLOR` (https://no-color.org) set to anything turns color off; so does a terminal without any abilities. */
export function wantsColor(env: Env): boolean {
  return !env.NO_COLOR && env.TERM !== 'dumb'
}

/** The locale decides; without one, terminals of today understand UTF-8, the Linux console does not. */
export function wantsUnicode(env: Env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (locale && !/^(C|POSIX)$/.test(locale)) return /utf-?8/i.test(locale)
  return env.TERM !== 'linux' && env.TERM !== 'dumb'
}
