import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceCode } from './device-flow.ts'
import { composeScreen, rowsTaken, statusLine, visibleWidth } from './layout.ts'
import { terminalStyle, wantsColor, wantsUnicode } from './style.ts'

const plain = terminalStyle({ color: false, unicode: true })
const colored = terminalStyle({ color: true, unicode: true })
const ascii = terminalStyle({ color: false, unicode: false })

const code: DeviceCode = {
  deviceCode: 'd',
  userCode: 'WDJB-MJHT',
  verificationUri: 'https://auth.example.com/device',
  verificationUriComplete: 'https://auth.example.com/device?user_code=WDJB-MJHT',
  expiresInSeconds: 1800,
  intervalSeconds: 5,
}
const server = 'https://auth.example.com'
const hasQr = (lines: string[]) => lines.some((line) => line.includes('▄▄▄▄▄') || line.includes('█▀▀▀▀▀█'))

for (const style of [plain, colored, ascii]) {
  for (const columns of [30, 40, 60, 80, 110, 200]) {
    for (const rows of [10, 18, 24, 50]) {
      const kind = `${style.unicode ? 'Unicode' : 'ASCII'}${style.color ? ' in color' : ''}`
      test(`${columns}x${rows}, ${kind}: address and code are there and the picture fits`, () => {
        const lines = composeScreen(server, code, { columns, rows }, style)
        const text = lines.join('\n')
        assert.match(text, /https:\/\/auth\.example\.com\/device/)
        assert.match(text, /WDJB-MJHT/)
        // The counting line follows. A long address may wrap in a narrow window; nothing else does.
        assert.ok(rowsTaken(lines, columns) + 1 <= rows, `${rowsTaken(lines, columns)} rows`)
        for (const line of lines) {
          assert.ok(visibleWidth(line) <= columns || line.includes('https://'), JSON.stringify(line))
        }
        if (!style.unicode) assert.match(text, /^[\x20-\x7e\n]*$/)
      })
    }
  }
}

test('80x24 shows the QR code and the large letters together', () => {
  const lines = composeScreen(server, code, { columns: 80, rows: 24 }, plain)
  assert.ok(hasQr(lines))
  assert.ok(lines.some((line) => line.endsWith('██   ██   ███  ')))
})

test('a window too small for the QR code keeps the large letters, a smaller one the plain code', () => {
  const small = composeScreen(server, code, { columns: 80, rows: 16 }, plain)
  assert.ok(!hasQr(small))
  assert.ok(small.some((line) => line.includes('███')))
  const tiny = composeScreen(server, code, { columns: 30, rows: 10 }, plain)
  assert.ok(!tiny.join('').includes('█'))
})

test('a code without a large form still gets its QR code', () => {
  const lines = composeScreen(server, { ...code, userCode: 'wdjb-mjht' }, { columns: 80, rows: 24 }, plain)
  assert.ok(hasQr(lines))
  assert.match(lines.join('\n'), /Code {2}wdjb-mjht/)
})

test('an address of this machine says that a phone cannot open it', () => {
  const local = { ...code, verificationUri: 'http://localhost:8080/device' }
  assert.match(composeScreen(server, local, { columns: 80, rows: 24 }, plain).join('\n'), /this machine only/)
  assert.doesNotMatch(
    composeScreen(server, code, { columns: 80, rows: 24 }, plain).join('\n'),
    /this machine/,
  )
})

test('the counting line never reaches the last column, so it never wraps', () => {
  const state = { frame: '⠋', text: 'Waiting for your answer in the browser', left: '29:41' }
  for (let columns = 1; columns < 100; columns++) {
    const line = statusLine(state, columns, plain)
    if (columns >= 6) assert.ok(visibleWidth(line) < columns, `${columns}: ${line}`)
    if (columns >= 20) assert.match(line, /29:41 left/)
  }
  assert.match(statusLine(state, 80, plain), /Ctrl-C stops$/)
})

test('rows are counted as the terminal wraps them', () => {
  assert.equal(rowsTaken(['', 'x'.repeat(80), 'x'.repeat(81), '\u001b[1mx\u001b[0m'], 80), 1 + 1 + 2 + 1)
})

test('NO_COLOR and dumb terminals get no color; the locale decides about Unicode', () => {
  assert.equal(wantsColor({}), true)
  assert.equal(wantsColor({ NO_COLOR: '1' }), false)
  assert.equal(wantsColor({ TERM: 'dumb' }), false)
  assert.equal(wantsUnicode({ LANG: 'en_US.UTF-8' }), true)
  assert.equal(wantsUnicode({ LC_ALL: 'de_DE.ISO-8859-1', LANG: 'en_US.UTF-8' }), false)
  assert.equal(wantsUnicode({ LANG: 'C', TERM: 'xterm-256color' }), true)
  assert.equal(wantsUnicode({ TERM: 'linux' }), false)
  const text = composeScreen(server, code, { columns: 80, rows: 24 }, plain).join('')
  assert.ok(!text.includes('\u001b'))
})
