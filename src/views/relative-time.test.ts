import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instant } from '../shared/clock.ts'
import { exactTime, relativeTime, waitingTime } from './relative-time.ts'

/** The page script, loaded as a module; without a document it only offers its functions. */
interface PageScript {
  relativeText(seconds: number): string
  formatUserCode(typed: string): string
}
const script = (await import(new URL('./static/app.js', import.meta.url).href)) as PageScript

const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))

describe('times in words', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, 'just now'],
    [-59.999, 'just now'],
    [-60, '1 minute ago'],
    [-130, '2 minutes ago'],
    [-3_599, '59 minutes ago'],
    [-3_600, '1 hour ago'],
    [-86_399, '23 hours ago'],
    [-86_400 * 45, '1 month ago'],
    [-86_400 * 800, '2 years ago'],
    [1, 'in a moment'],
    [60, 'in 1 minute'],
    [86_400 * 29.9, 'in 29 days'],
  ]
  for (const [seconds, words] of cases) {
    it(`${seconds} seconds from now is ${words}`, () =>
      assert.equal(relativeTime(instant(now + seconds * 1000), now), words))
  }

  it('reads the same when the page script refreshes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000_000, max: 100_000_000_000 }), (milliseconds) => {
        assert.equal(relativeTime(instant(now + milliseconds), now), script.relativeText(milliseconds / 1000))
      }),
    )
  })

  it('has the exact time in UTC', () => {
    assert.match(exactTime(now), /^Nov 24, 2026, 6:16:21\sAM UTC$/)
  })

  it('never tells a wait too short', () => {
    assert.equal(waitingTime(0), '1 second')
    assert.equal(waitingTime(29.1), '30 seconds')
    assert.equal(waitingTime(90), '2 minutes')
    assert.equal(waitingTime(121), '3 minutes')
  })
})

describe('a user code while it is typed', () => {
  for (const [typed, shown] of [
    ['', ''],
    ['wdjb', 'WDJB'],
    ['wdjbm', 'WDJB-M'],
    ['ｗｄｊｂ－ｍｊｈｔ', 'WDJB-MJHT'],
    ['wdjb-mjht', 'WDJB-MJHT'],
    [' WDJB – MJHT\n', 'WDJB-MJHT'],
    ['wdjbmjhtx', 'WDJB-MJHT'],
  ] as const) {
    it(`${JSON.stringify(typed)} becomes ${shown}`, () => assert.equal(script.formatUserCode(typed), shown))
  }
})
