/** The picture a terminal shows while someone signs in elsewhere: composed of lines, pure, fitting the window. */
import { stripVTControlCharacters } from 'node:util'
import { codeGroups, largeCode } from './block-letters.ts'
import type { DeviceCode } from './device-flow.ts'
import { fitQrCode } from './qr-code.ts'
import { isLoopbackHost } from './server-address.ts'
import type { Style } from './style.ts'

export interface Window {
  columns: number
  rows: number
}

const INDENT = 2
const GAP = 3
/** Lines around the picture: heading, address, two blank ones, and the line that counts the time. */
const LINES_AROUND = 5

/**
 * Lines for the window, without the counting line that follows them. The QR code goes first when there is no room,
 * then the large letters; address and code are always there.
 */
export function composeScreen(server: string, code: DeviceCode, window: Window, style: Style): string[] {
  const pad = ' '.repeat(INDENT)
  const heading = `${pad}Sign in to ${style.bold(new URL(server).host)}`
  const explained = `${heading}: open this address and enter the code.`
  return [
    visibleWidth(explained) < window.columns ? explained : heading,
    `${pad}${style.bold(code.verificationUri)}`,
    '',
    ...picture(code, window, style).map((line) => (line === '' ? '' : pad + line)),
    '',
  ]
}

function picture(code: DeviceCode, window: Window, style: Style): string[] {
  const space = { columns: window.columns - INDENT - 1, rows: window.rows - LINES_AROUND }
  const plain = `Code  ${style.bold(code.userCode)}`
  if (!style.unicode) return [...(enlarge(code.userCode, space, style) ?? []), plain]

  // A QR code stands beside the code, so its width is what the code leaves.
  const beside = [
    largeCode(code.userCode, 'row', style.ink),
    codeGroups(code.userCode).groups.length > 1 ? largeCode(code.userCode, 'column', style.ink) : undefined,
    [],
  ]
  const tail = [plain, ...reachNote(code, style)]
  const target = code.verificationUriComplete ?? code.verificationUri
  for (const letters of beside) {
    if (letters === undefined) continue
    const text = [...letters.map(style.bold), ...(letters.length > 0 ? [''] : []), ...tail]
    const textWidth = Math.max(...text.map(visibleWidth))
    const qr = fitQrCode(target, { columns: space.columns - GAP - textWidth, rows: space.rows }, style.qrInk)
    if (qr === undefined || text.length > qr.length) continue
    return joinColumns(qr.map(style.qr), centered(text, qr.length))
  }
  const letters = enlarge(code.userCode, space, style)
  return letters === undefined ? tail : [...letters, '', ...tail]
}

/** Large letters that fit by themselves, in one line or in one column. */
function enlarge(code: string, space: Window, style: Style): string[] | undefined {
  for (const direction of ['row', 'column'] as const) {
    const lines = largeCode(code, direction, style.ink)
    if (lines === undefined) return undefined
    // Blank line, code in plain type and a note go below.
    if ((lines[0]?.length ?? 0) <= space.columns && lines.length + 3 <= space.rows)
      return lines.map(style.bold)
  }
  return undefined
}

/** A code scanned with a phone leads nowhere when the address means this machine. */
function reachNote(code: DeviceCode, style: Style): string[] {
  const { hostname } = new URL(code.verificationUri)
  return isLoopbackHost(hostname) ? [style.dim('Opens on this machine only.')] : []
}

function joinColumns(left: string[], right: string[]): string[] {
  return left.map((line, index) => {
    const beside = right[index] ?? ''
    return beside === '' ? line : `${line}${' '.repeat(GAP)}${beside}`
  })
}

function centered(lines: string[], height: number): string[] {
  return [...Array<string>(Math.floor((height - lines.length) / 2)).fill(''), ...lines]
}

/** Columns a line takes; its characters are all one column wide. */
export function visibleWidth(line: string): number {
  return stripVTControlCharacters(line).length
}

/** Rows the lines take in a window, counting those that wrap. */
export function rowsTaken(lines: readonly string[], columns: number): number {
  return lines.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(visibleWidth(line) / Math.max(1, columns))),
    0,
  )
}

/** The line that counts the time, cut to the window so that it never wraps. */
export function statusLine(
  state: { frame: string; text: string; left: string },
  columns: number,
  style: Style,
): string {
  const words = `${state.text}  ${state.left} left`
  const hint = '  Ctrl-C stops'
  // Frame and a space stand before the words; the last column stays free, since writing it may wrap.
  const room = columns - 1 - INDENT - state.frame.length - 1
  const shown = words.length > room ? `${state.left} left`.slice(0, Math.max(0, room)) : words
  const ending = shown === words && words.length + hint.length <= room ? style.dim(hint) : ''
  return `${' '.repeat(INDENT)}${style.yellow(state.frame)} ${shown}${ending}`
}
