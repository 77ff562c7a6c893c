import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { axisTop, linePieces, place, rounded, stackedBars } from './scale.ts'

describe('an axis', () => {
  for (const [greatest, top] of [
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [1, 1],
    [1.01, 2],
    [3, 5],
    [5, 5],
    [6, 10],
    [10, 10],
    [101, 200],
    [999, 1000],
    [1_234_567, 2_000_000],
    [0.003, 0.005],
    [0.1 + 0.2, 0.5],
    [0.001, 0.001],
  ] as const) {
    it(`for ${greatest} ends at ${top}`, () => assert.ok(Math.abs(axisTop(greatest) - top) < 1e-12))
  }

  it('begins at zero', () => {
    assert.deepEqual([place(0, 10), place(5, 10), place(10, 10)], [100, 50, 0])
  })
})

describe('bars', () => {
  it('stand on each other, and reach as high as their sum', () => {
    assert.deepEqual(
      stackedBars(
        [
          [2, 0],
          [3, 5],
        ],
        10,
      ),
      [
        { series: 0, x: 1, y: 80, width: 8, height: 20 },
        { series: 1, x: 1, y: 50, width: 8, height: 30 },
        { series: 1, x: 11, y: 50, width: 8, height: 50 },
      ],
    )
  })

  it('are as high as they say, however many there are', () => {
    const values = [0, 1, 2, 3, 7, 7.5]
    for (const { x, y, height } of stackedBars([values], 10)) {
      assert.ok(Math.abs(height - values[(x - 1) / 10]! * 10) < 0.1)
      assert.ok(Math.abs(y + height - 100) < 0.1)
    }
  })

  it('of nothing are none', () => {
    assert.deepEqual(stackedBars([], 1), [])
    assert.deepEqual(stackedBars([[0, 0]], 1), [])
  })
})

describe('a line', () => {
  it('goes through the middles, and is broken where there is no value', () => {
    assert.deepEqual(linePieces([0, 10, undefined, 5, undefined, 10, 0], 10), [
      '5,100 15,0',
      '35,50 35,50',
      '55,0 65,100',
    ])
    assert.deepEqual(linePieces([undefined], 10), [])
  })
})

it('numbers have three digits at most', () => {
  assert.deepEqual([0, 1, 12.345, 0.001234, 98_765].map(rounded), [0, 1, 12.3, 0.00123, 98_800])
})
