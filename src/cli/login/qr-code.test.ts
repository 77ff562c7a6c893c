import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from 'uqr'
import { fitQrCode } from './qr-code.ts'

const address = 'http://localhost:8080/device?user_code=WDJB-MJHT'
const roomy = { columns: 77, rows: 19 }

/** Half blocks back to modules. */
function modulesOf(lines: string[], drawn: boolean): boolean[][] {
  const bits = { '█': [true, true], '▀': [true, false], '▄': [false, true], ' ': [false, false] } as const
  return lines.flatMap((line) =>
    [0, 1].map((half) => [...line].map((cell) => bits[cell as keyof typeof bits][half] === drawn)),
  )
}

for (const ink of ['dark', 'light'] as const) {
  test(`drawn with ${ink} ink, the half blocks are exactly the modules of the code`, () => {
    const lines = fitQrCode(address, roomy, ink)
    assert.ok(lines)
    const { data } = encode(address, { ecc: 'L', border: 2 })
    assert.deepEqual(modulesOf(lines, ink === 'dark').slice(0, data.length), data)
  })
}

test('an address of ordinary length fits beside the code in 80 columns by 24 rows', () => {
  const lines = fitQrCode(address, roomy, 'dark')
  assert.equal(lines?.length, 17)
  assert.ok(lines?.every((line) => line.length === 33))
})

test('the quiet zone shrinks before the code is given up, and what does not fit is left out', () => {
  assert.equal(fitQrCode(address, { columns: 31, rows: 16 }, 'dark')?.[0]?.length, 31)
  assert.equal(fitQrCode(address, { columns: 30, rows: 99 }, 'dark'), undefined)
  assert.equal(fitQrCode(address, { columns: 99, rows: 15 }, 'dark'), undefined)
  assert.equal(fitQrCode(`${address}${'x'.repeat(300)}`, roomy, 'dark'), undefined)
})

test('an address longer than any code holds has none', () => {
  const space = { columns: 1000, rows: 1000 }
  const longest = `${address}&x=`.padEnd(2953, 'x')
  assert.ok(fitQrCode(longest, space, 'dark'))
  assert.equal(fitQrCode(`${longest}x`, space, 'dark'), undefined)
})
