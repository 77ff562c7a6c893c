/**
 * The view for a person at a terminal: address, large code and QR code, and one line that counts the time. When
 * it ends the picture is wiped, because a used or dead code helps nobody.
 */
import { type Clock, type Instant, secondsBetween } from '../../shared/clock.ts'
import type { DeviceCode } from './device-flow.ts'
import { composeScreen, rowsTaken, statusLine, type Window } from './layout.ts'
import { exitCodes } from './problem.ts'
import type { Style } from './style.ts'
import { delayWords, type LoginView, problemLines, signedInLines } from './view.ts'
import { countdown } from './words.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearToEndOfLine = '\u001b[K'
const clearBelow = '\u001b[J'

export interface Terminal {
  write(text: string): void
  writeError(text: string): void
  window(): Window
  /** Calls back when the window changed its size. @returns how to stop. */
  onResize(changed: () => void): () => void
  /** Calls back about every `milliseconds`. @returns how to stop. */
  every(milliseconds: number, tick: () => void): () => void
}

export function terminalView(terminal: Terminal, clock: Clock, style: Style): LoginView {
  let drawn: string[] | undefined
  let counted = ''
  let stopDrawing = () => {}
  /** What the counting line says while the server answers; a missing answer is told instead of it. */
  let usual = 'Waiting for your answer in the browser'
  let text = usual

  function erase(): void {
    if (drawn === undefined) return
    // The counting line has no line end, so the cursor is on it. A window made narrower has wrapped every line.
    const above = rowsTaken([...drawn, counted], terminal.window().columns) - 1
    terminal.write(`\r${above > 0 ? `\u001b[${above}A` : ''}${clearBelow}`)
    drawn = undefined
  }

  function close(): void {
    stopDrawing()
    stopDrawing = () => {}
    if (drawn === undefined) return
    erase()
    terminal.write(showCursor)
  }

  return {
    code(server: string, code: DeviceCode, expiresAt: Instant) {
      let frame = 0
      const count = () => {
        const left = countdown(secondsBetween(clock.now(), expiresAt))
        const shown = style.frames[frame++ % style.frames.length] ?? ''
        counted = statusLine({ frame: shown, text, left }, terminal.window().columns, style)
        terminal.write(`\r${counted}${clearToEndOfLine}`)
      }
      const redraw = () => {
        erase()
        drawn = composeScreen(server, code, terminal.window(), style)
        terminal.write(`${hideCursor}${drawn.map((line) => `${line}\n`).join('')}`)
        count()
      }
      redraw()
      const stops = [terminal.every(100, count), terminal.onResize(redraw)]
      stopDrawing = () => {
        for (const stop of stops) stop()
      }
    },
    delayed(reason, seconds) {
      text = delayWords[reason](seconds)
      // Slower polling is for good (RFC 8628 §3.5).
      if (reason === 'slow_down') usual = text
    },
    answered() {
      text = usual
    },
    signedIn(result) {
      close()
      terminal.write(`${signedInLines(result, clock, style, terminal.window().columns).join('\n')}\n`)
    },
    failed(problem) {
      close()
      // Whoever pressed Ctrl-C knows; nothing is left behind.
      if (problem.exitCode === exitCodes.interrupted) return
      terminal.writeError(`${problemLines(problem, style, terminal.window().columns).join('\n')}\n`)
    },
    close,
  }
}
