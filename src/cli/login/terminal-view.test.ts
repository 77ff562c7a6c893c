import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds, type Clock, type Instant, instant } from '../../shared/clock.ts'
import type { DeviceCode } from './device-flow.ts'
import { problems } from './problem.ts'
import { terminalStyle } from './style.ts'
import { type Terminal, terminalView } from './terminal-view.ts'

const code: DeviceCode = {
  deviceCode: 'd',
  userCode: 'WDJB-MJHT',
  verificationUri: 'https://auth.example.com/device',
  verificationUriComplete: 'https://auth.example.com/device?user_code=WDJB-MJHT',
  expiresInSeconds: 1800,
  intervalSeconds: 5,
}
const server = 'https://auth.example.com'

/** What a terminal would show: knows exactly the control sequences this program sends, and refuses others. */
function screen(window = { columns: 80, rows: 24 }) {
  const lines = ['$ authgate login']
  let row = 1
  let column = 0
  let cursorVisible = true
  const errors: string[] = []
  const stopped: string[] = []
  let tick = () => {}
  let resized = () => {}

  function write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one.
    for (const [piece, sequence] of text.matchAll(/\u001b\[([?\d;]*[A-Za-z])|./gs)) {
      const line = lines[row] ?? ''
      if (sequence === '?25l' || sequence === '?25h') cursorVisible = sequence === '?25h'
      else if (sequence === 'K') lines[row] = line.slice(0, column)
      else if (sequence === 'J') lines.splice(row, Infinity, line.slice(0, column))
      else if (sequence?.endsWith('A')) row -= Number(sequence.slice(0, -1))
      else if (sequence?.endsWith('m')) continue
      else if (piece === '\r') column = 0
      else if (piece === '\n') [row, column] = [row + 1, 0]
      else if (piece === '\u001b') throw new Error(`unknown control sequence in ${JSON.stringify(text)}`)
      else {
        lines[row] = line.padEnd(column).slice(0, column) + piece + line.slice(column + 1)
        column++
      }
    }
  }
  const terminal: Terminal = {
    write,
    writeError: (text) => void errors.push(text),
    window: () => window,
    onResize: (changed) => {
      resized = changed
      return () => void stopped.push('resize')
    },
    every: (_, callback) => {
      tick = callback
      return () => void stopped.push('every')
    },
  }
  return {
    terminal,
    window,
    errors,
    stopped,
    tick: () => tick(),
    resize: () => resized(),
    shown: () => lines.map((line) => line.trimEnd()).filter((line) => line !== ''),
    cursorVisible: () => cursorVisible,
  }
}

function manualClock(): Clock & { advance(seconds: number): void } {
  let now: Instant = instant(Date.UTC(2026, 0, 1))
  return {
    now: () => now,
    monotonicSeconds: () => now / 1000,
    advance: (seconds) => {
      now = addSeconds(now, seconds)
    },
  }
}

function started(style = terminalStyle({ color: true, unicode: true })) {
  const clock = manualClock()
  const display = screen()
  const view = terminalView(display.terminal, clock, style)
  view.code(server, code, addSeconds(clock.now(), 1800))
  return { ...display, clock, view }
}

test('one line counts the time, redrawn in place', () => {
  const { clock, shown, tick, cursorVisible } = started()
  assert.match(
    shown().at(-1) ?? '',
    /⠋ Waiting for your answer in the browser {2}30:00 left {2}Ctrl-C stops$/,
  )
  const height = shown().length
  clock.advance(19)
  tick()
  assert.match(shown().at(-1) ?? '', /⠙ .* 29:41 left/)
  assert.equal(shown().length, height)
  assert.equal(cursorVisible(), false)
})

test('a delay is told in the same line', () => {
  const { view, shown, tick } = started()
  view.delayed('no_answer', 20)
  tick()
  assert.match(shown().at(-1) ?? '', /No answer from the server; trying again in 20 s/)
})

test('a missing answer is told until there is one; a slower pace stays told', () => {
  const { view, shown, tick } = started()
  const line = () => {
    tick()
    return shown().at(-1) ?? ''
  }
  view.delayed('no_answer', 10)
  view.answered()
  assert.match(line(), /Waiting for your answer in the browser/)
  view.delayed('slow_down', 10)
  view.delayed('no_answer', 20)
  assert.match(line(), /No answer from the server/)
  view.answered()
  assert.match(line(), /The server asks for patience; asking every 10 s/)
})

test('Ctrl-C leaves nothing behind: screen wiped, cursor back, timers stopped, no message', () => {
  const { view, shown, errors, stopped, cursorVisible } = started()
  view.failed(problems.interrupted())
  view.close()
  assert.deepEqual(shown(), ['$ authgate login'])
  assert.deepEqual(errors, [])
  assert.deepEqual(stopped.sort(), ['every', 'resize'])
  assert.equal(cursorVisible(), true)
})

test('a failure wipes the screen and says what, why and what to try', () => {
  const { view, shown, errors } = started(terminalStyle({ color: false, unicode: false }))
  view.failed(problems.expired())
  assert.deepEqual(shown(), ['$ authgate login'])
  assert.equal(
    errors.join(''),
    'Error: The code expired.\n  Why    Nobody allowed it in time.\n  Try    Run the command again for a new code.\n',
  )
})

test('a failure longer than the window goes on below its text', () => {
  const { window, view, errors } = started(terminalStyle({ color: false, unicode: false }))
  Object.assign(window, { columns: 32 })
  view.failed(problems.expired())
  assert.equal(
    errors.join(''),
    'Error: The code expired.\n  Why    Nobody allowed it in\n         time.\n  Try    Run the command again\n         for a new code.\n',
  )
})

test('success wipes the screen and says who, where and until when', () => {
  const { view, clock, shown } = started()
  view.signedIn({
    server,
    clientId: 'cli',
    person: { id: 'user-1', name: 'ana' },
    scope: 'openid profile',
    tokenFile: '/cfg/authgate/tokens/https_auth.example.com_cli.json',
    expiresAt: addSeconds(clock.now(), 36_000),
    token: {
      accessToken: 'secret-access',
      tokenType: 'Bearer',
      refreshToken: 'secret-refresh',
      scope: undefined,
      expiresInSeconds: 36_000,
    },
  })
  const [, done, ...details] = shown()
  assert.equal(done, '✓ Signed in to auth.example.com as ana')
  assert.deepEqual(details.slice(0, 3), [
    '  Id     user-1',
    '  Scope  openid profile',
    '  Token  /cfg/authgate/tokens/https_auth.example.com_cli.json',
  ])
  assert.match(details[3] ?? '', /^ {2}Until {2}.*2026.* \(in 10 hours\), renewable$/)
  assert.doesNotMatch(shown().join('\n'), /secret/)
})

test('a window that grew is drawn anew, without remains of the old picture', () => {
  const { window, resize, shown } = started()
  Object.assign(window, { columns: 120, rows: 40 })
  resize()
  const headings = shown().filter((line) => line.includes('Sign in to'))
  assert.equal(headings.length, 1)
  assert.equal(shown().filter((line) => line.includes('left')).length, 1)
  // Wide enough for both groups in one line beside the QR code.
  assert.ok(shown().some((line) => line.includes('████  ██')))
})
